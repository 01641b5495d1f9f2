"""Writes the whole mirror in a process of its own: `loop` until it is ended, or `compare` with bare SQL.

mirror_writer.py loop DOCTORS
mirror_writer.py compare DOCTORS ROUNDS     prints two lists of seconds: the product's, the script's
"""

import gc
import json
import os
import sys
import time
from pathlib import Path

import django
from clinic import MIS, Clinic
from django.db import connection, transaction

django.setup()

from feldsher.domain.scheduling import mirror  # noqa: E402 - needs Django

FOLDER = Path(__file__).resolve().parent
CHANGED_EVERY = 100
OTHER_MIS = "bench-tickets"
_DUMP = """
    COPY (SELECT practitioner, day, location, room, free, busy, ticket_ids, ticket_starts, ticket_ends, digest
          FROM scheduling_availability WHERE mis = 'bench-tickets') TO STDOUT (FORMAT binary)
"""


def loop(doctors: int) -> None:
    """Sync without a pause, on any core, as a worker does; says so once the first one is through."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    clinic = Clinic.of(doctors)
    answers = [clinic.rows(changed_every=CHANGED_EVERY, turn=turn) for turn in (0, 1)]
    turn = 0
    while True:
        turn += 1
        _expect(mirror.write(MIS, rows=answers[turn % 2], covered=clinic.covered()), clinic)
        if turn == 1:
            print("running", flush=True)


def compare(doctors: int, rounds: int) -> tuple[list[float], list[float]]:
    """Let the product and the script write the same answers in turns, 1 % of the days changed each time.

    The script gets its rows as PostgreSQL's own bytes: making them is the product's work, not its.
    """
    clinic = Clinic.of(doctors)
    answers, bytes_of = [], []
    for turn in (0, 1):
        answers.append(clinic.ticket_rows(changed_every=CHANGED_EVERY, turn=turn))
        mirror.write(OTHER_MIS, rows=answers[turn], covered=clinic.covered(tickets=True))
        with connection.cursor() as cursor, cursor.cursor.copy(_DUMP) as copy:
            bytes_of.append(b"".join(copy))
    _bare(bytes_of[1])
    product, bare = [], []
    for turn in range(rounds * 2):
        gc.collect()
        began = time.perf_counter()
        changed = mirror.write(OTHER_MIS, rows=answers[turn % 2], covered=clinic.covered(tickets=True))
        between = time.perf_counter()
        _bare(bytes_of[turn % 2])
        product.append(between - began)
        bare.append(time.perf_counter() - between)
        _expect(changed, clinic)
    return product, bare


def _bare(rows: bytes) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE sync_incoming (LIKE sync_reference) ON COMMIT DROP")
        with cursor.cursor.copy("COPY sync_incoming FROM STDIN (FORMAT binary)") as copy:
            copy.write(rows)
        cursor.execute((FOLDER / "sync_reference.sql").read_text(encoding="utf-8"))


def _expect(changed: int, clinic: Clinic) -> None:
    if abs(changed - clinic.days / CHANGED_EVERY) > 1:
        sys.exit(f"{changed} of {clinic.days} rows changed, not one in {CHANGED_EVERY}")


if __name__ == "__main__":
    if sys.argv[1] == "loop":
        loop(int(sys.argv[2]))
    else:
        print(json.dumps(compare(int(sys.argv[2]), int(sys.argv[3]))))

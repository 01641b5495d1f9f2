"""Measures the import of a price list that 1С sends: lines a second of one core, and memory.

    python bench/price_list.py              100,000 lines, each a good and its price; fails under a floor
    python bench/price_list.py --quick      2,000 lines; floors are shown, not asserted

The list comes as an archive whose pieces lie in the database, as after an exchange. Three rounds: all is new;
nothing has changed; every price has. A second counts the processor's time of this process and of its
connection to PostgreSQL together, so that it is of one core whatever else the machine does. Memory is what
the process holds at most, after a list of a tenth of the length and after the whole; what is added is a piece
of the archive, which a short list does not fill.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import UUID

import psutil
from stand import SITE_CORE, own_database

from testbench.commerceml.export import Line, archive, goods_file, offers_file, price_list

REPORT = Path(__file__).resolve().parents[1] / "build" / "price_list.json"
LINES, QUICK_LINES = 100_000, 2_000
SERVICES = 3_000
FLOOR = 5_000
"""Lines a second of one core, each with its good and its offer."""
GROWTH_LIMIT = 40.0
"""Megabytes that ten times the lines may cost; a tree of them would cost a thousand."""
PIECE_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Round:
    """One whole exchange: seconds of this process and of the database, and what came of it."""

    name: str
    lines: int
    python: float
    database: float
    whole: float
    priced: int
    megabytes: float

    @property
    def speed(self) -> float:
        return self.lines / (self.python + self.database)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write the report; returns 1 under a floor, else 0."""
    parser = argparse.ArgumentParser(description="Measure the import of a price list.")
    parser.add_argument("--quick", action="store_true", help="few lines; floors are not asserted")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--send", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.send:
        print(_send(*options.send))
        return 0
    if options.child:
        print(json.dumps([asdict(found) for found in _rounds(options.child)]))
        return 0
    with own_database() as (_, environment):
        command = [sys.executable, str(Path(__file__).resolve()), "--child"]
        command.append(str(QUICK_LINES if options.quick else LINES))
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    rounds = [Round(**found) for found in json.loads(done.stdout.splitlines()[-1])]
    figures = _show(rounds)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    is_under = figures["lines_a_second"] < FLOOR or figures["growth_megabytes"] > GROWTH_LIMIT
    return 1 if is_under and not options.quick else 0


def _rounds(count: int) -> Iterator[Round]:
    os.sched_setaffinity(0, {SITE_CORE})
    import django  # noqa: PLC0415 - needs the database's address in the environment

    django.setup()
    from feldsher.domain.directory.models import HealthcareService  # noqa: PLC0415 - as above

    HealthcareService.objects.bulk_create(
        [HealthcareService(name=f"Услуга {number}", code=f"У-{number:06}") for number in range(SERVICES)],
        batch_size=500,
    )
    yield _round("a tenth", count // 10)
    yield _round("new", count)
    yield _round("same", count)
    yield _round("changed", count, dearer=100)


def _round(name: str, count: int, *, dearer: int = 0) -> Round:
    from django.db import connection  # noqa: PLC0415 - after django.setup

    session = _sent(count, dearer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    started, busy, database = time.perf_counter(), time.process_time(), _seconds(backend)
    priced = _imported(session)
    return Round(
        name=name,
        lines=count,
        python=time.process_time() - busy,
        database=_seconds(backend) - database,
        whole=time.perf_counter() - started,
        priced=priced,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    )


def _imported(session: UUID) -> int:
    """Do what the worker does with each document of an exchange; returns how many prices began."""
    from feldsher.channels.exchange import files  # noqa: PLC0415 - after django.setup
    from feldsher.domain.directory import services  # noqa: PLC0415 - as above
    from feldsher.foundation.access.context import as_service  # noqa: PLC0415 - as above

    priced = 0
    for name in ("import.xml", "offers.xml"):
        with as_service("bench"):
            stream = files.document(session, name)
            priced += services.import_price_list("1c", stream=stream, exchange=session).priced
    services.close_absent("1c", exchange=session)
    return priced


def _sent(count: int, dearer: int) -> UUID:
    """Have an archive of the list written into the database by a process whose memory is not ours."""
    command = [sys.executable, str(Path(__file__).resolve()), "--send", str(count), str(dearer)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    return UUID(done.stdout.strip())


def _send(count: int, dearer: int) -> UUID:
    import django  # noqa: PLC0415 - needs the database's address in the environment

    django.setup()
    from feldsher.channels.exchange.models import ExchangeSession, Piece  # noqa: PLC0415 - as above
    from feldsher.foundation.access.context import as_service  # noqa: PLC0415 - as above
    from feldsher.kernel import clock  # noqa: PLC0415 - as above

    def lines() -> Iterator[Line]:
        return (replace(line, price=str(int(line.price or 0) + dearer)) for line in price_list(count))

    packed = archive({"import.xml": goods_file(lines()), "offers.xml": offers_file(lines())})
    now = clock.now()
    session = ExchangeSession.objects.create(
        key="bench", source="1c", token=os.urandom(32), created_at=now, seen_at=now
    )
    with as_service("bench"):
        for number, start in enumerate(range(0, len(packed), PIECE_BYTES)):
            body = packed[start : start + PIECE_BYTES]
            Piece.objects.create(
                session=session, name="v8.zip", number=number, size=len(body), digest=b"", body=body
            )
    return session.id


def _seconds(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _show(rounds: list[Round]) -> dict[str, float]:
    print(
        f"\n{'':<10}{'lines':>9}{'Python s':>10}{'database s':>12}{'whole s':>9}{'a second':>10}{'priced':>8}"
    )
    for found in rounds:
        print(
            f"{found.name:<10}{found.lines:>9}{found.python:>10.2f}{found.database:>12.2f}"
            f"{found.whole:>9.2f}{found.speed:>10.0f}{found.priced:>8}"
        )
    growth = rounds[-1].megabytes - rounds[0].megabytes
    slowest = min(found.speed for found in rounds[1:])
    print(
        f"at most {rounds[-1].megabytes:.0f} MB, {growth:.0f} more than after a tenth"
        f" (limit {GROWTH_LIMIT:.0f})"
    )
    print(f"{slowest:.0f} lines a second of one core (floor {FLOOR})")
    return {"lines_a_second": slowest, "growth_megabytes": growth, "megabytes": rounds[-1].megabytes}


if __name__ == "__main__":
    sys.exit(main())

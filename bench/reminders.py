"""Measures reminders: 10,000 that are due in one minute, by a provider that takes 300 a second.

    python bench/reminders.py            10,000, then again while fifty workers are killed; fails over a limit
    python bench/reminders.py --quick    a few hundred, three killed; times are shown, not asserted

The worker is the product's own process beside a PostgreSQL of its own; the provider is the stand-in of
SMS.RU, which lets a caller wait for their turn. All are due before the worker starts, and visits begin 6 ms
apart, so that each has its place in the order. Statements of a worker that waits are counted on the wire,
by a line between it and PostgreSQL.

A worker is killed with SIGKILL at a random moment and the next one starts at once. So as not to wait twelve
seconds for each, the dead one's heartbeat is made old. Nothing else is helped.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from stand import HOST, SITE_CORE, own_database

from feldsher.conf.demo.folder import cli
from testbench.sms_ru import server as sms_ru

REPORT = Path(__file__).resolve().parents[1] / "build" / "reminders.json"
PER_SECOND = 300
AT_ONCE = 24
"""As in messaging.ports: so many may be on their way at one time, whatever their order."""
IDLE_LIMIT = 5.0
_PHONE = "+7900{:07}"
_START_SECONDS = 60
_NO_STATEMENTS = (b"\0", b"BEGIN", b"COMMIT")
_OWN = (b"scheduling_reminder", b"messaging_")
_NOON, _EAST, _WEST = 13, 13, -12
_INSERT = """
    INSERT INTO scheduling_appointment (id, chain, version, practitioner, location, service, lane, room_lane,
        visit, occupied, state, patient, channel, ticket, mis_overlap, reason, created_at)
    SELECT v, v, 1, gen_random_uuid(), %s, gen_random_uuid(), 0, 0, t, t, 'booked', %s, 'site', '', false, '',
        %s FROM (SELECT gen_random_uuid() AS v, tstzrange(%s, %s) AS t) n
"""
_DONE = "SELECT count(*) FROM messaging_message WHERE state IN ('sent', 'unknown', 'refused', 'dropped')"
_DEAD = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done; `idle` and `pause` are seconds, the latter the longest life of a worker."""

    reminders: int = 10_000
    kills: int = 50
    idle: float = 60
    pause: float = 3.0


QUICK = Size(reminders=300, kills=3, idle=10, pause=3.0)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write the report; returns 1 where something was lost, doubled or over a limit."""
    parser = argparse.ArgumentParser(description="Measure reminders.")
    parser.add_argument("--quick", action="store_true", help="few reminders; times are not asserted")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.fill:
        _fill(options.fill)
        return 0
    size = QUICK if options.quick else Size()
    seed = random.randrange(1_000_000)
    figures = {"seed": seed, **_calm(size), **_killed(size, random.Random(seed))}
    for name, value in figures.items():
        print(f"{name:<24}{value:>12.6g}")
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    broken = _broken(figures, size, is_quick=options.quick)
    print(*broken, sep="\n")
    return 1 if broken else 0


def _broken(figures: dict[str, float], size: Size, *, is_quick: bool) -> list[str]:
    """Say what must not be; a time of a busy machine is asserted of a whole run alone."""
    found = [
        f"{name} is {figures[name]:g}" for name in ("lost", "doubled", "killed_doubled") if figures[name]
    ]
    if figures["farthest"] > 2 * AT_ONCE:
        found.append(f"one left {figures['farthest']:g} places from its own")
    if figures["killed_unanswered"] > AT_ONCE * size.kills:
        found.append("more answers were lost than were on their way")
    if figures["killed_missing"] > figures["killed_unanswered"]:
        found.append("a reminder is gone that no dead worker had on its way")
    if figures["idle_statements"] > IDLE_LIMIT and not is_quick:
        found.append("a worker that waits asks too much")
    return found


def _calm(size: Size) -> dict[str, float]:
    """Send them all by one worker, and watch it wait when all are sent."""
    with _stand(size) as (owner, environment, provider, line):
        with _worker(environment):
            begun = _until(lambda: len(provider.outbox.listing()) > 0)
            _until(lambda: _count(owner, _DONE) >= size.reminders, limit=600)
            seconds = time.monotonic() - begun
        statements = _statements(owner)
        with _worker(environment | {"DATABASE_URL": line.url}):
            _until(lambda: line.counted > 0)
            time.sleep(5)  # the start itself is no waiting
            before, own = line.counted, line.own
            time.sleep(size.idle)
            idle, idle_own = (line.counted - before) / size.idle, (line.own - own) / size.idle
        taken = [int(sms.to[4:]) for sms in provider.outbox.listing()]
    return {
        "reminders": size.reminders,
        "lost": size.reminders - len(set(taken)),
        "doubled": sum(count > 1 for count in Counter(taken).values()),
        "farthest": max(abs(place - number) for place, number in enumerate(taken)),
        "seconds": seconds,
        "a_second": len(taken) / seconds,
        "of_provider": len(taken) / seconds / PER_SECOND,
        "commits_a_reminder": statements / size.reminders,
        "idle_statements": idle_own,
        "idle_of_all_jobs": idle,
    }


def _killed(size: Size, chance: random.Random) -> dict[str, float]:
    """Send them all by workers that are killed, and count what came twice and what has no answer."""
    with _stand(size) as (owner, environment, provider, _):
        kills = 0
        while kills < size.kills and _count(owner, _DONE) < size.reminders:
            with _worker(environment) as process:
                _begun(owner, after=kills)
                time.sleep(chance.uniform(0, size.pause))
                process.kill()
                process.wait()
            kills += 1
            owner.execute(_DEAD)
        with _worker(environment):
            _until(lambda: _count(owner, _DONE) >= size.reminders, limit=600)
        taken = Counter(int(sms.to[4:]) for sms in provider.outbox.listing())
        unknown = _count(owner, "SELECT count(*) FROM messaging_message WHERE state = 'unknown'")
        messages = _count(owner, "SELECT count(*) FROM messaging_message")
    return {
        "kills": kills,
        "killed_messages": messages,
        "killed_doubled": sum(count > 1 for count in taken.values()),
        "killed_unanswered": unknown,
        "killed_missing": size.reminders - len(taken),
    }


def _begun(owner: psycopg.Connection[Any], *, after: int) -> None:
    """Wait until one more worker than so many has begun to look for jobs."""
    _until(lambda: _count(owner, "SELECT max(id) FROM procrastinate_workers") > after)


class Line:
    """A line to PostgreSQL that counts the statements of whoever speaks through it.

    `own` of them are about reminders and messages. Begin, commit and the look whether a connection is alive
    are not counted.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (str(parts.hostname), int(parts.port or 5432))
        self._server = socket.create_server((HOST, 0))
        port = self._server.getsockname()[1]
        login = parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(parts._replace(netloc=f"{login}@{HOST}:{port}"))
        self.counted = self.own = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        """Pass on what the client says: after its start each message is a letter, a length and the rest."""
        left, is_started = b"", False
        while data := _read(near):
            far.sendall(data)
            left += data
            while True:
                head = 1 if is_started else 0
                if len(left) < head + 4:
                    break
                length = head + int.from_bytes(left[head : head + 4])
                if len(left) < length:
                    break
                if is_started:
                    self._count(left[:length])
                elif left[4:8] == (196608).to_bytes(4):
                    is_started = True
                left = left[length:]
        far.close()

    def _count(self, message: bytes) -> None:
        is_said = message[:1] == b"Q" and not message[5:].startswith(_NO_STATEMENTS)
        self.counted += is_said or message[:1] == b"E"
        self.own += is_said and any(name in message for name in _OWN)

    @staticmethod
    def _pass(far: socket.socket, near: socket.socket) -> None:
        while data := _read(far):
            near.sendall(data)
        near.close()


def _read(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""


@contextmanager
def _stand(
    size: Size,
) -> Iterator[tuple[psycopg.Connection[Any], dict[str, str], sms_ru.RunningSimulator, Line]]:
    """Start a database with visits that are to be told of, and a provider."""
    provider = sms_ru.start(per_second=PER_SECOND, kept=2 * size.reminders)
    try:
        with own_database() as (urls, environment):
            account = {"kind": "sms_ru", "api_key": "demo-key", "url": provider.url, "sender": "CLINIC"}
            environment |= {"FELDSHER_SMS": json.dumps(account)}
            command = [sys.executable, str(Path(__file__).resolve()), "--fill", str(size.reminders)]
            subprocess.run(command, env=environment, check=True)  # noqa: S603 - ourselves
            with psycopg.connect(urls.owner, autocommit=True, options="-c feldsher.visits=all") as owner:
                owner.execute("VACUUM ANALYZE")
                yield owner, environment, provider, Line(urls.application)
    finally:
        provider.stop()


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own command; it ends with us
        cli("worker"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.sched_setaffinity(process.pid, {SITE_CORE})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _until(is_so: Any, *, limit: float = _START_SECONDS) -> float:
    """Wait, and return the monotonic second at which it became so."""
    deadline = time.monotonic() + limit
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("what was to happen did not")
        time.sleep(0.02)
    return time.monotonic()


def _count(owner: psycopg.Connection[Any], question: str) -> int:
    (count,) = owner.execute(question).fetchall()[0]
    return int(count or 0)


def _statements(owner: psycopg.Connection[Any]) -> int:
    """Return the transactions that the database has committed since it was filled."""
    return _count(owner, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")


def _fill(count: int) -> None:
    """Write a branch where it is noon now, patients, and a visit of each in a day's time, and plan."""
    import django  # noqa: PLC0415 - needs the database's address in the environment

    django.setup()
    from feldsher.domain.directory.models import Location, Organization  # noqa: PLC0415 - as above
    from feldsher.domain.patients import sealed  # noqa: PLC0415 - as above
    from feldsher.domain.patients.models import Patient  # noqa: PLC0415 - as above
    from feldsher.domain.patients.types import NewPatient  # noqa: PLC0415 - as above
    from feldsher.domain.scheduling import reminding  # noqa: PLC0415 - as above
    from feldsher.foundation.access.context import as_service  # noqa: PLC0415 - as above

    now = datetime.now(tz=UTC)
    hours = min(max(_NOON - now.hour, _WEST), _EAST)
    zone = f"Etc/GMT{-hours:+d}"  # named the other way round
    place = Location.objects.create(
        organization=Organization.objects.create(name="Примерная клиника", created_at=now),
        name="Филиал", zone=zone, address="Образцовая ул., 1", phone="+79000000000",
    )  # fmt: skip
    rows = []
    for number in range(count):
        row = Patient(channel="site", created_at=now)
        sealed.set_person(row, NewPatient("Пробный", "Пётр", _PHONE.format(number)))
        rows.append(row)
    first = now + timedelta(days=1, minutes=-2)
    with as_service("bench"):
        from django.db import connection  # noqa: PLC0415 - as above

        Patient.objects.bulk_create(rows, batch_size=1000)
        with connection.cursor() as cursor:
            cursor.executemany(
                _INSERT,
                [
                    (place.pk, row.id, now - timedelta(days=3), start, start + timedelta(minutes=20))
                    for number, row in enumerate(rows)
                    for start in [first + number * timedelta(milliseconds=6)]
                ],
            )
    while reminding.plan():
        pass


if __name__ == "__main__":
    sys.exit(main())

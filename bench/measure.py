"""One measurement a function; each takes the stand and gives plain numbers."""

import itertools
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from clinic import Clinic, doctor_id
from load import Load
from stand import FOLDER, HOST, Stand, pgbench_environment

from feldsher.conf.supervisor.spawn import command_line

CONNECTIONS = 32
PGBENCH_LIMIT, SITE_LIMIT = 6_000, 4_000
"""Times a second that are put aside for a run: more than it can hold."""
WEEK = 7


@dataclass(slots=True)
class Numbers:
    """Hands out numbers of times that nobody holds yet."""

    clinic: Clinic
    used: int = 0

    def block(self, size: int) -> int:
        first, self.used = self.used, self.used + size
        if self.used > self.clinic.slots:
            sys.exit(f"the bench has only {self.clinic.slots} times; make the runs shorter")
        return first


def pgbench(stand: Stand, script: str, *, seconds: float, **variables: int) -> tuple[float, int]:
    """Return transactions per second of a script, and how many it made in all.

    Statements are prepared, clients on the database's core. The first second does not count: each connection
    plans its statements then, and the site's connections have done so long ago.
    """
    stand.refresh()
    command = [stand.pgbench, "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1"]
    command += ["-T", str(round(seconds) + 1), "-P", "1", "-f", str(FOLDER / script)]
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tool
        command, env=pgbench_environment(stand.database), capture_output=True, text=True, check=False
    )
    if done.returncode or " 0 (0.000%)" not in done.stdout:
        sys.exit(f"pgbench of {script} failed:\n{done.stdout}\n{done.stderr[-2000:]}")
    rates = [float(each) for each in re.findall(r"^progress: .* s, ([\d.]+) tps", done.stderr, re.MULTILINE)]
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if len(rates) < 2 or count is None:  # noqa: PLR2004 - the first one does not count
        sys.exit(f"pgbench said nothing that is known here:\n{done.stdout}\n{done.stderr}")
    return statistics.mean(rates[1:]), int(count[1])


def variables(clinic: Clinic, **more: int) -> dict[str, int]:
    return {"doctors": clinic.doctors, "midnight": int(clinic.midnight.timestamp()), **more}


def function_rate(stand: Stand, numbers: Numbers, *, seconds: float) -> float:
    """Return holds per second of the function alone; each one must have been held."""
    before, first = stand.held(), numbers.block(round((seconds + 1) * PGBENCH_LIMIT))
    rate, count = pgbench(stand, "hold.sql", seconds=seconds, **variables(stand.clinic, first=first, i=0))
    if stand.held() - before != count:
        sys.exit(f"pgbench held {stand.held() - before} of {count} times: the script and the clinic disagree")
    return rate


def reference_rate(stand: Stand, *, seconds: float, turn: int) -> float:
    """Return holds per second of the transaction script; each turn holds other times."""
    first = turn * round((seconds + 1) * PGBENCH_LIMIT)
    rate, _ = pgbench(stand, "reference.sql", seconds=seconds, **variables(stand.clinic, first=first, i=0))
    return rate


def free_slots_rate(stand: Stand, *, seconds: float) -> float:
    return pgbench(stand, "slots.sql", seconds=seconds, **variables(stand.clinic))[0]


def hold_requests(clinic: Clinic, numbers: Numbers, count: int) -> Iterator[bytes]:
    """Return `count` POSTs, each of its own time, key and device."""
    from feldsher.domain.scheduling.tokens import slot_token  # noqa: PLC0415 - Django must be set up
    from feldsher.domain.scheduling.types import SlotKey  # noqa: PLC0415 - as above

    first = numbers.block(count)
    made = []
    for number in range(first, first + count):
        body = json.dumps({"slot": slot_token(SlotKey(*clinic.slot(number))), "channel": "site"})
        made.append(
            (
                "POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Idempotency-Key: bench-{number}\r\nX-Device: device-{number}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )
    return iter(made)


def slot_requests(clinic: Clinic) -> Iterator[bytes]:
    """Return GETs of one doctor-week, doctor after doctor, without end."""
    made = [
        f"GET /api/v1/slots?practitioner={doctor_id(number)}&from={clinic.first}&days={WEEK} HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n".encode()
        for number in range(clinic.doctors)
    ]
    return itertools.cycle(made)


def holds_rate(stand: Stand, load: Load, numbers: Numbers, *, seconds: float) -> tuple[float, float]:
    """Return successful POST /holds per second and the site's processor milliseconds for each."""
    stand.refresh()
    requests = hold_requests(stand.clinic, numbers, round(seconds * SITE_LIMIT))
    return _saturated(stand, load, requests, seconds=seconds)


def slots_rate(stand: Stand, load: Load, *, seconds: float) -> tuple[float, float]:
    """Return GET /slots per second and the site's processor milliseconds for each."""
    stand.refresh()
    return _saturated(stand, load, slot_requests(stand.clinic), seconds=seconds)


def _saturated(stand: Stand, load: Load, requests: Iterator[bytes], *, seconds: float) -> tuple[float, float]:
    before, began = stand.site_seconds(), time.perf_counter()
    rate = load.saturate(requests, seconds=seconds)
    took = time.perf_counter() - began
    return rate, (stand.site_seconds() - before) / (rate * took) * 1000


def hold_seconds(stand: Stand, load: Load, numbers: Numbers, *, rate: float, seconds: float) -> list[float]:
    """Return how long each hold took at a fixed rate."""
    stand.refresh()
    requests = hold_requests(stand.clinic, numbers, int(rate * seconds))
    return load.pace(requests, rate=rate, seconds=seconds)


@contextmanager
def syncing(doctors: int) -> Iterator[None]:
    """Write the whole mirror again and again in another process, 1 % changed each time, on any core."""
    command = command_line([sys.executable, str(FOLDER / "mirror_writer.py"), "loop", str(doctors)])
    writer = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own script
    try:
        if writer.stdout is None or not writer.stdout.readline():
            sys.exit("the sync does not start")
        yield
        if writer.poll() is not None:
            sys.exit("the sync ended before its time")
    finally:
        writer.terminate()
        writer.wait()


def sync_seconds(doctors: int, *, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of a sync through the product and in bare SQL, in turns."""
    command = [sys.executable, str(FOLDER / "mirror_writer.py"), "compare", str(doctors), str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own script
    product, bare = json.loads(done.stdout.splitlines()[-1])
    return product, bare


def page_seconds(stand: Stand, path: str, *, count: int) -> list[float]:
    """Return the seconds of a page, asked for again and again by one reader; nothing caches it on the way."""
    load = Load(stand.address, connections=1, wanted=200)
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    try:
        return [load.ask(request) for _ in range(count)]
    finally:
        load.close()


def path_rate(load: Load, path: str, *, seconds: float) -> float:
    """Return how often a second a path is answered to readers who take it packed as browsers do."""
    coding = "Accept-Encoding: gzip, deflate, br, zstd"
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{coding}\r\n\r\n".encode()
    return load.saturate(itertools.repeat(request), seconds=seconds)


def queries_of(path: str) -> int:
    """Return how many queries a page costs."""
    from django.db import connection  # noqa: PLC0415 - Django must be set up
    from django.test import Client  # noqa: PLC0415 - as above
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    with CaptureQueriesContext(connection) as queries:
        Client().get(path)
    return len(queries)


def next_times_ms(clinic: Clinic, *, rounds: int) -> tuple[float, float]:
    """Return the milliseconds of the next six times of all doctors: the selector, and its query alone."""
    from django.conf import settings  # noqa: PLC0415 - Django must be set up
    from django.utils import timezone  # noqa: PLC0415 - as above

    from feldsher.domain.scheduling import selectors, sql_calls  # noqa: PLC0415 - as above

    doctors = [doctor_id(number) for number in range(clinic.doctors)]
    whole, query = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        found = selectors.next_times(doctors)
        between = time.perf_counter()
        now = timezone.now()
        span = (now, now + timedelta(days=settings.FELDSHER_BOOKING.horizon_days))
        sql_calls.free_slots(doctors, location=None, service=None, span=span, limit=6)
        whole.append(between - began)
        query.append(time.perf_counter() - between)
        if len(found) != clinic.doctors:
            sys.exit(f"only {len(found)} doctors have next times")
    return statistics.median(whole) * 1000, statistics.median(query) * 1000

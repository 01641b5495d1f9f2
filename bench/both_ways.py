"""Measures how soon each side hears of the other: a patient's confirm in the MIS, a registrar's booking here.

    python bench/both_ways.py              the whole product as in the demo; fails over a limit
    python bench/both_ways.py --quick      a few of each; limits are shown, not asserted

Between the product and the stand-in of the MIS stands a line that makes every answer late, as a MIS over a
network is, and remembers when each call began and ended. What a confirmation costs beside the MIS's own
answers is the product's. Run with src and tests on the path (`make bench-both-ways`).
"""

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from feldsher.conf.supervisor.home import free_port
from support.patients import Patient, Times
from support.product import ADAPTER, Demo, folder, wait_for

REPORT = Path(__file__).resolve().parents[1] / "build" / "both_ways.json"
CONFIRMS, QUICK_CONFIRMS = 200, 10
BOOKINGS, QUICK_BOOKINGS = 48, 3
CYCLES = 3
"""Intervals of the synchronisation over which the registrar's bookings are strewn."""
SYNC_MINUTES, QUICK_SYNC_MINUTES = 2, 1
OWN_LIMIT_MS = 50
"""Milliseconds by which 95 of 100 confirmations may be later in the MIS than 95 of 100 of its own answers."""
LATE = (0.05, 0.35)
"""Seconds by which the line makes an answer late: from, to."""
LOOK_SECONDS = 0.5
LOOKS = 60_000
"""Calls that one reader may make in a minute here: each registrar's booking is looked for twice a second."""
_OF_SCHEDULES = (b"GetSchedule", b"GetList")
"""Calls that read schedules and directories are no part of a confirmation, though one may go on beside it."""


@dataclass(slots=True)
class Line:
    """The calls of bookings: when each began and when its answer was passed on, monotonic seconds."""

    port: int
    calls: list[tuple[float, float]] = field(default_factory=list)

    def talked(self, start: float, end: float) -> tuple[float, float]:
        """Return how long calls were on their way within the span, and when the last one's answer came."""
        busy, last = 0.0, start
        for begun, ended in sorted(self.calls):
            first = max(begun, last)
            if first < ended <= end:
                busy, last = busy + ended - first, ended
        return busy, last


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target: ClassVar[int]
    line: ClassVar[Line]

    def do_GET(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()

    def log_message(self, *_: object) -> None:
        """Say nothing: a line a call would drown the figures."""

    def _pass(self) -> None:
        begun = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        beyond = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        beyond.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
        answer = beyond.getresponse()
        text = answer.read()
        beyond.close()
        time.sleep(random.uniform(*LATE))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        if not any(word in body for word in _OF_SCHEDULES):
            self.line.calls.append((begun, time.monotonic()))


@contextmanager
def standing_line(target: int) -> Iterator[Line]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    Passing.target, Passing.line = target, Line(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Passing.line
    finally:
        server.shutdown()


@contextmanager
def running(*, sync_minutes: int) -> Iterator[tuple[Demo, Line]]:
    """Run the demo with its own settings of booking, its MIS behind the line."""
    with folder() as place:
        home, soap, inspection = place / "home", free_port(), free_port()
        home.mkdir(mode=0o700)
        (home / "testbench.json").write_text(
            json.dumps({"soap": soap, "bench": inspection}), encoding="utf-8"
        )
        with standing_line(soap) as line:
            mis = {
                "id": "umc",
                "kind": "bit_umc",
                "url": f"http://127.0.0.1:{line.port}/umc/ws/ws1.1cws",
                "user": "demo",
                "password": "demo",
                "options": ADAPTER,
            }
            booking = {"sync_minutes": sync_minutes}
            demo = Demo(
                home,
                FELDSHER_BOOKING=json.dumps(booking),
                FELDSHER_MIS=json.dumps([mis]),
                FELDSHER_LIMITS=json.dumps({"device_reads": LOOKS, "address_reads": LOOKS}),
            )
            try:
                demo.start()
                yield demo, line
            finally:
                demo.end()


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Seconds of one confirmation: till the MIS had it, till its patient knew, and the MIS's own of both."""

    reached: float
    told: float
    own_of_mis: float


def confirmations(demo: Demo, line: Line, times: Times, *, count: int) -> list[Confirmation]:
    """Confirm so many holds one after another."""
    found = []
    for _ in range(count):
        patient, slot = Patient(demo.site), times.next()
        held = patient.hold(slot)
        if held.status != 201:  # noqa: PLR2004 - created
            sys.exit(f"a time was not held: {held}")
        started = time.monotonic()
        reply = patient.confirm(held.body["id"])
        ended = time.monotonic()
        if reply.body.get("appointment", {}).get("state") != "booked":
            sys.exit(f"a confirmation did not end: {reply}")
        own, last = line.talked(started, ended)
        found.append(Confirmation(last - started, ended - started, own))
    return found


def vanishings(demo: Demo, times: Times, *, count: int, interval: float, cycles: int) -> list[float]:
    """Let a registrar book so many times, strewn over the cycles; returns how long the site offered each."""
    moments = sorted(random.uniform(0, interval * cycles) for _ in range(count))
    slots = [times.next() for _ in moments]
    begun, waiting, found = time.monotonic(), {}, []
    while moments or waiting:
        if moments and time.monotonic() - begun >= moments[0]:
            moments.pop(0)
            slot = slots.pop()
            demo.book_by_phone(times.resource(slot), start=slot["start"], end=slot["end"])
            waiting[slot["start"] + slot["practitioner"]] = (slot, time.monotonic())
            continue
        for key, (slot, at) in list(waiting.items()):
            if not times.offers(slot):
                found.append(time.monotonic() - at)
                del waiting[key]
        time.sleep(LOOK_SECONDS)
    return found


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> int:
    quick = _is_quick()
    minutes = QUICK_SYNC_MINUTES if quick else SYNC_MINUTES
    interval = minutes * 60.0
    with running(sync_minutes=minutes) as (demo, line):
        times = Times(demo)
        wait_for(times.doctors, what="the first synchronisation", seconds=120)
        confirmations(demo, line, times, count=5)
        spans = confirmations(demo, line, times, count=QUICK_CONFIRMS if quick else CONFIRMS)
        gone = vanishings(
            demo,
            times,
            count=QUICK_BOOKINGS if quick else BOOKINGS,
            interval=interval,
            cycles=1 if quick else CYCLES,
        )
    reached = [1000 * (span.reached - span.own_of_mis) for span in spans]
    told = [1000 * (span.told - span.own_of_mis) for span in spans]
    own_of_mis = [1000 * span.own_of_mis for span in spans]
    figures = {
        "mis_p50_ms": statistics.median(own_of_mis),
        "mis_p95_ms": p95(own_of_mis),
        "in_mis_p95_ms": p95([1000 * span.reached for span in spans]),
        "reached_p50_ms": statistics.median(reached),
        "reached_p95_ms": p95(reached),
        "told_p50_ms": statistics.median(told),
        "told_p95_ms": p95(told),
        "vanish_p50_s": statistics.median(gone),
        "vanish_p95_s": p95(gone),
        "sync_interval_s": interval,
    }
    missed = _missed(figures)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name, value in figures.items():
        print(f"{name:<20} {value:10.1f}")
    for sentence in missed:
        print(sentence)
    return 1 if missed and not quick else 0


def _missed(figures: dict[str, Any]) -> list[str]:
    missed = []
    if figures["in_mis_p95_ms"] > figures["mis_p95_ms"] + OWN_LIMIT_MS:
        missed.append(f"a confirmation takes more than {OWN_LIMIT_MS} ms to the MIS beside its own answers")
    if figures["vanish_p95_s"] > figures["sync_interval_s"]:
        missed.append("a registrar's booking is offered here for longer than one interval")
    return missed


def _is_quick() -> bool:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few of each; limits are shown, not asserted")
    return bool(parser.parse_args().quick)


if __name__ == "__main__":
    sys.exit(main())

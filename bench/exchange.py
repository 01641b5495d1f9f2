"""Measures a whole synchronisation with each MIS: the wire, the reading and the database apart, and memory.

    python bench/exchange.py              1,000 doctors × 14 days from each stand-in; fails over a limit
    python bench/exchange.py --quick      twenty doctors; limits are shown, not asserted
    python bench/exchange.py --only plain

Each MIS is asked by a process of its own on the first core; database and stand-in share the last one. The
first synchronisation writes everything, the later ones find nothing new. What is left of the whole is laying
the answer over the clinic's calendar. docs/modules/bench.md tells more.
"""

import argparse
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import psutil
from crowd import KINDS
from stand import SITE_CORE, own_database

from feldsher.conf.demo.folder import program_environment
from feldsher.conf.supervisor.spawn import command_line

REPORT = Path(__file__).resolve().parents[1] / "build" / "exchange.json"
DOCTORS, QUICK_DOCTORS = 1000, 20
DAYS = 14
ROUNDS = 4
READING_LIMIT = 60.0
"""Seconds of one core for the slowest format."""
GROWTH_LIMIT = 1.01
"""How many more blocks of memory may be in use after the last synchronisation than after the second."""
TELLS_ZONE = "Europe/Moscow"
SETTINGS: dict[str, dict[str, Any]] = {
    "bit_umc": {"user": "demo", "password": "demo"},
    "infoclinica": {
        "user": "demo",
        "password": "demo",
        "options": {"client_id": "site", "client_secret": "demo-secret"},
    },
    "medialog": {"user": "demo", "password": "demo", "options": {"clinics": {"C1": "Клиника на Проезжей"}}},
    "n3": {
        "password": "00000000-0000-4000-8000-0000000000a3",
        "options": {"lpus": {"1": "Поликлиника на Липовой"}},
    },
    "odata_1c": {"user": "demo", "password": "demo"},
    "plain": {"password": "demo-secret-of-a-stand-in"},
}
"""What FELDSHER_MIS says of each stand-in besides its address, and besides the mapping of 1С."""
_MAPPING = Path(__file__).resolve().parents[1] / "docs" / "integrations" / "1c.md"


@dataclass(slots=True)
class Round:
    """One synchronisation, in seconds: waiting for answers, reading them, the mirror's write, and the whole.

    `reading` is the processor's time of this process while the adapter works, in all of its threads;
    `megabytes` is what the process holds afterwards, `blocks` how many pieces of memory Python has in use
    then, `changed` how many rows of the mirror are new.
    """

    wire: float
    reading: float
    database: float
    whole: float
    megabytes: float
    blocks: int
    changed: int


def main(arguments: list[str] | None = None) -> int:
    """Measure each MIS, print and write the report; returns 1 where a limit is passed, else 0."""
    parser = argparse.ArgumentParser(description="Measure a synchronisation with each MIS.")
    parser.add_argument("--quick", action="store_true", help="few doctors; limits are not asserted")
    parser.add_argument("--only", choices=sorted(KINDS), help="one MIS")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps([asdict(found) for found in _rounds(options.child)]))
        return 0
    count = QUICK_DOCTORS if options.quick else DOCTORS
    kinds = [options.only] if options.only else sorted(KINDS)
    with own_database() as (_, environment):
        figures = {kind: _measured(kind, count, environment) for kind in kinds}
    options.report.parent.mkdir(exist_ok=True)
    options.report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    passed = _show(figures)
    return 1 if passed and not options.quick else 0


def _measured(kind: str, count: int, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    print(f"{kind}: {count} doctors …", flush=True)
    with _stand_in(kind, count) as url:
        settings = {"id": kind, "kind": kind, "url": url, **SETTINGS[kind]}
        if kind == "odata_1c":
            settings["options"] = _mapping()
        named = {
            **environment,
            "FELDSHER_MIS": json.dumps([settings]),
            "FELDSHER_DEFAULT_ZONE": TELLS_ZONE,
            "FELDSHER_BOOKING": json.dumps({"horizon_days": DAYS - 1, "mis_timeout_seconds": 20}),
        }
        command = [sys.executable, str(Path(__file__).resolve()), "--child", kind]
        done = subprocess.run(command, env=named, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _mapping() -> dict[str, Any]:
    """Return the mapping that the docs show, the first block of JSON there."""
    block = _MAPPING.read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    found: dict[str, Any] = json.loads(block)[0]["options"]
    return found


@contextmanager
def _stand_in(kind: str, count: int) -> Iterator[str]:
    program = [sys.executable, str(Path(__file__).with_name("crowd.py")), kind, str(count)]
    process = subprocess.Popen(  # noqa: S603 - our own program; it ends with us
        command_line(program, by=signal.SIGTERM), stdout=subprocess.PIPE, text=True, env=program_environment()
    )
    try:
        told = process.stdout.readline() if process.stdout else ""
        yield str(json.loads(told)["url"])
    finally:
        process.terminate()
        process.wait(20)


def _rounds(kind: str) -> list[Round]:
    """Import the directory, then synchronise again and again, in this process."""
    os.sched_setaffinity(0, {SITE_CORE})
    import django  # noqa: PLC0415 - needs the database's address in the environment

    django.setup()
    from feldsher.domain.directory.services import import_snapshot  # noqa: PLC0415 - as above
    from feldsher.domain.scheduling import gateways, mirror, sync  # noqa: PLC0415 - as above

    gateway = gateways.gateway(kind)
    import_snapshot(kind, snapshot=gateway.directory())
    spent: dict[str, float] = {}
    _timed(spent, "free", type(gateway), "free")
    _timed(spent, "write", mirror, "write")
    found = []
    for _ in range(ROUNDS):
        spent.clear()
        started = time.perf_counter()
        report = sync.synchronise(kind)
        whole = time.perf_counter() - started
        found.append(
            Round(
                wire=spent["free"] - spent["free cpu"],
                reading=spent["free cpu"],
                database=spent["write"],
                whole=whole,
                megabytes=psutil.Process().memory_info().rss / 1e6,
                blocks=_blocks(),
                changed=report.changed,
            )
        )
        if not report.is_complete:
            sys.exit(f"{kind}: the answer was not complete")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{kind}: at most {peak:.0f} MB", file=sys.stderr)
    return found


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def _timed(spent: dict[str, float], name: str, owner: Any, attribute: str) -> None:
    """Count the seconds that calls of a function take, and those of the processor."""
    original: Callable[..., Any] = getattr(owner, attribute)

    @wraps(original)
    def timed(*arguments: Any, **named: Any) -> Any:
        started, busy = time.perf_counter(), time.process_time()
        try:
            return original(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - started
            spent[f"{name} cpu"] = spent.get(f"{name} cpu", 0.0) + time.process_time() - busy

    setattr(owner, attribute, timed)


def _show(figures: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Print the figures; returns which MIS is over a limit."""
    print(f"\n{'':<14}{'wire s':>9}{'reading s':>11}{'database s':>12}{'whole s':>9}{'MB':>7}{'changed':>9}")
    passed = []
    for kind, rounds in figures.items():
        for number, found in enumerate(rounds, 1):
            print(
                f"{kind + f' {number}':<14}{found['wire']:>9.2f}{found['reading']:>11.2f}"
                f"{found['database']:>12.2f}{found['whole']:>9.2f}{found['megabytes']:>7.0f}"
                f"{found['changed']:>9}"
            )
        slowest = max(found["reading"] for found in rounds)
        growth = rounds[-1]["blocks"] / rounds[1]["blocks"]
        if slowest > READING_LIMIT or growth > GROWTH_LIMIT:
            passed.append(kind)
            print(f"{kind}: reading {slowest:.1f} s of {READING_LIMIT:.0f}, blocks × {growth:.3f}")
    return passed


if __name__ == "__main__":
    sys.exit(main())

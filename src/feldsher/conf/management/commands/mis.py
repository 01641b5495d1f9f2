"""`mis init`: ask for the entry of a MIS, look at it, write it. `mis check WHAT`: show what its adapter does.

Both need no database. WHAT is the id of a MIS in FELDSHER_MIS, or a file with its entry. The exit code of a
check is 3 where a double booking is possible, 1 where anything else is wrong or was left in the MIS, else 0.
"""

import json
import re
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from feldsher.conf import composition
from feldsher.conf.demo.folder import home_folder
from feldsher.conf.environment import MisSettings, mis_from_text
from feldsher.conf.mis_init import init
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.scheduling.ports import RemoteResource, Window
from feldsher.foundation.egress.client import HttpClient, answer_lost
from feldsher.integrations.mis.conformance import Facts, HttpBench, Report, check
from feldsher.kernel import clock

USUAL_DAYS = 7
MOST_OF_BENCH = 50_000_000
_HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-(?:([01][0-9]|2[0-3]):[0-5][0-9]|24:00)")
_NAME = re.compile(r"[^A-Za-z0-9_.-]")


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Connect a MIS, and check that its adapter books safely."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="act")
        made = acts.add_parser(
            "check", help="run the scenarios; exit code 3 where a double booking is possible"
        )
        made.add_argument("what", help="id of a MIS in FELDSHER_MIS, or a file with its entry")
        made.add_argument("--doctor", default="", help="test doctor, by the MIS's id")
        made.add_argument("--branch", default="", help="where the test doctor works, by the MIS's id")
        made.add_argument("--days", default="", help="2026-12-01..2026-12-05 (unset: a week, to read only)")
        made.add_argument("--works", default="", help="hours of the test doctor on these days: 09:00-18:00")
        made.add_argument("--break", dest="breaks", action="append", default=[], help="a break: 13:00-14:00")
        made.add_argument("--zone", default="", help="zone of the branch: Europe/Moscow")
        made.add_argument("--write", action="store_true", help="book, move and cancel for a test patient")
        made.add_argument("--bench", default="", help="address of a simulator's inspection API")
        made.add_argument("--json", type=Path, help="write the report into this file")

        init_parser = acts.add_parser("init", help="ask for the entry of a MIS, look at it, and write it")
        init_parser.add_argument(
            "--out", type=Path, help="the file of entries (unset: mis.json in the data folder)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        if options["act"] == "init":
            self._init(options["out"] or home_folder() / "mis.json")
            return
        try:
            report = self._check(options)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
            options["json"].write_text(text + "\n", encoding="utf-8")
        for line in report.lines():
            self.stdout.write(line)
        if report.exit_code:
            sys.exit(report.exit_code)

    def _init(self, out: Path) -> None:
        try:
            is_written = init(self._ask, self.stdout.write, out=out)
        except (EOFError, KeyboardInterrupt):
            raise CommandError("nothing is written: nobody answers") from None
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not is_written:
            sys.exit(1)

    def _ask(self, question: str) -> str:
        return input(f"{question}: ").strip()

    def _check(self, options: dict[str, Any]) -> Report:
        mis = chosen(options["what"])
        with _terminable():
            return check(
                composition.build_gateway(mis),
                _facts(options, mis),
                mis=mis.id,
                seconds=settings.FELDSHER_BOOKING.mis_timeout_seconds,
                cut=lambda number, waits: answer_lost(number, waits=waits),
                bench=_bench(options["bench"]),
                tell=self.stderr.write,
            )


def chosen(what: str) -> MisSettings:
    """Return the entry of an id or of a file, its host put into the register; CommandError for neither."""
    for mis in settings.FELDSHER_MIS:
        if mis.id == what:
            return _called(mis)
    path = Path(what)
    if not path.is_file():
        known = ", ".join(mis.id for mis in settings.FELDSHER_MIS) or "none"
        raise CommandError(f"{what} is neither a MIS of FELDSHER_MIS (known: {known}) nor a file")
    entries = mis_from_text(path.read_text(encoding="utf-8"), name=what)
    if len(entries) != 1:
        raise CommandError(f"{what} has {len(entries)} entries; a file to be checked has one")
    (mis,) = entries
    composition.know((_called(mis),))
    return mis


def _called(mis: MisSettings) -> MisSettings:
    """Return a MIS that is called over the network; CommandError for the own schedule."""
    if mis.kind == OWN_SCHEDULE:
        raise CommandError(f"{mis.id} is the own schedule: our own tables, with no MIS to be checked")
    return mis


def _facts(options: dict[str, Any], mis: MisSettings) -> Facts:
    doctor, branch = options["doctor"], options["branch"]
    if bool(doctor) != bool(branch):
        raise ValueError("--doctor and --branch go together")
    if options["write"] and not options["days"]:
        raise ValueError("--write needs the days: --days 2026-12-01..2026-12-05")
    name = _NAME.sub("_", mis.id)
    return Facts(
        days=_days(options["days"]),
        doctor=RemoteResource(doctor, branch) if doctor else None,
        works=_hours("--works", options["works"]) if options["works"] else None,
        breaks=tuple(_hours("--break", each) for each in options["breaks"]),
        zone=_zone(options["zone"]) if options["zone"] else None,
        may_write=options["write"],
        ledger=home_folder() / f"mis-check-{name}.json" if options["write"] else None,
    )


def _days(text: str) -> Window:
    if not text:
        first = clock.now().date() + timedelta(days=2)
        return Window(first, first + timedelta(days=USUAL_DAYS - 1))
    first_day, _, last_day = text.partition("..")
    try:
        first = date.fromisoformat(first_day)
        return Window(first, date.fromisoformat(last_day) if last_day else first)
    except ValueError:
        raise ValueError(f"--days {text!r}: write them as 2026-12-01..2026-12-05") from None


def _hours(option: str, text: str) -> tuple[str, str]:
    begin, _, end = text.partition("-")
    if not _HOURS.fullmatch(text) or begin >= end:
        raise ValueError(f"{option} {text!r}: write hours as 09:00-18:00")
    return begin, end


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"--zone {name!r} is no zone; write it as Europe/Moscow") from None


def _bench(url: str) -> HttpBench | None:
    if not url:
        return None
    composition.know_bench(url)
    return HttpBench(HttpClient(url.rstrip("/"), connections=1, limit=MOST_OF_BENCH))


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the check as Ctrl-C does, so that it takes back what it wrote; and Ctrl-C itself.

    A shell that runs a program behind a script has it ignore SIGINT.
    """
    stops = (signal.SIGINT, signal.SIGTERM)
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in stops]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)

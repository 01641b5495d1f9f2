"""How a check behaves whatever the MIS: it reads unless it is told to write, and takes back what it wrote."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import (
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    FindOutcome,
    Found,
    Indeterminate,
    NeedsReferral,
    NotForPatient,
    NotSent,
    Rejected,
    Taken,
    Unknown,
    Window,
)
from feldsher.foundation.egress.client import answer_lost
from feldsher.integrations.mis.conformance import Report, Status, check
from feldsher.integrations.mis.conformance.means import PATIENTS
from feldsher.kernel import clock
from integrations.mis.conformance.stands import SECONDS, STANDS, Running
from integrations.mis.conformance.wrong import Wrong

ROOT = Path(__file__).parents[4]
PROGRAM = """
import sys, django
django.setup()
from pathlib import Path
from integrations.mis.conformance.stands import STANDS, Running
from types import SimpleNamespace
running = Running(STANDS["plain"], SimpleNamespace(url=sys.argv[1]))
report = running.check(ledger=Path(sys.argv[2]))
sys.exit(0 if report.is_whole and not report.left else 130)
"""


def status(report: Report, name: str) -> tuple[Status, str]:
    return next((each.status, each.says) for each in report.results if each.name == name)


# Reading.


def test_without_leave_to_write_nothing_is_written_and_nothing_is_said_to_be_shown(plain: Running) -> None:
    report = plain.check(Unwritten(plain.gateway()), may_write=False)
    assert report.exit_code == 0
    assert {each.name for each in report.results if each.status is Status.PASSED} == {
        "directory", "grid", "zones", "breaks", "empty", "limits", "changes",
    }  # fmt: skip
    assert status(report, "book") == (Status.NOT_TESTED, "read only: --write, a test doctor and days")
    assert plain.simulator.clinic.visits() == []


class Unwritten(Wrong):
    """Breaks where anything is written."""

    def book(self, request: BookRequest) -> BookOutcome:
        raise AssertionError(request)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        raise AssertionError(ref, reason)

    def ack(self, token: str) -> None:
        raise AssertionError(token)


def test_what_a_live_system_can_t_be_made_to_show_is_told_as_not_tested(plain: Running) -> None:
    report = plain.check(has_bench=False)
    assert report.exit_code == 0
    assert status(report, "empty")[0] is Status.NOT_TESTED
    assert "a registrar at the same moment was not tested" in status(report, "taken")[1]
    assert "a slow answer was not tested" in status(report, "limits")[1]
    assert status(report, "lost") == (Status.PASSED, "request 1: unknown, then found")
    assert plain.standing() == []


def test_where_no_answer_could_be_lost_nothing_is_said_of_lost_answers(plain: Running) -> None:
    """As over a gateway that speaks in a thread of its own, where the wire is not cut."""
    report = check(
        plain.gateway(),
        plain.facts(),
        mis="plain",
        seconds=SECONDS,
        cut=lambda _, waits: answer_lost(99, waits=waits),
    )
    assert status(report, "lost") == (Status.NOT_TESTED, "no answer of a booking could be lost")
    assert status(report, "late")[0] is Status.NOT_TESTED
    assert status(report, "cancel_twice")[1].startswith("undisturbed: ")


def test_without_facts_to_compare_with_zones_and_breaks_are_not_tested(plain: Running) -> None:
    facts = replace(plain.facts(may_write=False), works=None, breaks=(), zone=None)
    report = check(plain.gateway(), facts, mis="plain", seconds=1)
    assert [status(report, name)[0] for name in ("zones", "breaks")] == [Status.NOT_TESTED] * 2


def test_a_mis_that_nobody_reaches_is_not_passed(plain: Running) -> None:
    gateway = plain.gateway()
    plain.simulator.stop()
    report = check(gateway, plain.facts(), mis="plain", seconds=1)
    assert {each.status for each in report.results} == {Status.NOT_TESTED, Status.NOT_APPLICABLE}
    assert "the MIS did not answer" in status(report, "directory")[1]
    assert report.exit_code == 1
    assert list(report.lines())[-1].startswith("Nothing was shown: 0 passed")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"doctor": None}, "--write needs a test doctor"),
        ({"days": Window(clock.now().date(), clock.now().date())}, "--write needs days that begin"),
        ({"days": Window(clock.now().date(), clock.now().date() + timedelta(days=40))}, "name 1 to 31 days"),
    ],
)
def test_facts_that_don_t_fit_are_refused(plain: Running, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check(plain.gateway(), replace(plain.facts(), **changed), mis="plain", seconds=1)


# A refusal that proves something.


class Refuses(Wrong):
    """Answers the second patient by `always`, or by `taken` where somebody has the time."""

    def __init__(
        self, right: Any, *, always: BookOutcome | None = None, taken: BookOutcome | None = None
    ) -> None:
        super().__init__(right)
        self.always, self.taken = always, taken

    def book(self, request: BookRequest) -> BookOutcome:
        if request.person == PATIENTS[1] and self.always is not None:
            return self.always
        outcome = self.right.book(request)
        return self.taken if isinstance(outcome, Taken) and self.taken is not None else outcome


@pytest.mark.parametrize(
    "always",
    [
        NotSent("no card"),
        NotForPatient("another clinic's"),
        NeedsReferral(),
        Rejected("bad_time"),
        Rejected("300", "Карта не активна"),
    ],
)
def test_a_refusal_that_is_not_about_the_time_shows_nothing_of_taken_times(
    plain: Running, always: BookOutcome
) -> None:
    report = plain.check(Refuses(plain.gateway(), always=always))
    ended, says = status(report, "taken")
    assert ended is Status.NOT_TESTED
    assert says.count(type(always).__name__) >= 2
    assert (report.left, plain.standing()) == ([], [])


def test_a_refusal_without_a_name_is_about_the_time_if_the_time_is_booked_once_it_is_free(
    plain: Running,
) -> None:
    report = plain.check(Refuses(plain.gateway(), taken=Rejected("17", "Накладка")))
    ended, says = status(report, "taken")
    assert ended is Status.PASSED
    assert says.count("Rejected (Накладка), booked once it was free") == 2


# Taking back.


class Interrupting(Wrong):
    """Presses Ctrl-C when a visit has been written, before its id is known."""

    def book(self, request: BookRequest) -> BookOutcome:
        self.right.book(request)
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["plain", "bit_umc", "infoclinica"])
def test_after_ctrl_c_what_was_written_is_taken_back(name: str) -> None:
    with STANDS[name].running() as running:
        report = running.check(Interrupting(running.gateway()))
        assert (report.is_whole, report.left, report.exit_code) == (False, [], 1)
        assert status(report, "late") == (Status.NOT_TESTED, "interrupted before")
        assert running.standing() == []


class CancelsNothing(Wrong):
    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        del ref, reason
        return Rejected("no_right")


def test_what_can_t_be_taken_back_is_named_and_nothing_more_is_written(plain: Running) -> None:
    report = plain.check(CancelsNothing(plain.gateway()))
    (row,) = plain.standing()
    (left,) = report.left
    assert row["client_ref"] in left
    assert "doctor d1 in north" in left
    assert report.exit_code == 1
    says = "what was written before could not be taken back"
    assert status(report, "cancel") == (Status.NOT_TESTED, says)
    assert status(report, "taken") == (Status.NOT_TESTED, "mend first: cancel, durations")


class CantBeAsked(Wrong):
    """As a MIS without a search: neither by our reference nor by the patient."""

    def __init__(self, right: Any) -> None:
        super().__init__(right)
        self.lost = 0

    def capabilities(self) -> Any:
        return replace(self.right.capabilities(), frees_by_reference=False, has_reference=False)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        del query
        return Indeterminate("there is no search")

    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        self.lost += isinstance(outcome, Unknown)
        return outcome


def test_no_answer_is_lost_on_purpose_where_its_visit_could_not_be_found_again(plain: Running) -> None:
    gateway = CantBeAsked(plain.gateway())
    report = plain.check(gateway)
    assert status(report, "read_back")[0] is Status.NOT_APPLICABLE
    assert status(report, "lost")[0] is Status.NOT_TESTED
    assert (gateway.lost, report.left, plain.standing()) == (0, [], [])


def test_a_check_that_was_killed_is_taken_back_by_the_next_one(plain: Running, tmp_path: Path) -> None:
    """It is killed when its second visit stands: the ledger on the disk is all that is left of it."""
    ledger = tmp_path / "check.json"
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
        "DJANGO_SETTINGS_MODULE": "settings_of_tests",
    }
    slow = plain.bench()
    slow.fault(("slow",), "cancel", times=1, delay=20)
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, plain.bench_url, str(ledger)], env=environment)
    deadline = time.monotonic() + 60
    while not any(row["state"] == "booked" for row in plain.simulator.clinic.visits()):
        assert time.monotonic() < deadline
        assert program.poll() is None
        time.sleep(0.02)
    program.kill()
    program.wait()
    slow.well()
    (row,) = plain.standing()
    assert row["client_ref"] in ledger.read_text()
    assert "Проверка" not in ledger.read_text()
    report = plain.check(ledger=ledger)
    assert (report.left, plain.standing(), ledger.exists()) == ([], [], False)


def test_a_ledger_that_can_t_be_read_stops_the_check(plain: Running, tmp_path: Path) -> None:
    ledger = tmp_path / "check.json"
    ledger.write_text("[{")
    with pytest.raises(ValueError, match="look by hand"):
        plain.check(ledger=ledger)
    assert plain.simulator.clinic.visits() == []


# Telling.


def test_the_report_says_the_same_to_people_and_to_programs(plain: Running) -> None:
    report = plain.check(CancelsNothing(plain.gateway()), has_bench=False)
    told = json.loads(json.dumps(report.as_json()))
    assert (told["double_booking_possible"], told["may_write"], told["left"]) == (False, True, report.left)
    assert [each["name"] for each in told["scenarios"]] == [each.name for each in report.results]
    text = "\n".join(report.lines())
    assert report.left[0] in text
    assert "read-back" in text


class SellsTwice(Wrong):
    def book(self, request: BookRequest) -> BookOutcome:
        return Booked(request.reference)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return Found(query.reference, "booked", query.slot.begin)


def test_a_double_booking_is_told_in_a_sentence_with_what_to_do(plain: Running) -> None:
    report = plain.check(SellsTwice(plain.gateway()), has_bench=False)
    assert report.exit_code == 3
    text = "\n".join(report.lines())
    assert "DOUBLE BOOKING POSSIBLE: book: a booked time is still shown free, and may be sold again." in text
    assert "A double booking is possible:" in text

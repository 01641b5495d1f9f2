"""The line to a MIS: it rests after failures, is tried by one read, keeps a pace, and counts what it saw."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from conftest import SetClock
from domain.scheduling.exchange.world import PERSON, SLOT
from domain.scheduling.interleaving import at_once
from domain.scheduling.scripted import KINDS, Fault, ScriptedMis
from feldsher.domain.scheduling import gateways, jobs, line, queue
from feldsher.domain.scheduling.line import GuardedGateway, Tally
from feldsher.domain.scheduling.line.breaker import FAILURES, FEWEST, LONGEST, PROBE, SHORTEST
from feldsher.domain.scheduling.line.endings import Ending
from feldsher.domain.scheduling.models import MisCallMinute, MisCallTotal, MisLine
from feldsher.domain.scheduling.ports import (
    Absent,
    Booked,
    BookingQuery,
    BookRequest,
    ChangeBatch,
    GatewayUnavailableError,
    Indeterminate,
    NotSent,
    Person,
    Taken,
    Unknown,
)

pytestmark = pytest.mark.django_db(transaction=True)

MIS = "umc"
NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
SOMEBODY = Person("Пробный", "Пётр", "", PERSON.phone)
BOOKING = BookRequest(SLOT, SOMEBODY, reference="ours")


@dataclass
class Deaf(ScriptedMis):
    """A MIS whose feed answers or not, and that counts who asked."""

    is_deaf: bool = False
    asked: list[str] = field(default_factory=list)

    def changes(self, cursor: str) -> ChangeBatch:
        self.asked.append(cursor)
        if self.is_deaf:
            raise GatewayUnavailableError("no connection")
        return super().changes(cursor)


@dataclass
class Line:
    mis: Deaf
    guarded: GuardedGateway
    tally: Tally
    set_clock: SetClock
    moment: datetime = NOW

    def forward(self, passed: timedelta) -> None:
        self.moment += passed
        self.set_clock(self.moment)

    def fail(self, times: int = FAILURES) -> None:
        """Let reads fail in a row."""
        self.mis.is_deaf = True
        for _ in range(times):
            with pytest.raises(GatewayUnavailableError):
                self.guarded.changes("")

    def row(self) -> MisLine:
        return MisLine.objects.get(pk=MIS)

    def another_process(self) -> GuardedGateway:
        return GuardedGateway(MIS, self.mis, calls_per_second=1000, tally=Tally(None))

    def counted(self) -> dict[tuple[str, str], int]:
        self.tally.flush()
        rows = MisCallMinute.objects.values_list("operation", "ending", "calls")
        return {(operation, ending): calls for operation, ending, calls in rows}


@pytest.fixture
def guarded_line(set_clock: SetClock) -> Line:
    set_clock(NOW)
    mis, tally = Deaf(KINDS["reference"], lambda: NOW), Tally(None)
    return Line(mis, GuardedGateway(MIS, mis, calls_per_second=1000, tally=tally), tally, set_clock)


def test_a_call_that_goes_well_leaves_the_line_as_it_was(guarded_line: Line) -> None:
    assert isinstance(guarded_line.guarded.book(BOOKING), Booked)
    row = guarded_line.row()
    assert (row.failures, row.rests, row.resting_since) == (0, 0, None)
    assert not line.is_resting(MIS)


def test_a_line_rests_after_failures_in_a_row_and_one_success_begins_the_row_anew(guarded_line: Line) -> None:
    guarded_line.fail(FAILURES - 1)
    guarded_line.mis.is_deaf = False
    guarded_line.guarded.changes("")
    assert guarded_line.row().failures == 0
    guarded_line.fail(FAILURES - 1)
    assert not line.is_resting(MIS)
    guarded_line.fail(1)
    assert line.is_resting(MIS)


def test_lost_answers_and_requests_that_never_left_count_as_failures(guarded_line: Line) -> None:
    faults = [Fault.DROPPED, Fault.NOT_SENT, Fault.COMMIT_THEN_DROP, Fault.NOT_SENT, Fault.DROPPED]
    guarded_line.mis.script["book"] = list(faults)
    for _ in faults:
        assert isinstance(guarded_line.guarded.book(BOOKING), Unknown | NotSent)
    assert line.is_resting(MIS)


def test_what_the_mis_itself_refuses_is_no_failure(guarded_line: Line) -> None:
    guarded_line.mis.refusal = Taken()
    guarded_line.mis.always["book"] = Fault.REFUSED
    for _ in range(FAILURES + 1):
        guarded_line.guarded.book(BOOKING)
    assert guarded_line.row().failures == 0
    assert guarded_line.counted() == {("book", "refused"): FAILURES + 1}


def test_a_look_that_the_mis_answered_is_no_failure_though_nothing_was_sent(
    guarded_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_line.mis, "book", lambda _: NotSent("no kinds of visits", is_answered=True))
    for _ in range(FAILURES + 1):
        assert isinstance(guarded_line.guarded.book(BOOKING), NotSent)
    assert guarded_line.row().failures == 0


def test_a_broken_adapter_is_counted_and_rests_nobody(guarded_line: Line) -> None:
    guarded_line.mis.always["book"] = Fault.BUG
    for _ in range(FAILURES + 1):
        with pytest.raises(RuntimeError, match="broken"):
            guarded_line.guarded.book(BOOKING)
    assert not line.is_resting(MIS)
    assert guarded_line.counted() == {("book", "broken"): FAILURES + 1}


def test_while_it_rests_no_process_calls_and_every_answer_says_that_nothing_left(guarded_line: Line) -> None:
    guarded_line.fail()
    asked, other = len(guarded_line.mis.asked), guarded_line.another_process()
    for gateway in (guarded_line.guarded, other):
        with pytest.raises(GatewayUnavailableError):
            gateway.changes("")
        with pytest.raises(GatewayUnavailableError):
            gateway.ack("token")
        assert isinstance(gateway.hold(SLOT), NotSent)
        assert isinstance(gateway.book(BOOKING), NotSent)
        assert isinstance(gateway.cancel("r1", reason="x"), NotSent)
        assert isinstance(gateway.ensure_patient(SOMEBODY, location_id="1"), NotSent)
        with pytest.raises(GatewayUnavailableError):
            gateway.find_booking(BookingQuery(SLOT, "ours"))
    assert (len(guarded_line.mis.asked), guarded_line.mis.calls) == (asked, [])


def test_a_rest_is_over_when_one_read_gets_through(guarded_line: Line) -> None:
    guarded_line.fail()
    guarded_line.mis.is_deaf = False
    guarded_line.forward(SHORTEST)
    assert isinstance(guarded_line.guarded.book(BOOKING), NotSent)
    guarded_line.guarded.changes("")
    assert isinstance(guarded_line.guarded.book(BOOKING), Booked)
    row = guarded_line.row()
    assert (row.failures, row.rests, row.resting_since, row.retry_at) == (0, 0, None, None)


def test_each_try_that_fails_doubles_the_rest_up_to_the_longest(guarded_line: Line) -> None:
    guarded_line.fail()
    rests = []
    for _ in range(7):
        row = guarded_line.row()
        assert row.retry_at is not None
        rests.append(row.retry_at - guarded_line.moment)
        guarded_line.forward(rests[-1])
        guarded_line.fail(1)
    for number, rest in enumerate(rests):
        whole = min(SHORTEST * 2**number, LONGEST)
        assert whole * 0.75 <= rest <= whole
    assert guarded_line.row().resting_since == NOW


def test_one_alone_tries_a_resting_line(guarded_line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded_line.fail()
    guarded_line.forward(SHORTEST)
    refused: list[bool] = []

    def meanwhile(cursor: str) -> ChangeBatch:
        try:
            guarded_line.another_process().changes(cursor)
        except GatewayUnavailableError:
            refused.append(True)
        return ChangeBatch((), cursor)

    monkeypatch.setattr(guarded_line.mis, "changes", meanwhile)
    guarded_line.guarded.changes("")
    assert refused == [True]


def test_a_try_whose_process_died_is_followed_by_another(
    guarded_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded_line.fail()
    guarded_line.mis.is_deaf = False
    guarded_line.forward(SHORTEST)
    with monkeypatch.context() as dying:
        dying.setattr("feldsher.domain.scheduling.line.gateway.settle", lambda *_, **__: None)
        guarded_line.guarded.changes("")
    with pytest.raises(GatewayUnavailableError):
        guarded_line.another_process().changes("")
    guarded_line.forward(PROBE)
    guarded_line.another_process().changes("")
    assert not line.is_resting(MIS)


def test_a_failure_that_comes_late_does_not_lengthen_the_rest(guarded_line: Line) -> None:
    """Two calls were under way when the line began to rest; neither was a try."""
    guarded_line.fail(FAILURES - 1)
    late = guarded_line.another_process()

    def meanwhile(_: str) -> None:
        guarded_line.mis.on_call = lambda _: None
        guarded_line.fail(1)

    guarded_line.mis.on_call = meanwhile
    guarded_line.mis.script["book"] = [Fault.DROPPED]
    assert isinstance(late.book(BOOKING), Unknown)
    assert guarded_line.row().rests == 1


def test_a_success_that_comes_late_does_not_end_the_rest(guarded_line: Line) -> None:
    guarded_line.fail(FAILURES - 1)

    def meanwhile(_: str) -> None:
        guarded_line.mis.on_call = lambda _: None
        guarded_line.fail(1)

    guarded_line.mis.on_call = meanwhile
    assert isinstance(guarded_line.guarded.book(BOOKING), Booked)
    assert line.is_resting(MIS)


def test_a_line_that_fails_every_other_time_rests_too(guarded_line: Line) -> None:
    for number in range(FEWEST):
        guarded_line.mis.is_deaf = number % 2 == 1
        if guarded_line.mis.is_deaf:
            guarded_line.fail(1)
        else:
            guarded_line.guarded.changes("")
        guarded_line.tally.flush()
    assert not line.is_resting(MIS)
    guarded_line.fail(1)
    assert line.is_resting(MIS)


def test_a_rest_puts_the_sync_off_until_its_end(guarded_line: Line) -> None:
    guarded_line.fail()
    (job,) = ProcrastinateJob.objects.filter(task_name=queue.SYNC)
    assert job.args == {"mis": MIS}
    assert job.scheduled_at is not None
    asked = len(guarded_line.mis.asked)
    jobs.sync_mis(MIS)
    assert len(guarded_line.mis.asked) == asked


def test_all_processes_together_keep_the_pace(guarded_line: Line) -> None:
    def calls() -> None:
        gateway = GuardedGateway(MIS, guarded_line.mis, calls_per_second=20, tally=Tally(None))
        for _ in range(12):
            gateway.changes("")

    started = monotonic()
    at_once([calls] * 3)
    # 36 calls: a second's worth and one at once, the other 15 at 20 a second.
    assert monotonic() - started >= 15 / 20


def test_a_turn_too_far_off_is_no_turn(guarded_line: Line, as_owner: object) -> None:
    slow = GuardedGateway(MIS, guarded_line.mis, calls_per_second=1, tally=guarded_line.tally)
    slow.changes("")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_mis_line SET turn_at = clock_timestamp() + interval '1 minute'")
    assert isinstance(slow.book(BOOKING), NotSent)
    assert guarded_line.counted() == {("changes", "ok"): 1, ("book", "held_back"): 1}
    assert guarded_line.row().failures == 0


def test_no_mis_is_called_within_a_transaction(guarded_line: Line) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="within a transaction"):
        guarded_line.guarded.book(BOOKING)
    assert guarded_line.mis.calls == []


def test_what_the_mis_answered_is_kept_though_the_line_can_t_be_told(
    guarded_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("feldsher.domain.scheduling.line.gateway.settle", broken)
    assert isinstance(guarded_line.guarded.book(BOOKING), Booked)


def test_calls_are_counted_by_minute_operation_and_ending(guarded_line: Line) -> None:
    guarded_line.guarded.book(BOOKING)
    guarded_line.guarded.find_booking(BookingQuery(SLOT, "strange"))
    guarded_line.mis.always["find"] = Fault.DROPPED
    guarded_line.guarded.find_booking(BookingQuery(SLOT, "ours"))
    assert isinstance(guarded_line.mis.find_booking(BookingQuery(SLOT, "ours")), Indeterminate)
    guarded_line.fail(2)
    assert guarded_line.counted() == {
        ("book", Ending.OK): 1,
        ("find_booking", Ending.OK): 1,
        ("find_booking", Ending.UNSURE): 1,
        ("changes", Ending.UNAVAILABLE): 2,
    }
    assert set(MisCallMinute.objects.values_list("minute", flat=True)) == {NOW}


def test_two_processes_add_to_the_same_row(guarded_line: Line) -> None:
    tallies = [Tally(None) for _ in range(4)]

    def count(tally: Tally) -> Callable[[], None]:
        def add() -> None:
            for operation in ("book", "free", "hold"):
                tally.add(MIS, operation, Ending.OK, seconds=0.02)
                tally.add(MIS, operation, Ending.OK, seconds=7)
            tally.flush()

        return add

    at_once([count(tally) for tally in tallies])
    for model in (MisCallMinute, MisCallTotal):
        row = model.objects.get(mis=MIS, operation="hold", ending="ok")
        assert (row.calls, row.total_ms) == (8, 28_080)
        assert row.buckets == [0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0]


def test_counts_that_can_t_be_written_are_written_the_next_time(
    guarded_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded_line.guarded.changes("")

    def broken(_: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as outage:
        outage.setattr("feldsher.domain.scheduling.line.tally._write", broken)
        with pytest.raises(DatabaseError):
            guarded_line.tally.flush()
    guarded_line.guarded.changes("")
    assert guarded_line.counted() == {("changes", "ok"): 2}
    guarded_line.tally.flush()
    assert MisCallTotal.objects.get().calls == 2


def test_a_thread_of_the_process_writes_by_itself(guarded_line: Line) -> None:
    tally = Tally(0.05)
    tally.add(MIS, "free", Ending.OK, seconds=0.1)
    until = monotonic() + 20
    while monotonic() < until and not MisCallTotal.objects.exists():
        pass
    assert MisCallTotal.objects.get().calls == 1


def test_old_minutes_are_forgotten_and_totals_stay(guarded_line: Line) -> None:
    guarded_line.guarded.changes("")
    guarded_line.tally.flush()
    guarded_line.forward(timedelta(days=2, minutes=1))
    line.forget()
    assert (MisCallMinute.objects.count(), MisCallTotal.objects.get().calls) == (0, 1)


def test_a_line_that_a_crash_of_the_database_emptied_begins_anew(guarded_line: Line) -> None:
    def crash(_: str) -> None:
        MisLine.objects.all().delete()

    guarded_line.mis.on_call = crash
    guarded_line.mis.script["book"] = [Fault.DROPPED]
    assert isinstance(guarded_line.guarded.book(BOOKING), Unknown)
    assert isinstance(guarded_line.guarded.book(BOOKING), Booked)


def test_absent_is_believed_only_from_the_mis_itself(guarded_line: Line) -> None:
    assert isinstance(guarded_line.guarded.find_booking(BookingQuery(SLOT, "ours")), Absent)
    guarded_line.fail()
    with pytest.raises(GatewayUnavailableError):
        guarded_line.guarded.find_booking(BookingQuery(SLOT, "ours"))


def test_whoever_has_a_pace_is_bound_with_a_guarded_line() -> None:
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    mis = ScriptedMis(KINDS["blind"], lambda: NOW)
    gateways.bind({"own": mis, MIS: mis}, paces={MIS: 5})
    assert gateways.gateway("own") is mis
    assert isinstance(gateways.gateway(MIS), GuardedGateway)
    assert gateways.gateway(MIS).capabilities() == KINDS["blind"]
    gateways.bind(bound)

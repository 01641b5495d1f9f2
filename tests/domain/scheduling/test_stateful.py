"""One doctor's day in two branches: in whatever order things come, the database does what a small model says.

The model knows nothing of SQL, lanes or locks: lists of stretches, a list of visits, and the rules in words.
All calls are the product's own, from the sync of a schedule to the talk with the MIS.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from conftest import SetClock
from domain.directory.factory import MIS
from domain.scheduling.clinic import (
    EYE_NORTH,
    EYE_SOUTH,
    Ids,
    Schedule,
    confirmation,
    held,
    open_clinic,
)
from domain.scheduling.factory import NOW, at, minutes, offered
from domain.scheduling.test_services import answer_of, publish
from feldsher.domain.scheduling import exchange, gateways, services, sync, tending
from feldsher.domain.scheduling.models import Appointment, Availability, Offer, SyncStatus
from feldsher.domain.scheduling.ports import (
    Booked,
    BookOutcome,
    Cancelled,
    CancelOutcome,
    FindOutcome,
    Found,
    Indeterminate,
    RemoteResource,
    Taken,
    TimeItem,
    TimeKind,
    Unknown,
)
from feldsher.domain.scheduling.selectors.visits import state_of
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval, union

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CELLS = 24
BEGIN = at(5, 30)
FRESH = minutes(10)
TAKES_TIME = {"held", "booking", "booked", "unknown", "cancelling"}
PHONES = ("+7 921 000-00-01", "+7 921 000-00-02")
BOOK: dict[str, BookOutcome] = {"booked": Booked("r"), "rejected": Taken(), "unknown": Unknown("lost")}
FIND: dict[str, FindOutcome] = {"booked": Found("r", "booked"), "unknown": Indeterminate("mute")}

cells = st.lists(st.tuples(st.integers(0, CELLS - 1), st.integers(1, 12)), max_size=3)
pick = st.integers(0, 11)


def spans(found: list[tuple[int, int]]) -> tuple[Interval, ...]:
    """Return quarters of an hour from six o'clock UTC as joined stretches."""
    return union(Interval(at(6, 15 * first), at(6, 15 * (first + length))) for first, length in found)


@dataclass(frozen=True)
class Branch:
    """How visits are booked there; minutes."""

    place: UUID
    zone: str
    length: int
    step: int
    before: int
    after: int

    def visit(self, start: datetime) -> Interval:
        return Interval(start, start + minutes(self.length))

    def occupied(self, start: datetime) -> Interval:
        return Interval(start - minutes(self.before), start + minutes(self.length + self.after))


@dataclass
class Visit:
    branch: Branch
    start: datetime
    state: str
    until: datetime
    phone: str = ""

    @property
    def span(self) -> Interval:
        return self.branch.visit(self.start)

    @property
    def occupied(self) -> Interval:
        return self.branch.occupied(self.start)

    def is_active(self, now: datetime) -> bool:
        return self.state in TAKES_TIME and not self.is_overdue(now)

    def is_overdue(self, now: datetime) -> bool:
        return self.state == "held" and self.until <= now


@dataclass
class ScriptedSchedule(Schedule):
    """A schedule that also takes bookings, with the answers that a test lays ready."""

    book_answer: BookOutcome = field(default_factory=lambda: Booked("r"))
    find_answer: FindOutcome = field(default_factory=lambda: Indeterminate("mute"))

    def book(self, _request: object) -> BookOutcome:
        return self.book_answer

    def find_booking(self, _query: object) -> FindOutcome:
        return self.find_answer

    def cancel(self, _ref: str, **_reason: str) -> CancelOutcome:
        return Cancelled()


class DoctorDay(RuleBasedStateMachine):
    """The model beside the product; `mirrored` is what the last sync brought."""

    def __init__(self, ids: Ids, set_clock: SetClock) -> None:
        super().__init__()
        self.ids, self.set_clock = ids, set_clock
        self.branches = (
            Branch(ids.north, "Europe/Moscow", length=30, step=15, before=0, after=10),
            Branch(ids.south, "Asia/Yekaterinburg", length=45, step=30, before=5, after=0),
        )
        self.mis = ScriptedSchedule()
        gateways.bind({MIS: self.mis})  # type: ignore[dict-item] - no more than what is used
        self.visits: dict[UUID, Visit] = {}
        self.free: dict[UUID, tuple[Interval, ...]] = {}
        self.busy: tuple[Interval, ...] = ()
        self.as_of = BEGIN
        self.now = BEGIN

    @initialize(north=cells, south=cells)
    def begin(self, north: list[tuple[int, int]], south: list[tuple[int, int]]) -> None:
        for model in (Appointment, Availability, SyncStatus):
            model.objects.all().delete()
        self._move_clock(BEGIN)
        self.sync([(0, CELLS), *north], south, [])

    def _move_clock(self, moment: datetime) -> None:
        self.now = moment
        self.set_clock(moment)

    # What happens

    @rule(by=st.integers(1, 9))
    def pass_time(self, by: int) -> None:
        self._move_clock(self.now + minutes(by))

    @rule(north=cells, south=cells, busy=cells)
    def sync(
        self, north: list[tuple[int, int]], south: list[tuple[int, int]], busy: list[tuple[int, int]]
    ) -> None:
        places = [branch.place for branch in self.branches]
        self.busy = spans(busy)
        self.free = dict(zip(places, (spans(north), spans(south)), strict=True))
        told = [self._item(self.branches[0], EYE_NORTH, span, TimeKind.BUSY) for span in self.busy]
        for branch, remote in zip(self.branches, (EYE_NORTH, EYE_SOUTH), strict=True):
            told += [self._item(branch, remote, span, TimeKind.FREE) for span in self.free[branch.place]]
        self.mis.say(*told)
        sync.synchronise(MIS)
        self.as_of = self.now

    @staticmethod
    def _item(branch: Branch, remote: RemoteResource, span: Interval, kind: TimeKind) -> TimeItem:
        info = ZoneInfo(branch.zone)
        return TimeItem(remote, kind, clock.wall(span.start, info), clock.wall(span.end, info))

    @rule(branch=st.integers(0, 1), quarter=st.integers(-3, CELLS))
    def hold(self, branch: int, quarter: int) -> None:
        where, start = self.branches[branch], at(6, 15 * quarter)
        expected = self._answer_to_hold(where, start)
        assert answer_of(lambda: self._held(where, start)) == expected

    def _held(self, branch: Branch, start: datetime) -> str:
        made = held(self.ids, start, location=branch.place)
        assert (made.end, made.expires_at) == (branch.visit(start).end, self.now + minutes(10))
        self.visits[made.id] = Visit(branch, start, "held", made.expires_at)
        return "held"

    @precondition(lambda self: self.visits)
    @rule(number=pick, phone=st.sampled_from(PHONES))
    def confirm(self, number: int, phone: str) -> None:
        row, visit = self._pick(number)
        expected = self._answer_to_confirm(visit, phone)
        typed = confirmation(phone=phone)
        done = answer_of(lambda: state_of(services.confirm(row, confirmation=typed).appointment_id))
        assert done == expected
        if done == "booking":
            visit.state, visit.phone = "booking", phone
        elif done == "slot_taken":
            visit.state = "released"

    @precondition(lambda self: self.visits)
    @rule(number=pick)
    def release(self, number: int) -> None:
        row, visit = self._pick(number)
        may = visit.state in {"held", "released", "expired"}
        assert answer_of(lambda: services.release(row)) == ("None" if may else "hold_not_found")
        if visit.state == "held":
            visit.state = "released"

    @rule()
    def expire(self) -> None:
        tending.expire_holds()

    @precondition(lambda self: any(visit.state in {"booking", "unknown"} for visit in self.visits.values()))
    @rule(number=pick, outcome=st.sampled_from(sorted(BOOK)), found=st.sampled_from(sorted(FIND)))
    def hear_the_mis(self, number: int, outcome: str, found: str) -> None:
        row, visit = self._pick(number, "booking", "unknown")
        self.mis.book_answer, self.mis.find_answer = BOOK[outcome], FIND[found]
        exchange.run(row)
        visit.state = outcome if visit.state == "booking" else found

    @precondition(lambda self: self.visits)
    @rule(number=pick)
    def cancel(self, number: int) -> None:
        row, visit = self._pick(number)
        may = visit.state in {"cancelling", "cancelled"} or (
            visit.state == "booked" and visit.start > self.now
        )
        token = appointment_token(row)
        done = answer_of(lambda: services.cancel(row, token=token).state.value)
        if visit.state == "booked" and may:
            visit.state = "cancelling"
        assert done == (visit.state if may else "not_cancellable")

    @precondition(lambda self: any(visit.state == "cancelling" for visit in self.visits.values()))
    @rule(number=pick)
    def free_in_the_mis(self, number: int) -> None:
        row, visit = self._pick(number, "cancelling")
        exchange.run(row)
        visit.state = "cancelled"

    def _pick(self, number: int, *states: str) -> tuple[UUID, Visit]:
        """Return one of the visits (in these states), with an overdue hold made what it is."""
        fit = [item for item in self.visits.items() if not states or item[1].state in states]
        row, visit = fit[number % len(fit)]
        if visit.is_overdue(self.now):
            tending.expire_holds()
            visit.state = "expired"
        return row, visit

    # The rules, in words

    def _answer_to_hold(self, branch: Branch, start: datetime) -> str:
        if start < self.now:
            return "slot_in_past"
        if self.now - self.as_of > FRESH:
            return "schedule_stale"
        if not self._is_in_schedule(branch, start):
            return "slot_not_offered"
        return "held" if self._is_free(branch, start) else "slot_taken"

    def _is_in_schedule(self, branch: Branch, start: datetime) -> bool:
        """The visit fits, and begins a whole number of steps after the doctor began to work."""
        work = union(self.free[branch.place] + (self.busy if branch is self.branches[0] else ()))
        begins = [span.start for span in work if span.start <= start < span.end]
        fits = any(span.contains(branch.visit(start)) for span in self.free[branch.place])
        return fits and (start - begins[0]) % minutes(branch.step) == timedelta()

    def _is_free(self, branch: Branch, start: datetime) -> bool:
        """No visit of ours with its buffers, and none of the MIS, lies in this one with its own."""
        wanted = branch.occupied(start)
        taken = [visit.occupied for visit in self.visits.values() if visit.is_active(self.now)]
        return not any(wanted.overlaps(span) for span in (*taken, *self.busy))

    def _answer_to_confirm(self, visit: Visit, phone: str) -> str:
        if visit.state != "held":
            return "hold_expired" if visit.state == "expired" else "hold_not_found"
        others = [other for other in self.visits.values() if other.phone == phone]
        clash = any(other.is_active(self.now) and other.span.overlaps(visit.span) for other in others)
        return "slot_taken" if clash else "booking"

    # What must hold after each step

    @invariant()
    def states_are_the_same(self) -> None:
        rows = {row.id: row for row in Appointment.objects.all()}
        assert rows.keys() == self.visits.keys()
        for row_id, visit in self.visits.items():
            state = "expired" if visit.is_overdue(self.now) else visit.state
            row = rows[row_id]
            stored = "expired" if row.state == "held" and row.hold_until <= self.now else row.state
            assert stored == state
            assert (row.occupied.lower, row.occupied.upper) == (visit.occupied.start, visit.occupied.end)

    @invariant()
    def what_is_offered_is_what_would_be_held(self) -> None:
        quarters = [at(6, 15 * quarter) for quarter in range(-2, CELLS + 12)]
        for branch in self.branches:
            expected = [start for start in quarters if self._answer_to_hold(branch, start) == "held"]
            assert offered(self.ids.eye, location=branch.place, service=self.ids.first_visit) == expected


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    publish("first", valid_from=NOW)
    ids = open_clinic()
    terms = {
        ids.north: {"length": 30, "step": 15, "before": 0, "after": 10},
        ids.south: {"length": 45, "step": 30, "before": 5, "after": 0},
    }
    for place, values in terms.items():
        offers = Offer.objects.filter(location=place, service=ids.first_visit)
        offers.update(notice=minutes(0), **{name: minutes(value) for name, value in values.items()})
    return ids


def test_a_doctors_day_does_what_the_model_says(ids: Ids, set_clock: SetClock, settings: Settings) -> None:
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, visits_per_phone=1000)
    run_state_machine_as_test(
        lambda: DoctorDay(ids, set_clock),
        settings=hypothesis_settings(
            max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck)
        ),
    )
    gateways.bind({})

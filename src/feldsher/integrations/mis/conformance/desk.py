"""The check at work: which time it takes, what it writes, and how it takes everything back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import uuid4

from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Ambiguous,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    Capabilities,
    FindOutcome,
    Found,
    FreeTime,
    GatewayUnavailableError,
    Held,
    HoldOutcome,
    Indeterminate,
    MisGateway,
    NotFound,
    NotSent,
    PatientRef,
    RemoteResource,
    RemoteSlot,
    TimeItem,
    Unknown,
)
from feldsher.integrations.mis.conformance import times
from feldsher.integrations.mis.conformance.ledger import Ledger, Trace, undisturbed
from feldsher.integrations.mis.conformance.means import PATIENTS, Bench, Cut, Facts
from feldsher.integrations.mis.conformance.report import not_tested
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval

USUAL_MINUTES = 30
LENGTHS = range(5, 121)
LOOKS = 3
"""How often a schedule is looked at before a visit that it doesn't show is believed to be missing there."""
CANCELS = 3
GONE: Final = Cancelled | AlreadyCancelled | NotFound
REASON = "Проверка связи с сайтом"


@dataclass(slots=True)
class Visit:
    """One visit that the check writes, with the patient's card and the reserve that its MIS wants first."""

    desk: "Desk"
    trace: Trace
    card: PatientRef | None = None

    def book(self) -> HoldOutcome | BookOutcome:
        """Prepare and send; a refusal of the reserve is the answer."""
        refusal = self.prepare()
        return self.send() if refusal is None else refusal

    def prepare(self) -> HoldOutcome | None:
        """Find the patient's card and reserve the time, where the MIS has that; None for "go on"."""
        desk, trace = self.desk, self.trace
        if desk.can.needs_patient:
            self.card = desk.card(trace.patient)
        if not desk.can.holds:
            return None
        outcome = desk.gateway.hold(trace.slot)
        if isinstance(outcome, Unknown):
            trace.lost_at = clock.now()
        if not isinstance(outcome, Held):
            return outcome
        trace.hold = outcome.ref
        desk.ledger.save()
        return None

    def send(self, *, is_disturbed: bool = False) -> BookOutcome:
        """Write the visit. After a disturbed call even a refusal leaves the trace open until it is judged."""
        desk, trace = self.desk, self.trace
        trace.lost_at = clock.now()
        desk.ledger.save()
        outcome = desk.gateway.book(self.request())
        if isinstance(outcome, Booked):
            trace.ref = outcome.ref
        if not isinstance(outcome, Unknown) and not is_disturbed:
            trace.lost_at = None
        desk.ledger.save()
        return outcome

    def cancel(self, ref: str = "") -> CancelOutcome:
        """Cancel the visit, once: what it says is what is looked at. `ref` names one that is gone."""
        outcome = self.desk.gateway.cancel(ref or self.trace.ref, reason=REASON)
        if isinstance(outcome, GONE):
            self.trace.ref = self.trace.hold = ""
        return outcome

    def request(self, slot: RemoteSlot | None = None) -> BookRequest:
        trace = self.trace
        return BookRequest(
            slot=slot or trace.slot,
            person=PATIENTS[trace.patient],
            reference=trace.reference,
            patient=self.card,
            hold=None if slot else trace.hold or None,
            comment=REASON,
        )


@dataclass(frozen=True, slots=True)
class _Choice:
    """How long the visits of a run are, and for which service."""

    minutes: int
    service_id: str | None = None


@dataclass
class Desk:
    """`seconds` is the budget of one request of the gateway; `sleep` waits for as many as it is told."""

    gateway: MisGateway
    facts: Facts
    ledger: Ledger
    seconds: float
    sleep: Callable[[float], None]
    cut: Cut | None = None
    bench: Bench | None = None
    unknown_at: list[int] = field(default_factory=list)
    """Which of the requests of a booking end in Unknown when their answer is lost."""
    is_blind: bool = False
    """Whether the MIS could not be asked for a visit that stands."""
    _used: list[Interval] = field(default_factory=list)

    @cached_property
    def can(self) -> Capabilities:
        return self.gateway.capabilities()

    @cached_property
    def directory(self) -> DirectorySnapshot:
        return self.gateway.directory()

    @cached_property
    def network(self) -> FreeTime:
        """Return the time of everybody on the asked days, as it was once in this run."""
        return self.gateway.free(self.facts.days)

    @property
    def doctor(self) -> RemoteResource:
        if self.facts.doctor is None:
            raise not_tested("name a test doctor by --doctor and --branch")
        return self.facts.doctor

    def look(self) -> tuple[TimeItem, ...]:
        """Return the test doctor's time of this moment."""
        answer = self.gateway.free(self.facts.days, resource=self.doctor)
        if answer.completeness is not Completeness.FULL:
            raise not_tested(f"the test doctor's time came {answer.completeness.value.replace('_', ' ')}")
        return tuple(item for item in answer.items if item.resource == self.doctor)

    def open_time(self) -> tuple[Interval, ...]:
        return times.open_time(self.look(), self.can.semantics)

    # Which time.

    def take(self, *, is_long: bool = False, then: int = 0) -> RemoteSlot:
        """Return a free time of the test doctor, unused in this run, and free for `then` minutes longer."""
        items = self.look()
        free = times.open_time(items, self.can.semantics)
        for slot in self._slots(items, is_long=is_long):
            place = times.asked(slot)
            wide = Interval(place.start, place.end + timedelta(minutes=then))
            if times.whole(free, wide) and not times.touches(self._used, wide):
                self._used.append(place)
                return slot
        raise not_tested("the test doctor has too little free time on these days: name more days")

    def take_overlapping(self) -> tuple[RemoteSlot, RemoteSlot]:
        """Return two free times, the second of which begins within the first.

        It begins one cell later where a visit is longer than a cell, else half a visit in whole minutes.
        """
        items = self.look()
        step = times.step(items)
        lengths, _ = self._lengths(items)
        is_long = lengths[0].minutes <= step
        minutes = lengths[-1 if is_long else 0].minutes
        later = step if 1 < step < minutes else minutes // 2
        slot = self.take(is_long=is_long, then=later)
        return slot, replace(slot, begin=slot.begin.plus(later * 60))

    def _slots(self, items: tuple[TimeItem, ...], *, is_long: bool) -> Iterator[RemoteSlot]:
        lengths, specialty = self._lengths(items)
        if times.is_ticket(self.can.semantics):
            for item in times.tickets(items, self.can.semantics):
                place = times.stretch(item.begin, item.end)
                minutes = (place.end - place.start) // timedelta(minutes=1) if place else 0
                service = next((each.service_id for each in lengths if each.minutes == minutes), None)
                yield RemoteSlot(
                    self.doctor, item.begin, minutes, service, specialty, item.room, ticket=item.ticket
                )
            return
        chosen = lengths[-1] if is_long else lengths[0]
        for begin in times.starts(items, self.can.semantics, chosen.minutes):
            yield RemoteSlot(self.doctor, begin, chosen.minutes, chosen.service_id, specialty)

    def _lengths(self, items: tuple[TimeItem, ...]) -> tuple[list[_Choice], str]:
        """Return the lengths of visits to the doctor, the shortest first, and what their specialty is."""
        own = self.doctor.practitioner_id
        doctor = next((each for each in self.directory.practitioners if each.id == own), None)
        if doctor is None:
            raise not_tested(f"the directory has no doctor {own}")
        known = {service.id: service.minutes for service in self.directory.services}
        told = [
            (norm.minutes or known.get(norm.service_id) or 0, norm.service_id) for norm in doctor.services
        ]
        found = sorted(each for each in told if each[0] in LENGTHS)
        specialty = doctor.specialties[0] if doctor.specialties else ""
        if found:
            return [_Choice(*each) for each in found], specialty
        usual = next((item.usual_minutes or item.step_minutes for item in items), None) or USUAL_MINUTES
        return [_Choice(usual), _Choice(usual * 2)], specialty

    def shows_free(self, place: Interval) -> bool:
        """Say whether any part of it is still shown free, after the MIS had a moment to think."""
        for _ in range(LOOKS):
            if not times.touches(self.open_time(), place):
                return False
            self.sleep(min(1.0, self.can.settle_seconds / 10))
        return True

    def is_free(self, slot: RemoteSlot) -> bool:
        """Say whether the whole time is shown free, after the MIS had a moment to think."""
        for _ in range(LOOKS):
            if times.whole(self.open_time(), times.asked(slot)):
                return True
            self.sleep(min(1.0, self.can.settle_seconds / 10))
        return False

    def standing(self, slot: RemoteSlot) -> list[str] | None:
        """Return who stands there in the registry, None where nobody can look into it."""
        return None if self.bench is None else self.bench.standing(slot)

    # Writing, and taking back.

    @contextmanager
    def visit(self, slot: RemoteSlot, *, patient: int = 0) -> Iterator[Visit]:
        """Give a visit to write; what was written of it is taken back at the end of the block."""
        trace = Trace(slot, str(uuid4()), patient)
        self.ledger.open(trace)
        try:
            yield Visit(self, trace)
        finally:
            with undisturbed():
                if self.take_back(trace):
                    self._used = [place for place in self._used if place != times.asked(slot)]

    def card(self, patient: int) -> PatientRef:
        """Return the card of a test patient."""
        found = self.gateway.ensure_patient(PATIENTS[patient], location_id=self.doctor.location_id)
        if isinstance(found, Ambiguous):
            raise not_tested(
                f"{found.count} cards fit the test patient {PATIENTS[patient].phone}: merge them"
            )
        if not isinstance(found, PatientRef):
            raise not_tested(f"the test patient's card could not be found or made: {found.reason}")
        return found

    def find(self, trace: Trace) -> FindOutcome:
        """Ask for a visit in every way that it can be asked for."""
        query = BookingQuery(
            slot=trace.slot,
            reference=trace.reference,
            ref=trace.ref or trace.hold or None,
            person=PATIENTS[trace.patient],
        )
        return self.gateway.find_booking(query)

    def resolve(self, trace: Trace) -> FindOutcome:
        """Look for a visit whose answer was lost, until it is found or can appear no more."""
        while True:
            is_settled = clock.now() >= self.settled_at(trace)
            found = self._found(trace)
            if is_settled or (isinstance(found, Found) and found.state == "booked"):
                return found
            self.sleep(min(1.0, self.can.settle_seconds / 5))

    def _found(self, trace: Trace) -> FindOutcome:
        try:
            return self.find(trace)
        except GatewayUnavailableError as error:
            return Indeterminate(str(error))

    def settled_at(self, trace: Trace) -> datetime:
        return (trace.lost_at or clock.now()) + timedelta(seconds=self.seconds + self.can.settle_seconds)

    def take_back(self, trace: Trace) -> bool:
        """Cancel what the trace may have written; False where that could not be made sure of."""
        try:
            ref = self._to_cancel(trace)
            is_gone = ref == "" or (ref is not None and (self._cancel(ref) or self._is_cancelled(trace)))
        except (GatewayUnavailableError, NotImplementedError):
            return False
        if is_gone:
            self.ledger.close(trace)
        return is_gone

    def _to_cancel(self, trace: Trace) -> str | None:
        """Return the id to cancel by, empty where there is nothing, None where nobody can tell."""
        known = trace.ref or trace.hold
        if trace.lost_at is None or trace.ref:
            return known
        if self.can.frees_by_reference:
            return trace.reference
        found = self.resolve(trace)
        if isinstance(found, Found):
            return known if found.state == "cancelled" else found.ref
        return known if known or isinstance(found, Absent) else None

    def _is_cancelled(self, trace: Trace) -> bool:
        """Say whether a visit whose cancel was refused is cancelled all the same."""
        found = self.find(trace)
        return isinstance(found, Found) and found.state == "cancelled"

    def _cancel(self, ref: str) -> bool:
        for _ in range(CANCELS):
            outcome = self.gateway.cancel(ref, reason=REASON)
            if isinstance(outcome, GONE):
                return True
            if not isinstance(outcome, NotSent | Unknown):
                return False
            self.sleep(min(1.0, self.can.settle_seconds / 5))
        return False

"""Writing into the hub: a ticket taken, given back, and what became of one whose answer was lost.

There is no hold, no reference of ours and no id of a visit. So:
- A ticket is looked at with the patient's own eyes before it is taken: the hub shows each patient other
  tickets, and a ticket whose begin is another one now is not the one that was chosen.
- SetAppointment is believed by Success alone. A refusal that nobody can place is believed only after the
  patient's history has shown no such visit: the hub may have given up on a МИС that was about to write.
- A visit is cancelled only after the history has shown it at the begin that we know; what then belongs to
  somebody else is not touched.
"""

from collections.abc import Callable

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    AlreadyCancelled,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    FindOutcome,
    Found,
    Gone,
    Indeterminate,
    MoveOutcome,
    NeedsReferral,
    NotForPatient,
    NotFound,
    NotSent,
    PatientConflict,
    Rejected,
    RemoteSlot,
    RemoteVisit,
    Reported,
    ReportOutcome,
    Taken,
    Unknown,
    VisitEnd,
    Window,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.history import Visit, read_history, visit_of
from feldsher.integrations.mis.n3.listing import resource_of
from feldsher.integrations.mis.n3.meaning import Meanings
from feldsher.integrations.mis.n3.patients import Patients
from feldsher.integrations.mis.n3.profile import Meaning
from feldsher.integrations.mis.n3.tickets import DamagedError, Tickets, Told, widened
from feldsher.integrations.mis.n3.wire import Parameters, RefusedError
from feldsher.kernel.clock import WallTime

_FAILED = (LostError, NotSentError, RefusedError, DamagedError)
_OUTCOMES: dict[Meaning, Callable[[str], BookOutcome]] = {
    Meaning.TAKEN: Taken,
    Meaning.GONE: Taken,
    Meaning.PATIENT_CONFLICT: PatientConflict,
    Meaning.NEEDS_REFERRAL: NeedsReferral,
    Meaning.AGE_LIMIT: AgeLimit,
    Meaning.NOT_FOR_PATIENT: NotForPatient,
    Meaning.NO_ACCESS: NotSent,
    Meaning.UNKNOWN: Unknown,
}
_STATUSES = {
    VisitEnd.CANCELLED: "запись_отменена_по_инициативе_пациента",
    VisitEnd.HAPPENED: "посещение_состоялось",
    VisitEnd.NO_SHOW: "пациент_не_явился",
}


class Visits:
    """Thread-safe."""

    def __init__(self, door: Door, tickets: Tickets, patients: Patients, meanings: Meanings) -> None:
        self._door = door
        self._tickets = tickets
        self._patients = patients
        self._meanings = meanings

    def _sent(self, operation: str, parameters: Parameters) -> NotSent | Unknown | RefusedError | None:
        """Make a call that writes; None for Success."""
        try:
            self._door.call(operation, parameters)
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as refusal:
            return refusal
        return None

    def book(self, request: BookRequest, *, previous: str | None = None) -> BookOutcome:
        """Look at the ticket with the patient's eyes, then take it; `previous` is given back with it."""
        slot, patient = request.slot, request.patient
        if patient is None or not patient.id:
            return NotSent("a ticket is taken for a card, and there is none", is_answered=True)
        if not slot.ticket or slot.resource.location_id not in self._door.profile.lpus:
            return Rejected("unknown_ticket")
        return self._looked(slot, patient.id) or self._taken(visit_of(slot, patient.id, self._door), previous)

    def _taken(self, visit: Visit, previous: str | None) -> BookOutcome:
        parameters = [("idAppointment", visit.ticket), ("idLpu", visit.lpu), ("idPat", visit.patient)]
        if previous is not None:
            parameters.append(("idAppointmentPrev", previous))
        failed = self._sent("SetAppointment", parameters)
        if failed is None:
            return Booked(visit.text())
        return self._why_not(failed, visit) if isinstance(failed, RefusedError) else failed

    def _looked(self, slot: RemoteSlot, patient: str) -> BookOutcome | None:
        """Return why the patient can't have the ticket, None where they can."""
        try:
            told = self._shown(slot, patient=patient)
            return None if _shows(told, slot) else self._why_hidden(slot, told)
        except RefusedError as refusal:
            meaning = self._meanings.of(refusal)
            if meaning is Meaning.UNKNOWN:
                return NotSent(f"the look before the visit: {refusal}", is_answered=True)
            return self._outcome(refusal, meaning)
        except _FAILED as error:
            return NotSent(f"the look before the visit: {error}")

    def _why_hidden(self, slot: RemoteSlot, told: Told) -> BookOutcome:
        """Say why the patient does not see the ticket: nobody does, or others do. Raises as a read does."""
        others = self._shown(slot)
        if _shows(others, slot):
            meaning = self._door.profile.reasons.get(told.reason, Meaning.NOT_FOR_PATIENT)
            return _OUTCOMES.get(meaning, NotForPatient)(told.reason)
        if others.has_any or self._is_full(slot):
            return Taken()
        return NotSent("the look before the visit shows nobody any ticket of the doctor", is_answered=True)

    def _shown(self, slot: RemoteSlot, *, patient: str | None = None) -> Told:
        """Return the tickets around a time, for so many days that an answer is seldom empty."""
        days = widened(_day_of(slot), most=self._door.profile.max_window_days)
        return self._tickets.of(slot.resource, days, patient=patient)

    def _is_full(self, slot: RemoteSlot) -> bool:
        return self._door.profile.working_time and self._tickets.is_full(slot.resource, _day_of(slot))

    def _outcome(self, refusal: RefusedError, meaning: Meaning) -> BookOutcome:
        made = _OUTCOMES.get(meaning)
        return made(refusal.text) if made else Rejected(refusal.code, refusal.text)

    def _why_not(self, refusal: RefusedError, visit: Visit) -> BookOutcome:
        meaning = self._meanings.of(refusal)
        if meaning is not Meaning.REFUSED:
            return self._outcome(refusal, meaning)
        try:
            standing = read_history(self._door, visit.lpu, visit.patient).standing(visit)
        except _FAILED as error:
            return Unknown(f"{refusal}, and the history did not come: {error}")
        return Booked(visit.text()) if standing else self._outcome(refusal, meaning)

    def move(self, ref: str, *, request: BookRequest) -> MoveOutcome:
        """Take another ticket and give the first back, in one call."""
        visit, patient = Visit.parse(ref), request.patient
        if visit is None or patient is None:
            return Rejected("bad_reference")
        if (visit.lpu, visit.patient) != (request.slot.resource.location_id, patient.id):
            return Rejected("another_branch_or_card")
        try:
            standing = self._standing(visit)
        except _FAILED as error:
            return NotSent(f"the look for the visit to be moved: {error}")
        if isinstance(standing, Unknown):
            return NotSent(f"the look for the visit to be moved: {standing.reason}", is_answered=True)
        if not isinstance(standing, str):
            return Gone()
        return self.book(request, previous=standing)

    def find(self, query: BookingQuery) -> FindOutcome:
        """Look in the history of every card that may be the patient's; "absent" needs the ticket shown free.

        Histories leave out whole specialities [code], so that an empty one proves nothing by itself.
        """
        try:
            return self._find(query)
        except _FAILED as error:
            return Indeterminate(str(error))

    def _find(self, query: BookingQuery) -> FindOutcome:
        slot, known = query.slot, Visit.parse(query.ref or "")
        if known is not None:
            wanted = [known]
        elif query.person is None:
            return Indeterminate("without a person visits can't be asked for")
        else:
            cards = self._patients.cards_of(query.person, lpu=slot.resource.location_id)
            wanted = [visit_of(slot, card, self._door) for card in cards]
        histories = [(visit, read_history(self._door, visit.lpu, visit.patient)) for visit in wanted]
        for visit, history in histories:
            if history.standing(visit):
                return Found(visit.text(), "booked", visit.begin)
        if self._is_shown_free(slot):
            return Absent()
        for visit, history in histories:
            if history.is_refused(visit):
                return Found(visit.text(), "cancelled", visit.begin)
        return Indeterminate("no history has the visit, and the ticket isn't shown free")

    def of_card(self, card: str, lpu: str) -> tuple[RemoteVisit, ...]:
        """Return the visits of a card that name their doctor; raises as Door.call does, and LostError."""
        return tuple(
            RemoteVisit(
                ref=Visit(lpu, card, told.id, told.begin, told.doctor).text(),
                resource=resource_of(told.doctor, lpu, self._door.profile),
                begin=told.begin,
                minutes=None,
            )
            for told in read_history(self._door, lpu, card).visits
            if told.doctor
        )

    def _is_shown_free(self, slot: RemoteSlot) -> bool:
        return _shows(self._tickets.of(slot.resource, _day_of(slot)), slot)

    def cancel(self, ref: str) -> CancelOutcome:
        """Give the ticket back, if it is still ours at that time."""
        visit = Visit.parse(ref)
        if visit is None:
            return Rejected("bad_reference")
        try:
            standing = self._standing(visit)
        except _FAILED as error:
            return NotSent(f"the look before the cancel: {error}")
        if not isinstance(standing, str):
            return standing
        parameters = [("idLpu", visit.lpu), ("idPat", visit.patient), ("idAppointment", standing)]
        failed = self._sent("CreateClaimForRefusal", parameters)
        if failed is None:
            return Cancelled()
        return self._why_stands(failed, visit) if isinstance(failed, RefusedError) else failed

    def _standing(self, visit: Visit) -> str | AlreadyCancelled | NotFound | Unknown:
        """Return the id by which the visit is to be cancelled, or what is known where it does not stand."""
        history = read_history(self._door, visit.lpu, visit.patient)
        standing = history.standing(visit)
        if standing is not None:
            return standing.id
        if history.is_refused(visit):
            return AlreadyCancelled()
        if self._is_free(visit):
            return NotFound()
        return Unknown("the history does not have the visit, and the ticket isn't shown free")

    def _is_free(self, visit: Visit) -> bool:
        resource = resource_of(visit.doctor, visit.lpu, self._door.profile)
        told = self._tickets.of(resource, Window(visit.begin.day, visit.begin.day))
        return any((ticket.id, ticket.begin) == (visit.ticket, visit.begin) for ticket in told.tickets)

    def _why_stands(self, refusal: RefusedError, visit: Visit) -> CancelOutcome:
        meaning = self._meanings.of(refusal)
        if meaning is Meaning.GONE:
            return AlreadyCancelled()
        if meaning is Meaning.NO_ACCESS:
            return NotSent(str(refusal), is_answered=True)
        try:
            stands = read_history(self._door, visit.lpu, visit.patient).standing(visit)
        except _FAILED as error:
            return Unknown(f"{refusal}, and the history did not come: {error}")
        if stands is None:
            return AlreadyCancelled()
        return Unknown(str(refusal)) if meaning is Meaning.UNKNOWN else Rejected(refusal.code, refusal.text)

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        """Tell the hub what became of a visit. A repetition tells the same once more."""
        visit = Visit.parse(ref)
        if visit is None:
            return Rejected("bad_reference")
        parameters: Parameters = [
            ("idNotification", None),
            ("idLpu", visit.lpu),
            ("idPat", visit.patient),
            ("idAppointment", visit.ticket),
            ("doctorsReferral", None),
            ("status", _STATUSES[end]),
            ("eventDatetime", at.iso()),
        ]
        failed = self._sent("SendNotificationAboutAppointmentStatus", parameters)
        if not isinstance(failed, RefusedError):
            return failed or Reported()
        is_open = self._meanings.of(failed) in {Meaning.UNKNOWN, Meaning.NO_ACCESS}
        return Unknown(str(failed)) if is_open else Rejected(failed.code, failed.text)


def _day_of(slot: RemoteSlot) -> Window:
    return Window(slot.begin.day, slot.begin.day)


def _shows(told: Told, slot: RemoteSlot) -> bool:
    """Whether the very ticket is there: its id, its begin, its length."""
    wanted = (slot.ticket, slot.begin, slot.begin.plus(slot.minutes * 60))
    return any((ticket.id, ticket.begin, ticket.end.plus(0)) == wanted for ticket in told.tickets)

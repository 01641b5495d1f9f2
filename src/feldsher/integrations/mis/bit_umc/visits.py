"""Writing into 1С: reserve, book, move, cancel, and what became of a call whose answer was lost.

What makes it safe (docs/integrations/bit_umc.md):
- A booking always names a document: the УИД of a reserve. Sending it again edits the same document, so the
  same call may be repeated after a lost answer without a second visit.
- A visit is exactly as long as was asked: `Duration` is sent and `DurationType` never, because with it 1С
  would count the norms of the services instead (contract §3.1, duration rule).
- "Taken" is said only when 1С wrote nothing and a second look shows that the time isn't free.
- "Absent" needs two facts that agree: 1С doesn't know the УИД and the schedule shows the time free.
"""

from collections.abc import Mapping

from feldsher.domain.scheduling.ports import (
    Absent,
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
    Held,
    HoldGone,
    HoldOutcome,
    Indeterminate,
    MoveOutcome,
    NotFound,
    NotSent,
    Person,
    Rejected,
    RemoteSlot,
    Taken,
    TimeItem,
    Unknown,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.bit_umc import answers, schedule, times
from feldsher.integrations.mis.bit_umc.answers import State
from feldsher.integrations.mis.bit_umc.door import NOT_WRITTEN, UNKNOWN_GUID, Door, Parameter, RefusedError
from feldsher.integrations.mis.bit_umc.profile import Profile

LOOKS = 2
"""Requests that a move makes before its own: a late commit counts from the first."""


class Visits:
    def __init__(self, door: Door, profile: Profile) -> None:
        self._door = door
        self._profile = profile

    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        """Reserve the time. GetReserve can't say a length: it keeps the doctor's usual one."""
        if not _can_be_said(slot):
            return Rejected("bad_duration")
        values: dict[str, Parameter] = {
            "Specialization": slot.specialty,
            **_when(slot),
            "EmployeeID": slot.resource.practitioner_id,
            "Clinic": slot.resource.location_id,
        }
        if self._profile.reserve == "Reservation":
            values |= {"Duration": times.length(slot.minutes), "EquipmentCabinet": slot.room}
        try:
            uid = self._write(self._profile.reserve, values)
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            if error.code != NOT_WRITTEN:
                return Rejected(error.code, error.text)
            return self._taken_or_refused(slot, error)
        return Held(uid) if uid else Unknown("a reserve without УИД")

    def book(self, request: BookRequest) -> BookOutcome:
        """Write the visit over its reserve; without one, make it first and release it after a refusal."""
        if not _can_be_said(request.slot):
            return Rejected("bad_duration")
        if request.hold:
            return self._book(request, request.hold)
        held = self.hold(request.slot)
        if not isinstance(held, Held):
            return held
        outcome = self._book(request, held.ref)
        if not isinstance(outcome, Booked | Unknown):
            self.cancel(held.ref, reason="")
        return outcome

    def _book(self, request: BookRequest, hold: str) -> BookOutcome:
        outcome = self._put(request, hold)
        if not isinstance(outcome, RefusedError):
            return outcome
        if outcome.code == NOT_WRITTEN:
            return self._why_not(request.slot, hold, outcome)
        return HoldGone() if outcome.code == UNKNOWN_GUID else Rejected(outcome.code, outcome.text)

    def _why_not(self, slot: RemoteSlot, hold: str, error: RefusedError) -> BookOutcome:
        """Say why 1С did not write over the reserve. Nothing was written by this call, whatever is found."""
        state = self._state(hold)
        if state is State.BOOKED:
            return Booked(hold)  # an earlier call of ours did, and the registry has processed it since
        if state is State.RESERVED:
            items = self._look(slot)
            taken = items is not None and schedule.others_in(items, slot)
            return Taken(error.text) if taken else Rejected(error.code, error.text)
        if self._is_free(slot) is False:
            return Taken(error.text)
        is_gone = state in {State.CANCELLED, UNKNOWN_GUID}
        return HoldGone() if is_gone else Rejected(error.code, error.text)

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        """Give the document `ref` the new time; repeatable like `book`.

        1С would write into a document that is marked for deletion or that the registry has moved, so that its
        state is asked first, and the schedule whether anything stands at `old`. No schedule says how old it
        is: by one alone nothing is surely gone.
        """
        if not _can_be_said(request.slot):
            return Rejected("bad_duration")
        displaced = self._displaced(ref, old)
        if displaced is not None:
            return displaced
        outcome = self._put(request, ref)
        if not isinstance(outcome, RefusedError):
            return outcome
        if outcome.code == NOT_WRITTEN and self._state(ref) is not State.CANCELLED:
            return self._taken_or_refused(request.slot, outcome)
        is_gone = outcome.code in {NOT_WRITTEN, UNKNOWN_GUID}
        return Gone() if is_gone else Rejected(outcome.code, outcome.text)

    def _displaced(self, ref: str, old: RemoteSlot | None) -> Gone | NotSent | None:
        state = self._state(ref)
        if state in {State.CANCELLED, UNKNOWN_GUID}:
            return Gone()
        if not isinstance(state, State):
            return NotSent(f"the look for the document to be moved: {state}")
        return Gone(is_sure=False) if old is not None and self._is_free(old) else None

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Mark the document for deletion; a refusal is explained by the document's own state."""
        try:
            self._write(
                "CancelBookAnAppointment", {"GUID": ref, "AdditionalInformation": "", "Reason": reason}
            )
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            return self._why_not_cancelled(ref, error)
        return Cancelled()

    def _why_not_cancelled(self, ref: str, error: RefusedError) -> CancelOutcome:
        """1С says the same of a document that is cancelled already and of one that it doesn't know."""
        state = self._state(ref)
        if state is State.CANCELLED:
            return AlreadyCancelled()
        if state == error.code == UNKNOWN_GUID:
            return NotFound()
        if isinstance(state, State) or state == error.code:
            return Rejected(error.code, error.text)
        return Unknown(state)

    def find(self, query: BookingQuery) -> FindOutcome:
        """Ask for the state of the document; without a УИД 1С can't be asked (it has no search).

        The state says no time: one that is booked while the schedule shows the time free stands elsewhere, or
        the schedule is stale.
        """
        if not query.ref:
            return Indeterminate("1С has no search by reference or patient")
        state = self._state(query.ref)
        if state is State.BOOKED and self._is_free(query.slot):
            return Indeterminate("the document is booked, and its time is shown free")
        if isinstance(state, State):
            return Found(query.ref, state.value)
        if state != UNKNOWN_GUID:
            return Indeterminate(state)
        if self._is_free(query.slot):
            return Absent()
        return Indeterminate("1С doesn't know the УИД, and the time isn't free")

    def _put(self, request: BookRequest, guid: str) -> Booked | NotSent | Unknown | RefusedError:
        """Write the visit into the document `guid`, as a whole: what isn't sent is cleared there."""
        try:
            uid = self._write("BookAnAppointmentWithParams", _visit(request, guid))
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            return error
        return Booked(uid or guid)

    def _write(self, operation: str, values: Mapping[str, Parameter]) -> str:
        """Return the УИД in the answer, empty where it has none; raises as Door.call does."""
        return answers.written(self._door.call(operation, values))

    def _state(self, ref: str) -> State | str:
        """Return the state of a document, or in words why it isn't known (UNKNOWN_GUID among them)."""
        try:
            return answers.status(self._door.call("GetAppointmentStatus", {"GUID": ref}))
        except RefusedError as error:
            return error.code
        except (LostError, NotSentError) as error:
            return str(error)

    def _taken_or_refused(self, slot: RemoteSlot, error: RefusedError) -> Taken | Rejected:
        if self._is_free(slot) is False:
            return Taken(error.text)
        return Rejected(error.code, error.text)

    def _look(self, slot: RemoteSlot) -> list[TimeItem] | None:
        """Return what the schedule says of the doctor's day, None when it says nothing of it."""
        try:
            found = schedule.ask(self._door, self._profile, schedule.day_of(slot), resource=slot.resource)
        except (LostError, NotSentError, RefusedError):
            return None
        return found.items if slot.resource in found.resources else None

    def _is_free(self, slot: RemoteSlot) -> bool | None:
        items = self._look(slot)
        return None if items is None else schedule.is_free(items, slot)


def _can_be_said(slot: RemoteSlot) -> bool:
    return 1 <= slot.minutes <= times.MOST


def _when(slot: RemoteSlot) -> dict[str, Parameter]:
    begin = slot.begin.plus(0)  # 24:00 is the next day's midnight
    return {"Date": begin.day, "TimeBegin": times.at(begin.seconds)}


def _visit(request: BookRequest, guid: str) -> dict[str, Parameter]:
    """Return the parameters in the order of the documentation. Our reference leads the comment."""
    slot, person = request.slot, request.person
    values: dict[str, Parameter] = {
        "EmployeeID": slot.resource.practitioner_id,
        **_names(person),
        **_when(slot),
        "Comment": f"{request.reference} {request.comment}".strip(),
        "Phone": person.phone,
        "Email": person.email,
        "Address": "",
        "Clinic": slot.resource.location_id,
        "GUID": guid,
        "Duration": times.length(slot.minutes),
    }
    if slot.service_id:
        values["Services"] = slot.service_id
    if person.birth_date:
        values["Birthday"] = person.birth_date
    return values


def _names(person: Person) -> dict[str, str]:
    return {
        "PatientSurname": person.family,
        "PatientName": person.given,
        "PatientFatherName": person.middle,
    }

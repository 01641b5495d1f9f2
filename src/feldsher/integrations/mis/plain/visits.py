"""Writing: book and cancel by our own reference, and ask how a reference stands.

What makes it safe is the contract's (docs/integrations/plain.md): a reference is one visit for ever, whatever
is sent again; a refusal with a code wrote nothing; how a reference stands is read where it is written. So a
lost answer to a booking or a cancel may be followed by the same call, and "absent" is the system's own word.
"""

import re
from typing import Any, Protocol

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    FindOutcome,
    Found,
    Indeterminate,
    NeedsReferral,
    NotSent,
    PatientConflict,
    Person,
    Rejected,
    RemoteResource,
    RemoteSlot,
    Taken,
    Unknown,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.plain import wire
from feldsher.integrations.mis.plain.door import RefusedError
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row

_STATE = re.compile("booked|cancelled|none")
_PHONE = re.compile(r"\+[0-9]{8,15}")
_OUTCOMES: dict[str, type[Taken | PatientConflict | NeedsReferral | AgeLimit]] = {
    "taken": Taken,
    "patient_conflict": PatientConflict,
    "needs_referral": NeedsReferral,
    "age_limit": AgeLimit,
}


class VisitDoor(Protocol):
    """The three calls of the contract that speak of one visit, by its reference.

    Each returns the visit as it stands; raises NotSentError, LostError, RefusedError or BadAnswerError.
    """

    def book(self, reference: str, order: Row) -> Row: ...

    def visit(self, reference: str) -> Row: ...

    def cancel(self, reference: str) -> Row: ...


class Visits:
    def __init__(self, door: VisitDoor) -> None:
        self._door = door

    def book(self, request: BookRequest) -> BookOutcome:
        """Write the visit under our reference, or learn how it stands there already."""
        order = _order(request)
        if isinstance(order, Rejected):
            return order
        try:
            told = self._door.book(request.reference, order)
            return _booked(_checked(told, request.reference), request)
        except NotSentError as error:
            return NotSent(str(error))
        except (LostError, BadAnswerError) as error:
            return Unknown(str(error))
        except RefusedError as error:
            outcome = _OUTCOMES.get(error.code)
            return outcome(error.text) if outcome else Rejected(error.code, error.text)

    def find(self, query: BookingQuery) -> FindOutcome:
        """Ask how the reference stands. With another doctor it is nothing that we could speak of."""
        reference = query.ref or query.reference
        if not wire.REFERENCE.fullmatch(reference):
            return Indeterminate("a visit that the clinic made has no reference to be asked by")
        try:
            return _found(_checked(self._door.visit(reference), reference), query)
        except (NotSentError, LostError, BadAnswerError) as error:
            return Indeterminate(str(error))
        except RefusedError as error:
            return Indeterminate(error.code)

    def cancel(self, ref: str) -> CancelOutcome:
        """Cancel, and close the reference: a booking that is still on its way comes to nothing."""
        if not wire.REFERENCE.fullmatch(ref):
            return Rejected("made_by_the_clinic")
        try:
            told = _checked(self._door.cancel(ref), ref)
        except NotSentError as error:
            return NotSent(str(error))
        except (LostError, BadAnswerError) as error:
            return Unknown(str(error))
        except RefusedError as error:
            return Rejected(error.code, error.text)
        return Cancelled() if told["state"] == "cancelled" else Unknown("the visit stands after its cancel")


def _checked(told: Row, reference: str) -> Row:
    """Return the answer if it is one about this reference; raises BadAnswerError."""
    if wire.matching(told, "reference", wire.REFERENCE) != reference:
        raise BadAnswerError("an answer about another reference")
    wire.matching(told, "state", _STATE)
    return told


def _resource(told: Row) -> RemoteResource:
    return RemoteResource(wire.identifier(told, "doctor"), wire.identifier(told, "branch"))


def _booked(told: Row, request: BookRequest) -> BookOutcome:
    """Believe only a visit that stands exactly as it was asked for: somebody may have moved it meanwhile."""
    if told["state"] == "cancelled":
        return Rejected("cancelled")
    slot = request.slot
    if told["state"] == "none":
        return Unknown("the answer to a booking knows no visit")
    stands = (_resource(told), wire.moment(told, "begin"), wire.minutes(told, "minutes"))
    if stands != (slot.resource, slot.begin.plus(0), slot.minutes):
        return Unknown("the visit stands otherwise than it was asked for")
    return Booked(request.reference)


def _found(told: Row, query: BookingQuery) -> FindOutcome:
    if told["state"] == "none":
        return Absent()
    if told["state"] == "cancelled":
        return Found(told["reference"], "cancelled")
    if _resource(told) != query.slot.resource:
        return Indeterminate("the visit stands with another doctor or in another branch")
    return Found(told["reference"], "booked", wire.moment(told, "begin"))


def _order(request: BookRequest) -> dict[str, Any] | Rejected:
    """Return the body, or why the contract has no words for it: such a request is never sent."""
    slot, begin = request.slot, wire.spelt(request.slot.begin)
    if not wire.REFERENCE.fullmatch(request.reference):
        return Rejected("bad_reference")
    if begin is None or not 1 <= slot.minutes <= wire.LONGEST_VISIT:
        return Rejected("bad_time")
    if not _are_identifiers(slot):
        return Rejected("bad_identifier")
    patient = _patient(request.person)
    if not _can_be_said(patient):
        return Rejected("bad_person")
    return {
        "doctor": slot.resource.practitioner_id,
        "branch": slot.resource.location_id,
        "service": slot.service_id,
        "begin": begin,
        "minutes": slot.minutes,
        "patient": patient,
        "comment": wire.plain(request.comment, most=1000),
    }


def _are_identifiers(slot: RemoteSlot) -> bool:
    ids = (slot.resource.practitioner_id, slot.resource.location_id, slot.service_id)
    return all(value is None or wire.ID.fullmatch(value) for value in ids)


def _can_be_said(patient: dict[str, str | None]) -> bool:
    parts = [patient["family"] or "", patient["given"] or "", patient["middle"] or "-"]
    return all(0 < len(part) <= wire.LONGEST_PART for part in parts) and bool(
        _PHONE.fullmatch(patient["phone"] or "")
    )


def _patient(person: Person) -> dict[str, str | None]:
    born = person.birth_date
    return {
        "family": wire.plain(person.family),
        "given": wire.plain(person.given),
        "middle": wire.plain(person.middle),
        "phone": person.phone,
        "birth_date": born.isoformat() if born and 1900 <= born.year < 2100 else None,  # noqa: PLR2004 - the contract's centuries
        "email": wire.plain(person.email, most=1000),
    }

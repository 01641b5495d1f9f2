"""Reads of referrals, for who wrote them and to whom they were written, and of a patient's own papers.

Row security narrows the rows; each look stands in the journal with the patients that it shows.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind, ShownPerson
from feldsher.domain.records import gateways, sealed, terms
from feldsher.domain.records.errors import ReferralNotFoundError, VisitNotInCareError
from feldsher.domain.records.models import ServiceRequest
from feldsher.domain.records.types import (
    NewReferral,
    Paper,
    PaperKind,
    ReceivedReferral,
    Referral,
    ReferralState,
)
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.types import PatientVisit
from feldsher.foundation.access.doors import as_patient, as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

MOST = 100
_COLUMNS: Mapping[PaperKind, Column] = {
    PaperKind.RESULT: Column.LAB,
    PaperKind.DOCUMENT: Column.CHART,
    PaperKind.PRESCRIPTION: Column.PRESCRIPTIONS,
}
_JOURNALLED: Mapping[PaperKind, str] = {
    PaperKind.RESULT: "paper_result",
    PaperKind.DOCUMENT: "paper_document",
    PaperKind.PRESCRIPTION: "paper_prescription",
}


def new_referral(staff: Staff, visit_id: UUID) -> NewReferral:
    """Return what a referral at the doctor's own visit begins with.

    Raises ForbiddenError, VisitNotInCareError, which the journal keeps, VaultError, AuditError.
    """
    with as_staff(staff, Action.REFER):
        visit = visit_in_care(staff, visit_id)
        shown = patients.shown_persons(staff, Action.REFER, [visit.patient_id])
    zone = visit.card.zone
    return NewReferral(
        person=shown.get(visit.patient_id),
        visit=visit.card,
        today=terms.today(zone),
        usual_day=terms.usual_day(zone),
        last_day=terms.latest_day(zone),
    )


def written(staff: Staff) -> tuple[Referral, ...]:
    """Return the referrals that the doctor wrote, the newest first, at most MOST.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.REFER):
        rows = list(ServiceRequest.objects.order_by("-authored_at", "-id")[:MOST])
        return _referrals(staff, Action.REFER, rows)


def written_referral(staff: Staff, referral_id: UUID) -> Referral:
    """Return one that the doctor wrote and that is good now, for who is about to withdraw it.

    Raises ForbiddenError, ReferralNotFoundError, which the journal keeps where it is not the doctor's,
    VaultError, AuditError.
    """
    with as_staff(staff, Action.REFER):
        row = ServiceRequest.objects.filter(pk=referral_id).first()
        if row is None:
            note_miss(staff, Action.REFER, referral_id)
            raise ReferralNotFoundError("no such referral")
        (referral,) = _referrals(staff, Action.REFER, [row])
    if referral.state is not ReferralState.ACTIVE:
        raise ReferralNotFoundError(f"the referral is {referral.state}")
    return referral


def received(staff: Staff) -> tuple[Referral, ...]:
    """Return the referrals to the doctor that are good now, the first to end first, at most MOST.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.CONSULT):
        rows = list(ServiceRequest.objects.order_by("until", "id")[:MOST])
        return _referrals(staff, Action.CONSULT, rows)


def received_referral(staff: Staff, referral_id: UUID) -> ReceivedReferral:
    """Return one of them with the visits of its patient.

    Raises ForbiddenError, ReferralNotFoundError, which the journal keeps, VaultError, AuditError.
    """
    with as_staff(staff, Action.CONSULT):
        row = ServiceRequest.objects.filter(pk=referral_id).first()
        if row is None:
            note_miss(staff, Action.CONSULT, referral_id)
            raise ReferralNotFoundError("no such referral")
        (referral,) = _referrals(staff, Action.CONSULT, [row])
        return ReceivedReferral(referral, scheduling.visits_of_patient(row.patient))


def brought_papers() -> frozenset[PaperKind]:
    """Return the kinds of papers that a module brings here; the others a patient gets from the clinic."""
    return frozenset(gateways.paper_sources())


def own_papers(who: Behind, *, session: UUID) -> Mapping[PaperKind, tuple[Paper, ...]]:
    """Return a patient's papers to who has proved their phone in a `session`, each kind that is brought.

    The newest first, at most MOST of a kind; the journal keeps each. Raises PatientNotFoundError for a
    patient who has lent access, which does not reach so far, VaultError, AuditError.
    """
    if who.grant_id is not None:
        raise PatientNotFoundError("papers are not lent")
    found = {}
    own = as_patient(who.patient_id, guardian=who.guardian_id, purpose="own_papers", session=session)
    with own:
        for kind, papers in gateways.paper_sources().items():
            found[kind] = tuple(papers(who.patient_id, most=MOST))[:MOST]
            journal(
                _JOURNALLED[kind],
                _COLUMNS[kind],
                ids=[each.id for each in found[kind]],
                patients=[who.patient_id],
            )
    return found


def visit_in_care(staff: Staff, visit_id: UUID) -> PatientVisit:
    """Return a visit of the doctor's own with a patient in their care now, for the context at work.

    Raises VisitNotInCareError, which the journal keeps.
    """
    if staff.practitioner_id is not None:
        with suppress(AppointmentNotFoundError):
            return scheduling.visit_with(staff.practitioner_id, visit_id)
    note_miss(staff, Action.REFER, visit_id)
    raise VisitNotInCareError("no such visit in care")


def _referrals(staff: Staff, action: Action, rows: Sequence[ServiceRequest]) -> tuple[Referral, ...]:
    """Return the rows as the reader may see them; reason and name only of patients in reach."""
    persons = patients.shown_persons(staff, action, {row.patient for row in rows})
    journal("referral", Column.CHART, ids=[row.pk for row in rows], patients=[row.patient for row in rows])
    zones = directory.zones()
    return tuple(_referral(row, persons.get(row.patient), zones.get(row.location, "UTC")) for row in rows)


def _referral(row: ServiceRequest, person: ShownPerson | None, zone: str) -> Referral:
    return Referral(
        id=row.pk,
        requester_id=row.requester,
        performer_id=row.performer,
        person=person,
        authored_at=row.authored_at,
        last_day=terms.last_day(row.until, zone),
        zone=zone,
        reason=sealed.open_reason(row.reason, row=row.pk) if person is not None else "",
        state=_state(row),
    )


def _state(row: ServiceRequest) -> ReferralState:
    if row.withdrawn_at is not None:
        return ReferralState.WITHDRAWN
    if row.until <= clock.now():
        return ReferralState.OVER
    return ReferralState.ACTIVE if row.stands else ReferralState.LAPSED

"""Writes of referrals: a doctor writes one at their own visit, and withdraws their own.

The care that follows from it is the database's work (sql/referrals.sql).
"""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, ProgrammingError, transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.records import sealed, terms
from feldsher.domain.records.errors import AlreadyReferredError, ReferralNotFoundError
from feldsher.domain.records.models import ServiceRequest
from feldsher.domain.records.selectors import visit_in_care
from feldsher.domain.records.types import TypedReferral
from feldsher.domain.scheduling.types import PatientVisit
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

LONGEST_REASON = 1000
_SHORTEST_REASON = 3
_ONCE = "records_request_once"


def refer(staff: Staff, *, visit_id: UUID, typed: TypedReferral) -> UUID:
    """Refer the patient of the doctor's own visit to another doctor; returns the referral's id.

    Raises ForbiddenError, VisitNotInCareError, which the journal keeps, InvalidInputError (`performer`,
    `last_day`, `reason`), AlreadyReferredError, AuditError.
    """
    with as_staff(staff, Action.REFER):
        visit = visit_in_care(staff, visit_id)
        row = _row(visit, typed)
        _insert(staff, row)
        journal("referral", Column.CHART, ids=[row.id], patients=[row.patient], fields=("referral_written",))
    return row.id


def withdraw(staff: Staff, referral_id: UUID) -> None:
    """End one's own referral now; ending it twice is fine.

    Raises ForbiddenError, ReferralNotFoundError, which the journal keeps, AuditError.
    """
    with as_staff(staff, Action.REFER):
        row = ServiceRequest.objects.filter(pk=referral_id).first()
        if row is None:
            note_miss(staff, Action.REFER, referral_id)
            raise ReferralNotFoundError("no such referral")
        if ServiceRequest.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=clock.now()):
            journal(
                "referral", Column.CHART, ids=[row.pk], patients=[row.patient], fields=("referral_withdrawn",)
            )


def _row(visit: PatientVisit, typed: TypedReferral) -> ServiceRequest:
    zone, requester = visit.card.zone, visit.card.key.practitioner_id
    performer, day, reason = typed.performer_id, typed.last_day, " ".join(typed.reason.split())
    found = {
        "performer": _performer_fault(performer, requester=requester),
        "last_day": _day_fault(day, zone),
        "reason": _reason_fault(reason),
    }
    wrong = {name: fault for name, fault in found.items() if fault}
    if wrong or performer is None or day is None:
        raise InvalidInputError(f"referral: {', '.join(wrong)}", fields=wrong)
    row = ServiceRequest(
        patient=visit.patient_id,
        requester=requester,
        performer=performer,
        visit=visit.card.id,
        location=visit.card.key.location_id,
        authored_at=clock.now(),
        until=terms.end_of(day, zone),
    )
    row.reason = sealed.seal_reason(reason, row=row.id)
    return row


def _insert(staff: Staff, row: ServiceRequest) -> None:
    """Write the row; the database refuses a second one, and a visit that went meanwhile."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except (IntegrityError, ProgrammingError) as error:
        said = getattr(error.__cause__, "diag", None)
        if said is not None and said.constraint_name == _ONCE:
            raise AlreadyReferredError("a referral to this doctor is there") from error
        # Did the visit go at this very moment? Else the database knows what we don't.
        visit_in_care(staff, row.visit)
        raise


def _performer_fault(performer: UUID | None, *, requester: UUID) -> str:
    if performer is None:
        return "Выберите врача"
    if performer == requester:
        return "Это вы. Выберите другого врача"
    if performer not in directory.open_practitioner_cards([performer]):
        return "Этот врач больше не\u00a0принимает. Выберите другого"
    return ""


def _day_fault(day: date | None, zone: str) -> str:
    today, latest = terms.today(zone), terms.latest_day(zone)
    if day is None:
        return "Укажите последний день"
    if day < today:
        return "Этот день прошёл. Укажите сегодняшний или\u00a0позже"
    if day > latest:
        return f"Не\u00a0дольше года: по\u00a0{formats.day_month(latest, today=today)}"
    return ""


def _reason_fault(reason: str) -> str:
    if sum(letter.isalpha() for letter in reason) < _SHORTEST_REASON:
        return "Напишите, зачем направляете"
    return f"Не\u00a0длиннее {LONGEST_REASON}\u00a0знаков" if len(reason) > LONGEST_REASON else ""

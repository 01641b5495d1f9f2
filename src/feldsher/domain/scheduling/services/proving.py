"""Proof that the phone of a booking is at hand: when it is asked for, how a code is sent, tried and spent.

The order of locks is that of a confirmation: phone and patient, then the code, then the hold. A code is tried
in a transaction of its own, so that a wrong try stays counted when the confirmation is refused; it is spent
in the confirmation's.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.scheduling.errors import (
    BusyTryAgainError,
    HoldExpiredError,
    PhoneCodeNotNeededError,
    PhoneProofRequiredError,
)
from feldsher.domain.scheduling.idempotency import Earlier, earlier_outcome, keep_outcome
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.visits import hold_of
from feldsher.domain.scheduling.services.rows import hold_row, wait_for_locks_at_most
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import digest
from feldsher.domain.scheduling.types import CodeRequest, Idempotency, KnownPerson, PhoneCode
from feldsher.foundation.access import services as access
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import CodeOwner, CodePurpose, CodeSent, Trial
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone, phone_fault

VISITS_ELSEWHERE, BOOKINGS_A_DAY = 5, 6
"""More than a family books, less than one phone may have at all (`visits_per_phone`)."""
DAY = timedelta(hours=24)
_CODE, _WRONG = "phone_code", "phone_proof_wrong"
"""How a request and a try end, as they are kept for their key."""


class ProofPolicy(StrEnum):
    """`FELDSHER_BOOKING.phone_proof`: nobody is asked for a code, who gives a reason is, everybody is."""

    OFF = "off"
    RISK = "risk"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is about to be booked: the phone that speaks for them (E.164), and whether a device knows them."""

    phone: str = field(repr=False)
    patient_id: UUID
    is_known: bool


def policy() -> ProofPolicy:
    return ProofPolicy(settings.FELDSHER_BOOKING.phone_proof)


def request_phone_code(
    hold_id: UUID, *, request: CodeRequest, idempotency: Idempotency | None = None
) -> PhoneCode:
    """Send a code to the phone and give the hold its whole time anew; the hold only once, whatever is asked.

    The answer is the same for the phone of a patient and for any other. Raises HoldNotFoundError,
    HoldExpiredError, InvalidInputError (`phone`), PhoneCodeNotNeededError, PhoneCodeTooSoonError,
    PhoneCodeLimitError, PhoneCodeUnavailableError, RememberedGoneError, BusyTryAgainError, InProgressError,
    KeyReusedError.
    """
    if policy() is ProofPolicy.OFF:
        raise PhoneCodeNotNeededError("no booking is asked for a code here")
    try:
        with as_service("booking"):
            wait_for_locks_at_most()
            earlier = earlier_outcome(idempotency)
            row = hold_row(hold_id)
            hold_of(row)
            owner = _owner(row, _phone(request.phone))
            if earlier is not None:
                return _told(access.code_sent(owner), row)
            sent = access.send_code(owner, address=request.address)
            row = _renewed(hold_id)
            keep_outcome(idempotency, code=_CODE, subject=hold_id)
            return _told(sent, row)
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise


def phone_code(hold_id: UUID, *, phone: str | KnownPerson) -> PhoneCode:
    """Return what was said of the last code of this hold's device and this phone.

    Raises PhoneProofOverError where none was sent, HoldNotFoundError, HoldExpiredError, RememberedGoneError.
    """
    with as_service("booking"):
        row = hold_row(hold_id)
        hold_of(row)
        return _told(access.code_sent(_owner(row, _phone(phone))), row)


def try_proof(hold_id: UUID, *, phone: str | KnownPerson, code: str, idempotency: Idempotency | None) -> None:
    """Try the code that came with a confirmation, before it; the same call made again burns no try.

    Raises PhoneProofWrongError, PhoneProofOverError, InvalidInputError (`phone_proof`), and what a look at
    the hold and at a known person raises.
    """
    if policy() is ProofPolicy.OFF or not code:
        return
    with as_service("booking"):
        wait_for_locks_at_most()
        earlier = earlier_outcome(idempotency)
        if earlier is None:
            row = hold_row(hold_id)
            hold_of(row)
            trial = access.try_code(_owner(row, _phone(phone)), code)
            if trial.tries_left is not None:
                keep_outcome(idempotency, code=f"{_WRONG} {trial.tries_left}", subject=hold_id)
        else:
            trial = _remembered_trial(earlier)
    access.refuse(trial)


def prove(row: Appointment, claim: Claim, *, code: str) -> bool:
    """Return whether the phone is proved, spending the code; call it under the patient's lock.

    Raises PhoneProofRequiredError where a proof is asked for and none came, PhoneProofOverError.
    """
    asked = policy()
    if asked is ProofPolicy.OFF:
        return False
    if code:
        access.spend_code(_owner(row, claim.phone), code)
        return True
    if asked is ProofPolicy.ALWAYS or _is_risky(row, claim):
        raise PhoneProofRequiredError("a proof of the phone is asked for")
    return False


def clashes(row: Appointment, patient: UUID) -> list[Appointment]:
    """Return the patient's other visits that overlap; under the patient's lock there come no more."""
    found = Appointment.objects.filter(patient=patient, active=True, visit__overlap=row.visit)
    return list(found.exclude(chain=row.chain))


def is_own_news(row: Appointment, visits: list[Appointment]) -> bool:
    """Tell whether the device of this hold has booked all those visits itself, and so knows of them."""
    own = row.device and bytes(row.device)
    return policy() is not ProofPolicy.OFF and all(
        own and visit.device and bytes(visit.device) == own for visit in visits
    )


def _is_risky(row: Appointment, claim: Claim) -> bool:
    overlapping = clashes(row, claim.patient_id)
    if claim.is_known:
        # The device knows what it has booked itself, and nothing else without a proof.
        return not is_own_news(row, overlapping)
    return (
        bool(overlapping)
        or _visits_elsewhere(row, claim.phone) >= VISITS_ELSEWHERE
        or _bookings_today(row) >= BOOKINGS_A_DAY
    )


def _visits_elsewhere(row: Appointment, phone: str) -> int:
    coming = Appointment.objects.filter(
        patient__in=patients.find_by_phone(phone), active=True, visit__fully_gt=(None, clock.now())
    ).exclude(pk=row.pk)
    return (coming.exclude(device=row.device) if row.device is not None else coming).count()


def _bookings_today(row: Appointment) -> int:
    """Count what this device has booked within a day, cancelled ones too: two indexes, two questions."""
    if row.device is None:
        return 0
    booked = Appointment.objects.filter(
        device=row.device, patient__isnull=False, created_at__gt=clock.now() - DAY
    )
    return booked.filter(active=True).count() + booked.filter(active=False).count()


def _owner(row: Appointment, phone: str) -> CodeOwner:
    """Name whose code it is: the device's that holds the time, else this hold's alone."""
    asker = bytes(row.device) if row.device is not None else digest(str(row.pk), purpose="phone code")
    return CodeOwner(phone, CodePurpose.BOOKING, asker)


def _phone(given: str | KnownPerson) -> str:
    if isinstance(given, KnownPerson):
        return patient_services.use_remembered(given.token, given.id).phone
    canonical = parse_phone(given)
    if canonical is None:
        raise InvalidInputError("no phone", fields={"phone": phone_fault(given)})
    return canonical


def _renewed(hold_id: UUID) -> Appointment:
    """Renew the hold under its lock, unless it was; an expired one stays expired."""
    row = hold_row(hold_id, lock=True)
    hold_of(row)
    if row.renewed_at is not None:
        return row
    now = clock.now()
    whole = now + timedelta(minutes=settings.FELDSHER_BOOKING.hold_minutes)
    row.hold_until, row.renewed_at = max(hold_of(row).expires_at, whole), now
    try:
        with transaction.atomic():
            row.save(update_fields=["hold_until", "renewed_at"])
    except IntegrityError as error:
        raise HoldExpiredError("the database's clock says that the hold ran out") from error
    return row


def _told(sent: CodeSent, row: Appointment) -> PhoneCode:
    until: datetime = hold_of(row).expires_at
    return PhoneCode(sent.sent_to, sent.resend_at, sent.expires_at, until)


def _remembered_trial(earlier: Earlier) -> Trial:
    """Return how the same call's try went before; a confirmation that went through needed no other."""
    if not earlier.code.startswith(_WRONG):
        return Trial(is_right=True)
    return Trial(is_right=False, tries_left=int(earlier.code.removeprefix(_WRONG)))

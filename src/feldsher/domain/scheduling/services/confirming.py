"""The second step of a booking: a held time becomes somebody's visit, and the MIS is asked by a job.

The order of locks is that of design: the phone and the patient first, then a code, then the appointment. No
MIS is called here: BOOKING and its job are one commit, and a worker does the talking.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, OperationalError
from psycopg import errors as database

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.errors import RememberedGoneError
from feldsher.domain.patients.types import (
    NewBooker,
    NewPatient,
    Purpose,
    Relation,
    TypedBooker,
    TypedPerson,
)
from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.errors import (
    AgeLimitError,
    BusyTryAgainError,
    ConsentRequiredError,
    HoldNotFoundError,
    PatientBusyError,
    SlotTakenError,
    TooManyVisitsError,
)
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.models import Appointment, Exchange, Offer
from feldsher.domain.scheduling.sealed import seal_letter_to, seal_wish
from feldsher.domain.scheduling.selectors.people import standing_consent
from feldsher.domain.scheduling.selectors.rules import needs_birth_date
from feldsher.domain.scheduling.selectors.visits import card_of, hold_of, require_held, state_of
from feldsher.domain.scheduling.selectors.waiting import is_of_desk
from feldsher.domain.scheduling.services.holding import release
from feldsher.domain.scheduling.services.proving import Claim, clashes, is_own_news, prove, try_proof
from feldsher.domain.scheduling.services.rows import hold_row, wait_for_locks_at_most
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import (
    Answer,
    AppointmentCard,
    Confirmation,
    Confirmed,
    Hold,
    Idempotency,
    KnownPerson,
    PersonInput,
    State,
)
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

WISH_LENGTH = 500
_LOOK_SECONDS = 0.05
_WAITING = (State.BOOKING, State.CANCELLING)
_REMOTE = "Онлайн-приём."
_SAID = {
    Answer.FIRST: "Со слов пациента: первый приём.",
    Answer.REPEAT: "Со слов пациента: повторный приём.",
    Answer.REFERRAL: "Со слов пациента: есть направление.",
}
_BOOKING, _TAKEN, _CONFLICT = "booking", "taken", PatientBusyError.code
"""How a confirmation ends, as it is kept for its key."""
BUSY_ELSEWHERE = "Пациент уже записан на\u00a0это время. Выберите другое или отмените прежнюю запись."

_BOOKED_BY = {
    Relation.PARENT: "Записал законный представитель: {name}.",
    Relation.OTHER: "По просьбе пациента записал: {name}.",
}
"""How a registrar reads in the MIS's comment whom to ask for at this phone."""


class _PatientClashError(Exception):
    """The patient has another visit that overlaps; `is_told`: the caller may know."""

    def __init__(self, patient: UUID, *, is_told: bool) -> None:
        super().__init__()
        self.patient = patient
        self.code = _CONFLICT if is_told else _TAKEN


@dataclass(frozen=True, slots=True)
class _Typed:
    """Who was typed, checked."""

    person: NewPatient = field(repr=False)
    booker: NewBooker | None = field(repr=False)
    letter_to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Party:
    """Who comes and who books them, as rows; the phone is the one whose coming visits are counted."""

    patient_id: UUID
    related_id: UUID | None
    phone: str = field(repr=False)
    booker: NewBooker | None = field(repr=False)
    birth_date: date | None = field(repr=False)
    """As it was typed on this device: whatever else the clinic knows must not show in a refusal."""


def confirm(
    hold_id: UUID, *, confirmation: Confirmation, idempotency: Idempotency | None = None
) -> Confirmed:
    """Make a held time a visit in the making (BOOKING) and enqueue the talk with its MIS.

    A KnownPerson needs no new consent while the one given on that device stands.

    Raises InvalidInputError, ConsentRequiredError, HoldNotFoundError, HoldExpiredError, TooManyVisitsError,
    RememberedGoneError, InProgressError, KeyReusedError, BusyTryAgainError; PhoneProofRequiredError where the
    policy asks for a code (`proving`), PhoneProofWrongError, PhoneProofOverError. A patient who is booked
    elsewhere at that time is told by PatientBusyError once the phone is proved, else by SlotTakenError: the
    visit is not disclosed.
    """
    who = confirmation.person
    if Purpose.BOOKING.value not in confirmation.consents and not isinstance(who, KnownPerson):
        raise ConsentRequiredError("no consent to be booked")
    typed = who if isinstance(who, KnownPerson) else _read(who, confirmation)
    phone = typed if isinstance(typed, KnownPerson) else typed.person.phone
    try:
        try_proof(hold_id, phone=phone, code=confirmation.phone_proof, idempotency=idempotency)
        with as_service("booking"):
            wait_for_locks_at_most()
            earlier = earlier_outcome(idempotency)
            code = earlier.code if earlier else _BOOKING
            if earlier is None:
                _confirm(hold_id, typed, confirmation)
                keep_outcome(idempotency, code=code, subject=hold_id)
    except _PatientClashError as clash:
        code = clash.code
        _let_go(hold_id, idempotency, code=code)
    except RememberedGoneError:
        if isinstance(who, KnownPerson):
            patient_services.drop_replayed(who.token)
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise
    if code == _CONFLICT:
        raise PatientBusyError("the patient has an overlapping visit")
    if code == _TAKEN:
        raise SlotTakenError("the patient has an overlapping visit")
    return Confirmed(hold_id, token=appointment_token(hold_id))


def confirm_by_staff(hold_id: UUID, *, confirmation: Confirmation, staff: Staff) -> None:
    """Make a time that staff hold the visit of the person whom they name, and enqueue the talk with its MIS.

    The person is found before one is made. No proof of the phone is asked, and no phone has too many visits;
    a visit of the patient's that overlaps is told, which the journal keeps, and the time stays held. Raises
    ForbiddenError, InvalidInputError, ConsentRequiredError, HoldNotFoundError, HoldExpiredError,
    AgeLimitError, PatientBusyError, BusyTryAgainError, AuditError.
    """
    if Purpose.BOOKING.value not in confirmation.consents:
        raise ConsentRequiredError("the patient's consent was not asked")
    if isinstance(confirmation.person, KnownPerson):
        raise InvalidInputError("staff name the person")
    typed = _read(confirmation.person, confirmation)
    try:
        with as_staff(staff, Action.BOOK_VISITS):
            wait_for_locks_at_most()
            if not is_of_desk(hold_row(hold_id)):
                raise HoldNotFoundError("not a hold of the desk")
            patient = _confirm(hold_id, typed, confirmation, by_staff=True)
            journal("appointment", Column.APPOINTMENTS, ids=[hold_id], patients=[patient])
    except _PatientClashError as clash:
        # What is told of the patient is kept, although nothing else of the booking is.
        with as_staff(staff, Action.BOOK_VISITS):
            journal("appointment", Column.APPOINTMENTS, ids=[hold_id], patients=[clash.patient])
        raise PatientBusyError("the patient has an overlapping visit", sentence=BUSY_ELSEWHERE) from clash
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise


def wait_for_outcome(appointment_id: UUID, *, timeout: float) -> AppointmentCard:
    """Return the appointment once the MIS has answered, or as it is after `timeout` seconds."""
    wait_for_answer(appointment_id, timeout=timeout)
    return card_of(appointment_id)


def wait_for_answer(appointment_id: UUID, *, timeout: float) -> None:
    """Wait until the MIS has answered, at most `timeout` seconds; nothing of the appointment is shown."""
    deadline = time.monotonic() + timeout
    pause = _LOOK_SECONDS
    while time.monotonic() < deadline:
        # No answer is there at once, and a look would take the processor from who asks the MIS.
        time.sleep(pause)
        if state_of(appointment_id) not in _WAITING:
            return
        pause = min(pause * 1.5, 0.1)


def _let_go(hold_id: UUID, idempotency: Idempotency | None, *, code: str) -> None:
    """Free the time of a patient who is booked elsewhere; the same call made again hears the same."""
    with as_service("booking"), suppress(HoldNotFoundError):
        if earlier_outcome(idempotency) is None:
            release(hold_id)
            keep_outcome(idempotency, code=code, subject=hold_id)


def _read(person: PersonInput, confirmation: Confirmation) -> _Typed:
    typed = TypedPerson(
        family=person.family,
        given=person.given,
        middle=person.middle,
        phone=person.phone,
        birth_date=person.birth_date,
        email=person.email,
    )
    if confirmation.booker is None:
        read = patient_services.read_person(typed)
        return _Typed(read, None, letter_to=read.email)
    booker = TypedBooker(relation=confirmation.booker.relation, name=confirmation.booker.name)
    read, who = patient_services.read_party(typed, booker)
    return _Typed(replace(read, email=""), who, letter_to=read.email)  # it is the booker's


def _party(who: _Typed | KnownPerson, *, channel: str) -> _Party:
    """Return the rows of who comes and who books them, with the patient's lock."""
    if isinstance(who, KnownPerson):
        used = patient_services.use_remembered(who.token, who.id)
        patient_services.lock_patient(used.patient_id)
        return _Party(used.patient_id, used.related_id, used.phone, used.booker, used.birth_date)
    relation = who.booker.relation if who.booker else None
    patient = patient_services.ensure_patient(who.person, channel=channel, relation=relation)
    patient_services.lock_patient(patient)
    related = patient_services.ensure_related(patient, who.booker) if who.booker else None
    return _Party(patient, related, who.person.phone, who.booker, who.person.birth_date)


def _confirm(
    hold_id: UUID, who: _Typed | KnownPerson, confirmation: Confirmation, *, by_staff: bool = False
) -> UUID:
    # A first look without locks: nobody is made a patient for a hold that is gone.
    row = hold_row(hold_id)
    require_held(row)
    party = _party(who, channel=confirmation.channel)
    claim = Claim(party.phone, party.patient_id, is_known=isinstance(who, KnownPerson))
    is_proved = by_staff or prove(row, claim, code=confirmation.phone_proof)
    row = hold_row(hold_id, lock=True)
    hold = hold_of(row)
    _of_fitting_age(hold, party.birth_date)
    if not by_staff:
        _within_limit(party.phone, own=hold_id)
    _free_of_clashes(row, claim, is_proved=is_proved)
    row.patient, row.state, row.reason, row.hold_until = party.patient_id, State.BOOKING, "", None
    row.answer_by = clock.now() + timedelta(seconds=settings.FELDSHER_BOOKING.answer_within_seconds)
    try:
        row.save(update_fields=["patient", "state", "reason", "hold_until", "answer_by"])
    except IntegrityError as error:
        if isinstance(error.__cause__, database.ExclusionViolation):
            raise _PatientClashError(party.patient_id, is_told=is_proved) from error
        raise
    letter_to = "" if isinstance(who, KnownPerson) else who.letter_to
    wish = _wish(hold, confirmation, party.booker, by_staff=by_staff)
    _remember(row, hold, wish=wish, letter_to=letter_to)
    _consent(hold_id, party, confirmation)
    return party.patient_id


def _consent(hold_id: UUID, party: _Party, confirmation: Confirmation) -> None:
    """Write the consent that was given now; without one an earlier one must stand."""
    if Purpose.BOOKING.value not in confirmation.consents:
        if standing_consent(hold_id, patient_id=party.patient_id, given_by=party.related_id) is None:
            raise ConsentRequiredError("no consent covers this visit")
        return
    patient_services.record_consent(
        party.patient_id,
        purpose=Purpose.BOOKING.value,
        channel=confirmation.channel,
        appointment_id=hold_id,
        given_by=party.related_id,
    )


def _of_fitting_age(hold: Hold, birth_date: date | None) -> None:
    """Hold the birth date against the age that was told before times were shown.

    Raises InvalidInputError without a birth date where one is needed, AgeLimitError for another age than the
    offer takes.
    """
    key = hold.key
    is_of_age = Answer.AGE in key.answers
    if birth_date is None and needs_birth_date(key):
        why = "врач принимает не во всяком возрасте" if is_of_age else "по ней клиника находит вашу карту"
        raise InvalidInputError(
            "a birth date is needed", fields={"birth_date": f"Напишите дату рождения: {why}"}
        )
    if birth_date is None or not is_of_age:
        return
    offer = Offer.objects.filter(
        practitioner=key.practitioner_id, location=key.location_id, service=key.service_id
    ).first()
    day = key.start.astimezone(ZoneInfo(hold.zone)).date()
    age = clock.full_years(birth_date, on=day)
    if offer is not None and (
        age < (offer.age_from or 0) or (offer.age_to is not None and age > offer.age_to)
    ):
        raise AgeLimitError("the birth date says another age than was told")


def _within_limit(phone: str, *, own: UUID) -> None:
    """Refuse a phone that already has as many coming visits as one phone may."""
    coming = Appointment.objects.filter(
        patient__in=patients.find_by_phone(phone), active=True, visit__fully_gt=(None, clock.now())
    ).exclude(pk=own)
    if coming.count() >= settings.FELDSHER_BOOKING.visits_per_phone:
        raise TooManyVisitsError("too many coming visits behind one phone")


def _free_of_clashes(row: Appointment, claim: Claim, *, is_proved: bool) -> None:
    """Look for another visit of the patient under the patient's lock: an UPDATE has no ON CONFLICT.

    It is told to who has proved the phone, and to the device that booked the other visit for who it knows.
    """
    found = clashes(row, claim.patient_id)
    if found:
        is_told = is_proved or (claim.is_known and is_own_news(row, found))
        raise _PatientClashError(claim.patient_id, is_told=is_told)


def _remember(row: Appointment, hold: Hold, *, wish: str, letter_to: str) -> None:
    """Write what the worker needs, and its job, in the same commit."""
    ids = directory.remote_ids(row.practitioner, location=row.location, service=row.service)
    wall = clock.wall(hold.key.start, ZoneInfo(hold.zone))
    Exchange.objects.create(
        appointment=row.id,
        mis=ids.mis,
        wall_start=wall.iso(),
        wish=seal_wish(wish, appointment=row.id),
        letter_to=seal_letter_to(letter_to, appointment=row.id),
    )
    queue.exchange_with_mis(row.id, mis=ids.mis, practitioner=row.practitioner)


def _wish(hold: Hold, confirmation: Confirmation, booker: NewBooker | None, *, by_staff: bool) -> str:
    """Return what the clinic shall read: who booked, what the patient said of the visit, then the wish.

    Of a time that staff hold the answers are those of the offer: no patient has said them.
    """
    booked_by = [_BOOKED_BY[booker.relation].format(name=booker.name)] if booker else []
    where = [_REMOTE] if hold.key.is_remote else []
    said = [] if by_staff else [words for answer, words in _SAID.items() if answer in hold.key.answers]
    return " ".join([*booked_by, *where, *said, confirmation.wish.strip()[:WISH_LENGTH]]).strip()

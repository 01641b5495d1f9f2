"""A registrar books for somebody: the way of everybody, without the limits that belong to strangers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, week
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    confirmed,
    found_own_clinic,
    key,
    offered,
    own_schedule,
    run_jobs,
    state,
)
from domain.scheduling.staff import somebody
from feldsher.domain.directory.types import RuleValues, VisitMode, VisitOrder
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.patients.models import Patient
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AgeLimitError,
    AppointmentNotFoundError,
    ConsentRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    NotCancellableError,
    PatientBusyError,
    SlotInPastError,
    SlotTakenError,
)
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.sealed import open_wish
from feldsher.domain.scheduling.services import confirming
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import (
    Answer,
    CancelReason,
    Confirmation,
    Idempotency,
    PersonInput,
    SlotKey,
    State,
)
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.errors import AuditError
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = PersonInput("Пробный", "Пётр", "+7 900 000-00-01")
WANTED = Confirmation(PERSON, ("booking",), channel="desk")


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """An eye doctor works on Wednesdays (today) and Thursdays from nine to half past ten in Moscow."""
    set_clock(NOW)
    with own_schedule():
        clinic = found_own_clinic()
        day = hours("9-10:30")
        services.set_week(clinic.at_north, days=week(wed=day, thu=day), since=TODAY, author=STAFF)
        run_jobs()
        yield clinic


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


def times(clinic: OwnClinic, staff: Staff, day: date = THURSDAY) -> list[str]:
    found = selectors.times_for_staff(staff, clinic.eye, location=clinic.north, service=None, day=day)
    return [(slot.key.start + timedelta(hours=3)).strftime("%H:%M") for slot in found]


def booked(
    slot: SlotKey, staff: Staff, person: PersonInput = PERSON, *, consents: tuple[str, ...] = ("booking",)
) -> UUID:
    held = services.hold_by_staff(slot_token(slot), staff=staff)
    wanted = Confirmation(person, consents, wish="У окна", channel="desk")
    services.confirm_by_staff(held.id, confirmation=wanted, staff=staff)
    run_jobs()
    return held.id


def journal(purpose: str = "book_visits") -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, role, matrix_column, what, relation, result, row_count FROM audit_access"
            " WHERE purpose = %s ORDER BY id",
            [purpose],
        )
        return list(cursor.fetchall())


def seen_of(patient: UUID) -> list[tuple[object, ...]]:
    """Return who saw what of a patient at the desk's booking."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, actor, matrix_column, what, ids FROM audit_access"
            " WHERE purpose = 'book_visits' AND %s = ANY (patients) ORDER BY id",
            [patient],
        )
        return list(cursor.fetchall())


def test_a_visit_by_phone_is_booked_and_the_journal_says_by_whom(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(key(clinic, "09:30"), vera)
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.channel, row.device) == (State.BOOKED, "desk", None)
    assert offered(clinic) == ["09:00", "10:00"]
    assert ("staff", "registrar", "A", "appointment", "role", "allowed", 1) in journal()
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel FROM patients_consent")
        assert cursor.fetchall() == [("desk",)]


def test_the_patient_is_found_before_one_is_made(clinic: OwnClinic, vera: Staff) -> None:
    confirmed(key(clinic, "09:00"))
    booked(key(clinic, "10:00"), vera)
    assert Patient.objects.count() == 1
    booked(key(clinic, "09:30"), vera, PersonInput("Вымышленова", "Проба", "+7 900 000-00-02"))
    assert Patient.objects.count() == 2


def test_no_bound_of_online_booking_keeps_a_time_from_staff(clinic: OwnClinic, vera: Staff) -> None:
    """A notice, a quota that is used up, a stop, and questions that a site would ask."""
    rule = RuleValues(notice=60 * 48, quota=0, visits=VisitOrder.FIRST)
    services.change_rule(rule, practitioner=clinic.eye, author=STAFF)
    services.stop_booking(practitioner=clinic.eye, reason="Отпуск", author=STAFF)
    assert offered(clinic) == []
    assert times(clinic, vera) == ["09:00", "09:30", "10:00"]
    for slot in selectors.times_for_staff(
        vera, clinic.eye, location=clinic.north, service=None, day=THURSDAY
    ):
        held = services.hold_by_staff(slot.token, staff=vera)
        assert services.release(held.id) is None
    visit = booked(replace(key(clinic, "09:30"), answers=Answer.FIRST), vera)
    assert state(visit) is State.BOOKED


def test_the_clinic_reads_no_word_of_a_patient_whom_nobody_asked(clinic: OwnClinic, vera: Staff) -> None:
    """The comment that a MIS gets says where the visit is, and what the registrar wrote."""
    rule = RuleValues(visits=VisitOrder.FIRST, needs_referral=True, mode=VisitMode.REMOTE)
    services.change_rule(rule, practitioner=clinic.eye, author=STAFF)
    (slot, *_) = selectors.times_for_staff(
        vera, clinic.eye, location=clinic.north, service=None, day=THURSDAY
    )
    assert slot.key.answers == Answer.FIRST | Answer.REFERRAL | Answer.REMOTE
    visit = booked(slot.key, vera)
    sealed = Exchange.objects.get(pk=visit).wish
    assert open_wish(bytes(sealed), appointment=visit) == "Онлайн-приём. У окна"


def test_what_is_offered_to_staff_is_what_they_can_hold_now(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    services.change_rule(RuleValues(notice=60, before=5, after=5), practitioner=clinic.eye, author=STAFF)
    confirmed(key(clinic, "09:00", TODAY + timedelta(days=8)))
    set_clock(NOW + timedelta(minutes=31))
    services.synchronise(OWN_SCHEDULE)
    assert times(clinic, vera, TODAY) == ["10:00"]
    services.hold_by_staff(slot_token(key(clinic, "10:00", TODAY)), staff=vera)
    with pytest.raises(SlotInPastError):
        services.hold_by_staff(slot_token(key(clinic, "09:30", TODAY)), staff=vera)
    with pytest.raises(SlotTakenError):
        services.hold_by_staff(slot_token(key(clinic, "10:00", TODAY)), staff=vera)


def test_neither_a_proof_of_the_phone_nor_a_limit_of_visits_is_asked_of_staff(
    clinic: OwnClinic, vera: Staff, settings: Settings
) -> None:
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, phone_proof="always", visits_per_phone=1)
    for time in ("09:00", "09:30", "10:00"):
        assert state(booked(key(clinic, time), vera)) is State.BOOKED


def test_an_overlapping_visit_of_the_patient_is_told_and_the_time_stays_held(
    clinic: OwnClinic, vera: Staff
) -> None:
    services.set_week(clinic.at_ural, days=week(thu=hours("20-21")), since=TODAY, author=STAFF)
    run_jobs()
    booked(key(clinic, "09:00"), vera)
    Appointment.objects.update(practitioner=UUID(int=7))
    held = services.hold_by_staff(slot_token(key(clinic, "09:00")), staff=vera)
    with pytest.raises(PatientBusyError) as refused:
        services.confirm_by_staff(
            held.id, confirmation=Confirmation(PERSON, ("booking",), channel="desk"), staff=vera
        )
    assert state(held.id) is State.HELD
    assert "Пациент уже записан" in refused.value.message
    other = Confirmation(PersonInput("Другая", "Анна", "+7 900 000-00-09"), ("booking",), channel="desk")
    services.confirm_by_staff(held.id, confirmation=other, staff=vera)
    run_jobs()
    assert state(held.id) is State.BOOKED


def test_each_overlap_that_is_told_stands_in_the_journal_with_its_patient(
    clinic: OwnClinic, vera: Staff
) -> None:
    """Who is booked at an hour is told at each try: none of them is without a trace."""
    booked(key(clinic, "09:00"), vera)
    Appointment.objects.update(practitioner=UUID(int=7))
    held = services.hold_by_staff(slot_token(key(clinic, "09:00")), staff=vera)
    before = len(seen_of(Patient.objects.get().id))
    for _ in range(2):
        with pytest.raises(PatientBusyError):
            services.confirm_by_staff(held.id, confirmation=WANTED, staff=vera)
    told = seen_of(Patient.objects.get().id)[before:]
    assert told == [("staff", str(vera.id), "A", "appointment", [held.id])] * 2


def test_an_overlap_that_the_journal_cannot_keep_is_not_told(
    clinic: OwnClinic, vera: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(key(clinic, "09:00"), vera)
    Appointment.objects.update(practitioner=UUID(int=7))
    held = services.hold_by_staff(slot_token(key(clinic, "09:00")), staff=vera)

    def silent(*_: object, **__: object) -> None:
        raise AuditError("the journal is not to be had")

    monkeypatch.setattr(confirming, "journal", silent)
    with pytest.raises(AuditError):
        services.confirm_by_staff(held.id, confirmation=WANTED, staff=vera)


def test_an_age_is_asked_of_staff_too(clinic: OwnClinic, vera: Staff) -> None:
    services.change_rule(RuleValues(age_from=18), practitioner=clinic.eye, author=STAFF)
    (slot, *_) = selectors.times_for_staff(
        vera, clinic.eye, location=clinic.north, service=None, day=THURSDAY
    )
    with pytest.raises(InvalidInputError):
        booked(slot.key, vera)
    run_jobs()
    held = Appointment.objects.get(state="held").id
    child = PersonInput("Пробный", "Пётр", "+7 900 000-00-01", birth_date="2015-01-01")
    with pytest.raises(AgeLimitError):
        services.confirm_by_staff(
            held, confirmation=Confirmation(child, ("booking",), channel="desk"), staff=vera
        )


def test_without_the_patient_s_consent_nobody_is_booked(clinic: OwnClinic, vera: Staff) -> None:
    with pytest.raises(ConsentRequiredError):
        booked(key(clinic, "09:00"), vera, consents=())
    assert not Patient.objects.exists()


def test_only_what_staff_hold_is_booked_by_staff_and_only_while_it_is_held(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    strangers = services.hold(slot_token(key(clinic, "09:00")), channel="site", device="phone")
    wanted = Confirmation(PERSON, ("booking",), channel="desk")
    with pytest.raises(HoldNotFoundError):
        services.confirm_by_staff(strangers.id, confirmation=wanted, staff=vera)
    with pytest.raises(HoldNotFoundError):
        selectors.booking_of_desk(vera, strangers.id)
    own = services.hold_by_staff(slot_token(key(clinic, "09:30")), staff=vera)
    assert selectors.booking_of_desk(vera, own.id).state is State.HELD
    set_clock(NOW + timedelta(minutes=11))
    with pytest.raises(HoldExpiredError):
        services.confirm_by_staff(own.id, confirmation=wanted, staff=vera)
    assert selectors.booking_of_desk(vera, own.id).state is State.EXPIRED


def test_a_second_tap_finds_its_own_hold_and_nobody_else_s_key_does(clinic: OwnClinic, vera: Staff) -> None:
    slot, once = slot_token(key(clinic, "09:30")), Idempotency(b"k" * 32, b"b" * 32)
    held = services.hold_by_staff(slot, staff=vera, idempotency=once)
    assert services.hold_by_staff(slot, staff=vera, idempotency=once) == held
    with pytest.raises(SlotTakenError):
        services.hold_by_staff(slot, staff=vera, idempotency=Idempotency(b"o" * 32, b"b" * 32))
    assert Appointment.objects.count() == 1


def test_a_tap_that_comes_after_the_visit_was_booked_is_told(clinic: OwnClinic, vera: Staff) -> None:
    slot, once = slot_token(key(clinic, "09:30")), Idempotency(b"k" * 32, b"b" * 32)
    held = services.hold_by_staff(slot, staff=vera, idempotency=once)
    services.confirm_by_staff(held.id, confirmation=WANTED, staff=vera)
    with pytest.raises(SlotTakenError):
        services.hold_by_staff(slot, staff=vera, idempotency=once)


def test_a_time_that_staff_let_go_says_that_staff_did(clinic: OwnClinic, vera: Staff) -> None:
    held = services.hold_by_staff(slot_token(key(clinic, "09:30")), staff=vera)
    for _ in range(2):
        services.release_by_staff(held.id, staff=vera)
    row = Appointment.objects.get(pk=held.id)
    assert (row.state, row.reason) == (State.RELEASED, "released_by_staff")
    strangers = services.hold(slot_token(key(clinic, "09:00")), channel="site", device="phone")
    with pytest.raises(HoldNotFoundError):
        services.release_by_staff(strangers.id, staff=vera)
    with pytest.raises(ForbiddenError):
        services.release_by_staff(held.id, staff=somebody(Role.CALL_CENTRE))


def test_a_visit_is_cancelled_for_its_patient(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(key(clinic, "09:30"), vera)
    told = selectors.visit_to_cancel(vera, visit)
    assert (told.visit.name, told.location_id) == ("Пробный Пётр", clinic.north)
    services.cancel_by_staff(visit, why=CancelReason.PATIENT_ASKED, staff=vera)
    run_jobs()
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.reason) == (State.CANCELLED, "cancelled_by_staff")
    said = Verdict.objects.filter(appointment=visit).values_list("said", "by")
    assert list(said) == [("cancel_patient_asked", vera.id)]
    assert offered(clinic) == ["09:00", "09:30", "10:00"]
    again = services.cancel_by_staff(visit, why=CancelReason.PATIENT_ASKED, staff=vera)
    assert (again.id, again.state, again.key.location_id) == (visit, State.CANCELLED, clinic.north)
    with pytest.raises(AppointmentNotFoundError) as gone:
        selectors.visit_to_cancel(vera, visit)
    held = services.hold_by_staff(slot_token(key(clinic, "09:30")), staff=vera)
    with pytest.raises(NotCancellableError) as refused:
        services.cancel_by_staff(held.id, why=CancelReason.PATIENT_ASKED, staff=vera)
    for told in (gone, refused):
        assert "записи на день" in told.value.message.replace("\u00a0", " ")


def test_who_may_not_book_neither_holds_nor_books_nor_cancels(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(key(clinic, "09:30"), vera)
    held = services.hold_by_staff(slot_token(key(clinic, "10:00")), staff=vera)
    other = somebody(Role.CALL_CENTRE)
    wanted = Confirmation(PERSON, ("booking",), channel="desk")
    for act in (
        lambda: services.hold_by_staff(slot_token(key(clinic, "09:00")), staff=other),
        lambda: services.confirm_by_staff(held.id, confirmation=wanted, staff=other),
        lambda: services.cancel_by_staff(visit, why=CancelReason.PATIENT_ASKED, staff=other),
        lambda: selectors.times_for_staff(
            other, clinic.eye, location=clinic.north, service=None, day=THURSDAY
        ),
        lambda: selectors.booking_of_desk(other, held.id),
        lambda: selectors.visit_to_cancel(other, visit),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert (state(visit), state(held.id)) == (State.BOOKED, State.HELD)


def test_an_unknown_visit_is_a_miss_in_the_journal(clinic: OwnClinic, vera: Staff) -> None:
    with pytest.raises(AppointmentNotFoundError):
        services.cancel_by_staff(UUID(int=9), why=CancelReason.PATIENT_ASKED, staff=vera)
    with pytest.raises(AppointmentNotFoundError):
        selectors.visit_to_cancel(vera, UUID(int=9))
    assert [row[5] for row in journal()] == ["refused", "refused"]

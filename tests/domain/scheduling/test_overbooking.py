"""A registrar books over a taken time: told first, for a reason, as far as the rules let; nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, OwnClinic
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    at_work_on_thursdays,
    confirmed,
    key,
    offered,
    run_jobs,
    state,
)
from domain.scheduling.factory import appointment, at, doctor_day
from domain.scheduling.staff import somebody
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    MoreTakenError,
    NotOverbookableError,
    OverbookFullError,
    PatientBusyError,
    SlotInPastError,
    SlotNotOfferedError,
    SlotTakenError,
)
from feldsher.domain.scheduling.models import Appointment, Verdict
from feldsher.domain.scheduling.sealed import open_why_over
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import (
    CancelReason,
    Confirmation,
    Hold,
    Idempotency,
    Over,
    OverReason,
    PersonInput,
    SlotKey,
    State,
)
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to half past ten in Moscow."""
    set_clock(NOW)
    with at_work_on_thursdays("9-10:30") as clinic:
        yield clinic


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


def booked(slot: SlotKey, number: int = 1) -> UUID:
    visit = confirmed(slot, number)
    run_jobs()
    return visit


def over(
    slot: SlotKey, staff: Staff, *told: UUID, why: OverReason = OverReason.DOCTOR_ASKED, words: str = ""
) -> Hold:
    return services.overbook_by_staff(slot_token(slot), over=Over(told, why, words), staff=staff)


def named(held: Hold, staff: Staff, number: int = 2) -> UUID:
    """Give a held time to a patient, and let the worker work."""
    person = PersonInput("Вымышленова", "Проба", f"+7 900 000-00-{number:02}")
    wanted = Confirmation(person, ("booking",), channel="desk")
    services.confirm_by_staff(held.id, confirmation=wanted, staff=staff)
    run_jobs()
    return held.id


def lanes() -> list[tuple[str, int, str]]:
    rows = Appointment.objects.filter(active=True).order_by("starts_at", "lane")
    return [((row.starts_at + timedelta(hours=3)).strftime("%H:%M"), row.lane, row.over_why) for row in rows]


def taken(clinic: OwnClinic, staff: Staff) -> list[tuple[str, int, bool]]:
    found = selectors.taken_times(staff, clinic.eye, location=clinic.north, service=None, day=THURSDAY)
    return [
        ((each.slot.key.start + timedelta(hours=3)).strftime("%H:%M"), len(each.standing), each.is_full)
        for each in found
    ]


def journal() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, role, result, ids, patients, fields FROM audit_access"
            " WHERE purpose = 'overbook' ORDER BY id"
        )
        return list(cursor.fetchall())


def test_a_visit_stands_over_another_in_a_lane_of_its_own_with_its_reason(
    clinic: OwnClinic, vera: Staff
) -> None:
    first = booked(key(clinic, "09:30"))
    held = over(key(clinic, "09:30"), vera, first, words=" Подпишет справку ")
    second = named(held, vera)
    assert lanes() == [("09:30", 0, ""), ("09:30", 1, "doctor_asked")]
    assert (state(first), state(second)) == (State.BOOKED, State.BOOKED)
    verdict = Verdict.objects.get(appointment=second)
    assert (verdict.said, verdict.by) == ("over_doctor_asked", vera.id)
    assert "справку".encode() not in bytes(verdict.words)
    assert open_why_over(verdict.words, appointment=second) == "Подпишет справку"
    whose = Appointment.objects.get(pk=first).patient
    assert journal() == [("staff", "registrar", "allowed", [second, first], [whose], ["lane"])]


def test_nothing_is_offered_until_both_are_gone_and_each_frees_its_own_lane(
    clinic: OwnClinic, vera: Staff
) -> None:
    first = booked(key(clinic, "09:30"))
    second = named(over(key(clinic, "09:30"), vera, first), vera)
    services.cancel_by_staff(first, why=CancelReason.PATIENT_ASKED, staff=vera)
    run_jobs()
    assert (state(first), state(second)) == (State.CANCELLED, State.BOOKED)
    assert offered(clinic) == ["09:00", "10:00"]
    with pytest.raises(SlotTakenError):
        services.hold(slot_token(key(clinic, "09:30")), channel="site", device="another")
    third = named(over(key(clinic, "09:30"), vera, second), vera, 3)
    assert lanes() == [("09:30", 0, "doctor_asked"), ("09:30", 1, "doctor_asked")]
    for visit in (second, third):
        services.cancel_by_staff(visit, why=CancelReason.PATIENT_ASKED, staff=vera)
        run_jobs()
    assert offered(clinic) == ["09:00", "09:30", "10:00"]


def test_a_move_out_of_a_lane_leaves_the_other_visit_where_it_is(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    second = named(over(key(clinic, "09:30"), vera, first), vera)
    moved = services.move_by_staff(second, slot=slot_token(key(clinic, "10:00")), staff=vera)
    run_jobs()
    assert (state(first), state(second), state(moved)) == (State.BOOKED, State.MOVED, State.BOOKED)
    assert lanes() == [("09:30", 0, ""), ("10:00", 0, "")]
    assert offered(clinic) == ["09:00"]


def test_as_many_stand_over_others_as_the_rules_let(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    assert taken(clinic, vera) == [("09:30", 1, False)]
    second = named(over(key(clinic, "09:30"), vera, first), vera)
    assert taken(clinic, vera) == [("09:30", 2, True)]
    with pytest.raises(OverbookFullError):
        over(key(clinic, "09:30"), vera, first, second)
    services.change_rule(RuleValues(overbook=2), practitioner=clinic.eye, author=STAFF)
    third = over(key(clinic, "09:30"), vera, first, second)
    assert [lane for _, lane, _ in lanes()] == [0, 1, 2]
    services.change_rule(RuleValues(overbook=0), location=clinic.north, author=STAFF)
    assert taken(clinic, vera) == [("09:30", 3, True)]  # the doctor's own rule says more
    services.change_rule(RuleValues(overbook=0), practitioner=clinic.eye, author=STAFF)
    assert taken(clinic, vera) == []
    with pytest.raises(NotOverbookableError):
        over(key(clinic, "09:30"), vera, first, second, third.id)


def test_what_was_not_told_is_told_before_anything_stands_over_it(clinic: OwnClinic, vera: Staff) -> None:
    """The visit that was seen is gone, and somebody on the site holds its time: that is another's."""
    first = booked(key(clinic, "09:30"))
    services.cancel_by_staff(first, why=CancelReason.PATIENT_ASKED, staff=vera)
    run_jobs()
    held = services.hold(slot_token(key(clinic, "09:30")), channel="site", device="another")
    with pytest.raises(MoreTakenError):
        over(key(clinic, "09:30"), vera, first)
    assert lanes() == [("09:30", 0, "")]
    (time,) = selectors.taken_times(vera, clinic.eye, location=clinic.north, service=None, day=THURSDAY)
    ((standing),) = time.standing
    assert (standing.id, standing.state, standing.channel) == (held.id, State.HELD, "site")
    assert standing.hold_until == held.expires_at


def test_a_patients_hold_is_not_taken_from_under_them(clinic: OwnClinic, vera: Staff) -> None:
    held = services.hold(slot_token(key(clinic, "09:30")), channel="site", device="another")
    second = named(over(key(clinic, "09:30"), vera, held.id), vera)
    person = PersonInput("Пробный", "Пётр", "+7 900 000-00-01")
    services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
    run_jobs()
    assert (state(held.id), state(second)) == (State.BOOKED, State.BOOKED)


def test_a_time_that_is_free_by_now_is_held_like_any_other(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    services.cancel_by_staff(first, why=CancelReason.PATIENT_ASKED, staff=vera)
    run_jobs()
    over(key(clinic, "09:30"), vera, first)
    assert lanes() == [("09:30", 0, "")]
    assert (Verdict.objects.filter(said__startswith="over_").count(), journal()) == (0, [])


def test_an_overdue_hold_stands_nowhere(clinic: OwnClinic, vera: Staff, set_clock: SetClock) -> None:
    services.hold(slot_token(key(clinic, "09:30")), channel="site", device="another")
    set_clock(NOW + timedelta(minutes=11))
    services.synchronise("own")
    assert taken(clinic, vera) == []
    over(key(clinic, "09:30"), vera)
    assert lanes() == [("09:30", 0, "")]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.REGISTRAR}))
def test_nobody_but_a_registrar_books_over_a_time(clinic: OwnClinic, role: Role) -> None:
    first = booked(key(clinic, "09:30"))
    token = slot_token(key(clinic, "09:30"))
    with pytest.raises(ForbiddenError):
        over(key(clinic, "09:30"), somebody(role), first)
    with pytest.raises(ForbiddenError):
        selectors.taken_time(somebody(role), token)
    assert lanes() == [("09:30", 0, "")]


def test_a_registrar_who_only_holds_hears_that_the_time_is_taken(clinic: OwnClinic, vera: Staff) -> None:
    booked(key(clinic, "09:30"))
    with pytest.raises(SlotTakenError):
        services.hold_by_staff(slot_token(key(clinic, "09:30")), staff=vera)


@pytest.mark.parametrize("channel", ["site", "api", "telegram", "widget", "waiting", "mis"])
def test_the_database_lets_no_other_door_book_over_a_time(channel: str) -> None:
    with pytest.raises(IntegrityError, match="appointment_over_by_staff"):
        appointment(at(8), at(9), channel=channel, lane=1, over_why="doctor_asked")


def test_the_database_lets_two_visits_into_no_lane() -> None:
    appointment(at(8), at(9), channel="desk", lane=1, over_why="doctor_asked")
    with pytest.raises(IntegrityError, match="appointment_practitioner_free"):
        appointment(at(8, 30), at(9, 30), channel="desk", lane=1, over_why="doctor_asked")


def test_the_patient_of_the_visit_below_is_not_booked_twice(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    held = over(key(clinic, "09:30"), vera, first)
    same = PersonInput("Пробный", "Пётр", "+7 900 000-00-01")
    with pytest.raises(PatientBusyError):
        services.confirm_by_staff(
            held.id, confirmation=Confirmation(same, ("booking",), channel="desk"), staff=vera
        )
    assert state(held.id) is State.HELD


@pytest.mark.parametrize("when", ["10:30", "08:30", "09:40"])
def test_what_the_hours_do_not_hold_no_reason_opens(clinic: OwnClinic, vera: Staff, when: str) -> None:
    with pytest.raises(SlotNotOfferedError):
        over(key(clinic, when), vera)
    with pytest.raises(SlotNotOfferedError):
        selectors.taken_time(vera, slot_token(key(clinic, when)))


def test_a_closed_day_and_a_time_that_is_past_stay_closed(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    first = booked(key(clinic, "09:30"))
    services.close_days(location=clinic.north, first=THURSDAY, last=THURSDAY, reason="Ремонт", author=STAFF)
    run_jobs()
    assert taken(clinic, vera) == []
    with pytest.raises(SlotNotOfferedError):
        over(key(clinic, "09:30"), vera, first)
    set_clock(key(clinic, "09:30").start + timedelta(minutes=1))
    with pytest.raises(SlotInPastError):
        over(key(clinic, "09:30"), vera, first)


def test_a_reason_in_other_words_needs_them_and_they_are_short(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    for words in (" ", "а" * 201):
        with pytest.raises(InvalidInputError) as refusal:
            over(key(clinic, "09:30"), vera, first, why=OverReason.OTHER, words=words)
        assert list(refusal.value.fields) == ["words"]
    over(key(clinic, "09:30"), vera, first, why=OverReason.OTHER, words="Ошиблись в расписании")
    assert lanes()[1:] == [("09:30", 1, "other")]


def test_a_second_tap_finds_the_first(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    once = Idempotency(b"k" * 32, b"b" * 32)
    wanted = Over((first,), OverReason.SHORT_VISIT)
    token = slot_token(key(clinic, "09:30"))
    held = [services.overbook_by_staff(token, over=wanted, staff=vera, idempotency=once).id for _ in range(2)]
    assert len(set(held)) == 1
    assert (len(lanes()), Verdict.objects.count(), len(journal())) == (2, 1, 1)


def test_where_a_mis_keeps_the_schedule_no_visit_stands_over_another(vera: Staff) -> None:
    """Its offers never say otherwise: see `Capabilities.overbooks`."""
    doctor_day()
    visit = appointment(at(8), at(8, 30))
    doctor = Appointment.objects.get(pk=visit)
    slot = SlotKey(doctor.practitioner, doctor.location, doctor.service, at(8))
    for refused in (
        lambda: over(slot, vera, visit),
        lambda: selectors.taken_time(vera, slot_token(slot)),
    ):
        with pytest.raises(NotOverbookableError) as refusal:
            refused()
        assert "временем врача распоряжается МИС" in refusal.value.message


def test_a_time_is_no_ones_who_is_not_there(clinic: OwnClinic, vera: Staff) -> None:
    first = booked(key(clinic, "09:30"))
    token = selectors.slot_over(vera, first)
    assert selectors.taken_time(vera, token).standing[0].id == first
    with pytest.raises(MoreTakenError):
        over(key(clinic, "09:30"), vera, uuid4())

"""A doctor has two patients at one time, by overbooking or in a group: who is told, asked, offered."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, week
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    at_work_on_thursdays,
    confirmed,
    key,
    run_jobs,
    state,
)
from domain.scheduling.staff import somebody
from domain.scheduling.test_overbooking import booked, named, over
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import reminding, selectors, services, tending, waiting
from feldsher.domain.scheduling.models import Appointment, CallRequest, OtherTimes, Reminder, WaitingOffer
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import (
    Answered,
    CancelReason,
    OfferState,
    State,
    Window,
    WishInput,
)
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
GROUP = 3


@pytest.fixture
def clinic(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to half past ten in Moscow."""
    set_clock(NOW + HOUR)
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"
    with at_work_on_thursdays("9-10:30") as clinic:
        yield clinic


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


@pytest.fixture
def both(clinic: OwnClinic, vera: Staff) -> tuple[UUID, UUID]:
    """Book two patients for half past nine, one over the other."""
    first = booked(key(clinic, "09:30"))
    return first, named(over(key(clinic, "09:30"), vera, first), vera)


@pytest.fixture
def group(clinic: OwnClinic) -> list[UUID]:
    """Fill a group of three at half past nine."""
    services.change_rule(RuleValues(capacity=GROUP), service=clinic.visit, author=STAFF)
    found = [booked(key(clinic, "09:30"), number) for number in range(1, GROUP + 1)]
    assert Appointment.objects.filter(active=True, starts_at=key(clinic, "09:30").start).count() == GROUP
    return found


def texts(kind: str) -> int:
    return Message.objects.filter(kind=kind).count()


def close(clinic: OwnClinic, staff: Staff) -> int:
    return services.offer_other_times(clinic.eye, location=clinic.north, day=THURSDAY, staff=staff)


def answers(staff: Staff) -> list[Answered]:
    return [each.answered for day in selectors.days_off(staff) for each in day.patients]


def cancel(visit: UUID, staff: Staff) -> None:
    services.cancel_by_staff(visit, why=CancelReason.PATIENT_ASKED, staff=staff)
    run_jobs()
    assert state(visit) is State.CANCELLED


def wait(clinic: OwnClinic, number: int) -> UUID:
    """Have a phone wait for any time of the doctor on that Thursday."""
    window = Window(THURSDAY, THURSDAY, time(9, 30), time(10))
    phone = f"8 900 000-09-{number:02}"
    return services.wish_for_time(WishInput(phone=phone, window=window, practitioner_id=clinic.eye))[0]


def offered_to(wish: UUID) -> list[datetime]:
    found = WaitingOffer.objects.filter(wish=wish, state=OfferState.OPEN)
    return list(found.values_list("starts_at", flat=True))


def test_whoever_is_in_either_lane_of_a_day_that_is_off_is_asked_once(
    clinic: OwnClinic, vera: Staff, both: tuple[UUID, UUID], set_clock: SetClock
) -> None:
    assert (close(clinic, vera), close(clinic, vera)) == (2, 0)
    assert (texts("other_times"), answers(vera)) == (2, [Answered.WAITING] * 2)
    for visit in both:
        assert selectors.appointment(visit, token=appointment_token(visit)).is_off
    cancel(both[1], vera)
    set_clock(NOW + 5 * HOUR)
    assert tending.ask_the_silent() == 1
    assert CallRequest.objects.get().appointment == both[0]
    assert sorted(answers(vera)) == sorted([Answered.CALLED, Answered.CANCELLED])


def test_everybody_of_a_group_is_asked_when_its_day_is_off(
    clinic: OwnClinic, vera: Staff, group: list[UUID]
) -> None:
    assert close(clinic, vera) == GROUP
    assert set(OtherTimes.objects.values_list("appointment", flat=True)) == set(group)
    assert texts("other_times") == GROUP


def test_hours_that_end_leave_both_visits_outside_and_told(
    clinic: OwnClinic, vera: Staff, both: tuple[UUID, UUID]
) -> None:
    services.set_week(clinic.at_north, days=week(), since=TODAY, author=STAFF)
    run_jobs()
    assert {each.visit.id for each in selectors.visits_outside(vera)} == set(both)
    assert [state(visit) for visit in both] == [State.BOOKED, State.BOOKED]


@pytest.mark.parametrize("shape", ["both", "group"])
def test_each_patient_of_one_time_is_reminded_once(
    request: pytest.FixtureRequest, set_clock: SetClock, shape: str
) -> None:
    visits = request.getfixturevalue(shape)
    Appointment.objects.update(created_at=NOW - 48 * HOUR)
    assert reminding.plan() == len(visits)
    assert reminding.plan() == 0
    set_clock(datetime.fromisoformat("2026-11-25T20:31:00+03:00"))
    while reminding.send_due():
        pass
    sent = Reminder.objects.filter(state="sent").values_list("appointment", flat=True)
    assert sorted(sent) == sorted(visits)
    assert texts("reminder") == len(visits)


@pytest.mark.parametrize("left", [0, 1])
def test_a_time_is_offered_to_who_waits_when_no_lane_has_a_visit_any_more(
    clinic: OwnClinic, vera: Staff, both: tuple[UUID, UUID], left: int
) -> None:
    """Whichever of the two goes first: the other one stands at the time."""
    wish = wait(clinic, 1)
    cancel(both[1 - left], vera)
    waiting.settle()
    assert (waiting.offer_times(), offered_to(wish)) == (0, [])
    cancel(both[left], vera)
    waiting.settle()
    assert (waiting.offer_times(), offered_to(wish)) == (1, [key(clinic, "09:30").start])


def three_wait(clinic: OwnClinic, set_clock: SetClock) -> list[UUID]:
    """Put three people on the list, a minute after each other."""
    wishes = []
    for number in range(1, 4):
        wishes.append(wait(clinic, number))
        set_clock(NOW + HOUR + timedelta(minutes=number))
    return wishes


def test_a_place_of_a_group_that_gets_free_is_offered_to_the_next_and_passes_on(
    clinic: OwnClinic, vera: Staff, group: list[UUID], set_clock: SetClock
) -> None:
    wishes = three_wait(clinic, set_clock)
    assert waiting.offer_times() == 0
    cancel(group[0], vera)
    start = key(clinic, "09:30").start
    assert waiting.offer_times() == 1
    assert waiting.offer_times() == 0
    assert [offered_to(wish) for wish in wishes] == [[start], [], []]
    opened = WaitingOffer.objects.get(state=OfferState.OPEN)
    services.decline_by_staff(wishes[0], offer_id=opened.pk, staff=vera)
    assert [offered_to(wish) for wish in wishes] == [[], [start], []]
    assert Appointment.objects.filter(active=True, starts_at=start).count() == GROUP


def test_two_places_of_a_group_are_offered_to_the_first_two(
    clinic: OwnClinic, vera: Staff, group: list[UUID], set_clock: SetClock
) -> None:
    wishes = three_wait(clinic, set_clock)
    for visit in group[:2]:
        cancel(visit, vera)
    assert waiting.offer_times() == 2
    start = key(clinic, "09:30").start
    assert [offered_to(wish) for wish in wishes] == [[start], [start], []]
    assert Appointment.objects.filter(active=True, starts_at=start).count() == GROUP


def test_a_visit_of_a_group_is_offered_a_place_of_an_earlier_one(clinic: OwnClinic, vera: Staff) -> None:
    services.change_rule(RuleValues(capacity=2), service=clinic.visit, author=STAFF)
    visit = booked(key(clinic, "10:00"))
    confirmed(key(clinic, "09:00"), 5)
    run_jobs()
    services.wait_for_sooner_by_staff(visit, staff=vera)
    assert waiting.offer_times() == 1
    told = selectors.waiting(visit, token=appointment_token(visit))
    assert told is not None
    assert told.offer is not None
    assert told.offer.key.start == key(clinic, "09:00").start
    assert Appointment.objects.filter(active=True, starts_at=key(clinic, "09:00").start).count() == 2

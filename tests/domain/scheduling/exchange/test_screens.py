"""Reminders on screens: an SMS follows where no device has shown one in time, and never where one has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import Booked, booked, slot_at
from domain.scheduling.exchange.test_reminding import TWO, told, visit_at
from domain.scheduling.exchange.test_reminding import texts as by_sms
from domain.scheduling.exchange.world import PERSON, World, killed_at_write
from domain.scheduling.scripted import Killed
from domain.scheduling.staff import REGISTRAR
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.scheduling import notices, noting, reminding, services, tokens
from feldsher.domain.scheduling.models import Appointment, Reminder, SyncStatus
from feldsher.domain.scheduling.patience import sms_due
from feldsher.domain.scheduling.types import DiscrepancyKind, ReminderKind
from feldsher.foundation.messaging import pushing
from feldsher.foundation.messaging.models import Message, Push
from feldsher.foundation.messaging.ports import Gone, NotSent, Refused, Unknown
from support.push import Screens, deliver, screens, switched_on

__all__ = ["booked"]
pytestmark = pytest.mark.django_db
PHONE = "+79000000400"
DAY_BEFORE = TWO - timedelta(hours=24)


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def sender() -> Iterator[Screens]:
    with screens() as found:
        yield found


@pytest.fixture
def world(build: Build, sender: Screens) -> World:
    made = build("reference")
    switched_on(PHONE)
    return made


def work() -> None:
    """Do what the worker does within a minute."""
    reminding.plan()
    while reminding.send_due():
        pass
    deliver()
    while reminding.follow():
        pass


def go_to(world: World, moment: datetime) -> None:
    """Let time pass in steps of an hour, and work at each of them."""
    while world.moment < moment:
        world.forward(min(3600, (moment - world.moment).total_seconds()))
        work()


def pass_minutes(world: World, minutes: float) -> None:
    world.forward(minutes * 60)
    work()


def test_what_a_screen_shows_is_the_time_the_place_and_the_link(world: World, sender: Screens) -> None:
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="address", value="Липовая ул., 5", author="test")
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    ((endpoint, shown),) = sender.shown
    link = f"https://clinic.example/visit/{visit}/{tokens.appointment_token(visit)}/"
    assert endpoint == "https://push.example/one"
    assert shown["title"] == "Запись 27.11 в 14:00"
    assert shown["text"] == "Липовая ул., 5. Нажмите, чтобы ответить, придёте ли."
    assert shown["link"] == link
    assert by_sms() == []
    assert told(visit)["day"] == ("sent", "")
    assert sender.seconds == [1800]


def test_a_day_before_a_device_that_was_heard_spares_the_sms(world: World, sender: Screens) -> None:
    visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    pass_minutes(world, 29)
    assert pushing.hear(sender.tokens()[0])
    pass_minutes(world, 10)
    pass_minutes(world, 60)
    assert by_sms() == []
    assert Reminder.objects.filter(sms_at__isnull=False).count() == 0


@pytest.mark.parametrize(("kind", "before", "minutes"), [("day", 24, 30), ("hours", 2, 5)])
def test_unheard_in_time_exactly_one_sms_follows(
    world: World, sender: Screens, kind: str, before: int, minutes: int
) -> None:
    visit = visit_at(world, TWO)
    go_to(world, TWO - timedelta(hours=before))
    earlier = len(by_sms())
    pass_minutes(world, minutes - 1)
    assert len(by_sms()) == earlier
    for _ in range(3):
        pass_minutes(world, 1)
    assert len(by_sms()) == earlier + 1
    assert pushing.hear(sender.tokens()[-1]), "a late word is taken"
    pass_minutes(world, 1)
    assert Message.objects.filter(key=f"reminder:{visit}:{kind}").count() == 1
    assert len(by_sms()) == earlier + 1
    assert told(visit)[kind] == ("sent", "")


@pytest.mark.parametrize("outcome", [Gone("http_410"), Refused("http_413")])
def test_where_no_device_takes_it_the_sms_goes_at_once(
    world: World, sender: Screens, outcome: Gone | Refused
) -> None:
    visit_at(world, TWO)
    sender.outcomes = [outcome]
    go_to(world, DAY_BEFORE)
    assert len(by_sms()) == 1
    pass_minutes(world, 60)
    assert len(by_sms()) == 1


def test_a_service_that_is_busy_for_too_long_is_not_waited_for(world: World, sender: Screens) -> None:
    visit_at(world, TWO)
    sender.outcomes = [NotSent("http_429")] * 4
    go_to(world, DAY_BEFORE)
    for _ in range(4):
        work()
    assert (len(sender.shown), len(by_sms())) == (4, 1)


def test_a_lost_answer_is_waited_for_and_not_sent_twice(world: World, sender: Screens) -> None:
    visit_at(world, TWO)
    sender.outcomes = [Unknown("ReadTimeout")]
    go_to(world, DAY_BEFORE)
    work()
    assert (len(sender.shown), by_sms()) == (1, [])
    pass_minutes(world, 30)
    assert (len(sender.shown), len(by_sms())) == (1, 1)


def test_who_has_no_device_is_told_by_sms_as_ever(world: World, sender: Screens) -> None:
    visit_at(world, TWO, number=1)
    go_to(world, DAY_BEFORE)
    assert (sender.shown, len(by_sms())) == ([], 1)


def test_a_visit_that_ended_meanwhile_needs_no_sms(world: World, sender: Screens) -> None:
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    services.cancel(visit, token=tokens.appointment_token(visit))
    world.work()
    pass_minutes(world, 30)
    assert (len(sender.shown), by_sms()) == (1, [])
    assert Push.objects.get().state == "withdrawn"


def test_a_visit_that_moved_meanwhile_is_told_of_at_its_new_time_alone(
    booked: Booked, sender: Screens
) -> None:
    world = booked("reference")
    switched_on("+79000000001")
    old = world.row().starts_at
    Appointment.objects.filter(pk=world.appointment).update(created_at=world.moment - timedelta(days=1))
    go_to(world, old - timedelta(hours=13.5))
    assert [told["title"] for _, told in sender.shown] == ["Запись 26.11 в 10:00"]
    SyncStatus.objects.update(as_of=world.moment)
    made = services.move(
        world.appointment,
        token=tokens.appointment_token(world.appointment),
        slot=slot_at(old + timedelta(hours=5)),
        device="d" * 32,
    )
    world.work()
    Appointment.objects.filter(pk=made.appointment_id).update(created_at=world.moment - timedelta(days=1))
    pass_minutes(world, 6)
    assert by_sms() == []
    assert [told["title"] for _, told in sender.shown[1:]] == ["Запись 26.11 в 15:00"]


def test_who_answered_meanwhile_needs_no_sms(world: World, sender: Screens) -> None:
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    services.say_coming(visit, token=tokens.appointment_token(visit))
    pass_minutes(world, 30)
    assert (len(sender.shown), by_sms()) == (1, [])


def test_who_chose_none_meanwhile_gets_none(world: World, sender: Screens) -> None:
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    patient = Appointment.objects.values_list("patient", flat=True).get(pk=visit)
    patient_services.mark_wrong_number(patient)
    assert patients.unwritten({patient}, notices.Topic.REMINDERS) == {patient}
    pass_minutes(world, 30)
    assert by_sms() == []


def test_a_day_that_was_called_off_meanwhile_is_no_reminder(world: World) -> None:
    visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    services.offer_other_times(
        clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        day=TWO.date(),
        staff=REGISTRAR,
    )
    pass_minutes(world, 30)
    assert by_sms() == []


def test_what_the_mis_tells_otherwise_waits_until_that_is_settled(world: World) -> None:
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    noting.note(Appointment.objects.get(pk=visit), DiscrepancyKind.CANCELLED)
    pass_minutes(world, 40)
    assert by_sms() == []
    noting.forget(Appointment.objects.get(pk=visit))
    pass_minutes(world, 1)
    assert len(by_sms()) == 1


def test_the_sms_tells_what_is_left_of_the_day(world: World, sender: Screens) -> None:
    visits = [visit_at(world, TWO + timedelta(hours=hours)) for hours in (0, 1, 5)]
    go_to(world, DAY_BEFORE)
    assert sender.shown[0][1]["title"] == "Запись 27.11 в 14:00, 15:00, 19:00"
    services.cancel(visits[1], token=tokens.appointment_token(visits[1]))
    world.work()
    pass_minutes(world, 30)
    assert len(by_sms()) == 1
    assert "27.11 в 14:00, 19:00" in by_sms()[0]


def test_the_others_of_a_day_are_told_though_the_first_was_cancelled_unseen(
    world: World, sender: Screens
) -> None:
    visits = [visit_at(world, TWO + timedelta(hours=hours)) for hours in (0, 5)]
    go_to(world, DAY_BEFORE)
    sender.outcomes = [Gone("http_410")]
    services.cancel(visits[0], token=tokens.appointment_token(visits[0]))
    world.work()
    pass_minutes(world, 30)
    assert by_sms() == []
    go_to(world, TWO - timedelta(hours=19))
    assert len(by_sms()) == 1
    assert "27.11 в 19:00" in by_sms()[0]


def test_what_was_shown_in_the_evening_is_told_before_the_night(world: World) -> None:
    early = datetime(2026, 11, 27, 5, tzinfo=UTC)
    visit = visit_at(world, early)
    evening = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    go_to(world, evening)
    assert told(visit)["hours"] == ("sent", "")
    pass_minutes(world, 5)
    (sms,) = Message.objects.filter(kind="reminder")
    assert f"{sms.created_at:%H:%M}" == "17:35"


@pytest.mark.parametrize(
    ("kind", "shown", "due"),
    [
        (ReminderKind.DAY, "14:00", "14:30"),
        (ReminderKind.HOURS, "14:00", "14:05"),
        (ReminderKind.DAY, "20:30", "20:55"),
        (ReminderKind.HOURS, "20:30", "20:35"),
        (ReminderKind.HOURS, "20:52", "20:55"),
        (ReminderKind.DAY, "20:55", "21:25"),
        (ReminderKind.DAY, "09:00", "09:30"),
    ],
)
def test_patience_ends_before_the_night_does_begin(kind: ReminderKind, shown: str, due: str) -> None:
    zone = ZoneInfo("Asia/Omsk")
    hour, minute = map(int, shown.split(":"))
    at = datetime(2026, 11, 27, hour, minute, tzinfo=zone).astimezone(UTC)
    assert f"{sms_due(kind, shown_at=at, zone=zone).astimezone(zone):%H:%M}" == due


def test_a_crash_at_any_write_loses_no_sms_and_doubles_none(world: World, sender: Screens) -> None:
    visit = visit_at(world, TWO)
    go_to(world, DAY_BEFORE)
    world.forward(31 * 60)
    deaths = 0
    for number in range(30):
        try:
            with killed_at_write(number):
                reminding.follow()
        except Killed:
            deaths += 1
    reminding.follow()
    assert deaths > 2
    assert len(by_sms()) == 1
    assert told(visit)["day"] == ("sent", "")


def test_a_push_is_one_a_version_and_kind_whatever_crashed(world: World, sender: Screens) -> None:
    visit: UUID = visit_at(world, TWO)
    go_to(world, DAY_BEFORE - timedelta(hours=1))
    world.forward(3600)
    for number in range(40):
        try:
            with killed_at_write(number):
                reminding.send_due()
        except Killed:
            continue
    reminding.send_due()
    deliver()
    assert [push.key for push in Push.objects.all()] == [f"reminder:{visit}:day"]
    assert len(sender.shown) == 1
    assert by_sms() == []


def test_the_phone_of_these_tests_is_that_of_the_patient() -> None:
    assert replace(PERSON, phone="+7 900 000-04-00").phone.replace(" ", "").replace("-", "") == PHONE

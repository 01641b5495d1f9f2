"""Reminders: planned once, looked at again before they leave, each in one commit with its message."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import Booked, booked, slot_at
from domain.scheduling.exchange.test_waiting import freed
from domain.scheduling.exchange.world import PERSON, World, confirm, hold, killed_at_write
from domain.scheduling.scripted import Killed
from domain.scheduling.staff import REGISTRAR
from feldsher.conf.environment import BookingSettings
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import notices, noting, reminding, selectors, services, tokens
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, NotRemindedError
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.types import DiscrepancyKind, State
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.vault.sealing import open_

__all__ = ["booked"]
pytestmark = pytest.mark.django_db
MOSCOW = ZoneInfo("Europe/Moscow")
TWO = datetime(2026, 11, 27, 11, tzinfo=UTC)
"""Two in the afternoon in Moscow, the day after tomorrow."""
EARLY = datetime(2026, 11, 27, 5, tzinfo=UTC)
"""Eight in the morning there."""


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def world(build: Build) -> World:
    return build("reference")


def visit_at(world: World, starts_at: datetime, *, number: int = 0, made_hours_ago: float = 0) -> UUID:
    """Book a visit of the patient with that number."""
    visit = hold(starts_at)
    confirm(visit, person=replace(PERSON, phone=f"+7 900 000-04-{number:02}"))
    world.work()
    made_at = world.moment - timedelta(hours=made_hours_ago)
    Appointment.objects.filter(pk=visit).update(created_at=made_at)
    return visit


def told(visit: UUID) -> dict[str, tuple[str, str]]:
    rows = Reminder.objects.filter(appointment=visit)
    return {row.kind: (row.state, row.reason) for row in rows}


def pass_to(world: World, moment: datetime) -> None:
    """Let time pass in the worker's steps of an hour: it plans and sends as it goes."""
    while world.moment < moment:
        world.forward(min(3600, (moment - world.moment).total_seconds()))
        reminding.plan()
        while reminding.send_due():
            pass


def texts() -> list[str]:
    found = Message.objects.filter(kind="reminder").order_by("created_at", "key")
    return [open_(bytes(row.text), table="messaging_message", column="text", row=row.id) for row in found]


def test_a_visit_is_told_of_a_day_and_two_hours_before_and_no_more(world: World) -> None:
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="address", value="Липовая ул., 5", author="test")
    visit = visit_at(world, TWO)
    pass_to(world, TWO - timedelta(hours=25))
    assert told(visit) == {"day": ("planned", ""), "hours": ("planned", "")}
    assert texts() == []
    pass_to(world, TWO - timedelta(hours=24))
    token = tokens.appointment_token(visit)
    link = f"https://clinic.example/visit/{visit}/{token}/"
    assert texts() == [f"Ждём вас 27.11 в 14:00, Липовая ул., 5. Ответьте, придёте ли: {link}"]
    pass_to(world, TWO + timedelta(hours=1))
    assert told(visit) == {"day": ("sent", ""), "hours": ("sent", "")}
    assert len(texts()) == 2


def test_an_early_visit_is_told_of_once_in_the_evening_before(world: World) -> None:
    visit = visit_at(world, EARLY)
    pass_to(world, EARLY)
    assert told(visit) == {"day": ("dropped", "merged"), "hours": ("sent", "")}
    sent = Reminder.objects.get(appointment=visit, kind="hours")
    assert f"{sent.due_at:%d %H:%M}" == "26 17:30"


def test_who_booked_a_little_before_is_not_reminded_of_what_they_know(world: World) -> None:
    world.forward((TWO - timedelta(hours=26) - world.moment).total_seconds())
    visit = visit_at(world, TWO)
    late = visit_at(world, TWO - timedelta(hours=22.5), number=1)
    pass_to(world, TWO)
    assert told(visit) == {"day": ("dropped", "booked_late"), "hours": ("sent", "")}
    assert told(late) == {"day": ("dropped", "booked_late"), "hours": ("dropped", "booked_late")}


def test_a_visit_that_was_cancelled_meanwhile_is_told_of_to_nobody(world: World) -> None:
    visit = visit_at(world, TWO)
    pass_to(world, TWO - timedelta(hours=25))
    services.cancel(visit, token=tokens.appointment_token(visit))
    world.work()
    pass_to(world, TWO)
    assert set(told(visit).values()) == {("dropped", "not_booked")}
    assert texts() == []


def test_nobody_is_expected_on_a_day_that_was_called_off(world: World) -> None:
    visit = visit_at(world, TWO)
    pass_to(world, TWO - timedelta(hours=25))
    services.offer_other_times(
        clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        day=TWO.date(),
        staff=REGISTRAR,
    )
    pass_to(world, TWO - timedelta(hours=23))
    assert told(visit)["day"] == ("dropped", "called_off")
    assert texts() == []


def test_who_is_told_otherwise_by_the_mis_is_reminded_once_that_is_settled(world: World) -> None:
    visit = visit_at(world, TWO)
    pass_to(world, TWO - timedelta(hours=25))
    noting.note(Appointment.objects.get(pk=visit), DiscrepancyKind.CANCELLED)
    pass_to(world, TWO - timedelta(hours=23))
    assert told(visit)["day"] == ("planned", "")
    noting.forget(Appointment.objects.get(pk=visit))
    pass_to(world, TWO - timedelta(hours=22))
    assert told(visit)["day"] == ("sent", "")


def test_a_visit_that_moves_is_told_of_at_its_new_time(booked: Booked) -> None:
    world = booked("reference")
    reminding.plan()
    later = world.row().starts_at + timedelta(hours=5)
    made = services.move(
        world.appointment,
        token=tokens.appointment_token(world.appointment),
        slot=slot_at(later),
        device=uuid4().hex,
    )
    world.work()
    moved = made.appointment_id
    Appointment.objects.filter(pk=moved).update(created_at=world.moment - timedelta(days=1))
    pass_to(world, later)
    assert {state for state, _ in told(world.appointment).values()} == {"dropped"}
    assert told(moved) == {"day": ("sent", ""), "hours": ("sent", "")}


@pytest.mark.parametrize(
    ("starts_at", "to", "words"),
    [
        (
            datetime(2026, 11, 26, 19, 30, tzinfo=UTC),
            datetime(2026, 11, 26, 21, 30, tzinfo=UTC),
            "27.11 в 00:30",
        ),
        (datetime(2026, 11, 27, 5, tzinfo=UTC), datetime(2026, 11, 26, 20, tzinfo=UTC), "26.11 в 23:00"),
    ],
    ids=["into the next day", "back into the day before"],
)
def test_a_visit_that_moves_across_midnight_is_told_of_on_its_new_day_alone(
    booked: Booked, starts_at: datetime, to: datetime, words: str
) -> None:
    """Midnight in Moscow; in UTC both times are of one day the first time and of two the second."""
    world = booked("reference")
    freed(starts_at, to)
    visit = visit_at(world, starts_at, made_hours_ago=24)
    reminding.plan()
    assert len(told(visit)) == 2
    made = services.move(visit, token=tokens.appointment_token(visit), slot=slot_at(to), device=uuid4().hex)
    world.work()
    moved = made.appointment_id
    Appointment.objects.filter(pk=moved).update(created_at=world.moment - timedelta(days=1))
    pass_to(world, max(starts_at, to))
    assert {state for state, _ in told(visit).values()} == {"dropped"}
    assert "sent" in {state for state, _ in told(moved).values()}
    assert Message.objects.filter(kind="reminder", about=moved).exists()
    assert [each for each in texts() if words in each]
    assert not [each for each in texts() if f"{starts_at.astimezone(MOSCOW):%d.%m в %H:%M}" in each]


def test_two_visits_of_a_day_are_one_message(world: World) -> None:
    visits = [visit_at(world, TWO + timedelta(hours=hours)) for hours in (0, 1, 5)]
    pass_to(world, TWO - timedelta(hours=24))
    assert [told(visit)["day"] for visit in visits] == [
        ("sent", ""),
        ("dropped", "told_together"),
        ("dropped", "told_together"),
    ]
    assert "27.11 в 14:00, 15:00, 19:00" in texts()[0]
    pass_to(world, TWO + timedelta(hours=6))
    assert [told(visit)["hours"] for visit in visits] == [
        ("sent", ""),
        ("dropped", "told_together"),
        ("sent", ""),
    ]


def test_a_visit_in_doubt_is_not_told_with_another(world: World) -> None:
    first, second = visit_at(world, TWO), visit_at(world, TWO + timedelta(hours=1))
    pass_to(world, TWO - timedelta(hours=25))
    noting.note(Appointment.objects.get(pk=second), DiscrepancyKind.CANCELLED)
    pass_to(world, TWO - timedelta(hours=22))
    assert (told(first)["day"], told(second)["day"]) == (("sent", ""), ("planned", ""))
    assert "27.11 в 14:00" in texts()[0]
    assert "15:00" not in texts()[0]


def test_a_branch_that_changes_its_zone_wakes_nobody(world: World) -> None:
    visit = visit_at(world, datetime(2026, 11, 27, 7, tzinfo=UTC))
    pass_to(world, datetime(2026, 11, 26, 6, tzinfo=UTC))
    assert told(visit) == {"day": ("dropped", "merged"), "hours": ("planned", "")}
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="zone", value="Asia/Omsk", author="test")
    pass_to(world, datetime(2026, 11, 26, 18, tzinfo=UTC))
    assert told(visit)["hours"] == ("planned", "")
    pass_to(world, datetime(2026, 11, 27, 5, tzinfo=UTC))
    assert told(visit)["hours"] == ("sent", "")
    assert "27.11 в 13:00" in texts()[0]


def test_a_worker_that_was_away_for_a_day_tells_what_is_still_of_use(world: World) -> None:
    visit, over = visit_at(world, TWO), visit_at(world, TWO - timedelta(hours=3), number=1)
    pass_to(world, TWO - timedelta(hours=30))
    world.forward((TWO - timedelta(hours=1) - world.moment).total_seconds())
    while reminding.send_due():
        pass
    assert told(visit) == {"day": ("dropped", "merged"), "hours": ("sent", "")}
    assert set(told(over).values()) == {("dropped", "not_booked")}


def test_a_crash_at_any_write_loses_no_reminder_and_doubles_none(world: World) -> None:
    visit = visit_at(world, TWO)
    pass_to(world, TWO - timedelta(hours=30))
    world.forward((TWO - timedelta(hours=24) - world.moment).total_seconds())
    deaths = 0
    for number in range(50):
        try:
            with killed_at_write(number):
                reminding.send_due()
        except Killed:
            deaths += 1
    reminding.send_due()
    assert deaths > 3
    assert told(visit)["day"] == ("sent", "")
    assert len(texts()) == 1


def test_trouble_with_one_patient_silences_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = visit_at(world, TWO), visit_at(world, TWO + timedelta(minutes=30), number=1)
    pass_to(world, TWO - timedelta(hours=30))
    world.forward((TWO - timedelta(hours=23) - world.moment).total_seconds())
    as_ever = notices.remind

    def remind(due: Sequence[notices.Due]) -> dict[UUID, datetime | None]:
        if first in {each.visit.pk for each in due}:
            raise RuntimeError("the vault is silent")
        return as_ever(due)

    monkeypatch.setattr(notices, "remind", remind)
    assert reminding.send_due() == 1
    assert (told(first)["day"], told(second)["day"]) == (("planned", ""), ("sent", ""))
    monkeypatch.undo()


@pytest.mark.parametrize("is_off", ["no provider", "the MIS reminds"])
def test_where_nobody_can_or_shall_be_told_nothing_is_planned(
    world: World, settings: Settings, is_off: str
) -> None:
    visit = visit_at(world, TWO)
    if is_off == "no provider":
        settings.FELDSHER_SMS = None
    else:
        settings.FELDSHER_BOOKING = BookingSettings(reminders=False)
    assert reminding.plan() == 0
    assert told(visit) == {}


def test_who_was_reminded_says_that_they_come(world: World) -> None:
    visit = visit_at(world, TWO)
    token = tokens.appointment_token(visit)
    with pytest.raises(NotRemindedError):
        services.say_coming(visit, token=token)
    assert selectors.appointment(visit, token=token).reminded is None
    pass_to(world, TWO - timedelta(hours=24))
    card = selectors.appointment(visit, token=token)
    assert card.reminded is not None
    assert not card.reminded.is_coming
    with pytest.raises(AppointmentNotFoundError):
        services.say_coming(visit, token=tokens.appointment_token(uuid4()))
    for _ in range(2):
        services.say_coming(visit, token=token)
    card = selectors.appointment(visit, token=token)
    assert card.reminded is not None
    assert card.reminded.is_coming
    assert card.state is State.BOOKED

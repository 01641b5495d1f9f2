"""Who gave an e-mail for a visit gets a calendar file, which moves with a move and goes with a cancel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import Message as Mime
from uuid import UUID

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import move
from domain.scheduling.exchange.world import PERSON, SLOT, VISIT_AT, World, hold
from domain.scheduling.factory import doctor_day
from feldsher.conf.environment import BookingSettings
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients.models import Patient
from feldsher.domain.scheduling import changes, selectors, services
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.ports import ChangeKind
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import BookerInput, Confirmation, State
from feldsher.foundation.messaging import letters
from feldsher.foundation.messaging.models import Letter, Message
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.intervals import Interval

pytestmark = pytest.mark.django_db
ADDRESS = "petr@example.ru"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _letters(settings: Settings) -> None:
    settings.FELDSHER_BOOKING = BookingSettings(letters=True)
    settings.DEFAULT_FROM_EMAIL, settings.SITE_URL = "visits@clinic.example", "https://clinic.example"


@pytest.fixture
def world(build: Build, set_clock: Callable[[datetime], None]) -> World:
    world = build("reference")
    world.set_clock = set_clock
    set_clock(world.moment)
    return world


def book(world: World, *, email: str = ADDRESS, booker: BookerInput | None = None) -> None:
    doctor_day(
        Interval(VISIT_AT - HOUR, VISIT_AT + 8 * HOUR),
        practitioner=clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        service=clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        mis=clinic.MIS,
        zone="Europe/Moscow",
    )
    world.appointment = hold()
    person = replace(PERSON, email=email)
    services.confirm(world.appointment, confirmation=Confirmation(person, ("booking",), booker=booker))
    world.work()


def post(outbox: list[EmailMessage]) -> list[tuple[str, str, list[str]]]:
    """Hand over what waits; return subject, method, and UID, SEQUENCE and STATUS of each letter so far."""
    for row in Letter.objects.filter(state="queued").order_by("created_at"):
        letters.write(row.id)
    return [told(letter) for letter in outbox]


def told(letter: EmailMessage) -> tuple[str, str, list[str]]:
    (part,) = [each for each in letter.message().walk() if each.get_content_type() == "text/calendar"]
    assert isinstance(part, Mime)
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    lines = body.decode().split("\r\n")
    named = [line for line in lines if line.startswith(("UID", "SEQUENCE", "STATUS", "DTSTART"))]
    return letter.subject, str(part.get_param("method")), named


def test_a_calendar_keeps_moves_and_drops_its_one_event(world: World, mailoutbox: list[EmailMessage]) -> None:
    book(world)
    first = world.appointment
    event = ["DTSTART:20261126T070000Z", "SEQUENCE:3", "STATUS:CONFIRMED"]
    assert post(mailoutbox) == [("Запись 26.11 в 10:00", "PUBLISH", [f"UID:{first}", *event])]
    assert mailoutbox[0].to == [ADDRESS]
    assert mailoutbox[0].body.startswith("Вы записаны 26.11 в 10:00")
    world.appointment = move(world)
    world.work()
    event = ["DTSTART:20261126T100000Z", "SEQUENCE:6", "STATUS:CONFIRMED"]
    assert post(mailoutbox)[1:] == [("Запись 26.11 в 13:00", "PUBLISH", [f"UID:{first}", *event])]
    token = appointment_token(world.appointment)
    page = selectors.appointment(world.appointment, token=token)
    assert (page.chain, page.version) == (first, 6)  # the file of the site has the same UID and SEQUENCE
    world.cancel()
    world.work()
    event = ["DTSTART:20261126T100000Z", "SEQUENCE:8", "STATUS:CANCELLED"]
    assert post(mailoutbox)[2:] == [("Запись 26.11 в 13:00", "CANCEL", [f"UID:{first}", *event])]
    assert Message.objects.count() == 0  # no provider of SMS is needed


def test_a_move_of_the_mis_moves_it_and_its_cancel_drops_it(
    world: World, mailoutbox: list[EmailMessage]
) -> None:
    book(world)
    (record,) = world.mis.booked()
    record.slot = replace(SLOT, begin=SLOT.begin.plus(2 * 3600))
    world.mis.tell(ChangeKind.MOVED, record)
    world.forward(1)
    changes.follow(clinic.MIS)
    moved = post(mailoutbox)[-1]
    assert moved[1:] == (
        "PUBLISH",
        [f"UID:{world.appointment}", "DTSTART:20261126T090000Z", "SEQUENCE:5", "STATUS:CONFIRMED"],
    )
    record.state = "cancelled"
    world.mis.tell(ChangeKind.CANCELLED, record)
    world.forward(1)
    changes.follow(clinic.MIS)
    assert Appointment.objects.filter(active=True).count() == 0
    dropped = post(mailoutbox)[-1]
    assert (dropped[1], dropped[2][2:]) == ("CANCEL", ["SEQUENCE:6", "STATUS:CANCELLED"])


def test_a_letter_that_has_not_left_is_kept_back_by_a_cancel(
    world: World, mailoutbox: list[EmailMessage]
) -> None:
    book(world)
    world.cancel()
    world.work()
    assert [each[1] for each in post(mailoutbox)] == ["CANCEL"]


def test_an_address_serves_its_visit_alone(world: World, mailoutbox: list[EmailMessage]) -> None:
    """Whoever knows a name and a phone may book in it: the address that they type opens no other visit."""
    book(world, email="")
    stranger = hold(VISIT_AT + 3 * HOUR)
    services.confirm(
        stranger,
        confirmation=Confirmation(replace(PERSON, email="other@example.ru"), ("booking",)),
    )
    world.work()
    world.cancel()
    world.work()
    assert Patient.objects.count() == 1
    post(mailoutbox)
    assert [letter.to for letter in mailoutbox] == [["other@example.ru"]]
    assert told(mailoutbox[0])[2][0] == f"UID:{stranger}"


def test_the_address_of_who_books_a_child_is_not_the_child_s(
    world: World, mailoutbox: list[EmailMessage]
) -> None:
    book(world, booker=BookerInput("other", "Пробная Вера"))
    assert len(post(mailoutbox)) == 1
    assert Patient.objects.get().email is None


def test_it_is_sealed_for_its_visit(world: World) -> None:
    book(world)
    sealed = bytes(Exchange.objects.get(pk=world.appointment).letter_to)
    assert sealed
    assert ADDRESS.encode() not in sealed


def test_nobody_writes_where_letters_are_off_or_nobody_asked(world: World, settings: Settings) -> None:
    book(world, email="")
    assert Letter.objects.count() == 0
    world.cancel()
    world.work()
    settings.FELDSHER_BOOKING = BookingSettings()
    book_again(world)
    assert (world.state, Letter.objects.count()) == (State.BOOKED, 0)


def book_again(world: World) -> UUID:
    world.appointment = hold(VISIT_AT + HOUR)
    services.confirm(
        world.appointment, confirmation=Confirmation(replace(PERSON, email=ADDRESS), ("booking",))
    )
    world.work()
    return world.appointment


def test_an_address_that_is_none_is_refused_beside_its_field(world: World) -> None:
    with pytest.raises(InvalidInputError) as refused:
        book(world, email="petr@")
    assert list(refused.value.fields) == ["email"]

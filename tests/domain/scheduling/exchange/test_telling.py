"""A patient is told once of each end of their visit's talk, in the commit that ends it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import ELSEWHEN, book, move
from domain.scheduling.exchange.world import SLOT, World, confirm, hold, killed_at_write
from domain.scheduling.scripted import MOVERS, Fault
from domain.scheduling.staff import REGISTRAR, somebody
from feldsher.conf.environment import BookingSettings
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind, LocationCard
from feldsher.domain.scheduling import changes, exchange, services, tokens
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.ports import ChangeKind
from feldsher.domain.scheduling.types import CancelReason, Said, Stage, State
from feldsher.foundation.access.roles import Role
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel.errors import NotFoundError
from support.sms import deliver

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 25, 19, tzinfo=UTC)
"""Ten in the evening in Moscow."""
MORNING = datetime(2026, 11, 26, 6, tzinfo=UTC)
LINK = re.compile(r"https://clinic\.example/visit/([0-9a-f-]{36})/[\w-]+/")


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def world(build: Build, set_clock: Callable[[datetime], None]) -> World:
    """Return a clinic whose branch has an address, with one clock for Python and the database."""
    world = build("reference")
    world.set_clock = set_clock
    set_clock(world.moment)
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="address", value="Липовая ул., 5", author="test")
    return world


def told() -> list[tuple[str, str]]:
    """Return kind and text of each message in order, «wiped» where its text is."""
    rows = Message.objects.order_by("created_at", "kind")
    return [(row.kind, read(row) if row.text else "wiped") for row in rows]


def read(row: Message) -> str:
    return LINK.sub(r"<\1>", open_(bytes(row.text), table="messaging_message", column="text", row=row.id))


def kinds() -> list[str]:
    return [kind for kind, _ in told()]


def starts_in(kind: str) -> timedelta:
    """Return how long the job of the message waits before it sends, in whole minutes of the real clock."""
    message = Message.objects.get(kind=kind)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM scheduled_at - now()), 0) FROM procrastinate_jobs"
            " WHERE args ->> 'sms' = %s",
            [str(message.id)],
        )
        return timedelta(minutes=round(float(cursor.fetchone()[0]) / 60))


def test_a_booking_is_told_when_it_stands_and_not_before(world: World) -> None:
    world.book()
    assert told() == []
    world.work()
    visit = world.appointment
    text = f"Вы записаны 26.11 в 10:00, Липовая ул., 5. Посмотреть или отменить: <{visit}>"
    assert told() == [("visit_booked", text)]
    row = Message.objects.get()
    assert (row.key, row.valid_until) == (f"visit_booked:{visit}", world.row().starts_at)
    exchange.run(visit)
    assert kinds() == ["visit_booked"]


def test_a_death_at_any_write_doubles_no_message_and_loses_none(world: World) -> None:
    deaths = 0
    for number in range(1, 30):  # the queue's own write is the first
        world.book()
        with killed_at_write(number) as ran:
            world.work()
        deaths += len(ran) > number
        world.quieten()
        assert world.state is State.BOOKED
        assert kinds() == ["visit_booked"]
        world.cancel()
        world.quieten()
        assert world.state is State.CANCELLED
        Message.objects.all().delete()
        if len(ran) <= number:
            break
    assert deaths > 5


def test_a_request_is_told_when_staff_have_written_it(world: World) -> None:
    branch = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    services.set_stage(branch, stage=Stage.REQUESTS, staff=somebody(Role.SYSTEM_ADMIN))
    world.book()
    world.work()
    assert (world.state, told()) == (State.UNKNOWN, [])
    services.decide(world.appointment, said=Said.BOOKED, staff=REGISTRAR)
    assert kinds() == ["visit_booked"]


def test_a_lost_answer_that_is_found_is_told_once(world: World) -> None:
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.book()
    world.quieten()
    assert (world.state, kinds()) == (State.BOOKED, ["visit_booked"])


def test_a_refusal_after_the_form_has_stopped_waiting_is_told(world: World) -> None:
    world.book()
    world.forward(2)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    assert world.state is State.REJECTED
    text = f"Записать вас 26.11 в 10:00 не удалось. Почему и другое время: <{world.appointment}>"
    assert told() == [("visit_rejected", text)]


def test_a_refusal_that_is_read_at_the_form_is_not_told_twice(world: World) -> None:
    world.book()
    world.forward(1)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    assert (world.state, told()) == (State.REJECTED, [])


def test_a_visit_that_its_mis_never_answered_about_is_told_to_be_none(world: World) -> None:
    world.mis.always["book"] = Fault.NOT_SENT
    world.book()
    for _ in range(14):
        world.tick()
    assert (world.state, kinds()) == (State.REJECTED, ["visit_rejected"])


def test_a_move_is_one_message_and_what_waited_of_the_old_time_is_kept_back(world: World) -> None:
    book(world)
    assert kinds() == ["visit_booked"]
    moved = move(world)
    world.work()
    world.work()
    text = f"Ваша запись перенесена: 26.11 в 13:00, Липовая ул., 5. Посмотреть или отменить: <{moved}>"
    assert sorted(told()) == [("visit_booked", "wiped"), ("visit_rescheduled", text)]


def test_a_move_that_is_refused_later_says_that_the_old_time_stays(world: World) -> None:
    book(world)
    Message.objects.all().delete()
    move(world)
    world.forward(2)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    text = (
        f"Перенести запись на 26.11 в 13:00 не удалось. Ждём вас, как прежде, 26.11 в 10:00: "
        f"<{world.appointment}>"
    )
    assert told() == [("move_rejected", text)]
    assert Appointment.objects.filter(starts_at=ELSEWHEN, state=State.BOOKED).count() == 0


def test_a_move_whose_visit_is_gone_does_not_say_that_the_old_time_stays(world: World) -> None:
    world.mis.kind = MOVERS["record"]
    book(world)
    Message.objects.all().delete()
    move(world)
    world.forward(2)
    world.mis.clerk_cancels(world.talk().ref)
    world.work()
    assert kinds() == ["visit_rejected"]


def test_a_cancel_is_told_when_the_mis_has_let_the_time_go_and_twice_is_once(world: World) -> None:
    world.book()
    world.work()
    deliver()
    world.cancel()
    world.cancel()
    assert kinds() == ["visit_booked"]
    world.work()
    world.cancel()
    world.work()
    ended = "Ваша запись 26.11 в 10:00 отменена. Выбрать другое время: clinic.example"
    assert sorted(told()) == [("visit_booked", "wiped"), ("visit_ended", ended)]


def test_who_cancels_right_after_booking_hears_of_the_cancel_alone(world: World) -> None:
    world.book()
    world.work()
    world.cancel()
    world.work()
    deliver()
    left = set(Message.objects.values_list("kind", "state"))
    assert left == {("visit_booked", "dropped"), ("visit_ended", "refused")}  # nobody provides here


def test_a_cancel_that_the_mis_refuses_is_told_by_the_promised_call_alone(world: World) -> None:
    world.book()
    world.work()
    world.cancel()
    world.mis.script["cancel"] = [Fault.REFUSED]
    world.work()
    assert (world.state, world.row().reason) == (State.BOOKED, "cancel_rejected")
    assert kinds() == ["visit_booked"]
    assert len(world.calls_promised()) == 1


def test_what_the_mis_cancels_is_told_in_its_own_words(world: World) -> None:
    world.book()
    world.work()
    (record,) = world.mis.booked()
    record.state = "cancelled"
    world.mis.tell(ChangeKind.CANCELLED, record)
    world.forward(1)
    changes.follow(clinic.MIS)
    text = "Ваша запись 26.11 в 10:00 отменена не вами. Выбрать другое время: clinic.example"
    assert sorted(told()) == [("visit_booked", "wiped"), ("visit_cancelled", text)]


def test_a_cancel_of_ours_that_the_feed_confirms_first_is_told_once(world: World) -> None:
    world.book()
    world.work()
    world.forward(1)
    world.cancel()
    (record,) = world.mis.booked()
    record.state = "cancelled"
    world.mis.tell(ChangeKind.CANCELLED, record)
    changes.follow(clinic.MIS)
    world.work()
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_by_patient")
    assert sorted(kinds()) == ["visit_booked", "visit_ended"]


def test_what_a_person_does_at_night_is_answered_at_night(world: World) -> None:
    world.forward((LATE - world.moment).total_seconds())
    world.appointment = at_two()
    world.work()
    world.cancel()
    world.work()
    assert (starts_in("visit_booked"), starts_in("visit_ended")) == (timedelta(0), timedelta(0))


def test_what_others_do_at_night_is_told_in_the_morning(world: World) -> None:
    world.forward((LATE - world.moment).total_seconds())
    world.appointment = at_two()
    Appointment.objects.filter(pk=world.appointment).update(channel="desk")
    world.work()
    assert starts_in("visit_booked") == MORNING - LATE
    services.cancel_by_staff(world.appointment, why=CancelReason.PATIENT_ASKED, staff=REGISTRAR)
    world.work()
    assert starts_in("visit_ended") == MORNING - LATE


def test_what_a_person_did_in_the_evening_and_is_known_in_the_night_waits(world: World) -> None:
    world.forward((LATE - world.moment).total_seconds() - 1800)
    world.appointment = at_two()
    world.forward(1800)
    world.work()
    assert starts_in("visit_booked") == MORNING - LATE


def test_a_clinic_whose_mis_tells_of_it_sends_refusals_alone(world: World, settings: Settings) -> None:
    settings.FELDSHER_BOOKING = BookingSettings(messages=False)
    world.book()
    world.work()
    world.cancel()
    world.work()
    assert told() == []
    world.mis.script["book"] = [Fault.REFUSED]
    world.book()
    world.forward(2)
    world.work()
    assert kinds() == ["visit_rejected"]


def test_nothing_of_it_is_kept_without_a_provider(world: World, settings: Settings) -> None:
    settings.FELDSHER_SMS = None
    world.book()
    world.work()
    world.cancel()
    world.work()
    assert (world.state, told()) == (State.CANCELLED, [])


def test_a_visit_that_the_feed_brings_after_it_was_given_up_is_told(world: World) -> None:
    world.book()
    world.forward(2)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    record = world.mis._add(SLOT, state="booked", owner="clerk", reference=str(world.appointment))
    world.mis.tell(ChangeKind.BOOKED, record)
    world.forward(60)
    changes.follow(clinic.MIS)
    assert sorted(kinds()) == ["visit_booked", "visit_rejected"]
    row = Appointment.objects.get(state=State.BOOKED)
    assert Message.objects.get(kind="visit_booked").key == f"visit_booked:{row.id}"


def at_two() -> UUID:
    """Book for two in the afternoon: too late to wake anybody for."""
    visit = hold(datetime(2026, 11, 26, 11, tzinfo=UTC))
    confirm(visit)
    return visit


def test_the_secret_of_the_link_opens_the_visit(world: World) -> None:
    world.book()
    world.work()
    row = Message.objects.get()
    text = open_(bytes(row.text), table="messaging_message", column="text", row=row.id)
    assert text.endswith(f"/visit/{world.appointment}/{tokens.appointment_token(world.appointment)}/")


def test_a_branch_that_is_no_more_ends_no_booking(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(location: UUID) -> LocationCard:
        raise NotFoundError(f"{location}")

    world.book()
    monkeypatch.setattr(directory, "location", gone)
    world.work()
    assert (world.state, told()) == (State.BOOKED, [])
    assert "its branch is no more, and nobody is told of its end" in caplog.text

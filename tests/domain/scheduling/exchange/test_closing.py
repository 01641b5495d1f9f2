"""A doctor's day is off: each patient is asked once, chooses by the link, or is called."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.test_moving import Booked, booked, slot_at
from domain.scheduling.exchange.world import PERSON, VISIT_AT, World, confirm, hold
from domain.scheduling.factory import doctor_day
from domain.scheduling.scripted import Fault
from domain.scheduling.staff import EDITOR, REGISTRAR
from feldsher.domain.directory.services import import_snapshot
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import selectors, services, tending, tokens
from feldsher.domain.scheduling.errors import SlotNotOfferedError
from feldsher.domain.scheduling.models import Appointment, CallRequest, OtherTimes
from feldsher.domain.scheduling.types import Answered, SlotKey, State
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging.models import Message
from feldsher.kernel.intervals import Interval

__all__ = ["booked"]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def world(booked: Booked) -> World:
    """«Пробный Пётр» is booked for ten, another patient for noon, a third for the day after."""
    world = booked("reference")
    for number, hours in enumerate((2, 24)):
        visit = hold(VISIT_AT + hours * HOUR)
        confirm(visit, person=replace(PERSON, family="Второпробный", phone=f"+7 900 000-03-0{number}"))
    world.work()
    return world


def close(staff: Staff = REGISTRAR) -> int:
    return services.offer_other_times(
        clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        day=VISIT_AT.date(),
        staff=staff,
    )


def answers() -> list[Answered]:
    return [each.answered for day in selectors.days_off(REGISTRAR) for each in day.patients]


def texts() -> int:
    return Message.objects.filter(kind="other_times").count()


def test_everybody_of_the_day_is_asked_once_and_nobody_else(world: World) -> None:
    assert close() == 2
    assert (texts(), answers()) == (2, [Answered.WAITING, Answered.WAITING])
    assert close() == 0
    assert texts() == 2
    assert Appointment.objects.filter(state=State.BOOKED).count() == 3


def test_the_visit_says_that_it_is_off_until_its_patient_has_moved_it(world: World) -> None:
    close()
    token = tokens.appointment_token(world.appointment)
    assert selectors.appointment(world.appointment, token=token).is_off
    slot = slot_at(VISIT_AT + 3 * HOUR)
    made = services.move(world.appointment, token=token, slot=slot, device=uuid4().hex)
    world.work()
    assert not selectors.appointment(world.appointment, token=token).is_off
    assert not selectors.appointment(made.appointment_id, token=made.token).is_off
    assert answers() == [Answered.MOVED, Answered.WAITING]


def test_who_is_asked_may_go_to_a_colleague_at_the_very_hour_and_nobody_else_may(world: World) -> None:
    colleague = clinic.doctor("doc-too", services=clinic.EYE.services)
    import_snapshot(clinic.MIS, snapshot=clinic.snapshot(practitioners=(clinic.EYE, colleague)))
    place = {"practitioner": clinic.row(Kind.PRACTITIONER, colleague.id)}
    place["location"] = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    place["service"] = clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id)
    doctor_day(Interval(VISIT_AT, VISIT_AT + 4 * HOUR), mis=clinic.MIS, zone="Europe/Moscow", **place)
    key = SlotKey(place["practitioner"], place["location"], place["service"], VISIT_AT)
    token = tokens.appointment_token(world.appointment)
    wanted = {"token": token, "slot": tokens.slot_token(key), "device": uuid4().hex}
    with pytest.raises(SlotNotOfferedError):
        services.move(world.appointment, **wanted)
    close()
    own = selectors.appointment(world.appointment, token=token).key
    (times,) = selectors.times_of_colleagues(own, per=3).values()
    assert (len(times), times[0].key) == (3, key)
    made = services.move(world.appointment, **wanted)
    world.work()
    assert Appointment.objects.get(pk=world.appointment).state == State.MOVED
    moved = Appointment.objects.get(pk=made.appointment_id)
    assert (moved.state, moved.practitioner, moved.starts_at) == (State.BOOKED, key.practitioner_id, VISIT_AT)
    (left,) = world.mis.booked()[-1:]
    assert left.slot.resource.practitioner_id == colleague.id
    assert answers() == [Answered.MOVED, Answered.WAITING]


def test_who_has_not_answered_by_the_hour_is_called_once(world: World) -> None:
    close()
    world.cancel()
    world.work()
    assert tending.ask_the_silent() == 0
    world.forward((3 * HOUR).total_seconds())
    assert tending.ask_the_silent() == 1
    assert tending.ask_the_silent() == 0
    assert answers() == [Answered.CANCELLED, Answered.CALLED]
    (call,) = CallRequest.objects.all()
    assert call.appointment != world.appointment


def test_an_answer_settles_the_question_and_a_cancel_that_is_refused_does_not(world: World) -> None:
    close()
    token = tokens.appointment_token(world.appointment)
    world.cancel()
    tending.ask_the_silent()
    assert OtherTimes.objects.filter(settled_at=None).count() == 2
    world.mis.script["cancel"] = [Fault.REFUSED]
    world.work()
    assert (world.state, selectors.appointment(world.appointment, token=token).is_off) == (State.BOOKED, True)
    world.cancel()
    world.work()
    tending.ask_the_silent()
    (settled,) = OtherTimes.objects.exclude(settled_at=None)
    assert (settled.appointment, settled.settled_at) == (world.appointment, world.moment)


def test_a_visit_that_is_near_is_called_about_sooner(world: World) -> None:
    world.forward((VISIT_AT - HOUR - world.moment).total_seconds())
    close()
    first = OtherTimes.objects.earliest("answer_by")
    assert first.answer_by - world.moment == timedelta(minutes=30)


def test_who_may_not_resolve_visits_asks_nobody(world: World) -> None:
    with pytest.raises(ForbiddenError):
        close(EDITOR)
    assert texts() == 0

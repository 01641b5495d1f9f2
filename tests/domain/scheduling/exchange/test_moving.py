"""A move takes the new time before it lets the old one go, whatever is lost on the way, and only once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import NOW, SLOT, VISIT_AT, World, confirm, hold
from domain.scheduling.factory import doctor_day
from domain.scheduling.scripted import KINDS, Fault
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import changes, services, tokens
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    KeyReusedError,
    NotCancellableError,
    NotMovableError,
    PatientBusyError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.models import Appointment, Discrepancy, Exchange
from feldsher.domain.scheduling.services import moving
from feldsher.domain.scheduling.types import Idempotency, SlotKey, State
from feldsher.kernel.intervals import Interval

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ELSEWHEN = VISIT_AT + 3 * HOUR


Booked = Callable[[str], World]


@pytest.fixture
def booked(build: Build, set_clock: Callable[[datetime], None]) -> Booked:
    """Book a patient for ten in a clinic of that kind of MIS; the doctor is free all day."""

    def make(kind: str) -> World:
        world = build(kind)
        world.set_clock = set_clock
        set_clock(NOW)
        book(world)
        return world

    return make


@pytest.fixture
def world(booked: Booked) -> World:
    return booked("reference")


def book(world: World) -> None:
    doctor_day(
        Interval(VISIT_AT - HOUR, VISIT_AT + 8 * HOUR),
        practitioner=clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        service=clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        mis=clinic.MIS,
        zone="Europe/Moscow",
    )
    world.book()
    world.work()
    assert world.state is State.BOOKED


def slot_at(moment: datetime) -> str:
    key = SlotKey(
        clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        clinic.row(Kind.LOCATION, clinic.NORTH.id),
        clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        moment,
    )
    return tokens.slot_token(key)


def move(
    world: World, moment: datetime = ELSEWHEN, *, key: bytes | None = None, body: bytes = bytes(32)
) -> UUID:
    made = services.move(
        world.appointment,
        token=tokens.appointment_token(world.appointment),
        slot=slot_at(moment),
        device=uuid4().hex,
        idempotency=Idempotency(key, body) if key else None,
    )
    return made.appointment_id


def state(visit: UUID) -> State:
    return State(Appointment.objects.get(pk=visit).state)


def test_the_old_visit_stands_until_the_new_one_is_booked(world: World) -> None:
    moved = move(world)
    assert (world.state, state(moved)) == (State.BOOKED, State.BOOKING)
    world.work()
    assert (world.state, world.row().reason, state(moved)) == (State.MOVED, "moved_by_patient", State.BOOKED)
    world.work()
    (record,) = world.mis.booked()
    assert (record.reference, record.slot.begin) == (str(moved), SLOT.begin.plus(3 * 3600))
    new = Appointment.objects.get(pk=moved)
    assert (new.chain, new.patient) == (world.row().chain, world.row().patient)
    assert new.version > world.row().version


def test_a_move_that_is_refused_leaves_the_visit_where_it_was(world: World) -> None:
    moved = move(world)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    assert (world.state, state(moved)) == (State.BOOKED, State.REJECTED)
    world.agrees()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "fault", [Fault.COMMIT_THEN_DROP, Fault.COMMIT_LATE, Fault.DROPPED, Fault.KILLED_AFTER]
)
def test_a_lost_answer_ends_with_one_visit(booked: Booked, kind: str, fault: Fault) -> None:
    world = booked(kind)
    moved = move(world)
    world.mis.script["book"] = [fault]
    world.work()
    for _ in range(25):
        world.tick()
    world.mis.settle()
    stands = [visit for visit in (world.appointment, moved) if state(visit) is State.BOOKED]
    if state(moved) is State.UNKNOWN:  # nobody but a person can tell, and the old visit stands meanwhile
        assert kind in {"blind", "patients"}
        assert stands == [world.appointment]
        assert Exchange.objects.get(pk=moved).needs_person_at is not None
    else:
        assert len(stands) == len(world.mis.booked()) == 1


def test_a_cancel_of_the_old_time_that_is_lost_is_asked_again(world: World) -> None:
    move(world)
    world.mis.script["cancel"] = [Fault.DROPPED, Fault.DROPPED]
    world.work()
    world.work()
    for _ in range(4):
        world.tick()
    assert len(world.mis.booked()) == 1


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.DROPPED, Fault.COMMIT_LATE])
def test_a_record_that_is_still_being_freed_is_not_taken_for_a_new_visit_at_its_time(
    booked: Booked, fault: Fault
) -> None:
    """The MIS frees the old time late, and its patient takes it again: by patient and time they are one."""
    world = booked("patients")
    moved = move(world)
    world.mis.script["cancel"] = [Fault.COMMIT_LATE]
    world.work()
    world.work()
    again = hold()
    confirm(again)
    world.mis.script["book"] = [fault]
    world.work()
    for _ in range(25):
        world.tick()
    world.mis.settle()
    assert (world.state, state(moved), state(again)) == (State.MOVED, State.BOOKED, State.BOOKED)
    told = {Exchange.objects.get(pk=visit).ref for visit in (moved, again)}
    assert told == {record.ref for record in world.mis.booked()}
    assert len(told) == 2


def test_where_the_old_time_can_t_be_freed_a_person_is_asked(world: World) -> None:
    move(world)
    world.mis.always["cancel"] = Fault.DROPPED
    for _ in range(12):
        world.tick()
    assert world.talk().needs_person_at is not None
    assert world.talk().stage == "done"
    assert len(world.calls_promised()) == 1


def test_the_same_move_twice_is_one(world: World) -> None:
    first = move(world)
    assert move(world) == first
    with pytest.raises(NotMovableError):
        move(world, ELSEWHEN + HOUR)
    assert Appointment.objects.filter(active=True).count() == 2
    world.work()
    assert state(first) is State.BOOKED


def test_a_key_finds_its_move_again_and_no_other_time(world: World) -> None:
    key = bytes(32)
    first = move(world, key=key)
    assert move(world, key=key) == first
    with pytest.raises(KeyReusedError):
        move(world, ELSEWHEN + HOUR, key=key, body=b"1" * 32)
    world.work()
    assert move(world, key=key) == first
    assert state(first) is State.BOOKED


def test_a_twin_with_the_same_key_that_was_faster_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both hold the one time; who comes later to take it finds it taken by its twin."""
    key, take, faster = bytes(32), moving._take, []

    def overtaken(*arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(moving, "_take", take)
        faster.append(move(world, key=key))
        take(*arguments, **more)

    monkeypatch.setattr(moving, "_take", overtaken)
    assert [move(world, key=key)] == faster
    assert Appointment.objects.filter(active=True).count() == 2


def test_a_moved_visit_can_be_moved_on_and_the_old_link_can_not(world: World) -> None:
    first = move(world)
    world.work()
    with pytest.raises(NotMovableError):
        move(world, ELSEWHEN + HOUR)
    old, world.appointment = world.appointment, first
    second = move(world, ELSEWHEN + HOUR)
    world.work()
    assert [state(visit) for visit in (old, first, second)] == [State.MOVED, State.MOVED, State.BOOKED]


def test_a_time_of_the_patient_s_other_visit_is_refused_and_let_go(world: World) -> None:
    other = hold(ELSEWHEN)
    Appointment.objects.filter(pk=other).update(practitioner=clinic.row(Kind.PRACTITIONER, clinic.HEART.id))
    confirm(other)
    with pytest.raises(PatientBusyError):
        move(world)
    assert not Appointment.objects.filter(state=State.HELD).exists()
    assert world.state is State.BOOKED


def test_a_visit_that_is_over_or_cancelled_is_not_moved(world: World) -> None:
    world.cancel()
    with pytest.raises(NotMovableError):
        move(world)
    assert not Appointment.objects.filter(state=State.HELD).exists()


def test_a_visit_that_is_being_moved_is_cancelled_once_that_is_over(world: World) -> None:
    """Else the patient who cancels the old time would be booked for the new one."""
    moved = move(world)
    with pytest.raises(NotCancellableError):
        world.cancel()
    world.work()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    services.cancel(moved, token=tokens.appointment_token(moved))
    world.work()
    assert world.mis.booked() == []


@pytest.mark.parametrize("party", ["practitioner_id", "location_id", "service_id"])
def test_a_time_of_somebody_else_is_no_move(world: World, party: str) -> None:
    key = replace(tokens.read_slot_token(slot_at(ELSEWHEN)), **{party: uuid4()})
    token = tokens.appointment_token(world.appointment)
    with pytest.raises(SlotNotOfferedError):
        services.move(world.appointment, token=token, slot=tokens.slot_token(key), device="")
    assert Appointment.objects.count() == 1


def test_a_wrong_secret_moves_nothing(world: World) -> None:
    with pytest.raises(AppointmentNotFoundError):
        services.move(world.appointment, token="A" * 22, slot=slot_at(ELSEWHEN), device="")
    assert Appointment.objects.count() == 1


def test_a_visit_that_the_clinic_cancels_while_it_moves_is_not_lost(world: World) -> None:
    """The feed cancels the old one; the new one is booked all the same, and nothing is left open."""
    moved = move(world)
    world.mis.clerk_cancels(world.talk().ref)
    changes.follow(clinic.MIS)
    world.work()
    assert (world.state, state(moved)) == (State.CANCELLED, State.BOOKED)
    assert not Discrepancy.objects.filter(settled_at=None).exists()


def test_a_move_whose_answer_the_feed_brings_ends_the_old_visit_too(world: World) -> None:
    moved = move(world)
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    assert state(moved) is State.UNKNOWN
    changes.follow(clinic.MIS)
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    world.work()
    assert len(world.mis.booked()) == 1


def test_a_discrepancy_of_the_old_visit_ends_with_it(world: World) -> None:
    with transaction.atomic():
        Discrepancy.objects.create(
            appointment=world.appointment, mis=clinic.MIS, kind="cancelled", day=VISIT_AT.date(),
            practitioner=world.row().practitioner, location=world.row().location, state="waiting",
            found_at=NOW, seen_at=NOW,
        )  # fmt: skip
    move(world)
    world.work()
    assert Discrepancy.objects.get().state == "gone"

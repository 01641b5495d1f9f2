"""Whatever goes wrong at a call, the MIS and we end with the same visit, or the same none."""

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import SLOT, VISIT_AT
from domain.scheduling.scripted import KINDS, Fault
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.ports import Ambiguous, NotForPatient, Person
from feldsher.domain.scheduling.sealed import open_call
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.django_db

STEPS = {
    "reserves": ("hold", "book"),
    "reference": ("book",),
    "patients": ("ensure_patient", "book"),
    "blind": ("book",),
}
PLACES = [(kind, step) for kind, steps in STEPS.items() for step in steps]
CASES = [
    (kind, step, fault)
    for kind, step in PLACES
    for fault in Fault
    if fault not in {Fault.OK, Fault.AMBIGUOUS}
    and not (step == "ensure_patient" and fault in {Fault.REFUSED, Fault.CLERK_RACE})
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_is_booked_once_in_one_run(build: Build, kind: str) -> None:
    world = build(kind)
    world.book()
    assert world.state is State.BOOKING
    assert world.work() == 1
    assert world.state is State.BOOKED
    assert world.row().answer_by is None
    world.agrees()
    assert world.calls_promised() == []
    assert world.mis.calls == list(STEPS[kind])


@pytest.mark.parametrize(("kind", "step", "fault"), CASES)
def test_after_one_fault_both_sides_agree(build: Build, kind: str, step: str, fault: Fault) -> None:
    world = build(kind)
    world.book()
    world.mis.script[step] = [fault]
    world.work()
    world.quieten()
    world.agrees()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "step", "fault"), CASES)
def test_whatever_never_stops_going_wrong_ends_with_an_answer_or_a_call(
    build: Build, kind: str, step: str, fault: Fault
) -> None:
    world = build(kind)
    world.book()
    world.mis.always[step] = fault
    world.work()
    for _ in range(14):
        world.tick()
    assert world.state in {State.BOOKED, State.REJECTED, State.UNKNOWN}
    refused = {Fault.REFUSED, Fault.CLERK_RACE}
    asked = len(world.calls_promised())
    assert asked == (0 if world.state is State.BOOKED or fault in refused else 1)
    if asked:
        promised = world.calls_promised()[0]
        assert world.row().answer_by == promised.call_by
        assert promised.call_by > world.moment
        assert "Пробный".encode() not in bytes(promised.name)
    world.quieten()
    world.agrees()


def test_a_lost_answer_is_read_back_before_anything_is_sent(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    assert world.state is State.UNKNOWN
    assert world.row().reason == "no_answer"
    world.tick()
    assert world.state is State.BOOKED
    assert world.mis.calls == ["book", "find"]


def test_absent_is_believed_after_two_reads_later_than_settle_and_only_then_sent_again(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.DROPPED]
    world.work()
    for _ in range(6):  # 60 seconds: a turn, the time limit of a call and the settle time are 70
        world.tick()
    assert world.mis.calls == ["book"] + ["find"] * 6
    assert world.talk().absent_reads == 0
    world.tick()
    assert world.talk().absent_reads == 1
    assert world.state is State.UNKNOWN
    world.tick()
    assert world.mis.calls == ["book"] + ["find"] * 8 + ["book"]
    assert world.state is State.BOOKED
    world.agrees()


def test_what_commits_late_is_found_and_not_sent_again(build: Build) -> None:
    world = build("patients")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_LATE]
    world.work()
    for _ in range(3):
        world.tick()
    assert world.state is State.BOOKED
    assert world.mis.calls.count("book") == 1


def test_where_nothing_can_be_asked_a_person_is_and_the_time_stays_blocked(build: Build) -> None:
    world = build("blind")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    for _ in range(20):
        world.tick()
    assert world.state is State.UNKNOWN
    assert world.row().active
    assert len(world.calls_promised()) == 1
    assert world.mis.calls.count("book") == 1


def test_a_reserve_whose_answer_was_lost_does_not_make_its_own_time_taken(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["hold"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    for _ in range(5):
        world.tick()
    assert world.state is State.UNKNOWN
    for _ in range(8):
        world.tick()
    assert world.state is State.REJECTED
    assert world.row().reason == "mis_unavailable"
    assert len(world.calls_promised()) == 1
    world.agrees()


def test_a_reserve_is_taken_when_no_ghost_of_ours_can_be_in_the_way(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.clerk_books(SLOT)
    world.work()
    assert (world.state, world.row().reason) == (State.REJECTED, "taken_in_mis")
    assert world.calls_promised() == []


@pytest.mark.parametrize(("kind", "step"), PLACES)
def test_what_never_left_is_sent_again_until_the_hour_is_over_then_given_up_with_a_call(
    build: Build, kind: str, step: str
) -> None:
    world = build(kind)
    world.book()
    world.mis.always[step] = Fault.NOT_SENT
    world.work()
    for _ in range(11):
        world.tick()
    assert world.state is State.BOOKING
    assert world.mis.calls.count(step) == 12
    world.tick()
    assert (world.state, world.row().reason) == (State.REJECTED, "mis_unavailable")
    assert len(world.calls_promised()) == 1
    world.quieten()
    world.agrees()


def test_several_cards_of_a_patient_wait_for_a_person_who_is_asked_at_once(build: Build) -> None:
    world = build("patients")
    world.book()
    world.mis.always["ensure_patient"] = Fault.AMBIGUOUS
    world.work()
    assert world.state is State.UNKNOWN
    assert len(world.calls_promised()) == 1
    assert world.row().answer_by == world.calls_promised()[0].call_by
    assert "book" not in world.mis.calls
    world.mis.always.clear()
    world.tick()
    assert world.state is State.BOOKED
    world.agrees()


def test_a_card_that_only_a_person_can_make_waits_for_one(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build("patients")
    world.book()

    def none(person: Person, *, location_id: str) -> Ambiguous:
        return Ambiguous(0)

    with monkeypatch.context() as lacking:
        lacking.setattr(world.mis, "ensure_patient", none)
        world.work()
    assert world.state is State.UNKNOWN
    (call,) = world.calls_promised()
    assert open_call(call.topic, column="topic", row=call.id) == (
        "Завести карту пациента в МИС: сайт не может завести её сам. Время: 2026-11-26 10:00"
    )
    world.tick()
    assert world.state is State.BOOKED


def test_a_time_that_is_not_for_this_patient_is_refused_with_that_reason(build: Build) -> None:
    world = build("patients")
    world.mis.refusal = NotForPatient("нет прикрепления")
    world.book()
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    assert (world.state, world.row().reason) == (State.REJECTED, "not_for_patient")
    world.agrees()


def test_a_visit_whose_cards_nobody_chose_ends_when_it_would_begin(build: Build) -> None:
    world = build("patients")
    world.book()
    world.mis.always["ensure_patient"] = Fault.AMBIGUOUS
    world.work()
    world.forward((VISIT_AT - world.moment).total_seconds())
    world.tick()
    assert (world.state, world.row().reason) == (State.REJECTED, "mis_unavailable")


def test_trap_05_a_reserve_that_ran_out_before_the_booking_is_made_anew(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.NOT_SENT]
    world.work()
    world.mis.records[0].state = "cancelled"
    world.tick()
    world.tick()
    assert world.state is State.BOOKED
    assert [record.state for record in world.mis.records] == ["cancelled", "booked"]
    world.agrees()


def test_trap_05_a_refusal_gives_the_reserve_back_and_keeps_asking_until_it_is_given(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.REFUSED]
    world.mis.script["cancel"] = [Fault.DROPPED, Fault.NOT_SENT]
    world.work()
    assert (world.state, world.talk().stage) == (State.REJECTED, "release")
    world.tick()
    world.tick()
    assert world.talk().stage == "done"
    assert world.mis.calls == ["hold", "book", "cancel", "cancel", "cancel"]
    assert [record.state for record in world.mis.records] == ["cancelled"]


def test_a_reserve_that_cannot_be_given_back_is_left_to_the_mis_after_five_calls(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.REFUSED]
    world.mis.always["cancel"] = Fault.NOT_SENT
    world.work()
    for _ in range(10):
        world.tick()
    assert world.talk().stage == "done"
    assert world.mis.calls.count("cancel") == 5


def test_a_late_booking_over_a_refused_reserve_is_cancelled_again(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_LATE, Fault.REFUSED]
    world.work()
    record = world.mis.records[0]
    world.tick()
    assert world.state is State.REJECTED
    assert record.state == "cancelled"
    record.state = "reserved"  # a MIS that lets a late write bring a cancelled document back
    world.forward(30)
    world.mis.settle()
    assert record.state == "booked"
    world.quieten()
    world.agrees()


def test_a_mis_that_the_settings_no_longer_name_ends_in_a_call(build: Build) -> None:
    world = build("reference")
    world.book()
    gateways.bind({})
    world.work()
    for _ in range(13):
        world.tick()
    assert (world.state, world.row().reason) == (State.REJECTED, "mis_unavailable")
    assert len(world.calls_promised()) == 1
    gateways.bind({clinic.MIS: world.mis})
    world.agrees()


def test_a_visit_that_the_registry_moved_meanwhile_is_not_called_booked_at_the_old_time(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    record = world.mis.records[0]
    record.slot = type(SLOT)(SLOT.resource, SLOT.begin.plus(3600), 30)
    for _ in range(13):
        world.tick()
    assert world.state is State.UNKNOWN
    assert len(world.calls_promised()) == 1


def test_a_refusal_after_a_lost_answer_is_believed_only_when_our_own_visit_is_not_there(build: Build) -> None:
    """A MIS that commits later than it should: our second call meets our first."""
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.DROPPED]
    world.work()
    world.mis.on_call = lambda operation: _appear(world, operation)
    world.quieten()
    assert world.state is State.BOOKED
    world.agrees()


def _appear(world: object, operation: str) -> None:
    mis = world.mis  # type: ignore[attr-defined]
    if operation == "book":
        mis._add(SLOT, state="booked", owner="site", reference=str(world.appointment))  # type: ignore[attr-defined]

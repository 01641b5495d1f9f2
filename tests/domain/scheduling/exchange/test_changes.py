"""What a MIS did itself always applies, once, whatever crashes; only then is it acknowledged."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import PERSON, SLOT, VISIT_AT, World, confirm, hold
from domain.scheduling.factory import party
from domain.scheduling.scripted import Fault, Killed, Record
from feldsher.domain.scheduling import changes
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, Exchange, SyncStatus
from feldsher.domain.scheduling.ports import ChangeBatch, ChangeKind, RemoteResource, RemoteSlot
from feldsher.domain.scheduling.types import PersonInput, State

pytestmark = pytest.mark.django_db
MIS = clinic.MIS
HOUR = timedelta(hours=1)


def at(hours: float) -> RemoteSlot:
    """Return the usual slot so many hours later."""
    return replace(SLOT, begin=SLOT.begin.plus(int(hours * 3600)))


def stranger(world: World, hours: float = 0) -> Record:
    """Let a registrar book somebody by phone, also over what stands there."""
    return world.mis._add(at(hours), state="booked", owner="clerk")


def rows() -> list[tuple[str, float, int, bool]]:
    """Return state, hours after the usual time, lane and overlap of all rows in order of their making."""
    found = Appointment.objects.order_by("created_at", "version")
    return [(row.state, (row.visit.lower - VISIT_AT) / HOUR, row.lane, row.mis_overlap) for row in found]


def move(world: World, record: Record, hours: float) -> None:
    record.slot = at(hours)
    world.mis.tell(ChangeKind.MOVED, record)


def test_a_visit_of_the_registry_takes_its_time_here(build: Build) -> None:
    world = build("reference")
    record = stranger(world)
    assert changes.follow(MIS) == 1
    row = Appointment.objects.get()
    assert rows() == [("booked", 0.0, 0, False)]
    assert (row.patient, row.channel, row.service) == (None, "mis", UNNAMED_SERVICE)
    assert Exchange.objects.get(pk=row.id).ref == record.ref


def test_it_overlaps_ours_in_a_lane_of_its_own_and_says_so(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    stranger(world, 0.25)
    changes.follow(MIS)
    assert rows() == [("booked", 0.0, 0, False), ("booked", 0.25, 1, True)]


def test_it_may_be_a_place_of_a_group(build: Build) -> None:
    world = build("reference")
    stranger(world)
    changes.follow(MIS)
    row = Appointment.objects.get()
    times = row.visit.lower, row.visit.upper
    assert row.party == party(*times, practitioner=row.practitioner, location=row.location)


def test_a_hold_loses_to_it(build: Build) -> None:
    world = build("reference")
    held = hold()
    stranger(world, 0.25)
    changes.follow(MIS)
    loser = Appointment.objects.get(pk=held)
    assert (loser.state, loser.reason) == (State.RELEASED, "taken_in_mis")
    assert rows()[1] == ("booked", 0.25, 0, False)


def test_a_hold_elsewhere_stays(build: Build) -> None:
    world = build("reference")
    held = hold()
    stranger(world, 1)
    changes.follow(MIS)
    assert Appointment.objects.get(pk=held).state == State.HELD


def test_a_lost_answer_of_ours_is_found_in_the_feed(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    assert world.state is State.UNKNOWN
    assert changes.follow(MIS) == 1
    assert world.state is State.BOOKED
    assert world.row().answer_by is None
    world.agrees()
    assert len(rows()) == 1


def test_what_the_feed_confirms_while_the_answer_is_under_way_stays_booked(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP, Fault.OK]

    def meanwhile(operation: str) -> None:
        if operation == "find":
            changes.follow(MIS)

    world.mis.on_call = meanwhile
    world.work()
    world.tick()
    assert world.state is State.BOOKED
    world.agrees()


def test_our_own_visit_that_comes_back_in_the_feed_changes_nothing(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    assert changes.follow(MIS) == 0
    assert rows() == [("booked", 0.0, 0, False)]


def test_a_cancel_of_the_registry_cancels_here(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    world.mis.clerk_cancels(world.talk().ref)
    assert changes.follow(MIS) == 1
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_in_mis")
    world.agrees()


def test_a_cancel_of_the_registry_ends_our_own_cancel(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    world.cancel()
    world.mis.clerk_cancels(world.talk().ref)
    changes.follow(MIS)
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_by_patient")


def test_a_cancel_that_overtakes_our_answer_is_not_lost(build: Build) -> None:
    """Booked, cancelled by the registry and told by the feed, all before our call returns."""
    world = build("reference")
    world.book()
    book = world.mis._book

    def slow_book(request: Any) -> Any:
        outcome = book(request)
        world.mis.clerk_cancels(world.mis.booked()[0].ref)
        changes.follow(MIS)
        return outcome

    world.mis._book = slow_book  # type: ignore[method-assign]
    world.work()
    world.mis._book = book  # type: ignore[method-assign]
    world.quieten()
    assert world.state is State.REJECTED
    world.agrees()


def test_a_moved_visit_is_a_new_version_in_its_chain(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    move(world, world.mis.booked()[0], 2)
    assert changes.follow(MIS) == 1
    assert rows() == [("moved", 0.0, 0, False), ("booked", 2.0, 0, False)]
    new = Appointment.objects.get(state=State.BOOKED)
    old = world.row()
    assert (new.chain, new.patient, new.service, new.channel) == (
        old.chain,
        old.patient,
        old.service,
        old.channel,
    )
    assert Exchange.objects.get(pk=new.id).wall_start == "2026-11-26T12:00:00"


def test_a_visit_may_move_into_its_own_old_time(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    move(world, world.mis.booked()[0], 0.25)
    changes.follow(MIS)
    assert rows() == [("moved", 0.0, 0, False), ("booked", 0.25, 0, False)]


def test_a_lost_visit_that_was_moved_is_booked_at_its_new_time(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    move(world, world.mis.booked()[0], 2)
    changes.follow(MIS)
    assert [row[:2] for row in rows()] == [("moved", 0.0), ("booked", 2.0)]


def test_a_move_onto_another_visit_of_the_patient_applies_too(build: Build) -> None:
    """The constraint of the patient may not keep the doctor's time free here that is taken there."""
    world = build("reference")
    world.book()
    world.work()
    first = world.mis.booked()[0]
    other = hold(VISIT_AT + 2 * HOUR)
    confirm(other)
    world.work()
    move(world, first, 2)
    assert changes.follow(MIS) == 1
    assert rows() == [("moved", 0.0, 0, False), ("booked", 2.0, 0, False), ("booked", 2.0, 1, True)]


def test_a_visit_that_we_gave_up_and_the_mis_has_after_all_is_booked(build: Build) -> None:
    """Written later than any settle time: the MIS is right."""
    world = build("reference")
    world.book()
    world.mis.always["book"] = Fault.NOT_SENT
    for _ in range(13):
        world.tick()
    assert world.state is State.REJECTED
    world.mis._add(SLOT, state="booked", owner="site", reference=str(world.appointment))
    assert changes.follow(MIS) == 1
    assert changes.follow(MIS) == 0
    assert [row[:2] for row in rows()] == [("rejected", 0.0), ("booked", 0.0)]
    assert Appointment.objects.get(state=State.BOOKED).patient == world.row().patient


def test_an_unknown_doctor_is_logged_and_the_others_are_served(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    world = build("reference")
    unknown = replace(SLOT, resource=RemoteResource("doc-nobody", clinic.NORTH.id))
    record = world.mis._add(unknown, state="booked", owner="clerk")
    stranger(world, 1)
    with caplog.at_level(logging.ERROR):
        assert changes.follow(MIS) == 1
    assert record.ref in caplog.text
    assert rows() == [("booked", 1.0, 0, False)]
    assert world.mis.acked == ["to 2"]


def test_a_change_without_a_time_does_not_stop_the_others(build: Build) -> None:
    world = build("reference")
    record = stranger(world)
    world.mis.feed[0] = replace(world.mis.feed[0], minutes=0)
    stranger(world, 1)
    assert changes.follow(MIS) == 1
    assert not Exchange.objects.filter(ref=record.ref).exists()


def test_the_feed_is_acknowledged_after_our_commit_and_read_on_from_the_cursor(build: Build) -> None:
    world = build("reference")
    stranger(world)
    seen: list[tuple[str, int, str]] = []

    def look(operation: str) -> None:
        cursor = SyncStatus.objects.get(mis=MIS).cursor
        seen.append((operation, Appointment.objects.count(), cursor))

    world.mis.on_call = look
    changes.follow(MIS)
    assert seen == [("changes", 0, ""), ("ack", 1, "1")]
    stranger(world, 1)
    changes.follow(MIS)
    assert seen[2:] == [("changes", 1, "1"), ("ack", 2, "2")]
    assert world.mis.acked == ["to 1", "to 2"]


def test_a_crash_before_the_acknowledgement_repeats_and_changes_nothing(build: Build) -> None:
    world = build("reference")
    stranger(world)

    def die(operation: str) -> None:
        if operation == "ack":
            raise Killed

    world.mis.on_call = die
    with pytest.raises(Killed):
        changes.follow(MIS)
    world.mis.on_call = lambda _: None
    assert changes.follow(MIS) == 0
    assert len(rows()) == 1


def test_a_delivery_that_is_repeated_whole_changes_nothing(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    ours = world.mis.booked()[0]
    move(world, ours, 2)
    move(world, ours, 3)
    gone = stranger(world, 1)
    world.mis.clerk_cancels(gone.ref)
    stranger(world, 5)
    assert changes.follow(MIS) == 2
    before = rows()
    assert before == [("moved", 0.0, 0, False), ("booked", 3.0, 0, False), ("booked", 5.0, 0, False)]
    SyncStatus.objects.update(cursor="")
    assert changes.follow(MIS) == 0
    assert rows() == before


def test_an_old_event_of_booking_does_not_move_a_visit_back(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    move(world, world.mis.booked()[0], 2)
    changes.follow(MIS)
    world.mis.feed.append(world.mis.feed[0])
    assert changes.follow(MIS) == 0
    assert [row[:2] for row in rows()] == [("moved", 0.0), ("booked", 2.0)]


def test_trouble_of_the_database_keeps_the_cursor_and_acknowledges_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build("reference")
    stranger(world)

    def fail(execute: Any, statement: str, *rest: Any) -> Any:
        if "lock_days" in statement:
            raise OperationalError("deadlock detected")
        return execute(statement, *rest)

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        changes.follow(MIS)
    assert world.mis.acked == []
    assert SyncStatus.objects.get(mis=MIS).cursor == ""
    assert changes.follow(MIS) == 1


def test_a_delivery_that_is_older_than_the_talk_is_read_again(build: Build) -> None:
    """Fetched while the visit stood; then the registry cancels it, and our read-back finds that it has."""
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    asked = world.mis.changes

    def late(cursor: str) -> ChangeBatch:
        batch = asked(cursor)
        world.mis.clerk_cancels(world.mis.booked()[0].ref)
        world.forward(10)
        world.tick()
        return batch

    world.mis.changes = late  # type: ignore[method-assign]
    assert changes.follow(MIS) == 0
    assert (world.state, world.mis.acked) == (State.REJECTED, [])
    world.mis.changes = asked  # type: ignore[method-assign]
    changes.follow(MIS)
    assert (world.state, len(world.mis.acked)) == (State.REJECTED, 1)
    assert not Appointment.objects.filter(active=True).exists()
    world.agrees()


def test_the_cancel_of_a_record_that_another_replaced_is_not_ours(build: Build) -> None:
    """The first record of the visit was lost and cancelled; the visit stands under the second."""
    world = build("reference")
    world.book()
    world.work()
    gone = world.mis._add(SLOT, state="cancelled", owner="site", reference=str(world.appointment))
    world.mis.tell(ChangeKind.CANCELLED, gone)
    changes.follow(MIS)
    assert world.state is State.BOOKED
    world.agrees()


def test_a_mis_without_a_feed_is_not_asked(build: Build) -> None:
    world = build("blind")
    assert changes.follow(MIS) == 0
    assert world.mis.acked == []


def test_the_visit_of_a_second_patient_is_untouched_by_a_strangers_cancel(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    second = hold(VISIT_AT + HOUR)
    confirm(second, person=PersonInput("Второй", "Пробный", "+7 900 000-00-02"))
    assert PERSON.phone != "+7 900 000-00-02"
    world.work()
    world.mis.clerk_cancels(world.talk().ref)
    changes.follow(MIS)
    assert [row[0] for row in rows()] == ["cancelled", "booked"]

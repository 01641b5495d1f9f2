"""What the small JSON contract has of its own: moves and repeats in the feed, working time told as free."""

from datetime import timedelta

from domain.scheduling.plain.clinic import PlainClinic
from feldsher.domain.scheduling.models import Appointment, SyncStatus
from feldsher.domain.scheduling.types import State


def later(clinic: PlainClinic) -> str:
    """Return eleven o'clock of the day of the one visit in the clinic, which is at nine."""
    begin: str = clinic.simulator.clinic.visits()[0]["begin"]
    assert "T09" in begin
    return begin.replace("T09", "T11")


def test_times_are_those_of_the_branch_s_own_wall(clinic: PlainClinic) -> None:
    assert clinic.times()[0].key.start.hour == 6  # 9:00 in Moscow


def test_a_visit_that_a_registrar_moves_or_cancels_follows_by_the_feed(clinic: PlainClinic) -> None:
    registry, slot = clinic.simulator.clinic, clinic.times()[0]
    visit = clinic.booked(slot)
    number = registry.visits()[0]["id"]
    assert clinic.follow() == 0
    registry.clerk_moves(number, later(clinic))
    assert clinic.follow() == 1
    assert clinic.state(visit) is State.MOVED
    moved = Appointment.objects.get(active=True)
    assert moved.visit.lower == slot.key.start + timedelta(hours=2)
    registry.clerk_cancels(number)
    assert clinic.follow() == 1
    moved.refresh_from_db()
    assert (moved.state, moved.reason) == (State.CANCELLED, "cancelled_in_mis")


def test_a_visit_that_a_registrar_moved_is_cancelled_by_its_first_reference(clinic: PlainClinic) -> None:
    visit = clinic.booked(clinic.times()[0])
    clinic.simulator.clinic.clerk_moves(1, later(clinic))
    clinic.follow()
    moved = Appointment.objects.get(active=True)
    clinic.cancel(moved.id)
    clinic.work()
    assert clinic.quieten(moved.id) is State.CANCELLED
    assert clinic.standing() == []
    assert clinic.state(visit) is State.MOVED


def test_trap_17_a_feed_that_tells_again_changes_nothing_again(clinic: PlainClinic) -> None:
    clinic.booked(clinic.times()[0])
    clinic.simulator.clinic.clerk_moves(1, later(clinic))
    before = SyncStatus.objects.get(pk=clinic.mis).cursor
    assert clinic.follow() == 1
    rows = sorted(Appointment.objects.values_list("id", "state"))
    SyncStatus.objects.filter(pk=clinic.mis).update(cursor=before)
    assert clinic.follow() == 0
    assert sorted(Appointment.objects.values_list("id", "state")) == rows


def test_trap_06_working_time_that_is_told_as_free_sells_no_visit_of_a_registrar(clinic: PlainClinic) -> None:
    slot = clinic.times()[0]
    clinic.simulator.clinic.clerk_books("d1", "north", f"{slot.key.start.date()}T09:10", 30)
    clinic.synchronise()
    starts = [
        f"{one.key.start:%H:%M}" for one in clinic.times() if one.key.start.date() == slot.key.start.date()
    ]
    assert starts[:2] == ["07:00", "07:30"]

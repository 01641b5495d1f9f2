"""What ИНФОКЛИНИКА has of its own: a branch in each message, and a queue that is acknowledged."""

from zoneinfo import ZoneInfo

import pytest

from domain.scheduling.over_simulator import Clinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State


def test_trap_09_a_visit_written_at_another_branch_is_undone_and_rejected(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.fault("branch_mismatch", "book")
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert clinic.ours(slot) == []


def test_trap_09_a_visit_at_another_branch_that_can_not_be_undone_is_a_persons(clinic: Clinic) -> None:
    slot, before = clinic.take(), clinic.calls()
    visit = clinic.confirm(slot)
    clinic.fault("branch_mismatch", "book")
    clinic.fault("http_500", "cancel")
    clinic.work()
    assert clinic.quieten(visit) is State.UNKNOWN
    assert clinic.calls() == before + 1


def test_trap_17_the_queue_is_read_again_after_a_crash_before_its_acknowledgement(clinic: Clinic) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    clinic.fault("http_500", "SCHEDULE_CHANGE_ACCEPT")
    with pytest.raises(Exception, match="SCHEDULE_CHANGE_ACCEPT"):
        clinic.follow()
    rows = Appointment.objects.filter(visit__overlap=(slot.key.start, slot.end), channel="mis")
    assert rows.count() == 1
    clinic.follow()
    assert rows.count() == 1


def test_trap_10_times_are_those_of_the_branch_s_own_wall(clinic: Clinic) -> None:
    zones = directory.zones()
    seen: dict[str, set[int]] = {}
    for key in clinic.offered():
        zone = zones[key.location_id]
        seen.setdefault(zone, set()).add(key.start.astimezone(ZoneInfo(zone)).hour)
    assert len(seen) > 1
    assert {min(hours) >= 8 and max(hours) < 18 for hours in seen.values()} == {True}

"""A MIS that takes a branch for another zone: nothing of it is offered, and staff are told (trap 10)."""

from datetime import date, timedelta

import pytest

from conftest import SetClock
from domain.directory.factory import MIS, NORTH, SOUTH
from domain.scheduling.clinic import EYE_SOUTH, Ids, Schedule, free
from domain.scheduling.factory import DAY, NOW, minutes, offered
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import sync
from feldsher.domain.scheduling.models import Availability, LeftOut, SyncStatus
from feldsher.domain.scheduling.ports import RemoteOffset
from feldsher.domain.scheduling.wire_zones import mismatched

pytestmark = pytest.mark.django_db(transaction=True)

MOSCOW, EKATERINBURG = 180, 300


@pytest.fixture
def mis(schedule: Schedule) -> Schedule:
    schedule.say(free(DAY, 9, 11), free(DAY, 14, 16, at=EYE_SOUTH))
    return schedule


def claims(north: int = MOSCOW, south: int = EKATERINBURG) -> tuple[RemoteOffset, ...]:
    return RemoteOffset(NORTH.id, DAY, north), RemoteOffset(SOUTH.id, DAY, south)


def branches() -> set[object]:
    return set(Availability.objects.values_list("location", flat=True))


def last_error() -> str:
    return SyncStatus.objects.get(pk=MIS).last_error


def test_trap_10_zones_that_agree_change_nothing(mis: Schedule, ids: Ids) -> None:
    mis.offsets = claims()
    report = sync.synchronise(MIS)
    assert (report.is_complete, report.alarms, last_error()) == (True, (), "")
    assert branches() == {ids.north, ids.south}


def test_trap_10_a_branch_of_another_zone_is_not_offered_and_the_other_is(
    mis: Schedule, ids: Ids, set_clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    sync.synchronise(MIS)
    mis.offsets = claims(south=MOSCOW)
    set_clock(NOW + minutes(2))
    report = sync.synchronise(MIS)
    assert report.is_complete
    assert branches() == {ids.north}
    assert offered(ids.eye, location=ids.south) == []
    assert offered(ids.eye, location=ids.north) != []
    assert len(report.alarms) == 1
    assert "UTC+3" in report.alarms[0]
    assert "Asia/Yekaterinburg (UTC+5)" in report.alarms[0]
    assert last_error() == report.alarms[0]
    assert [record.levelname for record in caplog.records if "остановлен" in record.message] == ["ERROR"]
    assert set(LeftOut.objects.values_list("remote_location", "reason")) == {(SOUTH.id, "zone_mismatch")}


def test_a_branch_that_was_corrected_is_offered_again_by_the_next_sync(mis: Schedule, ids: Ids) -> None:
    mis.offsets = claims(south=MOSCOW)
    sync.synchronise(MIS)
    mis.offsets = claims()
    assert sync.synchronise(MIS).alarms == ()
    assert branches() == {ids.north, ids.south}
    assert (last_error(), LeftOut.objects.count()) == ("", 0)


def test_a_sync_of_one_day_stops_the_whole_branch_too(mis: Schedule, ids: Ids) -> None:
    mis.say(free(DAY, 14, 16, at=EYE_SOUTH), free(DAY + timedelta(days=9), 14, 16, at=EYE_SOUTH))
    sync.synchronise(MIS)
    mis.offsets = claims(south=MOSCOW)
    sync.synchronise_day(ids.eye, location=ids.south, day=DAY)
    assert branches() == set()


def test_an_answer_that_is_not_complete_stops_the_branch_all_the_same(mis: Schedule, ids: Ids) -> None:
    sync.synchronise(MIS)
    mis.offsets, mis.completeness = claims(north=EKATERINBURG), Completeness.PARTIAL
    assert not sync.synchronise(MIS).is_complete
    assert branches() == {ids.south}


def test_trap_10_an_offset_is_compared_on_its_own_day() -> None:
    zones = {"1": "Asia/Tomsk"}
    before, after = date(2016, 5, 1), date(2016, 6, 1)  # the law of 2016 moved the region by an hour
    assert mismatched([RemoteOffset("1", before, 360), RemoteOffset("1", after, 420)], zones=zones) == {}
    assert set(mismatched([RemoteOffset("1", after, 360)], zones=zones)) == {"1"}


def test_a_branch_that_nobody_has_bound_is_not_judged() -> None:
    assert mismatched([RemoteOffset("9", DAY, 0)], zones={"1": "Europe/Moscow"}) == {}


def test_one_wrong_claim_of_several_is_enough() -> None:
    told = [RemoteOffset("1", DAY, MOSCOW), RemoteOffset("1", DAY, EKATERINBURG)]
    assert set(mismatched(told, zones={"1": "Europe/Moscow"})) == {"1"}

"""How far an answer of a MIS is believed, and what becomes of the mirror when none comes."""

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from conftest import SetClock
from domain.directory.factory import EYE, MIS, NORTH
from domain.scheduling.clinic import EYE_NORTH, EYE_SOUTH, Ids, Schedule, free
from domain.scheduling.factory import DAY, NOW, at, minutes, offered
from domain.scheduling.interleaving import beside, wait_for_waiters
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import sync
from feldsher.domain.scheduling.models import Availability, Offer, SyncStatus, UsualLength
from feldsher.domain.scheduling.ports import GatewayUnavailableError, RemoteResource, TimeKind

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = NOW.date()


@pytest.fixture
def mis(schedule: Schedule) -> Schedule:
    schedule.say(free(DAY, 9, 11))
    return schedule


def status() -> SyncStatus:
    return SyncStatus.objects.get(pk=MIS)


def days() -> list[date]:
    return list(Availability.objects.order_by("day").values_list("day", flat=True))


def test_a_complete_answer_becomes_the_mirror(mis: Schedule, ids: Ids) -> None:
    report = sync.synchronise(MIS)
    assert (report.is_complete, report.changed, report.excluded) == (True, 1, 0)
    assert offered(ids.eye, location=ids.north)[:2] == [at(6), at(6, 20)]
    assert (status().as_of, status().finished_at, status().failures, status().last_error) == (NOW, NOW, 0, "")


def test_the_same_answer_again_changes_nothing_and_is_fresher(mis: Schedule, set_clock: SetClock) -> None:
    sync.synchronise(MIS)
    set_clock(NOW + minutes(2))
    assert sync.synchronise(MIS).changed == 0
    assert status().as_of == NOW + minutes(2)


def test_what_an_answer_no_longer_tells_is_taken_away(mis: Schedule, ids: Ids) -> None:
    sync.synchronise(MIS)
    mis.say(free(DAY + timedelta(days=1), 9, 10))
    assert sync.synchronise(MIS).changed == 2
    assert days() == [DAY + timedelta(days=1)]


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.SUSPICIOUS_EMPTY])
def test_an_incomplete_answer_changes_nothing_and_ages(
    mis: Schedule, ids: Ids, set_clock: SetClock, completeness: Completeness
) -> None:
    sync.synchronise(MIS)
    lengths = dict(Offer.objects.values_list("service", "length"))
    set_clock(NOW + minutes(2))
    mis.completeness = completeness
    mis.say(replace(free(DAY, 12, 18), usual_minutes=55))
    report = sync.synchronise(MIS)
    assert (report.is_complete, report.changed) == (False, 0)
    assert (status().as_of, status().finished_at, status().failures) == (NOW, NOW + minutes(2), 1)
    assert status().last_error == "the answer was empty or not complete"
    assert offered(ids.eye, location=ids.north)[0] == at(6)
    assert not UsualLength.objects.exists()
    assert dict(Offer.objects.values_list("service", "length")) == lengths


def test_a_silent_mis_is_counted_and_the_mirror_stays(mis: Schedule, ids: Ids, set_clock: SetClock) -> None:
    sync.synchronise(MIS)
    mis.down = True
    for count in (1, 2):
        set_clock(NOW + minutes(2 * count))
        with pytest.raises(GatewayUnavailableError):
            sync.synchronise(MIS)
        assert (status().failures, status().last_error, status().as_of) == (count, "no connection", NOW)
    assert days() == [DAY]
    mis.down = False
    sync.synchronise(MIS)
    assert (status().failures, status().last_error, status().as_of) == (0, "", NOW + minutes(4))


def test_a_mis_whose_first_sync_fails_was_never_heard(mis: Schedule) -> None:
    mis.down = True
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise(MIS)
    assert (status().as_of, status().failures) == (None, 1)


def test_the_lock_of_a_failed_sync_is_free(mis: Schedule) -> None:
    mis.down = True
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise(MIS)
    mis.down = False
    with beside() as start:
        assert start(lambda: sync.synchronise(MIS)).result(10).changed == 1


def test_all_days_to_the_horizon_are_asked_for(mis: Schedule) -> None:
    sync.synchronise(MIS)
    [(window, resource)] = mis.asked
    assert (window.first, window.last, resource) == (
        TODAY,
        TODAY + timedelta(days=30),
        None,
    )


@pytest.mark.parametrize("longest", [2, 7, 31])
def test_no_day_is_lost_where_two_windows_meet(mis: Schedule, ids: Ids, longest: int) -> None:
    """A branch's days begin within days of UTC, and a day that a window cuts is not covered by it."""
    mis.max_window_days = longest
    mis.say(*(free(TODAY + timedelta(days=count), 0, 24) for count in range(-2, 31)))
    sync.synchronise(MIS)
    assert days() == [TODAY + timedelta(days=count) for count in range(-1, 30)]
    assert max((window.last - window.first).days + 1 for window, _ in mis.asked) <= longest
    mis.say()
    sync.synchronise(MIS)
    assert days() == []


def test_one_day_is_replaced_alone(mis: Schedule, ids: Ids) -> None:
    later = DAY + timedelta(days=3)
    mis.say(free(DAY, 9, 11), free(later, 9, 11), free(DAY, 9, 11, at=EYE_SOUTH))
    sync.synchronise(MIS)
    mis.say(free(DAY, 9, 10), free(DAY, 9, 10, at=EYE_SOUTH))
    before = status().as_of
    report = sync.synchronise_day(ids.eye, location=ids.north, day=DAY)
    assert (report.is_complete, report.changed) == (True, 1)
    window, resource = mis.asked[-1]
    assert (window.first, window.last) == (DAY - timedelta(days=1), DAY + timedelta(days=1))
    assert resource == EYE_NORTH
    assert [start.date() for start in offered(ids.eye, location=ids.north)] == [DAY] * 3 + [later] * 6
    assert len(offered(ids.eye, location=ids.south)) == 6
    assert status().as_of == before


def test_a_silent_mis_leaves_the_day_as_it_was(mis: Schedule, ids: Ids) -> None:
    sync.synchronise(MIS)
    mis.down = True
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise_day(ids.eye, location=ids.north, day=DAY)
    assert days() == [DAY]


def test_a_new_usual_length_reaches_the_offers(mis: Schedule, ids: Ids) -> None:
    """«Подбор очков» has no norm of its own, and 30 minutes where the MIS says nothing."""
    glasses = Offer.objects.filter(service=ids.glasses, location=ids.north)
    mis.say(replace(free(DAY, 9, 11), usual_minutes=None))
    sync.synchronise(MIS)
    assert glasses.get().length == minutes(30)
    mis.say(replace(free(DAY, 9, 11), usual_minutes=45))
    sync.synchronise(MIS)
    assert glasses.get().length == minutes(45)
    assert Offer.objects.get(service=ids.first_visit, location=ids.north).length == minutes(20)


def test_what_is_left_out_is_counted(mis: Schedule) -> None:
    stranger = RemoteResource("nobody", NORTH.id)
    mis.resources = (EYE_NORTH, stranger)
    mis.say(free(DAY, 9, 11), free(DAY, 9, 9), free(DAY, 9, 11, at=stranger))
    assert sync.synchronise(MIS).excluded == 2


def test_visits_that_the_mis_made_keep_the_doctors_other_branch_clear(mis: Schedule, ids: Ids) -> None:
    """The doctor sees somebody in Moscow at 9; in Yekaterinburg it is 11 then."""
    mis.say(free(DAY, 9, 10, kind=TimeKind.BUSY), free(DAY, 10, 13, at=EYE_SOUTH))
    sync.synchronise(MIS)
    assert offered(ids.eye, location=ids.south) == [at(5), at(5, 20), at(5, 40), at(7), at(7, 20), at(7, 40)]


def test_two_syncs_of_one_mis_come_one_after_the_other(mis: Schedule, as_owner: psycopg.Connection) -> None:
    with beside() as start:
        with sync._alone(MIS):
            waiting = start(lambda: sync.synchronise(MIS))
            wait_for_waiters(as_owner, 1)
            assert mis.asked == []
        assert waiting.result().changed == 1


def test_syncs_of_two_mises_do_not_wait_for_each_other(mis: Schedule) -> None:
    with beside() as start, sync._alone("second"):
        assert start(lambda: sync.synchronise(MIS)).result(10).changed == 1


def test_the_reports_of_a_mis_name_nobody(mis: Schedule, ids: Ids, caplog: pytest.LogCaptureFixture) -> None:
    mis.down = True
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise(MIS)
    assert caplog.messages == ["sync of umc failed: no connection"]
    assert EYE.family not in caplog.text

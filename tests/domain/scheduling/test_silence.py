"""Doctors whom a complete answer names no more, and days that the edge of a window cuts."""

from datetime import timedelta

import pytest

from domain.directory.factory import MIS
from domain.scheduling.clinic import EYE_NORTH, EYE_SOUTH, Ids, Schedule, free
from domain.scheduling.factory import DAY, NOW
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import sync
from feldsher.domain.scheduling.models import Availability, Silence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mis(schedule: Schedule) -> Schedule:
    """Both branches of the eye doctor are told, then the MIS names one of them only."""
    schedule.say(free(DAY, 9, 11), free(DAY, 13, 15, at=EYE_SOUTH))
    sync.synchronise(MIS)
    schedule.resources = (EYE_NORTH,)
    return schedule


def told(ids: Ids) -> set[str]:
    names = {ids.north: "north", ids.south: "south"}
    return {names[place] for place in Availability.objects.values_list("location", flat=True)}


def test_the_third_complete_answer_in_a_row_without_a_doctor_is_believed(mis: Schedule, ids: Ids) -> None:
    assert [sync.synchronise(MIS).changed for _ in range(2)] == [0, 0]
    assert told(ids) == {"north", "south"}
    assert sync.synchronise(MIS).changed == 1
    assert told(ids) == {"north"}
    sync.synchronise(MIS)
    assert not Silence.objects.exists()


def test_a_doctor_who_is_named_again_is_counted_anew(mis: Schedule, ids: Ids) -> None:
    for _ in range(2):
        sync.synchronise(MIS)
    mis.resources = (EYE_NORTH, EYE_SOUTH)
    sync.synchronise(MIS)
    mis.resources = (EYE_NORTH,)
    for _ in range(2):
        sync.synchronise(MIS)
    assert told(ids) == {"north", "south"}


def test_an_incomplete_answer_counts_nobody(mis: Schedule, ids: Ids) -> None:
    mis.completeness = Completeness.PARTIAL
    for _ in range(4):
        sync.synchronise(MIS)
    assert told(ids) == {"north", "south"}
    assert not Silence.objects.exists()


@pytest.mark.parametrize("longest", [2, 3, 7, 30, 60])
def test_no_day_falls_between_two_windows(mis: Schedule, longest: int) -> None:
    mis.resources = (EYE_NORTH, EYE_SOUTH)
    mis.max_window_days = longest
    days = [NOW.date() + timedelta(days=shift) for shift in range(2, 29)]
    mis.say(*(free(day, 9, 11) for day in days))
    sync.synchronise(MIS)
    assert list(Availability.objects.order_by("day").values_list("day", flat=True)) == days

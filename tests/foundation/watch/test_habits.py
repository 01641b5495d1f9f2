"""What is usual for people, roles and the clinic. Control C35."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from feldsher.foundation.watch import habits
from feldsher.foundation.watch.models import Alert, Habit, Hour
from feldsher.foundation.watch.norms import Norm

pytestmark = pytest.mark.django_db
VERA, ANNA = UUID(int=1), UUID(int=2)
TODAY = date(2026, 11, 25)
NINE = datetime.fromisoformat("2026-11-25T09:00:00+03:00")


def hour(who: UUID, back: int, *, at: int = 9, patients: int = 10, groundless: int = 0) -> None:
    Hour.objects.create(
        actor=who,
        hour=NINE + timedelta(days=-back, hours=at - 9),
        role="registrar",
        patients=patients,
        opened=patients,
        groundless=groundless,
        refused=0,
        exported=0,
    )


def alert(back: int, *, settled: bool) -> None:
    Alert.objects.create(
        actor=VERA,
        role="registrar",
        rule="many",
        day=TODAY - timedelta(days=back),
        level="alert",
        points=50,
        score=50,
        figures={"count": 500, "limit": 150},
        ids=[],
        since=NINE,
        until=NINE,
        found_at=NINE,
        settled_at=NINE if settled else None,
        settled_by=ANNA if settled else None,
    )


def test_c35_a_habit_is_of_days_the_busiest_hour_and_the_sums() -> None:
    for back in range(1, 6):
        hour(VERA, back, patients=10 * back, groundless=1)
        hour(VERA, back, at=11, patients=7, groundless=2)
    found = habits.usual(TODAY)[str(VERA)]
    assert found.days == 5
    assert found.hourly == Norm(30, 10)
    assert found.groundless == Norm(3, 0)


def test_c35_today_and_what_is_older_than_thirty_days_are_no_habit() -> None:
    hour(VERA, 0, patients=500)
    hour(VERA, 31, patients=500)
    hour(VERA, 3, patients=8)
    assert habits.usual(TODAY)[str(VERA)].hourly == Norm(8, 0)


def test_c35_a_day_with_an_alert_is_a_habit_once_somebody_has_settled_it() -> None:
    for back in range(1, 4):
        hour(VERA, back, patients=500)
        alert(back, settled=False)
    for back in range(4, 6):
        hour(VERA, back)
    assert habits.usual(TODAY)[str(VERA)].hourly == Norm(10, 0)
    Habit.objects.all().delete()
    Alert.objects.update(settled_at=NINE, settled_by=ANNA)
    assert habits.usual(TODAY)[str(VERA)].hourly == Norm(500, 0)


def test_c35_a_habit_stands_for_its_day_whatever_comes_after() -> None:
    hour(VERA, 1)
    before = habits.usual(TODAY)
    hour(VERA, 2, patients=900)
    assert habits.usual(TODAY) == before
    assert habits.usual(TODAY + timedelta(days=1))[str(VERA)].hourly == Norm(455, 445)


def test_c35_nights_rests_and_who_was_not_alone() -> None:
    hour(VERA, 1, at=23)
    hour(VERA, 2, at=2)
    hour(VERA, 3)
    hour(ANNA, 3)
    hour(ANNA, 4)
    found = habits.usual(TODAY)
    assert (found[str(VERA)].nights, found[str(VERA)].rests) == (2, 1)
    assert (found["registrar"].nights, found["registrar"].rests) == (0, 1)
    clinic = found[habits.CLINIC]
    assert (clinic.days, clinic.nights, clinic.rests) == (1, 0, 1)

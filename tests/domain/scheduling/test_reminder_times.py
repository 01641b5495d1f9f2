"""When reminders are due, on the clocks of all Russia: never at night, never twice for one evening."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.domain.scheduling.reminding.due import due
from feldsher.domain.scheduling.types import ReminderKind

ZONES = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
)
UTC = ZoneInfo("UTC")


def told(visit: str, zone: str = "Europe/Moscow") -> dict[str, str]:
    local = ZoneInfo(zone)
    starts_at = datetime.fromisoformat(visit).replace(tzinfo=local).astimezone(UTC)
    return {
        kind.value: f"{at.astimezone(local):%d.%m %H:%M}"
        for kind, at in sorted(due(starts_at, local).items())
    }


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("visit", "wanted"),
    [
        ("2026-11-27T14:00", {"day": "26.11 14:00", "hours": "27.11 12:00"}),
        ("2026-11-27T11:00", {"day": "26.11 11:00", "hours": "27.11 09:00"}),
        ("2026-11-27T10:59", {"hours": "26.11 20:30"}),
        ("2026-11-27T08:00", {"hours": "26.11 20:30"}),
        ("2026-11-27T20:59", {"day": "26.11 20:59", "hours": "27.11 18:59"}),
        ("2026-11-27T21:00", {"day": "26.11 20:30", "hours": "27.11 19:00"}),
        ("2026-11-27T23:30", {"day": "26.11 20:30", "hours": "27.11 20:30"}),
        ("2026-11-27T00:30", {"hours": "26.11 20:30"}),
    ],
)
def test_each_is_told_by_day_on_the_clock_of_its_branch(
    zone: str, visit: str, wanted: dict[str, str]
) -> None:
    assert told(visit, zone) == wanted


@given(minute=st.integers(0, 366 * 24 * 60), zone=st.sampled_from(ZONES))
def test_nobody_is_woken_and_each_comes_before_the_visit_and_by_itself(minute: int, zone: str) -> None:
    starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    times = due(starts_at, ZoneInfo(zone))
    assert ReminderKind.HOURS in times
    for at in times.values():
        assert 9 <= at.astimezone(ZoneInfo(zone)).hour < 21
        assert timedelta(hours=2) <= starts_at - at <= timedelta(hours=40)
    if ReminderKind.DAY in times:
        assert times[ReminderKind.HOURS] - times[ReminderKind.DAY] >= timedelta(hours=12)

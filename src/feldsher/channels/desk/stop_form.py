"""The form that stops online booking: until when, why, and what patients read."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from feldsher.channels.desk.asked import after_gap, day_of, instants, time_of
from feldsher.channels.desk.scopes import Options
from feldsher.channels.desk.zones import zone_name
from feldsher.channels.frontend.queries import text_in
from feldsher.kernel import formats
from feldsher.kernel.clock import day_bounds
from feldsher.kernel.errors import InvalidInputError

FIELDS: Final = ("practitioner", "location", "ends", "day", "time", "zone", "reason", "notice")
ENDS: Final[Options] = [
    ("today", "до\u00a0конца сегодняшнего дня"),
    ("tomorrow", "до\u00a0конца завтрашнего дня"),
    ("at", "до\u00a0своего дня и\u00a0времени"),
    ("open", "пока не\u00a0возобновят"),
]


def typed_in(data: QueryDict) -> dict[str, str]:
    """Return what was typed, as it was typed; the first end is chosen where nothing is."""
    typed = {name: text_in(data, name, limit=500) for name in FIELDS}
    return {**typed, "ends": typed["ends"] or ENDS[0][0]}


def until_of(typed: Mapping[str, str], *, zone: str, now: datetime) -> datetime | None:
    """Return the end that was chosen, on the clock of `zone`; None is "until it is resumed".

    A time that clocks show twice means the second one. Raises InvalidInputError.
    """
    today = formats.local_day(now, zone)
    if typed["ends"] == "open":
        return None
    if typed["ends"] in {"today", "tomorrow"}:
        return _end_of(today if typed["ends"] == "today" else today + timedelta(days=1), zone)
    day, at = day_of(typed["day"]), time_of(typed["time"])
    wrong = {}
    if day is None:
        wrong["day"] = "Укажите день."
    if at is None:
        wrong["time"] = "Укажите время, например 18:00."
    if typed["ends"] != "at":
        wrong = {"ends": "Выберите из\u00a0списка."}
    if wrong or day is None or at is None:
        raise InvalidInputError(f"stop form: {', '.join(wrong)}", fields=wrong)
    found = instants(day, at, zone)
    if not found:
        ahead = formats.clock(after_gap(day, at, zone), zone)
        sentence = f"Такого времени в\u00a0этот день нет: часы переводят вперёд. Укажите {ahead} или позже."
        raise InvalidInputError("stop form: gap", fields={"time": sentence})
    return found[-1]


def zone_options(zones: tuple[str, ...], *, now: datetime) -> Options:
    """Return the zones of the clinic for a select; empty where there is one only."""
    return [(zone, zone_name(zone, at=now)) for zone in zones] if len(zones) > 1 else []


def _end_of(day: date, zone: str) -> datetime:
    return day_bounds(day, ZoneInfo(zone))[1]

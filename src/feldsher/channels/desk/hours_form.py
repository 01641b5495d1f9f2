"""Working hours as staff type and read them: «9:00–13:00, 14:00–18:00»."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from feldsher.domain.roster.types import MINUTES_A_DAY, Stretch, Stretches
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.formats import clock_of

WEEKDAYS: Final = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
_SHORT: Final = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_SPAN = re.compile(r"\s*(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?\s*", re.ASCII)
_UNREAD = "Напишите так: 9:00–13:00, 14:00–18:00. Не\u00a0принимает: оставьте пустым."


def stretches_of(text: str) -> Stretches:
    """Return the stretches of `9-13, 14:00–18:00`, none for an empty text; ValueError for another."""
    if not text.strip():
        return ()
    return tuple(map(_stretch, re.split(r"[,;]", text)))


def _stretch(text: str) -> Stretch:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"no stretch: {text[:20]!r}")
    begin, end = (
        int(hour) * 60 + int(minute or 0) for hour, minute in (found.group(1, 2), found.group(3, 4))
    )
    minutes = (int(minute or 0) for minute in found.group(2, 4))
    if max(begin, end) > MINUTES_A_DAY or any(minute > 59 for minute in minutes):  # noqa: PLR2004 - a clock face
        raise ValueError(f"no time of a day: {text[:20]!r}")
    return Stretch(begin, end)


def read_all(texts: dict[str, str]) -> dict[str, Stretches]:
    """Return the stretches of each field; InvalidInputError names those that could not be read."""
    found, faults = {}, {}
    for name, text in texts.items():
        try:
            found[name] = stretches_of(text)
        except ValueError:
            faults[name] = _UNREAD
    if faults:
        raise InvalidInputError(f"hours: {', '.join(faults)}", fields=faults)
    return found


def hours_words(stretches: Iterable[Stretch]) -> str:
    """Return `09:00–13:00, 14:00–18:00`; nothing for a day off."""
    return ", ".join(f"{clock_of(item.begin)}–{clock_of(item.end)}" for item in stretches)


def week_words(days: Sequence[Stretches]) -> str:
    """Return `пн–пт 09:00–13:00; сб 10:00–12:00`; «не принимает» for a week without work."""
    parts = []
    first = 0
    while first < len(days):
        last = first
        while last + 1 < len(days) and days[last + 1] == days[first]:
            last += 1
        if days[first]:
            name = _SHORT[first] if first == last else f"{_SHORT[first]}–{_SHORT[last]}"
            parts.append(f"{name}\u00a0{hours_words(days[first])}")
        first = last + 1
    return "; ".join(parts) or "не\u00a0принимает"

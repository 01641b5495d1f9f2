"""A branch's hours as its clinic typed them («пн–пт 8:00–21:00, сб 9:00–15:00»): is it open now, until when.

What can't be read is unknown, and an unknown branch counts as open: its phone is better than none.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feldsher.kernel import formats

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_SPAN = re.compile(r"(\d{1,2})[:.](\d\d)\s*[–—-]\s*(\d{1,2})[:.](\d\d)")
_RANGE = re.compile(rf"({'|'.join(_DAYS)})\s*[–—-]\s*({'|'.join(_DAYS)})")
_DAY = re.compile("|".join(_DAYS))
_MIDNIGHT = 24 * 60
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether one may call now, and the words beside the phone («сегодня до 20:00»); empty when unknown."""

    is_open: bool
    words: str


def read_hours(text: str) -> dict[int, Span]:
    """Return minutes of opening and closing by weekday (Monday is 0); nothing for what can't be read."""
    week: dict[int, Span] = {}
    days: set[int] = set()
    lowered = text.lower()
    if "круглосуточно" in lowered:
        return dict.fromkeys(range(7), (0, _MIDNIGHT))
    for piece in re.split(r"[,;]", lowered):
        span = _SPAN.search(piece)
        days |= _days(piece[: span.start()] if span else piece)
        if span is None:
            continue
        opens, closes = (int(span[at]) * 60 + int(span[at + 1]) for at in (1, 3))
        if not days or not opens < closes <= _MIDNIGHT:
            return {}
        week |= dict.fromkeys(days, (opens, closes))
        days = set()
    return week


def _days(text: str) -> set[int]:
    if "ежедневно" in text or "без выходных" in text:
        return set(range(7))
    found: set[int] = set()
    for first, last in _RANGE.findall(text):
        begin, end = _DAYS.index(first), _DAYS.index(last)
        found |= {(begin + shift) % 7 for shift in range((end - begin) % 7 + 1)}
    return found | {_DAYS.index(day) for day in _DAY.findall(text)}


def opening(text: str, *, zone: str, now: datetime) -> Opening:
    """Say whether a branch answers its phone at `now`, in its own zone."""
    week = read_hours(text)
    if not week:
        return Opening(is_open=True, words="")
    here = now.astimezone(ZoneInfo(zone or formats.MOSCOW))
    minute = here.hour * 60 + here.minute
    today = week.get(here.weekday())
    if today == (0, _MIDNIGHT):
        return Opening(is_open=True, words="круглосуточно")
    if today and today[0] <= minute < today[1]:
        return Opening(is_open=True, words=f"сегодня до\u00a0{_clock(today[1])}")
    if today and minute < today[0]:
        return Opening(is_open=False, words=f"сегодня с\u00a0{_clock(today[0])}")
    for shift in range(1, 8):
        day = here.date() + timedelta(days=shift)
        if span := week.get(day.weekday()):
            name = "завтра" if shift == 1 else formats.weekday(day)
            return Opening(is_open=False, words=f"{name} с\u00a0{_clock(span[0])}")
    raise AssertionError("a week with hours has a day with hours")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def tidy(text: str) -> str:
    """Return the hours for reading: «Пн–сб 08:00–20:00»."""
    padded = re.sub(r"(?<!\d)(\d)([:.]\d\d)", r"0\1\2", text)
    return formats.sentence_case(_SPAN.sub(r"\1:\2–\3:\4", padded))

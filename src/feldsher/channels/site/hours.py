"""A branch's hours as its clinic typed them («пн–пт 8:00–21:00, сб 9:00–15:00»): is it open now, until when.

What can't be read is unknown, and an unknown branch counts as open: its phone is better than none.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feldsher.kernel import formats
from feldsher.kernel.opening_hours import MIDNIGHT, SPAN, read_hours


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether one may call now, and the words beside the phone («сегодня до 20:00»); empty when unknown."""

    is_open: bool
    words: str


def opening(text: str, *, zone: str, now: datetime) -> Opening:
    """Say whether a branch answers its phone at `now`, in its own zone."""
    week = read_hours(text)
    if not week:
        return Opening(is_open=True, words="")
    here = now.astimezone(ZoneInfo(zone or formats.MOSCOW))
    minute = here.hour * 60 + here.minute
    today = week.get(here.weekday())
    if today == (0, MIDNIGHT):
        return Opening(is_open=True, words="круглосуточно")
    if today and today[0] <= minute < today[1]:
        return Opening(is_open=True, words=f"сегодня до\u00a0{formats.clock_of(today[1])}")
    if today and minute < today[0]:
        return Opening(is_open=False, words=f"сегодня с\u00a0{formats.clock_of(today[0])}")
    for shift in range(1, 8):
        day = here.date() + timedelta(days=shift)
        if span := week.get(day.weekday()):
            name = "завтра" if shift == 1 else formats.weekday(day)
            return Opening(is_open=False, words=f"{name} с\u00a0{formats.clock_of(span[0])}")
    raise AssertionError("a week with hours has a day with hours")


def tidy(text: str) -> str:
    """Return the hours for reading: «Пн–сб 08:00–20:00»."""
    padded = re.sub(r"(?<!\d)(\d)([:.]\d\d)", r"0\1\2", text)
    return formats.sentence_case(SPAN.sub(r"\1:\2–\3:\4", padded))

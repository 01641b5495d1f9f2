"""Hours of a branch as its clinic typed them («пн–пт 8:00–21:00, сб 9:00–15:00»), read by weekdays."""

import re
from typing import Final

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
SPAN: Final = re.compile(r"(\d{1,2})[:.](\d\d)\s*[–—-]\s*(\d{1,2})[:.](\d\d)")
_RANGE = re.compile(rf"({'|'.join(_DAYS)})\s*[–—-]\s*({'|'.join(_DAYS)})")
_DAY = re.compile("|".join(_DAYS))
_OFF = re.compile(r"(?<!без )\bвых|закрыт|не работа")
_ALWAYS = "0:00–24:00"
MIDNIGHT: Final = 24 * 60
Span = tuple[int, int]


def read_hours(text: str) -> dict[int, Span]:
    """Return minutes of opening and closing by weekday (Monday is 0); nothing for what can't be read.

    A part between commas has hours of the days before them, or of the days that stood alone before it; one
    that says «выходной» has none. «Круглосуточно» alone is every day; of something without days («травмпункт
    круглосуточно») it is unreadable.
    """
    week: dict[int, Span] = {}
    days: set[int] = set()
    for piece in re.split(r"[,;]", " ".join(text.lower().split()).replace("круглосуточно", _ALWAYS)):
        span = SPAN.search(piece)
        before = piece[: span.start()] if span else piece
        days = set() if _OFF.search(before) else days | _days(before)
        if span is None:
            continue
        if piece.strip(" .") == _ALWAYS and not week and not days:
            days = set(range(7))
        opens, closes = (int(span[at]) * 60 + int(span[at + 1]) for at in (1, 3))
        if not days or not opens < closes <= MIDNIGHT:
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

"""Reads which figures are asked for (a period, an earlier one, whose) and writes it into addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from feldsher.channels.desk.asked import day_of
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.figures.types import Asked

LONGEST: Final = 731
"""Days of a period: two years."""
_USUAL: Final = 30
_SPANS: Final = ((7, "7\u00a0дней"), (30, "30\u00a0дней"), (90, "90\u00a0дней"), (365, "Год"))
_WRONG: Final = "Укажите день, например 24.11.2026."
_BACKWARDS: Final = "Этот день раньше первого."
_TOO_LONG: Final = "Покажем не\u00a0больше двух лет. Сократите период."
_HALF: Final = "Нужны оба дня прежнего периода или\u00a0ни\u00a0одного."


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what was typed for it, and what was wrong with that (by field)."""

    asked: Asked
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    def query(self, **changed: object) -> str:
        """Return the query of an address for the same figures but for what is changed; None leaves out."""
        kept = {
            **self.typed,
            **{name: "" if value is None else str(value) for name, value in changed.items()},
        }
        return urlencode({name: value for name, value in kept.items() if value})


def question_of(data: QueryDict, *, today: date) -> Question:
    """Return what an address asks; the last 30 days for nothing and for what is wrong.

    Raises NotFoundError for what is no id.
    """
    names = ("since", "until", "before_since", "before_until", "channel", "source", "location", "doctor")
    typed = {name: text_in(data, name, limit=60) for name in names}
    errors: dict[str, str] = {}
    period = _period(typed, "since", "until", errors)
    first, last = period or (today - timedelta(days=_USUAL - 1), today)
    earlier = _period(typed, "before_since", "before_until", errors)
    length = last - first
    asked = Asked(
        first,
        last,
        location=uuid_in(data, "location"),
        practitioner=uuid_in(data, "doctor"),
        channel=typed["channel"][:16],
        source=typed["source"],
        before=earlier or (first - timedelta(days=1) - length, first - timedelta(days=1)),
    )
    # A browser shows no date that is none.
    typed |= {name: "" for name in errors if day_of(typed[name]) is None}
    if not errors:
        typed |= {"since": first.isoformat(), "until": last.isoformat()}
    return Question(asked, typed, errors)


def spans(question: Question, *, today: date) -> list[tuple[str, str, bool]]:
    """Return usual periods: title, query, and whether it is the one that is shown."""
    starts = [(title, today - timedelta(days=days - 1), today) for days, title in _SPANS]
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    starts += [("Этот месяц", month, today), ("Прошлый месяц", before, month - timedelta(days=1))]
    shown = (question.asked.first, question.asked.last)
    return [
        (
            title,
            question.query(since=first, until=last, before_since=None, before_until=None),
            shown == (first, last),
        )
        for title, first, last in starts
    ]


def _period(
    typed: Mapping[str, str], since: str, until: str, errors: dict[str, str]
) -> tuple[date, date] | None:
    """Return the days of a period; None where none is asked, or one that says what is wrong with it."""
    days = {name: day_of(typed[name]) for name in (since, until)}
    wrong = {name: _WRONG for name in days if typed[name] and days[name] is None}
    first, last = days[since], days[until]
    if not wrong and (first is None) != (last is None):
        wrong[since if first is None else until] = _HALF if since.startswith("before") else _WRONG
    if first and last and last < first:
        wrong[until] = _BACKWARDS
    if first and last and (last - first).days >= LONGEST:
        wrong[until] = _TOO_LONG
    errors.update(wrong)
    return (first, last) if first and last and not wrong else None

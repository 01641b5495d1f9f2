"""Reads of roster: weeks and dates for who edits them, working time for who offers it. All is public."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from feldsher.domain.roster.models import Day, Hours
from feldsher.domain.roster.types import (
    DAYS_A_WEEK,
    DayCard,
    Stretch,
    Stretches,
    WeekCard,
    WorkDay,
    Workplace,
)
from feldsher.kernel.clock import WallTime
from feldsher.kernel.intervals import Interval

_Words = Mapping[tuple[UUID | None, UUID | None, date], Stretches]


def weeks(workplace: Workplace, *, since: date) -> tuple[WeekCard, ...]:
    """Return the ordinary weeks that hold on `since` and after it, in order; weeks without work too.

    The first one begins on `since`, whenever it was said. Empty where nobody has said hours that still count.
    """
    rows = list(hours_of([workplace.practitioner_id], first=since).filter(location=workplace.location_id))
    bounds = sorted(
        {max(row.valid_from, since) for row in rows} | {row.valid_to for row in rows if row.valid_to}
    )
    found = []
    for begin, end in zip(bounds, [*bounds, None][1:], strict=False):
        own = [
            row for row in rows if row.valid_from <= begin and (row.valid_to is None or row.valid_to > begin)
        ]
        last = max(own or rows, key=lambda row: row.written_at)
        found.append(WeekCard(begin, end, _days(own), last.author, last.written_at))
    return tuple(found)


def week_of(workplaces: Collection[Workplace], *, day: date) -> dict[Workplace, tuple[Stretches, ...]]:
    """Return the ordinary week on a day of each for whom hours still count, then or later: one query."""
    rows: dict[Workplace, list[Hours]] = {}
    for row in hours_of({place.practitioner_id for place in workplaces}, first=day):
        rows.setdefault(Workplace(row.practitioner, row.location), []).append(row)
    return {
        place: _days(row for row in rows[place] if row.valid_from <= day)
        for place in workplaces
        if place in rows
    }


def _days(rows: Iterable[Hours]) -> tuple[Stretches, ...]:
    of: dict[int, list[Stretch]] = defaultdict(list)
    for row in rows:
        of[row.weekday].append(Stretch(row.begins, row.ends))
    return tuple(tuple(sorted(of[weekday])) for weekday in range(1, DAYS_A_WEEK + 1))


def odd_days(workplace: Workplace, *, first: date, last: date) -> tuple[DayCard, ...]:
    """Return a doctor's own dates in a branch that differ from the week, in order."""
    rows = _days_of(first, last).filter(
        practitioner=workplace.practitioner_id, location=workplace.location_id
    )
    return tuple(map(_card, rows.order_by("day")))


def closed_days(*, first: date, last: date) -> tuple[DayCard, ...]:
    """Return the dates on which a branch or the whole clinic is closed, in order, the clinic's first."""
    rows = _days_of(first, last).filter(practitioner=None)
    return tuple(map(_card, rows.order_by("day", F("location").asc(nulls_first=True))))


def _days_of(first: date, last: date) -> QuerySet[Day, Any]:
    return Day.objects.filter(ended_at=None, day__range=(first, last))


def days_by(day_ids: Collection[UUID]) -> tuple[DayCard, ...]:
    """Return those of these words about dates that still count, in order of their dates."""
    return tuple(map(_card, Day.objects.filter(pk__in=day_ids, ended_at=None).order_by("day", "id")))


def _card(row: Day) -> DayCard:
    return DayCard(
        id=row.id,
        practitioner_id=row.practitioner,
        location_id=row.location,
        day=row.day,
        stretches=_stretches(row),
        reason=row.reason,
        author=row.author,
        written_at=row.written_at,
    )


def _stretches(row: Day) -> Stretches:
    return tuple(Stretch(begin, end) for begin, end in zip(row.begins, row.ends, strict=True))


def work(
    workplaces: Collection[Workplace], *, first: date, last: date
) -> dict[Workplace, tuple[WorkDay, ...]]:
    """Return the dates of `[first, last]` on which each works, with the working time: two queries.

    The nearest word counts: the doctor's date, the branch's, the clinic's, then the week.
    """
    practitioners = {place.practitioner_id for place in workplaces}
    weekly: dict[Workplace, list[Hours]] = defaultdict(list)
    for row in hours_of(practitioners, first=first).filter(valid_from__lte=last):
        weekly[Workplace(row.practitioner, row.location)].append(row)
    words = {
        (row.practitioner, row.location, row.day): _stretches(row)
        for row in _days_of(first, last).filter(Q(practitioner__in=practitioners) | Q(practitioner=None))
    }
    dates = [first + timedelta(days=shift) for shift in range((last - first).days + 1)]
    return {
        place: tuple(
            WorkDay(day, stretches)
            for day in dates
            if (stretches := _work_on(place, day, weekly=weekly[place], words=words))
        )
        for place in workplaces
    }


def instants(days: Iterable[WorkDay], zone: ZoneInfo) -> Iterator[Interval]:
    """Yield the working time of dates as instants; what a change of clocks swallows is none."""
    for each in days:
        for item in each.stretches:
            start, end = (WallTime(each.day, minute * 60).at(zone) for minute in (item.begin, item.end))
            if start < end:
                yield Interval(start, end)


def _work_on(place: Workplace, day: date, *, weekly: Iterable[Hours], words: _Words) -> Stretches:
    for who, where in ((place.practitioner_id, place.location_id), (None, place.location_id), (None, None)):
        if (said := words.get((who, where, day))) is not None:
            return said
    return tuple(
        sorted(
            Stretch(row.begins, row.ends)
            for row in weekly
            if row.weekday == day.isoweekday()
            and row.valid_from <= day
            and (row.valid_to is None or day < row.valid_to)
        )
    )


def hours_of(practitioners: Collection[UUID], *, first: date) -> QuerySet[Hours, Any]:
    """Return the rows that are valid on `first` or later, for roster itself."""
    return Hours.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=first) & Q(valid_to__gt=F("valid_from")),
        practitioner__in=practitioners,
    )

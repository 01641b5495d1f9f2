"""Writes of roster: check, lock, look at the doctor's other branches, write. Each is one transaction.

One writer at a time (one advisory lock): the look at other branches reads what others write.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.roster import selectors
from feldsher.domain.roster.errors import WorksElsewhereError
from feldsher.domain.roster.models import Day, Hours
from feldsher.domain.roster.types import DAYS_A_WEEK, MINUTES_A_DAY, Stretch, Stretches, Workplace
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.intervals import Interval

AHEAD: Final = timedelta(days=366)
"""How far ahead hours are said: a year, after which zones repeat what they did."""
MOST_DAYS: Final = 62
"""Dates that one word may name: a long leave."""
MOST_STRETCHES: Final = 6
_REASON = 200
_LOCK = 0x0405  # any constant that no other lock of the product uses
_NO_ZONE = "Сначала укажите часовой пояс филиала в\u00a0справочнике: без него часы ничего не\u00a0значат."


def set_week(workplace: Workplace, *, days: Sequence[Stretches], since: date, author: str) -> None:
    """Say the ordinary week of a doctor in a branch from `since` on; seven days, Monday first.

    Whatever was said of later weeks ends. A stretch that stays as it was keeps its row, and who said it.
    InvalidInputError (`since`, `day-1` to `day-7`, `zone`), NotFoundError, WorksElsewhereError.
    """
    if len(days) != DAYS_A_WEEK:
        raise InvalidInputError("a week has seven days")
    wrong = {f"day-{number}": fault for number, day in enumerate(days, 1) if (fault := _fault(day))}
    with _writing() as now:
        today = formats.local_day(now, _zone_of(workplace))
        if not today <= since <= today + AHEAD:
            wrong["since"] = _out_of_reach(today)
        if wrong:
            raise InvalidInputError(f"week: {', '.join(wrong)}", fields=wrong)
        wanted = {(number, item) for number, day in enumerate(days, 1) for item in day}
        wanted -= _end_week(workplace, kept=wanted, since=since, author=author, now=now)
        Hours.objects.bulk_create(
            Hours(
                practitioner=workplace.practitioner_id,
                location=workplace.location_id,
                weekday=weekday,
                begins=item.begin,
                ends=item.end,
                valid_from=since,
                author=author,
                written_at=now,
            )
            for weekday, item in sorted(wanted)
        )
        _works_once(workplace, first=since, last=today + 2 * AHEAD)


def _end_week(
    workplace: Workplace, *, kept: set[tuple[int, Stretch]], since: date, author: str, now: datetime
) -> set[tuple[int, Stretch]]:
    """End what was said for `since` and after it; return what goes on as it is."""
    going_on = set()
    for row in selectors.hours_of([workplace.practitioner_id], first=since).filter(
        location=workplace.location_id
    ):
        key = row.weekday, Stretch(row.begins, row.ends)
        if key in kept and row.valid_to is None and row.valid_from <= since:
            going_on.add(key)
            continue
        row.valid_to = max(since, row.valid_from)
        row.ended_by, row.ended_at = author, now
        row.save(update_fields=["valid_to", "ended_by", "ended_at"])
    return going_on


def set_days(
    workplace: Workplace, *, first: date, last: date, stretches: Stretches, reason: str, author: str
) -> None:
    """Say the working time of each date from `first` to `last`, instead of the week's; no stretches: off.

    A word about the same date is replaced. InvalidInputError (`first`, `last`, `stretches`, `reason`,
    `zone`), NotFoundError, WorksElsewhereError.
    """
    span = _Span(first, last, reason.strip())
    wrong = {"stretches": fault} if (fault := _fault(stretches)) else {}
    with _writing() as now:
        span.check(formats.local_day(now, _zone_of(workplace)), wrong)
        span.replace(
            Day(
                practitioner=workplace.practitioner_id,
                location=workplace.location_id,
                begins=[item.begin for item in stretches],
                ends=[item.end for item in stretches],
            ),
            author=author,
            now=now,
        )
        _works_once(workplace, first=first, last=last)


def close_days(*, location: UUID | None, first: date, last: date, reason: str, author: str) -> None:
    """Close a branch, or (None) the whole clinic, on each date from `first` to `last`.

    A doctor's own word about such a date still counts: somebody is on duty. InvalidInputError (`first`,
    `last`, `reason`), NotFoundError.
    """
    span = _Span(first, last, reason.strip())
    if location is not None:
        directory.location(location)
    with _writing() as now:
        span.check(_earliest_today(location, now), {})
        span.replace(Day(location=location), author=author, now=now)


def end_days(day_ids: Collection[UUID], *, author: str) -> None:
    """Take words about dates back: the next wider ones hold again. What is ended stays as it is.

    NotFoundError, WorksElsewhereError.
    """
    with _writing() as now:
        rows = list(Day.objects.filter(pk__in=day_ids).order_by("day"))
        if not rows or len(rows) != len(set(day_ids)):
            raise NotFoundError("no such days")
        for row in rows:
            if row.ended_at is None:
                _end(row, author=author, now=now)
        for row in rows:
            if row.practitioner is not None and row.location is not None:
                _works_once(Workplace(row.practitioner, row.location), first=row.day, last=row.day)


@dataclass(frozen=True, slots=True)
class _Span:
    """The dates of one word, both included, and its reason."""

    first: date
    last: date
    reason: str

    def check(self, today: date, wrong: dict[str, str]) -> None:
        """Raise InvalidInputError for all that is wrong, `wrong` included."""
        if not today <= self.first <= today + AHEAD:
            wrong["first"] = _out_of_reach(today)
        elif not self.first <= self.last < self.first + timedelta(days=MOST_DAYS):
            wrong["last"] = f"Не\u00a0раньше первого дня и\u00a0не\u00a0больше {MOST_DAYS} дней сразу."
        if len(self.reason) > _REASON:
            wrong["reason"] = f"Не\u00a0длиннее {_REASON} знаков."
        if wrong:
            raise InvalidInputError(f"days: {', '.join(wrong)}", fields=wrong)

    def replace(self, word: Day, *, author: str, now: datetime) -> None:
        """Write the word for each date, in the place of what was said of the same parties."""
        former = Day.objects.filter(
            practitioner=word.practitioner,
            location=word.location,
            day__range=(self.first, self.last),
            ended_at=None,
        )
        for row in former:
            _end(row, author=author, now=now)
        Day.objects.bulk_create(
            Day(
                practitioner=word.practitioner,
                location=word.location,
                day=self.first + timedelta(days=shift),
                begins=word.begins,
                ends=word.ends,
                reason=self.reason,
                author=author,
                written_at=now,
            )
            for shift in range((self.last - self.first).days + 1)
        )


@contextmanager
def _writing() -> Iterator[datetime]:
    """Do the block alone; yields the instant of the whole act, by which its rows are known to be one word."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield clock.now()


def _end(row: Day, *, author: str, now: datetime) -> None:
    row.ended_by, row.ended_at = author, now
    row.save(update_fields=["ended_by", "ended_at"])


def _fault(stretches: Stretches) -> str:
    """Return what is wrong with the stretches of a day, empty for nothing."""
    if len(stretches) > MOST_STRETCHES:
        return f"Не\u00a0больше {MOST_STRETCHES} промежутков за\u00a0день."
    last = 0
    for item in stretches:
        if not 0 <= item.begin < item.end <= MINUTES_A_DAY:
            return "Начало раньше конца, конец не\u00a0позже 24:00."
        if item.begin < last:
            return "Промежутки идут по\u00a0порядку и\u00a0не\u00a0пересекаются."
        last = item.end
    return ""


def _out_of_reach(today: date) -> str:
    return f"День от {today:%d.%m.%Y} до {today + AHEAD:%d.%m.%Y}."


def _zone_of(workplace: Workplace) -> str:
    """Return the zone of the branch; NotFoundError unless the own schedule keeps the doctor's time there."""
    if workplace not in _workplaces(workplace.practitioner_id):
        raise NotFoundError("the own schedule does not keep this doctor in this branch")
    zone = directory.location(workplace.location_id).zone
    if not zone:
        raise InvalidInputError("the branch has no zone", fields={"zone": _NO_ZONE})
    return zone


def _workplaces(practitioner: UUID) -> set[Workplace]:
    return {
        Workplace(doctor, location)
        for doctor, location in directory.kept_by(OWN_SCHEDULE)
        if doctor == practitioner
    }


def _earliest_today(location: UUID | None, now: datetime) -> date:
    zones = directory.zones()
    known = zones.values() if location is None else [zones.get(location, "UTC")]
    return min((formats.local_day(now, zone) for zone in known), default=now.date())


def _works_once(workplace: Workplace, *, first: date, last: date) -> None:
    """Look whether the doctor works in another branch at an instant of these dates; WorksElsewhereError.

    Dates and weeks are the branches' own, so that instants are compared, a day wider on either side.
    """
    others = _workplaces(workplace.practitioner_id) - {workplace}
    zones = directory.zones()
    found = selectors.work(
        [workplace, *others], first=first - timedelta(days=1), last=last + timedelta(days=1)
    )
    timed = [
        (span, place)
        for place, days in found.items()
        if place.location_id in zones
        for span in selectors.instants(days, ZoneInfo(zones[place.location_id]))
    ]
    timed.sort(key=lambda item: item[0])
    for (span, place), (later, other) in pairwise(timed):
        if place != other and span.overlaps(later) and workplace in {place, other}:
            elsewhere = other if place == workplace else place
            _refuse(elsewhere.location_id, Interval(later.start, min(span.end, later.end)), zones)


def _refuse(location: UUID, span: Interval, zones: dict[UUID, str]) -> None:
    place, zone = directory.location(location), zones[location]
    day = formats.day_words(formats.local_day(span.start, zone), today=clock.now().date())
    when = f"{day}, {formats.clock(span.start, zone)}–{formats.clock(span.end, zone)}"
    raise WorksElsewhereError(
        f"works in {location} at {span.start}",
        sentence="В\u00a0это время врач уже принимает в\u00a0другом филиале: "
        f"{place.name}, {when} по\u00a0его часам. Измените часы там или здесь.",
    )

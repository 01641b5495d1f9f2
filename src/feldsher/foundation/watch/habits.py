"""What is usual, worked out once a day from the hours of the 30 days before, for each person and each role.

A day on which somebody has an alert that nobody has settled is no part of any habit: who reads too much for a
month must not become the measure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median_low
from uuid import UUID

from feldsher.foundation.access.context import as_service
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.watch import days
from feldsher.foundation.watch.cases import Usual
from feldsher.foundation.watch.models import Alert, Habit, Hour
from feldsher.foundation.watch.norms import Norm, norm

BACK = timedelta(days=30)
CLINIC = "clinic"
"""Under this name stand the days, nights and days of rest on which at least two people worked."""
_Row = tuple[UUID, datetime, str, int, int, int, int, int]


def usual(day: date) -> dict[str, Usual]:
    """Return the habits of people (by id) and roles (by code) before a day; made at the first asking."""
    with as_service("watch"):
        rows = list(Habit.objects.filter(day=day))
        if not rows:
            Habit.objects.bulk_create(
                [_row(who, day, found) for who, found in _worked_out(day).items()], ignore_conflicts=True
            )
            rows = list(Habit.objects.filter(day=day))
    return {row.who: _usual(row) for row in rows}


def _worked_out(day: date) -> dict[str, Usual]:
    zone = clinic_zone()
    until = datetime.combine(day, time(), zone)
    suspect = set(Alert.objects.filter(settled_at=None, day__gte=day - BACK).values_list("actor", "day"))
    hours = Hour.objects.filter(hour__gte=until - BACK, hour__lt=until).values_list(
        "actor", "hour", "role", "patients", "opened", "groundless", "refused", "exported"
    )
    people: defaultdict[UUID, list[tuple[date, _Row]]] = defaultdict(list)
    for row in hours:
        local = row[1].astimezone(zone).date()
        if (row[0], local) not in suspect:
            people[row[0]].append((local, row))
    own = {str(actor): _habit(rows) for actor, rows in people.items()}
    roles: defaultdict[str, list[tuple[date, _Row]]] = defaultdict(list)
    members: defaultdict[str, set[UUID]] = defaultdict(set)
    for actor, rows in people.items():
        for local, row in rows:
            if row[2]:
                roles[row[2]].append((local, row))
                members[row[2]].add(actor)
    of_roles = {role: _of_role(rows, [own[str(a)] for a in members[role]]) for role, rows in roles.items()}
    return own | of_roles | {CLINIC: _of_clinic(people)}


def _of_clinic(people: Mapping[UUID, Sequence[tuple[date, _Row]]]) -> Usual:
    at_work = Counter(local for rows in people.values() for local in {local for local, _ in rows})
    by_night = Counter(
        local for rows in people.values() for local in {local for local, row in rows if days.is_night(row[1])}
    )
    return Usual(
        days=_shared(at_work),
        nights=_shared(by_night),
        rests=_shared({local: count for local, count in at_work.items() if days.is_rest(local)}),
    )


def _shared(at_work: Mapping[date, int]) -> int:
    """Return on how many of the days somebody was not alone."""
    return sum(count > 1 for count in at_work.values())


def _habit(rows: Sequence[tuple[date, _Row]]) -> Usual:
    nights = {local for local, row in rows if row[4] and days.is_night(row[1])}
    rests = {local for local, row in rows if row[4] and days.is_rest(local)}
    return Usual(
        days=len({local for local, _ in rows}),
        nights=len(nights),
        rests=len(rests),
        hourly=norm(_peaks((local, row[0], row[3]) for local, row in rows)),
        groundless=norm(_sums((local, row[0], row[5]) for local, row in rows)),
        refused=norm(_sums((local, row[0], row[6]) for local, row in rows)),
        exported=norm(_sums((local, row[0], row[7]) for local, row in rows)),
    )


def _of_role(rows: Sequence[tuple[date, _Row]], members: Sequence[Usual]) -> Usual:
    """Return the role's habit: counts of all its people's days, nights and rests of the median person."""
    whole = _habit(rows)
    return Usual(
        days=whole.days,
        nights=median_low([member.nights for member in members]),
        rests=median_low([member.rests for member in members]),
        hourly=whole.hourly,
        groundless=whole.groundless,
        refused=whole.refused,
        exported=whole.exported,
    )


def _sums(counts: Iterable[tuple[date, UUID, int]]) -> list[int]:
    """Return the sums by person and day."""
    found: defaultdict[tuple[date, UUID], int] = defaultdict(int)
    for local, actor, count in counts:
        found[local, actor] += count
    return list(found.values())


def _peaks(counts: Iterable[tuple[date, UUID, int]]) -> list[int]:
    """Return the largest count of an hour by person and day."""
    found: defaultdict[tuple[date, UUID], int] = defaultdict(int)
    for local, actor, count in counts:
        found[local, actor] = max(found[local, actor], count)
    return list(found.values())


def _row(who: str, day: date, found: Usual) -> Habit:
    return Habit(
        who=who,
        day=day,
        days=found.days,
        nights=found.nights,
        rests=found.rests,
        hourly=found.hourly.median,
        hourly_mad=found.hourly.mad,
        groundless=found.groundless.median,
        groundless_mad=found.groundless.mad,
        refused=found.refused.median,
        refused_mad=found.refused.mad,
        exported=found.exported.median,
        exported_mad=found.exported.mad,
    )


def _usual(row: Habit) -> Usual:
    return Usual(
        days=row.days,
        nights=row.nights,
        rests=row.rests,
        hourly=Norm(row.hourly, row.hourly_mad),
        groundless=Norm(row.groundless, row.groundless_mad),
        refused=Norm(row.refused, row.refused_mad),
        exported=Norm(row.exported, row.exported_mad),
    )

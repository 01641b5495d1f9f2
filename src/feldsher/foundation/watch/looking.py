"""Each minute and each hour: read what the journal got, judge it, and raise what was met.

A tick may be missed, doubled or late: whole days are counted anew, alerts are one a person, rule and day, and
what a worker slept through is judged at its next tick (`CATCH_UP` days at most).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from django.db import connection

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.context import as_service
from feldsher.foundation.audit import following
from feldsher.foundation.audit.following import Busy, Line
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.watch import gateways, habits
from feldsher.foundation.watch.cases import (
    Case,
    Clinic,
    Opening,
    Usual,
    by_actor,
    exported_rows,
    hour_of,
    opened,
    openings_of,
    role_of,
    shown_patients,
)
from feldsher.foundation.watch.judging import judge, judge_at_once
from feldsher.foundation.watch.models import Habit, Honey, Hour, Mark
from feldsher.foundation.watch.raising import raise_alerts
from feldsher.kernel import clock

SKEW = timedelta(minutes=5)
"""By how much the clocks of web servers and workers may differ."""
LATE = timedelta(hours=2)
"""So long after its end a day is still judged: rows commit late, and ticks come late."""
CATCH_UP = 7
FAST_BACK = timedelta(minutes=65)
BUSY = {"refusals": 10, "opens": 48, "lists": 60}
"""Rows within an hour from which somebody is judged at once. An opening is about two rows, a list too."""
KEPT = timedelta(days=40)
_UPSERT = """
    INSERT INTO watch_hour (actor, hour, role, patients, opened, groundless, refused, exported)
    SELECT * FROM unnest(
        %s::uuid[], %s::timestamptz[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
    ON CONFLICT (actor, hour) DO UPDATE SET role = excluded.role, patients = excluded.patients,
        opened = excluded.opened, groundless = excluded.groundless, refused = excluded.refused,
        exported = excluded.exported
"""


def look_at_once() -> int:
    """Judge by the rules that can't wait whoever was busy within the hour; return how many alerts rose."""
    now = clock.now()
    since = now - FAST_BACK
    honey = _honey()
    found = following.suspects(after=_mark(since), since=since, until=now, busy=Busy(marked=honey, **BUSY))
    if not found:
        return 0
    day = now.astimezone(clinic_zone()).date()
    usual = habits.usual(day)
    risen = 0
    for actor, lines in by_actor(_lines(day, now, actors=found)).items():
        case = _case(actor, day, lines, openings_of(lines, {}), usual=usual, honey=honey)
        risen += raise_alerts(case, judge_at_once)
    return risen


def look() -> int:
    """Count and judge, by all rules, each day that is not over for us; return how many alerts rose."""
    now = clock.now()
    newest = following.newest()
    risen = sum(_look_at(day, now) for day in _days(now))
    Mark.objects.get_or_create(at=now, defaults={"newest": newest})
    return risen


def forget() -> None:
    """Delete hours, habits and marks that no rule looks at any more."""
    now = clock.now()
    with as_service("watch"):
        Hour.objects.filter(hour__lt=now - KEPT).delete()
        Habit.objects.filter(day__lt=(now - KEPT).date()).delete()
    Mark.objects.filter(at__lt=now - KEPT).delete()


def _look_at(day: date, now: datetime) -> int:
    people = by_actor(_lines(day, now))
    if not people:
        return 0
    facts = gateways.patient_facts()(
        {patient for lines in people.values() for patient in opened(lines)},
        at=datetime.combine(day, time(12), clinic_zone()),
        staff={card.id: card.name for card in access.all_staff() if card.name},
    )
    openings = {actor: openings_of(lines, facts) for actor, lines in people.items()}
    _count(people, openings)
    usual, honey = habits.usual(day), _honey()
    clinic = _clinic(people, openings, rests=usual[habits.CLINIC].rests if usual else 0)
    risen = 0
    for actor, lines in people.items():
        case = _case(actor, day, lines, openings[actor], usual=usual, honey=honey)
        risen += raise_alerts(case, partial(judge, clinic=clinic))
    return risen


def _days(now: datetime) -> list[date]:
    """Return the days to judge: from where the last tick left off, today the last."""
    last = Mark.objects.order_by("-at").values_list("at", flat=True).first() or now
    today = now.astimezone(clinic_zone()).date()
    first = (min(last, now) - LATE).astimezone(clinic_zone()).date()
    first = max(first, today - timedelta(days=CATCH_UP))
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]


def _lines(day: date, now: datetime, *, actors: Collection[str] | None = None) -> Sequence[Line]:
    since, end = clock.day_bounds(day, clinic_zone())
    return following.lines(after=_mark(since), since=since, until=min(end, now), actors=actors)


def _mark(since: datetime) -> int:
    """Return an id below which nothing of `since` and later stands."""
    marks = Mark.objects.filter(at__lte=since - SKEW).order_by("-at")
    return marks.values_list("newest", flat=True).first() or 0


def _honey() -> frozenset[UUID]:
    return frozenset(Honey.objects.values_list("patient", flat=True))


def _case(
    actor: UUID,
    day: date,
    lines: Sequence[Line],
    openings: tuple[Opening, ...],
    *,
    usual: Mapping[str, Usual],
    honey: frozenset[UUID],
) -> Case:
    role, nothing = role_of(lines), Usual()
    own, peers = usual.get(str(actor), nothing), usual.get(role, nothing)
    return Case(actor, role, day, tuple(lines), openings, own, peers, honey)


def _clinic(
    people: Mapping[UUID, Sequence[Line]], openings: Mapping[UUID, Sequence[Opening]], *, rests: int
) -> Clinic:
    at_work: defaultdict[datetime, dict[UUID, str]] = defaultdict(dict)
    for actor, lines in people.items():
        role = role_of(lines)
        for hour in {hour_of(line.at) for line in lines}:
            at_work[hour][actor] = role
    kin: dict[UUID, Counter[UUID | None]] = {}
    for actor, found in openings.items():
        shared = [opening.facts.kin for opening in found if opening.facts is not None and opening.facts.kin]
        kin[actor] = Counter(who for names in shared for who in (None, *names))
    counts = {actor: len(found) for actor, found in openings.items()}
    return Clinic(at_work=at_work, kin=kin, openings=counts, rests=rests)


def _count(people: Mapping[UUID, Sequence[Line]], openings: Mapping[UUID, Sequence[Opening]]) -> None:
    rows = [row for actor, lines in people.items() for row in _hours(actor, lines, openings[actor])]
    rows.sort(key=lambda row: (row[0], row[1]))
    with as_service("watch"), connection.cursor() as cursor:
        cursor.execute(_UPSERT, [list(column) for column in zip(*rows, strict=True)])


def _hours(
    actor: UUID, lines: Iterable[Line], openings: Iterable[Opening]
) -> list[tuple[UUID, datetime, str, int, int, int, int, int]]:
    by_hour: defaultdict[datetime, list[Line]] = defaultdict(list)
    for line in lines:
        by_hour[hour_of(line.at)].append(line)
    firsts = Counter(hour_of(opening.at) for opening in openings)
    groundless = Counter(hour_of(opening.at) for opening in openings if opening.is_groundless)
    return [
        (
            actor,
            hour,
            role_of(met),
            len(shown_patients(met)),
            firsts[hour],
            groundless[hour],
            sum(line.is_refused for line in met),
            exported_rows(met),
        )
        for hour, met in by_hour.items()
    ]

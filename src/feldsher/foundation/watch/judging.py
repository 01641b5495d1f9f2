"""The rules at work on one case: pure, so that a minute's and an hour's look find the same."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Protocol, TypeVar
from uuid import UUID

from feldsher.foundation.audit.following import Line
from feldsher.foundation.watch import days
from feldsher.foundation.watch.cases import (
    EMERGENCY,
    IN_CARE,
    Case,
    Clinic,
    Opening,
    exported_rows,
    hour_of,
    is_export,
    shown_patients,
)
from feldsher.foundation.watch.norms import Norm, chance, unevenness
from feldsher.foundation.watch.rules import (
    COLLEAGUES_AT_WORK,
    COLLEAGUES_WITHIN_HOURS,
    ENOUGH_DAYS,
    GROUNDLESS_FLOOR_IN_CARE,
    GROUNDLESS_SHARE,
    HABITUAL_NIGHTS,
    HABITUAL_RESTS,
    KIN_CHANCE,
    LEARNING_DAYS,
    PACE_WINDOW,
    REFUSALS_WINDOW,
    RHYTHM_UNEVENNESS,
    RULES,
    UNKNOWN,
    WALK_GAP_SECONDS,
    WALK_IN_LIST,
    WALK_KNOWN_FOR,
)
from feldsher.foundation.watch.types import Finding, RuleCode

KEPT_IDS = 50


class Moment(Protocol):
    """A line or an opening: a row of the journal at an instant."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...


Met = TypeVar("Met", bound=Moment)


def judge_at_once(case: Case) -> Iterator[Finding]:
    """Yield what can't wait for the hour and needs nothing but the person's own lines."""
    yield from honey(case)
    yield from refusals(case)
    yield from pace(case)
    yield from rhythm(case)
    yield from many(case)
    yield from emergencies(case)


def judge(case: Case, clinic: Clinic) -> Iterator[Finding]:
    """Yield every rule that the case meets."""
    yield from judge_at_once(case)
    yield from no_ground(case)
    yield from odd_hours(case, clinic)
    yield from walk(case)
    yield from kin(case, clinic)
    yield from exports(case)


def honey(case: Case) -> Iterator[Finding]:
    met = [line for line in case.lines if not case.honey.isdisjoint(line.patients)] if case.honey else []
    yield from _finding(RuleCode.HONEY, len(met), RULES[RuleCode.HONEY].floor, met)


def refusals(case: Case) -> Iterator[Finding]:
    limit = _limit(RuleCode.REFUSALS, case, case.own.refused, case.peers.refused)
    met = densest([line for line in case.lines if line.is_refused], REFUSALS_WINDOW)
    yield from _finding(RuleCode.REFUSALS, len(met), limit, met)


def pace(case: Case) -> Iterator[Finding]:
    met = densest(case.openings, PACE_WINDOW)
    yield from _finding(RuleCode.PACE, len(met), RULES[RuleCode.PACE].floor, met)


def rhythm(case: Case) -> Iterator[Finding]:
    met = most_even(case.openings, RULES[RuleCode.RHYTHM].floor)
    gaps = _gaps(met)
    yield from _finding(
        RuleCode.RHYTHM,
        len(met),
        RULES[RuleCode.RHYTHM].floor,
        met,
        seconds=round(median(gaps)) if gaps else 0,
    )


def many(case: Case) -> Iterator[Finding]:
    limit = _limit(RuleCode.MANY, case, case.own.hourly, case.peers.hourly)
    hours: dict[datetime, list[Line]] = {}
    for line in case.lines:
        if line.patients and not line.is_refused and not is_export(line):
            hours.setdefault(hour_of(line.at), []).append(line)
    counts = {hour: len(shown_patients(met)) for hour, met in hours.items()}
    top = max(counts, key=counts.__getitem__, default=None)
    if top is not None:
        yield from _finding(RuleCode.MANY, counts[top], limit, hours[top])


def emergencies(case: Case) -> Iterator[Finding]:
    """Find more patients opened in an emergency than a day brings: by their first lines."""
    first: dict[UUID, Line] = {}
    for line in case.lines:
        if line.relation == EMERGENCY and not line.is_refused:
            for patient in line.patients:
                first.setdefault(patient, line)
    met = list(first.values())
    yield from _finding(RuleCode.EMERGENCIES, len(met), RULES[RuleCode.EMERGENCIES].floor, met)


def no_ground(case: Case) -> Iterator[Finding]:
    floor = GROUNDLESS_FLOOR_IN_CARE if case.role in IN_CARE else None
    limit = _limit(RuleCode.NO_GROUND, case, case.own.groundless, case.peers.groundless, floor=floor)
    met = [opening for opening in case.openings if opening.is_groundless]
    if len(met) >= GROUNDLESS_SHARE * len(case.openings):
        yield from _finding(RuleCode.NO_GROUND, len(met), limit, met, opened=len(case.openings))


def odd_hours(case: Case, clinic: Clinic) -> Iterator[Finding]:
    """Find openings at night by who does not work then, and on days of rest where the clinic does not."""
    if case.peers.days < LEARNING_DAYS:
        return
    met = [opening for opening in case.openings if _is_odd(case, opening.at, clinic)]
    yield from _finding(RuleCode.ODD_HOURS, len(met), RULES[RuleCode.ODD_HOURS].floor, met)


def walk(case: Case) -> Iterator[Finding]:
    known = [
        (opening.facts.created_at, opening)
        for opening in case.openings
        if opening.facts is not None and opening.at - opening.facts.created_at > WALK_KNOWN_FOR
    ]
    upwards = longest(known, lambda one, other: one[0] < other[0])
    downwards = longest(known, lambda one, other: one[0] > other[0])
    made = [opening for _, opening in max(upwards, downwards, key=len)]
    listed = _through_a_list(case)
    met = max(made, listed, key=len) if len(listed) >= WALK_IN_LIST else made
    yield from _finding(RuleCode.WALK, len(met), RULES[RuleCode.WALK].floor, met)


def kin(case: Case, clinic: Clinic) -> Iterator[Finding]:
    """Find more patients who share a name with staff, or with the reader, than chance would bring."""
    whole = case.openings
    groundless = tuple(opening for opening in whole if opening.is_groundless)
    best: tuple[float, Sequence[Opening], Sequence[Opening]] = (KIN_CHANCE, (), ())
    for whose in (None, case.actor):
        rate = _kin_rate(case, clinic, whose)
        for among in (whole, groundless):
            met = [opening for opening in among if _shares(opening, whose, reader=case.actor)]
            if len(met) >= RULES[RuleCode.KIN].floor:
                best = min(best, (chance(len(met), of=len(among), rate=rate), met, among), key=_first)
    _, rarest, whence = best
    own = sum(_shares(opening, case.actor, reader=case.actor) for opening in rarest)
    floor = RULES[RuleCode.KIN].floor
    yield from _finding(RuleCode.KIN, len(rarest), floor, rarest, opened=len(whence), own=own)


def _kin_rate(case: Case, clinic: Clinic, whose: UUID | None) -> float:
    """Return how often chance brings such names: one name by all patients, anybody's by others' openings."""
    if whose is None:
        return clinic.kin_rate(None, but=case.actor)
    return max(
        (o.facts.commonness for o in case.openings if o.facts is not None and whose in o.facts.kin),
        default=0.0,
    ) or clinic.kin_rate(whose, but=case.actor)


def exports(case: Case) -> Iterator[Finding]:
    limit = _limit(RuleCode.EXPORTS, case, case.own.exported, case.peers.exported)
    met = [line for line in case.lines if is_export(line)]
    yield from _finding(RuleCode.EXPORTS, exported_rows(met), limit, met)


def densest(items: Sequence[Met], window: timedelta) -> Sequence[Met]:
    """Return the longest stretch of items, in order of time, that lies within the window."""
    first, best = 0, (0, 0)
    for last, item in enumerate(items):
        while item.at - items[first].at >= window:
            first += 1
        best = max(best, (first, last + 1), key=lambda stretch: stretch[1] - stretch[0])
    return items[best[0] : best[1]]


def most_even(items: Sequence[Opening], least: int) -> Sequence[Opening]:
    """Return the longest stretch of at least `least` items at even gaps, nothing where there is none.

    It grows as long as it stays even: from every start, while the `least` last gaps are.
    """
    best: Sequence[Opening] = ()
    start: int | None = None
    for first, value in enumerate(unevenness(_gaps(items), of=least - 1)):
        if value <= RHYTHM_UNEVENNESS:
            start = first if start is None else start
            best = max(best, items[start : first + least], key=len)
        else:
            start = None
    return best


def longest(
    items: Sequence[tuple[datetime, Opening]],
    goes_on: Callable[[tuple[datetime, Opening], tuple[datetime, Opening]], bool],
) -> Sequence[tuple[datetime, Opening]]:
    """Return the longest stretch in which each item goes on from the one before."""
    best: Sequence[tuple[datetime, Opening]] = items[:1]
    start = 0
    for n, (one, other) in enumerate(pairwise(items), start=1):
        start = start if goes_on(one, other) else n
        best = max(best, items[start : n + 1], key=len)
    return best


def _through_a_list(case: Case) -> list[Opening]:
    """Return the longest stretch of openings, one after another without a pause, in a list's own order."""
    lists = [line for line in case.lines if len(line.patients) > 1 and not line.is_refused]
    places: dict[UUID, int] = {}
    best: list[Opening] = []
    stretch: list[Opening] = []
    before: tuple[int, Opening] | None = None
    for opening in case.openings:
        while lists and lists[0].at <= opening.at:
            places = {patient: place for place, patient in enumerate(lists.pop(0).patients)}
        place = places.get(opening.patient)
        follows = (
            place is not None
            and before is not None
            and place == before[0] + 1
            and (opening.at - before[1].at).total_seconds() <= WALK_GAP_SECONDS
        )
        stretch = [*stretch, opening] if follows else [opening]
        before = (place, opening) if place is not None else None
        best = max(best, stretch, key=len)
    return best


def _is_odd(case: Case, at: datetime, clinic: Clinic) -> bool:
    if days.is_night(at):
        nights = case.own.nights if case.own.days >= ENOUGH_DAYS else case.peers.nights
        if nights >= HABITUAL_NIGHTS:
            return False
        others = clinic.near(at, COLLEAGUES_WITHIN_HOURS, but=case.actor).values()
        return sum(role == case.role for role in others) < COLLEAGUES_AT_WORK
    if not days.is_rest(case.day) or max(case.own.rests, clinic.rests) >= HABITUAL_RESTS:
        return False
    return len(clinic.near(at, COLLEAGUES_WITHIN_HOURS, but=case.actor)) < COLLEAGUES_AT_WORK


def _shares(opening: Opening, whose: UUID | None, *, reader: UUID) -> bool:
    if opening.facts is None:
        return False
    return bool(opening.facts.kin) if whose is None else reader in opening.facts.kin


def _gaps(items: Sequence[Opening]) -> list[float]:
    return [(other.at - one.at).total_seconds() for one, other in pairwise(items)]


def _first(best: tuple[float, Sequence[Opening], Sequence[Opening]]) -> float:
    return best[0]


def _limit(code: RuleCode, case: Case, own: Norm, peers: Norm, *, floor: int | None = None) -> int:
    """Return the first count beyond floor, own habit and the role's; a habit of a few days is none."""
    least = RULES[code].floor if floor is None else floor
    if max(case.own.days, case.peers.days) < ENOUGH_DAYS:
        return least * UNKNOWN
    limits = [
        norm.limit for usual, norm in ((case.own, own), (case.peers, peers)) if usual.days >= ENOUGH_DAYS
    ]
    return max(least, *(int(limit) + 1 for limit in limits))


def _finding(
    code: RuleCode, count: int, limit: int, met: Sequence[Moment], **figures: int
) -> Iterator[Finding]:
    if not met or count < limit:
        return
    rule = RULES[code]
    yield Finding(
        rule=code,
        points=rule.far if count >= rule.far_at * limit else rule.points,
        figures={"count": count, "limit": limit, **figures},
        ids=tuple(item.id for item in met[:KEPT_IDS]),
        since=met[0].at,
        until=met[-1].at,
    )

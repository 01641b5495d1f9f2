"""Free times, as the database offers them at this moment; `hold` accepts exactly these.

Days are those of each branch's own calendar, whatever zone the reader lives in. Lists have no times where
nobody books: a mirror may lie in the database from the days of another kind of project.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.errors import BadFilterError
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import UNNAMED_SERVICE
from feldsher.domain.scheduling.selectors.rules import rules_of
from feldsher.domain.scheduling.tokens import read_slot_token
from feldsher.domain.scheduling.types import (
    NO_ANSWERS,
    Answer,
    Answers,
    AppointmentCard,
    DaysOffered,
    DayTimes,
    FirstTime,
    OpenDay,
    OpenSlot,
    OpenTimes,
    SlotFilter,
    SlotKey,
    Sort,
    VisitRule,
)
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock

PER_OFFER = 500
"""More times than one doctor can have in a span that anybody asks for."""
MOVE_DAYS, PER_DAY = 14, 8
"""Of how many days a visit's new time may be chosen at once, and how many times of each."""
ALTERNATIVES = 6
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""How far local days reach beyond the UTC day of the same date."""


def open_times(
    wanted: SlotFilter, *, first: date | None, days: int, answers: Answers = NO_ANSWERS
) -> OpenTimes:
    """Return the free times of `days` calendar days from `first` (None: today), as the branches count days.

    Without a service each doctor's default visit is meant. Raises BadFilterError when neither doctor,
    specialty nor service is given; unknown ids have no times. Of a doctor one query.
    """
    practitioners = _practitioners(wanted)
    first = first or _today(wanted.location_id)
    last = first + timedelta(days=days - 1)
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - _EAST
    end = datetime.combine(last, datetime.min.time(), tzinfo=UTC) + timedelta(days=1) + _WEST
    found = sql_calls.offered(
        practitioners,
        location=wanted.location_id,
        service=wanted.service_id,
        span=(start, end),
        limit=PER_OFFER,
        answers=answers,
    )
    as_of, is_fresh = freshness(found.heard)
    rules = rules_of(found.ruled, is_all=False)
    by_day: dict[date, list[OpenSlot]] = defaultdict(list)
    zones = {name: ZoneInfo(name) for name in {slot.zone for slot in found.slots}}
    for slot in found.slots:
        day = slot.key.start.astimezone(zones[slot.zone]).date()
        if first <= day <= last:
            by_day[day].append(slot)
    open_days = tuple(OpenDay(day, tuple(by_day[day])) for day in sorted(by_day))
    etag = _etag(open_days, is_fresh=is_fresh, rules=rules)
    return OpenTimes(as_of=as_of, is_fresh=is_fresh, days=open_days, etag=etag, rules=rules)


def next_times(
    practitioner_ids: Collection[UUID],
    *,
    location_id: UUID | None = None,
    service_id: UUID | None = None,
    per: int = 6,
    answers: Answers | Answer = NO_ANSWERS,
) -> dict[UUID, tuple[OpenSlot, ...]]:
    """Return the nearest `per` times of each doctor in one query; doctors without times are absent."""
    if not has_booking():
        return {}
    now = clock.now()
    found = sql_calls.free_slots(
        list(practitioner_ids),
        location=location_id,
        service=service_id,
        span=(now, now + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)),
        limit=per,
        answers=answers,
    )
    nearest: dict[UUID, list[OpenSlot]] = defaultdict(list)
    for slot in found:
        times = nearest[slot.key.practitioner_id]
        if len(times) < per:
            times.append(slot)
    return {practitioner: tuple(times) for practitioner, times in nearest.items()}


def day_times(  # noqa: PLR0913 - the terms of a list, and its days
    practitioner_ids: Collection[UUID],
    *,
    first: date,
    days: int,
    zones: Collection[str],
    location_id: UUID | None = None,
    service_id: UUID | None = None,
    shown: int = 3,
    answers: Answers = NO_ANSWERS,
    ruled: Collection[UUID] = (),
) -> DaysOffered:
    """Return the times of each doctor in each branch on `days` days from `first`, by the branch's calendar.

    Of a day the first `shown` times and the count of all. Who has none in these days has the nearest later
    day instead, with as many of its times as are shown. `ruled` are the doctors whose rules are told, too:
    those of `visit_rules` that not everybody passes. One query; `zones` are those of the branches.
    """
    if not has_booking():
        return DaysOffered({}, ())
    dates = [first + timedelta(days=shift) for shift in range(days + 1)]
    midnights = {
        zone: [clock.day_bounds(day, ZoneInfo(zone))[0] for day in dates] for zone in {*zones, "UTC"}
    }
    found, rules = sql_calls.day_times(
        list(practitioner_ids),
        location=location_id,
        service=service_id,
        midnights=midnights,
        until=clock.now() + timedelta(days=settings.FELDSHER_BOOKING.horizon_days),
        shown=shown,
        answers=answers,
        ruled=list(ruled),
    )
    near: dict[UUID, dict[UUID, list[DayTimes]]] = defaultdict(lambda: defaultdict(list))
    for number, count, slots in sorted(found, key=itemgetter(0), reverse=True):
        days_of = near[slots[0].key.practitioner_id][slots[0].key.location_id]
        if number:
            days_of.insert(0, DayTimes(first + timedelta(days=number - 1), tuple(slots), count))
        elif not days_of:
            days_of.append(_first_day(slots))
    times = {
        practitioner: {branch: tuple(own) for branch, own in branches.items()}
        for practitioner, branches in near.items()
    }
    return DaysOffered(times, rules_of(rules, is_all=False))


def _first_day(slots: list[OpenSlot]) -> DayTimes:
    zone = ZoneInfo(slots[0].zone)
    day = slots[0].key.start.astimezone(zone).date()
    of_day = tuple(slot for slot in slots if slot.key.start.astimezone(zone).date() == day)
    return DayTimes(day, of_day, len(of_day))


def leading_times(
    practitioner_ids: Collection[UUID],
    *,
    count: int,
    sort: Sort = Sort.TIME,
    distances: Mapping[UUID, float] = MappingProxyType({}),
    location_id: UUID | None = None,
    service_id: UUID | None = None,
    answers: Answers = NO_ANSWERS,
) -> tuple[FirstTime, ...]:
    """Return the first times of the `count` doctors who lead a list in this order; one query.

    Each doctor is named once, with the branch that wins; who has no time is absent. `distances` are by branch
    in km. A price is that of the first time; an unknown one, like an unknown distance, comes last. Equals go
    by time, then as the ids were given.
    """
    if not has_booking():
        return ()
    now = clock.now()
    found = sql_calls.leading_slots(
        list(practitioner_ids),
        location=location_id,
        service=service_id,
        span=(now, now + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)),
        answers=answers,
        sort=sort,
        distances=distances,
        count=count,
    )
    return tuple(found)


def alternatives(key: SlotKey) -> tuple[OpenSlot, ...]:
    """Return up to six free times nearest to the wanted one: same doctor, branch and service."""
    now = clock.now()
    found = sql_calls.free_slots(
        [key.practitioner_id],
        location=key.location_id,
        service=key.service_id,
        span=(max(now, key.start - timedelta(days=2)), key.start + timedelta(days=7)),
        limit=PER_OFFER,
        answers=key.answers,
    )
    nearest = sorted(found, key=lambda slot: (abs(slot.key.start - key.start), slot.key.start))
    return tuple(sorted(nearest[:ALTERNATIVES], key=lambda slot: slot.key.start))


def times_to_move_to(visit: AppointmentCard, *, days: int = MOVE_DAYS) -> tuple[OpenSlot, ...]:
    """Return the next free times of the visit's doctor, branch and service, in their order.

    Who has its card and may change it is told, too, of those that its own time alone stands against.

    Of a day with more than `PER_DAY` each second or third, so that mornings do not hide evenings, and all of
    those that overlap the visit: who is a little late looks for nothing else. None of its day, if it is off.
    """
    now, key = clock.now(), visit.key
    found = sql_calls.free_slots(
        [key.practitioner_id],
        location=key.location_id,
        service=key.service_id,
        span=(now, now + timedelta(days=days)),
        limit=PER_OFFER,
        answers=key.answers,
        instead=making_way(visit.id) if visit.can_cancel else None,
    )
    by_day: dict[date, list[OpenSlot]] = defaultdict(list)
    for slot in sorted(found, key=lambda each: each.key.start):
        by_day[slot.key.start.astimezone(ZoneInfo(slot.zone)).date()].append(slot)
    if visit.is_off:
        by_day.pop(key.start.astimezone(ZoneInfo(visit.zone)).date(), None)
    return tuple(
        slot
        for times in by_day.values()
        for number, slot in enumerate(times)
        if number % (1 + (len(times) - 1) // PER_DAY) == 0
        or (slot.key.start < visit.end and key.start < slot.end)
    )


def times_of_colleagues(key: SlotKey, *, per: int) -> dict[UUID, tuple[OpenSlot, ...]]:
    """Return the nearest `per` times of each other doctor who gives this service in this branch."""
    if key.service_id == UNNAMED_SERVICE:
        return {}
    wanted = SlotFilter(service_id=key.service_id, location_id=key.location_id)
    others = [each for each in _practitioners(wanted) if each != key.practitioner_id]
    return next_times(
        others, location_id=key.location_id, service_id=key.service_id, per=per, answers=key.answers
    )


def peek(token: str) -> SlotKey:
    """Return what a slot token names; raises SlotTokenError."""
    return read_slot_token(token)


def _today(location: UUID | None) -> date:
    """Return today in that branch, else the earliest today of all of them."""
    zones = directory.zones()
    named = [zones[location]] if location in zones else list(zones.values()) or ["UTC"]
    return min(clock.now().astimezone(ZoneInfo(zone)).date() for zone in named)


def _practitioners(wanted: SlotFilter) -> list[UUID]:
    if wanted.practitioner_id is not None:
        return [wanted.practitioner_id]
    if wanted.specialty is None and wanted.service_id is None:
        raise BadFilterError("neither practitioner, specialty nor service")
    found: list[UUID] = []
    after: str | None = None
    while True:
        cards, after = directory.practitioners(
            specialty=wanted.specialty,
            location=wanted.location_id,
            service=wanted.service_id,
            after=after,
            limit=500,
        )
        found += [card.id for card in cards]
        if after is None:
            return found


def freshness(heard: Collection[datetime | None]) -> tuple[datetime | None, bool]:
    """Return the oldest `as_of` that is within the limit; of several MISes the silent ones offer nothing.

    Without a single one within the limit: the latest that is known, and False. Nobody concerned is fresh.
    """
    times = sorted(as_of for as_of in heard if as_of is not None)
    limit = clock.now() - timedelta(minutes=settings.FELDSHER_BOOKING.freshness_minutes)
    fresh = [time for time in times if time >= limit]
    if fresh:
        return fresh[0], True
    return (times[-1] if times else None), not heard


def _etag(days: Iterable[OpenDay], *, is_fresh: bool, rules: Iterable[VisitRule]) -> str:
    said = "".join(
        f"{slot.token}{int(slot.end.timestamp())}{slot.zone}{slot.price}"
        for day in days
        for slot in day.slots
    )
    ruled = "".join(f"{rule}" for rule in rules)
    return hashlib.blake2b(f"{is_fresh}{said}{ruled}".encode(), digest_size=12).hexdigest()

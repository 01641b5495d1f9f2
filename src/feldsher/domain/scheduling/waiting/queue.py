"""Who waits, in the order in which they came, and what is of use to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import Answer, SlotKey, Wanted, Window
from feldsher.domain.scheduling.waiting import rules

WORK = "tending"
Places = Mapping[str, frozenset[tuple[UUID, UUID]]]
"""Where each specialty (slug) is practised: doctors in branches."""
_WAITERS = """
    SELECT w.id, w.patient, w.chain, a.id, a.starts_at,
           w.practitioner, w.specialty, w.locations, w.service, w.answers, w.age,
           w.first_day, w.last_day, w.opens, w.closes, s.doctors, s.starts
    FROM scheduling_wish w
    LEFT JOIN scheduling_appointment a ON a.chain = w.chain AND a.active AND a.state = 'booked'
    CROSS JOIN LATERAL (
        SELECT array_agg(o.practitioner) AS doctors, array_agg(o.starts_at) AS starts
        FROM scheduling_waiting_offer o WHERE o.wish = w.id) s
    WHERE w.state = 'waiting' AND (w.chain IS NULL OR a.starts_at > %(now)s)
      AND NOT EXISTS (SELECT 1 FROM scheduling_waiting_offer o WHERE o.wish = w.id AND o.state = 'open')
      AND NOT EXISTS (SELECT 1 FROM scheduling_waiting_offer o
                      WHERE o.phone_key = w.phone_key AND o.state = 'open' AND o.phone_key <> '')
      AND NOT EXISTS (SELECT 1 FROM scheduling_appointment m
                      WHERE m.chain = w.chain AND m.active AND m.id <> a.id)
      AND NOT EXISTS (SELECT 1 FROM scheduling_other_times t
                      WHERE t.appointment = a.id AND t.settled_at IS NULL)
"""
_FOR_ONE_TIME = """
      AND ((w.practitioner = %(practitioner)s AND w.specialty = '')
           OR (w.specialty = ANY (%(specialties)s) AND w.practitioner IS NULL))
      AND (w.locations = '{}' OR %(location)s = ANY (w.locations))
      AND (w.chain IS NULL OR a.starts_at > %(starts_at)s)
      AND (w.first_day IS NULL OR (w.first_day <= %(day)s AND w.last_day >= %(day)s
                                   AND w.opens <= %(time)s AND w.closes > %(time)s))
"""
_IN_ORDER = " ORDER BY w.created_at, w.id"


@dataclass(frozen=True, slots=True)
class Freed:
    """One time of a doctor in a branch, in whose zone its day and hour are told."""

    practitioner: UUID
    location: UUID
    starts_at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Waiter:
    """A wish that may be offered a time: in the place of its visit, or within a window where it has none.

    `wanted`: of a specialty one for each doctor who practises it. `places` are the doctors' branches that
    suit it, None where `wanted` says all. `seen` was offered to it before: doctors and their times.
    """

    wish_id: UUID
    patient_id: UUID | None
    chain: UUID | None
    visit_id: UUID | None
    visit_at: datetime | None
    wanted: tuple[Wanted, ...]
    places: frozenset[tuple[UUID, UUID]] | None
    window: Window | None
    seen: frozenset[tuple[UUID, datetime]]

    def span(self, *, now: datetime) -> tuple[datetime, datetime]:
        """Return the first and the last start that may suit."""
        return rules.span(self.window, visit_at=self.visit_at, now=now)

    def is_for(self, key: SlotKey, zone: ZoneInfo) -> bool:
        """Whether a time is whose, where and when it suits, whatever it stands in the place of."""
        if not any(
            each.practitioner_id == key.practitioner_id and each.location_id in {None, key.location_id}
            for each in self.wanted
        ):
            return False
        if self.places is not None and (key.practitioner_id, key.location_id) not in self.places:
            return False
        return self.window is None or self.window.suits(key.start, zone)

    def suits(self, key: SlotKey, *, now: datetime, zone: ZoneInfo) -> bool:
        """Whether a free time may be offered now: it suits, is new to them, and they may be told of it.

        `zone` is that of the time's branch.
        """
        first, last = self.span(now=now)
        if not first <= key.start <= last or (key.practitioner_id, key.start) in self.seen:
            return False
        return rules.may_be_told(now, zone) and self.is_for(key, zone)


def waiters(now: datetime) -> list[Waiter]:
    """Return whoever waits for a time and may get one now, first come first, in the caller's context.

    A visit that is being moved, or that was called off, is not waited for meanwhile. Nor is anything by a
    phone that has an open offer.
    """
    rows = _read(_WAITERS + _IN_ORDER, {"now": now})
    slugs = {row[6] for row in rows if row[6]}
    places = directory.specialty_places(slugs) if slugs else {}
    return [_waiter(row, places) for row in rows]


def waiters_for(freed: Freed, *, now: datetime) -> list[Waiter]:
    """Return those of them whom one time may suit: one question of an index, and where the doctor works."""
    here = (freed.practitioner, freed.location)
    known = directory.specialty_places(practitioner=freed.practitioner)
    places = {slug: frozenset({here}) for slug, pairs in known.items() if here in pairs}
    local = freed.starts_at.astimezone(freed.zone)
    terms = {
        "now": now,
        "practitioner": freed.practitioner,
        "location": freed.location,
        "specialties": list(places),
        "starts_at": freed.starts_at,
        "day": local.date(),
        "time": local.time(),
    }
    return [_waiter(row, places) for row in _read(_WAITERS + _FOR_ONE_TIME + _IN_ORDER, terms)]


def _read(statement: str, terms: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, terms)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _waiter(row: tuple[Any, ...], places: Places) -> Waiter:
    wish, patient, chain, visit, visit_at, doctor, specialty, branches, service, answers, age, *rest = row
    window, seen = rest[:4], rest[4:]
    where: frozenset[tuple[UUID, UUID]] | None = None
    if specialty:
        where = frozenset(pair for pair in places.get(specialty, ()) if not branches or pair[1] in branches)
    elif len(branches) > 1:
        where = frozenset((doctor, branch) for branch in branches)
    only = branches[0] if len(branches) == 1 else None
    doctors = sorted({pair[0] for pair in where}) if where is not None else [doctor]
    return Waiter(
        wish_id=wish,
        patient_id=patient,
        chain=chain,
        visit_id=visit,
        visit_at=visit_at,
        wanted=tuple(Wanted(each, only, service, Answer(answers), age) for each in doctors),
        places=where,
        window=Window(*window) if window[0] is not None else None,
        seen=frozenset(zip(seen[0] or (), seen[1] or (), strict=True)),
    )

"""What is counted of visits: what has changed since the last look, and the facts of those, without a patient.

For our own machinery in a context that reaches all visits. What registrars booked in the MIS itself is left
out: it was neither held nor reminded here, and nobody marks it.

Each `OFFSET 0` keeps a look by key what it is: row security makes the planner think that a table of millions
has a single row in reach, and it would read all of it.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling.types import ChangedVisits, CountedVisit, Press, State, VisitEnd
from feldsher.domain.scheduling.types.reminders import ReminderKind, reminder_key
from feldsher.foundation.messaging import pushing
from feldsher.foundation.messaging import selectors as messaging
from feldsher.kernel import clock

SETTLED = timedelta(minutes=5)
"""Longer than any commit that changes a visit takes."""
_ENDS = {
    State.BOOKED: VisitEnd.OPEN,
    State.CANCELLING: VisitEnd.OPEN,
    State.ARRIVED: VisitEnd.CAME,
    State.FULFILLED: VisitEnd.CAME,
    State.NOSHOW: VisitEnd.MISSED,
    State.CANCELLED: VisitEnd.CANCELLED,
    # Its next version is another doctor's or time's that the MIS itself keeps, or is not there any more.
    State.MOVED: VisitEnd.CANCELLED,
}
_CHANGED = """
    WITH changed AS (
        SELECT t.id, t.appointment, t.at FROM scheduling_transition t
        WHERE t.id > %(after)s ORDER BY t.id LIMIT %(limit)s)
    SELECT count(*), max(c.id) FILTER (WHERE c.at < %(settled)s),
           array_agg(DISTINCT a.chain), array_agg(DISTINCT a.id)
    FROM changed c CROSS JOIN LATERAL (
        SELECT b.id, b.chain FROM scheduling_appointment b WHERE b.id = c.appointment OFFSET 0) a
"""
_FACTS = """
    SELECT f.chain, f.channel, f.created_at, f.location, f.practitioner,
           v.id, v.starts_at, v.location, v.practitioner, v.state,
           EXISTS (SELECT 1 FROM scheduling_appointment a
                   WHERE a.chain = f.chain AND a.state = ANY(%(booked)s))
    FROM unnest(%(chains)s::uuid[]) AS wanted(chain)
    CROSS JOIN LATERAL (
        SELECT b.* FROM scheduling_appointment b WHERE b.id = wanted.chain OFFSET 0) f
    CROSS JOIN LATERAL (
        SELECT a.id, a.starts_at, a.location, a.practitioner, a.state FROM scheduling_appointment a
        WHERE a.chain = f.chain
        ORDER BY a.state = ANY(%(undone)s), a.created_at DESC, a.id LIMIT 1) v
    WHERE f.chain = wanted.chain AND f.channel <> 'mis'
    ORDER BY f.chain
"""
_REMINDERS = """
    WITH mine AS MATERIALIZED (
        SELECT r.appointment, r.kind, r.state, r.reason, r.settled_at,
               r.answered_at IS NOT NULL AS is_answered
        FROM scheduling_reminder r WHERE r.appointment = ANY(%(visits)s))
    SELECT m.appointment, m.appointment, m.kind, m.is_answered FROM mine m
    WHERE m.state = 'sent' OR m.is_answered
    UNION ALL
    SELECT m.appointment, s.appointment, s.kind, s.answered_at IS NOT NULL
    FROM mine m
    CROSS JOIN LATERAL (
        SELECT b.patient, b.location FROM scheduling_appointment b WHERE b.id = m.appointment OFFSET 0) a
    CROSS JOIN LATERAL (
        SELECT b.id FROM scheduling_appointment b
        WHERE b.patient = a.patient AND b.location = a.location AND b.id <> m.appointment OFFSET 0) other
    CROSS JOIN LATERAL (
        SELECT r.* FROM scheduling_reminder r WHERE r.appointment = other.id AND r.kind = m.kind OFFSET 0) s
    WHERE m.reason = 'told_together' AND s.state = 'sent'
      AND s.settled_at BETWEEN m.settled_at AND m.settled_at + interval '1 minute'
"""
_PRESSES = """
    SELECT a.id, min(t.at), a.starts_at, a.location, a.practitioner, a.service, a.patient
    FROM unnest(%(ids)s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT b.id, b.starts_at, b.location, b.practitioner, b.service, b.patient
        FROM scheduling_appointment b WHERE b.id = wanted.id OFFSET 0) a
    JOIN scheduling_transition t ON t.appointment = a.id
    WHERE t.before = %(held)s AND NOT t.after = ANY(%(given_up)s)
    GROUP BY a.id, a.starts_at, a.location, a.practitioner, a.service, a.patient
"""


def changed_visits(*, after: int, limit: int = 5000) -> ChangedVisits:
    """Return which chains changed after that transition, at most `limit` changes of them."""
    settled = clock.now() - SETTLED
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"after": after, "limit": limit, "settled": settled})
        count, until, chains, ids = cursor.fetchone()
    # A hold that became part of another chain by a move leaves a chain of its own behind.
    return ChangedVisits(
        tuple(sorted({*(chains or ()), *(ids or ())})), after=until or after, is_all=count < limit
    )


def counted_visits(chains: Collection[UUID]) -> tuple[CountedVisit, ...]:
    """Return the facts of those chains; one that is no chain, or the MIS's own, is absent."""
    booked = [state.value for state in _ENDS]
    undone = [state.value for state in State if state not in _ENDS]
    terms: dict[str, Any] = {"chains": list(chains), "booked": booked, "undone": undone}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, terms)
        rows = cursor.fetchall()
    told = _told([row[5] for row in rows])
    return tuple(_fact(row, told) for row in rows)


def presses(holds: Collection[UUID]) -> Mapping[UUID, Press]:
    """Return which of these holds their patients sent off, whether or not the clinic's system took them."""
    given_up = [State.EXPIRED.value, State.RELEASED.value]
    terms: dict[str, Any] = {"ids": list(holds), "held": State.HELD.value, "given_up": given_up}
    with connection.cursor() as cursor:
        cursor.execute(_PRESSES, terms)
        return {row[0]: Press(*row) for row in cursor.fetchall()}


def _fact(row: tuple[Any, ...], told: frozenset[UUID]) -> CountedVisit:
    chain, channel, held_at, held_location, held_practitioner, visit, starts_at, *rest = row
    location, practitioner, state, is_booked = rest
    return CountedVisit(
        chain=chain,
        channel=channel,
        held_at=held_at,
        held_location=held_location,
        held_practitioner=held_practitioner,
        visit=visit,
        starts_at=starts_at,
        location=location,
        practitioner=practitioner,
        is_booked=is_booked,
        is_told=visit in told,
        outcome=_ENDS.get(State(state), VisitEnd.NEVER),
    )


def _told(visits: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the visits of which a reminder arrived or was answered."""
    with connection.cursor() as cursor:
        cursor.execute(_REMINDERS, {"visits": list(visits)})
        rows = cursor.fetchall()
    answered = {visit for visit, _, _, is_answered in rows if is_answered}
    by_key = [(reminder_key(by, ReminderKind(kind)), visit) for visit, by, kind, _ in rows]
    keys = {key for key, _ in by_key}
    arrived = messaging.delivered(keys) | pushing.heard(keys) if keys else frozenset()
    return frozenset(answered | {visit for key, visit in by_key if key in arrived})

"""Who waits, in the order in which they came, and what is of use to each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from feldsher.domain.scheduling.types import Answer, SlotKey, Wanted
from feldsher.domain.scheduling.waiting import rules

WORK = "tending"
_WAITERS = """
    SELECT w.id, w.patient, w.chain, a.id, a.starts_at,
           w.practitioner, w.location, w.service, w.answers, w.age,
           w.first_day, w.last_day, w.opens, w.closes,
           ARRAY(SELECT o.starts_at FROM scheduling_waiting_offer o WHERE o.wish = w.id)
    FROM scheduling_wish w
    LEFT JOIN scheduling_appointment a ON a.chain = w.chain AND a.active AND a.state = 'booked'
    WHERE w.state = 'waiting' AND (w.chain IS NULL OR a.starts_at > %(now)s)
      AND (%(practitioner)s::uuid IS NULL OR w.practitioner = %(practitioner)s)
      AND NOT EXISTS (SELECT 1 FROM scheduling_waiting_offer o WHERE o.wish = w.id AND o.state = 'open')
      AND NOT EXISTS (SELECT 1 FROM scheduling_appointment m
                      WHERE m.chain = w.chain AND m.active AND m.id <> a.id)
      AND NOT EXISTS (SELECT 1 FROM scheduling_other_times t
                      WHERE t.appointment = a.id AND t.settled_at IS NULL)
    ORDER BY w.created_at, w.id
"""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A wish that may be offered a time: in the place of its visit, or within a window where it has none.

    `seen` was offered to it before.
    """

    wish_id: UUID
    patient_id: UUID | None
    chain: UUID | None
    visit_id: UUID | None
    visit_at: datetime | None
    wanted: Wanted
    window: rules.Window | None
    seen: frozenset[datetime]

    def span(self, *, now: datetime) -> tuple[datetime, datetime]:
        """Return the first and the last start that may suit."""
        if self.window is not None:
            return self.window.span(now=now)
        return rules.span_before(self.visit_at or now, now=now)

    def suits(self, key: SlotKey, *, now: datetime, zone: ZoneInfo) -> bool:
        """Whether a free time may be offered now: it suits, is new to them, and they may be told of it.

        `zone` is that of the time's branch.
        """
        first, last = self.span(now=now)
        if not first <= key.start <= last or key.start in self.seen:
            return False
        return rules.may_be_told(now, zone) and (self.window is None or self.window.suits(key.start, zone))


def waiters(now: datetime, *, practitioner: UUID | None = None) -> list[Waiter]:
    """Return whoever waits for a time and has no offer now, first come first, in the caller's context.

    A visit that is being moved, or that was called off, is not waited for meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITERS, {"now": now, "practitioner": practitioner})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [_waiter(*row[:5], wanted=row[5:10], window=row[10:14], seen=row[14]) for row in rows]


def _waiter(  # noqa: PLR0913 - the columns of a row
    wish: UUID,
    patient: UUID | None,
    chain: UUID | None,
    visit: UUID | None,
    visit_at: datetime | None,
    *,
    wanted: tuple[Any, ...],
    window: tuple[Any, ...],
    seen: list[datetime],
) -> Waiter:
    doctor, location, service, answers, age = wanted
    return Waiter(
        wish_id=wish,
        patient_id=patient,
        chain=chain,
        visit_id=visit,
        visit_at=visit_at,
        wanted=Wanted(doctor, location, service, Answer(answers), age),
        window=rules.Window(*window) if chain is None else None,
        seen=frozenset(seen),
    )

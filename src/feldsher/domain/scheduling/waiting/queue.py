"""Who waits, in the order in which they came, and what is of use to each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling.types import Answer, SlotPlace
from feldsher.domain.scheduling.waiting import rules

WORK = "tending"
_WAITERS = """
    SELECT w.id, w.patient, a.id, a.starts_at, w.practitioner, w.location, w.service, w.answers,
           ARRAY(SELECT o.starts_at FROM scheduling_waiting_offer o WHERE o.wish = w.id)
    FROM scheduling_wish w
    JOIN scheduling_appointment a ON a.chain = w.chain AND a.active AND a.state = 'booked'
    WHERE w.state = 'waiting' AND a.starts_at > %(now)s
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
    """A wish that may be offered a time in the place of its visit. `seen` was offered to it before."""

    wish_id: UUID
    patient_id: UUID
    visit_id: UUID
    visit_at: datetime
    place: SlotPlace
    seen: frozenset[datetime]

    def wants(self, starts_at: datetime, *, now: datetime) -> bool:
        is_new = starts_at not in self.seen
        return is_new and rules.is_wanted(starts_at, instead_of=self.visit_at, now=now)


def waiters(now: datetime, *, practitioner: UUID | None = None) -> list[Waiter]:
    """Return whoever waits for a time and has no offer now, first come first, in the caller's context.

    A visit that is being moved, or that was called off, is not waited for meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITERS, {"now": now, "practitioner": practitioner})
        rows = cursor.fetchall()
    return [
        Waiter(
            wish, patient, visit, at, SlotPlace(doctor, location, service, Answer(answers)), frozenset(seen)
        )
        for wish, patient, visit, at, doctor, location, service, answers, seen in rows
    ]

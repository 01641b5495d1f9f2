"""Visits of the invented clinic on their way from a hold to an end, and sums of what was counted of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from domain.directory import factory as clinic
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.domain.directory.types import Kind
from feldsher.domain.figures.models import HoldDay, VisitDay
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.types import State
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.kernel import clock

TO_BOOKED = (State.BOOKING, State.BOOKED)
TO_CAME = (*TO_BOOKED, State.ARRIVED, State.FULFILLED)
TO_MISSED = (*TO_BOOKED, State.NOSHOW)
HOLDS = ("held", "booked", "cancelled", "came", "missed")
VISITS = ("told_came", "told_missed", "untold_came", "untold_missed", "unmarked")


def north() -> UUID:
    return clinic.row(Kind.LOCATION, clinic.NORTH.id)


def eye() -> UUID:
    return clinic.row(Kind.PRACTITIONER, clinic.EYE.id)


def held(start: datetime = VISIT_AT, *states: State, **changes: Any) -> UUID:
    """Write a hold of the eye doctor's in the northern branch, and take it through these states."""
    row_id = uuid4()
    span = DateTimeTZRange(start, start + timedelta(minutes=30))
    values: dict[str, Any] = {
        "chain": row_id,
        "practitioner": eye(),
        "location": north(),
        "service": clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        "visit": span,
        "occupied": span,
        "patient": uuid4(),
        "channel": "site",
        "hold_until": clock.now() + timedelta(minutes=10),
        "created_at": clock.now(),
    }
    Appointment.objects.create(id=row_id, state=State.HELD, **values | changes)
    become(row_id, *states)
    return row_id


def become(visit: UUID, *states: State) -> None:
    for state in states:
        Appointment.objects.filter(pk=visit).update(state=state)


def remind(visit: UUID, *, delivery: str = "delivered", reason: str = "") -> None:
    """Leave a reminder as it stands after its message was sent and its provider told what became of it."""
    now = clock.now()
    state = "dropped" if reason else "sent"
    Reminder.objects.create(
        appointment=visit,
        kind="day",
        starts_at=now,
        due_at=now,
        state=state,
        reason=reason,
        settled_at=now,
    )
    if reason:
        return
    message = Message.objects.create(
        key=f"reminder:{visit}:day",
        about=visit,
        kind="reminder",
        state="sent",
        phone=b"",
        text=b"",
        parts=2,
        created_at=now,
        valid_until=now,
    )
    Attempt.objects.create(
        message=message, provider="sms_ru", state="taken", cost="5.40", delivery=delivery, started_at=now
    )


def holds() -> dict[str, int]:
    """Return the sums over all cells of holds, those that are not zero."""
    return _sums(HoldDay, HOLDS)


def visits() -> dict[str, int]:
    return _sums(VisitDay, VISITS)


def _sums(model: Any, columns: tuple[str, ...]) -> dict[str, int]:
    rows = list(model.objects.values(*columns))
    sums = {column: sum(row[column] for row in rows) for column in columns}
    return {column: value for column, value in sums.items() if value}

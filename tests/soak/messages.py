"""What must be true of messages and of the plan of reminders, once it is quiet.

Nothing is sent here: a message is told apart by its row, which its cause's commit has written.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from feldsher.domain.scheduling import reminding
from feldsher.domain.scheduling.models import Appointment, Reminder, Transition
from feldsher.foundation.messaging.models import Message
from soak.player import Player

AHEAD: Final = timedelta(hours=48)
"""Visits that begin so soon have a plan."""
KINDS: Final = 2
"""A day and two hours before: what is not due is planned too, and says why."""
BEEN: Final = {
    "visit_booked": "booked",
    "visit_rescheduled": "booked",
    "visit_rejected": "rejected",
    "move_rejected": "rejected",
    "visit_ended": "cancelled",
    "visit_cancelled": "cancelled",
    "visit_missing": "cancelled",
}
"""In which state a visit must have been for a message of that kind."""


def messages(player: Player) -> Iterator[str]:
    """Tell of messages that say a thing twice, or one that was never so."""
    rows = list(Message.objects.exclude(about=None).values_list("kind", "about"))
    for (kind, about), count in Counter(rows).items():
        name = player.name_of(about)
        if count > 1:
            yield f"{count} messages {kind} about {name}: one of a kind is told of a version"
        been = set(Transition.objects.filter(appointment=about).values_list("after", flat=True))
        if kind in BEEN and BEEN[kind] not in been:
            yield f"a message {kind} about {name}, which was never {BEEN[kind]}: {sorted(been)}"


def plan(player: Player) -> Iterator[str]:
    """Plan reminders as each minute does, and tell where the plan is not that of the visits that stand."""
    reminding.plan()
    now = player.timeline.now()
    standing = set(
        Appointment.objects.filter(
            state="booked", patient__isnull=False, starts_at__gt=now, starts_at__lte=now + AHEAD
        ).values_list("pk", flat=True)
    )
    planned = Counter(Reminder.objects.values_list("appointment", flat=True))
    for visit in standing:
        if planned[visit] != KINDS:
            yield f"{player.name_of(visit)} stands, and has {planned[visit]} reminders planned"
    for visit in planned.keys() - standing:
        yield f"{player.name_of(visit)} does not stand, and was planned as if it did"

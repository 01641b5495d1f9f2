"""Reads of alarms: they name no person, and are for whoever sees the part of the product they are about."""

from datetime import timedelta

from django.db.models import Q

from feldsher.foundation.alarms.models import Alarm
from feldsher.foundation.alarms.types import AlarmCard
from feldsher.kernel import clock

LATELY = timedelta(days=7)
MOST = 100


def open_alarms() -> tuple[AlarmCard, ...]:
    """Return the alarms whose condition is met, the oldest first."""
    return tuple(map(_card, Alarm.objects.filter(closed_at=None).order_by("opened_at", "code")))


def open_count() -> int:
    return Alarm.objects.filter(closed_at=None).count()


def recent_alarms() -> tuple[AlarmCard, ...]:
    """Return the open alarms, the oldest first, then those that ended within LATELY, the newest first."""
    ended = Alarm.objects.filter(Q(closed_at__gt=clock.now() - LATELY)).order_by("-closed_at", "code")[:MOST]
    return (*open_alarms(), *map(_card, ended))


def _card(row: Alarm) -> AlarmCard:
    return AlarmCard(row.code, row.subject, row.title, row.sentence, row.opened_at, row.closed_at)

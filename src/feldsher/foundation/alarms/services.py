"""Writes of alarms: a look says what is met now, and alarms open, go on and end by that.

Alarms are about machines and open and close by themselves; what the watch finds is about people, and somebody
has to settle it (`foundation.watch`).
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from feldsher.foundation.alarms.models import Alarm
from feldsher.foundation.alarms.types import Change, Met
from feldsher.foundation.queue import queue
from feldsher.kernel import clock

QUIET = timedelta(minutes=5)
"""So long nothing of it is seen before an alarm ends: one that comes and goes is one alarm."""
KEPT = timedelta(days=90)
MAIL, HOOK = "alarms.mail", "alarms.hook"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('feldsher.alarms'), hashtext(%s))"
_log = logging.getLogger(__name__)


def settle(area: str, met: Iterable[Met]) -> None:
    """Take one look at an area: open what is met for the first time, end what was met no more for QUIET.

    Each opening and each end is a line of the log, and is told by the ways of the settings, once. Looks that
    run at once follow one another.
    """
    now = clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [area])
        known = {(row.code, row.subject): row for row in Alarm.objects.filter(area=area, closed_at=None)}
        for each in met:
            row = known.pop((each.code, each.subject), None)
            if row is None:
                row = Alarm(area=area, code=each.code, subject=each.subject, opened_at=now)
                _keep(row, each)
                _tell(row, Change.OPENED)
            else:
                _keep(row, each)
        for row in known.values():
            if now - row.seen_at >= QUIET:
                row.closed_at = now
                row.save(update_fields=["closed_at"])
                _tell(row, Change.CLOSED)


def forget() -> None:
    """Delete alarms that ended long ago."""
    Alarm.objects.filter(closed_at__lt=clock.now() - KEPT).delete()


def _keep(row: Alarm, met: Met) -> None:
    row.title, row.sentence, row.seen_at = met.title, met.sentence, clock.now()
    row.save()


def _tell(row: Alarm, change: Change) -> None:
    """Have it told once the look is committed; the log is a way that needs no settings."""
    level = logging.ERROR if change is Change.OPENED else logging.WARNING
    code, subject = row.code, row.subject
    transaction.on_commit(lambda: _log.log(level, "alarm.%s: %s %s", change.value, code, subject))
    ways = settings.FELDSHER_ALARMS
    for task, is_wanted in ((MAIL, ways.email), (HOOK, ways.webhook)):
        if is_wanted:
            queue().configure_task(task).defer(alarm=str(row.id), change=change.value)

"""The second copy of the rows: lines to a file or a syslog, at least once, in the tree's order.

A read leaves a job in its own commit, unless one waits already, so that its line leaves within seconds; a
tick each minute takes along what no job did, and catches up after a second place was away. The order is that
of leaves, in which no late commit can be passed over. A line says ids and codes: no reason, which is free
text, and nothing of the device.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued

from feldsher.foundation.audit import sinks, tree
from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.audit.leaves import COLUMNS
from feldsher.foundation.audit.models import Leaf, Queued, Shipped
from feldsher.foundation.audit.types import Lag
from feldsher.foundation.queue import queue
from feldsher.kernel import clock

SHIP = "audit.ship"
BATCH = 500
LATE = timedelta(minutes=10)
TOGETHER_SECONDS = 1
"""How long a job waits for what is read meanwhile: one for each read would take the worker from bookings."""
_RINGING, _SHIPPING = 0x72696E67, 0x73686970
"""Numbers that nothing else locks: "ring" and "ship"."""
_MAY_RING = """
    SELECT pg_try_advisory_xact_lock(%s)
        AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')
"""
_LEFT_OUT = frozenset({"at", "reason", "device", "network"})
_log = logging.getLogger(__name__)


def ring() -> None:
    """Leave a job in the caller's transaction that ships what it wrote, unless one waits or is being left.

    No reader waits for another one here, as the queue's own lock would have it. What commits only after that
    job has run goes with the next one, or with the tick.
    """
    if not settings.FELDSHER_AUDIT_LINES:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MAY_RING, [_RINGING, SHIP])
        may_ring = cursor.fetchone()[0]
    if may_ring:
        with suppress(AlreadyEnqueued), transaction.atomic():
            task = queue().configure_task(
                SHIP, lock=SHIP, queueing_lock=SHIP, schedule_in={"seconds": TOGETHER_SECONDS}
            )
            task.defer()


def ship() -> int:
    """Give the second place all rows that it lacks; returns how many. Raises SinkError where it takes none.

    One at a time: who finds another at it gives nothing. What was taken and not noted is given again.
    """
    if not settings.FELDSHER_AUDIT_LINES:
        return 0
    tree.grow()
    with _alone() as is_alone:
        return _give() if is_alone else 0


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of who ships, outside of a transaction: a second place may take its time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_SHIPPING])
        is_alone: bool = cursor.fetchone()[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_SHIPPING])


def _give() -> int:
    done, _ = Shipped.objects.get_or_create(id=1, defaults={"at": clock.now()})
    total = 0
    while leaves := list(Leaf.objects.filter(index__gte=done.leaf).order_by("index")[:BATCH]):
        rows = {row[0]: row for row in tree.rows_at([(leaf.entry, leaf.at) for leaf in leaves])}
        sinks.lines().send([line(leaf, rows.get(leaf.entry)) for leaf in leaves])
        done.leaf, done.at = leaves[-1].index + 1, clock.now()
        done.save(update_fields=["leaf", "at"])
        total += len(leaves)
    return total


def tick() -> None:
    """Catch up, and say aloud where the second place does not take its lines or is late by ten minutes."""
    try:
        ship()
    except SinkError as error:
        _log.error("audit: lines do not reach their second place: %s", error.detail)
    now = lag()
    if now.since is not None and clock.now() - now.since > LATE:
        _log.error("audit: %d rows wait for their second place since %s", now.rows, now.since)


def lag() -> Lag:
    """Return how many rows the second place lacks and since when; none where no place is set."""
    if not settings.FELDSHER_AUDIT_LINES:
        return Lag(rows=0, since=None)
    done = Shipped.objects.values_list("leaf", flat=True).first() or 0
    unshipped = Leaf.objects.filter(index__gte=done)
    first = unshipped.order_by("index").first()
    queued = Queued.objects.order_by("id").first()
    waits = [each.at for each in (first, queued) if each is not None]
    return Lag(rows=unshipped.count() + Queued.objects.count(), since=min(waits, default=None))


def line(leaf: Leaf, row: tuple[Any, ...] | None) -> str:
    """Return a line of JSON; of a row that is gone, what its leaf still knows of it."""
    told: dict[str, Any] = {"leaf": leaf.index, "hash": bytes(leaf.hash).hex(), "at": _instant(leaf.at)}
    if row is None:
        told["id"] = leaf.entry
    else:
        told |= {name: value for name, value in zip(COLUMNS, row, strict=True) if name not in _LEFT_OUT}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"), default=str)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

"""The second copy of the rows: lines to a file or a syslog, at least once, in the tree's order.

Each read leaves a job in its own commit, so that its line leaves within seconds; a tick each minute catches
up after a second place was away. The order is that of leaves, in which no late commit can be passed over. A
line says ids and codes: no reason, which is free text, and nothing of the device.
"""

import json
import logging
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django import app as current_app
from procrastinate.contrib.django.django_connector import DjangoConnector

from feldsher.foundation.audit import sinks, tree
from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.audit.leaves import COLUMNS
from feldsher.foundation.audit.models import Leaf, Queued, Shipped
from feldsher.foundation.audit.types import Lag
from feldsher.kernel import clock

SHIP = "audit.ship"
BATCH = 500
LATE = timedelta(minutes=10)
_LEFT_OUT = frozenset({"at", "reason", "device", "network"})
_log = logging.getLogger(__name__)


@cache
def _app() -> App:
    """Return the app on Django's own connection, so that a job commits with its cause."""
    return current_app.with_connector(DjangoConnector())


def ring() -> None:
    """Leave a job in the caller's transaction that will ship what it wrote."""
    if settings.FELDSHER_AUDIT_LINES:
        _app().configure_task(SHIP, lock=SHIP).defer()


def ship() -> int:
    """Give the second place all rows that it lacks; returns how many. Raises SinkError where it takes none.

    One at a time: the jobs that call it share a lock. What was taken and not noted is given again.
    """
    if not settings.FELDSHER_AUDIT_LINES:
        return 0
    tree.grow()
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

"""Follows the change feed of a MIS that has one. What a MIS did itself always applies.

A visit that the MIS made takes its time here even over ours, in a lane of its own, flagged `mis_overlap`; a
hold loses to it. The feed is acknowledged only after our commit, so that a crash repeats and never skips. Of
several changes of one visit in a delivery only the last is applied: what comes again then changes nothing.
One that can't be applied is logged and stops no other; trouble of the database stops all, to be repeated.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django.db import DataError, IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.models import Appointment, Exchange, SyncStatus
from feldsher.domain.scheduling.ports import ChangeKind, RemoteChange
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service

UNNAMED_SERVICE = uuid5(NAMESPACE_OID, "feldsher: a visit of a MIS whose service it did not name")
_WAITING = (State.BOOKING, State.UNKNOWN)
_MAY_BE_BOOKED = (*_WAITING, State.BOOKED, State.REJECTED)
_log = logging.getLogger(__name__)


class _StrangerError(Exception):
    """The change names a doctor or a branch that nobody has bound."""


@dataclass(frozen=True, slots=True)
class _Where:
    practitioner: UUID
    location: UUID
    visit: DateTimeTZRange


def follow(mis: str) -> int:
    """Apply what the feed has since our cursor; returns how many changes changed something here."""
    gateway = gateways.gateway(mis)
    if not gateway.capabilities().change_feed:
        return 0
    status, _ = SyncStatus.objects.get_or_create(mis=mis)
    batch = gateway.changes(status.cursor)
    last = {change.ref: change for change in batch.changes}
    applied = sum(_apply_safely(mis, change) for change in last.values())
    SyncStatus.objects.filter(pk=mis).update(cursor=batch.cursor)
    if batch.ack_token is not None:
        gateway.ack(batch.ack_token)
    return applied


def _apply_safely(mis: str, change: RemoteChange) -> bool:
    try:
        with as_service("mis_feed"):
            return _apply(mis, change)
    except (DataError, IntegrityError, _StrangerError, ValueError) as error:
        _log.error("%s: the change of %s is not applied: %s", mis, change.ref, type(error).__name__)
        return False


def _apply(mis: str, change: RemoteChange) -> bool:
    row = _known(mis, change)
    if change.kind is ChangeKind.CANCELLED:
        return row is not None and _cancel(row)
    where = _where(mis, change)
    if row is None:
        _insert(mis, change, where)
        return True
    if row.state not in _MAY_BE_BOOKED:
        return False
    if row.state == State.BOOKED and (change.kind is ChangeKind.BOOKED or row.visit == where.visit):
        return False
    if row.state in _WAITING:
        _confirm(row, change)
    if row.state == State.REJECTED or row.visit != where.visit:
        _insert(mis, change, where, earlier=row)
    return True


def _known(mis: str, change: RemoteChange) -> Appointment | None:
    """Return the latest version of the visit here, by our reference, else by the MIS's id."""
    own = Exchange.objects.filter(mis=mis, ref=change.ref).values_list("appointment", flat=True)
    ids = list(own)
    with suppress(ValueError):
        ids.append(UUID(change.reference))
    chains = Appointment.objects.filter(pk__in=ids).values_list("chain", flat=True)
    rows = Appointment.objects.select_for_update().filter(chain__in=list(chains))
    return rows.order_by("-version", "-created_at").first()


def _where(mis: str, change: RemoteChange) -> _Where:
    resource = change.resource
    index = directory.resolve_remote(
        mis, practitioners={resource.practitioner_id}, locations={resource.location_id}
    )
    practitioner = index.practitioners.get(resource.practitioner_id)
    location = index.locations.get(resource.location_id)
    zone = directory.zones().get(location) if location else None
    if practitioner is None or location is None or zone is None:
        raise _StrangerError
    start: datetime = change.begin.at(ZoneInfo(zone))
    return _Where(practitioner, location, DateTimeTZRange(start, start + timedelta(minutes=change.minutes)))


def _cancel(row: Appointment) -> bool:
    if row.state in _WAITING:
        # A call of ours may be on its way back with "booked": it is overtaken, and the next run reads back.
        Exchange.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        return False
    if row.state not in {State.BOOKED, State.CANCELLING}:
        return False
    row.state, row.reason, row.answer_by = State.CANCELLED, row.reason or "cancelled_in_mis", None
    row.save(update_fields=["state", "reason", "answer_by"])
    return True


def _confirm(row: Appointment, change: RemoteChange) -> None:
    Exchange.objects.filter(pk=row.pk).update(ref=change.ref, stage="done")
    row.state, row.reason, row.answer_by = State.BOOKED, "", None
    row.save(update_fields=["state", "reason", "answer_by"])


def _insert(mis: str, change: RemoteChange, where: _Where, *, earlier: Appointment | None = None) -> None:
    """Write the visit that the MIS made or moved, over whatever stands there, under the locks of its days.

    `earlier` is the version that it moves, or one that we had given up. A patient who has another visit there
    is left out of the row: the doctor's time is taken all the same.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_days(%s, '{}', %s)", [where.practitioner, where.visit])
        Appointment.objects.filter(
            active=True, state=State.HELD, practitioner=where.practitioner, occupied__overlap=where.visit
        ).update(state=State.RELEASED, reason="taken_in_mis")
        if earlier is not None and earlier.state == State.BOOKED:
            earlier.state, earlier.reason = State.MOVED, "moved_in_mis"
            earlier.save(update_fields=["state", "reason"])
        cursor.execute("SELECT free_lane(%s, %s)", [where.practitioner, where.visit])
        lane = int(cursor.fetchone()[0])
    row = Appointment(
        id=uuid4(),
        practitioner=where.practitioner,
        location=where.location,
        service=UNNAMED_SERVICE,
        lane=lane,
        visit=where.visit,
        occupied=where.visit,
        state=State.BOOKED,
        channel="mis",
        mis_overlap=lane > 0,
    )
    row.chain = row.id
    if earlier is not None:
        row.chain, row.version = earlier.chain, earlier.version + 2
        row.service, row.price = earlier.service, earlier.price
        if not _has_another_visit(earlier, where):
            row.patient, row.channel = earlier.patient, earlier.channel
    row.save(force_insert=True)
    Exchange.objects.create(
        appointment=row.id, mis=mis, ref=change.ref, stage="done", wall_start=change.begin.iso()
    )


def _has_another_visit(earlier: Appointment, where: _Where) -> bool:
    if earlier.patient is None:
        return False
    others = Appointment.objects.filter(active=True, patient=earlier.patient, visit__overlap=where.visit)
    return others.exclude(chain=earlier.chain).exists()

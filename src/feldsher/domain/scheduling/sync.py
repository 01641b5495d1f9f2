"""Keeps the mirror of each MIS fresh, and knows how far an answer may be believed.

`as_of` is the instant before a request was sent. Only one sync of a MIS runs at a time, so that an older
answer never lies over a newer one. What is not a complete answer changes nothing and makes nothing fresher:
past the freshness limit the site offers a call instead of times.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import F

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import gateways, mirror, offers, silence, wire_zones
from feldsher.domain.scheduling.models import Availability, LeftOut, SyncStatus
from feldsher.domain.scheduling.normaliser import Normalised, Place, normalise
from feldsher.domain.scheduling.ports import (
    FreeTime,
    GatewayUnavailableError,
    RemoteResource,
    TimeKind,
    Window,
)
from feldsher.kernel import clock

_LOCK = 0x5C4ED
_ERROR_LENGTH = 300
_EXPECTED = {TimeKind.BUSY.value, TimeKind.BREAK.value}
_LEFT_OUT_KEPT = 1000
"""New lines an answer: a MIS gone mad fills no disk."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did. `changed` counts rows of the mirror; `is_complete` says whether the MIS told all.

    `alarms` are sentences for staff: what they must correct before a branch is offered again.
    """

    mis: str
    is_complete: bool
    changed: int
    excluded: int
    alarms: tuple[str, ...] = ()


def synchronise(mis: str) -> SyncReport:
    """Bring the whole mirror of a MIS to what it says now, up to the horizon.

    Raises GatewayUnavailableError after writing it down; the mirror then stays as it was and ages.
    """
    first = _earliest_today()
    last = first + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    with _alone(mis):
        try:
            report, as_of = _over_windows(mis, first=first, last=last)
        except GatewayUnavailableError as error:
            _failed(mis, str(error))
            raise
        if report.is_complete:
            SyncStatus.objects.update_or_create(
                mis=mis,
                defaults={
                    "as_of": as_of,
                    "finished_at": clock.now(),
                    "failures": 0,
                    "last_error": "; ".join(report.alarms)[:_ERROR_LENGTH],
                },
            )
        else:
            _failed(mis, "the answer was empty or not complete")
    return report


def synchronise_day(practitioner: UUID, *, location: UUID, day: date) -> SyncReport:
    """Bring one doctor's day (of the branch's calendar) in one branch to what the MIS says now.

    Asked for one day more on either side, because a UTC day is replaced only when the answer covers it.
    """
    ids = directory.remote_ids(practitioner, location=location)
    resource = RemoteResource(ids.practitioner_id, ids.location_id)
    window = Window(day - timedelta(days=1), day + timedelta(days=1))
    with _alone(ids.mis):
        answer = gateways.gateway(ids.mis).free(window, resource=resource)
        return _apply(ids.mis, answer, normalised(ids.mis, answer, window=window), window=window)


def _earliest_today() -> date:
    """Return today in the branch where it is the earliest day."""
    now = clock.now()
    return min(
        (now.astimezone(ZoneInfo(zone)).date() for zone in directory.zones().values()), default=now.date()
    )


def _over_windows(mis: str, *, first: date, last: date) -> tuple[SyncReport, datetime | None]:
    """Ask window by window; `as_of` is that of the first answer.

    Windows overlap by a day: a UTC day that the edge of one cuts is whole in the other.
    """
    longest = timedelta(days=max(gateways.gateway(mis).capabilities().max_window_days - 1, 1))
    reports: list[SyncReport] = []
    as_of: datetime | None = None
    while not reports or first < last:
        window = Window(first, min(last, first + longest))
        answer = gateways.gateway(mis).free(window)
        as_of = as_of or answer.as_of
        found = normalised(mis, answer, window=window)
        if answer.completeness is Completeness.FULL:
            silence.withdraw_the_unnamed(mis, found, window=window, part=len(reports), now=clock.now())
        reports.append(_apply(mis, answer, found, window=window))
        first = window.last
    whole = SyncReport(
        mis,
        is_complete=all(report.is_complete for report in reports),
        changed=sum(report.changed for report in reports),
        excluded=sum(report.excluded for report in reports),
        alarms=tuple(dict.fromkeys(alarm for report in reports for alarm in report.alarms)),
    )
    return whole, as_of


def _apply(mis: str, answer: FreeTime, found: Normalised, *, window: Window) -> SyncReport:
    changed = mirror.write(mis, rows=found.rows, covered=found.covered)
    if answer.completeness is Completeness.FULL and offers.keep_usual_lengths(found.usual):
        offers.rebuild()
    _keep_left_out(mis, answer, found, window=window)
    for warning in answer.warnings:
        _log.warning("%s: %s", mis, warning)
    for alarm in found.alarms:
        _log.error("%s: %s", mis, alarm)
    return SyncReport(
        mis,
        is_complete=answer.completeness is Completeness.FULL or _is_empty_as_known(mis, answer, window),
        changed=changed,
        excluded=len(found.excluded),
        alarms=tuple(found.alarms),
    )


def _keep_left_out(mis: str, answer: FreeTime, found: Normalised, *, window: Window) -> None:
    """Keep what could not become time, for staff who ask why; visits and breaks are no surprise to them."""
    whose = {(resource.practitioner_id, resource.location_id) for resource in answer.resources}
    strange = {
        (
            item.resource.practitioner_id,
            item.resource.location_id,
            item.day,
            item.begin,
            item.end,
            item.reason,
        )
        for item in found.excluded
        if item.reason not in _EXPECTED
    }
    known = {
        (row.remote_practitioner, row.remote_location, row.day, row.begin, row.end, row.reason): row.pk
        for row in LeftOut.objects.filter(mis=mis, day__range=(window.first, window.last))
        if (row.remote_practitioner, row.remote_location) in whose
    }
    LeftOut.objects.filter(pk__in=[known[gone] for gone in known.keys() - strange]).delete()
    LeftOut.objects.bulk_create(
        LeftOut(
            mis=mis,
            remote_practitioner=practitioner,
            remote_location=location,
            day=day,
            begin=begin,
            end=end,
            reason=reason,
        )
        for practitioner, location, day, begin, end, reason in sorted(strange - known.keys())[:_LEFT_OUT_KEPT]
    )


def _is_empty_as_known(mis: str, answer: FreeTime, window: Window) -> bool:
    """Tell whether an empty answer only repeats what is known: the clinic has not planned so far ahead."""
    if answer.completeness is not Completeness.SUSPICIOUS_EMPTY or window.first <= clock.now().date():
        return False
    later = window.last + timedelta(days=1)
    return not Availability.objects.filter(mis=mis, day__gte=window.first, day__lte=later).exists()


def normalised(mis: str, answer: FreeTime, *, window: Window) -> Normalised:
    """Return what an answer of the MIS means here."""
    told = {offset.location_id for offset in answer.offsets}
    index = directory.resolve_remote(
        mis,
        practitioners={resource.practitioner_id for resource in answer.resources},
        locations={resource.location_id for resource in answer.resources} | told,
    )
    zones, keepers = directory.zones(), directory.schedule_keepers()
    stopped = wire_zones.mismatched(
        answer.offsets,
        zones={remote: zones[ours] for remote, ours in index.locations.items() if ours in zones},
    )
    places = {
        resource: Place(practitioner, location, zones[location])
        for resource in answer.resources
        if (practitioner := index.practitioners.get(resource.practitioner_id)) is not None
        and (location := index.locations.get(resource.location_id)) is not None
        and location in zones
        and resource.location_id not in stopped
        and keepers.get((practitioner, location), mis) == mis  # two MISes would overwrite each other
    }
    semantics, now = gateways.gateway(mis).capabilities().semantics, clock.now()
    found = normalise(
        answer, window=window, semantics=semantics, places=places, now=now, stopped=stopped.keys()
    )
    found.alarms += stopped.values()
    if stopped:
        locations = [index.locations[remote] for remote in stopped]
        wire_zones.withdraw(mis, found, locations=locations, first=now.date())
    return found


@contextmanager
def _alone(mis: str) -> Iterator[None]:
    """Hold the MIS's sync lock of this database; other syncs of it wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [_LOCK, mis])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCK, mis])


def _failed(mis: str, reason: str) -> None:
    _log.warning("sync of %s failed: %s", mis, reason[:_ERROR_LENGTH])
    status, _ = SyncStatus.objects.get_or_create(mis=mis)
    SyncStatus.objects.filter(pk=status.pk).update(
        failures=F("failures") + 1, last_error=reason[:_ERROR_LENGTH], finished_at=clock.now()
    )

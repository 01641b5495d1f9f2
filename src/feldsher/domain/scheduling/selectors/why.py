"""«Почему не это время?»: all reasons at once why a time is not offered, for staff.

Each reason is looked for on its own, whatever the others say; with none left `free_slots` offers the time,
and a test holds the two together. Patients are not named: a taken time is told by its state and bounds.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from psycopg.types.range import TimestamptzRange

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import staging
from feldsher.domain.scheduling.models import NO_ROOM, UNNAMED_SERVICE, LeftOut, Offer, SyncStatus
from feldsher.domain.scheduling.selectors.rules import visit_rules
from feldsher.domain.scheduling.types import Explanation, Hindrance, HindranceCode, Stage, StopCard
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval, clip, union

_MIRROR = """
    SELECT a.room, cardinality(a.ticket_ids) > 0,
           ARRAY(SELECT t.ends FROM unnest(a.ticket_starts, a.ticket_ends) t(starts, ends)
                 WHERE t.starts = %(start)s),
           ARRAY(SELECT t.id FROM unnest(a.ticket_starts, a.ticket_ids) t(starts, id)
                 WHERE t.starts = %(start)s),
           two.free @> %(start)s::timestamptz,
           two.free @> tstzrange(%(start)s, %(end)s),
           (SELECT upper(f.span) FROM unnest(two.free) f(span) WHERE f.span @> %(start)s::timestamptz),
           (SELECT lower(w.span) FROM unnest(a.work) w(span) WHERE w.span @> %(start)s::timestamptz),
           coalesce(a.step, %(step)s)
    FROM scheduling_availability a
    CROSS JOIN LATERAL (
        SELECT a.free + coalesce((
            SELECT n.free FROM scheduling_availability n
            WHERE n.practitioner = a.practitioner AND n.day = a.day + 1 AND n.location = a.location
              AND n.room = a.room AND n.mis = a.mis), '{}'::tstzmultirange) AS free) two
    WHERE a.practitioner = %(practitioner)s AND a.location = %(location)s AND a.mis = %(mis)s
      AND a.day = %(day)s
    ORDER BY a.room
"""
_TAKEN = """
    SELECT b.state, lower(b.visit), upper(b.visit), b.location,
           b.party IS NOT DISTINCT FROM party_of(%(practitioner)s, %(location)s, %(visit)s)
           AND b.service = ANY (%(services)s) AND (b.ticket = '' OR b.ticket <> %(ticket)s)
    FROM scheduling_appointment b
    WHERE b.active AND b.practitioner = %(practitioner)s AND b.occupied && %(occupied)s
      AND takes_time(b.state, b.hold_until, clock_now())
    ORDER BY lower(b.visit)
"""
_BUSY = """
    SELECT a.location, lower(v.span), upper(v.span)
    FROM scheduling_availability a, unnest(a.busy) v(span)
    WHERE a.practitioner = %(practitioner)s AND a.day BETWEEN %(day)s - 1 AND %(day)s + 2
      AND v.span && %(occupied)s
    ORDER BY 2
"""
_ROOM = """
    SELECT lower(r.visit), upper(r.visit) FROM scheduling_appointment r
    WHERE r.active AND r.room = %(room)s AND r.practitioner <> %(practitioner)s AND r.occupied && %(occupied)s
      AND takes_time(r.state, r.hold_until, clock_now())
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the visit would be: a room, when it would end, and what of the mirror speaks against it."""

    room: UUID
    end: datetime
    against: tuple[Hindrance, ...]
    ticket: str = ""


def why_not(
    practitioner: UUID, *, location: UUID, start: datetime, service: UUID | None = None
) -> Explanation:
    """Return all reasons why this start is not offered (service None: the doctor's default visit).

    NotFoundError for an unknown doctor, branch or service.
    """
    obstacles = directory.obstacles(practitioner, location=location, service=service)
    offers = Offer.objects.filter(practitioner=practitioner, location=location)
    offer = (offers.filter(is_default=True) if service is None else offers.filter(service=service)).first()
    if offer is None and staging.stage_of(location) is Stage.SHADOW:
        return Explanation(obstacles, (Hindrance(HindranceCode.SHADOW),), rule=None, ends=None)
    if offer is None:
        return Explanation(obstacles, (), rule=None, ends=None)
    (rule,) = visit_rules([practitioner], location_id=location, service_id=offer.service)
    found, ends = hindrances(offer, start, stop=rule.stop)
    if found:
        found += _left_out(offer, start)
    return Explanation(obstacles, tuple(found), rule=rule, ends=ends)


def hindrances(offer: Offer, start: datetime, *, stop: StopCard | None) -> tuple[list[Hindrance], datetime]:
    """Return what stands against a start of this offer, and when such a visit would end."""
    places = _places(offer, start)
    against_each = [(*place.against, *_taken(offer, start, place)) for place in places]
    found: list[Hindrance] = []
    if stop is not None:
        found.append(Hindrance(HindranceCode.STOPPED, end=stop.until, text=stop.reason))
    found += [*_terms(offer, start), *_freshness(offer)]
    if not places:
        found.append(Hindrance(HindranceCode.NO_SCHEDULE, text=offer.mis))
    elif () not in against_each:
        found += dict.fromkeys(against for each in against_each for against in each)
    free = (place.end for place, against in zip(places, against_each, strict=True) if not against)
    return found, next(free, start + offer.length)


def _terms(offer: Offer, start: datetime) -> list[Hindrance]:
    soonest, latest = clock.now() + offer.notice, clock.now() + offer.horizon
    found: list[Hindrance] = []
    if start < soonest:
        found.append(Hindrance(HindranceCode.TOO_SOON, begin=soonest, number=_minutes(offer.notice)))
    if start > latest:
        found.append(Hindrance(HindranceCode.TOO_FAR, end=latest, number=_minutes(offer.horizon)))
    if offer.quota is not None:
        ((within,),) = _rows(
            "SELECT within_quota(o, %(start)s, clock_now()) FROM scheduling_offer o WHERE"
            " o.practitioner = %(practitioner)s AND o.location = %(location)s AND o.service = %(service)s",
            practitioner=offer.practitioner, location=offer.location, service=offer.service, start=start,
        )  # fmt: skip
        if not within:
            found.append(Hindrance(HindranceCode.QUOTA_FULL, number=offer.quota))
    return found


def _freshness(offer: Offer) -> list[Hindrance]:
    status = SyncStatus.objects.filter(pk=offer.mis).first()
    if status is None or status.as_of is None:
        return [Hindrance(HindranceCode.NEVER_HEARD, text=offer.mis)]
    limit = clock.now() - timedelta(minutes=settings.FELDSHER_BOOKING.freshness_minutes)
    return (
        [] if status.as_of >= limit else [Hindrance(HindranceCode.STALE, begin=status.as_of, text=offer.mis)]
    )


def _places(offer: Offer, start: datetime) -> list[_Place]:
    """Return where the mirror could hold the visit: every room, and every ticket that begins then."""
    rows = _rows(
        _MIRROR,
        practitioner=offer.practitioner, location=offer.location, mis=offer.mis, day=_day(start),
        start=start, end=start + offer.length, step=offer.step,
    )  # fmt: skip
    places: list[_Place] = []
    for room, is_ticket, ticket_ends, tickets, begins, fits, free_until, anchor, step in rows:
        end = start + offer.length
        if is_ticket:
            both = zip(tickets, ticket_ends, strict=True)
            places += [_Place(room, ends, (), ticket) for ticket, ends in both]
            if not ticket_ends:
                places.append(_Place(room, end, (Hindrance(HindranceCode.NO_TICKET),)))
            continue
        against: list[Hindrance] = []
        if not begins:
            against.append(Hindrance(HindranceCode.NOT_WORKED))
        elif not fits:
            against.append(Hindrance(HindranceCode.TOO_SHORT, end=free_until, number=_minutes(offer.length)))
        if begins and (start - anchor) % step:
            against.append(Hindrance(HindranceCode.OFF_STEP, begin=anchor, number=_minutes(step)))
        places.append(_Place(room, end, tuple(against)))
    return places


def _taken(offer: Offer, start: datetime, place: _Place) -> list[Hindrance]:
    """Return what takes the doctor or the room then, buffers included; other places of the group don't."""
    occupied = Interval(start - offer.before, place.end + offer.after)
    names = {
        "practitioner": offer.practitioner,
        "location": offer.location,
        "services": [offer.service, UNNAMED_SERVICE],
        "ticket": place.ticket,
        "room": place.room,
        "day": _day(start),
        "visit": TimestamptzRange(start, place.end, "[)"),
        "occupied": TimestamptzRange(occupied.start, occupied.end, "[)"),
    }
    visits, busy = _rows(_TAKEN, **names), _rows(_BUSY, **names)
    is_group = offer.capacity > 1
    found = [
        Hindrance(HindranceCode.TAKEN_HERE, begin, end, text=state, location_id=where)
        for state, begin, end, where, may_stand_beside in visits
        if not (is_group and may_stand_beside)
    ]
    if is_group and len(visits) >= offer.capacity:
        found.insert(0, Hindrance(HindranceCode.GROUP_FULL, start, place.end, number=offer.capacity))
    if not (is_group and _is_its_time(busy, offer.location, Interval(start, place.end), within=occupied)):
        found += [
            Hindrance(HindranceCode.BUSY_IN_MIS, begin, end, location_id=where) for where, begin, end in busy
        ]
    if place.room != NO_ROOM:
        found += [Hindrance(HindranceCode.ROOM_TAKEN, begin, end) for begin, end in _rows(_ROOM, **names)]
    return found


def _is_its_time(
    busy: list[tuple[UUID, datetime, datetime]], branch: UUID, visit: Interval, *, within: Interval
) -> bool:
    """Whether what a MIS calls busy, as far as it matters, is the very time of a group, in its branch."""
    known = union(Interval(begin, end) for _, begin, end in busy)
    return {where for where, _, _ in busy} == {branch} and clip(known, within) == (visit,)


def _left_out(offer: Offer, start: datetime) -> list[Hindrance]:
    """Return what the MIS sent of that doctor and day and could not become time."""
    ids = directory.remote_ids(offer.practitioner, location=offer.location)
    day = start.astimezone(ZoneInfo(offer.zone)).date()
    rows = LeftOut.objects.filter(
        mis=offer.mis,
        day=day,
        remote_practitioner=ids.practitioner_id,
        remote_location=ids.location_id,
    )
    return [
        Hindrance(HindranceCode.LEFT_OUT, text=f"{row.reason} {row.begin}–{row.end}")
        for row in rows.order_by("begin")[:10]
    ]


def _day(start: datetime) -> date:
    return start.astimezone(UTC).date()


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _rows(statement: str, **names: Any) -> list[tuple[Any, ...]]:
    # Whose a time is nobody sees here: only that it is somebody's.
    with as_service("why_not", savepoint=False), connection.cursor() as cursor:
        cursor.execute(statement, names)
        return list(cursor.fetchall())

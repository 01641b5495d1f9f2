"""The hot statements of the database: one round trip each, bound by the server and kept prepared."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import Cursor
from psycopg import errors as database

from feldsher.domain.scheduling.tokens import slot_tokens
from feldsher.domain.scheduling.types import (
    NO_ANSWERS,
    Answer,
    Answers,
    FirstTime,
    Idempotency,
    OpenSlot,
    Over,
    SlotKey,
    Sort,
    StopCard,
    Wanted,
)

_TIMES = (
    "SELECT practitioner, location, service, zone, price, answers,"
    " array_agg(extract(epoch FROM starts)::bigint ORDER BY starts),"
    " array_agg(extract(epoch FROM ends)::bigint ORDER BY starts)"
)
_FREE = (
    " FROM free_slots(%s::uuid[], %s, %s, %s, %s, %s, %s::interval, %s::smallint, %s::smallint, %s, %s,"
    " %s::uuid)"
    " GROUP BY practitioner, location, service, zone, price, answers"
)
_HEARD = (
    " FROM (SELECT DISTINCT o.mis, s.as_of FROM scheduling_offer o"
    " LEFT JOIN scheduling_sync_status s USING (mis)"
    " WHERE o.practitioner = ANY (%s::uuid[]) AND (%s::uuid IS NULL OR o.location = %s)) heard"
)
_RULED = (
    " FROM scheduling_offer o, LATERAL ("
    " SELECT EXISTS (SELECT 1 FROM scheduling_stop t WHERE t.ended_at IS NULL) AS any) stopped"
    " WHERE o.practitioner = ANY (%s::uuid[]) AND (%s::uuid IS NULL OR o.location = %s)"
    " AND CASE WHEN %s::uuid IS NULL THEN o.is_default ELSE o.service = %s END"
    " AND (%s OR o.asks <> 0 OR o.mode <> 'in_person' OR stopped.any)"
)
_RULES = (
    "'ruled', (SELECT jsonb_agg(jsonb_build_array("  # noqa: S608 - constants
    "o.practitioner, o.location, o.service, o.asks, o.age_from, o.age_to, o.mode)"
    f" ORDER BY o.practitioner, o.location){_RULED}),"
    " 'stops', (SELECT jsonb_agg(jsonb_build_array("
    "t.id, t.practitioner, t.location, t.reason, t.notice, t.until, t.author, t.created_at)"
    " ORDER BY t.created_at) FROM scheduling_stop t WHERE t.ended_at IS NULL)"
)
OfferRule = tuple[UUID, UUID, UUID, int, int | None, int | None, str]
LOCK_TROUBLE = (database.LockNotAvailable, database.DeadlockDetected)


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """What `hold_slot` said; the fields after `code` are set for `held` only."""

    code: str
    appointment: UUID | None
    start: datetime | None
    end: datetime | None
    until: datetime | None
    price: Decimal | None
    zone: str | None


def hold_slot(  # noqa: PLR0913 - the terms of a hold
    key: SlotKey,
    *,
    channel: str,
    device: bytes | None = None,
    idempotency: Idempotency | None = None,
    by_staff: bool = False,
    lasts: timedelta | None = None,
    over: Over | None = None,
    instead: UUID | None = None,
) -> HoldAnswer:
    """Call `hold_slot`; an OperationalError of LOCK_TROUBLE for a lock that can't be had.

    `by_staff`: no stop, notice or quota of online booking binds. `lasts`: how long it is held, the minutes of
    the settings (`hold_minutes`) where nothing is said. `over`: staff book over what stands there, and why.
    `instead`: the visit whose next version the time is to be: its own time is no conflict (`making_way`).
    """
    booking = settings.FELDSHER_BOOKING
    terms: dict[str, object] = {
        "hold": f"{lasts.total_seconds()} s" if lasts else f"{booking.hold_minutes} min",
        "fresh": f"{booking.freshness_minutes} min",
        "channel": channel,
        "device": device.hex() if device else None,
        "device_cap": booking.holds_per_device,
        "answers": int(key.answers),
        "by_staff": by_staff,
        "key": idempotency.key.hex() if idempotency else None,
        "body": idempotency.body.hex() if idempotency else None,
    }
    if over is not None:
        terms |= {"over": [str(each) for each in over.told], "why": over.why.value}
    if instead is not None:
        terms["instead"] = str(instead)
    (row,) = _rows(
        "SELECT code, appointment, starts, ends, until, price, zone FROM hold_slot(%s, %s, %s, %s, %s)",
        key.practitioner_id, key.location_id, key.service_id, key.start, json.dumps(terms),
    )  # fmt: skip
    return HoldAnswer(*row)


def free_slots(  # noqa: PLR0913 - the terms of a list, and for whom
    practitioners: Sequence[UUID],
    *,
    location: UUID | None,
    service: UUID | None,
    span: tuple[datetime, datetime],
    limit: int,
    answers: Answers | Answer = NO_ANSWERS,
    by_staff: bool = False,
    over: bool = False,
    instead: UUID | None = None,
) -> list[OpenSlot]:
    """Call `free_slots`: times within `span` by start, at most `limit` per doctor, branch and service.

    `answers` are what the patient has said, or what a slot's token carries. An offer that asks for more, or
    for something else, has no times. `by_staff` as in `hold_slot`. `over`: also times at which visits stand.
    `instead` as in `hold_slot`; it needs the visit's branch and service.

    One row an offer with all its starts and ends in whole seconds: rows of a time each cost the reader more
    than the database.
    """
    rows = _rows(
        f"{_TIMES}{_FREE} ORDER BY practitioner, location",
        *_free(practitioners, location, service, span, limit, answers), by_staff, over, instead,
    )  # fmt: skip
    return _in_order(rows)


@dataclass(frozen=True, slots=True)
class Ruled:
    """Who may book visits, by doctor and branch, and the stops that nobody has ended, the oldest first."""

    rules: list[OfferRule]
    stops: list[StopCard]


@dataclass(frozen=True, slots=True)
class Offered:
    """The times of visits, who may book them, and how fresh that is: as of one moment.

    `heard` has the last hour of each MIS that keeps a schedule of these doctors, None for never. `ruled` are
    the visits that not everybody may book in person, all of them while booking of anything is stopped.
    """

    slots: list[OpenSlot]
    heard: list[datetime | None]
    ruled: Ruled


def offered(
    practitioners: Sequence[UUID],
    *,
    location: UUID | None,
    service: UUID | None,
    span: tuple[datetime, datetime],
    limit: int,
    answers: Answers,
) -> Offered:
    """Return the times of `free_slots` with their rules and freshness; one statement."""
    doctors = _array(practitioners)
    values = [
        *(*_free(practitioners, location, service, span, limit, answers), False, False, None),
        *(doctors, location, location),
        *(doctors, location, location, service, service, False),
    ]
    rows = _rows(
        f"{_TIMES}, NULL::jsonb{_FREE}"
        " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, jsonb_build_object("
        f"'heard', (SELECT jsonb_agg(heard.as_of){_HEARD}), {_RULES})"
        " ORDER BY 1, 2",
        *values,
    )
    told = json.loads(next(row[-1] for row in rows if row[-1] is not None))
    return Offered(
        slots=_in_order([row[:-1] for row in rows if row[-1] is None]),
        heard=[_instant(each) for each in told["heard"] or ()],
        ruled=_ruled(told),
    )


def _free(
    practitioners: Sequence[UUID],
    location: UUID | None,
    service: UUID | None,
    span: tuple[datetime, datetime],
    limit: int,
    answers: Answers | Answer,
) -> tuple[object, ...]:
    """Return the values of `free_slots`, but for its last three."""
    said, age = (answers, None) if isinstance(answers, Answer) else (answers.flags, answers.age)
    freshness = f"{settings.FELDSHER_BOOKING.freshness_minutes} min"
    return (_array(practitioners), location, service, *span, limit, freshness, int(said), age)


def _in_order(rows: Sequence[tuple[Any, ...]]) -> list[OpenSlot]:
    found = [slot for row in rows for slot in _times_of_offer(*row)]
    return found if len(rows) < 2 else sorted(found, key=attrgetter("key.start"))  # noqa: PLR2004 - one is sorted


def free_starts(wanted: Mapping[Wanted, tuple[datetime, datetime]]) -> dict[Wanted, list[SlotKey]]:
    """Return the free times of each wish within its span, both ends included, by start; one statement."""
    asked = [
        {
            "n": number,
            "practitioner": str(each.practitioner_id),
            "location": str(each.location_id) if each.location_id else None,
            "service": str(each.service_id) if each.service_id else None,
            "answers": int(each.answers),
            "age": each.age,
            "first": first.isoformat(),
            "last": last.isoformat(),
        }
        for number, (each, (first, last)) in enumerate(wanted.items())
    ]
    rows = _rows(
        "SELECT w.n, f.practitioner, f.location, f.service, f.starts, f.answers"
        " FROM jsonb_to_recordset(%s::jsonb) AS w(n int, practitioner uuid, location uuid, service uuid,"
        " answers smallint, age smallint, first timestamptz, last timestamptz)"
        " CROSS JOIN LATERAL free_slots(ARRAY[w.practitioner], w.location, w.service, w.first,"
        " w.last + interval '1 microsecond', 500, %s::interval, w.answers, w.age) f"
        " ORDER BY w.n, f.starts, f.location",
        json.dumps(asked), f"{settings.FELDSHER_BOOKING.freshness_minutes} min",
    )  # fmt: skip
    ordered = list(wanted)
    found: dict[Wanted, list[SlotKey]] = {}
    for number, doctor, place, service, start, answers in rows:
        key = SlotKey(doctor, place, service, start, Answer(answers))
        found.setdefault(ordered[number], []).append(key)
    return found


def leading_slots(  # noqa: PLR0913 - the terms of a list, and its order
    practitioners: Sequence[UUID],
    *,
    location: UUID | None,
    service: UUID | None,
    span: tuple[datetime, datetime],
    answers: Answers,
    sort: Sort,
    distances: Mapping[UUID, float],
    count: int,
) -> list[FirstTime]:
    """Call `leading_slots`: the doctors who lead a list by their first time within `span`, without tokens."""
    rows = _rows(
        "SELECT practitioner, location, extract(epoch FROM starts)::bigint, zone, price FROM leading_slots("
        "%s::uuid[], %s, %s, %s, %s, %s::interval, %s::smallint, %s::smallint, %s, %s::jsonb, %s)",
        _array(practitioners), location, service, span[0], span[1],
        f"{settings.FELDSHER_BOOKING.freshness_minutes} min", int(answers.flags), answers.age,
        sort.value, json.dumps({str(branch): km for branch, km in distances.items()}), count,
    )  # fmt: skip
    return [
        FirstTime(practitioner, place, datetime.fromtimestamp(start, tz=UTC), zone, price)
        for practitioner, place, start, zone, price in rows
    ]


def day_times(  # noqa: PLR0913 - the terms of a list, and its days
    practitioners: Sequence[UUID],
    *,
    location: UUID | None,
    service: UUID | None,
    midnights: Mapping[str, Sequence[datetime]],
    until: datetime,
    shown: int,
    answers: Answers,
    ruled: Sequence[UUID],
) -> tuple[list[tuple[int, int, list[OpenSlot]]], Ruled]:
    """Return (day, count, first `shown` times) of each doctor and branch; one statement.

    `midnights` bound the days by zone; days count from 1. Day 0 are the first times of all up to `until`, for
    who has none in those days. Beside them the rules of the doctors in `ruled`, as in `Offered`.
    """
    terms = [
        f"{settings.FELDSHER_BOOKING.freshness_minutes} min", int(answers.flags), answers.age
    ]  # fmt: skip
    first = min(bounds[0] for bounds in midnights.values())
    last = max(bounds[-1] for bounds in midnights.values())
    rows = _rows(
        "WITH zones AS MATERIALIZED (SELECT zone, bounds::timestamptz[] AS bounds"  # noqa: S608 - constants
        " FROM unnest(%s::text[], %s::text[]) AS z(zone, bounds))"
        " SELECT d.day, count(*), f.practitioner, f.location, f.service, f.zone, f.price, f.answers,"
        " (array_agg(extract(epoch FROM f.starts)::bigint ORDER BY f.starts))[1:%s],"
        " (array_agg(extract(epoch FROM f.ends)::bigint ORDER BY f.starts))[1:%s], NULL::jsonb"
        " FROM free_slots(%s::uuid[], %s, %s, %s, %s, 1000, %s::interval, %s::smallint, %s::smallint) f"
        " JOIN zones USING (zone)"
        " CROSS JOIN LATERAL (SELECT width_bucket(f.starts, zones.bounds) AS day) d"
        " WHERE d.day BETWEEN 1 AND cardinality(zones.bounds) - 1"
        " GROUP BY d.day, f.practitioner, f.location, f.service, f.zone, f.price, f.answers"
        " UNION ALL"
        " SELECT 0, count(*), f.practitioner, f.location, f.service, f.zone, f.price, f.answers,"
        " array_agg(extract(epoch FROM f.starts)::bigint ORDER BY f.starts),"
        " array_agg(extract(epoch FROM f.ends)::bigint ORDER BY f.starts), NULL"
        " FROM free_slots(%s::uuid[], %s, %s, %s, %s, %s, %s::interval, %s::smallint, %s::smallint) f"
        " GROUP BY f.practitioner, f.location, f.service, f.zone, f.price, f.answers"
        " UNION ALL"
        " SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        f" jsonb_build_object({_RULES})",
        list(midnights), ["{" + ",".join(f'"{item.isoformat()}"' for item in bounds) + "}"
                          for bounds in midnights.values()], shown, shown,
        _array(practitioners), location, service, first, last, *terms,
        _array(practitioners), location, service, first, until, shown, *terms,
        *(_array(ruled), location, location, service, service, False),
    )  # fmt: skip
    told = json.loads(next(row[-1] for row in rows if row[-1] is not None))
    times = [
        (day, count, list(_times_of_offer(*offer))) for day, count, *offer, rules in rows if rules is None
    ]
    return times, _ruled(told)


def mirror_spans(
    practitioners: Sequence[UUID], *, location: UUID, span: tuple[datetime, datetime]
) -> list[tuple[int, UUID, datetime, datetime]]:
    """Return the spans of these doctors' mirror on the UTC days of `span`: 0 worked, 1 free, 2 called busy.

    A ticket is free, and work. Spans may repeat and overlap.
    """
    return _rows(
        "WITH days AS MATERIALIZED (SELECT a.* FROM scheduling_availability a"
        " WHERE a.practitioner = ANY (%s::uuid[]) AND a.location = %s"
        " AND a.day BETWEEN (%s AT TIME ZONE 'UTC')::date AND (%s AT TIME ZONE 'UTC')::date)"
        " SELECT k.kind, d.practitioner, lower(s.span), upper(s.span) FROM days d"
        " CROSS JOIN LATERAL (VALUES (0, d.work), (1, d.free), (2, d.busy)) AS k(kind, spans)"
        " CROSS JOIN LATERAL unnest(k.spans) AS s(span)"
        " UNION ALL SELECT k.kind, d.practitioner, t.starts, t.ends FROM days d"
        " CROSS JOIN (VALUES (0), (1)) AS k(kind)"
        " CROSS JOIN LATERAL unnest(d.ticket_starts, d.ticket_ends) AS t(starts, ends)",
        _array(practitioners), location, span[0], span[1],
    )  # fmt: skip


def free_counts(
    practitioners: Sequence[UUID], *, location: UUID, bounds: Sequence[datetime], answers: Answer
) -> dict[tuple[UUID, int], int]:
    """Return how many starts of their default visits staff may hold, by doctor and day; none where 0.

    `bounds` are the midnights of the days and that after the last; days count from 1.
    """
    rows = _rows(
        "SELECT f.practitioner, width_bucket(f.starts, %s::timestamptz[]) AS day, count(*)"
        " FROM free_slots(%s::uuid[], %s, NULL, %s, %s, 1000, %s::interval, %s::smallint, NULL, true) f"
        " GROUP BY f.practitioner, day",
        "{" + ",".join(f'"{bound.isoformat()}"' for bound in bounds) + "}",
        _array(practitioners), location, bounds[0], bounds[-1],
        f"{settings.FELDSHER_BOOKING.freshness_minutes} min", int(answers),
    )  # fmt: skip
    return {(practitioner, day): count for practitioner, day, count in rows}


def offer_rules(
    practitioners: Sequence[UUID], *, location: UUID | None, service: UUID | None, is_all: bool
) -> Ruled:
    """Return who may book the visits that `free_slots` would look at, and what is stopped.

    `is_all` False leaves out, while nothing is stopped, what everybody may book in person.
    """
    ((told,),) = _rows(
        f"SELECT jsonb_build_object({_RULES})",
        _array(practitioners), location, location, service, service, is_all,
    )  # fmt: skip
    return _ruled(json.loads(told))


def _ruled(told: Mapping[str, Any]) -> Ruled:
    return Ruled(
        rules=[
            (UUID(doctor), UUID(place), UUID(visit), *rest)
            for doctor, place, visit, *rest in told["ruled"] or ()
        ],
        stops=[
            StopCard(
                UUID(pk),
                doctor and UUID(doctor),
                place and UUID(place),
                reason,
                notice,
                _instant(until),
                author,
                datetime.fromisoformat(created),
            )
            for pk, doctor, place, reason, notice, until, author, created in told["stops"] or ()
        ],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def heard(practitioners: Sequence[UUID], *, location: UUID | None) -> list[datetime | None]:
    """Return the last hour of each MIS that keeps a schedule of these doctors, None for never."""
    rows = _rows(f"SELECT heard.as_of{_HEARD}", _array(practitioners), location, location)
    return [as_of for (as_of,) in rows]


def heard_of_each(practitioners: Sequence[UUID], *, location: UUID) -> dict[UUID, list[datetime | None]]:
    """Return the same by doctor; who has no visit there is absent."""
    rows = _rows(
        "SELECT DISTINCT o.practitioner, o.mis, s.as_of FROM scheduling_offer o"
        " LEFT JOIN scheduling_sync_status s USING (mis)"
        " WHERE o.practitioner = ANY (%s::uuid[]) AND o.location = %s",
        _array(practitioners), location,
    )  # fmt: skip
    found: dict[UUID, list[datetime | None]] = {}
    for practitioner, _, as_of in rows:
        found.setdefault(practitioner, []).append(as_of)
    return found


def _times_of_offer(
    practitioner: UUID, location: UUID, service: UUID, zone: str, price: Decimal | None, *rest: Any
) -> Iterator[OpenSlot]:
    answers, starts, ends = Answer(rest[0]), rest[1], rest[2]
    tokens = slot_tokens(practitioner, location=location, service=service, starts=starts, answers=answers)
    # The end of one time is the start of the next.
    instants = {second: datetime.fromtimestamp(second, tz=UTC) for second in {*starts, *ends}}
    for start, end, token in zip(starts, ends, tokens, strict=True):
        key = SlotKey(practitioner, location, service, instants[start], answers)
        yield OpenSlot(token, key, instants[end], zone, price)


def _array(ids: Iterable[UUID]) -> str:
    """Spell ids as PostgreSQL's array: the driver would look at each of five hundred."""
    return "{" + ",".join(map(str, ids)) + "}"


def _rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on Django's connection with psycopg's own cursor.

    Django's binds in the client, which has the server parse and plan each call again: a fifth of a hold.
    """
    connection.ensure_connection()
    django: Any = connection
    with django._prepare_cursor(Cursor(connection.connection)) as cursor:  # noqa: SLF001 - keeps Django's errors
        cursor.execute(statement, values)
        return list(cursor.fetchall())

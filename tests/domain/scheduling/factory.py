"""One invented doctor, their time as a MIS tells it, and the rows that others have left in it.

Instants are told from midnight UTC of DAY: `at(9, 30)` is half past nine, `at(25)` one o'clock a day later.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import NO_ROOM, Appointment, Offer, SyncStatus
from feldsher.domain.scheduling.normaliser import DayKey, DayRow, Ticket
from feldsher.domain.scheduling.sql_calls import HoldAnswer
from feldsher.domain.scheduling.types import Idempotency, Over, OverReason, SlotKey
from feldsher.kernel.intervals import Interval, clip, union


def named(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"test {name}")


DAY: Final = date(2026, 11, 26)
NOW: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)
MIS: Final = "umc"
OTHER_MIS: Final = "second"
DOCTOR, COLLEAGUE = named("doctor"), named("colleague")
NORTH, SOUTH = named("north"), named("south")
VISIT, LONG_VISIT = named("visit"), named("long visit")
ROOM, OTHER_ROOM = sorted((named("room"), named("other room")))
ZONE: Final = "Europe/Moscow"
WITHOUT_PATIENT: Final = frozenset({"held", "expired", "released"})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def at(hour: int, minute: float = 0) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


def stretch(start: datetime, end: datetime) -> Interval:
    return Interval(start, end)


WORK: Final = stretch(at(6), at(15))
"""The doctor's usual day: 9:00 to 18:00 on the wall in Moscow."""


def offer(**changes: Any) -> Offer:
    """Offer a visit of 30 minutes on a grid of 30, without buffers or notice."""
    values: dict[str, Any] = {
        "practitioner": DOCTOR,
        "location": NORTH,
        "service": VISIT,
        "mis": MIS,
        "length": minutes(30),
        "before": minutes(0),
        "after": minutes(0),
        "step": minutes(30),
        "notice": minutes(0),
        "horizon": timedelta(days=30),
        "capacity": 1,
        "is_default": True,
        "zone": ZONE,
        "price": Decimal(1900),
    }
    return Offer.objects.create(**values | changes)


def heard(mis: str = MIS, *, as_of: datetime = NOW) -> None:
    """Say when the MIS was last heard."""
    SyncStatus.objects.update_or_create(mis=mis, defaults={"as_of": as_of, "finished_at": as_of})


def day_rows(  # noqa: PLR0913 - the columns of a row
    free: Iterable[Interval] = (),
    *,
    practitioner: UUID = DOCTOR,
    location: UUID = NORTH,
    room: UUID = NO_ROOM,
    busy: Iterable[Interval] = (),
    work: Iterable[Interval] | None = None,
    tickets: Sequence[Ticket] = (),
    step: int | None = None,
) -> dict[DayKey, DayRow]:
    """Return the rows of a doctor in one room, cut at midnight UTC as the normaliser cuts them."""
    free, busy = union(free), union(busy)
    whole_work = union([*free, *busy] if work is None else work)
    touched = [*free, *busy, *(Interval(ticket.start, ticket.end) for ticket in tickets)]
    rows = {}
    for day in sorted({day for item in touched for day in _days(item)}):
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        whole = Interval(begin, begin + timedelta(days=1))
        rows[DayKey(practitioner, day, location, room)] = DayRow(
            free=clip(free, whole),
            busy=clip(busy, whole),
            work=tuple(item for item in whole_work if item.overlaps(whole)),
            tickets=tuple(item for item in tickets if whole.start <= item.start < whole.end),
            step_minutes=step,
            wall=(),
        )
    return rows


def _days(item: Interval) -> list[date]:
    first, last = item.start.date(), (item.end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def lay(rows: Mapping[DayKey, DayRow], *, mis: str = MIS) -> None:
    """Write rows of the mirror in the caller's transaction, without locks."""
    with connection.cursor() as cursor:
        for key, row in rows.items():
            cursor.execute(
                "INSERT INTO scheduling_availability (practitioner, day, location, room, mis, free, busy,"
                " work, step, ticket_ids, ticket_starts, ticket_ends, wall, digest)"
                " VALUES (%s, %s, %s, %s, %s, %s::tstzmultirange, %s::tstzmultirange,"
                " %s::tstzmultirange, %s, %s, %s, %s, %s, %s)",
                [
                    key.practitioner_id, key.day, key.location_id, key.room, mis,
                    _multirange(row.free), _multirange(row.busy), _multirange(row.work),
                    minutes(row.step_minutes) if row.step_minutes else None,
                    [ticket.id for ticket in row.tickets],
                    [ticket.start for ticket in row.tickets],
                    [ticket.end for ticket in row.tickets],
                    [], row.digest(),
                ],
            )  # fmt: skip


def _multirange(items: Iterable[Interval]) -> str:
    return "{" + ",".join(f"[{item.start.isoformat()},{item.end.isoformat()})" for item in items) + "}"


def doctor_day(*free: Interval, busy: Iterable[Interval] = (), room: UUID = NO_ROOM, **changes: Any) -> None:
    """Offer the usual visit, heard of just now, in the stretches given, else all day.

    `changes` are the offer's.
    """
    parties = {name: changes[name] for name in ("practitioner", "location") if name in changes}
    mis = changes.get("mis", MIS)
    lay(day_rows(free or (WORK,), busy=busy, room=room, **parties), mis=mis)
    offer(**changes)
    heard(mis)


def unsaved_appointment(start: datetime, end: datetime, *, state: str, **changes: Any) -> Appointment:
    """Return an appointment as it stands; buffers in minutes by `before` and `after`."""
    row_id = changes.pop("id", None) or uuid4()
    before, after = minutes(changes.pop("before", 0)), minutes(changes.pop("after", 0))
    values: dict[str, Any] = {
        "chain": row_id,
        "practitioner": DOCTOR,
        "location": NORTH,
        "service": VISIT,
        "visit": DateTimeTZRange(start, end),
        "occupied": DateTimeTZRange(start - before, end + after),
        "channel": "site",
        "patient": None if state in WITHOUT_PATIENT else uuid4(),
        "hold_until": NOW + minutes(10) if state == "held" else None,
    }
    return Appointment(id=row_id, state=state, **values | changes)


def appointment(start: datetime, end: datetime, *, state: str = "booked", **changes: Any) -> UUID:
    """Write an appointment as it stands; buffers in minutes by `before` and `after`."""
    row = unsaved_appointment(start, end, state=state, **changes)
    row.save(force_insert=True)
    return row.id


def party(start: datetime, end: datetime, *, practitioner: UUID = DOCTOR, location: UUID = NORTH) -> UUID:
    """Return what places of a group at that time have in common."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT party_of(%s, %s, tstzrange(%s, %s))", [practitioner, location, start, end])
        return UUID(str(cursor.fetchone()[0]))


def slot(start: datetime, **changes: Any) -> SlotKey:
    parties: dict[str, Any] = {"practitioner_id": DOCTOR, "location_id": NORTH, "service_id": VISIT}
    return SlotKey(**parties | changes, start=start)


def hold(
    start: datetime,
    *,
    device: bytes | None = None,
    idempotency: Idempotency | None = None,
    **parties: Any,
) -> HoldAnswer:
    """Call hold_slot for the doctor's usual visit."""
    return sql_calls.hold_slot(slot(start, **parties), channel="site", device=device, idempotency=idempotency)


def hold_over(start: datetime, *told: UUID) -> HoldAnswer:
    """Call hold_slot as staff who were told of these visits, and book over them."""
    over = Over(told, OverReason.DOCTOR_ASKED)
    return sql_calls.hold_slot(slot(start), channel="desk", by_staff=True, over=over)


def code(start: datetime, **parties: Any) -> str:
    return hold(start, **parties).code


def offered(
    practitioner: UUID = DOCTOR,
    *,
    location: UUID | None = None,
    service: UUID | None = None,
    span: tuple[datetime, datetime] | None = None,
) -> list[datetime]:
    """Return the starts that free_slots offers."""
    found = sql_calls.free_slots(
        [practitioner],
        location=location,
        service=service,
        span=span or (at(-48), at(96)),
        limit=2000,
    )
    return [item.key.start for item in found]

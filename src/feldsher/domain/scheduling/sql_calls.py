"""The two hot functions of the database, called: one round trip each, nothing else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection

from feldsher.domain.scheduling.types import Idempotency, SlotKey


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


@dataclass(frozen=True, slots=True)
class FreeSlot:
    key: SlotKey
    end: datetime
    zone: str
    price: Decimal | None


def hold_slot(
    key: SlotKey, *, channel: str, device: bytes | None, idempotency: Idempotency | None
) -> HoldAnswer:
    """Call `hold_slot` in a transaction of its own; OperationalError for a lock that can't be had."""
    booking = settings.FELDSHER_BOOKING
    terms = {
        "hold": f"{booking.hold_minutes} min",
        "fresh": f"{booking.freshness_minutes} min",
        "channel": channel,
        "device": device.hex() if device else None,
        "device_cap": booking.holds_per_device,
        "key": idempotency.key.hex() if idempotency else None,
        "body": idempotency.body.hex() if idempotency else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, appointment, starts, ends, until, price, zone FROM hold_slot(%s, %s, %s, %s, %s)",
            [key.practitioner_id, key.location_id, key.service_id, key.start, json.dumps(terms)],
        )
        return HoldAnswer(*cursor.fetchone())


def free_slots(
    practitioners: Sequence[UUID],
    *,
    location: UUID | None,
    service: UUID | None,
    span: tuple[datetime, datetime],
    limit: int,
) -> list[FreeSlot]:
    """Call `free_slots`: times within `span` by start, at most `limit` per doctor, branch and service."""
    fresh = f"{settings.FELDSHER_BOOKING.freshness_minutes} min"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT practitioner, location, service, starts, ends, zone, price"
            " FROM free_slots(%s::uuid[], %s, %s, %s, %s, %s, %s::interval)",
            [list(practitioners), location, service, span[0], span[1], limit, fresh],
        )
        return [FreeSlot(SlotKey(row[0], row[1], row[2], row[3]), row[4], row[5], row[6]) for row in cursor]

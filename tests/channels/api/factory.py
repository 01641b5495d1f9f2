"""Calls to the API and invented answers of the services behind it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from feldsher.domain.scheduling.types import AppointmentCard, Hold, OpenSlot, SlotKey, State

ROOT: Final = "/api/v1"
PROBLEM: Final = "application/problem+json"
HOLD: Final = UUID("00000000-0000-4000-8000-000000000001")
TOKEN: Final = "secret-of-one-visit"
KEY: Final = SlotKey(
    practitioner_id=UUID("00000000-0000-4000-8000-00000000000a"),
    location_id=UUID("00000000-0000-4000-8000-00000000000b"),
    service_id=UUID("00000000-0000-4000-8000-00000000000c"),
    start=datetime(2026, 11, 25, 4, 30, tzinfo=UTC),
)
END: Final = KEY.start + timedelta(minutes=30)
ZONE: Final = "Asia/Yekaterinburg"
PATIENT: Final = {"family": "Небывалова", "given": "Анна", "phone": "+7 921 000-00-00"}
CONFIRMATION: Final = {"patient": PATIENT, "consents": ["booking"]}
CALL: Final = {"name": "Анна", "phone": "+7 921 000-00-00", "consents": ["booking"], "channel": "api"}
WAIT: Final = {
    "phone": "+7 921 000-00-00",
    "specialty": "oftalmologiya",
    "first_day": "2026-11-25",
    "last_day": "2026-12-02",
    "consents": ["booking"],
    "channel": "api",
}


def open_slot() -> OpenSlot:
    return OpenSlot(token="token", key=KEY, end=END, zone=ZONE, price=Decimal(1900))


def held() -> Hold:
    return Hold(
        id=HOLD, key=KEY, end=END, zone=ZONE, price=None, expires_at=datetime(2026, 11, 24, 8, 10, tzinfo=UTC)
    )


def card(state: State, *, reason: str = "") -> AppointmentCard:
    return AppointmentCard(
        id=HOLD,
        chain=HOLD,
        state=state,
        key=KEY,
        end=END,
        zone=ZONE,
        price=Decimal("1900.00"),
        reason=reason,
        expires_at=None,
        answer_by=datetime(2026, 11, 24, 8, 2, tzinfo=UTC)
        if state in (State.BOOKING, State.UNKNOWN)
        else None,
        can_cancel=state is State.BOOKED,
        created_at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        version=1,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `body` bytes are sent as they are, anything else as JSON."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def send(self) -> HttpResponse:
        headers = {"Idempotency-Key": "key-1", **self.headers} if self.method == "POST" else self.headers
        response: HttpResponse = Client(raise_request_exception=False).generic(
            self.method,
            ROOT + self.path,
            data=self.body if isinstance(self.body, bytes) else _json(self.body),
            content_type=self.content_type,
            headers={name: value for name, value in headers.items() if value},
        )
        return response


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()

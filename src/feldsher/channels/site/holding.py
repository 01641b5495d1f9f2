"""What each page of a held time shows: its талон, the seconds that are left, and the way back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from feldsher.channels.site.present import link
from feldsher.channels.site.talon import talon_of
from feldsher.domain.scheduling.types import Hold, SlotKey
from feldsher.kernel import clock

_WANTED = "feldsher.site.wanted"


def hold_context(hold: Hold) -> dict[str, Any]:
    """Return the part of a page's context that is the hold's."""
    now = clock.now()
    left = max(0, int((hold.expires_at - now).total_seconds()))
    return {
        "hold": hold,
        "talon": talon_of(hold, now=now),
        "left": minutes_and_seconds(left),
        "left_seconds": left,
        "whole_seconds": settings.FELDSHER_BOOKING.hold_minutes * 60,
        "wanted": _wanted(hold.key),
        "back_url": doctor_url(hold.key),
    }


def minutes_and_seconds(seconds: int) -> str:
    return f"{seconds // 60:02}:{seconds % 60:02}"


def doctor_url(key: SlotKey) -> str:
    return link("doctor", key.practitioner_id, location=key.location_id, service=key.service_id)


def _wanted(key: SlotKey) -> str:
    """Return the held time as a signed field, so that a form knows what it wanted after the hold is gone."""
    parts = [str(key.practitioner_id), str(key.location_id), str(key.service_id), int(key.start.timestamp())]
    return signing.dumps(parts, salt=_WANTED)


def read_wanted(text: str) -> SlotKey | None:
    try:
        practitioner, location, service, start = signing.loads(text[:1000], salt=_WANTED)
    except signing.BadSignature:
        return None
    return SlotKey(UUID(practitioner), UUID(location), UUID(service), datetime.fromtimestamp(start, tz=UTC))

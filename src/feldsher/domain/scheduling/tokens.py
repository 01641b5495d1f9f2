"""The two opaque strings that leave the house: a slot's token and the secret of an appointment's page.

A slot token carries its parts and one MAC per (practitioner, location, service, UTC day, expiry, answers):
a page of a hundred times costs a handful of MACs. The start is not under the MAC: `hold_slot` accepts only
starts that the schedule offers anyway. Nobody can write answers into a token: what excludes a patient was
asked before. Version and answers share the first byte. An older schedule is no reason to refuse a token; its
age in days is.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from uuid import UUID

from django.conf import settings

from feldsher.domain.scheduling.errors import SlotTokenError
from feldsher.domain.scheduling.types import Answer, SlotKey
from feldsher.kernel import clock

_VERSION = 1
_VERSION_BITS = 3
_MAC = 12
_FORM = struct.Struct(f">B16s16s16sII{_MAC}s")
_REST = struct.Struct(f">BII{_MAC}s")
_SPELT_REST = 28
_LIFE = timedelta(hours=24)
_HOUR = 3600


@cache
def _key(purpose: bytes) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"feldsher " + purpose, hashlib.sha256).digest()


@lru_cache(maxsize=20_000)
def _slot_mac(first: int, place: bytes, day: int, expires: int) -> bytes:
    message = place + struct.pack(">BII", first, day, expires)
    return hmac.new(_key(b"slot"), message, hashlib.sha256).digest()[:_MAC]


def slot_token(key: SlotKey) -> str:
    """Return the token of a slot; good for about a day, and the same for everyone within the hour."""
    (token,) = slot_tokens(
        key.practitioner_id,
        location=key.location_id,
        service=key.service_id,
        starts=[int(key.start.timestamp())],
        answers=key.answers,
    )
    return token


def slot_tokens(
    practitioner: UUID, *, location: UUID, service: UUID, starts: Iterable[int], answers: Answer
) -> list[str]:
    """Return the tokens of one offer's starts, in seconds since the epoch."""
    first = answers << _VERSION_BITS | _VERSION
    expires = int((clock.now() + _LIFE).timestamp()) // _HOUR
    place = practitioner.bytes + location.bytes + service.bytes
    # Base64 goes by threes: the first 48 bytes are spelt once for all, the other 21 of each in one go.
    head = base64.urlsafe_b64encode(bytes([first]) + place[:-1]).decode()
    rests = b"".join(
        _REST.pack(place[-1], start, expires, _slot_mac(first, place, start // 86_400, expires))
        for start in starts
    )
    spelt = base64.urlsafe_b64encode(rests).decode()
    return [head + spelt[at : at + _SPELT_REST] for at in range(0, len(spelt), _SPELT_REST)]


def read_slot_token(token: str) -> SlotKey:
    """Return what a token names; SlotTokenError for anything that was not made here or is too old."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        first, practitioner, location, service, start, expires, mac = _FORM.unpack(packed)
    except (ValueError, binascii.Error, struct.error) as error:
        raise SlotTokenError("not a slot token") from error
    expected = _slot_mac(first, practitioner + location + service, start // 86_400, expires)
    if first & (1 << _VERSION_BITS) - 1 != _VERSION or not hmac.compare_digest(mac, expected):
        raise SlotTokenError("a slot token that was not made here")
    if expires * _HOUR <= clock.now().timestamp():
        raise SlotTokenError("a slot token of another day")
    return SlotKey(
        practitioner_id=UUID(bytes=practitioner),
        location_id=UUID(bytes=location),
        service_id=UUID(bytes=service),
        start=datetime.fromtimestamp(start, tz=UTC),
        answers=Answer(first >> _VERSION_BITS),
    )


def appointment_token(appointment_id: UUID) -> str:
    """Return the secret that opens an appointment's page: 128 bits, derived, never stored."""
    return _secret(b"appointment", appointment_id)


def wish_token(wish_id: UUID) -> str:
    """Return the secret that opens the page of a wish without a visit."""
    return _secret(b"wish", wish_id)


def _secret(purpose: bytes, record: UUID) -> str:
    mac = hmac.new(_key(purpose), record.bytes, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def opens(appointment_id: UUID, *, token: str) -> bool:
    """Tell, in constant time, whether a token is this appointment's."""
    return _is(appointment_token(appointment_id), token)


def opens_wish(wish_id: UUID, *, token: str) -> bool:
    """Tell, in constant time, whether a token is this wish's."""
    return _is(wish_token(wish_id), token)


def _is(secret: str, token: str) -> bool:
    return hmac.compare_digest(secret.encode(), token.encode("utf-8", "replace"))


def digest(text: str, *, purpose: str) -> bytes:
    """Return a keyed digest, for values that must be compared and never read (a device id)."""
    return hmac.new(_key(purpose.encode()), text.encode("utf-8", "replace"), hashlib.sha256).digest()

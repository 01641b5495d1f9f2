"""How the answers look on the wire: plain JSON values made from the domain's dataclasses.

An instant of a visit carries its branch's UTC offset, with the zone's name beside it; other instants are UTC.
Prices are decimal strings with a currency, null where nobody has said one. Nothing here reads a database.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from pydantic_core import to_json

from feldsher.domain.scheduling.types import (
    AppointmentCard,
    Hold,
    OfferedTime,
    OpenSlot,
    OpenTimes,
    PhoneCode,
    SlotKey,
    State,
    Waiting,
    WaitingFor,
    Window,
)

Json = dict[str, Any]

NO_STORE = "no-store"
REVALIDATE = "private, no-cache"

_CURRENCY = "RUB"
_PUBLIC_STATES = {State.BOOKING: "confirming", State.UNKNOWN: "confirming"}


def answer(body: Mapping[str, Any], *, status: int = 200, cache: str = NO_STORE) -> HttpResponse:
    """Return a JSON response."""
    return HttpResponse(
        encoded(body), status=status, content_type="application/json", headers={"Cache-Control": cache}
    )


def bare(status: int, *, headers: Mapping[str, str]) -> HttpResponse:
    """Return a response without a body, and so without a Content-Type."""
    response = HttpResponse(status=status, headers=dict(headers))
    del response.headers["Content-Type"]
    return response


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return compact JSON in UTF-8; no input with a lone surrogate is let in, so it can always be encoded."""
    return to_json(body)


@lru_cache(maxsize=16_384)
def instant(at: datetime, zone: str) -> str:
    """Return RFC 3339 with the offset that `zone` (IANA) has at that instant, to the second.

    Kept, because the doctors of a branch share their times.
    """
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def utc(at: datetime) -> str:
    """Return RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def money(amount: Decimal | None) -> Json | None:
    """Return `{amount, currency}`; zero and None both mean that the price is not known."""
    return {"amount": f"{amount:.2f}", "currency": _CURRENCY} if amount else None


def state_word(state: State) -> str:
    """Return the public word of a state: what the clinic has not yet answered is `confirming`."""
    return _PUBLIC_STATES.get(state, state.value)


def slots(items: Sequence[OpenSlot]) -> list[Json]:
    """Return times; what neighbours of one offer have in common is written once and shared."""
    made: list[Json] = []
    before: OpenSlot | None = None
    common: Json = {}
    for item in items:
        if before is None or not _of_one_offer(before, item):
            common = _offer(item)
        before = item
        start, end = instant(item.key.start, item.zone), instant(item.end, item.zone)
        made.append({"slot": item.token, "start": start, "end": end, **common})
    return made


def _of_one_offer(one: OpenSlot, other: OpenSlot) -> bool:
    """Tell whether two times are surely of one offer: by identity, which is enough here and cheap."""
    return (
        one.key.practitioner_id is other.key.practitioner_id
        and one.key.location_id is other.key.location_id
        and one.key.service_id is other.key.service_id
        and one.zone is other.zone
        and one.price is other.price
        and one.key.answers == other.key.answers
    )


def _offer(item: OpenSlot | Hold) -> Json:
    return {
        "zone": item.zone,
        "practitioner": str(item.key.practitioner_id),
        "service": str(item.key.service_id),
        "location": str(item.key.location_id),
        "price": money(item.price),
        "mode": mode(item.key),
    }


def mode(key: SlotKey) -> str:
    return "remote" if key.is_remote else "in_person"


def times(found: OpenTimes, *, asked: list[Json], refused: list[Json]) -> Json:
    return {
        "as_of": utc(found.as_of) if found.as_of else None,
        "is_fresh": found.is_fresh,
        "asks": asked,
        "refusals": refused,
        "days": [{"date": day.day.isoformat(), "slots": slots(day.slots)} for day in found.days],
    }


def hold(item: Hold, *, needs_birth_date: bool) -> Json:
    key = item.key
    return {
        "id": str(item.id),
        "expires_at": instant(item.expires_at, item.zone),
        "start": instant(key.start, item.zone),
        "end": instant(item.end, item.zone),
        "zone": item.zone,
        "practitioner": str(key.practitioner_id),
        "service": str(key.service_id),
        "location": str(key.location_id),
        "price": money(item.price),
        "mode": mode(key),
        "needs_birth_date": needs_birth_date,
    }


def phone_code(code: PhoneCode) -> Json:
    return {
        "sent_to": code.sent_to,
        "resend_at": utc(code.resend_at),
        "expires_at": utc(code.expires_at),
        "hold_expires_at": utc(code.hold_expires_at),
    }


def appointment(card: AppointmentCard) -> Json:
    key = card.key
    return {
        "id": str(card.id),
        "state": state_word(card.state),
        "reason": card.reason or None,
        "start": instant(key.start, card.zone),
        "end": instant(card.end, card.zone),
        "zone": card.zone,
        "practitioner": str(key.practitioner_id),
        "service": str(key.service_id),
        "location": str(key.location_id),
        "price": money(card.price),
        "mode": mode(key),
        "expires_at": instant(card.expires_at, card.zone) if card.expires_at else None,
        "answer_by": instant(card.answer_by, card.zone) if card.answer_by else None,
        "can_cancel": card.may_change,
        "created_at": instant(card.created_at, card.zone),
        "version": card.version,
    }


def wish(found: WaitingFor) -> Json:
    window, offer = found.window, found.offer
    return {
        "id": str(found.id),
        "state": "waiting" if found.position else "ended" if found.reason else "booking",
        "reason": found.reason or None,
        "position": found.position,
        "practitioner": str(found.practitioner_id) if found.practitioner_id else None,
        "specialty": found.specialty or None,
        "locations": [str(each) for each in found.location_ids],
        **_window(window),
        "offer": {**_kept(offer), "hold": str(offer.hold_id)} if offer else None,
    }


def sooner(found: Waiting | None) -> Json:
    """Return how a visit waits for an earlier time; None is one that can't."""
    waiting = found or Waiting()
    return {
        "state": "unavailable" if found is None else "waiting" if found.position else "not_waiting",
        "position": waiting.position,
        "window": _window(waiting.window) if waiting.window else None,
        "offer": _kept(waiting.offer) if waiting.offer else None,
    }


def _window(window: Window) -> Json:
    return {
        "first_day": window.first_day.isoformat(),
        "last_day": window.last_day.isoformat(),
        "opens": None if window.opens == time.min else f"{window.opens:%H:%M}",
        "closes": None if window.closes == time.max else f"{window.closes:%H:%M}",
    }


def _kept(offer: OfferedTime) -> Json:
    key = offer.key
    return {
        "id": str(offer.id),
        "until": instant(offer.until, offer.zone),
        "start": instant(key.start, offer.zone),
        "zone": offer.zone,
        "practitioner": str(key.practitioner_id),
        "service": str(key.service_id),
        "location": str(key.location_id),
        "mode": mode(key),
    }

"""«Время освободили»: one chance to take a released time back, on the next page and for half a minute.

The time is named by its public token in a cookie of the doctors' pages, not in an address that stays in the
browser's history. The undo is a tap on that time like any other: it may have been taken meanwhile.
"""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.frontend.cookies import drop_cookie, keep_cookie, read_cookie
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.errors import SlotTokenError
from feldsher.domain.scheduling.types import SlotKey

_COOKIE = "freed"
_SECONDS = 30
_MAX_TOKEN = 300


@dataclass(frozen=True, slots=True)
class Freed:
    """A time that was let go a moment ago."""

    token: str


def remember_freed(response: HttpResponse, key: SlotKey) -> None:
    """Offer the time once more on the next page of the doctor; nothing where it is not free for anybody."""
    token = next((slot.token for slot in scheduling.alternatives(key) if slot.key.start == key.start), None)
    if token is not None:
        keep_cookie(response, _COOKIE, token, seconds=_SECONDS, path=reverse("site:doctors"))


def freed_in(request: HttpRequest, *, doctor_id: UUID) -> Freed | None:
    """Return the time of this doctor that the device has just let go, None for none or a false token."""
    token = read_cookie(request, _COOKIE, path=reverse("site:doctors"))[:_MAX_TOKEN]
    try:
        is_his = bool(token) and scheduling.peek(token).practitioner_id == doctor_id
    except SlotTokenError:
        is_his = False
    return Freed(token) if is_his else None


def forget_freed(response: HttpResponse) -> None:
    drop_cookie(response, _COOKIE, path=reverse("site:doctors"))

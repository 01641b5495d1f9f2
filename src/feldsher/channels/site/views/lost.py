"""A time that was lost: the nearest others are offered, and what was typed goes with the tap on one."""

from django.http import HttpRequest, HttpResponse

from feldsher.channels.site.holding import read_wanted
from feldsher.channels.site.views.errors import refusal
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import OpenSlot, SlotKey
from feldsher.kernel.errors import DomainError


def lost(request: HttpRequest, error: DomainError, typed: dict[str, str]) -> HttpResponse:
    """Offer the nearest times instead of the lost one, and carry what was typed to their form."""
    key = read_wanted(request.POST.get("wanted", ""))
    offered = nearest(key) if key else ()
    return refusal(request, error, key=key, alternatives=offered, typed=typed)


def nearest(key: SlotKey) -> tuple[OpenSlot, ...]:
    """Return the nearest free times, none where the schedule can't be read: a refusal must not fail."""
    try:
        return scheduling.alternatives(key)
    except DomainError:
        return ()

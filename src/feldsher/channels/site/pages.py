"""What every page shares: the clinic's name and phone in its frame, and how an answer may be kept.

Pages of a booking or a visit are `no-store`: the fact of a visit is a medical secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard

_NAMELESS = "Запись к врачу"


class SeeOther(HttpResponseRedirect):
    """303: the form was taken, the answer is on another page."""

    status_code = 303


@dataclass(frozen=True, slots=True)
class Frame:
    """Header and footer. `phone` is as the clinic typed it."""

    brand: str
    phone: str
    operators: tuple[str, ...]


def frame_of(locations: Sequence[LocationCard]) -> Frame:
    names = tuple(dict.fromkeys(place.organization_name for place in locations if place.organization_name))
    phones = [place.phone for place in locations if place.phone]
    return Frame(
        brand=names[0] if len(names) == 1 else _NAMELESS, phone=phones[0] if phones else "", operators=names
    )


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    locations: Sequence[LocationCard] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page in the common frame; `locations` spares the query where the caller has read them."""
    known = directory.locations() if locations is None else locations
    return render(
        request,
        f"site/{template}",
        {"frame": frame_of(known), "fresh_key": uuid4().hex, **context},
        status=status,
    )


def private(response: HttpResponse) -> HttpResponse:
    """Forbid any cache to keep the answer."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response

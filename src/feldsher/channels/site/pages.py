"""What every page shares: the clinic's name and phone in its frame, and how an answer may be kept.

Pages of a booking or a visit are `no-store`: the fact of a visit is a medical secret.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from feldsher.channels.frontend.arrivals import carried
from feldsher.channels.frontend.counters import choice_of, counted
from feldsher.channels.frontend.form_keys import fresh_key
from feldsher.channels.frontend.look import look_of
from feldsher.channels.site.hours import opening
from feldsher.channels.site.legal import entities
from feldsher.channels.site.menus import MenuLink, footer, header
from feldsher.channels.site.present import link
from feldsher.channels.site.seo import Crumb, Seo, origin_of, whole_crumbs
from feldsher.channels.site.structured import block, breadcrumbs
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.brand import BrandCard, Counters
from feldsher.domain.directory.types.listings import ListingText
from feldsher.foundation.modules import CHECKUPS, has_booking, is_on
from feldsher.kernel import clock

_NAMELESS = {True: "Запись к врачу", False: "Клиника"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Header, footer and bar. `phone` is as the clinic typed it; `hours` says until when it is answered.

    `is_open` False: the bar offers a call request (`call_url`) instead of dialling. `legal` are the
    legal entities in words: of the chosen branch, else of all. Not `has_booking`, not
    `has_checkups`: no page leads to a booking, to a programme.
    """

    brand: str
    phone: str
    hours: str
    is_open: bool
    call_url: str
    operators: tuple[str, ...]
    legal: tuple[str, ...]
    logo: str
    hue: int | None
    texts: tuple[ListingText, ...]
    counters: Counters
    header: tuple[MenuLink, ...]
    footer: tuple[MenuLink, ...]
    has_booking: bool
    has_checkups: bool


def frame_of(locations: Sequence[LocationCard], *, place: LocationCard | None = None) -> Frame:
    """Return the frame with the phone of `place`, the chosen branch, or of the first one that has any."""
    own = directory.brand()
    answering = place if place and place.phone else next((item for item in locations if item.phone), None)
    open_now = opening(answering.hours, zone=answering.zone, now=clock.now()) if answering else None
    return Frame(
        brand=clinic_name(own, locations),
        phone=answering.phone if answering else "",
        hours=open_now.words if open_now else "",
        is_open=open_now is not None and open_now.is_open,
        call_url=link("call", location=answering.id if place and answering else None),
        operators=_operators(locations),
        legal=entities([place] if place else locations),
        logo=link("logo", own.logo) if own.logo else "",
        hue=own.hue,
        texts=own.texts,
        counters=own.counters,
        header=header(own.menus),
        footer=footer(own.menus),
        has_booking=has_booking(),
        has_checkups=is_on(CHECKUPS),
    )


def clinic_name(brand: BrandCard, locations: Sequence[LocationCard]) -> str:
    """Return what the clinic calls itself, else its one legal entity, else what the site is for."""
    names = _operators(locations)
    return brand.name or (names[0] if len(names) == 1 else _NAMELESS[has_booking()])


def _operators(locations: Sequence[LocationCard]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.organization_name for item in locations if item.organization_name))


def _data(seo: Seo, crumbs: tuple[Crumb, ...], *, origin: str) -> str:
    """Return the page's block for machines: its way and its things; empty where it has neither."""
    things = [*(seo.things(origin) if seo.things else ())]
    if crumbs:
        things.append(breadcrumbs(crumbs, origin=origin, path=seo.path))
    return block(things) if things else ""


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    locations: Sequence[LocationCard] | None = None,
    place: LocationCard | None = None,
    seo: Seo | Callable[[Frame], Seo] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page in the common frame; `locations` spares the query where the caller has read them.

    `seo` is what a page that anybody may find says of itself; a function of the frame where it says more of
    the clinic than its name. On such a page readers are asked about outside counters, and counted once they
    agree; a page of a booking, a visit or a refusal says nothing of itself and counts nobody.
    """
    known = directory.locations() if locations is None else locations
    frame = frame_of(known, place=place)
    told = seo(frame) if callable(seo) else seo
    origin = origin_of(request) if told else ""
    crumbs = whole_crumbs(told.crumbs, home=reverse("site:home")) if told and told.crumbs else ()
    choice = choice_of(request, frame.counters) if told else None
    shared = {
        "frame": frame,
        "choice": choice,
        "look": look_of(request),
        "here": request.get_full_path() if request.method == "GET" else "/",
        "seo": told,
        "crumbs": crumbs,
        "origin": origin,
        "data": _data(told, crumbs, origin=origin) if told else "",
        "fresh_key": fresh_key(),
        "carried": carried(),
        "carried_query": urlencode(carried()),
    }
    response = render(request, f"site/{template}", {**shared, **context}, status=status)
    patch_vary_headers(response, ["Cookie"])
    if choice is not None:
        counted(response, choice)
    return response

"""The price list of services as a catalogue, YML: folders are categories, each bookable price is an offer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.urls import reverse

from feldsher.channels.feeds.doctors import amount_words
from feldsher.channels.feeds.writing import leaf, short_id, stream
from feldsher.channels.frontend.warning import WARNING
from feldsher.domain.directory import selectors as directory

_REST: Final = "1"
"""The category of services that stand in no folder."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A service in a branch at a price that some doctor takes there."""

    service: UUID
    location: UUID
    price: Decimal


def write_services(file: Any, *, site: str, day: datetime) -> None:
    """Write the catalogue; `site` is the origin of addresses without a slash, `day` dates it, with its zone.

    Services without a price are left out: a catalogue has no words for «цена уточняется».
    """
    offers = list(_offers())
    services = directory.service_cards({each.service for each in offers})
    folders = directory.folders(services)
    places = {place.id: place.name for place in directory.locations()}
    brand, company = directory.brand(), next(iter(directory.organizations().values()), "")
    categories = {_category(folder.id): folder.name for folder in folders.values()}
    if any(each.service not in folders for each in offers):
        categories[_REST] = "Услуги"
    with stream(file) as out:
        out.write_declaration()
        with out.element("yml_catalog", {"date": day.isoformat()}), out.element("shop"):
            leaf(out, "name", brand.name or company or "Клиника")
            leaf(out, "company", company or brand.name or "Клиника")
            leaf(out, "url", f"{site}/")
            with out.element("currencies"), out.element("currency", {"id": "RUB", "rate": "1"}):
                pass
            with out.element("categories"):
                for number, name in sorted(categories.items()):
                    leaf(out, "category", name, id=number)
            with out.element("offers"):
                for each in offers:
                    folder = folders.get(each.service)
                    name = services[each.service].name
                    query = f"?service={each.service}&location={each.location}"
                    with out.element("offer", {"id": _id(each), "available": "true"}):
                        leaf(out, "url", f"{site}{reverse('site:doctors')}{query}")
                        leaf(out, "price", amount_words(each.price))
                        leaf(out, "currencyId", "RUB")
                        leaf(out, "categoryId", _category(folder.id) if folder else _REST)
                        leaf(out, "name", f"{name}, {places[each.location]}" if len(places) > 1 else name)
                        leaf(out, "description", WARNING)


def _offers() -> Iterator[_Offer]:
    """Yield each service, branch and price once, in the order of the directory."""
    found = (
        _Offer(each.terms.service_id, each.terms.location_id, each.price)
        for each in directory.published_visits()
        if each.price is not None
    )
    yield from dict.fromkeys(found)


def _id(offer: _Offer) -> str:
    return short_id(offer.service, offer.location, amount_words(offer.price))


def _category(folder: str) -> str:
    """Return a folder's number: a category of YML has no other id. 17 digits at most, always the same."""
    return str(int.from_bytes(sha256(folder.encode()).digest()[:7], "big") + 2)

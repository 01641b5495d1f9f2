"""What a page says to machines in schema.org's words (JSON-LD): pure functions from the domain's dataclasses.

A block of `application/ld+json` is data: HTML prepares no script for its type, so that a browser stops before
the policy of scripts is asked (`script-src 'self'` stays as it is; a test watches Chromium). What ends a
block is its text alone, so `<`, `>` and `&` never stand there as such.

Only what is known is said, and only where the vocabulary has a word for it: an Offer is of a Service, because
schema.org offers no MedicalProcedure; a doctor's specialty is in words (`knowsAbout`), because
`medicalSpecialty` takes names of its own list.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.utils.safestring import SafeString

from feldsher.channels.site.seo import Crumb
from feldsher.domain.directory.types import LocationCard, PractitionerCard, ServiceCard
from feldsher.domain.directory.types.places import LegalCard
from feldsher.kernel import formats
from feldsher.kernel.opening_hours import read_hours

Thing = dict[str, object]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_MINUTE = 24 * 60 - 1
_HIDDEN = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def block(things: Sequence[Thing]) -> SafeString:
    """Return the text of one data block; safe inside `<script>`, whatever stands in the things."""
    said = json.dumps({"@context": "https://schema.org", "@graph": list(things)}, ensure_ascii=False)
    return SafeString(said.translate(_HIDDEN))


def breadcrumbs(crumbs: Iterable[Crumb], *, origin: str, path: str) -> Thing:
    """Return the way to a page; its last step is the page itself."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": crumb.title,
                "item": f"{origin}{crumb.url or path}",
            }
            for number, crumb in enumerate(crumbs, 1)
        ],
    }


def website(name: str, *, origin: str, search: str) -> Thing:
    """Return the site and how it is searched; `search` is the path of its search page."""
    return {
        "@type": "WebSite",
        "@id": f"{origin}/#website",
        "name": name,
        "url": f"{origin}/",
        "inLanguage": "ru",
        "publisher": {"@id": f"{origin}/#organization"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{origin}{search}?q={{query}}"},
            "query-input": "required name=query",
        },
    }


def organization(name: str, *, origin: str, logo: str, branches: Mapping[str, LocationCard]) -> Thing:
    """Return the network with its branches, by the path of each one's page; `logo` is a path or empty."""
    return known(
        {
            "@type": "MedicalOrganization",
            "@id": f"{origin}/#organization",
            "name": name,
            "url": f"{origin}/",
            "logo": f"{origin}{logo}" if logo else "",
            "department": [clinic(place, origin=origin, path=path) for path, place in branches.items()],
        }
    )


def clinic(place: LocationCard, *, origin: str, path: str) -> Thing:
    """Return a branch: address, phone, hours, degrees and legal entity, of each what is known."""
    return known(
        {
            "@type": "MedicalClinic",
            "@id": f"{origin}{path}#clinic",
            "name": place.name,
            "url": f"{origin}{path}",
            "telephone": place.phone,
            "address": _address(place),
            "geo": _geo(place),
            "openingHoursSpecification": _hours(place.hours),
            "parentOrganization": _entity(place.legal),
        }
    )


def physician(card: PractitionerCard, places: Mapping[str, LocationCard], *, origin: str, path: str) -> Thing:
    """Return a doctor and where one is seen; `places` are branches by the path of their pages."""
    return known(
        {
            "@type": "Physician",
            "@id": f"{origin}{path}#physician",
            "name": card.name,
            "url": f"{origin}{path}",
            "knowsAbout": list(card.specialties),
            "description": card.about,
            "address": [found for place in places.values() if (found := _address(place))],
            "parentOrganization": {"@id": f"{origin}/#organization"},
        }
    )


def procedure(card: ServiceCard, *, origin: str, path: str) -> Thing:
    """Return a service as a medical procedure."""
    return known(
        {
            "@type": "MedicalProcedure",
            "@id": f"{origin}{path}#procedure",
            "name": card.name,
            "url": f"{origin}{path}",
            "preparation": card.preparation,
        }
    )


def offer(card: ServiceCard, least: Decimal, *, is_exact: bool, origin: str, paths: tuple[str, str]) -> Thing:
    """Return the price of a service in a branch: `paths` are those of the service there and of the branch.

    Not `is_exact`: the least of several prices, which is said as such.
    """
    service, branch = paths
    amount = float(least)
    cost: Thing = (
        {"price": amount, "priceCurrency": "RUB"}
        if is_exact
        else {
            "priceSpecification": {
                "@type": "PriceSpecification",
                "minPrice": amount,
                "priceCurrency": "RUB",
            }
        }
    )
    return {
        "@type": "Offer",
        "url": f"{origin}{service}",
        **cost,
        "itemOffered": {"@type": "Service", "name": card.name},
        "availableAtOrFrom": {"@id": f"{origin}{branch}#clinic"},
    }


def known(thing: Thing) -> Thing:
    """Return the thing without what is not known."""
    return {name: value for name, value in thing.items() if value not in ("", None, [], {})}


def _address(place: LocationCard) -> Thing:
    if not place.address:
        return {}
    return known(
        {
            "@type": "PostalAddress",
            "addressCountry": "RU",
            "addressLocality": place.city,
            "streetAddress": place.address,
        }
    )


def _geo(place: LocationCard) -> Thing:
    if place.latitude is None or place.longitude is None:
        return {}
    degrees = {"latitude": float(place.latitude), "longitude": float(place.longitude)}
    return {"@type": "GeoCoordinates", **degrees}


def _hours(text: str) -> list[Thing]:
    """Return the hours by days that share them; nothing for hours that can't be read."""
    spans: dict[tuple[int, int], list[str]] = {}
    for day, span in sorted(read_hours(text).items()):
        spans.setdefault(span, []).append(f"https://schema.org/{_DAYS[day]}")
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": days,
            "opens": formats.clock_of(opens),
            "closes": formats.clock_of(min(closes, _LAST_MINUTE)),
        }
        for (opens, closes), days in spans.items()
    ]


def _entity(legal: LegalCard) -> Thing:
    if not legal.name:
        return {}
    return known(
        {
            "@type": "MedicalOrganization",
            "name": legal.name,
            "legalName": legal.full_name,
            "taxID": legal.inn,
            "identifier": {"@type": "PropertyValue", "propertyID": "ОГРН", "value": legal.ogrn}
            if legal.ogrn
            else {},
        }
    )

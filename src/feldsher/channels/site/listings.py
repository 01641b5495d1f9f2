"""Listing pages: doctors of a specialty everywhere, in a city, at a metro station, in a branch.

An area is a set of open branches under one name. Its address is made of the names themselves, so that it says
what it leads to; a branch has its id, because branches change their names. Nothing is here of a page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from feldsher.domain.directory.types import LocationCard, SpecialtyCard
from feldsher.domain.directory.types.listings import ListingKind, ListingText, filled
from feldsher.domain.directory.types.places import named_places
from feldsher.domain.search.selectors import in_place

_NAMES = {
    ListingKind.SPECIALTY: "site:specialty",
    ListingKind.SPECIALTY_CITY: "site:specialty-city",
    ListingKind.SPECIALTY_METRO: "site:specialty-metro",
    ListingKind.SPECIALTY_BRANCH: "site:specialty-branch",
}
_VARIABLES = {
    ListingKind.SPECIALTY_CITY: "city",
    ListingKind.SPECIALTY_METRO: "metro",
    ListingKind.SPECIALTY_BRANCH: "branch",
}


@dataclass(frozen=True, slots=True)
class Area:
    """Open branches that a listing is of; `key` is the area's part of the address, empty for everywhere."""

    kind: ListingKind
    key: str
    name: str
    places: tuple[LocationCard, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset(place.id for place in self.places)

    def path(self, slug: str) -> str:
        """Return the address of the list of a specialty here."""
        return reverse(_NAMES[self.kind], args=[slug, self.key] if self.key else [slug])


@dataclass(frozen=True, slots=True)
class Words:
    """Title and heading of a listing page."""

    title: str
    heading: str


def areas(locations: Sequence[LocationCard]) -> Iterator[Area]:
    """Yield every area of these branches: everywhere, cities, stations, branches; each once."""
    yield Area(ListingKind.SPECIALTY, "", "", tuple(locations))
    for kind, names in (
        (ListingKind.SPECIALTY_CITY, {place.id: place.city for place in locations}),
        (ListingKind.SPECIALTY_METRO, {place.id: place.metro for place in locations}),
    ):
        found: dict[str, tuple[str, list[LocationCard]]] = {}
        for place in locations:
            for named in named_places(names[place.id]):
                found.setdefault(named.slug, (named.name, []))[1].append(place)
        for slug, (name, own) in sorted(found.items()):
            yield Area(kind, slug, name, tuple(own))
    for place in locations:
        yield Area(ListingKind.SPECIALTY_BRANCH, str(place.id), place.name, (place,))


def area_of(locations: Sequence[LocationCard], kind: ListingKind, key: str) -> Area | None:
    """Return the area that an address names; None for no open branch there."""
    return next((area for area in areas(locations) if (area.kind, area.key) == (kind, key)), None)


def canonical_area(area: Area, locations: Sequence[LocationCard]) -> Area:
    """Return the area under whose address its list stands: one city is everywhere."""
    if area.kind is not ListingKind.SPECIALTY:
        return area
    cities = [item for item in areas(locations) if item.kind is ListingKind.SPECIALTY_CITY]
    return cities[0] if len(cities) == 1 and cities[0].ids == area.ids else area


def around(area: Area, locations: Sequence[LocationCard], *, busy: Iterable[UUID]) -> tuple[Area, ...]:
    """Return the other areas of the network in which one of the `busy` branches is, each list once."""
    branches = set(busy)
    own = canonical_area(area, locations)
    return tuple(
        item
        for item in areas(locations)
        if item != own and canonical_area(item, locations) == item and not branches.isdisjoint(item.ids)
    )


def words_of(texts: Sequence[ListingText], area: Area, specialty: SpecialtyCard, *, clinic: str) -> Words:
    """Return a listing's title and heading by the clinic's templates."""
    values = {"specialty": specialty.title, "clinic": clinic, **city_values(area.places)}
    if variable := _VARIABLES.get(area.kind):
        values[variable] = area.name
    if area.kind is ListingKind.SPECIALTY_CITY:
        values["in_city"] = _in_city(area.name, area.places)
    return said(texts, area.kind, values)


def city_values(places: Iterable[LocationCard]) -> dict[str, str]:
    """Return the city of these branches for a template: its name, and where that is; of several the names."""
    known = tuple(places)
    city = ", ".join(dict.fromkeys(place.city for place in known if place.city))
    return {"city": city, "in_city": _in_city(city, known)}


def _in_city(city: str, places: Iterable[LocationCard]) -> str:
    """Return «в Москве» as staff typed it, else as the dictionary is sure, else «, Москва»."""
    typed = next((place.city_where for place in places if place.city == city and place.city_where), "")
    return typed or in_place(city) or (f", {city}" if city else "")


def said(texts: Sequence[ListingText], kind: ListingKind, values: Mapping[str, str]) -> Words:
    """Return the words of one kind of listing pages with these values in their places."""
    text = next(each for each in texts if each.kind is kind)
    return Words(filled(text.title, values), filled(text.heading, values))

"""How far a branch is, from a chosen branch or from where the reader stands.

The browser tells a place only after a tap on «Ближе», rounded by our script to two decimals (about a
kilometre) before it leaves the device, in a cookie of the list alone that ends with the browser's session. It
is never written down: not into an address, a log or a table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from feldsher.domain.directory.types import LocationCard
from feldsher.kernel.formats import NBSP

COOKIE = "near"
_COOKIE_VALUE = re.compile(r"(-?\d{1,2}\.\d{2}),(-?\d{1,3}\.\d{2})", re.ASCII)
_LATITUDE, _LONGITUDE = 90, 180
_EARTH_KM = 6371.0
_WHOLE_KM = 10


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the globe in degrees, north and east."""

    latitude: float
    longitude: float


def point_of(place: LocationCard | None) -> Point | None:
    """Return where a branch stands; None where its coordinates are not known."""
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return Point(float(place.latitude), float(place.longitude))


def point_in(cookie: str) -> Point | None:
    """Return the reader's rounded place; None without one or for anything else than our script writes."""
    found = _COOKIE_VALUE.fullmatch(cookie)
    if found is None:
        return None
    point = Point(float(found[1]), float(found[2]))
    return point if abs(point.latitude) <= _LATITUDE and abs(point.longitude) <= _LONGITUDE else None


def distance_km(one: Point, other: Point) -> float:
    """Return the great-circle distance (haversine on a sphere: within 0.5 % of the ellipsoid's)."""
    north, south = radians(one.latitude), radians(other.latitude)
    turn = sin((south - north) / 2) ** 2
    turn += cos(north) * cos(south) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(turn)))


def distances_from(point: Point | None, places: Sequence[LocationCard]) -> dict[UUID, float]:
    """Return the distance to each branch that has coordinates."""
    if point is None:
        return {}
    known = {place.id: point_of(place) for place in places}
    return {pk: distance_km(point, there) for pk, there in known.items() if there is not None}


def distance_words(km: float | None) -> str:
    """Return `1,4 км`, from ten on `12 км`, under one `меньше 1 км`, for an unknown one nothing."""
    if km is None:
        return ""
    tenths = round(km, 1)
    if tenths < 1:
        return f"меньше{NBSP}1{NBSP}км"
    said = f"{tenths:.1f}".replace(".", ",") if tenths < _WHOLE_KM else f"{km:,.0f}".replace(",", NBSP)
    return f"{said}{NBSP}км"

"""The way to a branch: an ordinary link to a map, which nothing of ours opens by itself.

The address of a branch is public; who follows the link tells the map no more than where the clinic is.
"""

from typing import Final
from urllib.parse import urlencode

from feldsher.domain.directory.types import LocationCard

_MAP: Final = "https://yandex.ru/maps/"


def route_url(place: LocationCard) -> str:
    """Return a link to the way to a branch, to its address without degrees, empty without an address too."""
    if place.latitude is not None and place.longitude is not None:
        return f"{_MAP}?{urlencode({'rtext': f'~{place.latitude},{place.longitude}', 'rtt': 'auto'})}"
    return f"{_MAP}?{urlencode({'text': place.where})}" if place.address else ""

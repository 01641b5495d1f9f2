"""What a public page says of itself to search engines and to whoever shares it: title, address, breadcrumbs.

One list has one address. Whatever a query string chooses (a day, a branch, an order) is the same page, whose
canonical address has none; only what shows other things has its own: a branch's price list, and a further
page of a list of texts. A page without anything to show, or of somebody's own, is not to be found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to a page: words, and the path that they lead to (empty: the page itself)."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Seo:
    """`path` is the canonical one; `crumbs` begin after «Главная»; `is_indexed` False: not to be found.

    `heading` is the page's h1 where the clinic's own words make it. `names_clinic`: the title does so itself.
    `image` is the path of the picture that stands beside a link to the page; the logo where there is none.
    `things` says what the page is about in schema.org's words, for an origin.
    """

    title: str
    description: str
    path: str
    crumbs: tuple[Crumb, ...] = ()
    is_indexed: bool = True
    heading: str = ""
    names_clinic: bool = False
    image: str = ""
    things: Callable[[str], Sequence[dict[str, object]]] | None = None


def origin_of(request: HttpRequest) -> str:
    """Return scheme and host of the site's own addresses, without a slash at the end."""
    return settings.SITE_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")


def whole_crumbs(crumbs: Sequence[Crumb], *, home: str) -> tuple[Crumb, ...]:
    """Return the whole way to a page, from «Главная» on."""
    return (Crumb("Главная", home), *crumbs)

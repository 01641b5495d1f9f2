"""What the site's maps list: by kind, each page with the day on which what it shows last changed.

`KINDS` is the register: whoever has pages that may be found adds a kind here, and the index and robots.txt
know it. Only canonical addresses of pages that are indexed stand in a map; never a booking, a visit or a
cabinet. A page without a known change has no date: a false one teaches a robot to believe none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID
from xml.sax.saxutils import escape

from django.urls import reverse

from feldsher.channels.site.listings import areas, canonical_area
from feldsher.domain.checkups import selectors as checkups
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.editorial import selectors as editorial
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.modules import CHECKUPS, CORPORATE, is_on

MOST = 50_000
"""Addresses of one map at most (sitemaps.org)."""
_XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_CORPORATE = ("corporate", "exams")
Changed = datetime | date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's path and when it last changed (None: not known)."""

    path: str
    changed: Changed = None


def _sections() -> Iterator[Entry]:
    for name in ("home", "doctors", "services", "branches", *_CORPORATE, "legal"):
        if name not in _CORPORATE or is_on(CORPORATE):
            yield Entry(reverse(f"site:{name}"))
    for place in directory.locations():
        yield Entry(f"{reverse('site:prices')}?location={place.id}")


def _of(name: str, changes: Mapping[UUID, Changed]) -> Iterator[Entry]:
    for pk, changed in changes.items():
        yield Entry(reverse(f"site:{name}", args=[pk]), changed)


def _checkups() -> Iterator[Entry]:
    programmes = checkups.programmes() if is_on(CHECKUPS) else ()
    if programmes:
        yield Entry(reverse("site:checkups"))
    for card in programmes:
        yield Entry(reverse("site:checkup", args=[card.slug]))


def _listings() -> Iterator[Entry]:
    locations = directory.locations()
    yield from _specialties(locations)
    known = {place.id for place in locations}
    for service, branch in directory.service_places():
        if branch in known:
            yield Entry(reverse("site:service-branch", args=[service, branch]))


def _specialties(locations: Sequence[LocationCard]) -> Iterator[Entry]:
    """Yield each list of a specialty that has a doctor, under its one address."""
    work = directory.specialty_places()
    own = [area for area in areas(locations) if canonical_area(area, locations) == area]
    for slug, pairs in sorted(work.items()):
        busy = {branch for _, branch in pairs}
        for area in own:
            if not busy.isdisjoint(area.ids):
                yield Entry(area.path(slug))


def _texts(kind: PageKind) -> Iterator[Entry]:
    """Yield the list of a kind of editors' pages and what stands in it."""
    changes = editorial.page_changes(kind)
    if changes:
        yield Entry(reverse("site:section", args=[kind]), max(changes.values()))
    for slug, changed in changes.items():
        yield Entry(reverse("site:page", args=[kind, slug]), changed)


KINDS: Mapping[str, Callable[[], Iterable[Entry]]] = {
    "sections": _sections,
    "doctors": lambda: _of("doctor", directory.doctor_changes()),
    "services": lambda: _of("service", directory.service_changes()),
    "branches": lambda: _of("branch", directory.branch_changes()),
    "listings": _listings,
    "checkups": _checkups,
    **{kind.value: partial(_texts, kind) for kind in PageKind},
}


def index_xml(origin: str) -> str:
    """Return the index of the maps; a kind of more than `MOST` pages has several."""
    maps = [
        f"<sitemap><loc>{escape(origin + reverse('site:sitemap', args=[kind, part]))}</loc></sitemap>"
        for kind, entries in KINDS.items()
        for part in range(1, _parts(sum(1 for _ in entries())) + 1)
    ]
    return _document("sitemapindex", maps)


def map_xml(entries: Sequence[Entry], part: int, *, origin: str) -> str | None:
    """Return one part of a map, from 1 on; None where there is no such part."""
    if not 1 <= part <= _parts(len(entries)):
        return None
    return _document("urlset", [_url(entry, origin) for entry in entries[(part - 1) * MOST : part * MOST]])


def _parts(count: int) -> int:
    return max(1, -(-count // MOST))


def _url(entry: Entry, origin: str) -> str:
    day = f"<lastmod>{entry.changed:%Y-%m-%d}</lastmod>" if entry.changed else ""
    return f"<url><loc>{escape(origin + entry.path)}</loc>{day}</url>"


def _document(root: str, items: Iterable[str]) -> str:
    body = "\n".join(items)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_XMLNS}">\n{body}\n</{root}>\n'

"""`/search/`: doctors, specialties, services, branches and medical texts by what a person types.

A query may be a diagnosis: the answer is kept by no cache, tells its address to no other page (`no-store`
brings `no-referrer`), stands in no index of a robot, and what was typed is neither counted nor logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.site.columns import nearest_words
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import at, link
from feldsher.channels.site.shown import note
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind, PractitionerCard
from feldsher.domain.editorial import selectors as editorial
from feldsher.domain.editorial.types import PageKind
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.search import selectors as search
from feldsher.domain.search.types import Found, Hit, Part
from feldsher.kernel import clock

_MIN_QUERY: Final = 2
_MAX_QUERY: Final = 80
_FEW, _ALL = 5, search.MOST
_TEXTS: Final = frozenset({PageKind.CONDITION.value, PageKind.ARTICLE.value})
_TITLES: Final = {
    Kind.SPECIALTY.value: "Специальности",
    Kind.PRACTITIONER.value: "Врачи",
    Kind.SERVICE.value: "Услуги",
    Kind.LOCATION.value: "Филиалы",
    PageKind.CONDITION.value: "Заболевания",
    PageKind.ARTICLE.value: "Статьи",
}
"""The kinds that have pages here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One hit. `nearest` says a doctor's next time, empty where there is none."""

    url: str
    title: tuple[Part, ...]
    subtitle: tuple[Part, ...]
    snippet: tuple[Part, ...]
    card: PractitionerCard | None = None
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of a kind; `more_url` leads to all of them, empty where all are shown."""

    title: str
    number: int
    lines: tuple[Line, ...]
    more_url: str


@require_safe
@honest
def find(request: HttpRequest) -> HttpResponse:
    """Show what a query finds, the best kind first; with `kind` that kind alone."""
    query = text_in(request.GET, "q", limit=_MAX_QUERY)
    kind = text_in(request.GET, "kind")
    kinds = (kind,) if kind in _TITLES else tuple(_TITLES)
    is_asked = len(query) >= _MIN_QUERY
    found = search.find(query, kinds=kinds, limit=_ALL if kind in _TITLES else _FEW) if is_asked else Found()
    groups = _groups(request, found, query=query)
    context = {
        "query": query,
        "is_asked": is_asked,
        "corrected": found.corrected,
        "groups": groups,
        "back_url": link("search", q=query) if kind in _TITLES else "",
        "specialties": () if groups else directory.specialties(),
    }
    return private(page(request, "search.html", context))


def _groups(request: HttpRequest, found: Found, *, query: str) -> list[Group]:
    """Return the hits by kind, in the order of the best of each; a constant number of queries."""
    ids = [UUID(hit.object_id) for hit in found.hits if hit.kind == Kind.PRACTITIONER.value]
    cards = directory.open_practitioner_cards(ids) if ids else {}
    nearest = _nearest(request, cards)
    texts = [int(hit.object_id) for hit in found.hits if hit.kind in _TEXTS]
    slugs = editorial.slugs(texts) if texts else {}
    numbers = {count.kind: count.number for count in found.counts}
    by_kind: dict[str, list[Line]] = {}
    for hit in found.hits:
        line = _text_line(hit, slugs) if hit.kind in _TEXTS else _line(hit, cards=cards, nearest=nearest)
        if line is not None:
            by_kind.setdefault(hit.kind, []).append(line)
    return [
        Group(
            title=_TITLES[kind],
            number=numbers[kind],
            lines=tuple(lines),
            more_url=link("search", q=query, kind=kind)
            if numbers[kind] > len(lines) and len(lines) < _ALL
            else "",
        )
        for kind, lines in by_kind.items()
    ]


def _nearest(request: HttpRequest, doctors: Mapping[UUID, PractitionerCard]) -> dict[UUID, str]:
    """Return the next time of each doctor in words, and count that it was shown."""
    if not doctors:
        return {}
    now = clock.now()
    times = scheduling.next_times(list(doctors), per=1)
    note(request, [(slots[0].key.location_id, doctor) for doctor, slots in times.items()], search=None)
    return {
        doctor: nearest_words(slots[0].key.start, slots[0].zone, now=now) for doctor, slots in times.items()
    }


def _line(hit: Hit, *, cards: Mapping[UUID, PractitionerCard], nearest: Mapping[UUID, str]) -> Line | None:
    """Return a hit with its page; None for a doctor who has left since."""
    if hit.kind != Kind.PRACTITIONER.value:
        return Line(_url(hit), hit.title, hit.subtitle, _unless_shown(hit))
    doctor = UUID(hit.object_id)
    if doctor not in cards:
        return None
    url = link("doctor", doctor)
    return Line(url, hit.title, hit.subtitle, _unless_shown(hit), cards[doctor], nearest.get(doctor, ""))


def _text_line(hit: Hit, slugs: Mapping[int, str]) -> Line | None:
    """Return an article or a condition; None for one that came down since."""
    slug = slugs.get(int(hit.object_id))
    if slug is None:
        return None
    return Line(link("page", hit.kind, slug), hit.title, hit.subtitle, _unless_shown(hit))


def _url(hit: Hit) -> str:
    if hit.kind == Kind.SPECIALTY.value:
        return at(reverse("site:specialty", args=[hit.object_id]))
    return link("service" if hit.kind == Kind.SERVICE.value else "branch", UUID(hit.object_id))


def _unless_shown(hit: Hit) -> tuple[Part, ...]:
    """Return the piece of the body where neither title nor subtitle shows why the document was found."""
    is_seen = any(part.is_hit for part in (*hit.title, *hit.subtitle))
    return () if is_seen else hit.snippet

"""The list of doctors with their nearest times: by specialty, branch and service, in the chosen order.

It asks a constant number of questions, however many doctors it shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.cookies import read_cookie
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.channels.frontend.times import chip, price_words
from feldsher.channels.site.columns import CHIPS, DAYS, Terms, doctor_table, earliest, nearest_words
from feldsher.channels.site.listings import Area, area_of, canonical_area
from feldsher.channels.site.nearness import COOKIE, distances_from, point_in, point_of
from feldsher.channels.site.offered import offered_words
from feldsher.channels.site.order import Ranked, sort_of
from feldsher.channels.site.pages import Frame, page
from feldsher.channels.site.present import at, link
from feldsher.channels.site.rules import answers_in, answers_out, askings, notes_of
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.shown import note
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import NETWORK_SIZE, Option, place_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, ServiceCard, SpecialtyCard
from feldsher.domain.directory.types.listings import ListingKind
from feldsher.domain.figures.types import Search, Wanted
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Answers, FirstTime, Sort, VisitRule
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_LIST_SIZE = 10
_APART = 2
_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SortOption:
    """One order of the list; `asks_place`: our script asks the browser for the reader's place first."""

    title: str
    url: str
    is_selected: bool
    asks_place: bool


@dataclass(frozen=True, slots=True)
class Near:
    """From where distances are counted: the address of a branch, or the reader's own place for an empty one.

    Not `is_known`: nothing to count from yet; `is_refused` then, when the browser did not tell the place.
    """

    is_known: bool
    base: str
    is_refused: bool
    own_url: str
    bases: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class AnyDoctor:
    """«К любому»: the token of the earliest time, when it is, and its price."""

    token: str
    words: str
    price: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list was asked for: its filters, its order, and from where distances are counted.

    `area` is that of a listing page; its one branch is `place` too.
    """

    specialties: Sequence[SpecialtyCard]
    specialty: SpecialtyCard | None
    place: LocationCard | None
    service: ServiceCard | None
    answers: Answers
    sort: Sort
    base: LocationCard | None
    distances: Mapping[UUID, float]
    area: Area | None = None

    @property
    def is_wide(self) -> bool:
        """Whether the list is of some branches, neither one nor all."""
        is_all = self.area is None or self.area.kind is ListingKind.SPECIALTY
        return self.place is None and not is_all

    @property
    def where(self) -> str:
        """The branches of the list in words; empty for all."""
        if self.place is not None:
            return self.place.name
        return self.area.name if self.is_wide and self.area else ""

    @property
    def slug(self) -> str | None:
        return self.specialty.slug if self.specialty else None

    @property
    def location_id(self) -> UUID | None:
        return self.place.id if self.place else None

    @property
    def service_id(self) -> UUID | None:
        return self.service.id if self.service else None

    def link(self, **changed: object) -> str:
        """Return the address of the same list with some of its terms changed."""
        kept: dict[str, object] = {
            "specialty": self.slug,
            "location": self.location_id,
            "service": self.service_id,
            "sort": "" if self.sort is Sort.TIME else self.sort.value,
            "from_location": self.base.id if self.base else None,
            **answers_out(self.answers),
        }
        return link("doctors", **kept | changed)

    def same(self, **terms: object) -> str:
        """Return the address of this very list with other answers or at another page."""
        if self.area is None or self.specialty is None:
            return self.link(**terms)
        kept = answers_out(self.answers) | terms
        return at(self.area.path(self.specialty.slug), **kept)

    @property
    def search(self) -> Search | None:
        """Return what was asked for, the narrowest; None where figures have no name for the branches."""
        if self.is_wide:
            return None
        if self.service is not None:
            return Search(Wanted.SERVICE, str(self.service.id), self.location_id)
        if self.specialty is not None:
            return Search(Wanted.SPECIALTY, self.specialty.slug, self.location_id)
        return Search(Wanted.ANYBODY, location=self.location_id)

    def wait_url(self) -> str:
        """Return where one waits for a time of any doctor of the specialty; nothing where nobody can."""
        if self.specialty is None or not scheduling.has_waiting_list():
            return ""
        answers = answers_out(self.answers)
        return link(
            "wait", specialty=self.slug, location=self.location_id, service=self.service_id, **answers
        )

    def answered(self, answers: dict[str, str]) -> str:
        """Return the address of the same list with other answers."""
        return self.same(**answers)


@require_safe
@honest
def doctors(request: HttpRequest) -> HttpResponse:
    """List doctors with the times of four days by specialty, branch and service, in the chosen order."""
    locations = directory.locations()
    asked = _asked(request, locations)
    ids = directory.practitioner_ids(
        specialty=asked.slug, location=asked.location_id, service=asked.service_id
    )
    return listed(request, asked, ids, locations=locations, seo=_seo(asked, locations))


def listed(
    request: HttpRequest,
    asked: Asked,
    ids: Sequence[UUID],
    *,
    locations: Sequence[LocationCard],
    seo: Seo | Callable[[Frame], Seo],
    around: Sequence[Option] = (),
) -> HttpResponse:
    """Answer a list of these doctors, by name; `around` are the lists beside it."""
    number = _page_number(text_in(request.GET, "page"))
    leading = _leading(ids, asked, count=number * _LIST_SIZE)
    first = leading[0] if leading else None
    now = clock.now()
    places = {item.id: item for item in locations}
    order = _page_of(ids, leading, number)
    is_asking = bool(asked.specialty or asked.service)
    ruled = ids if is_asking else [doctor for doctor, _ in order]
    shown, rules = _shown(order, asked, ruled=ruled, places=places, now=now)
    table = doctor_table(
        shown,
        places=places,
        terms=Terms(asked.location_id, asked.service_id, answers_out(asked.answers)),
        notes=notes_of(rules, asked.answers, places=places, now=now),
        now=now,
        is_pinned=asked.sort is not Sort.TIME or asked.is_wide,
    )
    asks = (
        askings([rule for rule in rules if rule.stop is None], asked.answers, link_to=asked.answered)
        if is_asking
        else ()
    )
    found = [(item.location_id, doctor) for doctor, item in order if item]
    note(request, found, search=asked.search if number == 1 and not asks else None)
    context = {
        "table": table,
        "askings": asks,
        "doctors_count": len(ids),
        "has_times": first is not None,
        "first_words": nearest_words(first.start, first.zone, now=now)
        if first and asked.sort is Sort.TIME
        else "",
        "any": _any_doctor(shown, asked, now=now) if number == 1 else None,
        "specialty": asked.specialty,
        "service": asked.service,
        "place": asked.place,
        "where": asked.where,
        "specialties": _specialty_options(asked),
        "branches": _branch_options(asked, locations),
        "sorts": _sort_options(asked, locations),
        "near": _near(request, asked, locations),
        "around": around,
        "more_url": asked.same(page=number + 1),
        "wait_url": asked.wait_url(),
        "has_more": number * _LIST_SIZE < len(ids),
    }
    response = page(request, "doctors.html", context, locations=locations, place=asked.place, seo=seo)
    if asked.sort is Sort.DISTANCE:
        response.headers["Cache-Control"] = "private"
    return response


def _seo(asked: Asked, locations: Sequence[LocationCard]) -> Seo:
    """Return what a list says of itself: its canonical address is the page of what it was narrowed to."""
    title = formats.sentence_case(asked.specialty.title) if asked.specialty else "Врачи"
    path = reverse("site:doctors")
    crumbs: tuple[Crumb, ...] = (Crumb("Врачи"),)
    if asked.service is not None:
        name, ids = ("service-branch", [asked.place.id]) if asked.place else ("service", [])
        path = reverse(f"site:{name}", args=[asked.service.id, *ids])
    elif asked.specialty is not None:
        kind = ListingKind.SPECIALTY_BRANCH if asked.place else ListingKind.SPECIALTY
        area = area_of(locations, kind, str(asked.place.id) if asked.place else "")
        path = canonical_area(area, locations).path(asked.specialty.slug) if area else path
    if asked.specialty is not None:
        crumbs = (Crumb("Врачи", reverse("site:doctors")), Crumb(title))
    return Seo(title, f"{title}. {offered_words()}.", path, crumbs=crumbs)


def _asked(request: HttpRequest, locations: Sequence[LocationCard]) -> Asked:
    """Read the address and the cookie of the reader's place; raises NotFoundError for what is unknown."""
    specialties = directory.specialties()
    service_id = uuid_in(request.GET, "service")
    sort = sort_of(text_in(request.GET, "sort"))
    base = place_of(locations, uuid_in(request.GET, "from_location"))
    point = None
    if sort is Sort.DISTANCE:
        point = point_of(base) if base else point_in(read_cookie(request, COOKIE, path=link("doctors")))
    return Asked(
        specialties=specialties,
        specialty=_specialty(specialties, text_in(request.GET, "specialty")),
        place=place_of(locations, uuid_in(request.GET, "location")),
        service=_service(service_id) if service_id else None,
        answers=answers_in(request.GET),
        sort=sort,
        base=base,
        distances=distances_from(point, locations),
    )


def _specialty_options(asked: Asked) -> list[Option]:
    every = Option("Все специальности", asked.link(specialty=None), is_selected=asked.specialty is None)
    return [
        every,
        *(
            Option(
                formats.sentence_case(item.title),
                asked.link(specialty=item.slug),
                is_selected=item == asked.specialty,
                note=str(item.practitioners),
            )
            for item in asked.specialties
        ),
    ]


def _branch_options(asked: Asked, locations: Sequence[LocationCard]) -> list[Option]:
    every = Option("Все филиалы", asked.link(location=None), is_selected=not asked.where)
    return [
        every,
        *(
            Option(item.name, asked.link(location=item.id), is_selected=item == asked.place)
            for item in locations
        ),
    ]


def _sort_options(asked: Asked, locations: Sequence[LocationCard]) -> list[SortOption]:
    """Return the orders on offer; by distance only where branches are known to stand apart."""
    if asked.is_wide:
        return []
    titles = {Sort.TIME: "Раньше", Sort.DISTANCE: "Ближе", Sort.PRICE: "Дешевле"}
    if len({point_of(place) for place in locations} - {None}) < _APART:
        del titles[Sort.DISTANCE]
    return [
        SortOption(
            title=title,
            url=asked.link(
                sort="" if sort is Sort.TIME else sort.value,
                from_location=asked.base.id if asked.base and sort is Sort.DISTANCE else None,
            ),
            is_selected=sort is asked.sort,
            asks_place=sort is Sort.DISTANCE and asked.base is None,
        )
        for sort, title in titles.items()
    ]


def _near(request: HttpRequest, asked: Asked, locations: Sequence[LocationCard]) -> Near | None:
    """Return what the list by distance says of its beginning; None for another order."""
    if asked.sort is not Sort.DISTANCE:
        return None
    base = asked.base if asked.base and asked.distances else None
    return Near(
        is_known=bool(asked.distances),
        base=base.where if base else "",
        is_refused=text_in(request.GET, "place") == _REFUSED and not asked.distances,
        own_url=asked.link(from_location=None),
        bases=tuple(
            Option(
                title=place.where,
                url=asked.link(from_location=place.id),
                is_selected=place == base,
                note=place.name,
            )
            for place in sorted(locations, key=lambda item: (item.city, item.name))
            if point_of(place) is not None
        ),
    )


def _page_number(text: str) -> int:
    return min(whole(text) or 1, NETWORK_SIZE // _LIST_SIZE)


def _leading(ids: Sequence[UUID], asked: Asked, *, count: int) -> tuple[FirstTime, ...]:
    """Return who leads the list; in an area of some branches, whoever has a time in one of them.

    Each of those branches is as near as the others, and the rest are at no known distance: «by distance» puts
    them first and orders them by time.
    """
    if asked.is_wide and asked.area:
        found = scheduling.leading_times(
            ids,
            count=count,
            sort=Sort.DISTANCE,
            distances=dict.fromkeys(asked.area.ids, 0.0),
            answers=asked.answers,
        )
        return tuple(first for first in found if first.location_id in asked.area.ids)
    return scheduling.leading_times(
        ids,
        count=count,
        sort=asked.sort,
        distances=asked.distances,
        location_id=asked.location_id,
        service_id=asked.service_id,
        answers=asked.answers,
    )


def _page_of(
    ids: Sequence[UUID], leading: Sequence[FirstTime], number: int
) -> list[tuple[UUID, FirstTime | None]]:
    """Return the doctors of a page in order, each with the first time of the branch that is shown.

    `leading` reach to the end of the page; where they don't, nobody else has a time, and the others follow by
    name, as `ids` come.
    """
    start, end = (number - 1) * _LIST_SIZE, number * _LIST_SIZE
    order: list[tuple[UUID, FirstTime | None]] = [(first.practitioner_id, first) for first in leading]
    if len(order) < end:
        known = {first.practitioner_id for first in leading}
        order += [(practitioner, None) for practitioner in ids if practitioner not in known]
    return order[start:end]


def _shown(
    order: Sequence[tuple[UUID, FirstTime | None]],
    asked: Asked,
    *,
    ruled: Sequence[UUID],
    places: Mapping[UUID, LocationCard],
    now: datetime,
) -> tuple[list[Ranked], list[VisitRule]]:
    """Return the doctors of one page with the days of the branch that their rows show, and what rules visits.

    The rules are those of the doctors in `ruled` that not everybody passes, in the branches of the list. In a
    list of everybody a question would concern few; the doctor's own page asks it.
    """
    ids = [practitioner for practitioner, _ in order]
    cards = directory.open_practitioner_cards(ids)
    first = min((first for _, first in order if first), key=attrgetter("start"), default=None)
    found = scheduling.day_times(
        ids,
        first=formats.local_day(first.start, first.zone) if first else now.date(),
        days=DAYS,
        zones={place.zone for place in places.values() if place.zone},
        location_id=asked.location_id,
        service_id=asked.service_id,
        shown=CHIPS,
        answers=asked.answers,
        ruled=ruled,
    )
    rows: list[Ranked] = []
    for practitioner, first_time in order:
        card = cards.get(practitioner)
        branch = first_time.location_id if first_time else None
        if card is not None:
            days = found.times.get(card.id, {}).get(branch, ()) if branch else ()
            rows.append(Ranked(card, days, asked.distances.get(branch) if branch else None))
    area = asked.area
    return rows, [rule for rule in found.rules if area is None or rule.location_id in area.ids]


def _any_doctor(shown: Sequence[Ranked], asked: Asked, *, now: datetime) -> AnyDoctor | None:
    """Return the earliest time of all for «К любому»; only of one specialty or service, ordered by time."""
    is_one_kind = asked.specialty is not None or asked.service is not None
    first = earliest(shown) if is_one_kind and asked.sort is Sort.TIME else None
    if first is None:
        return None
    words = nearest_words(first.key.start, first.zone, now=now)
    return AnyDoctor(chip(first, now=now).token, words, price_words([first]))


def _service(service_id: UUID) -> ServiceCard:
    """Return an open service; raises NotFoundError."""
    card = directory.service(service_id)
    if not card.is_open:
        raise NotFoundError("the service is given no more")
    return card


def _specialty(specialties: Sequence[SpecialtyCard], slug: str) -> SpecialtyCard | None:
    """Return the specialty by its slug, None for nothing; raises NotFoundError for an unknown one."""
    if not slug:
        return None
    for specialty in specialties:
        if specialty.slug == slug:
            return specialty
    raise NotFoundError("no such specialty")

"""What people see of the directory: branches, specialties, doctors, services. Constant numbers of queries."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from feldsher.domain.directory.models import (
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerService,
    Specialty,
)
from feldsher.domain.directory.published import at_work, published, services_of_published
from feldsher.domain.directory.selectors.profile import ADDRESS, COLUMNS, profile_of
from feldsher.domain.directory.text import nomenclature_of, normalise
from feldsher.domain.directory.types import (
    LocationCard,
    PractitionerCard,
    ServiceCard,
    ServiceKind,
    SpecialtyCard,
)
from feldsher.domain.directory.types.places import LegalCard
from feldsher.domain.directory.types.profile import Profile
from feldsher.kernel.errors import InvalidInputError, NotFoundError

PAGE: Final = 500


def locations() -> tuple[LocationCard, ...]:
    """Return the open branches by name, also those that lack a zone."""
    rows = Location.objects.filter(closed_at=None).select_related("organization").order_by("name", "id")
    return tuple(_location(row) for row in rows)


def location(location_id: UUID) -> LocationCard:
    """Return a branch, open or closed; NotFoundError."""
    row = Location.objects.select_related("organization").filter(id=location_id).first()
    if row is None:
        raise NotFoundError("no such location")
    return _location(row)


def zones() -> dict[UUID, str]:
    """Return the IANA zone of every branch that has one, closed ones too (old visits have times)."""
    return dict(Location.objects.exclude(zone="").values_list("id", "zone"))


def _location(row: Location) -> LocationCard:
    return LocationCard(
        id=row.id,
        organization_id=row.organization_id,
        organization_name=row.organization.name,
        name=row.name,
        zone=row.zone,
        city=row.city,
        address=row.address,
        phone=row.phone,
        hours=row.hours,
        is_open=row.closed_at is None,
        latitude=row.latitude,
        longitude=row.longitude,
        company_id=row.company_id,
        rubrics=row.rubrics,
        metro=row.metro,
        directions=row.directions,
        city_where=row.city_where,
        legal=legal_card(row.organization),
    )


def legal_card(row: Organization) -> LegalCard:
    """Return a legal entity as readers see it."""
    return LegalCard(*attrgetter(*LegalCard.__dataclass_fields__)(row))


def specialties() -> tuple[SpecialtyCard, ...]:
    """Return the specialties that open doctors practise in open branches, by title."""
    working = Q(
        roles__closed_at=None, roles__location__closed_at=None, roles__practitioner__closed_at=None
    ) & Q(roles__id__isnull=False)
    rows = (
        Specialty.objects.filter(closed_at=None)
        .annotate(doctors=Count("roles__practitioner", filter=working, distinct=True))
        .filter(doctors__gt=0)
    )
    cards = [SpecialtyCard(row.slug, row.title or row.text, row.doctors) for row in rows]
    return tuple(sorted(cards, key=lambda card: (normalise(card.title), card.slug)))


def practitioners(
    *,
    specialty: str | None = None,
    location: UUID | None = None,
    service: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[tuple[PractitionerCard, ...], str | None]:
    """Return open doctors by name and the cursor of the next page (None: this is the last one).

    `specialty` is a slug; together with `location` both must hold of one place of work. `limit` is cut to
    500. InvalidInputError for a cursor that is none of ours.
    """
    size = min(max(limit, 1), PAGE)
    found = _open_practitioners(specialty=specialty, location=location, service=service)
    if after is not None:
        name, last = _cursor(after)
        found = found.filter(Q(sort_name__gt=name) | Q(sort_name=name, id__gt=last))
    rows = list(_rows(found.order_by("sort_name", "id")[: size + 1]))
    return _cards(rows[:size]), str(rows[size - 1][0]) if len(rows) > size else None


def practitioner_ids(
    *, specialty: str | None = None, location: UUID | None = None, service: UUID | None = None
) -> tuple[UUID, ...]:
    """Return up to 500 open doctors by name, as `practitioners` would: for whoever shows few of many."""
    found = _open_practitioners(specialty=specialty, location=location, service=service)
    return tuple(found.order_by("sort_name", "id").values_list("id", flat=True)[:PAGE])


def specialty(slug: str) -> SpecialtyCard:
    """Return a specialty, also one that nobody practises now (counted as no doctors); NotFoundError."""
    row = Specialty.objects.filter(slug=slug, closed_at=None).first()
    if row is None:
        raise NotFoundError("no such specialty")
    return SpecialtyCard(row.slug, row.title or row.text, 0)


def specialty_work(slug: str) -> tuple[tuple[UUID, UUID], ...]:
    """Return who practises a specialty and where: (open doctor, open branch), doctors by name; one query."""
    works = at_work(practitioner__closed_at=None, specialty__slug=slug).order_by(
        "practitioner__sort_name", "practitioner_id", "location__name"
    )
    return tuple(works.values_list("practitioner_id", "location_id"))


def specialty_places(
    slugs: Collection[str] | None = None, *, practitioner: UUID | None = None
) -> dict[str, frozenset[tuple[UUID, UUID]]]:
    """Return where specialties (None: all) are practised, by slug: pairs of open doctor and open branch.

    `practitioner` None is everybody. The visit of such a pair is that doctor's usual one there (`is_default`
    of `visit_terms`), as in a list of doctors. One query.
    """
    works = at_work(practitioner__closed_at=None, specialty__isnull=False)
    if slugs is not None:
        works = works.filter(specialty__slug__in=slugs)
    if practitioner is not None:
        works = works.filter(practitioner=practitioner)
    found: dict[str, set[tuple[UUID, UUID]]] = {}
    for slug, doctor, branch in works.values_list("specialty__slug", "practitioner_id", "location_id"):
        found.setdefault(slug, set()).add((doctor, branch))
    return {slug: frozenset(pairs) for slug, pairs in found.items()}


def open_practitioner_cards(ids: Collection[UUID]) -> dict[UUID, PractitionerCard]:
    """Return those of these doctors who see patients now: one query."""
    rows = _rows(Practitioner.objects.filter(id__in=ids, closed_at=None))
    return {card.id: card for card in _cards(rows)}


def _open_practitioners(
    *, specialty: str | None, location: UUID | None, service: UUID | None
) -> QuerySet[Practitioner]:
    where = {"specialty__slug": specialty, "location": location}
    found = published(**{name: value for name, value in where.items() if value is not None})
    if service is not None:
        gives = PractitionerService.objects.filter(
            practitioner=OuterRef("id"), service=service, closed_at=None, service__closed_at=None
        )
        found = found.filter(Exists(gives))
    return found


def _cursor(after: str) -> tuple[str, UUID]:
    try:
        last = UUID(after)
    except ValueError:
        last = UUID(int=0)
    name = Practitioner.objects.filter(id=last).values_list("sort_name", flat=True).first()
    if name is None:
        raise InvalidInputError("unknown cursor", fields={"after": "Такой страницы списка нет."})
    return name, last


def practitioner(practitioner_id: UUID) -> PractitionerCard:
    """Return a doctor, open or closed; the id of a merged row leads to the one it became. NotFoundError."""
    card = practitioner_cards([practitioner_id]).get(practitioner_id)
    if card is None:
        raise NotFoundError("no such practitioner")
    return card


def practitioner_cards(ids: Collection[UUID]) -> dict[UUID, PractitionerCard]:
    """Return doctors by the ids that were asked, open or closed, merged ones as they became; one query."""
    return {asked: _card(row) for asked, row in _became(ids).items()}


def profiled(ids: Collection[UUID]) -> dict[UUID, tuple[PractitionerCard, Profile]]:
    """Return the same with their profiles, by one query as well: for whoever shows all of a doctor."""
    return {
        asked: (
            _card(row[:_WIDTH]),
            replace(
                profile_of(**dict(zip(COLUMNS, row[_WIDTH:-1], strict=True))), earlier_ids=tuple(row[-1])
            ),
        )
        for asked, row in _became(ids, *COLUMNS, "earlier").items()
    }


_Row = tuple[UUID, str, str, str, str, datetime | None, str | None, list[dict[str, str | None]]]
_SHOWN: Final = ("id", "family", "given", "middle", "about", "closed_at", "photo__digest", "work")
_WIDTH: Final = len(_SHOWN)


def _became(ids: Collection[UUID], *columns: str) -> dict[UUID, Any]:
    """Return rows of these doctors with more columns, by the ids that were asked."""
    asked = Practitioner.objects.filter(id__in=ids)
    rows = _rows(
        Practitioner.objects.filter(Q(id__in=ids) | Q(id__in=asked.values("merged_into"))),
        *columns,
        "merged_into",
    )
    found = {row[0]: row for row in rows}
    return {key: found[found[key][-1] or key][:-1] for key in ids if key in found}


def _rows(found: QuerySet[Practitioner], *columns: str) -> Iterable[Any]:
    """Read doctors with where they work and as what, in one query: a `_Row`, and more columns behind it.

    Plain values: objects of the ORM would cost a page of five hundred doctors more than the query.
    """
    roles = at_work(practitioner=OuterRef("id")).order_by("specialty__key", "location__name", "location_id")
    work = JSONObject(
        location="location_id", slug="specialty__slug", title="specialty__title", text="specialty__text"
    )
    read = found.annotate(work=ArraySubquery(roles.values_list(work)))
    if "earlier" in columns:
        merged = Practitioner.objects.filter(merged_into=OuterRef("id")).order_by("id")
        read = read.annotate(earlier=ArraySubquery(merged.values_list("id")))
    return read.values_list(*_SHOWN, *columns)


def _cards(rows: Iterable[_Row]) -> tuple[PractitionerCard, ...]:
    return tuple(_card(row) for row in rows)


def _card(row: _Row) -> PractitionerCard:
    doctor, family, given, middle, about, closed_at, photo, work = row
    open_work = work if closed_at is None else []
    titles = {role["slug"]: role["title"] or role["text"] or "" for role in open_work if role["slug"]}
    return PractitionerCard(
        id=doctor,
        family=family,
        given=given,
        middle=middle,
        specialties=tuple(titles.values()),
        specialty_slugs=tuple(slug for slug in titles if slug),
        location_ids=tuple(dict.fromkeys(UUID(role["location"]) for role in open_work)),
        about=about,
        is_open=closed_at is None,
        photo=(photo or "")[:ADDRESS],
    )


def service(service_id: UUID) -> ServiceCard:
    """Return a service, open or closed; NotFoundError, also for materials, sets and folders."""
    row = HealthcareService.objects.filter(id=service_id, kind=ServiceKind.SERVICE.value).first()
    if row is None:
        raise NotFoundError("no such service")
    return _service_card(row)


def service_cards(ids: Collection[UUID]) -> dict[UUID, ServiceCard]:
    """Return services by their ids, open or closed; unknown ones are absent."""
    rows = HealthcareService.objects.filter(id__in=ids, kind=ServiceKind.SERVICE.value)
    return {row.id: _service_card(row) for row in rows}


def _service_card(row: HealthcareService) -> ServiceCard:
    return ServiceCard(
        row.id,
        row.name,
        row.minutes,
        preparation=row.preparation,
        to_bring=row.to_bring,
        is_open=row.closed_at is None,
        nomenclature=nomenclature_of(row.nomenclature or row.code),
    )


def services_given(*, location: UUID | None = None, limit: int = PAGE) -> tuple[ServiceCard, ...]:
    """Return up to `limit` services that doctors of the site give (in that branch), by name: one query."""
    found = services_of_published(**({} if location is None else {"location": location}))
    rows = found.order_by("search_name", "id")
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in rows[: min(max(limit, 1), PAGE)])


def services_beside(service_id: UUID, *, limit: int = 12) -> tuple[ServiceCard, ...]:
    """Return services of the same section of the price list that doctors of the site give: one query."""
    section = HealthcareService.objects.filter(id=service_id, parent__isnull=False).values("parent")[:1]
    rows = services_of_published().filter(parent=section)
    found = rows.exclude(id=service_id).order_by("search_name", "id")[:limit]
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in found)


def search_services(text: str, limit: int = 30) -> tuple[ServiceCard, ...]:
    """Return services that a doctor of the site gives and whose name holds the text, by name.

    Case, «ё» and blanks do not matter; there is no stemming: PostgreSQL's Russian stems «приём» and
    «приёмы» apart, so it would lose more than it finds.
    """
    wanted = normalise(text.replace("\0", ""))
    if not wanted:
        return ()
    rows = services_of_published().filter(search_name__contains=wanted).order_by("search_name", "id")
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in rows[: min(max(limit, 1), PAGE)])

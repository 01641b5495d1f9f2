"""What people see of the directory: branches, specialties, doctors, services. Constant numbers of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from feldsher.domain.directory.models import (
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Specialty,
)
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import (
    LocationCard,
    PractitionerCard,
    ServiceCard,
    ServiceKind,
    SpecialtyCard,
)
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
    )


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
    works = PractitionerRole.objects.filter(
        practitioner=OuterRef("id"), closed_at=None, location__closed_at=None
    )
    if specialty is not None:
        works = works.filter(specialty__slug=specialty)
    if location is not None:
        works = works.filter(location=location)
    found = Practitioner.objects.filter(Exists(works), closed_at=None)
    if service is not None:
        gives = PractitionerService.objects.filter(
            practitioner=OuterRef("id"), service=service, closed_at=None, service__closed_at=None
        )
        found = found.filter(Exists(gives))
    if after is not None:
        name, last = _cursor(after)
        found = found.filter(Q(sort_name__gt=name) | Q(sort_name=name, id__gt=last))
    rows = list(found.order_by("sort_name", "id")[: size + 1])
    return _cards(rows[:size]), str(rows[size - 1].id) if len(rows) > size else None


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
    """Return doctors by the ids that were asked, open or closed, merged ones as what they became."""
    asked = Practitioner.objects.filter(id__in=ids).select_related("merged_into")
    rows = {row.id: row.merged_into or row for row in asked}
    cards = {card.id: card for card in _cards({row.id: row for row in rows.values()}.values())}
    return {asked_id: cards[row.id] for asked_id, row in rows.items()}


@dataclass(slots=True)
class _Work:
    """Where one doctor works and as what."""

    titles: dict[str, str] = field(default_factory=dict)
    locations: dict[UUID, None] = field(default_factory=dict)


def _cards(rows: Iterable[Practitioner]) -> tuple[PractitionerCard, ...]:
    rows = list(rows)
    work: dict[UUID, _Work] = defaultdict(_Work)
    roles = (
        PractitionerRole.objects.filter(
            practitioner__in=[row.id for row in rows],
            practitioner__closed_at=None,
            closed_at=None,
            location__closed_at=None,
        )
        .order_by("specialty__key", "location__name", "location_id")
        .select_related("specialty")
    )
    for role in roles:
        place = work[role.practitioner_id]
        place.locations[role.location_id] = None
        if role.specialty is not None:
            place.titles[role.specialty.slug] = role.specialty.title or role.specialty.text
    return tuple(
        PractitionerCard(
            id=row.id,
            family=row.family,
            given=row.given,
            middle=row.middle,
            specialties=tuple(work[row.id].titles.values()),
            specialty_slugs=tuple(work[row.id].titles),
            location_ids=tuple(work[row.id].locations),
            about=row.about,
            is_open=row.closed_at is None,
        )
        for row in rows
    )


def service(service_id: UUID) -> ServiceCard:
    """Return a service, open or closed; NotFoundError, also for materials, sets and folders."""
    row = HealthcareService.objects.filter(id=service_id, kind=ServiceKind.SERVICE.value).first()
    if row is None:
        raise NotFoundError("no such service")
    return ServiceCard(row.id, row.name, row.minutes)


def service_cards(ids: Collection[UUID]) -> dict[UUID, ServiceCard]:
    """Return services by their ids, open or closed; unknown ones are absent."""
    rows = HealthcareService.objects.filter(id__in=ids, kind=ServiceKind.SERVICE.value)
    return {row.id: ServiceCard(row.id, row.name, row.minutes) for row in rows}


def search_services(text: str, limit: int = 30) -> tuple[ServiceCard, ...]:
    """Return services that an open doctor gives and whose name holds the text, by name.

    Case, «ё» and blanks do not matter; there is no stemming: PostgreSQL's Russian stems «приём» and
    «приёмы» apart, so it would lose more than it finds.
    """
    wanted = normalise(text.replace("\0", ""))
    if not wanted:
        return ()
    gives = PractitionerService.objects.filter(
        service=OuterRef("id"), closed_at=None, practitioner__closed_at=None
    )
    rows = HealthcareService.objects.filter(
        Exists(gives), kind=ServiceKind.SERVICE.value, closed_at=None, search_name__contains=wanted
    ).order_by("search_name", "id")
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in rows[: min(max(limit, 1), PAGE)])

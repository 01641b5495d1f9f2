"""What a clinic has to publish of itself, as far as the directory knows it."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q

from feldsher.domain.directory.models import Organization, Price
from feldsher.domain.directory.published import at_work, published, services_of_published
from feldsher.domain.directory.selectors.cards import legal_card
from feldsher.domain.directory.types.legal import PublishedCounts
from feldsher.domain.directory.types.places import LegalCard


def legal_entities() -> tuple[LegalCard, ...]:
    """Return the open legal entities by name: one query."""
    rows = Organization.objects.filter(closed_at=None).order_by("name", "id")
    return tuple(legal_card(row) for row in rows)


def published_counts(day: date) -> PublishedCounts:
    """Return how complete doctors and prices are on a day; a price of zero is none. Two queries."""
    works = at_work(practitioner=OuterRef("id"))
    doctors = (
        published()
        .annotate(
            has_specialty=Exists(works.filter(specialty__isnull=False)),
            has_schedule=Exists(works.exclude(mis="")),
        )
        .aggregate(
            total=Count("id"),
            with_specialty=Count("id", filter=Q(has_specialty=True)),
            with_schedule=Count("id", filter=Q(has_schedule=True)),
        )
    )
    costs = Price.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), service=OuterRef("id"), valid_from__lte=day, amount__gt=0
    )
    services = (
        services_of_published()
        .annotate(has_price=Exists(costs))
        .aggregate(total=Count("id"), with_price=Count("id", filter=Q(has_price=True)))
    )
    return PublishedCounts(
        doctors=doctors["total"],
        doctors_with_specialty=doctors["with_specialty"],
        doctors_with_schedule=doctors["with_schedule"],
        services=services["total"],
        services_with_price=services["with_price"],
    )

"""What a clinic has to publish of itself, as far as the directory knows it."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q

from feldsher.domain.directory.models import Organization, Price
from feldsher.domain.directory.profile import read_certificates
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
        .values_list("has_specialty", "has_schedule", "education", "certificates")
    )
    said = [
        (has_specialty, has_schedule, bool(education) and _has_good(certificates, day))
        for has_specialty, has_schedule, education, certificates in doctors
    ]
    with_specialty, with_schedule, with_education = map(sum, zip(*said, strict=True)) if said else (0, 0, 0)
    costs = Price.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), service=OuterRef("id"), valid_from__lte=day, amount__gt=0
    )
    services = (
        services_of_published()
        .annotate(has_price=Exists(costs))
        .aggregate(total=Count("id"), with_price=Count("id", filter=Q(has_price=True)))
    )
    return PublishedCounts(
        doctors=len(said),
        doctors_with_specialty=with_specialty,
        doctors_with_schedule=with_schedule,
        doctors_with_education=with_education,
        services=services["total"],
        services_with_price=services["with_price"],
    )


def _has_good(certificates: str, day: date) -> bool:
    return any(each.is_good(day) for each in read_certificates(certificates))

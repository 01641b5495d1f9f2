"""Which documents concern an accounting system: those of its branches, from its first exchange on."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from feldsher.domain.accounting import gateways
from feldsher.domain.accounting.errors import NoVisitsError
from feldsher.domain.accounting.models import Base, Document
from feldsher.domain.accounting.types import BaseTerms
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling.types import State

WORK = "accounting"
STANDING = (State.BOOKED, State.ARRIVED, State.FULFILLED)
"""A visit that is to come or took place: money is owed for it."""
NOT_TO_BE = (State.CANCELLED, State.NOSHOW)
NEVER_TOLD = Q(state=State.CANCELLED.value, handed=None)
"""A visit that was cancelled before the accounting system could have heard of it."""


def require_terms(source: str) -> BaseTerms:
    """Return what an accounting system hears of; NoVisitsError where that is nothing."""
    terms = gateways.terms_of(source)
    if terms is None:
        raise NoVisitsError(f"no visits for {source}")
    return terms


def documents_of(base: Base, terms: BaseTerms) -> QuerySet[Document]:
    """Return what a base has heard or is to hear of."""
    found = Document.objects.exclude(NEVER_TOLD).filter(
        Q(starts_at__gte=base.since) | Q(changed_at__gte=base.since)
    )
    return found if terms.branches is None else found.filter(location__in=terms.branches)


def places_of(rows: Collection[Document]) -> dict[UUID, LocationCard]:
    """Return the branches of these documents, open or closed."""
    return {place: directory.location(place) for place in {row.location for row in rows}}

"""What staff see of the exchange of visits with accounting systems: no patient, no doctor and no service."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from feldsher.domain.accounting import gateways
from feldsher.domain.accounting.concerns import places_of
from feldsher.domain.accounting.models import Base, Difference, Document
from feldsher.domain.accounting.types import BaseCard, DifferenceKind, DocumentLine
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff

LINES: Final = 50
"""Documents of a page."""
_LONGEST_NUMBER: Final = 18
_HIDDEN: Final = ("practitioner", "service", "chain")


def has_bases() -> bool:
    """Tell whether the settings give any accounting system visits."""
    return bool(gateways.all_terms())


def bases(staff: Staff) -> tuple[BaseCard, ...]:
    """Return how the exchange with each accounting system fares; raises ForbiddenError."""
    require(staff, Action.SEE_ACCOUNTS)
    rows = Base.objects.in_bulk([terms.source for terms in gateways.all_terms()])
    return tuple(_base(terms.source, rows.get(terms.source)) for terms in gateways.all_terms())


def difference_count(staff: Staff) -> int:
    """Return how many documents differ, by the last check; raises ForbiddenError."""
    with as_staff(staff, Action.SEE_ACCOUNTS):
        return _open().count()


def differing_documents(staff: Staff, *, page: int = 1) -> tuple[tuple[DocumentLine, ...], int]:
    """Return a page (from 1, of LINES) of what differed at the last check, the oldest first, and how many.

    Raises ForbiddenError, AuditError.
    """
    first = (max(page, 1) - 1) * LINES
    with as_staff(staff, Action.SEE_ACCOUNTS):
        found = list(_open().order_by("found_at", "document_id")[first : first + LINES])
        rows = Document.objects.defer(*_HIDDEN).in_bulk([each.document_id for each in found])
        _note(list(rows.values()))
        total = _open().count()
    places = places_of(rows.values())
    return tuple(_line(rows[each.document_id], places, each) for each in found), total


def documents(staff: Staff, *, number: str = "", page: int = 1) -> tuple[tuple[DocumentLine, ...], int]:
    """Return a page of all documents, the latest visit first, and how many there are.

    `number` is ours or the accounting system's, whole. Raises ForbiddenError, AuditError.
    """
    first = (max(page, 1) - 1) * LINES
    wanted = number.replace("\0", "").strip()
    with as_staff(staff, Action.SEE_ACCOUNTS):
        found = Document.objects.defer(*_HIDDEN)
        if wanted:
            found = found.filter(number_there__iexact=wanted) | _by_number(found, wanted)
        rows = list(found.order_by("-starts_at", "-id")[first : first + LINES])
        _note(rows)
        noted = {each.document_id: each for each in _open().filter(document__in=[row.pk for row in rows])}
        total = found.count()
    places = places_of(rows)
    return tuple(_line(row, places, noted.get(row.pk)) for row in rows), total


def _by_number(found: QuerySet[Document], wanted: str) -> QuerySet[Document]:
    is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) <= _LONGEST_NUMBER
    return found.filter(pk=int(wanted)) if is_number else found.none()


def _open() -> QuerySet[Difference]:
    sources = [terms.source for terms in gateways.all_terms()]
    return Difference.objects.filter(settled_at=None, source__in=sources)


def _note(rows: list[Document]) -> None:
    journal("document", Column.APPOINTMENTS, ids=[row.key for row in rows], fields=("day", "state", "price"))


def _base(source: str, row: Base | None) -> BaseCard:
    if row is None:
        return BaseCard(source, None, None, None, None, 0)
    return BaseCard(source, row.asked_at, row.taken_at, row.said_at, row.checked_at, row.compared)


def _line(row: Document, places: dict[UUID, LocationCard], noted: Difference | None) -> DocumentLine:
    place = places[row.location]
    return DocumentLine(
        number=row.pk,
        starts_at=row.starts_at,
        zone=place.zone or "UTC",
        branch=place.name,
        state=State(row.state),
        amount=row.price or None,
        taken_at=row.taken_at,
        said_at=row.said_at,
        number_there=row.number_there,
        status_there=row.status_there,
        amount_there=row.amount_there,
        is_cancelled_there=row.is_cancelled_there,
        difference=DifferenceKind(noted.kind) if noted else None,
        found_at=noted.found_at if noted else None,
    )

"""Hands documents over and takes the confirmation: whatever is lost on the way is handed over again.

There is no cursor over time, which a late commit could slip behind: every document remembers its version, and
is due until that very version is confirmed. Only the last answer of an exchange is confirmed: the one before
it may never have arrived.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from feldsher.domain.accounting import gateways
from feldsher.domain.accounting.concerns import WORK, documents_of, places_of, require_terms
from feldsher.domain.accounting.models import Base, Document
from feldsher.domain.accounting.types import BaseTerms, Item, VisitDocument
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.kernel import clock

MOST: Final = 500
"""Documents of one answer; the rest is due still and comes with the next exchange."""
_FIELDS: Final = ("day", "state", "price", "service", "location")
_UNNAMED: Final = "Приём"


def open_base(source: str) -> None:
    """Note that an accounting system exchanges, and since when it hears of visits. NoVisitsError."""
    require_terms(source)
    Base.objects.get_or_create(source=source, defaults={"since": clock.now()})


def hand_over(source: str, *, exchange: UUID) -> bytes:
    """Return the documents that are due, as the accounting system reads them, at most MOST, the oldest first.

    They stay due until `confirm_taken` of the same exchange. The journal has the read in the same commit.
    NoVisitsError, AuditError.
    """
    terms = require_terms(source)
    now = clock.now()
    with as_service(WORK):
        # One answer at a time: a repeated question sees what the one before it has handed over.
        base = Base.objects.select_for_update().get(source=source)
        Document.objects.filter(handed_in=exchange).update(handed_in=None)
        due = documents_of(base, terms).filter(is_due=True).order_by("changed_at", "id")[:MOST]
        rows = list(due.select_for_update())
        Document.objects.filter(pk__in=[row.pk for row in rows]).update(
            handed=F("version"), handed_in=exchange
        )
        Base.objects.filter(pk=source).update(asked_at=now)
        journal("document", Column.APPOINTMENTS, ids=[row.key for row in rows], fields=_FIELDS)
    return gateways.document_writer()(_told(rows, terms), at=now)


def confirm_taken(source: str, *, exchange: UUID) -> int:
    """Note that the accounting system has what the last answer of the exchange said; return how many.

    A document that changed since then stays due. Said twice, it is done once. NoVisitsError.
    """
    require_terms(source)
    now = clock.now()
    with as_service(WORK):
        Base.objects.select_for_update().get(source=source)
        handed = Document.objects.filter(handed_in=exchange)
        taken = handed.update(is_due=~Q(version=F("handed")), taken_at=now, handed_in=None)
        Base.objects.filter(pk=source).update(taken_at=now)
    return taken


def _told(rows: Sequence[Document], terms: BaseTerms) -> list[VisitDocument]:
    places = places_of(rows)
    items = _items(terms.source, {row.service for row in rows})
    doctors = directory.kept_by(terms.ids_of) if terms.ids_of else {}
    told = []
    for row in rows:
        place = places[row.location]
        zone = ZoneInfo(place.zone or "UTC")
        told.append(
            VisitDocument(
                id=row.key,
                number=row.pk,
                day=row.starts_at.astimezone(zone).date(),
                changed_on=row.changed_at.astimezone(zone).date(),
                state=State(row.state),
                amount=row.price or None,
                item=items[row.service],
                branch=place.name,
                organization=place.organization_name,
                doctor_id=doctors.get((row.practitioner, row.location), ""),
            )
        )
    return told


def _items(source: str, services: set[UUID]) -> dict[UUID, Item]:
    """Return what each service is called there: as the base's own price list has it, else as here."""
    lines, cards = directory.lines_of(source, services=services), directory.service_cards(services)
    found = {}
    for service in services:
        card = cards.get(service)
        found[service] = Item(*lines.get(service, (str(service), card.name if card else _UNNAMED)))
    return found

"""For whoever edits the directory: records in lists, and one record with who says each of its values."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from feldsher.domain.directory.models import (
    ExternalId,
    HealthcareService,
    Location,
    Organization,
    Overlay,
    Practitioner,
    Sourced,
    Specialty,
)
from feldsher.domain.directory.selectors.cards import practitioner_cards
from feldsher.domain.directory.selectors.gaps import (
    LOCATION_NEEDS,
    ORGANIZATION_NEEDS,
    guessed_services,
    untitled_specialties,
)
from feldsher.domain.directory.selectors.profile import profile_gaps
from feldsher.domain.directory.services.fields import FIELDS, TABLES, given_value, is_kept_by_mis
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import (
    ExternalIdCard,
    FieldCard,
    Kind,
    RecordCard,
    RecordLine,
    ServiceKind,
)
from feldsher.kernel.errors import NotFoundError

PAGE: Final = 50
_NEEDED: Final = {
    Kind.ORGANIZATION: ORGANIZATION_NEEDS,
    Kind.LOCATION: LOCATION_NEEDS,
}


def record_lines(kind: Kind, *, text: str = "", page: int = 1) -> tuple[tuple[RecordLine, ...], int]:
    """Return a page (from 1, of 50) of open records of a kind by name, and how many there are in all.

    `text` must stand in the name; case and «ё» do not matter. Services are those that can be booked. What a
    record lacks is what `missing` says.
    """
    found = _open_rows(kind)
    wanted = normalise(text.replace("\0", ""))
    if kind is Kind.PRACTITIONER and wanted:
        found = found.filter(sort_name__contains=wanted)
    elif kind is Kind.SERVICE and wanted:
        found = found.filter(search_name__contains=wanted)
    elif kind is Kind.SPECIALTY and wanted:
        found = found.filter(Q(key__contains=wanted) | Q(title__icontains=wanted))
    elif wanted:
        found = found.filter(Q(name__icontains=wanted) | Q(address__icontains=wanted))
    first = (max(page, 1) - 1) * PAGE
    rows = list(found[first : first + PAGE])
    lacking = _lacking(kind, rows)
    seconds = _seconds(kind, rows)
    lines = (RecordLine(row.id, _name(row), seconds.get(row.id, ""), lacking.get(row.id, ())) for row in rows)
    return tuple(lines), found.count()


def _open_rows(kind: Kind) -> QuerySet[Any]:
    match kind:
        case Kind.PRACTITIONER:
            return Practitioner.objects.filter(closed_at=None).order_by("sort_name", "id")
        case Kind.SERVICE:
            kept = HealthcareService.objects.filter(closed_at=None, kind=ServiceKind.SERVICE.value)
            return kept.order_by("search_name", "id")
        case Kind.SPECIALTY:
            return Specialty.objects.filter(closed_at=None).order_by("key")
        case Kind.LOCATION:
            return Location.objects.filter(closed_at=None).order_by("name", "id")
        case _:
            return TABLES[kind].filter(closed_at=None).order_by("name", "id")


def _lacking(kind: Kind, rows: list[Any]) -> dict[UUID, tuple[str, ...]]:
    ids = [row.id for row in rows]
    if kind is Kind.SPECIALTY:
        return {row.id: ("title",) for row in untitled_specialties().filter(id__in=ids)}
    if kind is Kind.SERVICE:
        return {row.id: ("minutes",) for row in guessed_services().filter(id__in=ids)}
    if kind is Kind.PRACTITIONER:
        of_doctors: dict[UUID, tuple[str, ...]] = {}
        for line in profile_gaps(Practitioner.objects.filter(id__in=ids)):
            of_doctors[line.id] = (*of_doctors.get(line.id, ()), line.field)
        return of_doctors
    needed = _NEEDED.get(kind, ())
    return {row.id: tuple(field for field in needed if not getattr(row, field)) for row in rows}


def _name(row: Sourced) -> str:
    if isinstance(row, Practitioner):
        return " ".join(part for part in (row.family, row.given, row.middle) if part)
    if isinstance(row, Specialty):
        return row.text
    return str(row)


def _seconds(kind: Kind, rows: list[Any]) -> dict[UUID, str]:
    match kind:
        case Kind.ORGANIZATION:
            return {row.id: row.inn for row in rows}
        case Kind.LOCATION:
            return {row.id: ", ".join(part for part in (row.city, row.address) if part) for row in rows}
        case Kind.SPECIALTY:
            return {row.id: row.title for row in rows}
        case Kind.SERVICE:
            return {row.id: _typed(row.minutes) for row in rows}
        case Kind.PRACTITIONER:
            cards = practitioner_cards([row.id for row in rows])
            return {pk: ", ".join(card.specialties) for pk, card in cards.items()}
        case _:
            return {}


def record(kind: Kind, *, target: UUID) -> RecordCard:
    """Return a record, open or closed, with who says each field: three queries. NotFoundError."""
    row: Sourced | None = TABLES[kind].filter(id=target).first()
    if row is None:
        raise NotFoundError(f"no {kind.value} {target}")
    overlays = {item.field: item for item in Overlay.objects.filter(kind=kind.value, target=target)}
    fields = []
    for name, field in FIELDS[kind].items():
        given_by, given = given_value(row.mis_values, name)
        is_kept = is_kept_by_mis(kind, field=name, mis_values=row.mis_values)
        said = None if is_kept else overlays.get(name)
        fields.append(
            FieldCard(
                name=name,
                value=_typed(getattr(row, field.attr or name)),
                given=_typed(given),
                given_by=given_by,
                is_overlaid=said is not None,
                author=said.author if said else "",
                updated_at=said.updated_at if said else None,
                is_editable=field.editable and not is_kept,
            )
        )
    ids = ExternalId.objects.filter(kind=kind.value, target=target).order_by("mis", "value")
    return RecordCard(
        kind=kind,
        id=row.id,
        name=_name(row),
        is_open=row.closed_at is None,
        fields=tuple(fields),
        external_ids=tuple(ExternalIdCard(item.mis, item.value, item.closed_at is None) for item in ids),
    )


def _typed(value: str | int | date | Decimal | UUID | None) -> str:
    return "" if value is None else str(value)


def organizations() -> dict[UUID, str]:
    """Return the names of the open legal entities, by name."""
    rows = Organization.objects.filter(closed_at=None).order_by("name", "id")
    return dict(rows.values_list("id", "name"))

"""Lines of other systems' price lists, for whoever says what they mean."""

import re
from collections.abc import Collection
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from feldsher.domain.directory.models import HealthcareService, PriceListItem, PriceListType
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import ServiceCard, ServiceKind
from feldsher.domain.directory.types.price_list import LineState, PriceListLine
from feldsher.kernel.errors import NotFoundError

LINES: Final = 50
"""Lines of a page."""
MOST_FOUND: Final = 20
_WORDS, _STEM, _COMPARED = 6, 6, 500


def unknown_line_count() -> int:
    """Return how many lines mean no service yet."""
    return _lines(LineState.UNKNOWN).count()


def has_price_list() -> bool:
    """Tell whether any other system has sent a price list."""
    return PriceListItem.objects.exists()


def price_list_lines(
    state: LineState, *, text: str = "", page: int = 1
) -> tuple[tuple[PriceListLine, ...], int]:
    """Return a page (from 1, of LINES) of lines by name, and how many; `text` is of name or code."""
    found = _lines(state)
    wanted = text.replace("\0", "").strip()
    if wanted:
        found = found.filter(
            Q(name__icontains=wanted) | Q(article__icontains=wanted) | Q(code__icontains=wanted)
        )
    first = (max(page, 1) - 1) * LINES
    rows = found.select_related("service").order_by("name", "id")[first : first + LINES]
    names = _type_names()
    return tuple(_card(row, state, names) for row in rows), found.count()


def price_list_line(line: UUID) -> PriceListLine:
    """Return one line, also one that is closed; NotFoundError."""
    row = PriceListItem.objects.select_related("service").filter(id=line).first()
    if row is None:
        raise NotFoundError(f"no line {line}")
    state = LineState.BOUND if row.service_id else LineState.UNKNOWN
    return _card(row, LineState.IGNORED if row.is_ignored else state, _type_names())


def services_like(name: str, *, source: str) -> tuple[ServiceCard, ...]:
    """Return open services that no line of the source means, at most MOST_FOUND.

    Those whose name shares most words with the text come first; a word counts by its first letters, so that
    endings do not matter.
    """
    words = sorted(set(re.findall(r"\w{3,}", normalise(name))), key=len, reverse=True)[:_WORDS]
    stems = [word[:_STEM] for word in words]
    meant = PriceListItem.objects.filter(source=source, service=OuterRef("id"), closed_at=None)
    rows = HealthcareService.objects.filter(
        ~Exists(meant), closed_at=None, kind=ServiceKind.SERVICE.value, is_own=False
    ).order_by("search_name", "id")
    shares = [Q(search_name__contains=stem) for stem in stems]
    found = list(rows.filter(reduce(or_, shares))[:_COMPARED]) if shares else []
    found.sort(key=lambda row: -sum(stem in row.search_name for stem in stems))
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in found[:MOST_FOUND])


def lines_of(source: str, *, services: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return what a source's open lines call each of these services, by its id and name there."""
    rows = PriceListItem.objects.filter(source=source, service__in=services, closed_at=None)
    return {
        service: (value, name) for service, value, name in rows.values_list("service_id", "value", "name")
    }


def _lines(state: LineState) -> QuerySet[PriceListItem]:
    rows = PriceListItem.objects.filter(closed_at=None)
    if state is LineState.BOUND:
        return rows.filter(service__isnull=False)
    if state is LineState.IGNORED:
        return rows.filter(is_ignored=True)
    variants = PriceListItem.objects.filter(
        ~Q(good=""), source=OuterRef("source"), good=OuterRef("value"), closed_at=None
    )
    return rows.filter(~Exists(variants), service=None, is_service=True, is_ignored=False)


def _type_names() -> dict[tuple[str, str], str]:
    rows = PriceListType.objects.values_list("source", "value", "name")
    return {(source, value): name for source, value, name in rows}


def _card(row: PriceListItem, state: LineState, names: dict[tuple[str, str], str]) -> PriceListLine:
    amounts = (
        (names.get((row.source, value), "") or "Цена", Decimal(amount))
        for value, amount in row.amounts.items()
    )
    return PriceListLine(
        id=row.id,
        source=row.source,
        name=row.name,
        article=row.article,
        code=row.code,
        state=state,
        amounts=tuple(sorted(amounts)),
        service=(row.service.id, row.service.name) if row.service else None,
        bound_by=row.bound_by,
    )

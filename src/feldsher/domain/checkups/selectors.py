"""Programmes as people and editors see them; each read costs a constant number of queries."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from feldsher.domain.checkups import estimating
from feldsher.domain.checkups.estimating import asks_sex, bands_of, is_unanswered
from feldsher.domain.checkups.models import Item, Programme, ProgrammePrice
from feldsher.domain.checkups.types import (
    Bounds,
    Estimate,
    ItemCard,
    OwnPrice,
    Person,
    PriceSource,
    ProgrammeCard,
    Sex,
    WholePrice,
)
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import ServiceCard
from feldsher.domain.directory.types.price_page import PriceLine
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError

__all__ = [
    "asks_sex",
    "bands_of",
    "estimates",
    "is_unanswered",
    "own_prices",
    "programme",
    "programmes",
    "programmes_of_desk",
]


def programmes() -> tuple[ProgrammeCard, ...]:
    """Return the published programmes by name: three queries."""
    return _cards(_rows().filter(is_published=True))


def programme(slug: str) -> ProgrammeCard:
    """Return a published programme by its place in an address; NotFoundError."""
    found = _cards(_rows().filter(slug=slug, is_published=True))
    if not found:
        raise NotFoundError("no such programme")
    return found[0]


def programmes_of_desk(staff: Staff, *, programme_id: UUID | None = None) -> tuple[ProgrammeCard, ...]:
    """Return all programmes, or one, for who edits them; ForbiddenError, NotFoundError for an unknown one."""
    require(staff, Action.EDIT_CHECKUPS)
    rows = _rows() if programme_id is None else _rows().filter(pk=programme_id)
    found = _cards(rows)
    if programme_id is not None and not found:
        raise NotFoundError("no such programme")
    return found


def own_prices(staff: Staff, programme_id: UUID) -> tuple[OwnPrice, ...]:
    """Return the clinic's own prices of a programme, the newest first; ForbiddenError."""
    require(staff, Action.EDIT_CHECKUPS)
    rows = ProgrammePrice.objects.filter(programme=programme_id).order_by("-valid_from", "location", "id")
    return tuple(OwnPrice(row.location, row.amount, row.valid_from, row.valid_to, row.author) for row in rows)


def estimates(
    card: ProgrammeCard,
    *,
    location_id: UUID,
    days: Collection[date],
    person: Person,
    chosen: Collection[UUID] = (),
) -> tuple[Estimate, ...]:
    """Return what a programme costs a person in a branch on each of these days of it: a query, and one a day.

    Single prices are those of the branch's price list. The whole programme costs what the clinic says of the
    branch, else of all branches, else what its own service costs there.
    """
    wanted = {item.service_id for item in card.items}
    if card.service_id is not None:
        wanted.add(card.service_id)
    live = Q(valid_to=None) | Q(valid_to__gt=min(days))
    here = Q(location=None) | Q(location=location_id)
    own = list(ProgrammePrice.objects.filter(live, here, programme=card.id, valid_from__lte=max(days)))
    found: list[Estimate] = []
    for day in days:
        page = directory.price_page(location_id, day=day, services=wanted)
        prices = {line.service_id: line for section in page.sections for line in section.lines}
        whole = _whole(card, own, day=day, prices=prices)
        found.append(
            estimating.estimate(card, person=person, chosen=chosen, prices=prices, whole=whole, day=day)
        )
    return tuple(found)


def _whole(
    card: ProgrammeCard, own: Iterable[ProgrammePrice], *, day: date, prices: dict[UUID, PriceLine]
) -> WholePrice | None:
    live = (row for row in own if row.valid_from <= day and (row.valid_to is None or row.valid_to > day))
    row = min(live, key=lambda price: price.location is None, default=None)
    if row is not None:
        return WholePrice(row.amount, PriceSource.OWN, row.valid_from, row.valid_to)
    line = prices.get(card.service_id) if card.service_id else None
    if line is None or line.amount is None or line.since is None:
        return None
    return WholePrice(line.amount, PriceSource.SERVICE, line.since, line.until, line.is_from)


def _rows() -> QuerySet[Programme]:
    items = Item.objects.order_by("is_optional", "place", "id")
    return Programme.objects.prefetch_related(Prefetch("items", queryset=items)).order_by("name", "id")


def _cards(rows: Iterable[Programme]) -> tuple[ProgrammeCard, ...]:
    found = list(rows)
    names = directory.service_cards({item.service for row in found for item in row.items.all()})
    return tuple(_card(row, names) for row in found)


def _card(row: Programme, names: Mapping[UUID, ServiceCard]) -> ProgrammeCard:
    return ProgrammeCard(
        id=row.id,
        slug=row.slug,
        name=row.name,
        description=row.description,
        bounds=_bounds(row),
        not_for_pregnant=row.not_for_pregnant,
        is_published=row.is_published,
        service_id=row.service,
        items=tuple(
            ItemCard(
                id=item.id,
                service_id=item.service,
                name=names[item.service].name,
                is_optional=item.is_optional,
                bounds=_bounds(item),
            )
            for item in row.items.all()
            if item.service in names
        ),
    )


def _bounds(row: Programme | Item) -> Bounds:
    return Bounds(row.age_from, row.age_to, Sex(row.sex) if row.sex else None)

"""What a programme costs a person: pure, over what the directory and the clinic say of prices."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from feldsher.domain.checkups.types import (
    Band,
    Bounds,
    Estimate,
    EstimateLine,
    Excluded,
    ItemCard,
    Person,
    ProgrammeCard,
    WholePrice,
    Why,
)
from feldsher.domain.directory.types.price_page import PriceLine


def unfit(bounds: Bounds, person: Person) -> Why | None:
    """Return why bounds keep a person out; an unanswered question keeps nobody out."""
    if person.sex is not None and bounds.sex not in {None, person.sex}:
        return Why.SEX
    if person.age is None:
        return None
    is_young = bounds.age_from is not None and person.age < bounds.age_from
    is_old = bounds.age_to is not None and person.age > bounds.age_to
    return Why.AGE if is_young or is_old else None


def bands_of(programme: ProgrammeCard) -> tuple[Band, ...]:
    """Return the stretches of ages that the rules tell apart, in order; none where no rule asks an age."""
    edges = set()
    for bounds in _all_bounds(programme):
        edges |= {bounds.age_from} if bounds.age_from else set()
        edges |= {bounds.age_to + 1} if bounds.age_to is not None else set()
    starts = sorted(edges | {0}) if edges else []
    return tuple(
        Band(first, following - 1 if following is not None else None)
        for first, following in zip(starts, [*starts[1:], None], strict=True)
    )


def asks_sex(programme: ProgrammeCard) -> bool:
    """Tell whether a rule of the programme asks the sex."""
    return any(bounds.sex is not None for bounds in _all_bounds(programme))


def _all_bounds(programme: ProgrammeCard) -> Iterable[Bounds]:
    return (programme.bounds, *(item.bounds for item in programme.items))


def estimate(
    programme: ProgrammeCard,
    *,
    person: Person,
    chosen: Collection[UUID],
    prices: Mapping[UUID, PriceLine],
    whole: WholePrice | None,
    day: date,
) -> Estimate:
    """Return what the programme costs; `chosen` are ids of optional items, `prices` those of the branch."""
    mandatory: list[EstimateLine] = []
    extra: list[EstimateLine] = []
    excluded = []
    for item in programme.items:
        if item.is_optional and item.id not in chosen:
            continue
        price = prices.get(item.service_id)
        why = unfit(item.bounds, person) or (Why.BRANCH if price is None else None)
        if why is not None or price is None:
            excluded.append(Excluded(item, why or Why.BRANCH))
            continue
        (extra if item.is_optional else mandatory).append(_line(item, price))
    singles = _sum([*mandatory, *extra])
    added = _sum(extra)
    total = singles if whole is None else None if added is None else whole.amount + added
    counted = extra if whole is not None else [*mandatory, *extra]
    return Estimate(
        day=day,
        mandatory=tuple(mandatory),
        chosen=tuple(extra),
        excluded=tuple(excluded),
        whole=whole,
        singles=singles,
        total=total if mandatory or extra else None,
        saving=singles - total if whole and singles is not None and total is not None else None,
        is_from=any(line.is_from for line in counted),
        refusal=unfit(programme.bounds, person),
    )


def _line(item: ItemCard, price: PriceLine) -> EstimateLine:
    return EstimateLine(item, price.amount, price.is_from)


def _sum(lines: Iterable[EstimateLine]) -> Decimal | None:
    total = Decimal(0)
    for line in lines:
        if line.amount is None:
            return None
        total += line.amount
    return total

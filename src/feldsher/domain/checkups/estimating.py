"""What a programme costs a person: pure, over what the directory and the clinic say of prices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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

_Part = EstimateLine | WholePrice


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
    if not edges:
        return ()
    starts = sorted(edges | {0})
    return tuple(
        Band(first, following - 1 if following is not None else None)
        for first, following in zip(starts, [*starts[1:], None], strict=True)
    )


def asks_sex(programme: ProgrammeCard) -> bool:
    """Tell whether a rule of the programme asks the sex."""
    return any(bounds.sex is not None for bounds in _all_bounds(programme))


def is_unanswered(programme: ProgrammeCard, person: Person) -> bool:
    """Return whether a rule of the programme asks what this person has not said."""
    return (person.age is None and bool(bands_of(programme))) or (person.sex is None and asks_sex(programme))


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
    excluded: list[Excluded] = []
    for item in programme.items:
        if item.is_optional and item.id not in chosen:
            continue
        price = prices.get(item.service_id)
        why = unfit(item.bounds, person) or (Why.BRANCH if price is None else None)
        if why is not None or price is None:
            excluded.append(Excluded(item, why or Why.BRANCH))
            continue
        (extra if item.is_optional else mandatory).append(_line(item, price))
    singles = [*mandatory, *extra]
    bought: list[_Part] = [whole, *extra] if whole is not None else [*singles]
    return Estimate(
        day=day,
        mandatory=tuple(mandatory),
        chosen=tuple(extra),
        excluded=tuple(excluded),
        whole=whole,
        singles=_sum(singles),
        is_singles_from=_is_from(singles),
        total=_sum(bought),
        is_total_from=_is_from(bought),
        saving=_saving(mandatory, whole),
        refusal=unfit(programme.bounds, person) or (None if mandatory else _nothing_for_all(excluded)),
    )


def _nothing_for_all(excluded: Iterable[Excluded]) -> Why | None:
    """Return why nothing of what is for all is left; the branch before the person, as another may do it."""
    whys = {each.why for each in excluded if not each.item.is_optional}
    return next((why for why in reversed(Why) if why in whys), None)


def _saving(mandatory: Sequence[EstimateLine], whole: WholePrice | None) -> Decimal | None:
    """Return what the whole saves against exact single prices; what is chosen costs the same in both."""
    singles = _sum(mandatory)
    if whole is None or singles is None or _is_from([whole, *mandatory]):
        return None
    return singles - whole.amount


def _line(item: ItemCard, price: PriceLine) -> EstimateLine:
    return EstimateLine(item, price.amount, price.is_from)


def _is_from(parts: Iterable[_Part]) -> bool:
    return any(part.is_from for part in parts)


def _sum(parts: Iterable[_Part]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part.amount is None:
            return None
        total += part.amount
    return total

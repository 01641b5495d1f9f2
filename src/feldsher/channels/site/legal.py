"""A legal entity in one sentence, as each page's footer says it (ЗоЗПП art. 9)."""

from collections.abc import Iterable

from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.places import LegalCard


def legal_words(card: LegalCard) -> str:
    """Return name, ОГРН, ИНН, address and licence, of each what is known."""
    numbers = [f"{title}\u00a0{value}" for title, value in (("ОГРН", card.ogrn), ("ИНН", card.inn)) if value]
    who = ", ".join(part for part in (card.name or card.full_name, *numbers) if part)
    licence = f"Лицензия {card.licence}" if card.licence else ""
    return " ".join(f"{part}." for part in (who, card.address, licence) if part)


def entities(locations: Iterable[LocationCard]) -> tuple[str, ...]:
    """Return the sentences of the entities of these branches, each once."""
    words = dict.fromkeys(legal_words(place.legal) for place in locations)
    return tuple(text for text in words if text)

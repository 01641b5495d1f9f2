"""A legal entity in one sentence, as each page's footer says it (ЗоЗПП art. 9)."""

from collections.abc import Iterable

from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.places import LegalCard


def legal_words(card: LegalCard) -> str:
    """Return name, ОГРН, ИНН, address and licence, of each what is known."""
    numbers = [f"{title}\u00a0{value}" for title, value in (("ОГРН", card.ogrn), ("ИНН", card.inn)) if value]
    who = ", ".join(part for part in (card.name or card.full_name, *numbers) if part)
    return " ".join(f"{part}." for part in (who, card.address, licence_words(card)) if part)


def licence_words(card: LegalCard) -> str:
    """Return «Лицензия Л041-… от 01.02.2024, выдана: …»; nothing where its number is unknown."""
    if not card.licence_number:
        return ""
    day = f" от\u00a0{card.licence_date:%d.%m.%Y}" if card.licence_date else ""
    issuer = f", выдана: {card.licence_issuer}" if card.licence_issuer else ""
    return f"Лицензия {card.licence_number}{day}{issuer}"


def entities(locations: Iterable[LocationCard]) -> tuple[str, ...]:
    """Return the sentences of the entities of these branches, each once."""
    words = dict.fromkeys(legal_words(place.legal) for place in locations)
    return tuple(text for text in words if text)

"""What a branch says beside its contacts: its legal entity, and the names by which a place is looked for."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from feldsher.domain.directory.text import slugify


@dataclass(frozen=True, slots=True)
class LegalCard:
    """A legal entity as patients read it; a field that nobody has filled is empty.

    `phone` is E.164; each `…_url` is a page with its texts about paid services.
    """

    name: str = ""
    full_name: str = ""
    inn: str = ""
    ogrn: str = ""
    licence_number: str = ""
    licence_date: date | None = None
    licence_issuer: str = ""
    address: str = ""
    phone: str = ""
    contract_url: str = ""
    guarantees_url: str = ""
    complaints_url: str = ""
    authorities_url: str = ""

    @property
    def licence(self) -> str:
        """Of the licence what is known: «Л041-… от 01.02.2024, выдана: …»; nothing without its number."""
        if not self.licence_number:
            return ""
        day = f" от\u00a0{self.licence_date:%d.%m.%Y}" if self.licence_date else ""
        issuer = f", выдана: {self.licence_issuer}" if self.licence_issuer else ""
        return f"{self.licence_number}{day}{issuer}"


NO_ENTITY: Final = LegalCard()
"""An entity of which nobody has said anything."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A city or a metro station; `slug` is its part of an address, `[a-z0-9-]+`."""

    name: str
    slug: str


def named_places(text: str) -> tuple[NamedPlace, ...]:
    """Return the places that a comma parts, in their order, each once; names that spell alike are one."""
    found: dict[str, NamedPlace] = {}
    for part in text.split(","):
        if name := part.strip():
            slug = slugify(name)
            found.setdefault(slug, NamedPlace(name, slug))
    return tuple(found.values())

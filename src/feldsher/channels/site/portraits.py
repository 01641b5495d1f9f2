"""Which paper cut-out stands for a doctor without a photograph: by the id, within the sex where it is known.

The sex is read from the patronymic only; who has none wears the cap. A doctor keeps the same picture.
"""

from dataclasses import dataclass
from hashlib import sha256

from feldsher.domain.directory.types import PractitionerCard

_WOMEN = ("bob", "bun", "long", "cap")
_MEN = ("crop", "beard", "crop-specs", "beard-specs", "cap")
_FAMILIES = 4


@dataclass(frozen=True, slots=True)
class Portrait:
    """`head` names a symbol of pictures.svg, `family` its four colours (0…3)."""

    head: str
    family: int


def portrait_of(card: PractitionerCard) -> Portrait:
    digest = sha256(card.id.bytes).digest()
    heads = _heads(card.middle.lower())
    return Portrait(head=heads[digest[0] % len(heads)], family=digest[1] % _FAMILIES)


def _heads(patronymic: str) -> tuple[str, ...]:
    if patronymic.endswith(("вна", "чна", "шна", "кызы")):
        return _WOMEN
    if patronymic.endswith(("вич", "ьич", "оглы")):
        return _MEN
    return ("cap",)

"""Spelling: what makes two texts of two systems the same text, and how a text becomes an address."""

import re
from typing import Final

_SPACES = re.compile(r"\s+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_NOMENCLATURE = re.compile(r"[AB]\d{2}\.\d{2,3}\.\d{3}(\.\d{3})?")
_SLUG_LENGTH = 100
_LATIN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p"),
            *("r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya"),
        ],
        strict=True,
    )
)


def normalise(text: str) -> str:
    """Return the text for comparison: one case, single spaces, «ё» as «е»."""
    return _SPACES.sub(" ", text).strip().casefold().replace("ё", "е")


def slugify(text: str) -> str:
    """Return `[a-z0-9-]+` for a Russian or English text; `x` where nothing is left."""
    latin = "".join(_LATIN.get(letter, letter) for letter in text.casefold())
    return _NOT_SLUG.sub("-", latin).strip("-")[:_SLUG_LENGTH] or "x"


def tidy(text: str, *, limit: int) -> str:
    """Return a foreign text fit for a column: no NUL, no outer or repeated blanks, at most `limit` long."""
    return _SPACES.sub(" ", text.replace("\0", "")).strip()[:limit]


def nomenclature_of(code: str) -> str:
    """Return a code of the nomenclature of medical services, its letter in Latin; empty for any other text.

    `A01.30.009`, `B01.047.001` (804н): section, kind, and what it is done on. Systems of clinics type the
    letter in either alphabet.
    """
    latin = code.strip().upper().replace("А", "A").replace("В", "B")
    return latin if _NOMENCLATURE.fullmatch(latin) else ""

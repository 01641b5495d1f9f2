"""How a document stands in the index: its words, where they stand, and a digest by which a change is seen."""

import hashlib
from dataclasses import astuple, dataclass
from typing import Final

from feldsher.domain.search.language import STOP, VERSION, lemmas_of, tidy, words_of
from feldsher.domain.search.types import Document

FIELDS: Final = ("title", "subtitle", "keywords", "body")
LABELS: Final = "ABCD"
TITLE, SUBTITLE, BODY = 500, 1000, 50_000
"""Longer texts are cut: nobody looks for the thousandth page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as a row; `words` are the lexemes of `terms`."""

    document: Document
    digest: str
    terms: str
    words: frozenset[str]
    title_key: str
    size: int


def digest_of(document: Document) -> str:
    """Return what changes with anything that the row is made of."""
    text = "\0".join((str(VERSION), *map(str, astuple(document))))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def entry_of(document: Document) -> Entry:
    """Analyse a document."""
    labels: dict[str, str] = {}
    for name, label in zip(FIELDS, LABELS, strict=True):
        text: str = getattr(document, name)
        for word in set(words_of(text[:BODY])):
            for form in (word, *lemmas_of(word)):
                if label not in labels.get(form, ""):
                    labels[form] = labels.get(form, "") + label
    title = words_of(document.title)
    terms = " ".join(
        f"'{form}':" + ",".join(f"{place}{label}" for place, label in enumerate(marks, 1))
        for form, marks in sorted(labels.items())
    )
    return Entry(document, digest_of(document), terms, frozenset(labels), key_of(title), len(title))


def key_of(words: list[str]) -> str:
    """Return a title or a query for comparison: its words but for those that tell nothing."""
    return " ".join([word for word in words if word not in STOP] or words)[:TITLE]


def shown(text: str, *, limit: int) -> str:
    """Return a text fit for a column that is shown."""
    return tidy(text.replace("\0", ""))[:limit]

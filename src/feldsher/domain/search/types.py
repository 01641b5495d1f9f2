"""What crosses the border of the search: documents coming in, hits going out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """Something that a reader may look for; whoever fills the index names its `kind` and its id.

    `title`, `subtitle` and `body` may be shown; `keywords` are searched only. `weight` (0 < weight ≤ 1) is
    how much a document of its kind is worth beside the others.
    """

    kind: str
    object_id: str
    title: str
    subtitle: str = ""
    keywords: str = ""
    body: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text that is shown; `is_hit`: it is what was looked for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `snippet` is a piece of the body around the first hit, empty without one."""

    kind: str
    object_id: str
    title: tuple[Part, ...]
    subtitle: tuple[Part, ...]
    snippet: tuple[Part, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Count:
    """How many documents of a kind were found, shown or not."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a query has found: hits from the best down, at most the limit of each kind.

    `corrected` is the query that was answered instead, where a word of it is known to nobody and one near to
    it is; empty where the query was answered as it was typed.
    """

    hits: tuple[Hit, ...] = ()
    counts: tuple[Count, ...] = ()
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """What filling the index has changed: documents written and taken away."""

    written: int
    removed: int

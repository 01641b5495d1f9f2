"""What a reader meant: each piece of a query as it stands, else in another layout, alphabet or spelling.

What the index or the synonyms know is taken as it is typed; only a word that nobody knows is guessed at.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Protocol

from feldsher.domain.search.language import (
    STOP,
    as_typed_in_english,
    as_typed_in_russian,
    distance,
    from_latin,
    noise,
    reach_of,
    words_of,
)
from feldsher.domain.search.synonyms import Term, thesaurus

MAX_WORDS: Final = 8
"""Words of a query that count; the rest is not looked at."""
_LATIN, _CYRILLIC = re.compile("[A-Za-z]"), re.compile("[А-Яа-яЁё]")
_GUESSED: Final = 0.7
"""What a word that was put right is worth beside one that was typed right."""
_OTHER_KEYS: Final = 0.9
_SHORT: Final = 3
"""A word of another layout or alphabet, or a half of two that were written together, has as many letters."""
_SPLIT_COST: Final = 1.0


class Vocabulary(Protocol):
    """What the index knows of words. All are folded."""

    def known(
        self, words: Collection[str], *, beginnings: Collection[str]
    ) -> tuple[Mapping[str, int], Collection[str]]:
        """Return of how many documents each known word is, and those beginnings that a word begins with."""

    def near(self, words: Collection[str]) -> Mapping[str, int]:
        """Return words of the index that look like any of these, with their counts."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A word that is looked for.

    `worth` is 1, or less where it was guessed; `count` is the number of documents that hold it.
    """

    term: Term
    worth: float = 1.0
    count: int = 0
    is_beginning: bool = False

    @property
    def is_noise(self) -> bool:
        return not self.term.forms.isdisjoint(noise())


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a piece of a query; `cost` is how far it is from what was typed."""

    terms: tuple[Term, ...]
    worth: float = 1.0
    cost: float = 0.0
    is_changed: bool = False

    @classmethod
    def of(cls, words: Sequence[str], *, worth: float = 1.0, is_changed: bool = False) -> "Reading":
        return cls(tuple(map(Term.of, words)), worth, 0.0, is_changed)

    @property
    def text(self) -> str:
        return " ".join(term.word for term in self.terms)


@dataclass(slots=True)
class _Known:
    """What the vocabulary has said of the words of one query."""

    counts: Mapping[str, int]
    begun: Collection[str]
    near: Mapping[str, int] = field(default_factory=dict)

    def count(self, term: Term) -> int:
        return max((self.counts.get(form, 0) for form in term.forms), default=0)

    def has(self, term: Term) -> bool:
        if self.count(term) or term.word in STOP or term.word in noise() or thesaurus().knows(term):
            return True
        return term.word.isdigit()

    def begins(self, term: Term) -> bool:
        return term.word in self.begun


@dataclass(frozen=True, slots=True)
class Read:
    """A query as it is answered; `corrected` is empty where that is how it was typed."""

    slots: tuple[Slot, ...]
    corrected: str


def read(query: str, *, vocabulary: Vocabulary) -> Read:
    """Return the words that a query means. At most two questions to the vocabulary."""
    pieces = [(chunk, _readings(chunk)) for chunk in query.split()[: 2 * MAX_WORDS]]
    pieces = [(chunk, readings) for chunk, readings in pieces if readings]
    terms = {term for _, readings in pieces for reading in readings for term in reading.terms}
    joins = {left.text + right.text for (_, (left, *_)), (_, (right, *_)) in pairwise(pieces)}
    asked = {form for term in terms for form in term.forms} | joins
    asked |= {half for term in terms for halves in _halves(term.word) for half in halves}
    known = _Known(*vocabulary.known(asked, beginnings={term.word for term in terms}))
    pieces = _join(pieces, known)
    strange = {
        form
        for _, readings in pieces
        if _typed(readings, known) is None
        for reading in readings
        for term in reading.terms
        if not known.has(term)
        for form in term.forms
        if reach_of(form)
    }
    if strange:
        known.near = vocabulary.near(strange)
    chosen = [(chunk, _choose(readings, known)) for chunk, readings in pieces]
    slots = [
        Slot(term, reading.worth, known.count(term) or known.near.get(term.word, 0), not known.has(term))
        for _, reading in chosen
        for term in reading.terms
    ][:MAX_WORDS]
    is_changed = any(reading.is_changed for _, reading in chosen)
    words = (reading.text if reading.is_changed else chunk for chunk, reading in chosen)
    return Read(_meant(slots), " ".join(words) if is_changed else "")


def _meant(slots: list[Slot]) -> tuple[Slot, ...]:
    """Return the slots without stop words, the last of them also as the beginning of a word."""
    kept = [slot for slot in slots if slot.term.word not in STOP] or slots
    if kept and len(kept[-1].term.word) > 1:
        kept[-1] = replace(kept[-1], is_beginning=True)
    return tuple(kept)


def _readings(chunk: str) -> list[Reading]:
    """Return how a piece without blanks may be read, as it stands first."""
    found = [Reading.of(words)] if (words := words_of(chunk)) else []
    ways: list[Callable[[str], str]] = []
    if _LATIN.search(chunk):
        ways = [as_typed_in_russian, from_latin]
    elif len(chunk) >= _SHORT and _CYRILLIC.search(chunk):
        ways = [as_typed_in_english]
    for way in ways:
        words = words_of(way(chunk))
        if words and max(map(len, words)) >= _SHORT:
            found.append(Reading.of(words, worth=_OTHER_KEYS, is_changed=True))
    return found


def _join(pieces: list[tuple[str, list[Reading]]], known: _Known) -> list[tuple[str, list[Reading]]]:
    """Put two pieces together where one of them is unknown and both together are a word."""
    found: list[tuple[str, list[Reading]]] = []
    for chunk, readings in pieces:
        if found:
            before, (left, *_) = found[-1]
            joined = left.text + readings[0].text
            parts = (*left.terms, *readings[0].terms)
            if joined in known.counts and not all(map(known.has, parts)):
                found[-1] = (before + chunk, [Reading.of([joined], worth=_OTHER_KEYS, is_changed=True)])
                continue
        found.append((chunk, readings))
    return found


def _typed(readings: Sequence[Reading], known: _Known) -> Reading | None:
    """Return the first reading that needs no guess: of known words, else of beginnings of such."""
    whole = (reading for reading in readings if all(map(known.has, reading.terms)))
    begun = (
        reading
        for reading in readings
        if all(known.has(term) or known.begins(term) for term in reading.terms)
        and (not reading.is_changed or len(reading.text) >= _SHORT)
    )
    return next(whole, None) or next(begun, None)


def _choose(readings: Sequence[Reading], known: _Known) -> Reading:
    typed = _typed(readings, known)
    if typed is not None:
        return typed
    mended = [fixed for reading in readings if (fixed := _mend(reading, known)) is not None]
    return min(mended, key=lambda reading: reading.cost, default=readings[0])


def _mend(reading: Reading, known: _Known) -> Reading | None:
    """Return the reading with each unknown word put right; None where one of them is like nothing."""
    terms: list[Term] = []
    cost = 1.0 if reading.is_changed else 0.0
    for term in reading.terms:
        if known.has(term):
            terms.append(term)
            continue
        guess = _guess(term, known)
        if guess is None:
            return None
        terms += map(Term.of, guess[1])
        cost += guess[0]
    return Reading(tuple(terms), reading.worth * _GUESSED, cost, is_changed=True)


def _guess(term: Term, known: _Known) -> tuple[float, tuple[str, ...]] | None:
    """Return the nearest known word, or two of them that were written together, and how far that is."""
    best: tuple[float, int, tuple[str, ...]] | None = None
    for form in term.forms:
        reach = reach_of(form)
        if not reach:
            continue
        for word in {*known.near, *thesaurus().near(form)}:
            far = distance(form, word, reach=reach)
            key = (far, -known.near.get(word, 0), (word,))
            if far <= reach and (best is None or key < best):
                best = key
    for halves in _halves(term.word):
        if all(known.has(Term.of(half)) for half in halves):
            split: tuple[float, int, tuple[str, ...]] = (_SPLIT_COST, 0, halves)
            best = split if best is None or split < best else best
    return (best[0], best[2]) if best else None


def _halves(word: str) -> list[tuple[str, str]]:
    """Return how a word may have been two."""
    if not word.isalpha() or word in noise():
        return []
    return [(word[:at], word[at:]) for at in range(_SHORT, len(word) - _SHORT + 1)]

"""Words of patients for words of a price list: «ухогорлонос» is «оториноларинголог».

A file of text, a group a line: `лор, отоларинголог` find each other; `болит горло => лор` finds one way only.
An item is a word or several that stand together. `#` begins a comment. The clinic's own file
(`FELDSHER_SEARCH_SYNONYMS`) comes after ours. Groups that share an item are not joined, but an arrow
leads also to all that is in a group with what it leads to.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from feldsher.domain.search.language import STOP, code_of, lemmas_of, words_of

OURS: Final = Path(__file__).parent / "data" / "synonyms.txt"
_COMMENT, _ARROW = "#", "=>"


@dataclass(frozen=True, slots=True)
class Term:
    """One word as it is written, with its dictionary forms."""

    word: str
    lemmas: frozenset[str]

    @classmethod
    def of(cls, word: str) -> "Term":
        return cls(word, lemmas_of(word))

    @property
    def forms(self) -> frozenset[str]:
        return self.lemmas | {self.word}


Phrase = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The words `first … last` of a query (its numbers, inclusive) mean each of the phrases as well."""

    first: int
    last: int
    phrases: tuple[Phrase, ...]


class Thesaurus:
    """The groups of the files, found by the dictionary forms of an item's first word."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Read groups; ValueError names the line that has none."""
        self._items: dict[str, list[tuple[Phrase, tuple[Phrase, ...]]]] = defaultdict(list)
        self._groups: dict[Phrase, set[Phrase]] = defaultdict(set)
        self.words: set[str] = set()
        arrows: list[tuple[tuple[Phrase, ...], tuple[Phrase, ...]]] = []
        for number, line in enumerate(lines, 1):
            text = line.partition(_COMMENT)[0].strip()
            if not text:
                continue
            left, arrow, right = text.partition(_ARROW)
            said, meant = _phrases(left), _phrases(right)
            if not said or (not meant if arrow else len(said) == 1):
                raise ValueError(f"line {number} has no group of synonyms: {text!r}")
            if arrow:
                arrows.append((said, meant))
                continue
            for phrase in said:
                self._groups[phrase] |= set(said) - {phrase}
                self._take(phrase, tuple(other for other in said if other != phrase))
        for said, meant in arrows:
            more = {other for phrase in meant for other in self._groups.get(phrase, ())} - set(meant)
            for phrase in said:
                self._take(phrase, (*meant, *sorted(more, key=_spelled)))
        self._by_gram: dict[str, set[str]] = defaultdict(set)
        for word in self.words:
            for gram in _grams(word):
                self._by_gram[gram].add(word)

    def _take(self, phrase: Phrase, others: tuple[Phrase, ...]) -> None:
        for form in phrase[0].forms:
            self._items[form].append((phrase, others))
        self.words |= {term.word for term in phrase}

    def meanings(self, terms: Sequence[Term]) -> list[Meaning]:
        """Return what the words of a query mean besides themselves."""
        found = []
        for first, term in enumerate(terms):
            seen: set[int] = set()
            for form in sorted(term.forms):
                for phrase, others in self._items.get(form, ()):
                    if id(phrase) not in seen and _stands(phrase, terms[first : first + len(phrase)]):
                        seen.add(id(phrase))
                        found.append(Meaning(first, first + len(phrase) - 1, others))
        return found

    def knows(self, term: Term) -> bool:
        """Tell whether the word stands in any item that is looked for."""
        return not term.forms.isdisjoint(self.words)

    def near(self, word: str) -> set[str]:
        """Return words of items that share at least two pieces of three letters with a mistyped one."""
        counts: dict[str, int] = defaultdict(int)
        for gram in _grams(word):
            for other in self._by_gram.get(gram, ()):
                counts[other] += 1
        return {other for other, count in counts.items() if count > 1}


def _phrases(text: str) -> tuple[Phrase, ...]:
    items = (words_of(item) for item in text.split(","))
    return tuple(
        tuple(Term.of(word) for word in words if word not in STOP or len(words) == 1)
        for words in items
        if words
    )


def _spelled(phrase: Phrase) -> str:
    return " ".join(term.word for term in phrase)


def _stands(phrase: Phrase, terms: Sequence[Term]) -> bool:
    return len(phrase) == len(terms) and all(
        not wanted.forms.isdisjoint(term.forms) for wanted, term in zip(phrase, terms, strict=True)
    )


def _grams(word: str) -> set[str]:
    padded = f"  {code_of(word)} "
    return {padded[n : n + 3] for n in range(len(padded) - 2)}


@cache
def thesaurus() -> Thesaurus:
    """Return the groups of our file and of the clinic's own, read once a process; ImproperlyConfigured."""
    lines = OURS.read_text(encoding="utf-8").splitlines()
    own = settings.FELDSHER_SEARCH_SYNONYMS
    if own:
        try:
            lines += Path(own).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"FELDSHER_SEARCH_SYNONYMS: {own} can't be read: {error}") from error
    try:
        return Thesaurus(lines)
    except ValueError as error:
        raise ImproperlyConfigured(f"FELDSHER_SEARCH_SYNONYMS: {error}") from error

"""The question to the database: which documents hold the words of a query, and how much each is worth.

A slot of the query is worth most where the title holds the word itself, then its other forms, a word that it
begins, and last what it means besides (`synonyms`); less in the subtitle, the keywords and the body. Rare
words count more than frequent ones: a document must hold each word that is a quarter of the query by its
weight, and where none does, any of them. What a document is worth is the mean of its slots, with something
more where little else stands in its title, and where the title is the query.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

from feldsher.domain.search.indexing import key_of
from feldsher.domain.search.reading import Slot
from feldsher.domain.search.snippets import Wanted
from feldsher.domain.search.synonyms import Phrase, thesaurus

_FIELDS: Final = (("A", 1.0), ("B", 0.7), ("C", 0.5), ("D", 0.3))
_ITSELF, _FORM, _PHRASE, _SYNONYM, _BEGINNING = 1.0, 0.95, 0.92, 0.85, 0.8
_UNKNOWN_SHARE: Final = 0.02
"""Of how many documents a word is taken to be that only its synonyms are found by."""
_NOISE: Final = 0.1
"""What a word that tells little counts beside another."""
_SHORT_TITLE, _SAME_TITLE = 0.15, 0.3
_HEAVY: Final = 0.25
"""A word of this share of a query must be there."""
_GOOD: Final = 0.3
"""A document is worth at least so much as the best one."""

_SQL: Final = """
WITH flat AS MATERIALIZED (
    SELECT id, kind, weight, size, title_key, ts_filter(terms, '{{a,b,c,d}}') AS terms
    FROM search_document
    WHERE terms @@ {condition} AND (%s::text[] IS NULL OR kind = ANY(%s))
), seen AS (
    SELECT id, kind, weight, size, title_key, {slots} FROM flat
), judged AS (
    SELECT id, kind, title_key,
           weight * (({worth}) * (1 + {short} * least(1, %s / greatest(size, 1)::float8))
                     + CASE WHEN title_key = %s THEN {same} ELSE 0 END) AS score
    FROM seen
), good AS (
    SELECT id, kind, score, count(*) OVER (PARTITION BY kind) AS number,
           row_number() OVER (PARTITION BY kind ORDER BY score DESC, title_key, id) AS place
    FROM (SELECT *, max(score) OVER () AS best FROM judged) AS all_of_them WHERE score >= best * {good}
)
SELECT kind, object_id, title, subtitle, body, score, number
FROM good JOIN search_document USING (id, kind) WHERE place <= %s
ORDER BY score DESC, title_key, id
"""
"""`ts_filter` unpacks the words of a long text once, and not for each branch of each CASE."""
_STRICTEST: Final = """(
        SELECT CASE WHEN EXISTS (
            SELECT FROM search_document WHERE terms @@ %s::tsquery AND (%s::text[] IS NULL OR kind = ANY(%s))
        ) THEN %s::tsquery ELSE %s::tsquery END
    )"""
"""The first condition where it finds anything, else the second: decided once, before anything is read."""


@dataclass(frozen=True, slots=True)
class Question:
    """A statement, its values, and what is a hit in a text."""

    sql: str
    values: tuple[Any, ...]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to find a slot: a query of lexemes in which `@` stands for the label of a field."""

    worth: float
    query: str


def question(slots: Sequence[Slot], *, documents: int, kinds: Collection[str], limit: int) -> Question:
    """Return what to ask for the slots of a query, of which there is at least one."""
    ways = _ways(slots)
    weights = [_weight(slot, documents=documents) for slot in slots]
    shares = [weight / sum(weights) for weight in weights]
    anywhere = [" | ".join(f"({way.query.replace('@', '')})" for way in found) for found in ways]
    columns, values = [], []
    for number, found in enumerate(ways):
        cases, used = _cases(found)
        columns.append(f"(CASE WHEN NOT terms @@ %s::tsquery THEN 0 {cases} ELSE 0 END)::float8 AS s{number}")
        values += [anywhere[number], *used]
    heavy = [query for query, share in zip(anywhere, shares, strict=True) if share >= _HEAVY]
    telling = [query for query, slot in zip(anywhere, slots, strict=True) if not slot.is_noise] or anywhere
    all_heavy, any_telling = " & ".join(f"({query})" for query in heavy), " | ".join(telling)
    names = list(kinds) or None
    is_strict = bool(heavy) and all_heavy != any_telling
    sql = _SQL.format(
        condition=_STRICTEST if is_strict else "%s::tsquery",
        slots=", ".join(columns),
        worth=" + ".join(f"s{number} * {share:.6f}" for number, share in enumerate(shares)),
        short=_SHORT_TITLE,
        same=_SAME_TITLE,
        good=_GOOD,
    )
    condition = (all_heavy, names, names, all_heavy, any_telling) if is_strict else (any_telling,)
    key = key_of([slot.term.word for slot in slots])
    return Question(
        sql,
        (*condition, names, names, *values, len(telling), key, limit),
        _wanted(slots),
    )


def _weight(slot: Slot, *, documents: int) -> float:
    """Return how much a slot tells: the rarer its word, the more."""
    share = slot.count / max(documents, 1) if slot.count else _UNKNOWN_SHARE
    return log(1 + 1 / max(share, 1e-4)) * (_NOISE if slot.is_noise else 1.0)


def _ways(slots: Sequence[Slot]) -> list[list[_Way]]:
    """Return the ways to find each slot."""
    found: list[list[_Way]] = []
    for slot in slots:
        ways = [_Way(_ITSELF, f"'{slot.term.word}':@")]
        if others := sorted(slot.term.lemmas - {slot.term.word}):
            ways.append(_Way(_FORM, " | ".join(f"'{form}':@" for form in others)))
        if slot.is_beginning:
            ways.append(_Way(_BEGINNING, f"'{slot.term.word}':*@"))
        found.append(ways)
    for meaning in thesaurus().meanings([slot.term for slot in slots]):
        worth = _PHRASE if meaning.last > meaning.first else _SYNONYM
        for phrase in meaning.phrases:
            way = _Way(worth, _all_of(phrase))
            for ways in found[meaning.first : meaning.last + 1]:
                ways.append(way)
    return [
        [_Way(way.worth * slot.worth, way.query) for way in ways]
        for slot, ways in zip(slots, found, strict=True)
    ]


def _all_of(phrase: Phrase) -> str:
    return " & ".join("(" + " | ".join(f"'{form}':@" for form in sorted(term.forms)) + ")" for term in phrase)


def _cases(ways: Sequence[_Way]) -> tuple[str, list[Any]]:
    """Return the branches of a CASE, the worthiest first; ways of one worth are one branch."""
    by_worth: dict[float, list[str]] = {}
    for way in ways:
        for label, share in _FIELDS:
            query = way.query.replace("@", label)
            by_worth.setdefault(round(way.worth * share, 4), []).append(f"({query})")
    cases, values = [], []
    for worth, queries in sorted(by_worth.items(), reverse=True):
        cases.append(f"WHEN terms @@ %s::tsquery THEN {worth}")
        values.append(" | ".join(queries))
    return " ".join(cases), values


def _wanted(slots: Sequence[Slot]) -> Wanted:
    telling = [slot for slot in slots if not slot.is_noise] or list(slots)
    forms = {form for slot in telling for form in slot.term.forms}
    for meaning in thesaurus().meanings([slot.term for slot in slots]):
        forms |= {form for phrase in meaning.phrases if len(phrase) == 1 for form in phrase[0].forms}
    beginnings = tuple(slot.term.word for slot in telling if slot.is_beginning)
    return Wanted(frozenset(forms), beginnings)

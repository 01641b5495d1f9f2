"""Finding: what a reader typed, answered in a bounded time."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from feldsher.domain.search.asking import Question, question
from feldsher.domain.search.errors import SearchBusyError
from feldsher.domain.search.language import code_of
from feldsher.domain.search.places import in_place
from feldsher.domain.search.reading import read
from feldsher.domain.search.snippets import parts_of, snippet_of
from feldsher.domain.search.types import Count, Found, Hit
from feldsher.kernel.errors import InvalidInputError

__all__ = ["LONGEST", "MOST", "find", "in_place"]

LONGEST: Final = 200
"""Characters of a query."""
MOST: Final = 100
"""Hits of a kind."""
_MILLISECONDS: Final = 1000
_LIKE: Final = 0.2
"""How much of its pieces of three letters a word shares with one that is like it."""
_CANDIDATES: Final = 40

_KNOWN: Final = """
SELECT current_setting('statement_timeout'), (SELECT count(*) FROM search_document),
       set_config('statement_timeout', %s, true), set_config('pg_trgm.similarity_threshold', %s, true),
       (SELECT jsonb_object_agg(word, documents) FROM search_word WHERE word = ANY(%s)),
       ARRAY(SELECT beginning FROM unnest(%s::text[]) AS beginning
             WHERE EXISTS (SELECT FROM search_word WHERE word >= beginning COLLATE "C"
                           AND word < (beginning || U&'\\FFFF') COLLATE "C"))
"""
"""Settings come with the first question: looking up some words takes no time, and one trip is spared."""
_NEAR: Final = """
SELECT DISTINCT word, documents FROM unnest(%s::text[]) AS mistyped CROSS JOIN LATERAL (
    SELECT word, documents FROM search_word WHERE code %% mistyped
    ORDER BY similarity(code, mistyped) DESC, documents DESC, word LIMIT %s
) AS near
"""


def find(query: str, *, kinds: Collection[str] = (), limit: int = 10) -> Found:
    """Return what is meant by a query, at most `limit` (cut to 100) of each of the kinds; () is all.

    Nothing is found by no word at all. InvalidInputError for more than 200 characters; SearchBusyError where
    the database takes longer than a second.
    """
    if len(query) > LONGEST:
        raise InvalidInputError("the query is too long", fields={"q": f"Не длиннее {LONGEST} знаков."})
    with _hurry() as index:
        found = read(query, vocabulary=index)
        if not found.slots:
            return Found()
        size = min(max(limit, 1), MOST)
        asked = question(found.slots, documents=index.documents, kinds=kinds, limit=size)
        rows = _rows(index.cursor, asked)
    hits = tuple(
        Hit(
            kind=kind,
            object_id=object_id,
            title=parts_of(title, wanted=asked.wanted),
            subtitle=parts_of(subtitle, wanted=asked.wanted),
            snippet=snippet_of(body, wanted=asked.wanted),
            score=score,
        )
        for kind, object_id, title, subtitle, body, score, _ in rows
    )
    counts = {kind: number for kind, *_, number in rows}
    corrected = found.corrected if hits else ""
    return Found(hits, tuple(Count(kind, number) for kind, number in counts.items()), corrected)


def _rows(cursor: Any, asked: Question) -> list[tuple[Any, ...]]:
    cursor.execute(asked.sql, asked.values)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


class _Index:
    """The vocabulary of the index (`reading.Vocabulary`).

    Its first question gives each later statement of the transaction a second, and pg_trgm its threshold.
    `documents` counts those of the index, `before` is the time that the caller's statements had.
    """

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.documents, self.before = 0, ""

    def known(
        self, words: Collection[str], *, beginnings: Collection[str]
    ) -> tuple[Mapping[str, int], Collection[str]]:
        longer = [word for word in beginnings if len(word) > 1]
        self.cursor.execute(_KNOWN, [str(_MILLISECONDS), str(_LIKE), list(words), longer])
        self.before, self.documents, _, _, counts, begun = self.cursor.fetchone()
        return json.loads(counts or "{}"), set(begun)

    def near(self, words: Collection[str]) -> Mapping[str, int]:
        self.cursor.execute(_NEAR, [[code_of(word) for word in words], _CANDIDATES])
        return dict(self.cursor.fetchall())


@contextmanager
def _hurry() -> Iterator[_Index]:
    """Give the block an index whose settings end with the transaction, and a caller's time back to it."""
    is_inner = connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            index = _Index(cursor)
            yield index
            if is_inner and index.before:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [index.before])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchBusyError("a search took too long") from None
        raise

"""Finding: what a reader typed, answered in a bounded time."""

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

_BEGIN: Final = """
SELECT current_setting('statement_timeout'), (SELECT count(*) FROM search_document),
       set_config('statement_timeout', %s, true), set_config('pg_trgm.similarity_threshold', %s, true)
"""
_COUNTS: Final = "SELECT word, documents FROM search_word WHERE word = ANY(%s)"
_BEGUN: Final = """
SELECT beginning FROM unnest(%s::text[]) AS beginning
WHERE EXISTS (SELECT FROM search_word WHERE word >= beginning COLLATE "C"
              AND word < (beginning || U&'\\FFFF') COLLATE "C")
"""
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
    with _hurry() as (cursor, documents):
        found = read(query, vocabulary=_Index(cursor))
        if not found.slots:
            return Found()
        size = min(max(limit, 1), MOST)
        asked = question(found.slots, documents=documents, kinds=kinds, limit=size)
        rows = _rows(cursor, asked)
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
    """Return what the strictest condition finds that finds anything."""
    rows: list[tuple[Any, ...]] = []
    for condition in asked.conditions:
        cursor.execute(asked.sql, [condition, *asked.values])
        rows = cursor.fetchall()
        if rows:
            break
    return rows


@contextmanager
def _hurry() -> Iterator[tuple[Any, int]]:
    """Give each statement of a search a second and pg_trgm its threshold; yield the number of documents too.

    The settings end with the transaction; inside of a caller's, the time is given back.
    """
    is_inner = connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BEGIN, [str(_MILLISECONDS), str(_LIKE)])
            before, documents, *_ = cursor.fetchone()
            yield cursor, documents
            if is_inner:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchBusyError("a search took too long") from None
        raise


class _Index:
    """The vocabulary of the index (`reading.Vocabulary`)."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def counts(self, words: Collection[str]) -> Mapping[str, int]:
        return self._pairs(_COUNTS, [list(words)])

    def begun(self, beginnings: Collection[str]) -> Collection[str]:
        self._cursor.execute(_BEGUN, [[word for word in beginnings if len(word) > 1]])
        return {word for (word,) in self._cursor.fetchall()}

    def near(self, words: Collection[str]) -> Mapping[str, int]:
        return self._pairs(_NEAR, [[code_of(word) for word in words], _CANDIDATES])

    def _pairs(self, sql: str, values: list[Any]) -> dict[str, int]:
        self._cursor.execute(sql, values)
        return dict(self._cursor.fetchall())

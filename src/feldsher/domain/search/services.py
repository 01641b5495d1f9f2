"""Filling the index. Whoever fills it says what stands in it now; what is equal already costs nothing.

Each call is a part of the caller's transaction, so that a reader never meets a title that is no more.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from django.db import connection, transaction

from feldsher.domain.search.indexing import BODY, SUBTITLE, TITLE, Entry, digest_of, entry_of, shown
from feldsher.domain.search.language import code_of
from feldsher.domain.search.types import Document, Filling

_LOCK: Final = 0x5EA4C41  # any constant that no other lock of the product uses
_BATCH: Final = 500

_WRITE: Final = """
INSERT INTO search_document (kind, object_id, title, subtitle, body, title_key, size, weight, terms, digest)
SELECT kind, object_id, title, subtitle, body, title_key, size, weight, terms::tsvector, digest
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::smallint[],
            %s::float8[], %s::text[], %s::text[])
     AS given (kind, object_id, title, subtitle, body, title_key, size, weight, terms, digest)
ON CONFLICT (kind, object_id) DO UPDATE SET
    title = EXCLUDED.title, subtitle = EXCLUDED.subtitle, body = EXCLUDED.body,
    title_key = EXCLUDED.title_key, size = EXCLUDED.size, weight = EXCLUDED.weight, terms = EXCLUDED.terms,
    digest = EXCLUDED.digest
"""
_COUNT: Final = """
INSERT INTO search_word AS kept (word, code, documents)
SELECT word, code, documents FROM unnest(%s::text[], %s::text[], %s::int[]) AS given (word, code, documents)
ON CONFLICT (word) DO UPDATE SET documents = kept.documents + EXCLUDED.documents
"""
_FORGET: Final = "DELETE FROM search_word WHERE word = ANY(%s) AND documents <= 0"
_THESE: Final = "(kind, object_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
_KNOWN: Final = f"SELECT kind, object_id, digest FROM search_document WHERE {_THESE}"  # noqa: S608 - constants
_WORDS: Final = f"SELECT unnest(tsvector_to_array(terms)) FROM search_document WHERE {_THESE}"  # noqa: S608 - as above
_REMOVE: Final = f"DELETE FROM search_document WHERE {_THESE}"  # noqa: S608 - as above
_Key = tuple[str, str]


def put(documents: Collection[Document]) -> Filling:
    """Write these documents and no others: new ones, and those that have changed."""
    with _writing():
        return _fill(documents)


def replace_kinds(kinds: Collection[str], *, documents: Collection[Document]) -> Filling:
    """Make the index of these kinds what is given: nothing of them remains besides."""
    with _writing() as cursor:
        cursor.execute("SELECT kind, object_id FROM search_document WHERE kind = ANY(%s)", [list(kinds)])
        kept = {(document.kind, document.object_id) for document in documents}
        gone = [(kind, object_id) for kind, object_id in cursor.fetchall() if (kind, object_id) not in kept]
        return _fill(documents, gone=gone)


def remove(kind: str, *, object_ids: Collection[str]) -> Filling:
    """Take documents out of the index; what is not there is not missed."""
    with _writing():
        return _fill((), gone=[(kind, object_id) for object_id in object_ids])


def recount_words() -> int:
    """Count the words of all documents anew; return how many counts were wrong. They never should be."""
    with _writing() as cursor:
        cursor.execute(
            "SELECT word, count(*) FROM search_document, unnest(tsvector_to_array(terms)) AS word"
            " GROUP BY word"
        )
        right = dict(cursor.fetchall())
        cursor.execute("SELECT word, documents FROM search_word")
        wrong = Counter(right)
        wrong.subtract(dict(cursor.fetchall()))
        return _count(wrong)


@contextmanager
def _writing() -> Iterator[Any]:
    """Open a transaction, or go on in the caller's, as the only writer of the index until it ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield cursor


def _fill(documents: Collection[Document], *, gone: Collection[_Key] = ()) -> Filling:
    asked = [*gone, *((document.kind, document.object_id) for document in documents)]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[kind for kind, _ in asked], [object_id for _, object_id in asked]])
        known = {(kind, object_id): digest for kind, object_id, digest in cursor.fetchall()}
        changed = {
            (document.kind, document.object_id): document
            for document in documents
            if known.get((document.kind, document.object_id)) != digest_of(document)
        }
        left = [key for key in gone if key in known]
        if not changed and not left:
            return Filling(0, 0)
        old = [*left, *(key for key in changed if key in known)]
        cursor.execute(_WORDS, [[kind for kind, _ in old], [object_id for _, object_id in old]])
        counts: Counter[str] = Counter()
        counts.subtract(word for (word,) in cursor.fetchall())
        cursor.execute(_REMOVE, [[kind for kind, _ in left], [object_id for _, object_id in left]])
        for batch in _batches(list(changed.values())):
            entries = [entry_of(document) for document in batch]
            cursor.execute(_WRITE, list(map(list, zip(*map(_row, entries), strict=True))))
            counts.update(chain.from_iterable(entry.words for entry in entries))
    _count(counts)
    return Filling(written=len(changed), removed=len(left))


def _row(entry: Entry) -> tuple[Any, ...]:
    document = entry.document
    return (
        document.kind,
        document.object_id,
        shown(document.title, limit=TITLE),
        shown(document.subtitle, limit=SUBTITLE),
        shown(document.body, limit=BODY),
        entry.title_key,
        min(entry.size, 1000),
        document.weight,
        entry.terms,
        entry.digest,
    )


def _count(counts: Counter[str]) -> int:
    """Add to the counts of words; return how many have changed."""
    moved = sorted((word, count) for word, count in counts.items() if count)
    with connection.cursor() as cursor:
        for batch in _batches(moved):
            words = [word for word, _ in batch]
            cursor.execute(_COUNT, [words, [code_of(word) for word in words], [count for _, count in batch]])
            cursor.execute(_FORGET, [words])
    return len(moved)


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH))

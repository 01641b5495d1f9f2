"""Adds counts of a process to the tables: one commit, once for each batch."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from feldsher.domain.directory import selectors as directory
from feldsher.domain.figures.batches import Counts, Missed
from feldsher.domain.figures.models import NOBODY
from feldsher.domain.figures.types import OTHERS, UNKNOWN, Source, Wanted
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

MOST_SOURCES = 2000
"""Kept in all: whatever comes after them is OTHERS."""
_BEGIN = "INSERT INTO figures_batch (id, at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_KNOWN = """
    SELECT s.kind, s.name, s.medium, s.campaign, s.id FROM figures_source s
    JOIN unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS w(kind, name, medium, campaign)
        USING (kind, name, medium, campaign)
"""
_ADD_SOURCE = """
    INSERT INTO figures_source (kind, name, medium, campaign) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_COUNT_SOURCES = "SELECT count(*) FROM figures_source"
_ADD_SHOWN = """
    INSERT INTO figures_seen_day AS t (day, location, practitioner, channel, source, seen)
    SELECT %s, w.* FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::int[]) AS w
    ON CONFLICT (day, location, practitioner, channel, source) DO UPDATE SET seen = t.seen + excluded.seen
"""
_ADD_MISSED = """
    INSERT INTO figures_empty_day AS t (day, wanted, subject, location, channel, source, searches)
    SELECT %s, w.* FROM unnest(
        %s::text[], %s::text[], %s::uuid[], %s::text[], %s::bigint[], %s::int[]) AS w
    ON CONFLICT (day, wanted, subject, location, channel, source)
        DO UPDATE SET searches = t.searches + excluded.searches
"""
_ADD_ORIGINS = """
    INSERT INTO figures_origin (appointment, source)
    SELECT w.* FROM unnest(%s::uuid[], %s::bigint[]) AS w ON CONFLICT DO NOTHING
"""


def write(counts: Counts) -> None:
    """Write a batch, unless it is written already; rows in order, so that no two processes wait crosswise."""
    with as_service("figures"), connection.cursor() as cursor:
        cursor.execute(_BEGIN, [counts.id, clock.now()])
        if cursor.rowcount == 0:
            return
        ids = _source_ids(cursor, counts.sources)
        shown = sorted(
            (key.location, key.practitioner, key.channel, ids[key.source], times)
            for key, times in counts.shown.items()
        )
        is_known = _known_things(counts.missed)
        missed = sorted(
            (key.wanted, key.subject, key.location, key.channel, ids[key.source], times)
            for key, times in counts.missed.items()
            if is_known(key)
        )
        origins = sorted((appointment, ids[source]) for appointment, source in counts.origins.items())
        if shown:
            cursor.execute(_ADD_SHOWN, [counts.day, *_columns(_joined(shown))])
        if missed:
            cursor.execute(_ADD_MISSED, [counts.day, *_columns(_joined(missed))])
        if origins:
            cursor.execute(_ADD_ORIGINS, _columns(origins))


def _known_things(missed: Collection[Missed]) -> Callable[[Missed], bool]:
    """Return what tells searches for what the directory has: a stranger may ask for any text and any id."""
    if not missed:
        return lambda _: True
    subjects = {wanted: {key.subject for key in missed if key.wanted == wanted} for wanted in Wanted}
    known = {
        Wanted.DOCTOR: set(map(str, directory.practitioner_cards(_ids(subjects[Wanted.DOCTOR])))),
        Wanted.SERVICE: set(map(str, directory.service_cards(_ids(subjects[Wanted.SERVICE])))),
        Wanted.SPECIALTY: {card.slug for card in directory.specialties()},
        Wanted.ANYBODY: {""},
    }
    places = {NOBODY, *directory.zones()}
    return lambda key: key.subject in known[Wanted(key.wanted)] and key.location in places


def _ids(texts: Collection[str]) -> list[UUID]:
    return [UUID(text) for text in texts]


def number_of(source: Source) -> int:
    """Return the number of a source that is ours, not a stranger's; makes it where it is new."""
    with connection.cursor() as cursor:
        return _source_ids(cursor, [source])[source]


def _source_ids(cursor: CursorWrapper, wanted: Collection[Source]) -> dict[Source, int]:
    """Return the number of each source, that of OTHERS where there are too many."""
    sources = sorted({*wanted, OTHERS})
    known = _known(cursor, sources)
    new = [source for source in sources if source not in known]
    if new:
        cursor.execute(_COUNT_SOURCES)
        room = max(0, MOST_SOURCES - cursor.fetchone()[0])
        own = [source for source in new if source in {OTHERS, UNKNOWN}]
        for source in [*own, *[each for each in new if each not in own][:room]]:
            cursor.execute(_ADD_SOURCE, [source.kind.value, source.name, source.medium, source.campaign])
        known = _known(cursor, sources)
    return {source: known.get(source, known[OTHERS]) for source in sources}


def _known(cursor: CursorWrapper, sources: Sequence[Source]) -> dict[Source, int]:
    parts = [(each.kind.value, each.name, each.medium, each.campaign) for each in sources]
    cursor.execute(_KNOWN, _columns(parts))
    ids = {tuple(row[:4]): row[4] for row in cursor.fetchall()}
    return {source: ids[part] for source, part in zip(sources, parts, strict=True) if part in ids}


def _joined(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Join rows that differ in their count alone: sources beyond the limit have one number."""
    sums: dict[tuple[Any, ...], int] = {}
    for *key, times in rows:
        sums[tuple(key)] = sums.get(tuple(key), 0) + times
    return [(*key, times) for key, times in sums.items()]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

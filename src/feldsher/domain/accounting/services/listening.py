"""Keeps what an accounting system says of documents, beside them. No visit changes by it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Final
from uuid import UUID

from feldsher.domain.accounting import gateways
from feldsher.domain.accounting.concerns import WORK, documents_of, require_terms
from feldsher.domain.accounting.models import Base, Document
from feldsher.domain.accounting.services.checking import check
from feldsher.domain.accounting.types import Word, WordsReport
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

MOST_TOLD: Final = 10
"""Numbers of orders that are not from here, of those that a report names."""
_BATCH: Final = 500
_HEARD: Final = ("said_at", "number_there", "status_there", "amount_there", "is_cancelled_there")
_LONGEST_NUMBER, _LONGEST_STATUS = 100, 200


def take_words(source: str, *, stream: BinaryIO) -> WordsReport:
    """Keep what a file says of our documents, all of it or nothing, and compare anew.

    An order that is not from here, or of another base's branch, is told and changes nothing. Raises
    NoVisitsError, BadWordsError.
    """
    terms, now = require_terms(source), clock.now()
    orders = known = 0
    unknown: list[str] = []
    with as_service(WORK):
        # As `hand_over` does: a file and an answer of one base take turns.
        base = Base.objects.select_for_update().get(source=source)
        for words in _batches(gateways.word_reader()(stream)):
            orders += len(words)
            said = {key: word for word in words if (key := _key(word)) is not None}
            rows = list(documents_of(base, terms).filter(key__in=said).order_by("pk").select_for_update())
            for row in rows:
                _hear(row, said[row.key])
                row.said_at = now
            Document.objects.bulk_update(rows, _HEARD)
            ours = {row.key for row in rows}
            strangers = [word for word in words if _key(word) not in ours]
            known += len(words) - len(strangers)
            unknown += [word.number or word.id for word in strangers[: MOST_TOLD - len(unknown)]]
        if known:
            Base.objects.filter(pk=source).update(said_at=now)
        check(source)
    return WordsReport(orders, known, tuple(number[:_LONGEST_NUMBER] for number in unknown))


def _hear(row: Document, word: Word) -> None:
    row.number_there = word.number_there[:_LONGEST_NUMBER]
    row.status_there = word.status[:_LONGEST_STATUS]
    row.amount_there = word.amount
    row.is_cancelled_there = word.is_cancelled


def _key(word: Word) -> UUID | None:
    try:
        return UUID(word.id)
    except ValueError:
        return None


def _batches(words: Iterable[Word]) -> Iterator[list[Word]]:
    left = iter(words)
    while batch := list(islice(left, _BATCH)):
        yield batch

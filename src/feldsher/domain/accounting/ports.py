"""What accounting needs from outside."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Protocol

from feldsher.domain.accounting.types import VisitDocument, Word


class DocumentWriter(Protocol):
    """Writes documents as the accounting system reads them, `at` an aware instant: a whole file."""

    def __call__(self, documents: Iterable[VisitDocument], *, at: datetime) -> bytes: ...


class WordReader(Protocol):
    """Reads what an accounting system says of orders, one at a time, in steady memory.

    Raises BadWordsError, at any order, for what is no such file.
    """

    def __call__(self, stream: BinaryIO) -> Iterator[Word]: ...

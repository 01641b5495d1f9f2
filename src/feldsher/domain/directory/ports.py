"""What the directory needs from outside."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from feldsher.domain.directory.types.price_list import PriceListRecord


class PriceListReader(Protocol):
    """Reads an exported price list from its bytes, a record at a time, in steady memory.

    Raises BadPriceListError, at any record, for what is no such file.
    """

    def __call__(self, stream: BinaryIO) -> Iterator[PriceListRecord]: ...

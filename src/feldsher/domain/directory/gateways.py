"""The reader of price lists and how each source's list is read, bound at start by conf/composition.py."""

from collections.abc import Mapping

from feldsher.domain.directory.ports import PriceListReader
from feldsher.domain.directory.types.price_list import PriceListTerms

_readers: list[PriceListReader] = []
_terms: dict[str, PriceListTerms] = {}


def bind(reader: PriceListReader, *, terms: Mapping[str, PriceListTerms]) -> None:
    """Replace what is bound (a test binds its own)."""
    _readers[:] = [reader]
    _terms.clear()
    _terms.update(terms)


def price_list_reader() -> PriceListReader:
    return _readers[0]


def terms_of(source: str) -> PriceListTerms:
    """Return how a source's list is read; one that the settings do not name has one type of prices."""
    return _terms.get(source, PriceListTerms(source))

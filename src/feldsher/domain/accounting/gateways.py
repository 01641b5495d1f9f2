"""How documents are written and words read, and which base hears of what; bound by conf/composition.py."""

from collections.abc import Mapping

from feldsher.domain.accounting.ports import DocumentWriter, WordReader
from feldsher.domain.accounting.types import BaseTerms

_languages: list[tuple[DocumentWriter, WordReader]] = []
_terms: dict[str, BaseTerms] = {}


def bind(writer: DocumentWriter, reader: WordReader, *, terms: Mapping[str, BaseTerms]) -> None:
    """Replace what is bound (a test binds its own)."""
    _languages[:] = [(writer, reader)]
    _terms.clear()
    _terms.update(terms)


def document_writer() -> DocumentWriter:
    return _languages[0][0]


def word_reader() -> WordReader:
    return _languages[0][1]


def terms_of(source: str) -> BaseTerms | None:
    """Return what an accounting system hears of; None where the settings give it no visits."""
    return _terms.get(source)


def all_terms() -> tuple[BaseTerms, ...]:
    return tuple(_terms.values())

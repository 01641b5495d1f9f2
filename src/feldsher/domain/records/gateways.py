"""Which module brings which papers of a patient; filled once at start by conf/composition.py."""

from collections.abc import Mapping

from feldsher.domain.records.ports import PaperSource
from feldsher.domain.records.types import PaperKind

_sources: dict[PaperKind, PaperSource] = {}


def bind(sources: Mapping[PaperKind, PaperSource]) -> None:
    """Replace what is bound (a test binds its own)."""
    _sources.clear()
    _sources.update(sources)


def paper_sources() -> Mapping[PaperKind, PaperSource]:
    """Return the modules that bring papers, by kind; a kind that none brings is left out."""
    return _sources

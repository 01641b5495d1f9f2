"""The catalogue that is told; bound once at start by conf/composition.py, None where none is."""

from feldsher.domain.conversions.ports import Catalogue

_bound: list[Catalogue] = []


def bind(catalogue: Catalogue | None) -> None:
    """Replace what is bound (a test binds its own)."""
    _bound[:] = [] if catalogue is None else [catalogue]


def catalogue() -> Catalogue | None:
    return _bound[0] if _bound else None

"""The renderer of drafts, bound at start by conf/composition.py."""

from feldsher.domain.editorial.ports import PageRenderer

_renderers: list[PageRenderer] = []


def bind(renderer: PageRenderer) -> None:
    """Replace what is bound (a test binds its own)."""
    _renderers[:] = [renderer]


def renderer() -> PageRenderer:
    return _renderers[0]

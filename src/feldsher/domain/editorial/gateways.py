"""The site as editorial asks it, bound at start by conf/composition.py."""

from feldsher.domain.editorial.ports import PageRenderer, SiteAddresses

_renderers: list[PageRenderer] = []
_addresses: list[SiteAddresses] = []


def bind(renderer: PageRenderer, *, addresses: SiteAddresses) -> None:
    """Replace what is bound (a test binds its own)."""
    _renderers[:] = [renderer]
    _addresses[:] = [addresses]


def renderer() -> PageRenderer:
    return _renderers[0]


def addresses() -> SiteAddresses:
    return _addresses[0]

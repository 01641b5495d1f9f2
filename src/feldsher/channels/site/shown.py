"""Tells the figures what a page showed a reader: free times of whom, or that there was none."""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpRequest

from feldsher.channels.frontend.arrivals import is_read, source_of
from feldsher.domain.figures import services as figures
from feldsher.domain.figures.types import Search
from feldsher.foundation.modules import has_booking

_CHANNEL = "site"


def note(request: HttpRequest, pairs: Collection[tuple[UUID, UUID]], *, search: Search | None) -> None:
    """Count a page with free times of these (branch, doctor)s, or the `search` that found none.

    Without either nothing is counted: the page asks first, and has not looked yet. Nor where nobody books.
    """
    if not has_booking() or not (pairs or search) or not is_read(request):
        return
    source = source_of(request)
    if pairs:
        figures.note_shown(pairs, channel=_CHANNEL, source=source)
    elif search is not None:
        figures.note_empty(search, channel=_CHANNEL, source=source)

"""Addresses that are nobody's business: robots are told so, and no search is offered for words of theirs."""

import re
from typing import Final

from feldsher.foundation.modules import has_booking

_OF_BOOKING: Final = ("/booking/", "/holds/", "/lk/", "/remembered/", "/visit/", "/wait/")
_ALWAYS: Final = (
    *("/api/", "/call/", "/checkups/*/request/", "/components/", "/corporate/requests/", "/delivery/"),
    *("/desk/", "/exchange/", "/look/", "/metrics", "/review/"),
)
"""How they begin; `*` is anything, as robots read it (RFC 9309)."""
_WORDLESS: Final = (*_OF_BOOKING, *_ALWAYS, "/feeds/", "/media/")
"""What robots may read and says nothing in words, too, and doors that are shut: old links lead there."""
_PATTERN: Final = re.compile("|".join(re.escape(each).replace(r"\*", ".*") for each in _WORDLESS))


def for_robots() -> tuple[str, ...]:
    """Return how the addresses begin that robots leave alone; a door that is shut here has none."""
    return tuple(sorted((*_ALWAYS, *(_OF_BOOKING if has_booking() else ()))))


def is_wordless(path: str) -> bool:
    """Tell whether the words of an address are not to be repeated."""
    return _PATTERN.match(f"{path.rstrip('/')}/") is not None

"""Addresses that are nobody's business: robots are told so, and no search is offered for words of theirs."""

import re
from collections.abc import Mapping
from itertools import chain
from typing import Final

from feldsher.foundation.modules import BOOKING, CHECKUPS, CORPORATE, is_on

_OF_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    BOOKING: ("/booking/", "/holds/", "/lk/", "/remembered/", "/visit/", "/wait/"),
    CHECKUPS: ("/checkups/*/request/",),
    CORPORATE: ("/corporate/requests/",),
}
_ALWAYS: Final = (
    *("/api/", "/call/", "/components/", "/delivery/", "/desk/", "/exchange/", "/look/", "/metrics"),
    "/review/",
)
"""How they begin; `*` is anything, as robots read it (RFC 9309)."""
_WORDLESS: Final = (*chain.from_iterable(_OF_MODULES.values()), *_ALWAYS, "/feeds/", "/media/")
"""What robots may read and says nothing in words, too, and doors that are shut: old links lead there."""
_PATTERN: Final = re.compile("|".join(re.escape(each).replace(r"\*", ".*") for each in _WORDLESS))


def for_robots() -> tuple[str, ...]:
    """Return how the addresses begin that robots leave alone; a door that is shut here has none."""
    of_modules = (doors for module, doors in _OF_MODULES.items() if is_on(module))
    return tuple(sorted((*_ALWAYS, *chain.from_iterable(of_modules))))


def is_wordless(path: str) -> bool:
    """Tell whether the words of an address are not to be repeated."""
    return _PATTERN.match(f"{path.rstrip('/')}/") is not None

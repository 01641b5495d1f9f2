"""Kinds of project: a kind is a named set of the modules that are on. One is chosen by FELDSHER_KIND.

What a module closes is said where its addresses stand; `feldsher.channels.frontend.modules` asks.
"""

import os
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from feldsher.foundation.modules import BOOKING, CHECKUPS, CORPORATE

CARD: Final = "card"
KINDS: Final[Mapping[str, frozenset[str]]] = {
    CARD: frozenset({CHECKUPS, CORPORATE}),
    BOOKING: frozenset({BOOKING, CHECKUPS, CORPORATE}),
    "laboratory": frozenset({CHECKUPS, CORPORATE}),
    "telemedicine": frozenset({BOOKING}),
    "pharmacy": frozenset(),
}
"""The modules of each kind. Pages, doctors, services, prices, branches, the editor's pages, requests of a
call, search, feeds and what the law wants are of every kind."""
NOT_BUILT: Final[Mapping[str, str]] = {
    "laboratory": "orders, home visits and results",
    "telemedicine": "video, chat, e-prescriptions and payment",
    "pharmacy": "goods, stock and reservations",
}
"""What such a project is for besides and Feldsher does not have yet: its site begins without that."""


def kind_fault(kind: str) -> str:
    """Return why this kind can't be had, with its code (`kind_unknown`); empty for one that can."""
    if kind in KINDS:
        return ""
    return f"kind_unknown: there is no kind {kind or '(empty)'}; there are {', '.join(KINDS)}."


def modules_on() -> frozenset[str]:
    """Return the modules of the kind that FELDSHER_KIND names; unset: booking."""
    kind = os.environ.get("FELDSHER_KIND", BOOKING)
    if fault := kind_fault(kind):
        raise ImproperlyConfigured(f"FELDSHER_KIND: {fault}")
    return KINDS[kind]

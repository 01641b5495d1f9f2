"""Kinds of project: a kind is a named set of the modules that are on. One is chosen by FELDSHER_KIND.

What a module closes is said where its addresses stand; `feldsher.channels.frontend.modules` asks.
"""

import os
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from feldsher.kernel.modules import BOOKING

CARD: Final = "card"
KINDS: Final[Mapping[str, frozenset[str]]] = {CARD: frozenset(), BOOKING: frozenset({BOOKING})}
"""The modules of each kind. Pages, doctors, services, prices, branches, the editor's pages, requests of a
call, search, feeds and what the law wants are of every kind."""
NOT_BUILT: Final = ("laboratory", "telemedicine", "pharmacy")


def kind_fault(kind: str) -> str:
    """Return in a sentence why this kind can't be had, empty for one that can."""
    if kind in KINDS:
        return ""
    works = f"what works: {CARD} (a clinic's site without online booking), {BOOKING} (with it)"
    if kind in NOT_BUILT:
        return f"the kind {kind} is not built yet; {works}."
    return f"there is no kind {kind or '(empty)'}; {works}."


def modules_on() -> frozenset[str]:
    """Return the modules of the kind that FELDSHER_KIND names; unset: booking."""
    kind = os.environ.get("FELDSHER_KIND", BOOKING)
    if fault := kind_fault(kind):
        raise ImproperlyConfigured(f"FELDSHER_KIND: {fault}")
    return KINDS[kind]

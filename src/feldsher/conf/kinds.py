"""Kinds of project: a kind is a named set of the modules that are on. One is chosen by FELDSHER_KIND.

What a module closes is said where its addresses stand; `feldsher.channels.frontend.modules` asks.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from feldsher.foundation.modules import BOOKING

CARD: Final = "card"
KINDS: Final[Mapping[str, frozenset[str]]] = {CARD: frozenset(), BOOKING: frozenset({BOOKING})}
"""The modules of each kind. Pages, doctors, services, prices, branches, the editor's pages, requests of a
call, search, feeds and what the law wants are of every kind."""
NOT_BUILT: Final = ("laboratory", "telemedicine", "pharmacy")


@dataclass(frozen=True, slots=True)
class KindFault:
    """Why a kind can't be had: `code` is stable, for scripts."""

    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


def kind_fault(kind: str) -> KindFault | None:
    """Return why this kind can't be had (`kind_not_built`, `kind_unknown`), None for one that can."""
    if kind in KINDS:
        return None
    works = f"what works: {CARD} (a clinic's site without online booking), {BOOKING} (with it)"
    if kind in NOT_BUILT:
        return KindFault("kind_not_built", f"the kind {kind} is not built yet; {works}.")
    return KindFault("kind_unknown", f"there is no kind {kind or '(empty)'}; {works}.")


def modules_on() -> frozenset[str]:
    """Return the modules of the kind that FELDSHER_KIND names; unset: booking."""
    kind = os.environ.get("FELDSHER_KIND", BOOKING)
    if fault := kind_fault(kind):
        raise ImproperlyConfigured(f"FELDSHER_KIND: {fault}")
    return KINDS[kind]

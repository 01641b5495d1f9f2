"""Entries of the journal with little to write."""

from typing import Any
from uuid import UUID

from feldsher.foundation.audit.types import Access, Actor, ActorKind, Result

REGISTRAR = UUID(int=1)
PATIENT = UUID(int=2)
VISIT = UUID(int=3)


def actor(**changes: Any) -> Actor:
    values = {
        "kind": ActorKind.STAFF,
        "id": str(REGISTRAR),
        "role": "registrar",
        "device": "d1",
        "network": "n1",
    }
    return Actor(**{**values, **changes})


def access(**changes: Any) -> Access:
    values = {
        "actor": actor(),
        "column": "A",
        "what": "appointment",
        "patients": (PATIENT,),
        "ids": (VISIT,),
        "fields": ("start", "state"),
        "purpose": "visits",
        "relation": "role",
        "result": Result.ALLOWED,
    }
    return Access(**{**values, **changes})


def refusal(**changes: Any) -> Access:
    return access(**{"result": Result.REFUSED, "reason": "no_right", **changes})

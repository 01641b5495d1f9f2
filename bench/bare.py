"""The site without secrecy, for the other side of `secrecy_ratio`: no context is opened, nothing is recorded.

The policies are off in the database meanwhile (`day.py`). Nothing in the product
can be switched off like this.
"""

from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from feldsher.conf.wsgi import application
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling.selectors import day
from feldsher.foundation.access import guard
from feldsher.foundation.access.context import EVERYTHING, Actor, ActorKind, Context

__all__ = ["application"]

_KNOWN = Context(Actor(ActorKind.SERVICE, "bench"), "bench", EVERYTHING, "service")


def _nothing(*_: Any, **__: Any) -> Any:
    return nullcontext(_KNOWN)


patch.object(day, "as_staff", _nothing).start()
for module in (day, patients):
    patch.object(module, "journal", _nothing).start()
patch.object(guard, "current", lambda: _KNOWN).start()

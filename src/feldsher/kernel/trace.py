"""Which request or job is at work: one id that its answer, its log lines and its journal rows share."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

_ID: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """Return the id of the request or job at work; empty outside of any."""
    return _ID.get()


@contextmanager
def tracing(name: str = "") -> Iterator[str]:
    """Do the block under an id: the one given, else a new random one of 32 hexadecimal digits."""
    token = _ID.set(name or uuid4().hex)
    try:
        yield _ID.get()
    finally:
        _ID.reset(token)

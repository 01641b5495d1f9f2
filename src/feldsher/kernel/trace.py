"""Which request or job is at work: one id that its answer, its log lines and its journal rows share."""

from contextvars import ContextVar
from os import urandom

_ID: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """Return the id of the request or job at work; empty outside of any."""
    return _ID.get()


class tracing:  # noqa: N801 - it reads as a verb; a generator would cost each request twice as much
    """Do the block under an id: the one given, else a new random one of 32 hexadecimal digits."""

    __slots__ = ("_name", "_token")

    def __init__(self, name: str = "") -> None:
        self._name = name or urandom(16).hex()

    def __enter__(self) -> str:
        self._token = _ID.set(self._name)
        return self._name

    def __exit__(self, *_: object) -> None:
        _ID.reset(self._token)

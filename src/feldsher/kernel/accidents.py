"""What may be said of an exception where people keep logs: its kind and where it happened, never its words.

A database puts values of rows into its messages (DETAIL), a parser the text that it could not read, a
KeyError the key. So the message of an exception is left out, except that of our own refusals, which hold no
personal data by their contract, and what a database says by name: SQLSTATE, table, column and constraint.
"""

import traceback
from collections.abc import Iterator

from feldsher.kernel.errors import DomainError

_DEEPEST = 5
_MOST_PLACES = 30
_NAMED = ("table_name", "column_name", "constraint_name")


def kind_of(error: BaseException) -> str:
    """Return the exception's type, with what may be told of a refusal or of a database's error."""
    told = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, DomainError):
        return f"{told} ({error.detail})" if error.detail != error.code else told
    state, diagnosis = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    names = [str(name) for field in _NAMED if (name := getattr(diagnosis, field, None))]
    return f"{told} ({' '.join([state, *names])})" if isinstance(state, str) else told


def told_of(error: BaseException) -> str:
    """Return the exception and its causes in one line, each with its places, the nearest first."""
    return " caused by ".join(f"{kind_of(each)} at {_places(each)}" for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_DEEPEST):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    return (
        " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)) or "nowhere"
    )

"""What a base remembers of its visits: each of them in every state that it was written in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Written(Protocol):
    @property
    def written_at(self) -> datetime: ...


Visit = TypeVar("Visit", bound=Written)


def as_stood(histories: Iterable[Sequence[Visit]], moment: datetime | None) -> tuple[Visit, ...]:
    """Return every visit as it stood at the moment, those that were there; None: as it stands."""
    if moment is None:
        return tuple(history[-1] for history in histories)
    earlier = ([visit for visit in history if visit.written_at <= moment] for history in histories)
    return tuple(history[-1] for history in earlier if history)

"""What callers know of their visits and wishes, and what must never be seen."""

from dataclasses import dataclass, field
from uuid import UUID

from feldsher.domain.scheduling.types import OpenSlot


class ViolationError(Exception):
    """Something that must never be true was seen; each argument is one sentence."""


@dataclass
class Known:
    """What callers know of a visit: the answer to its hold, and to each person who confirmed it."""

    name: str
    slot: OpenSlot
    door: str
    person: int
    hold: str = ""
    id: UUID | None = None
    confirmed: dict[int, str] = field(default_factory=dict)
    cancel_asked: bool = False


@dataclass
class Wished:
    """What callers know of a wish: whose phone waits, and by what it is answered.

    `secret` is that of a wish without a visit. One of a visit bears the visit's name. `offer` is the last one
    that its page has shown, with its hold.
    """

    name: str
    id: UUID
    person: int
    secret: str = ""
    visit: UUID | None = None
    offer: tuple[UUID, UUID] | None = None
    stop_asked: bool = False

"""What crosses the border of access."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from feldsher.foundation.access.roles import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff with the roles of now. `shown` is their name, or the login of who has none."""

    id: UUID
    login: str
    name: str = field(repr=False)
    roles: frozenset[Role]

    @property
    def shown(self) -> str:
        return self.name or self.login


@dataclass(frozen=True, slots=True)
class GrantCard:
    """One role of one person, from when to when (`ended_at` None: still)."""

    role: Role
    granted_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A member of staff in a list: with the roles of now and of before."""

    id: UUID
    login: str
    name: str = field(repr=False)
    is_active: bool
    grants: tuple[GrantCard, ...]

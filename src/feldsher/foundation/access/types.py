"""What crosses the border of access."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from feldsher.foundation.access.roles import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff with the roles of now. `shown` is their name, or the login of who has none.

    `practitioner_id` is the doctor whom the person is, `department_id` the unit that they head or work in:
    relations to patients are counted from these.
    """

    id: UUID
    login: str
    name: str = field(repr=False)
    roles: frozenset[Role]
    practitioner_id: UUID | None = None
    department_id: UUID | None = None

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


class CodePurpose(StrEnum):
    """What a code is asked for; a code for one purpose is none for another."""

    BOOKING = "booking"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class CodeOwner:
    """Whose code it is: a phone (E.164), a purpose, and `asker`, the digest of a device or of a held time."""

    phone: str = field(repr=False)
    purpose: CodePurpose
    asker: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way: to which phone (masked), when another may be asked for, until when it is good."""

    sent_to: str = field(repr=False)
    resend_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """How a try went. `tries_left` is set for a wrong code only."""

    is_right: bool
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class PhoneHolder:
    """Who has proved a phone (E.164): all that is known of them is the session and the phone itself."""

    session_id: UUID
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What was typed to sign in, and whether this browser may be remembered (`is_kept`)."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session at work, the token that its cookie must hold, and until when (None: till it is closed)."""

    holder: PhoneHolder
    token: str = field(repr=False)
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PhoneSessionCard:
    """Where a phone is signed in: «Chrome, Android», since when, when last seen, whether it's this one."""

    id: UUID
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this: bool

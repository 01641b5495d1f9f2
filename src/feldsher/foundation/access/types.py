"""What crosses the border of access."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from feldsher.foundation.access.roles import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff with the roles of now. `shown` is their name, or the login of who has none.

    `practitioner_id` is the doctor whom the person is, `department_id` the unit that they head or work in:
    relations to patients are counted from these. `device` and `network` are where this request comes from, as
    the journal keeps it: a digest of the browser, empty for one in which the person has not signed in before,
    and the /24 or /56 of the address.
    """

    id: UUID
    login: str
    name: str = field(repr=False)
    roles: frozenset[Role]
    practitioner_id: UUID | None = None
    department_id: UUID | None = None
    device: str = field(default="", repr=False, compare=False)
    network: str = field(default="", repr=False, compare=False)

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
class Shut:
    """Why nobody signs in to an account: closed since, blocked since; at least one of them is set."""

    closed_at: datetime | None
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A member of staff in a list: with the roles of now and of before."""

    id: UUID
    login: str
    name: str = field(repr=False)
    grants: tuple[GrantCard, ...]
    last_login: datetime | None = None
    shut: Shut | None = None

    @property
    def is_active(self) -> bool:
        return self.shut is None

    @property
    def roles(self) -> tuple[Role, ...]:
        """Return the roles of now, in the order in which they were given."""
        return tuple(grant.role for grant in self.grants if grant.ended_at is None)


class GrantOutcome(StrEnum):
    """How a request for a role ended: by a second administrator, by the clock, or in no role."""

    CONFIRMED = "confirmed"
    IN_TIME = "in_time"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class GrantRequestCard:
    """A role that waits: for whom, who asked and when; `effective_at` None: for a second administrator."""

    id: UUID
    user_id: UUID
    role: Role
    asked_by: UUID
    asked_at: datetime
    effective_at: datetime | None


class Door(StrEnum):
    """How far somebody has come in: not at all, to the second factor, to setting one up, all the way.

    LOCKED: they were, and have been idle since; a passkey or PIN opens it.
    """

    CLOSED = "closed"
    SECOND_FACTOR = "second_factor"
    SET_UP = "set_up"
    LOCKED = "locked"
    OPEN = "open"


class Factor(StrEnum):
    """A second factor that somebody has set up."""

    TOTP = "totp"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Who stands at the door and how far they have come; `staff` and `session` are None where it is CLOSED.

    `proved_at`: when they last gave password or factor. `idle_in`: how long until the session locks.
    """

    door: Door
    staff: Staff | None = None
    session: UUID | None = None
    factors: frozenset[Factor] = frozenset()
    has_pin: bool = False
    proved_at: datetime | None = None
    idle_in: timedelta = timedelta()

    @property
    def person(self) -> Staff:
        """Return who is there; LookupError where the door is CLOSED."""
        if self.staff is None:
            raise LookupError("nobody is there")
        return self.staff


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A signed-in browser of one's own: what it is, where from, since when, when last seen."""

    id: UUID
    browser: str
    network: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PasskeyCard:
    """A passkey in its owner's list."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactorsCard:
    """What somebody has set up: an app since when, passkeys, how many recovery codes are left, a PIN."""

    totp_since: datetime | None
    passkeys: tuple[PasskeyCard, ...]
    codes_left: int
    has_pin: bool


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """A secret that an app is to be given: Base32, and the same as an address (`otpauth://`)."""

    text: str = field(repr=False)
    uri: str = field(repr=False)


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


class ApiScope(StrEnum):
    """What a partner's key opens."""

    DIRECTORY_READ = "directory:read"
    SLOTS_READ = "slots:read"
    BOOKINGS_WRITE = "bookings:write"
    EXCHANGE_CATALOG = "exchange:catalog"
    EXCHANGE_SALE = "exchange:sale"


@dataclass(frozen=True, slots=True)
class ApiKeyCard:
    """A partner's key without its secret. `channels` empty: it may book through any."""

    prefix: str
    name: str
    scopes: frozenset[ApiScope]
    channels: frozenset[str]
    created_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhoneHolder:
    """Who has proved a phone (E.164): all that is known of them is the session and the phone itself.

    `is_kept`: they asked that this browser be remembered.
    """

    session_id: UUID
    phone: str = field(repr=False)
    is_kept: bool = False


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
class PasskeyUsed:
    """The passkey that opens a session, and when a code proved its phone."""

    id: UUID
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class PhonePasskeyCard:
    """A passkey in the list of its phone's holder: where it was made, when it was used, its last day."""

    id: UUID
    browser: str
    created_at: datetime
    used_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class PhoneSessionCard:
    """Where a phone is signed in: «Chrome, Android», since when, when last seen, whether it's this one."""

    id: UUID
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this: bool

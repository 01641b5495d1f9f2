"""What crosses the border of audit: who did what to whose data, and on what ground.

Ids and codes only. A name, a phone or a word of a chart has no place here: the journal outlives what it tells
of, and is read by people who may read nothing else.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

CSVLOG = ".csv"
"""How the log ends in which PostgreSQL's witness is read. In plain lines a statement can feign others."""
_CODE = re.compile(r"[A-Za-z0-9_.:/-]{0,100}")


class ActorKind(StrEnum):
    STAFF = "staff"
    PATIENT = "patient"
    HOLDER = "holder"
    """Who has a visit's secret link or a held time."""
    SERVICE = "service"
    """A job, or our own machinery."""
    ANONYMOUS = "anonymous"


class Result(StrEnum):
    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    `id` is a user's or patient's id or a service's name, never a person's name or phone; `role` the role that
    gave the right; `on_behalf` the patient whom a representative, or who holds a grant, acts for; `device` a
    digest in hexadecimal; `network` a keyed hash or a /24, not the address itself. Raises ValueError for what
    is no code.
    """

    kind: ActorKind
    id: str
    role: str = ""
    on_behalf: UUID | None = None
    device: str = field(default="", repr=False)
    network: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        _require_codes(self.id, self.role, self.device, self.network)


@dataclass(frozen=True, slots=True)
class Access:
    """One look at, or change of, data of one kind.

    `column` is the letter of the role matrix ("A", "K", …); `what` names the record ("appointment", "person",
    "call"); `patients` are those whose data it is, `ids` the records themselves, `fields` what was shown of
    them; `purpose` is a code that `words` can say in Russian; `relation` the ground: "role", "team", "dept",
    "ref", "own", "ward", "grant", "bg" or "service". `reason`, the one free text, is the code of a refusal or
    what was said at break-glass. `rows` is how many were shown, where that is not the number of `ids`. Raises
    ValueError where a code is no code.
    """

    actor: Actor
    column: str
    what: str
    patients: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    fields: tuple[str, ...]
    purpose: str
    relation: str
    result: Result
    reason: str = field(default="", repr=False)
    rows: int | None = None

    def __post_init__(self) -> None:
        _require_codes(self.column, self.what, self.purpose, self.relation, *self.fields)


def _require_codes(*values: str) -> None:
    for value in values:
        if _CODE.fullmatch(value) is None:
            raise ValueError("the journal takes codes: Latin letters, digits and _ . : / - only")


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row of the journal as it was written (`Actor`, `Access`); nothing in it is checked again."""

    id: int
    at: datetime
    trace: str
    actor_kind: str
    actor: str
    role: str
    on_behalf: UUID | None
    device: str = field(repr=False)
    network: str = field(repr=False)
    matrix_column: str
    what: str
    patients: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    fields: tuple[str, ...]
    row_count: int
    purpose: str
    relation: str
    result: str
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """For the patient: what somebody opened on a day for one purpose, in how many requests, first and last.

    Kinds of records (`whats`) stand by their code. `result` "refused": nothing was shown.
    """

    day: date
    actor_kind: str
    actor: str
    role: str
    purpose: str
    result: str
    whats: tuple[str, ...]
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class OwnLooks:
    """For the patient: in how many requests who acts for them looked, and when last."""

    actor_kind: str
    role: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class OfPatient:
    """Who opened a patient's data: staff first, then programs, the newest first; own looks in sum."""

    openings: tuple[Opening, ...]
    own: tuple[OwnLooks, ...]


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """What to look for; an empty part asks nothing. `since` is the first instant, `until` the first after.

    `before` is the id from which a page goes on to older rows.
    """

    actor: str = ""
    patient: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    result: str = ""
    column: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A row with its place in the tree and the leaf's hash (both None: no place yet)."""

    row: JournalRow
    leaf: int | None
    hash: str


DOUBTS = frozenset({"rows_wait", "stale", "nothing_outside", "not_read_here"})
"""Findings (`verify.Wrong`) that contradict nothing: something could not be compared, or not yet."""


@dataclass(frozen=True, slots=True)
class CheckCard:
    """One check of the journal: asked for when, finished when (None: not yet), and what it found.

    `covered` rows were vouched for from outside at `covered_at`; `untold` findings are only counted.
    `is_clean` is None until it is known.
    """

    id: UUID
    asked_at: datetime
    finished_at: datetime | None
    is_clean: bool | None
    leaves: int
    covered: int
    covered_at: datetime | None
    findings: tuple["CheckFinding", ...]
    untold: int

    @property
    def is_contradicted(self) -> bool:
        """Return whether something does not agree; without it, what is not clean could not be compared."""
        return any(finding.wrong not in DOUBTS for finding in self.findings)


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What is wrong (a code of `verify.Wrong`) and where, as far as it can be said."""

    wrong: str
    leaf: int | None = None
    entry: int | None = None
    since: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """How many rows wait for a second place, and since when the oldest does."""

    rows: int
    since: datetime | None

"""Who acts, what for, and which rows they reach: personal and medical tables are closed outside of a context.

A context opens a transaction and tells the database by `set_config(…, true)` whom it serves; row security
(sql/row_security.sql of each module) lets through the rows within reach and no others, and forgets it with
the transaction. It is opened as narrow as the work: around one transaction, never around a call to another
system. Contexts nest; the inner one holds until it ends. Who colleagues are is in reach of every context, and
without one of `staff_rows.STAFF`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from feldsher.foundation.access.errors import NoContextError
from feldsher.foundation.access.roles import CareKind
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.audit.types import Actor, ActorKind
from feldsher.foundation.privacy.rows import ALL, nothing_reached
from feldsher.kernel.trace import trace_id


class Extent(StrEnum):
    """How many rows are within reach: none, one's own visits, those of patients in one's care, or all."""

    NONE = ""
    OWN = "own"
    CARE = "care"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows row security lets through: by class, and those that are one's own.

    `visits` are column A of the matrix, `persons` K. For CARE those relations of `kind` count that are the
    practitioner's (`care_of`) or of the `department`'s doctors; for OWN the practitioner's visits. Without
    `may_write` rows are shown and not changed. `journal` is column J: records of who opened what in an
    emergency. `chart` is column E: for CARE what the practitioner wrote or was asked for.
    """

    visits: Extent = Extent.NONE
    persons: Extent = Extent.NONE
    visit: UUID | None = None
    patients: tuple[UUID, ...] = ()
    care_of: UUID | None = None
    department: UUID | None = None
    kind: CareKind | None = None
    may_write: bool = False
    journal: Extent = Extent.NONE
    chart: Extent = Extent.NONE

    @property
    def is_whole(self) -> bool:
        return self.visits is Extent.ALL and self.persons is Extent.ALL and self.may_write


EVERYTHING = Reach(
    visits=Extent.ALL, persons=Extent.ALL, may_write=True, journal=Extent.ALL, chart=Extent.ALL
)


@dataclass(frozen=True, slots=True)
class Context:
    """One act: who does it, for which purpose (a stable word), within which reach, and on what ground.

    `relation` is the ground as the journal names it: "service", "own", "role", "team", "dept", "ref", "bg".
    """

    actor: Actor
    purpose: str
    reach: Reach
    relation: str


_CURRENT: ContextVar[Context | None] = ContextVar("access_context", default=None)
_REACH = (
    "visits",
    "persons",
    "visit",
    "patients",
    "care_of",
    "department",
    "care_kind",
    "writes",
    "journal",
    "chart",
    "staff",
)
_SETTINGS = (*(f"feldsher.{name}" for name in _REACH), "application_name")
_ASK = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS)
_TELL = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
_LONGEST_NAME = 63
"""Characters that PostgreSQL keeps of an application's name."""


def current() -> Context:
    """Return the context at work; raises NoContextError outside of any."""
    found = _CURRENT.get()
    if found is None:
        raise NoContextError("personal rows are reached in an access_context only")
    return found


@contextmanager
def access_context(context: Context) -> Iterator[Context]:
    """Do the block in one transaction under the context, which commits with it unless it is an inner one."""
    before = _settings() if connection.in_atomic_block else None
    with transaction.atomic():
        _tell(context)
        token = _CURRENT.set(context)
        try:
            with STAFF.told():
                yield context
        finally:
            _CURRENT.reset(token)
        if before is not None:
            # What fails is undone with its savepoint; what goes well gives back what was in reach before.
            with connection.cursor() as cursor:
                cursor.execute(_TELL, before)


@contextmanager
def as_service(name: str, *, savepoint: bool = True) -> Iterator[Context]:
    """Do the block as our own machinery at a named work: a job, or a step of a booking.

    Within a context that reaches everything it goes on in that one, which knows for whom it works; without
    `savepoint` it then stands or falls with the whole.
    """
    outer = _CURRENT.get()
    if outer is not None and outer.reach.is_whole and connection.in_atomic_block:
        with transaction.atomic() if savepoint else nullcontext():
            yield outer
        return
    with access_context(Context(Actor(ActorKind.SERVICE, name), name, EVERYTHING, "service")) as context:
        yield context


@contextmanager
def as_holder(appointment_id: UUID, *, purpose: str) -> Iterator[Context]:
    """Do the block for who has proved that a visit or a held time is theirs: its row alone is in reach."""
    actor = Actor(ActorKind.HOLDER, str(appointment_id))
    with access_context(Context(actor, purpose, Reach(visit=appointment_id), "own")) as context:
        yield context


@contextmanager
def as_device(digest: bytes | None, *, purpose: str) -> Iterator[Context]:
    """Do the block for a device that has shown its secret; what is whose is for the caller to narrow."""
    actor = Actor(ActorKind.HOLDER, "device", device=(digest or b"").hex())
    with access_context(Context(actor, purpose, EVERYTHING, "own")) as context:
        yield context


@contextmanager
def no_context() -> Iterator[None]:
    """Do the block outside of any context: a request or a job begins with nothing in reach."""
    token = _CURRENT.set(None)
    try:
        with nothing_reached():
            yield
    finally:
        _CURRENT.reset(token)


def _settings() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ASK)
        return list(cursor.fetchone())


def _tell(context: Context) -> None:
    reach = context.reach
    values = [
        reach.visits.value,
        reach.persons.value,
        str(reach.visit or ""),
        ",".join(map(str, reach.patients)),
        str(reach.care_of or ""),
        str(reach.department or ""),
        reach.kind.value if reach.kind else "",
        "on" if reach.may_write else "",
        reach.journal.value,
        reach.chart.value,
        ALL,
        _name(context),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)


def _name(context: Context) -> str:
    """Return what the witness of the database writes beside a read: the request, and a work of ours."""
    is_ours = context.actor.kind in {ActorKind.SERVICE, ActorKind.HOLDER}
    return f"feldsher t={trace_id()}{f' w={context.purpose}' if is_ours else ''}"[:_LONGEST_NAME]

"""The ways to personal rows: staff by an action that they may do, patients by a phone that is proved.

Each is a context that reaches as far as its right and no further.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from feldsher.foundation.access.context import Context, Reach, access_context
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.matrix import Column, Scope
from feldsher.foundation.access.policies import NEEDS, Action, acting_role, extent, may_write, scope
from feldsher.foundation.access.roles import CareKind
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.services import record_refusal
from feldsher.foundation.audit.types import Access, Actor, ActorKind, Result
from feldsher.kernel.errors import NotFoundError

_PERSONAL = frozenset(set(Column) - {Column.SLOTS, Column.DIRECTORY, Column.INTEGRATION, Column.SECRETS})
_BY_DOCTOR = frozenset({Scope.OWN, Scope.TEAM, Scope.REFERRAL})
_KINDS = {
    Scope.TEAM: CareKind.ATTENDING,
    Scope.DEPARTMENT: CareKind.ATTENDING,
    Scope.REFERRAL: CareKind.REFERRAL,
}
_GROUNDS = {
    Scope.OWN: "own",
    Scope.TEAM: "team",
    Scope.DEPARTMENT: "dept",
    Scope.REFERRAL: "ref",
    Scope.BREAK_GLASS: "bg",
}


@contextmanager
def as_staff(staff: Staff, action: Action) -> Iterator[Context]:
    """Do the block as a member of staff at an action, in one transaction; ForbiddenError is recorded too."""
    role = acting_role(staff, action)
    if role is None:
        note_refusal(staff, action)
        raise ForbiddenError(f"not allowed: {action}")
    actor = staff_actor(staff, role=role.value)
    ground = _GROUNDS.get(scope(role, action), "role")
    with access_context(Context(actor, action.value, visible(staff, action), ground)) as context:
        yield context


@contextmanager
def as_patient(
    patient_id: UUID, *, guardian: UUID | None, purpose: str, session: UUID, grant: UUID | None = None
) -> Iterator[Context]:
    """Do the block as a patient, as the `guardian` who represents them, or by the `grant` of the patient.

    That patient's rows are in reach. `session` is the one in which the phone was proved; whose rows it opens
    was looked up for this request.
    """
    with access_context(
        Context(
            _patient_actor(patient_id, guardian=guardian, grant=grant, session=session),
            purpose,
            Reach(patients=(patient_id,)),
            "ward" if guardian else "grant" if grant else "own",
        )
    ) as context:
        yield context


def staff_actor(staff: Staff, *, role: str = "") -> Actor:
    """Name who acts, and from where, for the journal."""
    return Actor(ActorKind.STAFF, str(staff.id), role=role, device=staff.device, network=staff.network)


def _patient_actor(patient_id: UUID, *, guardian: UUID | None, grant: UUID | None, session: UUID) -> Actor:
    """Name who acts: the patient; on their behalf the representative, or whoever holds their grant."""
    return Actor(
        ActorKind.PATIENT,
        str(guardian or grant or patient_id),
        role="representative" if guardian else "trusted" if grant else "",
        on_behalf=patient_id if guardian or grant else None,
        device=session.hex,
    )


def visible(staff: Staff, action: Action) -> Reach:
    """Return which rows the person reaches at an action: by the same table of rights that `can` asks."""
    role = acting_role(staff, action)
    if role is None:
        return Reach()
    bound = scope(role, action)
    return Reach(
        visits=extent(role, action, Column.APPOINTMENTS),
        persons=extent(role, action, Column.CONTACTS),
        care_of=staff.practitioner_id if bound in _BY_DOCTOR else None,
        department=staff.department_id if bound is Scope.DEPARTMENT else None,
        kind=_KINDS.get(bound),
        may_write=may_write(action),
        journal=extent(role, action, Column.JOURNAL),
        chart=extent(role, action, Column.CHART),
    )


def note_refusal(staff: Staff, action: Action) -> None:
    """Keep in the journal that somebody was refused an action that shows persons or visits; AuditError."""
    _note(staff, action, ids=(), reason=ForbiddenError.code)


def note_miss(staff: Staff, action: Action, record: UUID) -> None:
    """Keep in the journal that somebody asked for a record that is not there, or not theirs; AuditError.

    One is a stale page, many are guesses.
    """
    _note(staff, action, ids=(record,), reason=NotFoundError.code)


def note_nobody(staff: Staff, action: Action) -> None:
    """Keep in the journal that somebody looked for a person by name whom nobody here is; AuditError."""
    _note(staff, action, ids=(), reason=NotFoundError.code)


def _note(staff: Staff, action: Action, *, ids: tuple[UUID, ...], reason: str) -> None:
    column = next((need.column for need in NEEDS[action] if need.column in _PERSONAL), None)
    if column is not None:
        asked = _Asked(action.value, column, ids, action.value, relation="role")
        _refused(staff_actor(staff), asked, reason=reason)


def note_not_theirs(what: str, column: Column, *, record_id: UUID, purpose: str, session: UUID) -> None:
    """Keep in the journal that a signed-in phone asked for a record that is not theirs, or is not there."""
    actor = Actor(ActorKind.PATIENT, "phone", device=session.hex)
    _refused(actor, _Asked(what, column, (record_id,), purpose), reason="not_theirs")


def note_stranger(what: str, column: Column, *, record_id: UUID, purpose: str) -> None:
    """Keep in the journal that somebody without its secret asked for a record, whether it is there or not."""
    actor = Actor(ActorKind.ANONYMOUS, "")
    _refused(actor, _Asked(what, column, (record_id,), purpose), reason="wrong_secret")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody asked for in vain."""

    what: str
    column: Column
    ids: tuple[UUID, ...]
    purpose: str
    relation: str = "own"


def _refused(actor: Actor, asked: _Asked, *, reason: str) -> None:
    record_refusal(
        Access(
            actor=actor,
            column=asked.column.value,
            what=asked.what,
            patients=(),
            ids=asked.ids,
            fields=(),
            purpose=asked.purpose,
            relation=asked.relation,
            result=Result.REFUSED,
            reason=reason,
        )
    )

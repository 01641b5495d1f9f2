"""What staff may do: each action says what it needs of the matrix, and `can` asks nothing else.

Denied by default: a cell that is bounded by a relation, or by a condition that the action does not meet,
gives nothing. An action without needs is open to whoever has a role at all.
"""

from dataclasses import dataclass
from enum import StrEnum

from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.matrix import MATRIX, Cell, Column, Scope
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff


class Action(StrEnum):
    """What the staff pages let somebody do."""

    ENTER = "enter"
    EDIT_DIRECTORY = "edit_directory"
    EDIT_SITE = "edit_site"
    SET_RULES = "set_rules"
    STOP_BOOKING = "stop_booking"
    EXPLAIN_TIME = "explain_time"
    HANDLE_CALLS = "handle_calls"
    RESOLVE_VISITS = "resolve_visits"
    SEE_SYNC = "see_sync"


@dataclass(frozen=True, slots=True)
class Need:
    """Rights (letters) in one column of the matrix, and the condition that the action meets there, if any."""

    column: Column
    rights: str
    meets: str = ""


NEEDS: dict[Action, tuple[Need, ...]] = {
    Action.ENTER: (),
    Action.EDIT_DIRECTORY: (Need(Column.DIRECTORY, "rw"),),
    Action.EDIT_SITE: (Need(Column.DIRECTORY, "rw"),),
    Action.SET_RULES: (Need(Column.SLOTS, "rw"),),
    Action.STOP_BOOKING: (Need(Column.SLOTS, "rw"),),
    # Shows no person: only that a time is kept by one.
    Action.EXPLAIN_TIME: (
        Need(Column.SLOTS, "r"),
        Need(Column.APPOINTMENTS, "r", meets="today and later"),
    ),
    # Who asked to be called left their own number for it and wants a visit that is still to come.
    Action.HANDLE_CALLS: (
        Need(Column.APPOINTMENTS, "rw", meets="today and later"),
        Need(Column.CONTACTS, "r", meets="after check"),
    ),
    Action.RESOLVE_VISITS: (Need(Column.APPOINTMENTS, "rw"), Need(Column.CONTACTS, "rw")),
    Action.SEE_SYNC: (Need(Column.INTEGRATION, "r"),),
}


def can(user: Staff | None, action: Action) -> bool:
    """Return whether one of the person's roles alone has all that the action needs."""
    return user is not None and any(permits(role, action) for role in user.roles)


def require(user: Staff | None, action: Action) -> None:
    """Raise ForbiddenError unless `can`: for services and selectors, whoever calls them."""
    if not can(user, action):
        raise ForbiddenError(f"not allowed: {action}")


def permits(role: Role, action: Action) -> bool:
    """Return whether the matrix gives the role all that the action needs."""
    return all(_gives(MATRIX[role].get(need.column), need) for need in NEEDS[action])


def _gives(cell: Cell | None, need: Need) -> bool:
    return (
        cell is not None
        and cell.scope is Scope.ALL
        and cell.rights.issuperset(need.rights)
        and cell.condition in {"", need.meets}
    )

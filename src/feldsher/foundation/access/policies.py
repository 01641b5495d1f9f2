"""What staff may do: each action says what it needs of the matrix, and `can` asks nothing else.

Denied by default: a cell that is bounded by a condition that the action does not meet gives nothing, and one
that is bounded by a relation gives only what row security narrows to it. An action without needs is open to
whoever has a role at all, one's own sign-in to whoever signed in.
"""

from dataclasses import dataclass
from enum import StrEnum

from feldsher.foundation.access.context import Extent
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.matrix import MATRIX, Cell, Column, Scope
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff


class Action(StrEnum):
    """What the staff pages let somebody do."""

    OWN_SIGN_IN = "own_sign_in"
    ENTER = "enter"
    EDIT_DIRECTORY = "edit_directory"
    EDIT_PROFILES = "edit_profiles"
    EXPORT_BRANCHES = "export_branches"
    EDIT_SITE = "edit_site"
    EDIT_CHECKUPS = "edit_checkups"
    EDIT_CORPORATE = "edit_corporate"
    HANDLE_COMPANIES = "handle_companies"
    EDIT_MESSAGES = "edit_messages"
    SEE_PASSPORT = "see_passport"
    EDIT_PASSPORT = "edit_passport"
    EDIT_COUNTERS = "edit_counters"
    EDIT_PAGES = "edit_pages"
    REVIEW_PAGES = "review_pages"
    MODERATE_REVIEWS = "moderate_reviews"
    SET_RULES = "set_rules"
    STOP_BOOKING = "stop_booking"
    SET_HOURS = "set_hours"
    EXPLAIN_TIME = "explain_time"
    HANDLE_CALLS = "handle_calls"
    RESOLVE_VISITS = "resolve_visits"
    BOOK_VISITS = "book_visits"
    OVERBOOK = "overbook"
    MARK_ATTENDANCE = "mark_attendance"
    FIND_VISITS = "find_visits"
    SEE_VISITS = "see_visits"
    SEE_PAST_VISITS = "see_past_visits"
    SEE_SYNC = "see_sync"
    SET_STAGE = "set_stage"
    SEE_JOURNAL = "see_journal"
    EXPORT_JOURNAL = "export_journal"
    MANAGE_STAFF = "manage_staff"
    SEE_ALERTS = "see_alerts"
    LIFT_BLOCK = "lift_block"
    BREAK_GLASS = "break_glass"
    REVIEW_EMERGENCY = "review_emergency"
    SEE_REFERRALS = "see_referrals"
    REFER = "refer"
    CONSULT = "consult"
    SEE_ACCOUNTS = "see_accounts"
    SEE_FIGURES = "see_figures"


@dataclass(frozen=True, slots=True)
class Need:
    """Rights (letters) in one column of the matrix, and the condition that the action meets there, if any.

    `by`: cells that are bounded by one of these relations will do, because the action shows rows and row
    security narrows them to it. `is_optional`: nobody is refused for the lack of it; they see less.
    """

    column: Column
    rights: str
    meets: str = ""
    by: frozenset[Scope] = frozenset()
    is_optional: bool = False


UNCHECKED = "after check"
"""The call-centre's condition: until it has checked who calls, names and phones are masked."""
_RANK = list(Extent).index
_RELATIONS = {
    Scope.OWN: Extent.OWN,
    Scope.TEAM: Extent.CARE,
    Scope.DEPARTMENT: Extent.CARE,
    Scope.REFERRAL: Extent.CARE,
    Scope.BREAK_GLASS: Extent.CARE,
}
_CARE = frozenset({Scope.OWN, Scope.TEAM, Scope.DEPARTMENT, Scope.REFERRAL})
_DOCTORS = _CARE | {Scope.BREAK_GLASS}
_TEAM, _REFERRAL = frozenset({Scope.TEAM}), frozenset({Scope.REFERRAL})


NEEDS: dict[Action, tuple[Need, ...]] = {
    Action.OWN_SIGN_IN: (),
    Action.ENTER: (),
    Action.EDIT_DIRECTORY: (Need(Column.DIRECTORY, "rw"),),
    # Photographs of doctors, with their consent: no patient is on them.
    Action.EDIT_PROFILES: (Need(Column.DIRECTORY, "rw"),),
    # Branches as maps show them: nobody is in the file.
    Action.EXPORT_BRANCHES: (Need(Column.DIRECTORY, "rw"),),
    Action.EDIT_SITE: (Need(Column.DIRECTORY, "rw"),),
    Action.EDIT_CHECKUPS: (Need(Column.DIRECTORY, "rw"),),
    # Insurers, and the term of an answer to companies: nobody is seen.
    Action.EDIT_CORPORATE: (Need(Column.DIRECTORY, "rw"),),
    # Who asks for a company left their own number for it; no visit and no patient is seen.
    Action.HANDLE_COMPANIES: (Need(Column.CONTACTS, "rw"),),
    # What all messages say: no patient is seen.
    Action.EDIT_MESSAGES: (Need(Column.DIRECTORY, "rw"),),
    # What the law wants on the site and what stands there: no secret, and no work of most of the staff.
    Action.SEE_PASSPORT: (Need(Column.SITE_DUTIES, "r"),),
    Action.EDIT_PASSPORT: (Need(Column.SITE_DUTIES, "rw"),),
    Action.EDIT_COUNTERS: (Need(Column.SITE_DUTIES, "rw"),),
    # What the clinic publishes: no patient is seen.
    Action.EDIT_PAGES: (Need(Column.DIRECTORY, "rw"),),
    # A doctor's word on a page: whoever reads charts by a relation of their own is one. No chart is opened.
    Action.REVIEW_PAGES: (Need(Column.DIRECTORY, "r"), Need(Column.CHART, "r", by=_DOCTORS)),
    # What patients wrote to be published: neither their visit nor who they are is seen.
    Action.MODERATE_REVIEWS: (Need(Column.SITE_DUTIES, "rw"),),
    Action.SET_RULES: (Need(Column.SLOTS, "rw"),),
    Action.STOP_BOOKING: (Need(Column.SLOTS, "rw"),),
    Action.SET_HOURS: (Need(Column.SLOTS, "rw"),),
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
    # Finds the patient or writes a new one, and writes the visit.
    Action.BOOK_VISITS: (Need(Column.APPOINTMENTS, "rw"), Need(Column.CONTACTS, "rw")),
    # Gives a doctor's time twice: whoever may shape the schedule and write the visit.
    Action.OVERBOOK: (
        Need(Column.SLOTS, "rw"),
        Need(Column.APPOINTMENTS, "rw"),
        Need(Column.CONTACTS, "rw"),
    ),
    # May be about a day that is past: who did not come is often written down on the next.
    Action.MARK_ATTENDANCE: (Need(Column.APPOINTMENTS, "rw"),),
    # Whom a phone, a name or a birth date means: who has names masked would learn them by trying.
    Action.FIND_VISITS: (
        Need(Column.APPOINTMENTS, "r", meets="today and later"),
        Need(Column.CONTACTS, "r"),
    ),
    Action.SEE_VISITS: (
        Need(Column.APPOINTMENTS, "r", meets="today and later", by=_CARE),
        Need(Column.CONTACTS, "r", by=_CARE, is_optional=True),
    ),
    Action.SEE_PAST_VISITS: (
        Need(Column.APPOINTMENTS, "r", by=_CARE),
        Need(Column.CONTACTS, "r", by=_CARE, is_optional=True),
    ),
    Action.SEE_SYNC: (Need(Column.INTEGRATION, "r"),),
    Action.SET_STAGE: (Need(Column.INTEGRATION, "rw"),),
    Action.SEE_JOURNAL: (Need(Column.JOURNAL, "r", meets="verify"),),
    # A file leaves the clinic's walls, and carries hashes by which it can be checked outside of them.
    Action.EXPORT_JOURNAL: (
        Need(Column.JOURNAL, "r", meets="verify"),
        Need(Column.SECRETS, "r", meets="hash"),
    ),
    # Gives and ends roles: no key of data is seen or touched.
    Action.MANAGE_STAFF: (Need(Column.SECRETS, "rw", meets="without keys of data"),),
    # What the journal says of colleagues: figures and numbers of its rows, no patient.
    Action.SEE_ALERTS: (Need(Column.JOURNAL, "r", meets="verify"),),
    # Whoever watches the watchers: reads no patient and keeps no keys.
    Action.LIFT_BLOCK: (
        Need(Column.JOURNAL, "r", meets="verify"),
        Need(Column.SECRETS, "r", meets="hash"),
    ),
    # One patient for an hour, by a reason: until the chart is kept here, it is their name and their visits.
    Action.BREAK_GLASS: (Need(Column.CHART, "r", by=frozenset({Scope.BREAK_GLASS})),),
    Action.REVIEW_EMERGENCY: (Need(Column.JOURNAL, "r", by=frozenset({Scope.DEPARTMENT})),),
    # A page of two lists, each behind an action of its own.
    Action.SEE_REFERRALS: (Need(Column.CHART, "r", by=_TEAM | _REFERRAL),),
    Action.REFER: (
        Need(Column.CHART, "rw", by=_TEAM),
        Need(Column.APPOINTMENTS, "r", by=_TEAM),
        Need(Column.CONTACTS, "r", by=_TEAM, is_optional=True),
    ),
    # Who attends patients of their own is a consultant here all the same: the other roles don't permit it.
    Action.CONSULT: (
        Need(Column.CHART, "r", by=_REFERRAL),
        Need(Column.APPOINTMENTS, "r", by=_REFERRAL),
        Need(Column.CONTACTS, "r", by=_REFERRAL, is_optional=True),
    ),
    # Visits by number, day, branch and sum: no patient, no doctor and no service, which tell the speciality.
    Action.SEE_ACCOUNTS: (
        Need(Column.PAYMENTS, "r"),
        Need(Column.APPOINTMENTS, "r", meets="no speciality"),
    ),
    # Sums of all doctors' work and what it costs: for who answers for the whole clinic; nobody is seen.
    Action.SEE_FIGURES: (
        Need(Column.SLOTS, "r"),
        Need(Column.APPOINTMENTS, "r"),
        Need(Column.PAYMENTS, "r"),
    ),
}


def can(user: Staff | None, action: Action) -> bool:
    """Return whether one of the person's roles alone has all that the action needs."""
    if user is None:
        return False
    return action is Action.OWN_SIGN_IN or any(permits(role, action) for role in user.roles)


def require(user: Staff | None, action: Action) -> None:
    """Raise ForbiddenError unless `can`: for services and selectors, whoever calls them."""
    if not can(user, action):
        raise ForbiddenError(f"not allowed: {action}")


def permits(role: Role, action: Action) -> bool:
    """Return whether the matrix gives the role all that the action needs."""
    return all(need.is_optional or _extent(role, need) for need in NEEDS[action])


def acting_role(user: Staff, action: Action) -> Role | None:
    """Return the one role in which the person does the action, None where they may not.

    Halves of two roles don't add up: reach, clearness and the ground in the journal are this role's alone. Of
    several the one that reaches most rows acts, of these the one that has most of them in clear.
    """
    permitting = [role for role in Role if role in user.roles and permits(role, action)]
    return max(permitting, key=lambda role: _breadth(role, action), default=None)


def extent(role: Role, action: Action, column: Column) -> Extent:
    """Return how many rows of a class the role reaches at the action.

    Masked rows count: who may see «Иванова А. С.» reaches her row (`sees_clear`).
    """
    found = (_extent(role, need) or _masked(role, need) for need in NEEDS[action] if need.column is column)
    return max(found, key=_RANK, default=Extent.NONE)


def sees_clear(user: Staff, action: Action, column: Column) -> bool:
    """Return whether the role that acts has the class in clear, not masked."""
    role = acting_role(user, action)
    return role is not None and any(_extent(role, need) for need in NEEDS[action] if need.column is column)


def scope(role: Role, action: Action) -> Scope:
    """Return the scope of the first cell that the role's right to the action rests on."""
    cells = [MATRIX[role].get(need.column) for need in NEEDS[action]]
    return next((cell.scope for cell in cells if cell is not None), Scope.ALL)


def may_write(action: Action) -> bool:
    """Return whether the action changes rows, and not only shows them."""
    return any("w" in need.rights for need in NEEDS[action])


def _breadth(role: Role, action: Action) -> tuple[int, int]:
    reached = sum(_RANK(extent(role, action, need.column)) for need in NEEDS[action])
    return reached, sum(_RANK(_extent(role, need)) for need in NEEDS[action])


def _extent(role: Role, need: Need) -> Extent:
    cell = MATRIX[role].get(need.column)
    if cell is None or not cell.rights.issuperset(need.rights) or cell.condition not in {"", need.meets}:
        return Extent.NONE
    return _scoped(cell, need)


def _masked(role: Role, need: Need) -> Extent:
    """Return how many rows the role reaches masked: by `m`, or by a check that was not made."""
    cell = MATRIX[role].get(need.column)
    if cell is None or need.rights != "r" or not ("m" in cell.rights or cell.condition == UNCHECKED):
        return Extent.NONE
    return _scoped(cell, need)


def _scoped(cell: Cell, need: Need) -> Extent:
    if cell.scope is Scope.ALL:
        return Extent.ALL
    return _RELATIONS.get(cell.scope, Extent.NONE) if cell.scope in need.by else Extent.NONE

from uuid import uuid4

import pytest

from feldsher.foundation.access import matrix
from feldsher.foundation.access.matrix import MATRIX, Cell, Column, Scope
from feldsher.foundation.access.policies import NEEDS, Action, can, permits
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

ALLOWED: dict[Action, set[Role]] = {
    Action.OWN_SIGN_IN: set(Role),
    Action.ENTER: set(Role),
    Action.EDIT_DIRECTORY: {Role.EDITOR},
    Action.EDIT_PROFILES: {Role.EDITOR},
    Action.EXPORT_BRANCHES: {Role.EDITOR},
    Action.EDIT_SITE: {Role.EDITOR},
    Action.EDIT_CHECKUPS: {Role.EDITOR},
    Action.EDIT_CORPORATE: {Role.EDITOR},
    Action.HANDLE_COMPANIES: {Role.REGISTRAR},
    Action.EDIT_MESSAGES: {Role.EDITOR},
    Action.SEE_PASSPORT: {Role.EDITOR, Role.CHIEF_PHYSICIAN},
    Action.EDIT_PASSPORT: {Role.EDITOR},
    Action.EDIT_COUNTERS: {Role.EDITOR},
    Action.MODERATE_REVIEWS: {Role.EDITOR},
    Action.EDIT_PAGES: {Role.EDITOR},
    Action.REVIEW_PAGES: {
        Role.ATTENDING_DOCTOR,
        Role.OTHER_DOCTOR,
        Role.CONSULTANT,
        Role.HEAD_OF_DEPARTMENT,
    },
    Action.SET_RULES: {Role.REGISTRAR},
    Action.SET_HOURS: {Role.REGISTRAR},
    Action.BOOK_VISITS: {Role.REGISTRAR},
    Action.OVERBOOK: {Role.REGISTRAR},
    Action.MARK_ATTENDANCE: {Role.REGISTRAR},
    Action.FIND_VISITS: {Role.REGISTRAR, Role.INSURANCE_DESK, Role.CHIEF_PHYSICIAN},
    Action.STOP_BOOKING: {Role.REGISTRAR},
    Action.EXPLAIN_TIME: {Role.REGISTRAR, Role.CALL_CENTRE, Role.CHIEF_PHYSICIAN},
    Action.HANDLE_CALLS: {Role.REGISTRAR, Role.CALL_CENTRE},
    Action.RESOLVE_VISITS: {Role.REGISTRAR},
    Action.SEE_VISITS: {
        Role.ATTENDING_DOCTOR,
        Role.HEAD_OF_DEPARTMENT,
        Role.OTHER_DOCTOR,
        Role.CONSULTANT,
        Role.NURSE,
        Role.REGISTRAR,
        Role.CALL_CENTRE,
        Role.INSURANCE_DESK,
        Role.CHIEF_PHYSICIAN,
    },
    Action.SEE_PAST_VISITS: {
        Role.ATTENDING_DOCTOR,
        Role.HEAD_OF_DEPARTMENT,
        Role.OTHER_DOCTOR,
        Role.CONSULTANT,
        Role.NURSE,
        Role.REGISTRAR,
        Role.INSURANCE_DESK,
        Role.CHIEF_PHYSICIAN,
    },
    Action.SEE_ALERTS: {Role.CHIEF_PHYSICIAN, Role.DATA_PROTECTION, Role.SECURITY_AUDITOR},
    Action.LIFT_BLOCK: {Role.SECURITY_AUDITOR},
    Action.SEE_SYNC: {Role.REGISTRAR, Role.CALL_CENTRE, Role.CHIEF_PHYSICIAN, Role.SYSTEM_ADMIN},
    Action.SET_STAGE: {Role.SYSTEM_ADMIN},
    Action.SEE_JOURNAL: {Role.SECURITY_AUDITOR, Role.DATA_PROTECTION, Role.CHIEF_PHYSICIAN},
    Action.EXPORT_JOURNAL: {Role.SECURITY_AUDITOR},
    Action.MANAGE_STAFF: {Role.SYSTEM_ADMIN},
    Action.BREAK_GLASS: {Role.OTHER_DOCTOR},
    Action.SEE_REFERRALS: {Role.ATTENDING_DOCTOR, Role.CONSULTANT},
    Action.REFER: {Role.ATTENDING_DOCTOR},
    Action.CONSULT: {Role.CONSULTANT},
    Action.SEE_ACCOUNTS: {Role.CASHIER, Role.INSURANCE_DESK, Role.CHIEF_PHYSICIAN},
    Action.SEE_FIGURES: {Role.CHIEF_PHYSICIAN},
    Action.REVIEW_EMERGENCY: {Role.HEAD_OF_DEPARTMENT, Role.CHIEF_PHYSICIAN, Role.DATA_PROTECTION},
}
MEDICAL = {
    Column.COMPLAINTS,
    Column.CHART,
    Column.LAB,
    Column.PRESCRIPTIONS,
    Column.EXTRA_SENSITIVE,
    Column.VIDEO,
}


def staff(*roles: Role) -> Staff:
    return Staff(id=uuid4(), login="somebody", name="", roles=frozenset(roles))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_matrix_says_and_nothing_else(role: Role, action: Action) -> None:
    assert can(staff(role), action) is (role in ALLOWED[action])


@pytest.mark.parametrize("action", Action)
def test_nobody_may_do_anything_and_somebody_without_a_role_only_see_to_their_own_sign_in(
    action: Action,
) -> None:
    assert not can(None, action)
    assert can(staff(), action) is (action is Action.OWN_SIGN_IN)


def test_every_role_has_a_row_and_a_russian_name() -> None:
    assert set(MATRIX) == set(Role)
    assert all(role.russian for role in Role)
    assert set(NEEDS) == set(Action)


@pytest.mark.parametrize(
    "role", [Role.REGISTRAR, Role.CALL_CENTRE, Role.CASHIER, Role.EDITOR, Role.SYSTEM_ADMIN]
)
def test_who_is_no_clinician_sees_nothing_medical(role: Role) -> None:
    assert MEDICAL & set(MATRIX[role]) == set()


def test_two_roles_do_not_add_up_to_a_third(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an action needs, one role has to have: half of it from each of two is not enough."""
    read, write = Cell(frozenset("r"), Scope.ALL, ""), Cell(frozenset("w"), Scope.ALL, "")
    monkeypatch.setitem(matrix.MATRIX, Role.EDITOR, {Column.DIRECTORY: read})
    monkeypatch.setitem(matrix.MATRIX, Role.NURSE, {Column.DIRECTORY: write})
    assert not can(staff(Role.EDITOR, Role.NURSE), Action.EDIT_DIRECTORY)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("rw", True),
        ("r", False),
        ("dept rw", False),
        ("bg rw", False),
        ("rw reason", False),
        ("m", False),
    ],
)
def test_a_relation_or_an_unmet_condition_gives_nothing(
    monkeypatch: pytest.MonkeyPatch, text: str, *, allowed: bool
) -> None:
    monkeypatch.setitem(matrix.MATRIX, Role.EDITOR, {Column.DIRECTORY: matrix._cell(text)})
    assert permits(Role.EDITOR, Action.EDIT_DIRECTORY) is allowed


@pytest.mark.parametrize("text", ["", "x", "dept", "everything"])
def test_a_cell_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no cell"):
        matrix._cell(text)


def test_a_name_is_in_no_repr() -> None:
    person = Staff(id=uuid4(), login="somebody", name="Тестова", roles=frozenset())
    assert "Тестова" not in repr(person)
    assert person.shown == "Тестова"

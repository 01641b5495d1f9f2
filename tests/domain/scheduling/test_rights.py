"""Who may call what: the hot functions run as a role that nobody can log in as, and answer no patient."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db

PARTS = ("hold_slot_once", "lock_days", "free_lane", "slot_places", "wanted_days")
HOT = ("hold_slot", "free_slots")


def ask(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def test_the_application_owns_nothing_and_is_no_superuser() -> None:
    assert ask("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    assert ask("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == [(0,)]


@pytest.mark.parametrize("name", HOT)
def test_a_hot_function_runs_as_a_role_that_cannot_log_in(name: str) -> None:
    found = ask(
        "SELECT p.prosecdef, r.rolname, r.rolcanlogin, r.rolsuper, r.rolbypassrls, p.proconfig"
        " FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.proname = %s",
        name,
    )
    assert len(found) == 1
    *role, settings = found[0]
    assert role == [True, "feldsher_definer", False, False, False]
    assert isinstance(settings, list)
    assert settings[0] == "search_path=public, pg_temp"


@pytest.mark.parametrize("name", [*HOT, *PARTS])
def test_the_public_may_call_nothing(name: str) -> None:
    granted = ask(
        "SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) g WHERE p.proname = %s AND g.grantee = 0", name
    )
    assert granted == [(0,)]
    assert ask("SELECT count(*) FROM pg_proc WHERE proname = %s AND proacl IS NOT NULL", name) == [(1,)]


def test_the_body_of_hold_slot_is_closed_to_the_application() -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied for function hold_slot_once"),
        transaction.atomic(),
    ):
        ask("SELECT * FROM hold_slot_once(NULL, NULL, NULL, NULL, NULL)")


@pytest.mark.parametrize("name", HOT)
def test_a_hot_function_answers_no_patient(name: str) -> None:
    columns = {
        "hold_slot": ["code", "appointment", "starts", "ends", "until", "price", "zone"],
        "free_slots": [
            "practitioner", "location", "service", "room", "ticket", "starts", "ends", "zone", "price",
            "answers",
        ],
    }  # fmt: skip
    found = ask(
        "SELECT a.name FROM pg_proc p,"
        " unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS a(name, mode, place)"
        " WHERE p.proname = %s AND a.mode = 't' ORDER BY a.place",
        name,
    )
    assert [row[0] for row in found] == columns[name]


def test_the_database_compiles_no_queries() -> None:
    assert ask("SHOW jit") == [("off",)]


def test_the_role_of_the_functions_reads_no_patients(as_owner: psycopg.Connection) -> None:
    for table in ("patients_patient", "scheduling_exchange", "scheduling_call_request"):
        found = as_owner.execute("SELECT has_table_privilege('feldsher_definer', %s, 'SELECT')", [table])
        assert found.fetchall() == [(False,)]

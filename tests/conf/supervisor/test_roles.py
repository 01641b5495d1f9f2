"""What the three roles may do, so that row security and the narrow doors of SQL hold."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from conf.supervisor.conftest import answer
from feldsher.conf.supervisor import DatabaseServer, DatabaseUrls


@pytest.fixture
def urls(shared: DatabaseServer) -> Iterator[DatabaseUrls]:
    with psycopg.connect(shared.urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE things (n int)")
        owner.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    yield shared.urls
    with psycopg.connect(shared.urls.owner, autocommit=True) as owner:
        owner.execute("DROP TABLE things; DROP FUNCTION one()")


@pytest.mark.parametrize("url", ["application", "owner"])
def test_neither_role_that_logs_in_passes_row_security(urls: DatabaseUrls, url: str) -> None:
    query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert answer(getattr(urls, url), query) is False


def test_the_definer_cannot_log_in_and_is_the_owner_s_to_use(urls: DatabaseUrls) -> None:
    assert answer(urls.owner, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'feldsher_definer'") is False
    assert answer(urls.owner, "SELECT pg_has_role('feldsher_definer', 'MEMBER')") is True
    assert answer(urls.application, "SELECT pg_has_role('feldsher_definer', 'MEMBER')") is False


def test_the_application_works_with_what_the_owner_makes_and_owns_nothing(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.application, autocommit=True) as application:
        application.execute("INSERT INTO things VALUES (1)")
        assert application.execute("SELECT one() FROM things").fetchone() == (1,)
    assert (
        answer(urls.application, "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
    )


@pytest.mark.parametrize("statement", ["CREATE TABLE mine (n int)", "DROP TABLE things", "TRUNCATE things"])
def test_the_application_changes_no_tables(urls: DatabaseUrls, statement: str) -> None:
    with (
        psycopg.connect(urls.application, autocommit=True) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute(sql.SQL(statement))


def test_a_function_is_nobody_s_but_the_application_s(urls: DatabaseUrls) -> None:
    query = "SELECT array_agg(grantee::regrole::text) FROM pg_proc, aclexplode(proacl) WHERE proname = 'one'"
    assert sorted(answer(urls.owner, query)) == ["feldsher_app", "feldsher_owner"]

"""A database of the operator's own: nothing is started, and what is wrong is said before it matters."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from conf.supervisor.conftest import silent
from feldsher.conf.supervisor import DatabaseServer, DatabaseUrls, SupervisorError
from feldsher.conf.supervisor.external import urls_from_environment


@pytest.fixture
def admin(shared: DatabaseServer) -> str:
    assert shared.urls.admin is not None
    return psycopg.conninfo.make_conninfo(shared.urls.admin, dbname="feldsher")


def start(home: Path, monkeypatch: pytest.MonkeyPatch, *, application: str, owner: str) -> DatabaseServer:
    monkeypatch.setenv("DATABASE_URL", application)
    monkeypatch.setenv("DATABASE_OWNER_URL", owner)
    server = DatabaseServer(home, report=silent)
    server.start()
    return server


def refusal(home: Path, monkeypatch: pytest.MonkeyPatch, *, application: str, owner: str) -> SupervisorError:
    with pytest.raises(SupervisorError) as caught:
        start(home, monkeypatch, application=application, owner=owner)
    return caught.value


def test_the_urls_of_the_environment_are_used_and_nothing_is_started(
    shared: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = shared.urls
    server = start(tmp_path, monkeypatch, application=urls.application, owner=urls.owner)
    assert server.urls == DatabaseUrls(owner=urls.owner, application=urls.application)
    assert server.process_id is None
    assert server.socket_folder is None
    assert list(tmp_path.iterdir()) == []
    server.stop()


NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL")


@pytest.mark.parametrize(("there", "missing"), [NAMES, NAMES[::-1]])
def test_one_url_alone_is_refused(there: str, missing: str) -> None:
    with pytest.raises(SupervisorError, match=f"{there} is set but {missing} is not") as caught:
        urls_from_environment({there: "postgresql:///x"})
    assert caught.value.code == "one_url_missing"


def test_no_url_means_a_server_of_our_own() -> None:
    assert urls_from_environment({"DATABASE_URL": "", "DATABASE_OWNER_URL": ""}) is None


def test_one_role_for_both_is_refused(
    shared: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = shared.urls.owner
    assert refusal(tmp_path, monkeypatch, application=owner, owner=owner).code == "same_role"


def test_a_superuser_as_the_application_is_refused(
    shared: DatabaseServer, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refusal(tmp_path, monkeypatch, application=admin, owner=shared.urls.owner)
    assert error.code == "application_too_strong"
    assert "ALTER ROLE postgres NOSUPERUSER NOBYPASSRLS" in str(error)


def test_an_application_that_owns_a_table_is_refused(
    shared: DatabaseServer, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = shared.urls
    with psycopg.connect(admin, autocommit=True) as superuser:
        superuser.execute("CREATE TABLE stray (n int); ALTER TABLE stray OWNER TO feldsher_app")
        error = refusal(tmp_path, monkeypatch, application=urls.application, owner=urls.owner)
        superuser.execute("DROP TABLE stray")
    assert error.code == "application_owns"


def test_two_databases_are_refused(
    shared: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = psycopg.conninfo.make_conninfo(shared.urls.owner, dbname="postgres")
    error = refusal(tmp_path, monkeypatch, application=shared.urls.application, owner=elsewhere)
    assert error.code == "different_databases"


def test_a_missing_definer_is_told_with_the_statements_that_mend_it(
    shared: DatabaseServer, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = shared.urls
    with psycopg.connect(admin, autocommit=True) as superuser:
        superuser.execute("REVOKE feldsher_definer FROM feldsher_owner")
        error = refusal(tmp_path, monkeypatch, application=urls.application, owner=urls.owner)
        assert error.code == "definer_missing"
        _, _, statements = str(error).partition("in this database: ")
        superuser.execute(sql.SQL(statements.replace("CREATE ROLE feldsher_definer NOLOGIN;", "")))
    start(tmp_path, monkeypatch, application=urls.application, owner=urls.owner)


def test_no_answer_is_told_without_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent_url = "postgresql://someone:hush@127.0.0.1:1/feldsher"
    error = refusal(tmp_path, monkeypatch, application=silent_url, owner=silent_url)
    assert error.code == "no_connection"
    assert "cannot connect with DATABASE_URL" in str(error)
    assert "hush" not in str(error)

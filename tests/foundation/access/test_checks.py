"""C13: whichever way a process was started, it does not work as a role that row security does not bind."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from feldsher.conf.cli import refuse_unsafe_start
from feldsher.conf.demo.folder import SOURCES
from feldsher.foundation.access import checks
from feldsher.foundation.access.checks import ROLE, UnsafeRoleError, check_role, role_faults

pytestmark = pytest.mark.django_db
Connect = Callable[[str], BaseDatabaseWrapper]
ANOTHER_SERVER = """
from io import BytesIO
from feldsher.conf.wsgi import application
for path in ("/api/v1/specialties", "/doctors/", "/api/v1/specialties"):
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    asked |= {"wsgi.input": BytesIO(), "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1"}
    application(asked, lambda status, _: print(status[:3]))
"""


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Make a connection as the role of a URL, in a process that has asked about none yet."""
    monkeypatch.setattr(checks, "_bound", set())
    made: list[BaseDatabaseWrapper] = []

    def as_role_of(url: str) -> BaseDatabaseWrapper:
        other = connection.copy(alias="another")
        parts = urlsplit(url)
        other.settings_dict |= {"USER": parts.username, "PASSWORD": parts.password}
        other.force_debug_cursor = True
        made.append(other)
        return other

    yield as_role_of
    for each in made:
        each.close()


def test_c13_what_lets_a_role_past_row_security_is_named(as_owner: psycopg.Connection) -> None:
    found = as_owner.execute(ROLE).fetchone()  # type: ignore[arg-type]
    assert found is not None
    assert set(role_faults(found)) == {"access.E003"}
    assert set(role_faults((True, True, True))) == {"access.E001", "access.E002", "access.E003"}


def test_c13_a_start_as_an_unsafe_role_is_refused(
    database_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_urls[0])
    refuse_unsafe_start()
    monkeypatch.setenv("DATABASE_URL", database_urls[1])
    with pytest.raises(UnsafeRoleError, match="owns tables"):
        refuse_unsafe_start()


def test_c13_no_connection_of_an_unsafe_role_is_kept(
    connect: Connect, database_urls: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    owner = connect(database_urls[1])
    for _ in range(3):
        with pytest.raises(UnsafeRoleError, match="owns tables"):
            owner.ensure_connection()
        assert owner.connection is None
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL] * 3
    assert "owns tables" in caplog.text


def test_c13_a_role_that_cannot_be_asked_about_is_refused(
    connect: Connect, database_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ROLE", "SELECT 1 / 0")
    safe = connect(database_urls[0])
    for _ in range(2):
        with pytest.raises(Exception, match="division by zero"):
            safe.ensure_connection()
        assert safe.connection is None


def test_c13_a_process_asks_at_its_first_connection_only(
    connect: Connect, database_urls: tuple[str, str]
) -> None:
    first, second = connect(database_urls[0]), connect(database_urls[0])
    first.ensure_connection()
    second.ensure_connection()
    assert [sum(ROLE in each["sql"] for each in made.queries) for made in (first, second)] == [1, 0]


def test_c13_who_migrates_is_the_owner(
    connect: Connect, database_urls: tuple[str, str], settings: Settings
) -> None:
    settings.FELDSHER_AS_OWNER = True
    owner = connect(database_urls[1])
    owner.ensure_connection()
    assert owner.connection is not None


def test_c13_a_check_names_the_faults_by_code(
    connect: Connect, database_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"default": connect(database_urls[0])}
    monkeypatch.setattr(checks, "connections", made)
    assert check_role(app_configs=None, databases=["default"]) == []
    made["default"] = connect(database_urls[1])
    monkeypatch.setattr(checks, "_bound", set())
    assert [fault.id for fault in check_role(app_configs=None, databases=["default"])] == ["access.E003"]


@pytest.mark.parametrize(("role", "statuses"), [(0, "200 200 200"), (1, "500 500 500")])
def test_c13_another_server_than_ours_answers_nothing_as_an_unsafe_role(
    database_urls: tuple[str, str], role: int, statuses: str
) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1"}
    environment |= {"DATABASE_URL": database_urls[role], "FELDSHER_SECRET": "x" * 32}
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_SERVER],
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.split() == statuses.split()
    assert ("owns tables" in done.stderr) is bool(role)

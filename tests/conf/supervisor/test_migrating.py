"""`migrate` on an empty database, without the supervisor's preparations and with one module alone."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from conf.supervisor.conftest import SOURCES, answer
from feldsher.conf.supervisor import DatabaseServer
from feldsher.conf.supervisor.roles import DATABASE
from support.database import drop, with_database

EMPTY = "empty"
HAS_DEFINER = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'feldsher_definer' AND NOT rolcanlogin)"


@pytest.fixture
def owner(shared: DatabaseServer) -> Iterator[str]:
    """The owner's URL of an empty database."""
    with psycopg.connect(shared.urls.owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMPTY)))
    yield with_database(shared.urls.owner, EMPTY)
    drop(shared.urls.owner, EMPTY)


@pytest.fixture
def superuser(shared: DatabaseServer, owner: str) -> Iterator[str]:
    """The URL of somebody who may make roles, on a server that lacks the definer."""
    assert shared.urls.admin is not None
    for database in ("template1", DATABASE, EMPTY):
        _forget_definer(with_database(shared.urls.admin, database))
    with psycopg.connect(shared.urls.admin, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS feldsher_definer")
    yield with_database(shared.urls.admin, EMPTY)
    _forget_definer(with_database(shared.urls.admin, EMPTY))


def _forget_definer(url: str) -> None:
    """Drop what the role has in a database, if it is there."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute(HAS_DEFINER).fetchone() == (True,):
            connection.execute("DROP OWNED BY feldsher_definer CASCADE")


def migrate(url: str, app: str) -> subprocess.CompletedProcess[str]:
    """Run Django's own command for one module and what it needs, and nothing of the supervisor's."""
    environment = {
        **os.environ,
        "DATABASE_OWNER_URL": url,
        "DJANGO_SETTINGS_MODULE": "feldsher.conf.settings",
        "FELDSHER_AS_OWNER": "1",
        "FELDSHER_NO_SECRET": "1",
        "PYTHONPATH": str(SOURCES),
    }
    command = [sys.executable, "-m", "django", "migrate", app]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_hours_are_migrated_alone(owner: str) -> None:
    done = migrate(owner, "roster")
    assert done.returncode == 0, done.stderr


def test_the_journal_is_migrated_alone_and_makes_the_definer(owner: str, superuser: str) -> None:
    refused = migrate(owner, "audit")
    assert "The role feldsher_definer is missing and feldsher_owner may not create roles" in refused.stderr
    assert "As a superuser: CREATE ROLE feldsher_definer NOLOGIN; GRANT" in refused.stderr
    done = migrate(superuser, "audit")
    assert done.returncode == 0, done.stderr
    assert answer(superuser, HAS_DEFINER) is True


def test_scheduling_is_migrated_alone_and_makes_the_definer(superuser: str) -> None:
    done = migrate(superuser, "scheduling")
    assert done.returncode == 0, done.stderr
    assert answer(superuser, HAS_DEFINER) is True

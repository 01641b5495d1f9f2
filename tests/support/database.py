"""One PostgreSQL for a test run, a migrated template in it, and a database of its own for each worker.

Tests run as the application role, which owns nothing: what a test may do, the product may do. Whatever needs
the owner (emptying tables, replacing a function) goes through `as_owner`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from feldsher.conf.supervisor import DatabaseServer

TEMPLATE = "feldsher_test"
SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "300"}
"""Crash tests have a server of their own, with the settings of production."""
KEPT = ("django_migrations", "django_content_type", "auth_permission")
FILLED = (
    *("corporate_exam_list", "patients_consent_text"),
    *("wagtailcore_locale", "wagtailcore_collection", "wagtailcore_page", "wagtailcore_site"),
    *("editorial_home", "editorial_section"),
)
"""What a migration fills and tests add to: emptied with the rest, and filled again from a copy."""


OPEN = " ".join(
    f"-c feldsher.{name}"
    for name in (
        "visits=all",
        "persons=all",
        "writes=on",
        "journal=all",
        "chart=all",
        "audit=all",
        "staff=all",
        "snils=all",
    )
)
"""Options of a connection by which a test looks into tables itself; those of row security do without."""


class TestServer:
    """The server of the whole run; lives in the process that started pytest."""

    __test__ = False

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="feldsher-tests-"))
        self._server = DatabaseServer(self._home, report=lambda _: None, settings=SPEED)

    def start(self) -> None:
        """Start it, migrate the template, and tell the workers by the environment."""
        urls = self._server.start()
        _recreate(urls.owner, TEMPLATE, template=None)
        os.environ.update(urls.environment())
        migrate(with_database(urls.application, TEMPLATE), with_database(urls.owner, TEMPLATE))
        _copy_filled(with_database(urls.owner, TEMPLATE))

    def stop(self) -> None:
        if "DATABASE_OWNER_URL" in os.environ:
            drop(os.environ["DATABASE_OWNER_URL"], TEMPLATE)
        self._server.stop()
        shutil.rmtree(self._home, ignore_errors=True)


def _copy_filled(owner: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA filled")
        for name in FILLED:
            table = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE TABLE filled.{0} AS TABLE public.{0}").format(table))


def migrate(application: str, owner: str) -> None:
    """Run the product's own command on a database; its output shows when it fails."""
    environment = {**os.environ, "DATABASE_URL": application, "DATABASE_OWNER_URL": owner}
    environment |= {"DJANGO_SETTINGS_MODULE": "feldsher.conf.settings", "FELDSHER_NO_SECRET": "1"}
    command = [sys.executable, "-m", "feldsher.conf.cli", "migrate"]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the migrations failed:\n{done.stdout}")


def with_database(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def copy_of_template(name: str) -> Iterator[tuple[str, str]]:
    """Make a database like the migrated template; yields its application and owner URLs."""
    application, owner = os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]
    _recreate(owner, name, template=TEMPLATE)
    try:
        yield with_database(application, name), with_database(owner, name)
    finally:
        drop(owner, name)


def _recreate(owner: str, name: str, *, template: str | None) -> None:
    drop(owner, name)
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        made += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7)")  # one copy at a time: the template must be idle
        connection.execute(made)
        connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(name)))


def drop(owner: str, name: str) -> None:
    dropping = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(owner, autocommit=True) as connection:
        for _ in range(50):
            try:
                connection.execute(dropping)
            except psycopg.errors.InsufficientPrivilege:
                time.sleep(0.2)  # an autovacuum worker, which the owner can't end, is soon done
            else:
                return
        connection.execute(dropping)


def empty(owner: str) -> None:
    """Empty every table but those that migrations fill."""
    with psycopg.connect(owner, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)",
            [list(KEPT)],
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(row[0]) for row in rows)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        for name in FILLED:
            table = sql.Identifier(name)
            connection.execute(sql.SQL("INSERT INTO public.{0} TABLE filled.{0}").format(table))

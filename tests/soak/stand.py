"""A database of its own for a run of the checker: its clock, its gate, and a state to come back to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import connection, connections
from psycopg import sql

from domain.scheduling.interleaving import GATE
from feldsher.domain.directory.snils import SNILS
from feldsher.foundation.access import context
from feldsher.foundation.access.context import EVERYTHING, Context
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.types import Actor, ActorKind
from feldsher.foundation.privacy import rows
from support.database import OPEN, copy_of_template

_GATED = f"""
    CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared({GATE});
        RETURN NEW;
    END $$;
    CREATE TRIGGER gate_of_inserts BEFORE INSERT ON scheduling_appointment
        FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate();
    CREATE TRIGGER gate_of_steps BEFORE UPDATE OF state ON scheduling_appointment
        FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate();
"""
_BESIDE: Final = (
    "access_care_relation", "messaging_message", "procrastinate_events", "procrastinate_jobs",
)  # fmt: skip
"""What a history writes outside of scheduling, and the next one must not find."""
_KEPT: Final = (
    "scheduling_availability", "scheduling_sync_status", "scheduling_silence", "scheduling_left_out",
    "scheduling_offer", "scheduling_usual_length",
)  # fmt: skip
"""What of scheduling the next one finds as it was; of all its other tables it finds nothing."""


@dataclass
class Database:
    """`owner` may do what the product never may."""

    owner: psycopg.Connection
    _fleeting: tuple[str, ...] = ()

    def keep(self) -> None:
        """Keep the tables of _KEPT as they are now, for `wipe`."""
        self.owner.execute("CREATE SCHEMA kept")
        found = self.owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'scheduling%%'"
            " AND tablename <> ALL(%s) ORDER BY tablename",
            [list(_KEPT)],
        )
        self._fleeting = (*(row[0] for row in found), *_BESIDE)
        for name in _KEPT:
            table = sql.Identifier(name)
            self.owner.execute(sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(table))

    def wipe(self) -> None:
        with self.owner.transaction():
            for name in (*self._fleeting, *_KEPT):
                self.owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            for name in _KEPT:
                table = sql.Identifier(name)
                self.owner.execute(sql.SQL("INSERT INTO public.{0} TABLE kept.{0}").format(table))

    def waits(self, backend: int) -> bool:
        """Say whether a session waits for a lock."""
        found = self.owner.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted LIMIT 1", [backend])
        return found.fetchone() is not None


@contextmanager
def database(name: str) -> Iterator[Database]:
    """Make a database like the migrated template, and point Django at it as the application's role."""
    settings = connection.settings_dict
    before = dict(settings)
    with (
        copy_of_template(name) as (application, owner_url),
        psycopg.connect(owner_url, autocommit=True, options=OPEN) as owner,
    ):
        owner.execute(_GATED)
        given = psycopg.conninfo.conninfo_to_dict(application)
        point_at(
            NAME=given["dbname"], USER=given["user"], PASSWORD=given.get("password"),
            HOST=given["host"], PORT=given["port"],
        )  # fmt: skip
        try:
            with every_row():
                yield Database(owner)
        finally:
            connections.close_all()
            settings.update(before)


def point_at(**database: Any) -> None:
    """Have Django speak with a database, by the names of its settings, and see every row of it."""
    connections.close_all()
    settings = connection.settings_dict
    settings.update(database)
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": OPEN}


@contextmanager
def every_row() -> Iterator[None]:
    """Let the checker look into personal tables by itself."""
    checker = Context(Actor(ActorKind.SERVICE, "checker"), "checker", EVERYTHING, "service")
    token = context._CURRENT.set(checker)
    reached = rows._REACHED.set({group.setting: rows.ALL for group in (JOURNAL, STAFF, SNILS)})
    try:
        yield
    finally:
        rows._REACHED.reset(reached)
        context._CURRENT.reset(token)

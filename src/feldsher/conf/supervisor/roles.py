"""The roles of the database and what each may do.

* the owner (`feldsher_owner`) owns the database and all its tables; migrations run as it;
* the application (`feldsher_app`) owns nothing and is no superuser, so that row security holds for it;
* the definer (`feldsher_definer`) logs in never: it owns the SECURITY DEFINER functions.

Rights are default privileges: each table, sequence and function that a migration makes is the application's
to use at once, no function is PUBLIC's, and what a migration narrows (`REVOKE UPDATE`, …) stays narrow.
They are set in `template1` too, so that test databases are like the real one.
"""

from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg import sql

OWNER = "feldsher_owner"
APPLICATION = "feldsher_app"
DEFINER = "feldsher_definer"
DATABASE = "feldsher"


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Connection URLs of one database; `admin` is None where the server is not ours.

    `zone` is the session zone to ask for when it is not UTC: a server without zone files knows GMT only.
    """

    owner: str
    application: str
    admin: str | None = None
    zone: str | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables that the settings read."""
        variables = {"DATABASE_URL": self.application, "DATABASE_OWNER_URL": self.owner}
        return variables | ({"FELDSHER_DATABASE_ZONE": self.zone} if self.zone else {})


def url_of(role: str, *, password: str, port: int, database: str = DATABASE) -> str:
    """Return a loopback URL; every driver and tool reads this form."""
    return f"postgresql://{quote(role)}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def bootstrap(admin: str, *, owner_password: str, application_password: str) -> None:
    """Make roles, database and rights, or set them right again; `admin` is a superuser's URL."""
    with _connect(admin, database="postgres") as connection:
        _role(connection, OWNER, "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS", password=owner_password)
        _role(connection, APPLICATION, "LOGIN NOSUPERUSER NOBYPASSRLS", password=application_password)
        _role(connection, DEFINER, "NOLOGIN NOSUPERUSER NOBYPASSRLS", password=None)
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(DEFINER), sql.Identifier(OWNER)))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    with _connect(admin, database="template1") as connection:
        _schema_rights(connection)
        grant_rights(connection, application=APPLICATION, owners=(OWNER, DEFINER))
    if known is None:
        with _connect(admin, database="postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
            connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(DATABASE)))


def grant_rights(connection: psycopg.Connection, *, application: str, owners: tuple[str, ...]) -> None:
    """Give the application its rights on all that the owners will make; idempotent.

    Run as one who is a member of each owner, before the first migration.
    """
    makers = sql.SQL(", ").join(sql.Identifier(name) for name in owners)
    user = sql.Identifier(application)
    default = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(makers)
    for rights in (
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "GRANT USAGE, SELECT ON SEQUENCES TO {}",
        "GRANT EXECUTE ON FUNCTIONS TO {}",
    ):
        connection.execute(default + sql.SQL(rights).format(user))
    connection.execute(default + sql.SQL("REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(user))


def _schema_rights(connection: psycopg.Connection) -> None:
    connection.execute(
        sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}, {}").format(
            sql.Identifier(OWNER), sql.Identifier(DEFINER)
        )
    )


def _role(connection: psycopg.Connection, name: str, rights: str, *, password: str | None) -> None:
    """Make the role or set its rights and password again (the file of secrets is the truth)."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ").format(sql.Identifier(name))
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    connection.execute(verb + sql.SQL(rights) + secret)


def _connect(url: str, *, database: str) -> psycopg.Connection:
    return psycopg.connect(url, dbname=database, autocommit=True, connect_timeout=10)

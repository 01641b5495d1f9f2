"""The database of DATABASE_URL and DATABASE_OWNER_URL: used as it is, after a look at whether it can serve.

What is wrong with it is said before a migration fails half-way or row security silently does not hold.
"""

from collections.abc import Mapping

import psycopg

from feldsher.conf.supervisor.binaries import MINIMUM_MAJOR
from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.roles import DEFINER, DatabaseUrls

APPLICATION_URL, OWNER_URL = "DATABASE_URL", "DATABASE_OWNER_URL"
CONNECT_SECONDS = 5


def urls_from_environment(environ: Mapping[str, str]) -> DatabaseUrls | None:
    """Return the URLs if both are set, None if neither is; raises `one_url_missing`."""
    application, owner = environ.get(APPLICATION_URL, ""), environ.get(OWNER_URL, "")
    if not application and not owner:
        return None
    if not application or not owner:
        there, missing = (APPLICATION_URL, OWNER_URL) if application else (OWNER_URL, APPLICATION_URL)
        raise SupervisorError(
            "one_url_missing",
            f"{there} is set but {missing} is not; set both (the owner for migrations, the application for "
            "the rest), or neither to have a database started for you",
        )
    return DatabaseUrls(owner=owner, application=application)


def examine(urls: DatabaseUrls) -> None:
    """Check server and roles; raises SupervisorError with what to change."""
    with _connect(urls.application, APPLICATION_URL) as application, _connect(urls.owner, OWNER_URL) as owner:
        if application.info.server_version < MINIMUM_MAJOR * 10_000:
            raise SupervisorError(
                "server_too_old",
                f"the server of {APPLICATION_URL} is PostgreSQL {application.info.server_version // 10_000}; "
                f"{MINIMUM_MAJOR} or newer is needed",
            )
        _same_database(application, owner)
        if application.info.user == owner.info.user:
            raise SupervisorError(
                "same_role",
                f"{APPLICATION_URL} and {OWNER_URL} use the same role; the application needs a role of its "
                "own that owns nothing, else row security does not hold for it",
            )
        _application_is_weak(application, owner_role=owner.info.user)
        _definer_is_there(owner)


def _connect(url: str, name: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1:] or ["no answer"]
        raise SupervisorError("no_connection", f"cannot connect with {name}: {reason[0]}") from error


def _same_database(application: psycopg.Connection, owner: psycopg.Connection) -> None:
    identity = "SELECT current_database(), inet_server_port(), pg_postmaster_start_time()"
    if application.execute(identity).fetchone() != owner.execute(identity).fetchone():
        raise SupervisorError(
            "different_databases",
            f"{APPLICATION_URL} and {OWNER_URL} name different databases; they must differ in the role only",
        )


def _application_is_weak(connection: psycopg.Connection, *, owner_role: str) -> None:
    row = connection.execute(
        """
        SELECT rolsuper OR rolbypassrls,
               EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid)
                   OR EXISTS (SELECT 1 FROM pg_database WHERE datdba = pg_roles.oid),
               pg_has_role(oid, %s, 'MEMBER')
        FROM pg_roles WHERE rolname = current_user
        """,
        [owner_role],
    ).fetchone()
    mighty, owns, member = row if row is not None else (True, True, True)
    role = connection.info.user
    if mighty:
        raise SupervisorError(
            "application_too_strong",
            f"the role {role} of {APPLICATION_URL} passes row security by; "
            f"run ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS, or use another role",
        )
    if owns or member:
        raise SupervisorError(
            "application_owns",
            f"the role {role} of {APPLICATION_URL} owns objects or is a member of the owner {owner_role}; "
            "use a role that owns nothing",
        )


def _definer_is_there(owner: psycopg.Connection) -> None:
    row = owner.execute(
        """
        SELECT EXISTS (SELECT 1 FROM pg_roles
                       WHERE rolname = %(role)s AND NOT rolcanlogin AND NOT rolsuper
                         AND pg_has_role(current_user, oid, 'MEMBER')
                         AND has_schema_privilege(oid, 'public', 'CREATE'))
           AND has_schema_privilege('public', 'CREATE')
        """,
        {"role": DEFINER},
    ).fetchone()
    if row is None or not row[0]:
        raise SupervisorError(
            "definer_missing",
            f"the role {DEFINER} is missing or not the owner's to use; as a superuser, in this database: "
            f"CREATE ROLE {DEFINER} NOLOGIN; GRANT {DEFINER} TO {owner.info.user}; "
            f"GRANT CREATE, USAGE ON SCHEMA public TO {DEFINER}, {owner.info.user};",
        )

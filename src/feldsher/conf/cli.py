"""`python -m feldsher.conf.cli <command>`: the one way to run a part of Feldsher.

With DATABASE_URL set that database is used; `migrate` and `check` need DATABASE_OWNER_URL too. Without them
the commands work on the data folder (FELDSHER_HOME): on the database of the demo that runs there, or on one
started for the length of the command.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from psycopg import sql

from feldsher.conf.beginning import Beginning, init, up
from feldsher.conf.demo import LARGE, DemoOptions, run_demo
from feldsher.conf.demo.folder import (
    NO_ENV_FILE,
    home_folder,
    local_secrets,
    second_places,
    site_address,
)
from feldsher.conf.env_file import load_env
from feldsher.conf.kinds import CARD, KINDS
from feldsher.conf.logs import speak_of_accidents_safely
from feldsher.conf.supervisor import DatabaseServer, SupervisorError, running_urls
from feldsher.conf.supervisor.home import make_private
from feldsher.conf.supervisor.roles import DEFINER, grant_rights
from feldsher.conf.web import serve
from feldsher.foundation.access.checks import ROLE, refuse_unsafe_role

AS_OWNER = frozenset({"migrate", "check"})
"""Commands that look at the database through the owner's URL as well."""
AT_WORK = frozenset({"serve", "worker", "talks"})
"""Commands that serve patients and staff, and so are bound by row security."""
OF_WORKER = ("FELDSHER_AUDIT_KEY", "FELDSHER_AUDIT_SINK")
"""By which the worker vouches for the journal: a site that reads the same file of settings drops them."""
TALKS = "talks"
"""The queue that `feldsher.domain.scheduling.queue` puts bookings into; no settings are loaded yet here."""

WITHOUT_DATABASE = frozenset({"egress", "mis", "push"})
"""Commands of whoever sets up a firewall or connects a clinic, and has neither secrets nor a database."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an expected failure is one sentence, never a traceback."""
    options = _parser().parse_args(arguments)
    speak_of_accidents_safely()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feldsher.conf.settings")
    try:
        if options.command not in {"demo", "init"} and not os.environ.get(NO_ENV_FILE):
            load_env(Path.cwd())
        return _run(options)
    except SupervisorError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nfeldsher: {error}\n")
        if error.log is not None:
            sys.stderr.write(f"feldsher: the log is {error.log}\n")
        return 1
    except ImproperlyConfigured as error:
        sys.stderr.write(f"feldsher: {error}\n")
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command in FOREGROUND:
        return FOREGROUND[options.command](options)
    if options.command in WITHOUT_DATABASE:
        os.environ.setdefault("FELDSHER_NO_SECRET", "1")
        execute_from_command_line(["feldsher", options.command, *getattr(options, "rest", [])])
        return 0
    with command_environment(as_owner=options.command in AS_OWNER):
        if options.command in AT_WORK:
            refuse_unsafe_start()
        if options.command == "migrate":
            migrate()
        elif options.command == "check":
            execute_from_command_line(["feldsher", "check", "--database", "default"])
            execute_from_command_line(["feldsher", "migrate", "--check"])
        elif options.command in {"worker", "talks"}:
            polling = ["--fetch-job-polling-interval", "1", "--concurrency", str(options.concurrency)]
            queues = ["--queues", TALKS] if options.command == "talks" else []
            execute_from_command_line(["feldsher", "procrastinate", "worker", *polling, *queues])
        elif options.command == "serve":
            for name in OF_WORKER:
                os.environ.pop(name, None)
            serve(site_address(), workers=options.workers)
        elif options.command in {"staff", "key", "audit", "watch", "search", "exams"}:
            execute_from_command_line(["feldsher", options.command, *options.rest])
        else:
            execute_from_command_line(["feldsher", *options.rest])
    return 0


def _init(options: argparse.Namespace) -> int:
    given = vars(options)
    return init(Beginning(**{name: given[name] for name in Beginning.__dataclass_fields__}))


FOREGROUND: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "demo": lambda options: run_demo(DemoOptions(replies=options.replies, is_large=options.size == LARGE)),
    "init": _init,
    "up": lambda _options: up(),
}
"""Commands that start and stop a database of their own."""


def migrate() -> None:
    """Bring the database up to date as its owner; the application's rights come first, as defaults."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        application = connection.info.user
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        owner, database = connection.info.user, connection.info.dbname
        grant_rights(connection, application=application, owners=(owner, DEFINER))
        connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(database)))
    os.environ["FELDSHER_AS_OWNER"] = "1"
    execute_from_command_line(["feldsher", "migrate", "--no-input"])


def refuse_unsafe_start() -> None:
    """Raise UnsafeRoleError where the application's role of the database is past row security.

    It is one sentence now instead of an error in each answer; where the database does not answer yet, each
    process asks at its first connection.
    """
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=10) as connection:
            (found,) = connection.execute(ROLE).fetchall()
    except psycopg.OperationalError:
        return
    refuse_unsafe_role(found)


@contextmanager
def command_environment(*, as_owner: bool) -> Iterator[None]:
    """Put the database's URLs and the local secrets into the environment for the length of a command.

    A site or a worker with a database of the operator's never sees the owner's password.
    """
    home = home_folder()
    given = {name for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if os.environ.get(name)}
    if given == {"DATABASE_URL"} and not as_owner:
        yield
        return
    if not given:
        os.environ.update(local_secrets(make_private(home)) | second_places(home) | os.environ)
        if (urls := running_urls(home)) is not None:
            os.environ.update(urls.environment())
            yield
            return
    with DatabaseServer(home, report=lambda line: print(line, file=sys.stderr)) as server:  # noqa: T201 - a command
        os.environ.update(server.urls.environment())
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="feldsher", description="Run Feldsher or a part of it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo = commands.add_parser("demo", help="start everything on this machine, with simulators and demo data")
    shown = demo.add_mutually_exclusive_group()
    shown.add_argument("--replies", type=Path, help="serve recorded replies of a MIS from this folder")
    shown.add_argument("--size", choices=("small", LARGE), default="small", help="large: 500 doctors")
    _add_init(commands.add_parser("init", help="set a clinic's site up in a folder, without a MIS"))
    commands.add_parser("up", help="run the site of this folder in the foreground")
    commands.add_parser("migrate", help="make or update the tables, as the database's owner")
    commands.add_parser("check", help="check settings, models and migrations against the database")
    worker = commands.add_parser("worker", help="run the jobs")
    worker.add_argument("--concurrency", type=int, default=4, help="jobs at once (default 4)")
    talks = commands.add_parser("talks", help="run bookings' talks with the MIS alone, beside a worker")
    talks.add_argument("--concurrency", type=int, default=4, help="talks at once (default 4)")
    serve_parser = commands.add_parser("serve", help="serve the site and the API")
    serve_parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes (default: cores)"
    )
    commands.add_parser("egress", help="list the hosts that are ever called, for a firewall")
    push = commands.add_parser("push", help="Web Push: keys makes a value for FELDSHER_PUSH", add_help=False)
    push.add_argument("rest", nargs=argparse.REMAINDER)
    staff = commands.add_parser(
        "staff", help="who signs in: add, grant, end, password, reset, enable, list", add_help=False
    )
    staff.add_argument("rest", nargs=argparse.REMAINDER)
    key = commands.add_parser("key", help="keys of partners: add, end, list", add_help=False)
    key.add_argument("rest", nargs=argparse.REMAINDER)
    audit = commands.add_parser("audit", help="the journal of access: verify, prove, key", add_help=False)
    audit.add_argument("rest", nargs=argparse.REMAINDER)
    watch = commands.add_parser("watch", help="mark patients who don't exist", add_help=False)
    watch.add_argument("rest", nargs=argparse.REMAINDER)
    search = commands.add_parser("search", help="rebuild: the index of the search", add_help=False)
    search.add_argument("rest", nargs=argparse.REMAINDER)
    exams = commands.add_parser("exams", help="check, load: a list of order 29н", add_help=False)
    exams.add_argument("rest", nargs=argparse.REMAINDER)
    mis = commands.add_parser(
        "mis", help="a MIS: init connects it, check shows what its adapter does", add_help=False
    )
    mis.add_argument("rest", nargs=argparse.REMAINDER)
    manage = commands.add_parser("manage", help="run a Django management command", add_help=False)
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", default=CARD, help=f"which modules are on: {', '.join(KINDS)}")
    parser.add_argument(
        "--folder", type=lambda text: Path(text).absolute(), default=Path.cwd(), help="where (here)"
    )
    parser.add_argument("--name", default="Клиника", help="the clinic's name on its site")
    parser.add_argument("--phone", default="", help="+7 812 000-00-00")
    parser.add_argument("--city", default="")
    parser.add_argument("--zone", default="Europe/Moscow", help="IANA zone of the branch")
    parser.add_argument("--address", default="", help="street and house of the branch")
    parser.add_argument("--legal-entity", default="", help="unset: the clinic's name")
    parser.add_argument("--site-url", dest="url", default="", help="https://…, where readers find it")
    parser.add_argument(
        "--example", dest="is_example", action="store_true", help="with invented doctors and pages"
    )
    parser.add_argument("--up", dest="is_up", action="store_true", help="and run it, until Ctrl-C")


if __name__ == "__main__":
    sys.exit(main())

"""`init` sets an installation up in a folder, once; `up` runs it in the foreground until Ctrl-C.

`feldsher.env` is written last: where it stands, the installation is whole. One that broke off goes on with
the secrets that it had made (`feldsher.env.part`), and with what it is told this time.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from zoneinfo import available_timezones

import psycopg
from psycopg import sql

from feldsher.conf.demo.folder import (
    Address,
    check_disk,
    cli,
    home_folder,
    program_environment,
    second_places,
    site_address,
)
from feldsher.conf.demo.progress import Progress
from feldsher.conf.demo.running import (
    LOCK,
    in_foreground,
    start_product,
    take_folder,
    to_the_end,
    until_stopped,
)
from feldsher.conf.env_file import NAME, load_env, read_env, write_env
from feldsher.conf.kinds import KINDS, NOT_BUILT, kind_fault
from feldsher.conf.site_url import site_variables
from feldsher.conf.supervisor import DatabaseServer, ProcessGroup, SupervisorError
from feldsher.conf.supervisor.home import FolderLock, make_private, write_private
from feldsher.foundation.modules import BOOKING
from feldsher.kernel.phone import parse_phone

REFUSED: Final = 2
STOPPED: Final = 130
_OWN = json.dumps([{"id": "own", "kind": "own"}])
_SECRETS = ("FELDSHER_SECRET", "FELDSHER_AUDIT_KEY", "FELDSHER_VAULT_KEYS")
_KEY_BYTES = 32
_IN_USE = ("access_user", "directory_location")
"""Tables that only a database which somebody uses has rows in."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What `init` was told. `url` is the site's address for its readers, empty for one on this machine."""

    kind: str
    folder: Path
    name: str
    phone: str
    city: str
    zone: str
    address: str
    legal_entity: str
    url: str
    is_example: bool
    is_up: bool

    @property
    def has_booking(self) -> bool:
        return BOOKING in KINDS[self.kind]

    def arguments(self) -> tuple[str, ...]:
        """Return the arguments of `clinic_begin`."""
        said = {
            "name": self.name,
            "phone": self.phone,
            "city": self.city,
            "zone": self.zone,
            "address": self.address,
            "legal-entity": self.legal_entity or self.name,
        }
        told = tuple(f"--{option}={value}" for option, value in said.items() if value)
        return (*told, *(("--example",) if self.is_example else ()))


def init(wanted: Beginning) -> int:
    """Set the installation up; a second time changes nothing and says so. Returns the exit code.

    Ctrl-C and SIGTERM leave nothing running, and the folder so that the same command goes on.
    """
    progress = Progress()
    if fault := kind_fault(wanted.kind) or _fault(wanted):
        sys.stderr.write(f"feldsher: {fault}\n")
        return REFUSED
    env = wanted.folder / NAME

    def run() -> None:
        is_made = not env.exists() and _begin(wanted, env, progress)
        if not is_made:
            progress.say(f"{env} is there already: nothing was changed. Start it there with: feldsher up")
        if wanted.is_up:
            load_env(wanted.folder)
            Standing(progress=progress, is_migrated=is_made).run()

    is_whole = in_foreground(run, progress=progress) or env.exists()
    return 0 if is_whole else STOPPED


def _fault(wanted: Beginning) -> str:
    """Return what is wrong with what was told, before anything is made; empty where nothing is."""
    if wanted.zone not in available_timezones():
        return f"bad_zone: --zone {wanted.zone} is no IANA zone; an example: Europe/Moscow."
    if wanted.phone and parse_phone(wanted.phone) is None:
        return f"bad_phone: --phone {wanted.phone} is no phone of 11 digits; an example: +7 812 000-00-00."
    try:
        _site(wanted)
    except ValueError as error:
        return str(error)
    return ""


def _site(wanted: Beginning) -> dict[str, str]:
    return site_variables(wanted.url) if wanted.url else {}


def _begin(wanted: Beginning, env: Path, progress: Progress) -> bool:
    """Make settings, tables, first records and the editor; the file of settings comes last.

    Returns False, with nothing done, where another `init` has ended meanwhile. Raises SupervisorError.
    """
    wanted.folder.mkdir(parents=True, exist_ok=True)
    home = make_private(wanted.folder / "data")
    check_disk(home, what="the site", chosen_by="--folder")
    part = env.with_name(f"{NAME}.part")
    with FolderLock(home / LOCK, what="a site", chosen_by="--folder"), ExitStack() as stack:
        if env.exists():
            return False
        variables = _variables(wanted, home) | _made_before(part)
        database = DatabaseServer(home, report=progress.say)
        with progress.step("database"):
            stack.enter_context(database)
        if not part.exists():
            _refuse_one_in_use(database.urls.owner)
        write_env(part, variables)
        environment = program_environment(**variables, **database.urls.environment())
        with progress.step("migrations"):
            _output_of("migrate", environment=environment)
        with progress.step("first records"):
            editor = _output_of("manage", "clinic_begin", *wanted.arguments(), environment=environment)
        if url := os.environ.get("DATABASE_URL"):
            write_env(part, variables | {"DATABASE_URL": url})
        part.replace(env)
    progress.say("\n".join(_told(wanted, env, editor)))
    return True


def _refuse_one_in_use(owner: str) -> None:
    """Raise SupervisorError where staff or branches stand in the database already; nothing is written."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SELECT set_config('feldsher.staff', 'all', false)")
        for name in _IN_USE:
            there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{name}"]).fetchone()
            some = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier("public", name))
            if there == (True,) and connection.execute(some).fetchone() == (True,):
                raise SupervisorError(
                    "database_in_use",
                    "this database has staff or branches already, and init would take it over; give it an "
                    f"empty one, or start in the folder whose {NAME} belongs to it: feldsher up",
                )


def _variables(wanted: Beginning, home: Path) -> dict[str, str]:
    """Return the settings with new secrets; a site that books has the own schedule for its MIS."""
    return {
        "FELDSHER_KIND": wanted.kind,
        "FELDSHER_HOME": str(home),
        "FELDSHER_SECRET": secrets.token_urlsafe(_KEY_BYTES),
        "FELDSHER_AUDIT_KEY": secrets.token_urlsafe(_KEY_BYTES),
        "FELDSHER_VAULT_KEYS": vault_keys(),
        **second_places(home),
        **({"FELDSHER_MIS": _OWN} if wanted.has_booking else {}),
        "FELDSHER_DEFAULT_ZONE": wanted.zone,
        **_site(wanted),
    }


def vault_keys() -> str:
    """Return new keys for names and phones, as the vault reads them."""
    seal, index = (base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() for _ in range(2))
    return json.dumps(
        {"current": "k1", "keys": {"k1": seal}, "index": {"current": "e1", "epochs": {"e1": index}}}
    )


def _made_before(part: Path) -> dict[str, str]:
    """Return the secrets of a beginning that broke off; what it was told is told anew."""
    known = read_env(part) if part.exists() else {}
    return {name: known[name] for name in _SECRETS if name in known}


def _output_of(*arguments: str, environment: dict[str, str]) -> str:
    """Run one of our commands and return what it says; raises SupervisorError with its last line."""
    done = subprocess.run(  # noqa: S603 - our own command
        cli(*arguments), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise SupervisorError("init_failed", f"{' '.join(arguments[:2])}: {said[:300]}")
    return done.stdout.strip()


def _told(wanted: Beginning, env: Path, editor: str) -> tuple[str, ...]:
    port = os.environ.get("FELDSHER_PORT") or "8000"
    url = _site(wanted).get("FELDSHER_SITE_URL") or f"http://127.0.0.1:{port}"
    missing = NOT_BUILT.get(wanted.kind)
    return (
        "",
        f"The site is set up: {wanted.kind}{'' if wanted.has_booking else ', without online booking'}.",
        *((f"  not built yet          {missing}: the site stands without them",) if missing else ()),
        f"  settings and secrets   {env} (keep a copy where others can't read it)",
        f"  site                   {url}/",
        f"  desk                   {url}/desk/   {editor}",
        f"  start                  cd {wanted.folder} && feldsher up",
        "  next                   sign in at the desk: Справочник, Сайт, Паспорт сайта, Материалы",
        "  who calls people back  feldsher staff add NAME --role registrar",
    )


class Standing:
    """An installation that `init` has made: database, worker and site."""

    def __init__(self, *, progress: Progress, is_migrated: bool) -> None:
        self._progress = progress
        self._is_migrated = is_migrated
        self._home = home_folder()

    def run(self) -> NoReturn:
        """Start all, tell where it is, and wait; ends by StopRequest or SupervisorError, with all stopped."""
        until_stopped(self._start)

    def _start(self, stack: ExitStack) -> None:
        endpoints = take_folder(self._home, stack, what="a site", chosen_by="")
        logs = make_private(self._home / "logs")
        address = site_address()
        environment = program_environment(**_addresses(address))
        if not os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_OWNER_URL"):
            database = DatabaseServer(self._home, report=self._progress.say)
            with self._progress.step("database"):
                stack.enter_context(database)
            environment |= database.urls.environment()
            if not self._is_migrated:
                with self._progress.step("migrations"):
                    to_the_end("migrate", environment, logs=logs)
        group = stack.enter_context(ProcessGroup(logs, report=self._progress.say))
        with self._progress.step("worker and site"):
            start_product(group, environment, address=address)
        write_private(endpoints, json.dumps({"site": address.url}))
        url = environment["FELDSHER_SITE_URL"].rstrip("/")
        self._progress.say(f"\nFeldsher runs: {url}/, staff at {url}/desk/. Ctrl-C stops everything.")


def _addresses(address: Address) -> dict[str, str]:
    """Return where the site listens, and the address of it where the settings name none."""
    return {
        "FELDSHER_HOST": address.host,
        "FELDSHER_PORT": str(address.port),
        "FELDSHER_SITE_URL": os.environ.get("FELDSHER_SITE_URL") or address.url,
    }


def up() -> int:
    """Run the installation whose settings stand in the environment; 0 after Ctrl-C or SIGTERM."""
    if not os.environ.get("FELDSHER_SECRET"):
        raise SupervisorError(
            "no_installation", f"no {NAME} here: start in the folder of an installation, or make one: init"
        )
    progress = Progress()
    in_foreground(Standing(progress=progress, is_migrated=False).run, progress=progress)
    return 0

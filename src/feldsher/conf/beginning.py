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
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from feldsher.conf.demo.folder import (
    Address,
    check_disk,
    cli,
    program_environment,
    second_places,
    site_address,
)
from feldsher.conf.demo.progress import Progress
from feldsher.conf.demo.run import LOCK, Demo, DemoOptions, in_foreground
from feldsher.conf.env_file import NAME, load_env, read_env, write_env
from feldsher.conf.environment import origin_of
from feldsher.conf.kinds import CARD, kind_fault
from feldsher.conf.supervisor import DatabaseServer, ProcessGroup, SupervisorError
from feldsher.conf.supervisor.home import FolderLock, make_private, write_private
from feldsher.kernel.phone import parse_phone

REFUSED: Final = 2
STOPPED: Final = 130
_OWN = json.dumps([{"id": "own", "kind": "own"}])
_SECRETS = ("FELDSHER_SECRET", "FELDSHER_AUDIT_KEY", "FELDSHER_VAULT_KEYS")
_KEY_BYTES = 32


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
    is_there = env.exists()

    def run() -> None:
        if is_there:
            progress.say(f"{env} is there already: nothing was changed. Start it there with: feldsher up")
        else:
            _begin(wanted, env, progress)
        if wanted.is_up:
            load_env(wanted.folder)
            Standing(progress=progress, is_migrated=not is_there).run()

    is_whole = in_foreground(run, progress=progress) or env.exists()
    return 0 if is_whole else STOPPED


def _fault(wanted: Beginning) -> str:
    """Return what is wrong with what was told, before anything is made; empty where nothing is."""
    if wanted.zone not in available_timezones():
        return f"bad_zone: --zone {wanted.zone} is no IANA zone; an example: Europe/Moscow."
    if wanted.phone and parse_phone(wanted.phone) is None:
        return f"bad_phone: --phone {wanted.phone} is no phone of 11 digits; an example: +7 812 000-00-00."
    address = urlsplit(wanted.url)
    if wanted.url and (address.scheme not in {"http", "https"} or not address.netloc):
        return f"bad_site_url: --site-url {wanted.url} is no address; an example: https://clinic.example."
    return ""


def _begin(wanted: Beginning, env: Path, progress: Progress) -> None:
    """Make settings, tables, first records and the editor; the file of settings comes last."""
    wanted.folder.mkdir(parents=True, exist_ok=True)
    home = make_private(wanted.folder / "data")
    check_disk(home)
    part = env.with_name(f"{NAME}.part")
    with FolderLock(home / LOCK, what="a site"), ExitStack() as stack:
        variables = _variables(wanted, home) | _made_before(part)
        write_env(part, variables)
        database = DatabaseServer(home, report=progress.say)
        with progress.step("database"):
            stack.enter_context(database)
        environment = program_environment(**variables, **database.urls.environment())
        with progress.step("migrations"):
            _output_of("migrate", environment=environment)
        with progress.step("first records"):
            editor = _output_of("manage", "clinic_begin", *wanted.arguments(), environment=environment)
    if url := os.environ.get("DATABASE_URL"):
        write_env(part, variables | {"DATABASE_URL": url})
    part.replace(env)
    progress.say("\n".join(_told(wanted, env, editor)))


def _variables(wanted: Beginning, home: Path) -> dict[str, str]:
    """Return the settings with new secrets; a site that books has the own schedule for its MIS."""
    site = {"FELDSHER_SITE_URL": wanted.url, "FELDSHER_HOSTS": origin_of(wanted.url).partition("://")[2]}
    return {
        "FELDSHER_KIND": wanted.kind,
        "FELDSHER_HOME": str(home),
        "FELDSHER_SECRET": secrets.token_urlsafe(_KEY_BYTES),
        "FELDSHER_AUDIT_KEY": secrets.token_urlsafe(_KEY_BYTES),
        "FELDSHER_VAULT_KEYS": vault_keys(),
        **second_places(home),
        **({} if wanted.kind == CARD else {"FELDSHER_MIS": _OWN}),
        "FELDSHER_DEFAULT_ZONE": wanted.zone,
        **(site if wanted.url else {}),
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
    url = wanted.url or f"http://127.0.0.1:{port}"
    is_card = wanted.kind == CARD
    return (
        "",
        f"The site is set up: {wanted.kind}{', without online booking' if is_card else ''}.",
        f"  settings and secrets   {env} (keep a copy where others can't read it)",
        f"  site                   {url}/",
        f"  desk                   {url}/desk/   {editor}",
        f"  start                  cd {wanted.folder} && feldsher up",
        "  next                   sign in at the desk: Справочник, Сайт, Паспорт сайта, Материалы",
        "  who calls people back  feldsher staff add NAME --role registrar",
    )


class Standing(Demo):
    """An installation that `init` has made: database, worker and site, and no simulators."""

    def __init__(self, *, progress: Progress, is_migrated: bool) -> None:
        super().__init__(DemoOptions(), progress=progress)
        self._is_migrated = is_migrated

    def _start(self, stack: ExitStack) -> None:
        make_private(self._home)
        stack.enter_context(FolderLock(self._home / LOCK, what="a site"))
        self.endpoints.unlink(missing_ok=True)
        stack.callback(self.endpoints.unlink, missing_ok=True)
        make_private(self._logs)
        address = site_address()
        environment = program_environment(**_addresses(address))
        if not os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_OWNER_URL"):
            database = DatabaseServer(self._data, report=self._progress.say)
            with self._progress.step("database"):
                stack.enter_context(database)
            environment |= database.urls.environment()
            if not self._is_migrated:
                with self._progress.step("migrations"):
                    self._to_the_end("migrate", environment)
        group = stack.enter_context(ProcessGroup(self._logs, report=self._progress.say))
        with self._progress.step("worker and site"):
            self._start_product(group, environment, address=address)
        write_private(self.endpoints, json.dumps({"site": address.url}))
        self._progress.say(
            f"\nFeldsher runs: {address.url}/, staff at {address.url}/desk/. Ctrl-C stops everything."
        )


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

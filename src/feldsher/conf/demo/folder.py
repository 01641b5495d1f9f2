"""The demo's data folder, and the environment that its programs run in.

A demo of recorded replies or of the large network shows another clinic than the small one, so it has a
database of its own inside the folder: switching between them never closes the other's doctors.
"""

import hashlib
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import free_port, generated_secrets, make_private

SOURCES = Path(__file__).resolve().parents[3]
LARGE = "large"
"""The size of the demo with 500 doctors and 2,000 services, and the folder of its database."""
NEEDED_BYTES = 300_000_000
PORT_SECONDS = 5.0
"""How long a site that is just ending may keep its port."""
NO_ENV_FILE = "FELDSHER_NO_ENV_FILE"
"""Where it is set, `feldsher.env` is not looked for."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound by default


@dataclass(frozen=True, slots=True)
class Address:
    """Where the site listens, and the URL under which this machine reaches it."""

    host: str
    port: int

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def home_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return FELDSHER_HOME, else `.feldsher` beside the sources."""
    return Path(environ.get("FELDSHER_HOME") or SOURCES.parent / ".feldsher").absolute()


def data_folder(home: Path, replies: Path | None, *, is_large: bool = False) -> Path:
    """Return the folder of the database: one for each size of the network, one for each set of replies."""
    if replies is None:
        return home / LARGE if is_large else home
    return home / f"replies-{hashlib.sha256(os.fsencode(replies.resolve())).hexdigest()[:8]}"


def local_secrets(home: Path) -> dict[str, str]:
    """Return the site's secrets that the environment lacks as variables, generated once for this folder."""
    names = [name for name in ("FELDSHER_SECRET", "FELDSHER_AUDIT_KEY") if not os.environ.get(name)]
    return generated_secrets(home / "secrets.json", names) if names else {}


def second_places(home: Path) -> dict[str, str]:
    """Return where the journal of this folder is vouched for: in a folder of its own, which is made."""
    folder = make_private(home / "witness")
    return {
        "FELDSHER_AUDIT_SINK": (folder / "checkpoints.txt").as_uri(),
        "FELDSHER_AUDIT_LINES": (folder / "journal.jsonl").as_uri(),
    }


def check_disk(home: Path, *, what: str, chosen_by: str) -> None:
    """Raise SupervisorError where too little is free; `chosen_by` is what names another folder."""
    free = shutil.disk_usage(home).free
    if free < NEEDED_BYTES:
        raise SupervisorError(
            "disk_full",
            f"only {free // 1_000_000} MB are free in {home}; {what} needs {NEEDED_BYTES // 1_000_000}: "
            f"free some space or choose another folder with {chosen_by}",
        )


def site_address(environ: Mapping[str, str] = os.environ) -> Address:
    """Return FELDSHER_HOST and FELDSHER_PORT (0: any free port), after a look whether the port is free."""
    host = environ.get("FELDSHER_HOST") or "127.0.0.1"
    text = environ.get("FELDSHER_PORT") or "8000"
    if not text.isdecimal() or int(text) > 65_535:  # noqa: PLR2004 - the largest TCP port
        raise SupervisorError("bad_environment", f"FELDSHER_PORT must be a TCP port, not `{text}`")
    if int(text) == 0:
        return Address(host, free_port())
    _wait_for_port(host, int(text))
    return Address(host, int(text))


def _wait_for_port(host: str, port: int) -> None:
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            with socket.socket(place[0], socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place[4])
        except socket.gaierror as error:
            raise SupervisorError("bad_environment", f"FELDSHER_HOST={host} is no address here") from error
        except PermissionError as error:
            raise SupervisorError(
                "port_forbidden",
                f"this user may not listen on port {port}; choose another one with FELDSHER_PORT",
            ) from error
        except OSError as error:
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise SupervisorError(
                "port_in_use",
                f"{host}:{port} cannot be used ({error.strerror}); stop the program that listens there "
                "or choose another port: FELDSHER_PORT=8001",
            ) from error
        else:
            return


def program_environment(**variables: str) -> dict[str, str]:
    """Return the environment of our Python programs: the caller's, our sources first, output unbuffered.

    They are told all: no file of settings that lies in the caller's folder is theirs.
    """
    kept = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONHOME"}}
    paths = [str(SOURCES), *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        NO_ENV_FILE: "1",
        **variables,
    }


def cli(*arguments: str) -> list[str]:
    """Return the command line of one of our own commands."""
    return [sys.executable, "-m", "feldsher.conf.cli", *arguments]

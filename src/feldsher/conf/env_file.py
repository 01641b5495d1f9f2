"""`feldsher.env`: the settings of one installation as a private file, one `NAME='value'` a line.

systemd (`EnvironmentFile=`) and a shell read the same lines. Commands of ours take the file of the folder in
which they are started; what stands in the environment goes before it.
"""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import write_private

NAME: Final = "feldsher.env"
_OTHERS = 0o077
_OURS: Final = re.compile(r"(FELDSHER|DATABASE)_[A-Z0-9_]+")
"""Names of settings. Any other one (PATH, LD_PRELOAD) would steer programs by a file of a folder."""


def write_env(path: Path, variables: Mapping[str, str]) -> None:
    """Write the file for its owner alone (0600)."""
    write_private(path, "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))


def read_env(path: Path) -> dict[str, str]:
    """Return the variables; raises SupervisorError for a file of others, open to them or of other lines."""
    found: dict[str, str] = {}
    for number, line in enumerate(_own_text(path).splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        try:
            parts = shlex.split(line)
        except ValueError:
            parts = ["", ""]
        if not parts:
            continue
        name, is_set, value = parts[0].partition("=")
        if len(parts) > 1 or not is_set or not name:
            raise SupervisorError("bad_env", f"line {number} of {path} is no NAME='value'")
        if not _OURS.fullmatch(name):
            raise SupervisorError(
                "foreign_env",
                f"line {number} of {path} sets {name}, which is no FELDSHER_… or DATABASE_…; "
                "export it where the command is started, or name it so",
            )
        found[name] = value
    return found


def _own_text(path: Path) -> str:
    """Return the text of a file that is root's or ours, and that nobody else may read or write."""
    try:
        with path.open(encoding="utf-8") as file:
            state, text = os.fstat(file.fileno()), file.read()
    except (OSError, ValueError) as error:
        raise SupervisorError("bad_env", f"{path} can't be read: {type(error).__name__}") from error
    if state.st_uid not in {0, os.geteuid()}:
        raise SupervisorError(
            "env_of_another",
            f"{path} belongs to another user, whose settings are not taken; start as its owner, or run: "
            f"chown {os.geteuid()} {path}",
        )
    if state.st_mode & _OTHERS:
        raise SupervisorError(
            "env_not_private", f"{path} holds secrets and others may read it; run: chmod 600 {path}"
        )
    return text


def load_env(folder: Path) -> None:
    """Take the folder's file, if there is one, into the environment; what stands there already stays."""
    path = folder / NAME
    if path.is_file():
        for name, value in read_env(path).items():
            os.environ.setdefault(name, value)

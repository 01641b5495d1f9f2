"""`feldsher.env`: the settings of one installation as a private file, one `NAME='value'` a line.

systemd (`EnvironmentFile=`) and a shell read the same lines. Commands of ours take the file of the folder in
which they are started; what stands in the environment goes before it.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import write_private

NAME: Final = "feldsher.env"
_OTHERS = 0o077


def write_env(path: Path, variables: Mapping[str, str]) -> None:
    """Write the file for its owner alone (0600)."""
    write_private(path, "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))


def read_env(path: Path) -> dict[str, str]:
    """Return the variables; raises SupervisorError for a file that others may read, or of other lines."""
    if path.stat().st_mode & _OTHERS:
        raise SupervisorError(
            "env_not_private", f"{path} holds secrets and others may read it; run: chmod 600 {path}"
        )
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            parts = shlex.split(line, comments=True)
        except ValueError:
            parts = ["", ""]
        if not parts:
            continue
        name, is_set, value = parts[0].partition("=")
        if len(parts) > 1 or not is_set or not name:
            raise SupervisorError("bad_env", f"line {number} of {path} is no NAME='value'")
        found[name] = value
    return found


def load_env(folder: Path) -> None:
    """Take the folder's file, if there is one, into the environment; what stands there already stays."""
    path = folder / NAME
    if path.is_file():
        for name, value in read_env(path).items():
            os.environ.setdefault(name, value)

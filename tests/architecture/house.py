"""The house as data: its contracts from pyproject.toml, its tracked files, its modules."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"
PRODUCT = SOURCES / "feldsher"
GROUPS = ("foundation", "domain", "channels")
"""The layers whose folders are modules."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contracts(kind: str) -> list[dict[str, Any]]:
    """Return import-linter's contracts of one type."""
    return [each for each in project()["tool"]["importlinter"]["contracts"] if each["type"] == kind]


def layers(container: str) -> list[frozenset[str]]:
    """Return the layers of a package from the highest down; those of one layer may not know each other."""
    (contract,) = (each for each in contracts("layers") if each["containers"] == [container])
    return [frozenset(part.strip(" ()") for part in layer.split("|")) for layer in contract["layers"]]


def modules() -> Iterator[Path]:
    """Yield the folder of each module that has code: foundation/vault, domain/directory, channels/api, …"""
    for group in GROUPS:
        for folder in sorted((PRODUCT / group).iterdir()):
            if (folder / "__init__.py").exists():
                yield folder


def dotted(path: Path) -> str:
    """Return the import name of a file or folder of the sources."""
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts)


def tracked_files() -> list[Path]:
    """Return every file that is, or is about to be, in the repository."""
    command = [
        "git",
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]

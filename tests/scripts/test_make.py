"""The commands that a newcomer types explain themselves, and say what to do when something is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "make", "sed", "expand")


def make(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    if path is not None:
        kept["PATH"] = str(path)
    return subprocess.run(
        ["/usr/bin/env", "make", *arguments], cwd=ROOT, env=kept, capture_output=True, text=True, check=False
    )


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with the tools of the shell, and neither Python nor Node."""
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def fake(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_help_explains_each_command_and_is_what_make_alone_shows() -> None:
    declared = re.findall(r"^\.PHONY: (\w+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"help", "demo", "test", "check", "bench", "lock"} <= set(declared)
    shown = make("help").stdout
    assert re.findall(r"^  make (\w+) +\S", shown, re.MULTILINE) == declared
    assert make().stdout == shown


def test_without_python_the_demo_says_what_to_install(bare: Path) -> None:
    answer = make("demo", path=bare)
    assert answer.returncode != 0
    assert "Feldsher needs Python 3.11 or newer" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_old_python_does_not_count(bare: Path) -> None:
    fake(bare, "python3", "exit 1")
    assert "Feldsher needs Python 3.11 or newer" in make("demo", path=bare).stderr


def test_a_shim_of_a_version_that_is_not_there_is_passed_over(bare: Path) -> None:
    fake(bare, "python3.13", "exit 127")
    (bare / "later").mkdir()
    python = fake(bare / "later", "python3.13", f'exec {sys.executable} "$@"')
    command = ["/bin/sh", "scripts/find-python"]
    environment = {"PATH": f"{bare}:{bare / 'later'}"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(python)


def test_without_node_the_demo_says_so(bare: Path) -> None:
    fake(bare, "python3", f'exec {sys.executable} "$@"')
    answer = make("demo", path=bare)
    assert answer.returncode != 0
    assert "this machine has no `node` on PATH" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_old_node_is_named(bare: Path) -> None:
    fake(bare, "python3", f'exec {sys.executable} "$@"')
    node = fake(bare, "node", "echo v18.20.0")
    assert f"Node.js 20 or newer with npm to build the scripts of its site; {node} is v18.20.0" in (
        make("demo", path=bare).stderr
    )


def test_node_without_npm_is_told(bare: Path) -> None:
    fake(bare, "python3", f'exec {sys.executable} "$@"')
    fake(bare, "node", "echo v22.1.0")
    assert "`npm` is missing" in make("demo", path=bare).stderr

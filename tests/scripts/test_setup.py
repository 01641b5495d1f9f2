"""The set-up of a bare machine: steps are passed over while nothing has changed, failures say what to do."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup.py"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with an empty folder for the clone."""
    spec = importlib.util.spec_from_file_location("setup_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "BUILD", tmp_path / "build")
    monkeypatch.setattr(module, "LOCKS", {"demo": tmp_path / "demo.txt", "all": tmp_path / "all.txt"})
    monkeypatch.setattr(module, "NODE_STAMP", tmp_path / "node_modules" / ".feldsher")
    monkeypatch.setattr(module, "CHECKS", tmp_path / "checks")
    for folder in (
        "build",
        "node_modules",
        "checks/node_modules",
        ".venv/bin",
        ".venv/lib/python3.11/site-packages",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for file in (
        "demo.txt",
        "all.txt",
        "package-lock.json",
        "checks/package-lock.json",
        ".venv/pyvenv.cfg",
        ".venv/bin/python",
    ):
        (tmp_path / file).write_text(file, encoding="utf-8")
    return module


@pytest.fixture
def calls(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the script would have run."""
    seen: list[str] = []

    def note(command: list[str], **_: str) -> None:
        seen.append(" ".join(command))

    monkeypatch.setattr(setup, "run", note)
    monkeypatch.setattr(setup.Virtualenv, "works", lambda _: True)
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/bin/{name}")
    return seen


def prepare(setup: ModuleType, kind: str) -> None:
    setup.Virtualenv(setup.ROOT / ".venv").prepare(kind)


def test_packages_are_installed_once_and_only_with_hashes(setup: ModuleType, calls: list[str]) -> None:
    prepare(setup, "demo")
    prepare(setup, "demo")
    assert len(calls) == 1
    assert "--require-hashes" in calls[0]
    assert calls[0].endswith("demo.txt")


def test_the_command_of_the_docs_is_there(setup: ModuleType, calls: list[str]) -> None:
    prepare(setup, "demo")
    command = setup.ROOT / ".venv" / "bin" / "feldsher"
    assert os.access(command, os.X_OK)
    assert command.read_text(encoding="utf-8").startswith(f"#!{setup.ROOT}/.venv/bin/python\n")
    root = SCRIPT.parents[1]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root / "src")}
    shown = subprocess.run(
        [sys.executable, command, "--help"], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("usage: feldsher ")
    named = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert named == {"feldsher": "feldsher.conf.cli:main"}


def test_a_virtualenv_from_before_the_command_gets_it(setup: ModuleType, calls: list[str]) -> None:
    prepare(setup, "demo")
    command = setup.ROOT / ".venv" / "bin" / "feldsher"
    command.unlink()
    prepare(setup, "demo")
    assert command.is_file()


def test_what_the_tests_need_includes_the_demo(setup: ModuleType, calls: list[str]) -> None:
    prepare(setup, "all")
    prepare(setup, "demo")
    assert len(calls) == 1


def test_the_demo_alone_is_not_enough_for_the_tests(setup: ModuleType, calls: list[str]) -> None:
    prepare(setup, "demo")
    prepare(setup, "all")
    assert len(calls) == 2


@pytest.mark.parametrize("changed", ["demo.txt", ".venv/pyvenv.cfg"])
def test_a_new_lock_or_a_new_python_installs_again(setup: ModuleType, calls: list[str], changed: str) -> None:
    prepare(setup, "demo")
    (setup.ROOT / changed).write_text("another", encoding="utf-8")
    prepare(setup, "demo")
    assert len(calls) == 2


def test_a_half_made_virtualenv_is_made_anew(
    setup: ModuleType, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup.Virtualenv, "works", lambda _: False)
    prepare(setup, "demo")
    assert len(calls) == 2
    assert "-m venv --clear" in calls[0]


def test_node_packages_are_installed_once_for_a_lock(setup: ModuleType, calls: list[str]) -> None:
    for _ in range(2):
        setup.prepare_node("/bin/node")
    (setup.ROOT / "package-lock.json").write_text("another", encoding="utf-8")
    setup.prepare_node("/bin/node")
    assert [call.split()[:2] for call in calls] == [["/bin/npm", "ci"], ["/bin/npm", "ci"]]


def test_what_looks_at_the_pages_is_installed_apart_and_once(setup: ModuleType, calls: list[str]) -> None:
    for _ in range(2):
        setup.prepare_checks("/bin/node")
    assert len(calls) == 1
    assert f"ci --prefix {setup.CHECKS}" in calls[0]


def test_a_failed_step_leaves_no_stamp_and_shows_the_end_of_its_output(setup: ModuleType) -> None:
    with pytest.raises(setup.SetupError) as caught:
        setup.run(["/bin/sh", "-c", "echo no route to host; exit 3"], log="a.log", advice="mend the network")
    assert "`sh` failed:\n    no route to host\nWhat to do: mend the network" in str(caught.value)
    assert "build/a.log" in str(caught.value)


def test_variables_that_lead_astray_are_dropped(setup: ModuleType, tmp_path: Path) -> None:
    given = {"VIRTUAL_ENV": "/elsewhere", "PIP_USER": "1", "NODE_ENV": "production", "HOME": str(tmp_path)}
    assert setup.clean_environment(given | {"PIP_INDEX_URL": "kept"}) == {
        "HOME": str(tmp_path),
        "PIP_INDEX_URL": "kept",
    }


def test_without_a_home_caches_lie_in_the_clone(setup: ModuleType) -> None:
    cleaned = setup.clean_environment({"HOME": "/nonexistent"})
    assert cleaned["PIP_CACHE_DIR"] == str(setup.BUILD / "pip-cache")
    assert cleaned["npm_config_cache"] == str(setup.BUILD / "npm-cache")

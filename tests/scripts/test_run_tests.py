"""The runner of the tests leaves nothing out without a word, and with CI=true nothing at all."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "run_tests.py"
CASE = '<testcase classname="tests.a" name="b">{}</testcase>'
SKIPPED, CLEAN = CASE.format('<skipped message="no chromium"/>'), CASE.format("")


class Run:
    """Stands in for pytest: notes the command, writes a report."""

    def __init__(self, report: Path) -> None:
        self.commands: list[list[str]] = []
        self.code = 0
        self.cases = CLEAN
        self._report = report

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(list(command))
        self._report.write_text(f"<testsuites>{self.cases}</testsuites>", encoding="utf-8")
        return subprocess.CompletedProcess(command, self.code, stdout="", stderr="")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_tests_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPORT", tmp_path / "tests.xml")
    monkeypatch.setattr(module, "is_here", lambda _: True)
    monkeypatch.delenv("CI", raising=False)
    return module


@pytest.fixture
def run(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run(script.REPORT)
    monkeypatch.setattr(script.subprocess, "run", run)
    return run


def test_all_tests_run_on_two_workers(script: ModuleType, run: Run) -> None:
    assert script.main() == 0
    command = run.commands[0]
    assert command[1:5] == ["-m", "pytest", "-n", "2"]
    assert "not browser" not in command


def test_a_failure_is_passed_on(script: ModuleType, run: Run) -> None:
    run.code = 1
    assert script.main() == 1


def test_a_skipped_test_fails_in_ci_only(
    script: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run.cases = SKIPPED
    assert script.main() == 0
    monkeypatch.setenv("CI", "true")
    assert script.main() == 1
    assert "tests.a.b: no chromium" in capfd.readouterr().out


def test_without_a_program_the_rest_runs_and_it_is_said(
    script: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "is_here", lambda _: False)
    monkeypatch.setattr(script.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert script.main() == 0
    assert run.commands[0][-2:] == ["-m", "not browser and not model"]
    said = capfd.readouterr().out
    assert "sudo apt-get install chromium. The tests in a browser were left out." in said
    assert "sudo apt-get install spin gcc libc6-dev. The tests of the model were left out." in said


@pytest.mark.parametrize("missing", ["browser", "model"])
def test_without_a_program_ci_fails_before_any_test(
    script: ModuleType,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    missing: str,
) -> None:
    monkeypatch.setattr(script, "is_here", lambda need: need.marker != missing)
    monkeypatch.setattr(script.shutil, "which", lambda _: None)
    monkeypatch.setenv("CI", "true")
    assert script.main() == 1
    assert run.commands == []
    assert "With CI=true that is a failure." in capfd.readouterr().out


@pytest.mark.parametrize(("missing", "package"), [("browser", "chromium"), ("model", "spin")])
def test_root_installs_what_is_missing(
    script: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch, missing: str, package: str
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(script, "is_here", lambda need: need.marker != missing or next(answers))
    monkeypatch.setattr(script.os, "geteuid", lambda: 0)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert script.main() == 0
    update, install, tests = run.commands[:3]
    assert update == ["apt-get", "update"]
    assert install[:2] == ["apt-get", "install"]
    assert package in install
    assert "-m" not in tests[3:]


def test_a_program_is_here_when_one_of_each_group_is(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    need = script.Need("model", "", ("spin",), (("spin",), ("cc", "gcc")))
    found = {"spin", "gcc"}
    monkeypatch.setattr(script.shutil, "which", lambda name: name if name in found else None)
    assert script.is_here(need)
    found.remove("spin")
    assert not script.is_here(need)


def test_the_quick_tests_run_on_a_newer_python_too(
    script: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(script, "NEWER", (3, 99))
    assert script.main() == 0
    version, setup, quick = run.commands[1:]
    assert version == ["/usr/bin/python3.99", "--version"]
    assert setup == ["/usr/bin/python3.99", "scripts/setup.py", "all", "build/python3.99"]
    assert quick[0] == "build/python3.99/bin/python"
    assert quick[-1] == "not slow and not browser"


def test_a_machine_without_a_newer_python_is_told(
    script: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "pythons", lambda _: iter(()))
    assert script.main() == 0
    assert len(run.commands) == 1
    assert "this machine has no python3.13" in capfd.readouterr().out


def test_a_python_of_pyenv_is_found_though_it_is_not_switched_on(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "versions" / "3.99.1" / "bin" / "python3.99"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/shims/{name}")
    assert list(script.pythons("python3.99")) == ["/shims/python3.99", str(python)]

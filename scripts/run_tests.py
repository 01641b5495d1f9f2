"""Runs every test; whatever can't run is said aloud, and with CI=true it is a failure.

Chromium for the tests in a browser and Spin for those of the model are Debian's: installed here where that is
possible, else those tests are left out with a sentence that says so.
"""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "build" / "tests.xml"
PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NEWER = (3, 13)
"""The newer Python that the product is tested on, where the machine has it."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the tests of a marker need of Debian: of each group of programs one, which the packages bring."""

    marker: str
    tests: str
    packages: tuple[str, ...]
    programs: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        return self.packages[0]


NEEDS = (
    Need(
        "browser",
        "The tests in a browser",
        ("chromium",),
        (("chromium", "chromium-browser", "google-chrome"),),
    ),
    Need("model", "The tests of the model", ("spin", "gcc", "libc6-dev"), (("spin",), ("cc",))),
)


def main() -> int:
    """Run the tests; returns the exit code."""
    strict = os.environ.get("CI", "").lower() == "true"
    left_out = {need: why for need in NEEDS if not is_here(need) and (why := install(need))}
    if left_out and strict:
        say(f"{' '.join(left_out.values())} With CI=true that is a failure.")
        return 1
    markers = " and ".join(f"not {need.marker}" for need in left_out)
    selection = ("-m", markers) if markers else ()
    REPORT.unlink(missing_ok=True)
    command = [sys.executable, *PYTEST, f"--junitxml={REPORT}", *selection]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    for need, why in left_out.items():
        say(f"{why} {need.tests} were left out.")
    skipped = skipped_tests(REPORT) if strict and code == 0 else []
    if skipped:
        say("with CI=true nothing may be skipped, and these tests were:\n  " + "\n  ".join(skipped))
        return 1
    return code or try_newer_python()


def try_newer_python() -> int:
    """Run the quick tests on a newer Python as well; returns the exit code."""
    name = f"python{NEWER[0]}.{NEWER[1]}"
    python = next((path for path in pythons(name) if runs(path)), None)
    if python is None:
        say(f"this machine has no {name}, so nothing was tried on it.")
        return 0
    if sys.version_info[:2] == NEWER:
        return 0
    say(f"the quick tests again, on {python} …")
    folder = f"build/{name}"
    code = subprocess.run([python, "scripts/setup.py", "all", folder], cwd=ROOT, check=False).returncode
    quick = [f"{folder}/bin/python", *PYTEST, "--quiet", "-m", "not slow and not browser"]
    return code or subprocess.run(quick, cwd=ROOT, check=False).returncode


def pythons(name: str) -> Iterator[str]:
    """Yield where a Python of that name may be: on PATH, or among pyenv's, which are not all on PATH."""
    if found := shutil.which(name):
        yield found
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from map(str, sorted(versions.glob(f"*/bin/{name}"), reverse=True))


def runs(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def is_here(need: Need) -> bool:
    return all(any(shutil.which(name) for name in group) for group in need.programs)


def install(need: Need) -> str | None:
    """Install Debian's packages; returns None, or the sentence that says why there are none."""
    names = " ".join(need.packages)
    if shutil.which("apt-get") is None:
        return f"There is no {need.name}, and this machine has no apt-get to install it with."
    if os.geteuid() != 0:
        return f"There is no {need.name}; have it installed: sudo apt-get install {names}."
    say(f"installing Debian's {names} …")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *need.packages],
    ):
        answer = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            reason = (answer.stderr.strip().splitlines() or ["no output"])[-1]
            return f"There is no {need.name}, and `{' '.join(command)}` failed: {reason}."
    return None if is_here(need) else f"There is no {need.name}, though apt-get has installed it."


def skipped_tests(report: Path) -> list[str]:
    """Return the tests that a JUnit report names as skipped, with their reasons."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - our own report
    return [
        f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
        for case in cases
        for skip in case.iter("skipped")
    ]


def say(sentence: str) -> None:
    print(f"feldsher: {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

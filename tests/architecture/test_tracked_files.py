"""What may not lie in the repository: hosts of registries, locks without hashes, leftovers of builds."""

import json
import re
from pathlib import Path

import pytest

from architecture.house import ROOT, tracked_files

# Put together here, so that this file does not name them itself.
HOSTS = re.compile(
    r"(?:" + "|".join(("py" + r"pi\.(org|io)", "python" + r"hosted\.", "npm" + r"js\.(org|com)")) + ")"
)
LOCKED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==\S+ \\$")


def with_registry(files: list[Path]) -> list[str]:
    return [path.name for path in files if HOSTS.search(path.read_text(encoding="utf-8", errors="replace"))]


def test_no_tracked_file_names_a_package_registry() -> None:
    assert with_registry(tracked_files()) == []


def test_a_registry_is_found(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_text('"resolved": "https://registry.npm' + 'js.org/esbuild"')
    assert with_registry([path]) == ["lock.json"]


def test_the_node_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    del packages[""]
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name for name, package in packages.items() if not package["integrity"].startswith("sha512-")
    ] == []


@pytest.mark.parametrize("name", ["demo.txt", "all.txt"])
def test_the_python_lock_has_hashes_and_nothing_else(name: str) -> None:
    rows = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    told = [row for row in rows if row and not row.lstrip().startswith("#")]
    packages = [n for n, row in enumerate(told) if LOCKED.match(row)]
    assert len(packages) > 20
    assert [row for row in told if not LOCKED.match(row) and not re.match(r"^    --hash=sha256:", row)] == []
    assert [told[n] for n in packages if not told[n + 1].startswith("    --hash=")] == []


def test_the_lock_of_the_tests_holds_the_versions_of_the_demo() -> None:
    demo, everything = (
        {
            row
            for row in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
            if "==" in row
        }
        for name in ("demo.txt", "all.txt")
    )
    assert demo < everything


def test_no_result_of_a_build_is_tracked() -> None:
    built = {"__pycache__", "node_modules", ".venv", "build", "dist", ".feldsher"}
    found = [path for path in tracked_files() if built & set(path.relative_to(ROOT).parts)]
    assert found == []
    assert [path for path in tracked_files() if ".egg-info" in str(path.relative_to(ROOT))] == []

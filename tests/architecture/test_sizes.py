from pathlib import Path

import pytest

from architecture.house import ROOT, tracked_files
from architecture.sizes import LONGEST_FILE, LONGEST_FUNCTION, too_long

MEASURED_FOLDERS = ("src", "tests", "frontend", "scripts", "bench")


def is_generated(path: Path) -> bool:
    return path.parent.name == "migrations" or "data" in path.relative_to(ROOT).parts


def test_no_file_has_more_than_500_lines_and_no_function_more_than_60() -> None:
    files = [
        path
        for path in tracked_files()
        if path.relative_to(ROOT).parts[0] in MEASURED_FOLDERS and not is_generated(path)
    ]
    assert len(files) > 200
    assert [sentence for path in files for sentence in too_long(path)] == []


def test_a_long_python_function_is_found(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("class A:\n    async def f(self):\n" + "        pass\n" * LONGEST_FUNCTION)
    assert list(too_long(path)) == ["long.py: f has 61 lines"]


def test_a_python_function_at_the_limit_passes(tmp_path: Path) -> None:
    path = tmp_path / "fits.py"
    path.write_text("def f():\n" + "    pass\n" * (LONGEST_FUNCTION - 1))
    assert list(too_long(path)) == []


@pytest.mark.parametrize("opening", ["export function f(a: number): void {", "const f = async () => {"])
def test_a_long_typescript_function_is_found(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "long.ts"
    body = "  if (x) {\n    y();\n  }\n" * 20
    path.write_text(f"{opening}\n{body}}}\n")
    assert list(too_long(path)) == [f"long.ts: {opening.rstrip(' {')} has 62 lines"]


@pytest.mark.parametrize("name", ["long.py", "long.css", "long.sql", "long.html", "long.ts"])
def test_a_long_file_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("\n" * (LONGEST_FILE + 1))
    assert list(too_long(path)) == [f"{name}: 501 lines"]

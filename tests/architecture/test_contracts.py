"""The direction of imports, held by import-linter from pyproject.toml without a single exception."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.house import PRODUCT, ROOT, SOURCES, contracts, dotted, project

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_all_contracts_are_kept() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout


def test_no_contract_has_an_exception() -> None:
    linter = project()["tool"]["importlinter"]
    assert "exclude_type_checking_imports" not in linter
    for contract in linter["contracts"]:
        assert [key for key in contract if "ignore" in key] == []


def test_the_layers_are_exhaustive() -> None:
    assert [each["containers"] for each in contracts("layers")] == [["feldsher"], ["feldsher.domain"]]
    assert all(each["exhaustive"] for each in contracts("layers"))


def test_each_models_module_has_one_contract_that_protects_it() -> None:
    found = sorted(
        dotted(path)
        for path in PRODUCT.rglob("models*")
        if path.name in {"models.py", "models"} and "__pycache__" not in path.parts
    )
    named = sorted(each["protected_modules"][0] for each in contracts("protected"))
    assert named == found
    for each in contracts("protected"):
        (models,) = each["protected_modules"]
        assert each["allowed_importers"] == [models.removesuffix(".models")]


@pytest.mark.parametrize(
    ("importer", "line", "broken"),
    [
        ("kernel/money.py", "import feldsher.domain", "Imports point down"),
        ("domain/directory/rules.py", "import feldsher.domain.patients.types", "Contexts of the domain"),
        ("channels/site/talon.py", "import feldsher.integrations", "Imports point down"),
        (
            "channels/site/forms.py",
            "import feldsher.domain.patients.models",
            "Tables of patients are its own",
        ),
        ("channels/site/talon.py", "import testbench", "The product does not know the testbench"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, importer: str, line: str, broken: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(SOURCES, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static"))
    with (tmp_path / "src" / "feldsher" / importer).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    answer = lint(tmp_path)
    assert answer.returncode == 1
    assert any(broken in row and "BROKEN" in row for row in answer.stdout.splitlines()), answer.stdout

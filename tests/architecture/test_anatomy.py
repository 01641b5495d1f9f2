"""Every module has the same file names, one page of documentation, and a narrow border."""

import ast
from pathlib import Path

import grimp
import pytest

from architecture.house import PRODUCT, ROOT, dotted, modules

NEEDED = {"apps", "models", "types", "services", "selectors", "migrations"}
BORDER = {"services", "selectors", "types", "events", "ports", "errors"}
"""What a module of the domain shows to others; the rest is its own."""
BINDER, BOUND = "feldsher.conf.", {"gateways"}
"""What stands above all contexts also hands adapters over."""
LOOK_UPS = {"get_model", "import_string", "import_module", "__import__"}
DOMAIN = sorted(path for path in (PRODUCT / "domain").iterdir() if (path / "__init__.py").exists())


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("feldsher", cache_dir=None)


def names(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir() if path.name not in {"__init__.py", "__pycache__"}}


@pytest.mark.parametrize("folder", DOMAIN, ids=lambda folder: folder.name)
def test_a_module_of_the_domain_has_the_usual_names(folder: Path) -> None:
    assert names(folder) >= NEEDED


@pytest.mark.parametrize("folder", DOMAIN, ids=lambda folder: folder.name)
def test_no_name_is_both_a_file_and_a_folder(folder: Path) -> None:
    files = [path.stem for path in folder.rglob("*.py")]
    assert [name for name in files if (folder / name).is_dir() and (folder / f"{name}.py").exists()] == []


def trespasses(imports: set[tuple[str, str]]) -> list[str]:
    """Return the imports that reach behind the border of a module of the domain."""
    return sorted(
        f"{importer} imports {imported}"
        for importer, imported in imports
        for owner in map(dotted, DOMAIN)
        if imported.startswith(f"{owner}.")
        and importer != owner
        and not importer.startswith(f"{owner}.")
        and imported.removeprefix(f"{owner}.").split(".")[0] not in BORDER
        and not (importer.startswith(BINDER) and imported.removeprefix(f"{owner}.") in BOUND)
    )


def test_modules_meet_at_their_borders_only(graph: grimp.ImportGraph) -> None:
    imports = {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    assert len(imports) > 100
    assert trespasses(imports) == []


def test_a_trespass_is_found() -> None:
    assert trespasses({("feldsher.channels.site.pages", "feldsher.domain.patients.persons")}) == [
        "feldsher.channels.site.pages imports feldsher.domain.patients.persons"
    ]


def test_adapters_have_no_tables() -> None:
    assert list((PRODUCT / "integrations").rglob("models*")) == []


def looked_up(source: str) -> list[str]:
    """Return the calls that find code or tables by a string, past every contract."""
    return [
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in LOOK_UPS
    ]


def test_nothing_is_looked_up_by_a_string() -> None:
    found = {
        str(path.relative_to(PRODUCT)): calls
        for path in PRODUCT.rglob("*.py")
        if "migrations" not in path.parts and (calls := looked_up(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_look_up_is_found() -> None:
    assert looked_up('apps.get_model("patients", "Patient")\nimport_string("a.b")') == [
        "get_model",
        "import_string",
    ]


@pytest.mark.parametrize(
    ("words", "place"),
    [("REMOTE_ADDR", "foundation/access/addresses.py"), (".ipv4_mapped", "kernel/addresses.py")],
)
def test_where_a_request_comes_from_is_read_and_judged_in_one_place(words: str, place: str) -> None:
    judges = {path for path in PRODUCT.rglob("*.py") if words in path.read_text(encoding="utf-8")}
    # Whom we call is another question than who calls us.
    assert judges - {PRODUCT / "foundation/egress/addresses.py"} == {PRODUCT / place}


@pytest.mark.parametrize("folder", [*modules(), PRODUCT / "kernel", PRODUCT / "conf"], ids=lambda f: f.name)
def test_each_module_has_a_page(folder: Path) -> None:
    page = ROOT / "docs" / "modules" / f"{folder.name}.md"
    assert page.is_file(), f"{page.relative_to(ROOT)} is missing"
    assert "data class" in page.read_text(encoding="utf-8").lower()

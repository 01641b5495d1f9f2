"""Documents lead somewhere and leave nothing out: links, decisions, variables of the environment."""

import ast
import re
from pathlib import Path

from architecture.house import ROOT, SOURCES, tracked_files

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"(?:FELDSHER|DATABASE)_[A-Z_]*[A-Z]")
LONGEST_DECISION = 450
"""Words: what fits on a page."""


def dead_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return [each for each in targets if "://" not in each and not (page.parent / each).exists()]


def test_every_link_between_documents_leads_to_a_file() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    assert len(pages) > 20
    assert {str(page.relative_to(ROOT)): dead for page in pages if (dead := dead_links(page))} == {}


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md#part) [gone](gone.md) [web](https://example.org/x)", encoding="utf-8")
    assert dead_links(page) == ["gone.md"]


def test_decisions_are_numbered_listed_and_no_longer_than_a_page() -> None:
    folder = ROOT / "docs" / "adr"
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert f"({path.name})" in listed
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences"))
        assert len(text.split()) <= LONGEST_DECISION


def variables_in(source: str) -> set[str]:
    """Return the variables of the environment that a source names by a string of their own."""
    strings = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {each for each in strings if isinstance(each, str) and VARIABLE.fullmatch(each)}


def test_the_table_of_variables_has_each_that_is_read_and_no_other() -> None:
    page = (ROOT / "docs" / "modules" / "conf.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `({VARIABLE.pattern})` \|", page, flags=re.MULTILINE)
    read = {name for path in SOURCES.rglob("*.py") for name in variables_in(path.read_text(encoding="utf-8"))}
    assert len(read) > 30
    assert (sorted(set(rows) - read), sorted(read - set(rows)), len(rows)) == ([], [], len(set(rows)))


def test_a_variable_is_found_and_a_word_about_it_is_not() -> None:
    assert variables_in('"""FELDSHER_DOC."""\nflag("FELDSHER_READ")\nraise E("FELDSHER_SAID is wrong")') == {
        "FELDSHER_READ"
    }

"""C66: each requirement of ASVS 5.0.0, levels 1 and 2, is met by tests that exist, or is said to be open.

The standard's texts are not here: numbers only, with their levels.
"""

import ast
import json
from typing import Any

import pytest

from architecture.house import ROOT

LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23",
    "11.6": "23", "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
"""Of each section the level of its first requirement, its second, and so on."""
IDS = {
    f"V{section}.{n}": int(level) for section, levels in LEVELS.items() for n, level in enumerate(levels, 1)
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return dict(json.loads((ROOT / "docs" / "security" / "asvs.json").read_text(encoding="utf-8")))


def missing(node: str) -> bool:
    """Tell whether a test that is named `tests/a.py::test_b` is not there."""
    file, _, name = node.partition("::")
    path = ROOT / file
    if not file.startswith("tests/") or not path.is_file():
        return True
    body: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for part in name.split("::"):
        found = next((one for one in body if getattr(one, "name", "") == part), None)
        if found is None:
            return True
        body = getattr(found, "body", [])
    return not name.rpartition("::")[2].startswith("test_")


def test_c66_the_standard_has_its_345_requirements() -> None:
    levels = list(IDS.values())
    assert [levels.count(level) for level in (1, 2, 3)] == [70, 183, 92]


def test_c66_each_requirement_of_levels_1_and_2_is_met_or_open(told: dict[str, Any]) -> None:
    wanted = {number for number, level in IDS.items() if level < 3}
    assert set(told["met"]) | set(told["open"]) == wanted
    assert set(told["met"]) & set(told["open"]) == set()


def test_c66_each_requirement_that_is_met_names_tests_that_are_there(told: dict[str, Any]) -> None:
    assert {number: nodes for number, nodes in told["met"].items() if not nodes} == {}
    lost = [(number, node) for number, nodes in told["met"].items() for node in nodes if missing(node)]
    assert lost == []


def test_c66_each_open_requirement_has_one_sentence(told: dict[str, Any]) -> None:
    for number, sentence in told["open"].items():
        assert 8 < len(sentence) < 200, number
        assert sentence.endswith("."), number


def test_c66_a_test_that_is_not_there_is_found() -> None:
    here = "tests/architecture/test_asvs.py"
    assert not missing(f"{here}::test_c66_a_test_that_is_not_there_is_found")
    for node in ("", "tests/no.py::test_a", f"{here}::test_none", f"{here}::missing", f"{here}::IDS", here):
        assert missing(node), node

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from feldsher.domain.search.synonyms import Term, Thesaurus, thesaurus


def meant(lines: list[str], query: str) -> list[tuple[int, int, list[str]]]:
    found = Thesaurus(lines).meanings([Term.of(word) for word in query.split()])
    return [
        (each.first, each.last, [" ".join(term.word for term in phrase) for phrase in each.phrases])
        for each in found
    ]


def test_items_of_a_group_find_each_other_in_any_form() -> None:
    lines = ["лор, ухогорлонос, детский лор  # comment", "", "# nothing"]
    assert meant(lines, "ухогорлоноса") == [(0, 0, ["лор", "детский лор"])]
    assert meant(lines, "хороший детский лор") == [
        (1, 2, ["лор", "ухогорлонос"]),
        (2, 2, ["ухогорлонос", "детский лор"]),
    ]


def test_an_arrow_leads_one_way_and_to_all_that_its_end_means() -> None:
    lines = ["болит горло => лор", "лор, отоларинголог"]
    assert meant(lines, "болит горло") == [(0, 1, ["лор", "отоларинголог"])]
    assert meant(lines, "отоларинголог") == [(0, 0, ["лор"])]


@pytest.mark.parametrize("line", ["одинокий", "=> лор", "лор =>", ", ,"])
def test_a_line_without_a_group_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        Thesaurus(["а, б", line])


def test_our_file_has_what_a_clinic_needs() -> None:
    assert len(thesaurus().words) > 500
    assert thesaurus().near("акулист") >= {"окулист"}


@pytest.fixture
def fresh() -> None:
    thesaurus.cache_clear()


def test_a_clinic_adds_a_file_of_its_own(fresh: None, settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("ковролог, невролог\n", encoding="utf-8")
    settings.FELDSHER_SEARCH_SYNONYMS = str(own)
    assert thesaurus().meanings([Term.of("ковролог")]) != []
    thesaurus.cache_clear()
    own.write_text("невролог\n", encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match="no group"):
        thesaurus()
    settings.FELDSHER_SEARCH_SYNONYMS = str(tmp_path / "none.txt")
    with pytest.raises(ImproperlyConfigured, match="can't be read"):
        thesaurus()
    settings.FELDSHER_SEARCH_SYNONYMS = ""
    assert thesaurus().meanings([Term.of("ковролог")]) == []

"""Secrets of FELDSHER_MIS by reference."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import MisSettings, mis_from_json


def read(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> MisSettings:
    entry = {"id": "umc", "kind": "bit_umc", "url": "http://mis.local/ws/a"} | changed
    monkeypatch.setenv("FELDSHER_MIS", json.dumps([entry]))
    (mis,) = mis_from_json()
    return mis


def test_a_password_may_be_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMC_PASSWORD", "of the variable")
    assert read(monkeypatch, password={"secret_env": "UMC_PASSWORD"}).password == "of the variable"


def test_a_password_may_be_the_first_line_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "umc").write_text("of the file\nand a note\n", encoding="utf-8")
    assert read(monkeypatch, password={"secret_file": str(tmp_path / "umc")}).password == "of the file"


def test_a_text_of_the_options_may_be_named_too_and_other_objects_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UMC_KEY", "a key")
    names = {"DUREE": "LENGTH"}
    mis = read(monkeypatch, options={"key": {"secret_env": "UMC_KEY"}, "names": names})
    assert mis.options == {"key": "a key", "names": names}


@pytest.mark.parametrize("reference", [{"secret_env": "NOT_THERE"}, {"secret_file": "/nowhere/umc"}])
def test_a_reference_that_leads_nowhere_is_told(
    monkeypatch: pytest.MonkeyPatch, reference: dict[str, str]
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"FELDSHER_MIS umc: the (secret|file)"):
        read(monkeypatch, password=reference)


def test_the_list_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "mis.json"
    file.write_text('[{"id": "own", "kind": "plain", "url": "http://mis.local"}]', encoding="utf-8")
    monkeypatch.setenv("FELDSHER_MIS", f"file:{file}")
    assert [mis.id for mis in mis_from_json()] == ["own"]
    monkeypatch.setenv("FELDSHER_MIS", f"file:{tmp_path / 'none'}")
    with pytest.raises(ImproperlyConfigured, match="can't be read: FileNotFoundError"):
        mis_from_json()

"""FELDSHER_YANDEX_REPORTS: what it may say, and one sentence for what it may not."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from feldsher.conf.composition import build_catalogue, remotes
from feldsher.conf.yandex import YandexReportSettings, yandex_report_settings

NAME = "FELDSHER_YANDEX_REPORTS"
WHOLE = {"token": "secret", "fields": {"oauth": "token", "mark": "ya_token"}}


def test_without_it_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert yandex_report_settings() is None
    assert build_catalogue(None) is None


def test_its_host_is_in_the_register_and_its_token_in_no_repr(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv(NAME, json.dumps(WHOLE))
    told = yandex_report_settings()
    assert told == YandexReportSettings(**WHOLE)
    assert "secret" not in repr(told)
    settings.FELDSHER_YANDEX_REPORTS = told
    assert [(host.name, host.port) for host in remotes() if host.name == "yandex.ru"] == [("yandex.ru", 443)]
    made = build_catalogue(told)
    assert made is not None
    assert made.title == "Яндексу"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("[]", "must be a JSON object"),
        ("{", "must be a JSON object"),
        ({**WHOLE, "more": 1}, "Fields: token, fields, url, timeout_seconds"),
        ({**WHOLE, "fields": {"a": 1}}, "fields is an object of texts"),
        ({**WHOLE, "fields": []}, "fields is an object of texts"),
        ({**WHOLE, "token": 5}, "token and url are strings"),
        ({**WHOLE, "timeout_seconds": 0}, "timeout_seconds is a number above 0"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, told: Any, words: str
) -> None:
    monkeypatch.setenv(NAME, told if isinstance(told, str) else json.dumps(told))
    with pytest.raises(ImproperlyConfigured, match=words):
        yandex_report_settings()


def test_a_field_of_unknown_meaning_is_refused_at_start() -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}: 'phone' is no value"):
        build_catalogue(YandexReportSettings("t", {**WHOLE["fields"], "x": "phone"}))  # type: ignore[dict-item]

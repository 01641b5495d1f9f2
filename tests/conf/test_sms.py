"""FELDSHER_SMS: one provider or several, and what is wrong with it in one sentence."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from feldsher.conf.composition import build_sms, remotes
from feldsher.conf.sms import SmsAccount, SmsSettings, sms_settings
from feldsher.foundation.messaging.ports import NullProvider
from feldsher.integrations.sms.sms_ru import SmsRu
from feldsher.integrations.sms.smsc_ru import SmscRu

RU = {"kind": "sms_ru", "api_key": "a-key"}
SMSC = {"kind": "smsc_ru", "login": "clinic", "password": "a-word"}


def read(monkeypatch: pytest.MonkeyPatch, given: object) -> SmsSettings:
    monkeypatch.setenv("FELDSHER_SMS", json.dumps(given))
    told = sms_settings()
    assert told is not None
    return told


def test_without_a_provider_no_sms_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_SMS", raising=False)
    assert sms_settings() is None
    [provider] = build_sms(None)
    assert isinstance(provider, NullProvider)


def test_one_provider_is_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    told = read(monkeypatch, RU | {"day_cap": 7})
    assert told == SmsSettings((SmsAccount("sms_ru", "a-key"),), day_cap=7)
    [provider] = build_sms(told)
    assert isinstance(provider, SmsRu)


def test_several_are_a_list_in_the_order_of_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    told = read(monkeypatch, [SMSC | {"day_cap": 7}, RU])
    assert told.day_cap == 7
    assert [type(each) for each in build_sms(told)] == [SmscRu, SmsRu]


def test_secrets_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    told = read(monkeypatch, [RU, SMSC | {"callback_secret": "a-secret-of-callbacks"}])
    for secret in ("a-key", "a-word", "a-secret"):
        assert secret not in repr(told)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ([], "JSON object"),
        ("x", "JSON object"),
        ([RU, "x"], "JSON object"),
        ([RU, SMSC | {"day_cap": 7}], "the first may name day_cap"),
        (RU | {"test": True}, "JSON object"),
        ({"kind": "sms_ru"}, "api_key is the api_id"),
        (RU | {"api_key": ""}, "api_key is the api_id"),
        (RU | {"api_key": 7}, "strings"),
        (RU | {"kind": ["sms_ru"]}, "strings"),
        (RU | {"day_cap": 0}, "day_cap"),
        (RU | {"timeout_seconds": "1"}, "timeout_seconds"),
        (RU | {"timeout_seconds": 0}, "timeout_seconds"),
        (RU | {"balance_alarm": -1}, "balance_alarm"),
        (RU | {"callback_secret": "a-secret-of-callbacks"}, "not known to SMS.RU"),
        ([RU, RU], "twice"),
        ({"kind": "smsc_ru"}, "an api_key, or login and password"),
        (SMSC | {"password": ""}, "an api_key, or login and password"),
        (SMSC | {"api_key": "a-key"}, "an api_key, or login and password"),
        (SMSC | {"callback_secret": "short"}, "openssl rand -hex 16"),
    ],
)
def test_what_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, given: object, word: str) -> None:
    monkeypatch.setenv("FELDSHER_SMS", json.dumps(given))
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_SMS") as refused:
        sms_settings()
    assert word in str(refused.value)
    assert "a-word" not in str(refused.value)


@pytest.mark.parametrize(
    "account",
    [
        SmsAccount("pigeon", "k"),
        SmsAccount("sms_ru", "k", url="http://x"),
        SmsAccount("smsc_ru", "k", reserve="http://x"),
    ],
)
def test_a_provider_that_cannot_be_built_is_named(account: SmsAccount) -> None:
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_SMS"):
        build_sms(SmsSettings((account,)))


@pytest.mark.parametrize(
    ("changed", "hosts"),
    [
        ({}, ["smsc.ru", "www2.smsc.ru"]),
        ({"reserve": "https://www3.smsc.ru"}, ["smsc.ru", "www3.smsc.ru"]),
        ({"url": "https://stand.example"}, ["stand.example"]),
        (
            {"url": "https://stand.example", "reserve": "https://other.example"},
            ["stand.example", "other.example"],
        ),
    ],
)
def test_every_host_that_may_be_called_stands_in_the_register(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, changed: dict[str, str], hosts: list[str]
) -> None:
    settings.FELDSHER_SMS = read(monkeypatch, [SMSC | changed, RU])
    settings.FELDSHER_MIS = ()
    told = [host for host in remotes() if host.purpose.startswith("SMS")]
    assert [host.name for host in told] == [*hosts, "sms.ru"]

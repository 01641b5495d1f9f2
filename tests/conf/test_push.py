"""FELDSHER_PUSH: off without it, what is wrong with it in one sentence, and the key that is made for it."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from conf.test_cli import run
from feldsher.conf.composition import build_push, remotes
from feldsher.conf.push import SERVICES, PushSettings, push_settings
from feldsher.foundation.messaging.ports import NullPush
from feldsher.integrations.push import WebPush, new_private_key

GIVEN = {"private_key": new_private_key(), "contact": "mailto:site@clinic.example"}


def read(monkeypatch: pytest.MonkeyPatch, given: object) -> PushSettings:
    monkeypatch.setenv("FELDSHER_PUSH", json.dumps(given))
    told = push_settings()
    assert told is not None
    return told


def test_without_keys_push_is_off_and_no_service_is_called(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("FELDSHER_PUSH", raising=False)
    assert push_settings() is None
    assert isinstance(build_push(None), NullPush)
    settings.FELDSHER_PUSH = None
    assert [host for host in remotes() if "Push" in host.purpose] == []


def test_with_keys_the_services_of_browsers_stand_in_the_register(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    told = read(monkeypatch, GIVEN)
    sender = build_push(told)
    assert isinstance(sender, WebPush)
    assert len(sender.public_key) == 87
    assert GIVEN["private_key"] not in repr(told)
    settings.FELDSHER_PUSH = told
    found = [host for host in remotes() if "Push" in host.purpose]
    assert [f"https://{host.name}" for host in found] == list(SERVICES)
    assert {(host.port, host.country, host.is_internal) for host in found} == {(443, "US", False)}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("x", "JSON object"),
        ([], "JSON object"),
        (GIVEN | {"key": "x"}, "JSON object"),
        (GIVEN | {"private_key": 5}, "strings"),
        (GIVEN | {"contact": "site"}, "contact"),
        (GIVEN | {"services": []}, "services"),
        (GIVEN | {"services": "https://push.example"}, "services"),
        (GIVEN | {"timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_wrong_setting_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, given: object, word: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=word):
        read(monkeypatch, given)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (GIVEN | {"private_key": "short"}, "push keys"),
        (GIVEN | {"services": ["http://push.example"]}, "https://"),
    ],
)
def test_what_the_sender_cannot_use_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, given: object, word: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"FELDSHER_PUSH: .*{word}"):
        build_push(read(monkeypatch, given))


def test_a_command_makes_the_keys_without_a_database_or_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [run("push", "keys") for _ in range(2)]
    assert [answer.returncode for answer in made] == [0, 0], made[0].stderr
    one, two = (json.loads(answer.stdout) for answer in made)
    assert one["private_key"] != two["private_key"]
    assert isinstance(build_push(read(monkeypatch, one)), WebPush)

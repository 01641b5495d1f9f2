import base64
import json
from typing import Any

import pytest
from django.core.checks import Error, run_checks
from pytest_django import Settings

from feldsher.foundation.vault.errors import VaultConfigError
from feldsher.foundation.vault.keys import keyring
from foundation.vault.factories import key_text, vault_keys

GOOD: dict[str, Any] = json.loads(vault_keys(current="k1", keys=("k1",)))


def test_keys_never_show_in_a_repr(settings: Settings) -> None:
    settings.VAULT_KEYS = vault_keys(current="k1", keys=("k1",))
    assert repr(keyring()) == "Keyring(current='k1', epoch='e1')"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "{}",
        '"k1"',
        json.dumps(GOOD | {"current": "k9"}),
        json.dumps(GOOD | {"keys": {}}),
        json.dumps(GOOD | {"keys": ["k1"]}),
        json.dumps(GOOD | {"keys": {"k1": 17}}),
        json.dumps(GOOD | {"keys": {"k1": "not base64"}}),
        json.dumps(GOOD | {"keys": {"k1": "ключ"}}),
        json.dumps(GOOD | {"keys": {"k1": base64.b64encode(b"short").decode()}}),
        json.dumps(GOOD | {"current": "a:b", "keys": {"a:b": key_text("k1")}}),
        json.dumps(GOOD | {"index": None}),
        json.dumps({"current": "k1", "keys": GOOD["keys"]}),
        json.dumps(GOOD | {"keys": {"k1": key_text("e1")}}),
    ],
)
def test_unusable_keys_are_refused_and_the_check_says_so(settings: Settings, text: str) -> None:
    settings.VAULT_KEYS = text
    with pytest.raises(VaultConfigError) as caught:
        keyring()
    assert caught.value.code == "vault_misconfigured"
    assert [message.id for message in run_checks() if isinstance(message, Error)] == ["vault.E001"]


@pytest.mark.parametrize(
    ("keys", "is_demo", "expected"),
    [
        ("", False, ["vault.W001"]),
        ("", True, []),
        (vault_keys(current="k1", keys=("k1",)), False, []),
    ],
)
def test_derived_keys_are_for_the_demo(
    settings: Settings, keys: str, *, is_demo: bool, expected: list[str]
) -> None:
    settings.VAULT_KEYS, settings.DEMO = keys, is_demo
    found = [message.id for message in run_checks() if str(message.id).startswith("vault.")]
    assert found == expected

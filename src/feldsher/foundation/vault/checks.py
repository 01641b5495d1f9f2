"""Tells the operator at start what is wrong with the keys, before the first patient is written."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from feldsher.foundation.vault.errors import VaultConfigError
from feldsher.foundation.vault.keys import keyring


def check_keys(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse keys that can't be used; warn when they are derived from the secret outside the demo."""
    del app_configs, kwargs
    try:
        keyring()
    except VaultConfigError as error:
        return [Error(error.detail, id="vault.E001")]
    if settings.VAULT_KEYS or settings.DEMO:
        return []
    return [
        CheckWarning(
            "Patients' names and phones are sealed under keys derived from FELDSHER_SECRET.",
            hint="Set FELDSHER_VAULT_KEYS (docs/modules/vault.md) before the first patient is written.",
            id="vault.W001",
        )
    ]

from django.apps import AppConfig
from django.core import checks

from feldsher.foundation.vault.checks import check_keys


class VaultConfig(AppConfig):
    name = "feldsher.foundation.vault"
    label = "vault"

    def ready(self) -> None:
        checks.register(check_keys, checks.Tags.security)

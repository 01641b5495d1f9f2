from django.apps import AppConfig
from django.core import checks

from feldsher.foundation.messaging.checks import check_provider


class MessagingConfig(AppConfig):
    name = "feldsher.foundation.messaging"
    label = "messaging"

    def ready(self) -> None:
        checks.register(check_provider, checks.Tags.compatibility)

from django.apps import AppConfig
from django.core import checks

from feldsher.foundation.access.checks import check_role
from feldsher.foundation.access.identity import check_identity


class AccessConfig(AppConfig):
    name = "feldsher.foundation.access"
    label = "access"

    def ready(self) -> None:
        checks.register(check_role, checks.Tags.database)
        checks.register(check_identity, checks.Tags.security)

from django.apps import AppConfig
from django.core import checks

from feldsher.foundation.audit.checks import check_audit


class AuditConfig(AppConfig):
    name = "feldsher.foundation.audit"
    label = "audit"

    def ready(self) -> None:
        checks.register(check_audit, checks.Tags.security)

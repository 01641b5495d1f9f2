from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created

from feldsher.foundation.access.checks import check_care, check_proxies, check_role, examine
from feldsher.foundation.access.identity import check_identity


class AccessConfig(AppConfig):
    name = "feldsher.foundation.access"
    label = "access"

    def ready(self) -> None:
        connection_created.connect(examine, dispatch_uid="access.role")
        checks.register(check_role, checks.Tags.database)
        checks.register(check_care, checks.Tags.database)
        checks.register(check_proxies, checks.Tags.security)
        checks.register(check_identity, checks.Tags.security)

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "feldsher.foundation.audit"
    label = "audit"

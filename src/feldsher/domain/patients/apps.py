"""Registers patients with Django, and gives a fresh database the texts that people agree to."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.signals import post_migrate


class PatientsConfig(AppConfig):
    name = "feldsher.domain.patients"
    label = "patients"

    def ready(self) -> None:
        post_migrate.connect(_publish_first_texts, sender=self)


def _publish_first_texts(*, using: str, **kwargs: Any) -> None:
    """After migrations, not in one: a clinic's own texts count, and a flushed database gets ours back."""
    del kwargs
    from feldsher.domain.patients import services  # noqa: PLC0415 - models are loaded only now

    if using == DEFAULT_DB_ALIAS and "patients_consent_text" in connection.introspection.table_names():
        services.publish_first_texts()

"""Registers the corporate section with Django, and gives a fresh database the list of examinations."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.signals import post_migrate


class CorporateConfig(AppConfig):
    name = "feldsher.domain.corporate"
    label = "corporate"

    def ready(self) -> None:
        post_migrate.connect(_load_first_exam_list, sender=self)


def _load_first_exam_list(*, using: str, **kwargs: Any) -> None:
    """After migrations, not in one: a list that the clinic loaded stays, and a flushed database gets ours."""
    del kwargs
    from feldsher.domain.corporate import services  # noqa: PLC0415 - models are loaded only now

    if using == DEFAULT_DB_ALIAS and "corporate_exam_list" in connection.introspection.table_names():
        services.load_first_exam_list()

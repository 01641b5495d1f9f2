"""Binds ports to adapters once Django has loaded the models."""

from django.apps import AppConfig


class ConfConfig(AppConfig):
    name = "feldsher.conf"
    label = "conf"

    def ready(self) -> None:
        from feldsher.conf import composition  # noqa: PLC0415 - adapters import models, which exist only now

        composition.bind()

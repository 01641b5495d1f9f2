from django.apps import AppConfig


class CabinetConfig(AppConfig):
    name = "feldsher.channels.cabinet"
    label = "cabinet"

from django.apps import AppConfig


class CheckupsConfig(AppConfig):
    name = "feldsher.domain.checkups"
    label = "checkups"

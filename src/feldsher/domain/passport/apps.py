from django.apps import AppConfig


class PassportConfig(AppConfig):
    name = "feldsher.domain.passport"
    label = "passport"

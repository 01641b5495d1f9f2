from django.apps import AppConfig


class CorporateConfig(AppConfig):
    name = "feldsher.domain.corporate"
    label = "corporate"

from django.apps import AppConfig


class EditorialConfig(AppConfig):
    name = "feldsher.domain.editorial"
    label = "editorial"

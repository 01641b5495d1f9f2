from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "feldsher.domain.figures"
    label = "figures"

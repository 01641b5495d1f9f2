from django.apps import AppConfig


class FrontendConfig(AppConfig):
    name = "feldsher.channels.frontend"
    label = "frontend"

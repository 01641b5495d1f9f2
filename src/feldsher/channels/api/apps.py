from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "feldsher.channels.api"
    label = "api"

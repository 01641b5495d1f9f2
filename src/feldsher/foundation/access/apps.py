from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "feldsher.foundation.access"
    label = "access"

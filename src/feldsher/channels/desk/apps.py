from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "feldsher.channels.desk"
    label = "desk"

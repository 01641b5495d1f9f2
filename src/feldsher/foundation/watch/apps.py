from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "feldsher.foundation.watch"
    label = "watch"

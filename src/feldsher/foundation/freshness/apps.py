from django.apps import AppConfig


class FreshnessConfig(AppConfig):
    name = "feldsher.foundation.freshness"
    label = "freshness"

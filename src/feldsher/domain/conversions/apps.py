from django.apps import AppConfig


class ConversionsConfig(AppConfig):
    name = "feldsher.domain.conversions"
    label = "conversions"

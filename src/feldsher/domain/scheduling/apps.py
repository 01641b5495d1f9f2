from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "feldsher.domain.scheduling"
    label = "scheduling"

from django.apps import AppConfig
from django.core import checks

from feldsher.foundation.alarms.checks import check_ways


class AlarmsConfig(AppConfig):
    name = "feldsher.foundation.alarms"
    label = "alarms"

    def ready(self) -> None:
        checks.register(check_ways, checks.Tags.compatibility)

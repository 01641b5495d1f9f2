"""Tells the operator at start that nobody is told of an alarm."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning


def check_ways(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn where an alarm stands in the log and on the desk only, outside the demo."""
    del app_configs, kwargs
    ways = settings.FELDSHER_ALARMS
    if settings.DEMO or ways.email or ways.webhook:
        return []
    hint = 'Set FELDSHER_ALARMS, such as {"email": ["duty@clinic.example"]} (docs/modules/alarms.md).'
    return [CheckWarning("Nobody is told of an alarm by mail or webhook.", hint=hint, id="alarms.W001")]

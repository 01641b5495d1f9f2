"""Reports to Яндекс «Врачи»: reads FELDSHER_YANDEX_REPORTS, and says what is wrong with it."""

import json
import os
from dataclasses import dataclass, field, fields

from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import is_measure

_NAME = "FELDSHER_YANDEX_REPORTS"


@dataclass(frozen=True, slots=True)
class YandexReportSettings:
    """`token` is that of the clinic's application (doctors-clinics:write_reports), good for half a year.

    `fields` maps the names of a report's fields to what they hold. `url` is for a stand-in.
    """

    token: str = field(repr=False)
    fields: dict[str, str]
    url: str = ""
    timeout_seconds: float = 5.0


def yandex_report_settings() -> YandexReportSettings | None:
    """Read FELDSHER_YANDEX_REPORTS, JSON with fields of YandexReportSettings; None where it is off."""
    text = os.environ.get(_NAME, "")
    if not text:
        return None
    try:
        settings = YandexReportSettings(**json.loads(text))
    except (ValueError, TypeError) as error:
        known = ", ".join(each.name for each in fields(YandexReportSettings))
        raise ImproperlyConfigured(
            f"{_NAME} must be a JSON object (docs/integrations/yandex_reports.md). Fields: {known}."
        ) from error
    told = settings.fields
    if not isinstance(told, dict) or not all(isinstance(each, str) for pair in told.items() for each in pair):
        raise ImproperlyConfigured(f'{_NAME} fields is an object of texts, such as {{"name": "ya_token"}}.')
    if not isinstance(settings.token, str) or not isinstance(settings.url, str):
        raise ImproperlyConfigured(f"{_NAME} token and url are strings.")
    if not is_measure(settings.timeout_seconds, whole=False) or not settings.timeout_seconds:
        raise ImproperlyConfigured(f"{_NAME} timeout_seconds is a number above 0.")
    return settings

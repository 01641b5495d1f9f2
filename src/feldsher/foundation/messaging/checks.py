"""Tells the operator at start that no message leaves this installation."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning


def check_provider(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn without an SMS provider; refuse where a patient would be asked for a code that is never sent."""
    del app_configs, kwargs
    return [*_letters(), *_sms()]


def _letters() -> list[CheckMessage]:
    if not settings.FELDSHER_BOOKING.letters or settings.FELDSHER_SMTP.host:
        return []
    lacking = "FELDSHER_BOOKING asks patients for an e-mail, and there is no server that takes letters."
    hint = 'Set FELDSHER_SMTP, such as {"host": "mail.clinic.example", "sender": "visits@clinic.example"}.'
    return [Error(lacking, hint=hint, id="messaging.E002")]


def _sms() -> list[CheckMessage]:
    if settings.FELDSHER_SMS is not None:
        return []
    hint = 'Set FELDSHER_SMS, such as {"kind": "sms_ru", "api_key": "…"} (docs/modules/messaging.md).'
    if settings.FELDSHER_BOOKING.phone_proof != "off":
        lacking = "FELDSHER_BOOKING asks for phone codes, and there is no provider that could send them."
        return [Error(lacking, hint=hint, id="messaging.E001")]
    return [CheckWarning("No SMS is sent: no provider is set.", hint=hint, id="messaging.W001")]

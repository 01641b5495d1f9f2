"""Web Push: reads FELDSHER_PUSH, says in one sentence what is wrong with it, and makes a first one."""

import json
import os
from dataclasses import dataclass, field, fields

from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import is_measure

_NAME = "FELDSHER_PUSH"
SERVICES = (
    "https://fcm.googleapis.com",
    "https://updates.push.services.mozilla.com",
    "https://web.push.apple.com",
)
"""Push services of Chrome and Яндекс Браузер, of Firefox and of Safari: no other host gets a message."""


@dataclass(frozen=True, slots=True)
class PushSettings:
    """`private_key` is ours (VAPID, RFC 8292), `contact` (mailto: or https:) is told to push services.

    `services` are all addresses that a browser's subscription may lead to.
    """

    private_key: str = field(default="", repr=False)
    contact: str = ""
    services: tuple[str, ...] = SERVICES
    timeout_seconds: float = 10.0


def push_settings() -> PushSettings | None:
    """Read FELDSHER_PUSH, a JSON object with fields of PushSettings; None where push is off."""
    text = os.environ.get(_NAME, "")
    if not text:
        return None
    try:
        settings = PushSettings(**json.loads(text))
    except (ValueError, TypeError) as error:
        known = ", ".join(each.name for each in fields(PushSettings))
        raise ImproperlyConfigured(
            f"{_NAME} must be a JSON object; `feldsher push keys` makes one. Fields: {known}."
        ) from error
    _check(settings)
    return PushSettings(
        settings.private_key, settings.contact, tuple(settings.services), settings.timeout_seconds
    )


def _check(settings: PushSettings) -> None:
    if not isinstance(settings.private_key, str) or not isinstance(settings.contact, str):
        raise ImproperlyConfigured(f"{_NAME} private_key and contact are strings.")
    if not settings.contact.startswith(("mailto:", "https://")):
        raise ImproperlyConfigured(
            f"{_NAME} contact is whom a push service writes to, such as mailto:site@clinic.example."
        )
    services = settings.services
    if (
        not isinstance(services, list | tuple)
        or not services
        or not all(isinstance(each, str) for each in services)
    ):
        raise ImproperlyConfigured(f'{_NAME} services is a list such as ["{SERVICES[0]}"].')
    if not is_measure(settings.timeout_seconds, whole=False) or not settings.timeout_seconds:
        raise ImproperlyConfigured(f"{_NAME} timeout_seconds is a number above 0.")

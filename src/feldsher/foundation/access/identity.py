"""Refuses to start with a foreign identity provider (149-ФЗ, ст. 8 ч. 10; C27).

Who signs in on a Russian site is authorised by a phone, ЕСИА, ЕБС or a system whose owner is Russian. So each
authentication backend and each social provider must be one of those named here: what nobody has thought of is
refused too, since it may be Google under another name.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

RUSSIAN = frozenset({"esia", "ebs", "mos_ru", "sber", "sberid", "tinkoff", "tbank", "vk", "yandex", "mailru"})
RUSSIAN |= {"odnoklassniki"}
"""Providers by the names of their packages in allauth and social-auth, and of adapters of our own."""
OWN_BACKENDS = frozenset(
    {
        "django.contrib.auth.backends.ModelBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
    }
)
_ALLAUTH = re.compile(r"allauth\.socialaccount\.providers\.(\w+)")
_SOCIAL = re.compile(r"social_core\.backends\.(\w+)\.\w+")
_OURS = re.compile(r"feldsher\.\w+\.")
_FEDERATION = ("mozilla_django_oidc", "djangosaml2", "django_auth_adfs", "django_cas_ng", "oidc_provider")
_HINT = "Leave phone, login with password, or a provider whose owner is Russian (docs/modules/access.md)."


def check_identity(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return an Error for each app, backend or configured provider that is not known to be Russian."""
    del app_configs, kwargs
    return [
        Error(f"{name} may be a foreign identity provider.", hint=_HINT, id="access.E010")
        for name in sorted(set(_foreign()))
    ]


def refuse_foreign_identity() -> None:
    """Raise ImproperlyConfigured where the check fails: a web process runs no checks of its own."""
    if faults := check_identity(app_configs=None):
        raise ImproperlyConfigured(" ".join([*(fault.msg for fault in faults), _HINT]))


def _foreign() -> Iterator[str]:
    for name in (config.name for config in apps.get_app_configs()):
        found = _ALLAUTH.match(name)
        if (found and found[1] not in RUSSIAN) or name.partition(".")[0] in _FEDERATION:
            yield name
    for path in settings.AUTHENTICATION_BACKENDS:
        found = _SOCIAL.match(path)
        if path not in OWN_BACKENDS and not _OURS.match(path) and not (found and found[1] in RUSSIAN):
            yield path
    for name in getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}):
        if name not in RUSSIAN:
            yield f"SOCIALACCOUNT_PROVIDERS[{name!r}]"

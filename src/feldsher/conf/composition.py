"""Binds ports to adapters: the only file that knows both."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import MisSettings
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.ports import MisGateway
from feldsher.integrations.mis import bit_umc

_KINDS: dict[str, Callable[..., MisGateway]] = {"bit_umc": bit_umc.build}


def build_gateway(mis: MisSettings) -> MisGateway:
    """Make the adapter that the settings name; ImproperlyConfigured says what is wrong with them."""
    build = _KINDS.get(mis.kind)
    if build is None:
        known = ", ".join(sorted(_KINDS))
        raise ImproperlyConfigured(f"FELDSHER_MIS {mis.id}: unknown kind {mis.kind!r}; built are: {known}.")
    options: dict[str, Any] = mis.options
    try:
        return build(
            url=mis.url,
            user=mis.user,
            password=mis.password,
            timeout=settings.FELDSHER_BOOKING.mis_timeout_seconds,
            options=options,
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"FELDSHER_MIS {mis.id}: {error}") from error


def bind() -> None:
    """Give scheduling its gateways; called once, when Django starts."""
    gateways.bind({mis.id: build_gateway(mis) for mis in settings.FELDSHER_MIS})

"""The clinic's accounts with its providers: asked every ten minutes, for the alarms and the metrics."""

from decimal import Decimal

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.models import Account
from feldsher.foundation.messaging.ports import Refused
from feldsher.kernel import clock


def ask() -> None:
    """Write what each provider tells of its account; one that does not answer leaves what was told before."""
    for provider in gateways.providers():
        told = provider.balance()
        if isinstance(told, Decimal):
            _write(provider.name, balance=told, told_at=clock.now(), refusal="")
        elif isinstance(told, Refused):
            _write(provider.name, refusal=told.code[:64])


def _write(provider: str, **told: object) -> None:
    Account.objects.update_or_create(provider=provider, defaults=told)

"""Numbers that stand in a provider's stop list: nobody is asked to write to them for a while.

Somebody has put the number there, its holder or the clinic, and that says something of our messages, not of
who carries them. A number is known by a blind index only. After a day it is tried again, so that one that was
taken off the list is not silent here for longer than that.
"""

from collections.abc import Collection
from datetime import timedelta

from feldsher.foundation.messaging.models import Stop
from feldsher.foundation.vault.sealing import blind_index, blind_indexes
from feldsher.kernel import clock

LASTS = timedelta(days=1)
_INDEX = "messaging.stop"


def stopped(phones: Collection[str]) -> set[str]:
    """Return those of the phones (E.164) to which nothing is sent now."""
    whose = {index: phone for phone in phones for index in blind_indexes(_INDEX, phone)}
    found = Stop.objects.filter(phone__in=list(whose), until__gt=clock.now())
    return {whose[bytes(index)] for index in found.values_list("phone", flat=True)}


def remember(phone: str, *, provider: str, code: str) -> None:
    Stop.objects.update_or_create(
        phone=blind_index(_INDEX, phone),
        defaults={"provider": provider, "code": code[:64], "until": clock.now() + LASTS},
    )


def forget() -> None:
    Stop.objects.filter(until__lte=clock.now()).delete()

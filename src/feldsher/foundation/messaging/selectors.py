"""Reads of messaging: what became of messages, and nothing of what they say or to whom."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, When

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.models import Account, Attempt, Message
from feldsher.foundation.messaging.types import AccountCard, AttemptCount, Delivery, MessageState


def sent(keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys whose message a provider has taken, and not told since that it failed.

    Of the last 30 days.
    """
    return frozenset(_sent().filter(key__in=keys).values_list("key", flat=True))


def is_sent(key: str) -> bool:
    """Return whether a provider has taken the message of this key; False where that is not certain."""
    return _sent().filter(key=key).exists()


def _sent() -> QuerySet[Message]:
    failed = Attempt.objects.filter(
        message=OuterRef("pk"), delivery__in=[Delivery.NOT_DELIVERED, Delivery.EXPIRED]
    )
    return Message.objects.filter(~Exists(failed), state=MessageState.SENT)


def accounts() -> tuple[AccountCard, ...]:
    """Return the accounts of the providers of the settings, those that were ever told of."""
    names = [each.name for each in gateways.providers()]
    rows = Account.objects.filter(provider__in=names).order_by("provider")
    return tuple(AccountCard(row.provider, row.balance, row.told_at, row.refusal) for row in rows)


def attempt_counts(since: datetime) -> tuple[AttemptCount, ...]:
    """Count the calls to each provider since then by how they ended."""
    ending = Case(When(delivery="", then=F("state")), default=F("delivery"))
    rows = Attempt.objects.filter(started_at__gt=since).annotate(ending=ending)
    counted = rows.values_list("provider", "ending").annotate(attempts=Count("pk"))
    return tuple(AttemptCount(*each) for each in counted.order_by("provider", "ending"))

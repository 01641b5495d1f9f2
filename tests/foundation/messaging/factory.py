"""Two providers and a clock, and messages that a worker takes to them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from feldsher.foundation.messaging import sending, services
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.types import Kind

PHONE, TEXT = "+79210000017", "Ваша запись 25.11 в 14:30 отменена не вами."
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """What the clock shows: minutes since NOW."""

    minutes: float = 0

    def __call__(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)


def record(kind: Kind = Kind.VISIT_CANCELLED, *, key: str = "one", phone: str = PHONE) -> UUID:
    until = NOW + timedelta(days=2)
    return services.send_sms(kind, phone=phone, text=TEXT, key=key, valid_until=until)


def sent(kind: Kind = Kind.VISIT_CANCELLED, *, key: str = "one", phone: str = PHONE) -> Message:
    """Record a message and let a worker take it once."""
    name = record(kind, key=key, phone=phone)
    sending.deliver(name)
    return Message.objects.get(id=name)


def calls() -> list[tuple[str, str, str]]:
    """Return the calls that were made, in order: provider, state, code."""
    rows = Attempt.objects.order_by("started_at", "ended_at", "pk")
    return list(rows.values_list("provider", "state", "code"))


def ways() -> dict[str, tuple[str, str]]:
    return {provider: (state, code) for provider, state, code in calls()}

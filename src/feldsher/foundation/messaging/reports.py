"""What providers tell of an SMS after they were given it: by a call of theirs, or asked by us.

Reports come late, twice, in any order and about messages that nobody knows. What is final stays, but for
this: what was delivered after all was delivered.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import Asked, Fate, Report
from feldsher.foundation.messaging.sending import (
    FIRST_ASKED,
    SETTLE,
    finish,
    may_go_again,
    phone_of,
    send_again,
)
from feldsher.foundation.messaging.types import AttemptState, Delivery, MessageState
from feldsher.kernel import clock

AT_ONCE, BATCHES = 100, 10
"""SMS that a provider is asked about by one call, and calls of one run."""
GIVEN_UP = timedelta(days=1)
_FINAL = {
    Fate.DELIVERED: Delivery.DELIVERED,
    Fate.EXPIRED: Delivery.EXPIRED,
    Fate.NOT_DELIVERED: Delivery.NOT_DELIVERED,
}
_OPEN = (AttemptState.TAKEN, AttemptState.LOST)


def apply(provider: str, told: Iterable[Report]) -> None:
    """Write what a provider tells, each report in a transaction of its own."""
    for report in told:
        _apply(provider, report)


def ask() -> None:
    """Ask each provider about what is due; an SMS is asked about ever more rarely, and for a day at most."""
    for provider in gateways.providers():
        for _ in range(BATCHES):
            due = _due(provider.name)
            told = provider.ask(due) if due else ()
            apply(provider.name, told)
            if len(due) < AT_ONCE or not told:
                break


def _due(provider: str) -> list[Asked]:
    """Return what to ask now, with the time of the next question committed before the first one."""
    now = clock.now()
    with transaction.atomic():
        rows = (
            Attempt.objects.filter(provider=provider, ask_at__lte=now)
            .select_related("message")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("ask_at")[:AT_ONCE]
        )
        asked = []
        for row in rows:
            _put_off(row)
            asked.append(Asked(row.reference, phone_of(row.message)))
    return asked


def _put_off(row: Attempt) -> None:
    """Ask again when it is twice as old, for the last time after a day."""
    now = clock.now()
    age = now - row.started_at
    first = SETTLE if row.state == AttemptState.LOST else FIRST_ASKED
    end = row.started_at + GIVEN_UP
    row.ask_at = min(now + max(first, age), end) if now < end else None
    if row.ask_at is None and row.state == AttemptState.TAKEN:
        row.delivery, row.told_at = Delivery.UNTOLD, now
    row.save(update_fields=["ask_at", "delivery", "told_at"])


def _apply(provider: str, report: Report) -> None:
    with transaction.atomic():
        known = Attempt.objects.filter(provider=provider, reference=report.id[:64], state__in=_OPEN)
        found = known.order_by("-started_at").values_list("id", "message").first() if report.id else None
        if found is None:
            return
        message = Message.objects.select_for_update().get(id=found[1])
        row = Attempt.objects.select_for_update().get(id=found[0])
        if row.state not in _OPEN:
            return
        if row.cost is None:
            row.cost = report.cost
        if report.fate is Fate.ABSENT:
            _absent(row, message)
        elif report.fate is Fate.TURNED_DOWN:
            _turned_down(row, message, report)
        else:
            _taken(row, message, report)
        row.save()


def _taken(row: Attempt, message: Message, report: Report) -> None:
    """Write that the provider has it: a message whose answer was lost was sent after all."""
    if row.state == AttemptState.LOST:
        row.state, row.absent_at = AttemptState.TAKEN, None
        if message.state == MessageState.UNKNOWN:
            finish(message, MessageState.SENT)
    delivery = _FINAL.get(report.fate)
    is_settled = row.delivery not in {"", Delivery.UNTOLD}
    if delivery is None or (is_settled and delivery is not Delivery.DELIVERED):
        return
    if row.delivery != Delivery.DELIVERED:
        row.delivery, row.delivery_code, row.told_at = delivery, report.code[:16], clock.now()
    row.ask_at = None


def _absent(row: Attempt, message: Message) -> None:
    """Believe that it never came there from two answers, both SETTLE after what was before."""
    now = clock.now()
    if row.state != AttemptState.LOST or row.ended_at is None or now - row.ended_at < SETTLE:
        return
    if row.absent_at is None:
        row.absent_at = now
    elif now - row.absent_at >= SETTLE:
        row.state, row.ask_at = AttemptState.ABSENT, None
        if message.state == MessageState.UNKNOWN:
            _never_left(message, code="absent")


def _turned_down(row: Attempt, message: Message, report: Report) -> None:
    """Write that the provider had it and did not hand it on: as if it had refused it at once."""
    if row.delivery:
        return
    row.state, row.code, row.ask_at = AttemptState.ACCOUNT, report.code[:64], None
    row.ended_at = row.told_at = clock.now()
    if message.state in {MessageState.SENT, MessageState.UNKNOWN}:
        _never_left(message, code=report.code)


def _never_left(message: Message, *, code: str) -> None:
    """Send it again while it is worth anything."""
    if message.valid_until <= clock.now() or not message.text:
        finish(message, MessageState.DROPPED, refusal=code)
    elif may_go_again(message):
        send_again(message, code=code)
    else:
        finish(message, MessageState.REFUSED, refusal=code)

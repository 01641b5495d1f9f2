"""One message on its way: which provider is called, and what follows of its answer.

A call is committed before it leaves, and no network is within a transaction. From provider to provider goes
only what surely never left. A message whose answer was lost stays with the provider that lost it, whatever
comes (ADR 32): the other would send what may have been sent.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from feldsher.foundation.messaging import gateways, stops
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import Meaning, NotSent, Outcome, Refused, Sent, SmsProvider
from feldsher.foundation.messaging.types import AttemptState, Kind, MessageState
from feldsher.foundation.queue import queue
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel import clock

SEND = "messaging.send"
TABLE = "messaging_message"
TRIES = 4
PERSISTENT = frozenset(Kind) - {Kind.PHONE_CODE, Kind.GRANT_NOTICE}
"""What has to be told past the day's cap, and however long the providers are away while it is worth it."""
LONGEST_PAUSE = 600
FIRST_ASKED = timedelta(minutes=5)
"""So long a provider has for calling us before it is asked."""
SETTLE = timedelta(minutes=1)
"""So long a provider has for writing down what it took, when its answer was lost."""
RESTS = timedelta(minutes=1)
"""Whoever failed within it is asked last."""
_RETRY_SECONDS = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that is committed and has not left; `others` come after it, `met` is how those before ended."""

    message: UUID
    attempt: UUID
    phone: str
    text: str
    provider: SmsProvider
    others: tuple[SmsProvider, ...]
    met: frozenset[AttemptState] = frozenset()


def deliver(message_id: UUID) -> None:
    """Send one message, unless it was; the job's body."""
    call = _begun(message_id)
    while call is not None:
        outcome = call.provider.send(call.phone, call.text, key=str(message_id))
        call = _gone_on(call, outcome)


def enqueue(message_id: UUID, *, after: int = 0) -> None:
    """Have a message sent by a job, after so many seconds."""
    task = queue().configure_task(SEND, schedule_in={"seconds": after} if after else None)
    task.defer(sms=str(message_id))


def finish(row: Message, state: MessageState, *, refusal: str = "") -> None:
    """Write how a message ended; whoever reads the log hears of each that was not sent for certain."""
    row.state, row.refusal, row.finished_at = state, refusal[:64], clock.now()
    row.save(update_fields=["state", "refusal", "finished_at"])
    if state is not MessageState.SENT:
        _log.warning("message %s (%s) was not sent for certain: %s, %s", row.id, row.kind, state, row.refusal)


def send_again(row: Message, *, code: str, after: int = 0) -> None:
    """Put a message that surely never left back into the queue."""
    row.state, row.refusal, row.finished_at = MessageState.QUEUED, code[:64], None
    row.save(update_fields=["state", "refusal", "finished_at"])
    enqueue(row.id, after=after)


def may_go_again(row: Message) -> bool:
    return row.attempts < TRIES or row.kind in PERSISTENT


def phone_of(row: Message) -> str:
    return open_(bytes(row.phone), table=TABLE, column="phone", row=row.id)


def _begun(message_id: UUID) -> _Call | None:
    """Commit the first call of a round; None for a message that must not leave."""
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(id=message_id).first()
        if row is None:
            return None
        now = clock.now()
        if row.state == MessageState.SENDING:
            # Whoever took it died before it wrote how it ended.
            for attempt in row.calls.filter(state=AttemptState.CALLING):
                _lose(attempt, code="interrupted")
            finish(row, MessageState.UNKNOWN, refusal="interrupted")
            return None
        if row.state != MessageState.QUEUED:
            return None
        if row.valid_until <= now or not row.text:
            finish(row, MessageState.DROPPED, refusal="too_late")
            return None
        phone = phone_of(row)
        ways = _ways(row)
        if not ways or stops.is_stopped(phone):
            finish(row, MessageState.REFUSED, refusal="stop_list" if ways else "no_provider")
            return None
        row.state, row.sent_at, row.attempts = MessageState.SENDING, now, row.attempts + 1
        row.save(update_fields=["state", "sent_at", "attempts"])
        text = open_(bytes(row.text), table=TABLE, column="text", row=row.id)
        first, *others = ways
        return _Call(row.id, _written(row, first), phone, text, first, tuple(others))


def _ways(row: Message) -> tuple[SmsProvider, ...]:
    """Return who may be called, in order: one that lost an answer alone.

    Else whoever failed lately, or had this very message and turned it down, comes last.
    """
    providers = gateways.providers()
    ends = list(row.calls.values_list("provider", "state"))
    keepers = {name for name, state in ends if state in {AttemptState.LOST, AttemptState.ABSENT}}
    if keepers or len(providers) == 1:
        return tuple(each for each in providers if not keepers or each.name in keepers)
    failed = Attempt.objects.filter(
        started_at__gt=clock.now() - RESTS, state__in=[AttemptState.ACCOUNT, AttemptState.NOT_SENT]
    )
    last = {name for name, state in ends if state == AttemptState.ACCOUNT}
    last |= set(failed.values_list("provider", flat=True))
    return tuple(sorted(providers, key=lambda each: each.name in last))


def _written(row: Message, provider: SmsProvider) -> UUID:
    """Write the call that is about to leave, and return its id."""
    attempt = Attempt(message=row, provider=provider.name, state=AttemptState.CALLING, started_at=clock.now())
    attempt.reference = str(row.id) if provider.takes_key else ""
    attempt.save(force_insert=True)
    return attempt.id


def _gone_on(call: _Call, outcome: Outcome) -> _Call | None:
    """Write how a call ended; return the next one of the round, committed with it, or None at the end."""
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(id=call.message).first()
        attempt = Attempt.objects.filter(id=call.attempt).first()
        if row is None or attempt is None or attempt.state not in {AttemptState.CALLING, AttemptState.LOST}:
            return None  # the provider has told of it meanwhile
        _end(attempt, outcome)
        if isinstance(outcome, Sent):
            finish(row, MessageState.SENT)
        elif not isinstance(outcome, Refused | NotSent):
            finish(row, MessageState.UNKNOWN, refusal=outcome.code)
        elif isinstance(outcome, Refused) and outcome.meaning in {Meaning.MESSAGE, Meaning.STOP_LIST}:
            if outcome.meaning is Meaning.STOP_LIST:
                stops.remember(call.phone, provider=call.provider.name, code=outcome.code)
            finish(row, MessageState.REFUSED, refusal=outcome.code)
        elif isinstance(outcome, NotSent) and outcome.after and may_go_again(row):
            send_again(row, code=outcome.code, after=outcome.after)
        else:
            return _next(call, row, AttemptState(attempt.state), code=outcome.code)
        return None


def _next(call: _Call, row: Message, ended: AttemptState, *, code: str) -> _Call | None:
    """Return the call of the next provider; after the last one put the message off, or give it up."""
    met = call.met | {ended}
    if call.others:
        first, *others = call.others
        return replace(
            call, attempt=_written(row, first), provider=first, others=tuple(others), met=frozenset(met)
        )
    comes_again = AttemptState.NOT_SENT in met and may_go_again(row)
    # Somebody may pay or mend the account while it is still worth telling.
    if comes_again or (AttemptState.ACCOUNT in met and row.kind in PERSISTENT):
        send_again(row, code=code, after=min(_RETRY_SECONDS * row.attempts**2, LONGEST_PAUSE))
    else:
        finish(row, MessageState.REFUSED, refusal=code)
    return None


def _end(attempt: Attempt, outcome: Outcome) -> None:
    """Write into a call how it ended, and when it is asked about."""
    now = clock.now()
    if isinstance(outcome, Sent):
        attempt.state, attempt.cost, attempt.ended_at = AttemptState.TAKEN, outcome.cost, now
        attempt.reference, attempt.ask_at = outcome.id[:64], now + FIRST_ASKED
    elif isinstance(outcome, NotSent):
        attempt.state, attempt.code, attempt.ended_at = AttemptState.NOT_SENT, outcome.code[:64], now
    elif isinstance(outcome, Refused):
        is_account = outcome.meaning is Meaning.ACCOUNT
        attempt.state = AttemptState.ACCOUNT if is_account else AttemptState.REFUSED
        attempt.code, attempt.ended_at = outcome.code[:64], now
    else:
        _lose(attempt, code=outcome.code)
        return
    attempt.save()


def _lose(attempt: Attempt, *, code: str) -> None:
    """Write that no answer came; a provider that knows our key is asked about it."""
    now = clock.now()
    attempt.state, attempt.code, attempt.ended_at = AttemptState.LOST, code[:64], now
    attempt.ask_at = now + SETTLE if attempt.reference else None
    attempt.save()

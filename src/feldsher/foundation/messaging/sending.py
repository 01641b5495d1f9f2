"""Messages on their way: which provider is called, and what follows of its answer.

A message has a job of its own, or leaves among many: AT_ONCE of those are on their way at one time, and
what is asked and written about them is asked and written of all together. A call is committed before it
leaves, and no network is within a transaction. From provider to provider goes only what surely never left.
A message whose answer was lost stays with the provider that lost it, whatever comes (ADR 32): the other
would send what may have been sent.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import F

from feldsher.foundation.messaging import gateways, stops
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import (
    AT_ONCE,
    Meaning,
    NotSent,
    Outcome,
    Refused,
    Sent,
    SmsProvider,
    Unknown,
)
from feldsher.foundation.messaging.types import BY_SMS, AttemptState, Kind, MessageState
from feldsher.foundation.queue import queue
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel import clock

SEND = "messaging.send"
SEND_WAITING = "messaging.send_waiting"
TABLE = "messaging_message"
TRIES = 4
PERSISTENT = frozenset(BY_SMS) - {Kind.PHONE_CODE, Kind.GRANT_NOTICE, Kind.REVIEW_REQUEST}
"""What has to be told past the day's cap, and however long the providers are away while it is worth it."""
SPARING = frozenset({Kind.REVIEW_REQUEST})
"""What nobody waits for: it takes half of the day's cap at most, and leaves the rest to codes."""
LONGEST_PAUSE = 600
FIRST_ASKED = timedelta(minutes=5)
"""So long a provider has for calling us before it is asked."""
SETTLE = timedelta(minutes=1)
"""So long a provider has for writing down what it took, when its answer was lost."""
RESTS = timedelta(minutes=1)
"""Whoever failed within it is asked last."""
_RETRY_SECONDS = 3
_TAKEN = """
    UPDATE messaging_attempt a
    SET state = %s, reference = t.reference, cost = t.cost, ended_at = %s, ask_at = %s
    FROM unnest(%s::uuid[], %s::text[], %s::numeric[]) AS t(id, reference, cost) WHERE a.id = t.id
"""
_UNTOLD = frozenset({AttemptState.CALLING, AttemptState.LOST})
"""Calls of which nobody has told yet how they ended."""
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
    calls = _begun([message_id])
    while calls:
        calls = _gone_on(calls, [_called(each) for each in calls])


def deliver_waiting() -> None:
    """Send what leaves among many, those first that lose their worth first; one such job runs at a time."""
    _end_interrupted()
    calls: list[_Call] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while (ids := _next(AT_ONCE - len(calls))) or calls:
            calls += _begun_among(ids)
            answers = [pool.submit(copy_context().run, _called_among, each) for each in calls]
            calls = _gone_on(calls, [each.result() for each in answers])


def enqueue(message_id: UUID, *, after: int = 0) -> None:
    """Have a message sent by a job, after so many seconds."""
    task = queue().configure_task(SEND, schedule_in={"seconds": after} if after else None)
    task.defer(sms=str(message_id))


def enqueue_waiting(*, after: int) -> None:
    """Have a job send what leaves among many, after so many seconds.

    One for each commit that records some: a job that waits already may begin before this commit is seen.
    """
    schedule = {"seconds": after} if after else None
    queue().configure_task(SEND_WAITING, lock=SEND_WAITING, schedule_in=schedule).defer()


def finish(row: Message, state: MessageState, *, refusal: str = "") -> None:
    """Write how a message ended; whoever reads the log hears of each that was not sent for certain."""
    row.state, row.refusal, row.finished_at = state, refusal[:64], clock.now()
    row.save(update_fields=["state", "refusal", "finished_at"])
    if state is not MessageState.SENT:
        _log.warning("message %s (%s) was not sent for certain: %s, %s", row.id, row.kind, state, row.refusal)


def send_again(row: Message, *, code: str, after: int = 0) -> None:
    """Put a message that surely never left back into the queue, with a job of its own."""
    row.state, row.refusal, row.finished_at, row.leaves_at = MessageState.QUEUED, code[:64], None, None
    row.save(update_fields=["state", "refusal", "finished_at", "leaves_at"])
    enqueue(row.id, after=after)


def may_go_again(row: Message) -> bool:
    return row.attempts < TRIES or row.kind in PERSISTENT


def phone_of(row: Message) -> str:
    return open_(bytes(row.phone), table=TABLE, column="phone", row=row.id)


def _next(count: int) -> list[UUID]:
    """Return the next messages of those that leave among many."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, leaves_at__lte=clock.now())
    return list(waiting.order_by("valid_until", "id").values_list("id", flat=True)[:count])


def _end_interrupted() -> None:
    """Give up the answers to what a worker that died had on its way among many."""
    with transaction.atomic():
        on_their_way = Message.objects.filter(state=MessageState.SENDING, leaves_at__isnull=False)
        for row in on_their_way.select_for_update().order_by("id"):
            _interrupt(row)


def _interrupt(row: Message) -> None:
    for attempt in row.calls.filter(state=AttemptState.CALLING):
        _lose(attempt, code="interrupted")
    finish(row, MessageState.UNKNOWN, refusal="interrupted")


def _called(call: _Call) -> Outcome:
    return call.provider.send(call.phone, call.text, key=str(call.message))


def _called_among(call: _Call) -> Outcome:
    """Call; a fault of the adapter is a lost answer of one message, and no trouble of the others."""
    try:
        return _called(call)
    except Exception:  # noqa: BLE001 - whatever it was, it may have been sent
        _log.exception("message %s: the adapter of %s failed", call.message, call.provider.name)
        return Unknown("adapter_failed")


def _begun_among(ids: Sequence[UUID]) -> list[_Call]:
    """Begin some of those that leave among many; one that cannot begin gets a job of its own, which fails."""
    try:
        return _begun(ids)
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 - one message's trouble must not hold up the others
        if len(ids) > 1:
            return [call for each in ids for call in _begun_among([each])]
        _log.exception("message %s cannot leave among many", ids[0])
        with transaction.atomic():
            Message.objects.filter(id__in=ids).update(leaves_at=None)
            enqueue(ids[0])
        return []


def _begun(ids: Sequence[UUID]) -> list[_Call]:
    """Commit the first call of a round for each message, in their order; some must not leave."""
    if not ids:
        return []
    with transaction.atomic():
        now = clock.now()
        rows = _locked(ids)
        for row in rows.values():
            if row.state == MessageState.SENDING:
                # Whoever took it died before it wrote how it ended.
                _interrupt(row)
            elif row.state == MessageState.QUEUED and (row.valid_until <= now or not row.text):
                finish(row, MessageState.DROPPED, refusal="too_late")
        waiting = [rows[each] for each in ids if each in rows and rows[each].state == MessageState.QUEUED]
        phones = {row.id: phone_of(row) for row in waiting}
        stopped = stops.stopped(set(phones.values()))
        ways = _ways(waiting)
        for row in waiting:
            if not ways[row.id] or phones[row.id] in stopped:
                finish(row, MessageState.REFUSED, refusal="stop_list" if ways[row.id] else "no_provider")
        leaving = [row for row in waiting if row.state == MessageState.QUEUED]
        Message.objects.filter(id__in=[row.id for row in leaving]).update(
            state=MessageState.SENDING, sent_at=now, attempts=F("attempts") + 1
        )
        calls = [_new(row, ways[row.id][0]) for row in leaving]
        Attempt.objects.bulk_create(calls)
        return [
            _Call(row.id, call.id, phones[row.id], _text_of(row), ways[row.id][0], ways[row.id][1:])
            for row, call in zip(leaving, calls, strict=True)
        ]


def _locked(ids: Iterable[UUID]) -> dict[UUID, Message]:
    """Return messages under their locks, which are taken in one order by all."""
    return {row.id: row for row in Message.objects.select_for_update().filter(id__in=ids).order_by("id")}


def _text_of(row: Message) -> str:
    return open_(bytes(row.text), table=TABLE, column="text", row=row.id)


def _ways(rows: Sequence[Message]) -> Mapping[UUID, tuple[SmsProvider, ...]]:
    """Return who may be called for each message, in order: one that lost an answer to it alone.

    Else whoever failed lately, or had this very message and turned it down, comes last.
    """
    providers = gateways.providers()
    ends: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    known = Attempt.objects.filter(message__in=[row.id for row in rows if row.attempts])
    for message, name, state in known.values_list("message", "provider", "state"):
        ends[message].append((name, state))
    failed = _failed() if len(providers) > 1 else set()
    found = {}
    for row in rows:
        keepers = {name for name, state in ends[row.id] if state in {AttemptState.LOST, AttemptState.ABSENT}}
        last = failed | {name for name, state in ends[row.id] if state == AttemptState.ACCOUNT}
        may = [each for each in providers if not keepers or each.name in keepers]
        first = [each for each in may if each.name not in last]
        found[row.id] = (*first, *(each for each in may if each.name in last))
    return found


def _failed() -> set[str]:
    """Return the providers that have failed lately."""
    since = Attempt.objects.filter(
        started_at__gt=clock.now() - RESTS, state__in=[AttemptState.ACCOUNT, AttemptState.NOT_SENT]
    )
    return set(since.values_list("provider", flat=True))


def _new(row: Message, provider: SmsProvider) -> Attempt:
    """Return the call that is about to leave, which is not written yet."""
    attempt = Attempt(message=row, provider=provider.name, state=AttemptState.CALLING, started_at=clock.now())
    attempt.reference = str(row.id) if provider.takes_key else ""
    return attempt


def _gone_on(calls: Sequence[_Call], outcomes: Sequence[Outcome]) -> list[_Call]:
    """Write how calls ended; return the next ones of their rounds, committed with it."""
    again: list[_Call] = []
    taken: list[tuple[Message, Attempt, Sent]] = []
    with transaction.atomic():
        rows = _locked(call.message for call in calls)
        attempts = Attempt.objects.in_bulk([call.attempt for call in calls])
        for call, outcome in zip(calls, outcomes, strict=True):
            row, attempt = rows.get(call.message), attempts.get(call.attempt)
            if row is None or attempt is None or attempt.state not in _UNTOLD:
                continue  # the provider has told of it meanwhile
            if isinstance(outcome, Sent):
                taken.append((row, attempt, outcome))
            else:
                again += _turned_away(call, row, attempt, outcome)
        _write_taken(taken)
    return again


def _write_taken(taken: Sequence[tuple[Message, Attempt, Sent]]) -> None:
    """Write all that a provider took by two statements: of a thousand messages it is what happens to most."""
    if not taken:
        return
    now = clock.now()
    Message.objects.filter(id__in=[row.id for row, _, _ in taken]).update(
        state=MessageState.SENT, refusal="", finished_at=now
    )
    ids = [attempt.id for _, attempt, _ in taken]
    references = [outcome.id[:64] for _, _, outcome in taken]
    costs = [outcome.cost for _, _, outcome in taken]
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [AttemptState.TAKEN, now, now + FIRST_ASKED, ids, references, costs])


def _turned_away(
    call: _Call, row: Message, attempt: Attempt, outcome: Refused | NotSent | Unknown
) -> list[_Call]:
    """Write what was not taken for certain; return the next call of the round, if there is one."""
    _end(attempt, outcome)
    if isinstance(outcome, Unknown):
        finish(row, MessageState.UNKNOWN, refusal=outcome.code)
    elif isinstance(outcome, Refused) and outcome.meaning in {Meaning.MESSAGE, Meaning.STOP_LIST}:
        if outcome.meaning is Meaning.STOP_LIST:
            stops.remember(call.phone, provider=call.provider.name, code=outcome.code)
        finish(row, MessageState.REFUSED, refusal=outcome.code)
    elif isinstance(outcome, NotSent) and outcome.after and may_go_again(row):
        send_again(row, code=outcome.code, after=outcome.after)
    else:
        return _next_way(call, row, AttemptState(attempt.state), code=outcome.code)
    return []


def _next_way(call: _Call, row: Message, ended: AttemptState, *, code: str) -> list[_Call]:
    """Return the call of the next provider; after the last one put the message off, or give it up."""
    met = call.met | {ended}
    if call.others:
        first, *others = call.others
        attempt = _new(row, first)
        attempt.save(force_insert=True)
        return [replace(call, attempt=attempt.id, provider=first, others=tuple(others), met=frozenset(met))]
    comes_again = AttemptState.NOT_SENT in met and may_go_again(row)
    # Somebody may pay or mend the account while it is still worth telling.
    if comes_again or (AttemptState.ACCOUNT in met and row.kind in PERSISTENT):
        send_again(row, code=code, after=min(_RETRY_SECONDS * row.attempts**2, LONGEST_PAUSE))
    else:
        finish(row, MessageState.REFUSED, refusal=code)
    return []


def _end(attempt: Attempt, outcome: Refused | NotSent | Unknown) -> None:
    """Write into a call how it ended, and when it is asked about."""
    now = clock.now()
    if isinstance(outcome, NotSent):
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

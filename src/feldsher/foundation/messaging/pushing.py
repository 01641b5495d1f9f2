"""A notification on its way to a phone's devices, and back: that a push service took it is not delivery.

It is heard once a device has shown it and said so with the token that came inside it. Until then its caller
waits, and asks `settle` whether to tell the same by other means: under the lock of the push, so that a late
word of a device and the giving up never both win. A call is committed before it leaves; one whose answer was
lost is not made again. Locks are taken in one order: the push, then its calls.
"""

import json
import logging
import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction

from feldsher.foundation.messaging import gateways, push_devices
from feldsher.foundation.messaging.models import Push, PushCall, PushDevice
from feldsher.foundation.messaging.ports import (
    Gone,
    NotSent,
    PushOutcome,
    PushSender,
    PushTarget,
    Refused,
    Sent,
)
from feldsher.foundation.messaging.types import Kind, PushCallState, PushNote, PushState
from feldsher.foundation.queue import queue
from feldsher.foundation.vault.sealing import open_, seal
from feldsher.kernel import clock

PUSH = "messaging.push"
TRIES = 4
LONGEST_TOKEN = 64
_TABLE, _CALLS = "messaging_push", "messaging_push_call"
_TOKEN = 32
_RETRY_SECONDS = 3
_HOPEFUL = (PushCallState.QUEUED, PushCallState.CALLING, PushCallState.TAKEN, PushCallState.LOST)
_ENDS = {Sent: PushCallState.TAKEN, Gone: PushCallState.GONE, Refused: PushCallState.REFUSED}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """To whom (E.164), of what; a push leaves at `not_before`, and is worth nothing past `until`."""

    phone: str = field(repr=False)
    about: UUID
    not_before: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that is committed and has not left."""

    id: UUID
    push: UUID
    target: PushTarget
    message: bytes
    seconds: int


def with_screens(phones: Collection[str]) -> frozenset[str]:
    """Return the phones (E.164) of which a device shows pushes; one question, none where push is off."""
    return push_devices.known(phones) if phones and gateways.push().public_key else frozenset()


def record(kind: Kind, note: PushNote, *, key: str, terms: Terms) -> bool:
    """Record a push and its jobs in the caller's transaction; False where no device of the phone shows any.

    A key that was recorded before stays as it is.
    """
    sender = gateways.push()
    if Push.objects.filter(key=key).exists():
        return True
    devices = list(push_devices.of_phone(terms.phone)) if sender.public_key else []
    if not devices:
        return False
    now = clock.now()
    row = Push(key=key, kind=kind, about=terms.about, state=PushState.WAITING, created_at=now)
    row.valid_until = terms.until
    row.note = seal(json.dumps(asdict(note)), table=_TABLE, column="note", row=row.id)
    row.save(force_insert=True)
    after = max(0, math.ceil((terms.not_before - now).total_seconds()))
    for device in devices:
        token = token_urlsafe(_TOKEN)
        call = PushCall(push=row, device=device, state=PushCallState.QUEUED, token_hash=_hash(token))
        call.token = seal(token, table=_CALLS, column="token", row=call.id)
        call.save(force_insert=True)
        _enqueue(call.id, after=after)
    return True


def deliver(call_id: UUID) -> None:
    """Hand a push to one device's service, unless that was done; the job's body."""
    sender = gateways.push()
    call = _begun(call_id, sender)
    if call is not None:
        topic = call.push.hex
        _end(call, sender.send(call.target, call.message, topic=topic, seconds=call.seconds))


def hear(token: str) -> bool:
    """Keep that a device has shown a push; False for a token of nobody. Twice is fine, and so is too late."""
    now = clock.now()
    calls = PushCall.objects.filter(token_hash=_hash(token))
    with transaction.atomic():
        found = calls.values_list("push", "device").first()
        if found is None:
            return False
        push = Push.objects.select_for_update().get(pk=found[0])
        if calls.filter(heard_at=None).update(heard_at=now) and found[1] is not None:
            PushDevice.objects.filter(pk=found[1]).update(heard_at=now)
        if push.state in {PushState.WAITING, PushState.FAILED}:
            _close(push, PushState.HEARD)
    return True


def settle(key: str, *, is_due: bool) -> PushState:
    """Return how a push stands, in the caller's transaction; UNHEARD from now on where nobody heard of it.

    That is where it failed, or `is_due`: whoever is told so tells it by other means, in this transaction.
    A push that nobody knows of is UNHEARD.
    """
    push = Push.objects.select_for_update().filter(key=key).first()
    if push is None:
        return PushState.UNHEARD
    if push.state == PushState.FAILED or (push.state == PushState.WAITING and is_due):
        _close(push, PushState.UNHEARD)
    return PushState(push.state)


def heard(keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys whose push a device has shown."""
    rows = Push.objects.filter(key__in=keys, state=PushState.HEARD)
    return frozenset(rows.values_list("key", flat=True))


def failed(*, limit: int) -> list[UUID]:
    """Return what those pushes were about that no device takes and that nobody has settled, oldest first."""
    rows = Push.objects.filter(state=PushState.FAILED).order_by("created_at")
    return list(rows.values_list("about", flat=True)[:limit])


def withdraw(*keys: str) -> None:
    """Show nothing any more of what has not left."""
    Push.objects.filter(key__in=keys, state__in=[PushState.WAITING, PushState.FAILED]).update(
        state=PushState.WITHDRAWN, note=b""
    )


def forget(*, kept: timedelta) -> None:
    """Wipe what is worth nothing any more, and delete rows that are older than `kept`."""
    now = clock.now()
    Push.objects.filter(valid_until__lte=now).exclude(note=b"").update(note=b"")
    Push.objects.filter(created_at__lt=now - kept).delete()
    push_devices.forget()


def _begun(call_id: UUID, sender: PushSender) -> _Call | None:
    """Commit the call; None for one that must not leave."""
    with transaction.atomic():
        pair = _locked(call_id)
        if pair is None:
            return None
        push, call = pair
        now = clock.now()
        if call.state == PushCallState.CALLING:  # whoever made it died before it wrote how it ended
            _write(push, call, PushCallState.LOST, code="interrupted")
            return None
        if call.state != PushCallState.QUEUED or push.state != PushState.WAITING:
            return None
        if call.device is None or not sender.public_key:
            _write(push, call, PushCallState.GONE, code="switched_off")
            return None
        if push.valid_until <= now or not push.note:
            _write(push, call, PushCallState.REFUSED, code="too_late")
            return None
        call.state, call.started_at, call.attempts = PushCallState.CALLING, now, call.attempts + 1
        call.save(update_fields=["state", "started_at", "attempts"])
        told = json.loads(open_(bytes(push.note), table=_TABLE, column="note", row=push.id))
        told["tag"], told["token"] = (
            push.id.hex,
            open_(bytes(call.token), table=_CALLS, column="token", row=call.id),
        )
        message = json.dumps(told, ensure_ascii=False).encode()
        seconds = max(1, int((push.valid_until - now).total_seconds()))
        return _Call(call.id, push.id, push_devices.target_of(call.device), message, seconds)


def _end(made: _Call, outcome: PushOutcome) -> None:
    """Write how a call ended; one that surely never left is put off, and goes again while it is of use."""
    with transaction.atomic():
        pair = _locked(made.id)
        if pair is None:
            return
        push, call = pair
        if isinstance(outcome, Gone) and call.device is not None:
            device, call.device = call.device, None
            call.save(update_fields=["device"])
            device.delete()
        if isinstance(outcome, NotSent) and call.attempts < TRIES:
            call.state, call.code = PushCallState.QUEUED, outcome.code[:64]
            call.save(update_fields=["state", "code"])
            _enqueue(call.id, after=_RETRY_SECONDS * call.attempts**2)
            return
        fallen = PushCallState.REFUSED if isinstance(outcome, NotSent) else PushCallState.LOST
        code = "" if isinstance(outcome, Sent) else outcome.code
        _write(push, call, _ENDS.get(type(outcome), fallen), code=code)


def _locked(call_id: UUID) -> tuple[Push, PushCall] | None:
    push = Push.objects.select_for_update(of=("self",)).filter(calls=call_id).first()
    call = PushCall.objects.select_related("device").filter(pk=call_id).first()
    return None if push is None or call is None else (push, call)


def _write(push: Push, call: PushCall, state: PushCallState, *, code: str) -> None:
    """Write how a call ended; the last hope of a push takes it along."""
    call.state, call.code, call.ended_at, call.token = state, code[:64], clock.now(), b""
    call.save(update_fields=["state", "code", "ended_at", "token"])
    if state is not PushCallState.TAKEN:
        _log.warning("push %s (%s) was not taken for certain: %s, %s", push.id, push.kind, state, call.code)
    if push.state == PushState.WAITING and not push.calls.filter(state__in=_HOPEFUL).exists():
        push.state = PushState.FAILED
        push.save(update_fields=["state"])


def _close(push: Push, state: PushState) -> None:
    push.state, push.note = state, b""
    push.heard_at = clock.now() if state is PushState.HEARD else None
    push.save(update_fields=["state", "note", "heard_at"])


def _enqueue(call: UUID, *, after: int) -> None:
    task = queue().configure_task(PUSH, schedule_in={"seconds": after} if after else None)
    task.defer(call=str(call))


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()

"""Follows the change feed of a MIS that has one. What a MIS did itself always applies.

A visit that the MIS made takes its time here even over ours, in a lane of its own, flagged `mis_overlap`; a
hold loses to it. The feed is acknowledged only after our commit, so that a crash repeats and never skips. Of
several changes of one visit in a delivery only the last is applied: what comes again then changes nothing.
What was asked for before a visit was last talked about is not applied, and the whole delivery comes again.
One that can't be applied is kept (Unapplied), tried again each time, and stops no other; trouble of the
database stops all, to be repeated. Cancels of visits that stand here are judged together (`agreement`): one
is believed at once, many ask a person.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError
from django.db.models import F

from feldsher.domain.scheduling import agreement, applying, exchange, gateways, notices
from feldsher.domain.scheduling.models import Appointment, Exchange, SyncStatus, Unapplied
from feldsher.domain.scheduling.ports import ChangeKind, RemoteChange, RemoteResource
from feldsher.domain.scheduling.types import DiscrepancyKind, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

WORK = "mis_feed"
_WAITING = (State.BOOKING, State.UNKNOWN)
_BY_PERSON = ("by_hand", "patient")
"""Stages of a talk in which a person may give the record its new time."""
_TWO_TIMES = "Сверить записи в МИС: пациент переносил запись на сайте, и её же перенесли в МИС"
_MAY_BE_BOOKED = (*_WAITING, State.BOOKED, State.REJECTED)
_AGAIN = 200
"""Kept changes that one run tries again, those that waited longest first."""
_log = logging.getLogger(__name__)


class _StaleError(Exception):
    """The visit was talked about after the feed was asked: the talk knows better."""


def follow(mis: str) -> int:
    """Apply what the feed has since our cursor; returns how many changes changed something here."""
    gateway = gateways.gateway(mis)
    if not gateway.capabilities().change_feed:
        return 0
    status, _ = SyncStatus.objects.get_or_create(mis=mis)
    as_of = clock.now()
    batch = gateway.changes(status.cursor)
    last = {change.ref: change for change in batch.changes}
    applied, is_stale = 0, False
    for change in last.values():
        try:
            applied += _apply_or_keep(mis, change, as_of=as_of)
        except _StaleError:
            is_stale = True
    if is_stale:
        _log.info("%s: the feed is read again: it is older than what was said of a visit meanwhile", mis)
    else:
        SyncStatus.objects.filter(pk=mis).update(cursor=batch.cursor)
        if batch.ack_token is not None:
            gateway.ack(batch.ack_token)
    applied += _try_again(mis, but=last.keys())
    return applied + agreement.judge(mis)


def _apply_or_keep(mis: str, change: RemoteChange, *, as_of: datetime) -> bool:
    """Apply a change, or keep it with the reason why it can't be; returns whether it changed anything.

    Raises _StaleError for one of a visit that was talked about since `as_of`.
    """
    try:
        with as_service(WORK):
            is_new = _apply(mis, change, as_of=as_of)
            Unapplied.objects.filter(mis=mis, ref=change.ref).delete()
            return is_new
    except (DataError, IntegrityError, applying.StrangerError, ValueError) as error:
        reason = type(error).__name__
    if _keep(mis, change, reason=reason):
        _log.error("%s: the change of %s is not applied yet: %s", mis, change.ref, reason)
    return False


def _keep(mis: str, change: RemoteChange, *, reason: str) -> bool:
    """Keep a change; returns whether it was not kept before."""
    now = clock.now()
    with as_service(WORK):
        kept, is_new = Unapplied.objects.get_or_create(
            mis=mis,
            ref=change.ref,
            defaults={"change": _spelt(change), "reason": reason, "first_at": now, "last_at": now},
        )
        if not is_new:
            Unapplied.objects.filter(pk=kept.pk).update(
                change=_spelt(change), reason=reason, last_at=now, tries=F("tries") + 1
            )
    return is_new


def _try_again(mis: str, *, but: Iterable[str]) -> int:
    """Try the kept changes once more: a doctor may have been bound, a visit ended, since."""
    with as_service(WORK):
        rows = Unapplied.objects.filter(mis=mis).exclude(ref__in=list(but)).order_by("last_at")[:_AGAIN]
        kept = [_read(row.change) for row in rows]
    return sum(_apply_or_keep(mis, change, as_of=clock.now()) for change in kept)


def _spelt(change: RemoteChange) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "ref": change.ref,
        "practitioner": change.resource.practitioner_id,
        "location": change.resource.location_id,
        "begin": change.begin.iso(),
        "minutes": change.minutes,
        "reference": change.reference,
        "room": change.room,
    }


def _read(told: dict[str, Any]) -> RemoteChange:
    return RemoteChange(
        kind=ChangeKind(told["kind"]),
        ref=told["ref"],
        resource=RemoteResource(told["practitioner"], told["location"]),
        begin=WallTime.parse(told["begin"]),
        minutes=told["minutes"],
        reference=told["reference"],
        room=told["room"],
    )


def _apply(mis: str, change: RemoteChange, *, as_of: datetime) -> bool:
    row = _known(mis, change)
    if row is not None and Exchange.objects.filter(pk=row.pk, ended_at__gt=as_of).exists():
        raise _StaleError
    if change.kind is ChangeKind.CANCELLED:
        return row is not None and _cancel(row, change)
    where = applying.where(mis, change.resource, begin=change.begin, minutes=change.minutes)
    row = _brought_by_us(row, where) or row
    if row is None:
        applying.insert(mis, change.ref, where)
        return True
    if row.state not in _MAY_BE_BOOKED:
        return False
    if row.state == State.BOOKED and (change.kind is ChangeKind.BOOKED or _is_at(row, where)):
        return False
    before = State(row.state)
    moves = _confirm(row, change) if before in _WAITING else None
    if row.state == State.REJECTED or not _is_at(row, where):
        applying.insert(mis, change.ref, where, earlier=row)
    else:
        notices.tell_end_of_talk(row, before=before, moves=moves)
    return True


def _is_at(row: Appointment, where: applying.Where) -> bool:
    """Whether a visit stands as the MIS says: another doctor at the same time is a substitution."""
    here = (row.practitioner, row.location, row.visit)
    return here == (where.practitioner, where.location, where.visit)


def _brought_by_us(row: Appointment | None, where: applying.Where) -> Appointment | None:
    """Return the new version of a visit that the MIS or its staff are to move, if its record stands there."""
    if row is None:
        return None
    stages = (exchange.OWN_MOVE, *_BY_PERSON)
    talks = Exchange.objects.filter(moves=row.pk, stage__in=stages).values("appointment")
    rows = Appointment.objects.select_for_update().filter(pk__in=talks, state__in=_WAITING)
    return next((each for each in rows if _is_at(each, where)), None)


def _known(mis: str, change: RemoteChange) -> Appointment | None:
    """Return the latest version of the visit here, by our reference, else by the MIS's id.

    Of a visit that its patient moves, the old one and the new one are two records there: each is known by its
    own id alone.
    """
    own = list(Exchange.objects.filter(mis=mis, ref=change.ref).values_list("appointment", flat=True))
    ids = list(own)
    with suppress(ValueError):
        ids.append(UUID(change.reference))
    chain = Appointment.objects.filter(
        chain__in=Appointment.objects.filter(pk__in=ids).values("chain")
    ).values("pk")
    versions = Exchange.objects.filter(appointment__in=chain, moves=None, ref__in=["", change.ref])
    known = [*ids, *versions.values_list("appointment", flat=True)]
    rows = Appointment.objects.select_for_update().filter(pk__in=known)
    latest = rows.order_by("-version", "-created_at").first()
    if latest is not None and latest.state == State.REJECTED:
        # A record that we were to move, and that the MIS tells elsewhere after all, is the one that stands.
        latest = rows.filter(pk__in=own, state=State.BOOKED).first() or latest
    return latest


def _cancel(row: Appointment, change: RemoteChange) -> bool:
    """Note the cancel of a patient's visit, to be judged with the others; end any other.

    That of a record which another of ours has replaced says nothing of the visit. That of one which is on
    its way to another time ends the visit that stands here; the talk about the move finds it gone by itself.
    """
    if Exchange.objects.filter(pk=row.pk).exclude(ref__in=["", change.ref]).exists():
        return False
    if row.state in _WAITING:
        # A call of ours may be on its way back with "booked": it is overtaken, and the next run reads back.
        Exchange.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        moved = _moved_from(row, change)
        return moved is not None and _cancel(moved, change)
    if row.state == State.BOOKED and row.patient is not None:
        agreement.note(row, DiscrepancyKind.CANCELLED)
    elif row.state in {State.BOOKED, State.CANCELLING}:
        applying.cancel(row)
        return True
    return False


def _moved_from(row: Appointment, change: RemoteChange) -> Appointment | None:
    """Return the visit that `row` is to replace, where it is known in the MIS by the same record."""
    moves = Exchange.objects.filter(pk=row.pk).values("moves")
    talks = Exchange.objects.filter(pk__in=moves, ref=change.ref).values("appointment")
    return Appointment.objects.select_for_update().filter(pk__in=talks, state=State.BOOKED).first()


def _confirm(row: Appointment, change: RemoteChange) -> UUID | None:
    """Book a visit whose talk has not ended; returns the visit that it replaces, if any."""
    talk = Exchange.objects.select_for_update().get(pk=row.pk)
    is_own = talk.stage == exchange.OWN_MOVE
    talk.ref, talk.stage = change.ref, "done"
    talk.save(update_fields=["ref", "stage"])
    row.state, row.reason, row.answer_by = State.BOOKED, "", None
    row.save(update_fields=["state", "reason", "answer_by"])
    if talk.moves is not None:
        is_own |= Exchange.objects.filter(pk=talk.moves, ref=change.ref).exists()
        is_doubtful = exchange.leave(row, moves=talk.moves, is_own=is_own)
        if is_doubtful and not is_own:
            exchange.ask_to_call(row.pk, topic=_TWO_TIMES)
    moves: UUID | None = talk.moves
    return moves

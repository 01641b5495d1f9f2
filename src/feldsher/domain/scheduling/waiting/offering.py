"""Finds time for who waits, and keeps it for them: an offer is a hold, so that nobody else can take it."""

import logging
from datetime import datetime
from functools import cache
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import OperationalError

from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import notices, sql_calls
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.sealed import open_waiting_phone
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.types import OfferState, SlotKey, Wanted, WishState
from feldsher.domain.scheduling.waiting import rules
from feldsher.domain.scheduling.waiting.queue import WORK, Waiter, waiters
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

CHANNEL = "waiting"
TRIES = 3
"""How many times of a doctor are tried for one wish in a pass: what is free may be taken meanwhile."""
_log = logging.getLogger(__name__)


class _NotGivenError(Exception):
    """The time is not kept for this one; nothing of it is written."""


def offer_times() -> int:
    """Offer free time to whoever waits for it, first come first; returns how many offers were made.

    Whoever freed it, and where: free is what `free_slots` says. One statement for all who wait. Without a
    provider of SMS nobody could be told, and nothing is offered.
    """
    if settings.FELDSHER_SMS is None:
        return 0
    now = clock.now()
    with as_service(WORK):
        queue = waiters(now)
    if not queue:
        return 0
    free, zone = sql_calls.free_starts(_spans(queue, now=now)), cache(zone_of)
    given: set[SlotKey] = set()
    for each in queue:
        left = (
            key
            for key in free.get(each.wanted, ())
            if key not in given and each.suits(key, now=now, zone=zone(key.location_id))
        )
        taken = (key for key in islice(left, TRIES) if _is_given(each, key))
        given.update(islice(taken, 1))
    return len(given)


def _spans(queue: list[Waiter], *, now: datetime) -> dict[Wanted, tuple[datetime, datetime]]:
    """Return from when to when each kind of time is asked for: as far as anybody of the queue needs."""
    spans: dict[Wanted, tuple[datetime, datetime]] = {}
    for each in queue:
        first, last = each.span(now=now)
        known = spans.get(each.wanted, (first, last))
        spans[each.wanted] = min(first, known[0]), max(last, known[1])
    return spans


def pass_on(practitioner: UUID, *, location: UUID, starts_at: datetime) -> bool:
    """Offer a time that the caller's transaction has freed to the next whom it suits; returns whether.

    In the same commit: between two who wait no third can take it.
    """
    now = clock.now()
    zone = zone_of(location)
    if settings.FELDSHER_SMS is None or not rules.may_be_told(now, zone):
        return False
    queue = waiters(now, practitioner=practitioner)
    if not queue:
        return False
    free = sql_calls.free_starts({each.wanted: (starts_at, starts_at) for each in queue})
    return any(
        key.location_id == location and each.suits(key, now=now, zone=zone) and offer(each, key)
        for each in queue
        for key in free.get(each.wanted, ())
    )


def offer(who: Waiter, key: SlotKey) -> bool:
    """Keep a time for one who waits and tell them, in one commit; returns whether it could be kept.

    Not where it is taken by now, where they have got another meanwhile, are booked elsewhere at that time, or
    their number is said to be another's.
    """
    try:
        with as_service(WORK):
            _offer(who, key)
    except _NotGivenError:
        return False
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            return False
        raise
    return True


def _is_given(who: Waiter, key: SlotKey) -> bool:
    try:
        return offer(who, key)
    except Exception:  # noqa: BLE001 - one patient's trouble must not keep the others from their times
        _log.exception("wish %s: a time could not be offered", who.wish_id)
        return False


def _offer(who: Waiter, key: SlotKey) -> None:
    rows = Wish.objects.select_for_update(skip_locked=True)
    mine = rows.filter(pk=who.wish_id, state=WishState.WAITING).first()
    if mine is None or WaitingOffer.objects.filter(wish=mine.pk, state=OfferState.OPEN).exists():
        raise _NotGivenError
    if who.patient_id is not None and patients.is_wrong_number(who.patient_id):
        raise _NotGivenError
    now = clock.now()
    until = now + rules.lasts(key.start, now=now)
    answer = sql_calls.hold_slot(key, channel=CHANNEL, lasts=until - now + rules.GRACE)
    if answer.code != "held" or answer.appointment is None:
        raise _NotGivenError
    held = Appointment.objects.get(pk=answer.appointment)
    busy = Appointment.objects.filter(patient=who.patient_id, active=True, visit__overlap=held.visit)
    if mine.chain is not None and busy.exclude(chain=mine.chain).exists():
        raise _NotGivenError
    made = WaitingOffer.objects.create(
        wish=mine.pk,
        hold=held.pk,
        starts_at=key.start,
        until=until,
        state=OfferState.OPEN,
        created_at=now,
    )
    if who.visit_id is not None and who.patient_id is not None:
        phone = patients.person(who.patient_id, fields=("phone",)).phone
        link = notices.visit_link(who.visit_id)
    else:
        phone, link = open_waiting_phone(bytes(mine.phone), wish=mine.pk), notices.wish_link(mine.pk)
    notices.offer_time(held, offer=made.pk, phone=phone, link=link, until=until)

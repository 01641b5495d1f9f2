"""Finds time for who waits, and keeps it for them: an offer is a hold, so that nobody else can take it."""

import logging
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import OperationalError

from feldsher.domain.scheduling import notices, sql_calls
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.types import OfferState, SlotKey, SlotPlace, WishState
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

    Whoever freed it, and where: free is what `free_slots` says. Two statements, however many wait. Without a
    provider of SMS nobody could be told, and nothing is offered.
    """
    now = clock.now()
    if settings.FELDSHER_SMS is None:
        return 0
    with as_service(WORK):
        found = waiters(now)
    awake = {
        place
        for place in {each.place for each in found}
        if rules.may_be_told(now, zone_of(place.location_id))
    }
    queue = [each for each in found if each.place in awake]
    if not queue:
        return 0
    free = sql_calls.starts_within(_spans(queue, now=now))
    given: set[SlotKey] = set()
    for each in queue:
        wanted = [each.place.at(start) for start in free.get(each.place, ()) if each.wants(start, now=now)]
        left = [key for key in wanted if key not in given][:TRIES]
        given.update(islice((key for key in left if _is_given(each, key)), 1))
    return len(given)


def _spans(queue: list[Waiter], *, now: datetime) -> dict[SlotPlace, tuple[datetime, datetime]]:
    """Return from when to when each place is asked about: as far as the latest visit of who waits there."""
    spans: dict[SlotPlace, tuple[datetime, datetime]] = {}
    for each in queue:
        first, last = rules.span(each.visit_at, now=now)
        spans[each.place] = first, max(last, spans.get(each.place, (first, last))[1])
    return spans


def pass_on(key: SlotKey) -> bool:
    """Offer a time that the caller's transaction has freed to the next who waits for it; returns whether.

    In the same commit: between two who wait no third can take it.
    """
    now = clock.now()
    if settings.FELDSHER_SMS is None or not rules.may_be_told(now, zone_of(key.location_id)):
        return False
    queue = waiters(now, practitioner=key.practitioner_id)
    return any(
        each.place.at(key.start) == key and each.wants(key.start, now=now) and offer(each, key)
        for each in queue
    )


def offer(who: Waiter, key: SlotKey) -> bool:
    """Keep a time for one who waits and tell them, in one commit; returns whether it could be kept.

    Not where it is taken by now, where they have got another meanwhile, or are booked elsewhere at that time.
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
    now = clock.now()
    until = now + rules.lasts(key.start, now=now)
    answer = sql_calls.hold_slot(key, channel=CHANNEL, lasts=until - now + rules.GRACE)
    if answer.code != "held" or answer.appointment is None:
        raise _NotGivenError
    held = Appointment.objects.get(pk=answer.appointment)
    busy = Appointment.objects.filter(patient=who.patient_id, active=True, visit__overlap=held.visit)
    if busy.exclude(chain=mine.chain).exists():
        raise _NotGivenError
    made = WaitingOffer.objects.create(
        wish=mine.pk,
        hold=held.pk,
        starts_at=key.start,
        until=until,
        state=OfferState.OPEN,
        created_at=now,
    )
    notices.offer_time(held, offer=made.pk, visit=who.visit_id, patient=who.patient_id, until=until)

"""Finds time for who waits, and keeps it for them: an offer is a hold, so that nobody else can take it."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from operator import attrgetter
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.db.models import Q

from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import notices, sql_calls
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Offer, WaitingOffer, Wish
from feldsher.domain.scheduling.sealed import open_waiting_phone
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.types import OfferState, SlotKey, Wanted, Window, WishState
from feldsher.domain.scheduling.waiting import rules
from feldsher.domain.scheduling.waiting.queue import WORK, Freed, Waiter, waiters, waiters_for
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
    free = _Free(sql_calls.free_starts(_spans(queue, now=now)), now=now)
    made, shared, gone = 0, set[SlotKey](), set[SlotKey]()
    for each in queue:
        left = (key for key in free.suiting(each) if key not in gone)
        for key in islice(left, TRIES):
            if _is_given(each, key):
                made += 1
                (shared if _is_shared(key) else gone).add(key)
                break
            if key in shared:  # its last place, most likely; else the next pass has it
                gone.add(key)
    return made


def _is_shared(key: SlotKey) -> bool:
    """Whether a time is a group's, which may have places left when one of them is given."""
    offers = Offer.objects.filter(practitioner=key.practitioner_id, location=key.location_id)
    return offers.filter(service=key.service_id, capacity__gt=1).exists()


class _Free:
    """The free times of one pass, by what is wished: a wish that many have is matched once."""

    def __init__(self, found: Mapping[Wanted, Sequence[SlotKey]], *, now: datetime) -> None:
        self._found, self._now, self._zone = found, now, cache(zone_of)
        self._matched: dict[object, list[SlotKey]] = {}

    def suiting(self, who: Waiter) -> Iterator[SlotKey]:
        """Yield what may be offered to this one, by start."""
        first, last = who.span(now=self._now)
        for key in self._of(who):
            if key.start > last:
                return
            if key.start >= first and (key.practitioner_id, key.start) not in who.seen:
                yield key

    def _of(self, who: Waiter) -> list[SlotKey]:
        wish: tuple[tuple[Wanted, ...], frozenset[tuple[UUID, UUID]] | None, Window | None]
        wish = (who.wanted, who.places, who.window)
        if wish not in self._matched:
            found = [
                key
                for wanted in who.wanted
                for key in self._found.get(wanted, ())
                if self._may_be_told(key.location_id) and who.is_for(key, self._zone(key.location_id))
            ]
            self._matched[wish] = sorted(found, key=attrgetter("start"))
        return self._matched[wish]

    def _may_be_told(self, location: UUID) -> bool:
        return rules.may_be_told(self._now, self._zone(location))


def _spans(queue: list[Waiter], *, now: datetime) -> dict[Wanted, tuple[datetime, datetime]]:
    """Return from when to when each kind of time is asked for: as far as anybody of the queue needs."""
    spans: dict[Wanted, tuple[datetime, datetime]] = {}
    for each in queue:
        first, last = each.span(now=now)
        for wanted in each.wanted if first <= last else ():
            known = spans.get(wanted, (first, last))
            spans[wanted] = min(first, known[0]), max(last, known[1])
    return spans


def pass_on(practitioner: UUID, *, location: UUID, starts_at: datetime) -> bool:
    """Offer a time that the caller's transaction has freed to the next whom it suits; returns whether.

    In the same commit: between two who wait no third can take it.
    """
    now = clock.now()
    zone = zone_of(location)
    if settings.FELDSHER_SMS is None or not rules.may_be_told(now, zone):
        return False
    queue = waiters_for(Freed(practitioner, location, starts_at, zone), now=now)
    if not queue:
        return False
    asked = {wanted: (starts_at, starts_at) for each in queue for wanted in each.wanted}
    free = sql_calls.free_starts(asked)
    return any(
        key.location_id == location and each.suits(key, now=now, zone=zone) and offer(each, key)
        for each in queue
        for wanted in each.wanted
        for key in free.get(wanted, ())
    )


def offer(who: Waiter, key: SlotKey) -> bool:
    """Keep a time for one who waits and tell them, in one commit; returns whether it could be kept.

    Not where it is taken by now, where they or their phone have got another meanwhile, they are booked
    elsewhere at that time, or their number is said to be another's.
    """
    try:
        with as_service(WORK):
            _offer(who, key)
    except (_NotGivenError, IntegrityError):
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
    if mine is None or _has_offer(mine):
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
        phone_key=bytes(mine.phone_key),
        practitioner=key.practitioner_id,
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


def _has_offer(wish: Wish) -> bool:
    """Whether the wish has an open offer, or its phone one for another wish: an index refuses a second."""
    opened = WaitingOffer.objects.filter(state=OfferState.OPEN)
    key = bytes(wish.phone_key)
    return opened.filter(Q(wish=wish.pk) | Q(phone_key=key) if key else Q(wish=wish.pk)).exists()

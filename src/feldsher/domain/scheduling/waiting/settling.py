"""What follows without anybody's word: unanswered times pass on, wishes end with their visit."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.types import OfferState, State, WishState
from feldsher.domain.scheduling.waiting.offering import pass_on
from feldsher.domain.scheduling.waiting.queue import WORK
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

UNANSWERED = 2
"""Whoever leaves so many offers in a row without an answer does not wait any more."""
_BATCH = 500
_WEST = timedelta(hours=12)
"""Where a day ends last."""
_log = logging.getLogger(__name__)
_DUE = """
    SELECT o.wish FROM scheduling_waiting_offer o JOIN scheduling_wish w ON w.id = o.wish
    WHERE o.state = 'open' AND (
        o.until <= %(now)s
        OR EXISTS (SELECT 1 FROM scheduling_appointment h WHERE h.id = o.hold AND h.state <> 'held')
        OR EXISTS (
            SELECT 1 FROM scheduling_appointment a
            WHERE a.chain = w.chain AND a.active AND a.state = 'booked' AND a.starts_at <= o.starts_at))
    UNION
    SELECT w.id FROM scheduling_wish w
    WHERE w.state = 'waiting' AND CASE WHEN w.chain IS NULL THEN w.last_day < %(today)s
        ELSE NOT EXISTS (
            SELECT 1 FROM scheduling_appointment a
            WHERE a.chain = w.chain AND a.active
              AND (a.state IN ('booking', 'unknown') OR (a.state = 'booked' AND a.starts_at > %(now)s))) END
    UNION
    SELECT w.id FROM scheduling_wish w
    WHERE w.state = 'taking' AND NOT EXISTS (
        SELECT 1 FROM scheduling_waiting_offer o JOIN scheduling_appointment a ON a.id = o.hold
        WHERE o.wish = w.id AND o.state = 'accepted' AND a.state IN ('booking', 'unknown'))
    LIMIT %(batch)s
"""


def settle() -> int:
    """Settle what time or the clinic has decided; returns how many wishes were looked at.

    Each in a commit of its own. One that fails stops no other.
    """
    with as_service(WORK), connection.cursor() as cursor:
        now = clock.now()
        cursor.execute(_DUE, {"now": now, "today": (now - _WEST).date(), "batch": _BATCH})
        due: list[UUID] = [row[0] for row in cursor.fetchall()]
    for wish in due:
        try:
            _settle(wish)
        except Exception:  # noqa: BLE001 - one patient's trouble must not keep the others waiting
            _log.exception("wish %s could not be settled", wish)
    return len(due)


def _settle(wish_id: UUID) -> None:
    with as_service(WORK):
        wish = Wish.objects.select_for_update(skip_locked=True).filter(pk=wish_id).first()
        if wish is None:
            return  # in somebody's hands: they settle it
        if wish.chain is None:
            if wish.state == WishState.WAITING:
                _settle_without_visit(wish)
            elif wish.state == WishState.TAKING:
                _end_of_taking(wish, may_wait=True)
            return
        standing = Appointment.objects.filter(chain=wish.chain, active=True)
        visit = standing.filter(state=State.BOOKED, starts_at__gt=clock.now()).first()
        if wish.state == WishState.TAKING:
            _end_of_taking(wish, may_wait=visit is not None)
        elif wish.state == WishState.WAITING:
            opened = WaitingOffer.objects.filter(wish=wish.pk, state=OfferState.OPEN).first()
            if visit is None and not standing.filter(state__in=[State.BOOKING, State.UNKNOWN]).exists():
                end(wish, reason="visit_ended")
            elif opened is not None and opened.until <= clock.now():
                _unanswered(wish, opened)
            elif opened is not None and visit is not None and visit.starts_at <= opened.starts_at:
                close(opened, OfferState.WITHDRAWN)


def _settle_without_visit(wish: Wish) -> None:
    """Settle a wish whose offer is answered by the form of its hold, like any other hold."""
    opened = WaitingOffer.objects.filter(wish=wish.pk, state=OfferState.OPEN).first()
    if opened is None:
        end(wish, reason="over")
        return
    state = Appointment.objects.get(pk=opened.hold).state
    if state == State.HELD and opened.until > clock.now():
        return
    if state in {State.HELD, State.EXPIRED}:
        _unanswered(wish, opened)
    elif state == State.RELEASED:
        close(opened, OfferState.DECLINED)
    else:
        opened.state, opened.settled_at = OfferState.ACCEPTED, clock.now()
        opened.save(update_fields=["state", "settled_at"])
        wish.state = WishState.TAKING
        wish.save(update_fields=["state"])


def _end_of_taking(wish: Wish, *, may_wait: bool) -> None:
    """End a wish whose time the clinic has booked; one whose time it refused keeps its place in the queue."""
    taken = WaitingOffer.objects.filter(wish=wish.pk, state=OfferState.ACCEPTED).order_by("-created_at")
    state = Appointment.objects.get(pk=taken[0].hold).state
    if state in {State.BOOKING, State.UNKNOWN}:
        return
    if state == State.REJECTED and may_wait:
        wish.state = WishState.WAITING
        wish.save(update_fields=["state"])
    else:
        end(wish, reason="visit_ended" if state == State.REJECTED else "met")


def _unanswered(wish: Wish, opened: WaitingOffer) -> None:
    close(opened, OfferState.EXPIRED)
    last = WaitingOffer.objects.filter(wish=wish.pk).order_by("-created_at").values_list("state", flat=True)
    if list(last[:UNANSWERED]) == [OfferState.EXPIRED] * UNANSWERED:
        end(wish, reason="unanswered")


def end(wish: Wish, *, reason: str) -> None:
    """End a wish under its lock; a time that is offered to it passes on."""
    wish.state, wish.reason, wish.ended_at = WishState.ENDED, reason, clock.now()
    wish.save(update_fields=["state", "reason", "ended_at"])
    for opened in WaitingOffer.objects.filter(wish=wish.pk, state=OfferState.OPEN):
        close(opened, OfferState.WITHDRAWN)


def close(opened: WaitingOffer, state: OfferState) -> None:
    """Close an open offer under its wish's lock; its time is the next one's in the same commit."""
    now = clock.now()
    opened.state, opened.settled_at = state, now
    opened.save(update_fields=["state", "settled_at"])
    row = Appointment.objects.select_for_update().get(pk=opened.hold)
    if row.state != State.HELD:
        return
    is_ours = row.hold_until is not None and row.hold_until > now
    row.state, row.reason = State.RELEASED, f"offer_{state}"
    row.save(update_fields=["state", "reason"])
    if is_ours:  # else it is anybody's already, who may be taking it at this moment
        pass_on(row.practitioner, location=row.location, starts_at=row.starts_at)

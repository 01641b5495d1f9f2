"""What a patient reads of the waiting list: whether they wait, their place in the queue, what is offered."""

from collections.abc import Iterable
from datetime import time
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.errors import WishNotFoundError
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.selectors.own import own_visit
from feldsher.domain.scheduling.selectors.visits import is_off, key_of, require_secret
from feldsher.domain.scheduling.types import (
    OfferedTime,
    OfferState,
    State,
    Waiting,
    WaitingFor,
    Window,
    WishState,
)
from feldsher.domain.scheduling.waiting import CHANNEL, rules
from feldsher.foundation.access.context import as_holder, as_service
from feldsher.foundation.access.doors import note_stranger
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock

DESK = "desk"
"""The channel of what staff book: it counts in no quota of online booking."""


def waiting(appointment_id: UUID, *, token: str) -> Waiting | None:
    """Return how a visit waits for an earlier time, to whoever has its secret; None for one that can't.

    Raises AppointmentNotFoundError without the right token.
    """
    require_secret(appointment_id, token=token, purpose="own_visit")
    return _waiting(appointment_id)


def waiting_own(appointment_id: UUID, *, holder: PhoneHolder) -> Waiting | None:
    """Return the same of a visit of a patient behind a proved phone; None to who may look only."""
    visit = own_visit(appointment_id, holder=holder)
    return _waiting(appointment_id) if visit.can_cancel else None


def can_wait(visit: Appointment) -> bool:
    """Whether an earlier time of a visit is of use, and its patient can be told of it."""
    first, last = rules.span(None, visit_at=visit.starts_at, now=clock.now())
    is_booked = visit.state == State.BOOKED and visit.service != UNNAMED_SERVICE
    return has_waiting_list() and is_booked and first <= last and not is_off(visit)


def _waiting(appointment_id: UUID) -> Waiting | None:
    now = clock.now()
    with as_holder(appointment_id, purpose="own_visit"):
        visit = Appointment.objects.filter(pk=appointment_id, state=State.BOOKED, starts_at__gt=now).first()
        if visit is None:
            return None
        wish = Wish.objects.filter(chain=visit.chain).exclude(state=WishState.ENDED).first()
        if wish is None:
            return Waiting() if can_wait(visit) else None
        if wish.state != WishState.WAITING:
            return None
        opened = WaitingOffer.objects.filter(wish=wish.pk, state=OfferState.OPEN, until__gt=now).first()
    return Waiting(
        position=position_of(wish),
        offer=offered_times([opened]).get(wish.pk) if opened else None,
        window=window_of(wish),
    )


def has_waiting_list() -> bool:
    """Whether anybody can wait for a time: whoever could not be told of one would wait in vain.

    Nobody waits where nobody books.
    """
    return has_booking() and settings.FELDSHER_SMS is not None


def waiting_for(wish_id: UUID, *, token: str) -> WaitingFor:
    """Return a wish without a visit to whoever has its secret; WishNotFoundError for anybody else."""
    require_wish_secret(wish_id, token=token)
    now = clock.now()
    with as_holder(wish_id, purpose="own_wish"):
        wish = Wish.objects.filter(pk=wish_id, chain=None).first()
        opened = WaitingOffer.objects.filter(wish=wish_id, state=OfferState.OPEN, until__gt=now).first()
    window = window_of(wish) if wish else None
    if wish is None or window is None:
        raise WishNotFoundError("no such wish")
    return WaitingFor(
        id=wish.pk,
        practitioner_id=wish.practitioner,
        specialty=wish.specialty,
        location_ids=tuple(wish.locations),
        window=window,
        position=position_of(wish) if wish.state == WishState.WAITING else None,
        offer=offered_times([opened]).get(wish.pk) if opened else None,
        reason=wish.reason,
    )


def window_of(wish: Wish) -> Window | None:
    """Return the days and hours that suit a wish, None for any."""
    if wish.first_day is None or wish.last_day is None:
        return None
    return Window(wish.first_day, wish.last_day, wish.opens or time.min, wish.closes or time.max)


def require_wish_secret(wish_id: UUID, *, token: str) -> None:
    """Raise WishNotFoundError, and keep it in the journal, unless this is the wish's own secret."""
    if not tokens.opens_wish(wish_id, token=token):
        note_stranger("wish", Column.APPOINTMENTS, record_id=wish_id, purpose="own_wish")
        raise WishNotFoundError("no such wish, or not theirs")


def position_of(wish: Wish) -> int:
    """Return the place among those who wait for times that this wish may be given too.

    Of the same doctor or specialty, or of a specialty and one of its doctors, in a branch in common.
    """
    if wish.specialty:
        pairs = directory.specialty_places([wish.specialty]).get(wish.specialty, frozenset())
    else:
        known = directory.specialty_places(practitioner=wish.practitioner)
        pairs = frozenset(pair for found in known.values() for pair in found)
    here = {(doctor, place) for doctor, place in pairs if not wish.locations or place in wish.locations}
    if wish.specialty:
        rivals = Q(specialty=wish.specialty) | Q(
            specialty="", practitioner__in={doctor for doctor, _ in here}
        )
    else:
        slugs = {slug for slug, found in known.items() if found & here}
        rivals = Q(specialty="", practitioner=wish.practitioner) | Q(practitioner=None, specialty__in=slugs)
    with as_service("booking"):
        queue = Wish.objects.filter(rivals, state=WishState.WAITING)
        if wish.locations:
            queue = queue.filter(Q(locations=[]) | Q(locations__overlap=wish.locations))
        earlier = Q(created_at__lt=wish.created_at) | Q(created_at=wish.created_at, id__lt=wish.pk)
        return 1 + queue.filter(earlier).count()


def is_of_desk(hold: Appointment) -> bool:
    """Whether staff may name who comes at a held time: theirs, or one that is offered to a wish of a phone.

    Call it in a context that reaches wishes. A time that is offered to a visit is that visit's alone.
    """
    if hold.channel != CHANNEL:
        return hold.channel == DESK
    wish = WaitingOffer.objects.filter(hold=hold.pk).values("wish")
    return Wish.objects.filter(pk__in=wish, chain=None).exists()


def offered_times(opened: Iterable[WaitingOffer]) -> dict[UUID, OfferedTime]:
    """Return what is held by open offers, by wish; one that is being booked, or held no more, is left out."""
    offers = list(opened)
    with as_service("booking"):
        rows = Appointment.objects.filter(pk__in=[offer.hold for offer in offers], state=State.HELD)
        held = {row.pk: row for row in rows}
    zones = directory.zones()
    return {
        offer.wish: OfferedTime(
            id=offer.pk,
            hold_id=offer.hold,
            key=key_of(held[offer.hold]),
            zone=zones.get(held[offer.hold].location, "UTC"),
            until=offer.until,
        )
        for offer in offers
        if offer.hold in held
    }

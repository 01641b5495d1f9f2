"""What a patient reads of the waiting list: whether they wait, their place in the queue, what is offered."""

from uuid import UUID

from django.conf import settings
from django.db.models import Q

from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.selectors.own import own_visit
from feldsher.domain.scheduling.selectors.visits import is_off, require_secret, zone_of
from feldsher.domain.scheduling.types import (
    Answer,
    OfferedTime,
    OfferState,
    SlotKey,
    State,
    Waiting,
    WishState,
)
from feldsher.domain.scheduling.waiting import rules
from feldsher.foundation.access.context import as_holder, as_service
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock


def waiting(appointment_id: UUID, *, token: str) -> Waiting | None:
    """Return how a visit waits for an earlier time, to whoever has its secret; None for one that can't.

    Raises AppointmentNotFoundError without the right token.
    """
    require_secret(appointment_id, token=token, purpose="own_visit")
    return _waiting(appointment_id)


def waiting_own(appointment_id: UUID, *, holder: PhoneHolder) -> Waiting | None:
    """Return the same of a visit of a patient behind a proved phone."""
    own_visit(appointment_id, holder=holder)
    return _waiting(appointment_id)


def can_wait(visit: Appointment) -> bool:
    """Whether an earlier time of a visit is of use, and its patient can be told of it."""
    first, last = rules.span(visit.starts_at, now=clock.now())
    is_booked = visit.state == State.BOOKED and visit.service != UNNAMED_SERVICE
    return settings.FELDSHER_SMS is not None and is_booked and first <= last and not is_off(visit)


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
    return Waiting(position=_position(wish), offer=_offered(wish, opened) if opened else None)


def _position(wish: Wish) -> int:
    """Return the place among those who wait for times of the same doctor in the same branch."""
    with as_service("booking"):
        queue = Wish.objects.filter(
            state=WishState.WAITING, practitioner=wish.practitioner, location=wish.location
        )
        earlier = Q(created_at__lt=wish.created_at) | Q(created_at=wish.created_at, id__lt=wish.pk)
        return 1 + queue.filter(earlier).count()


def _offered(wish: Wish, opened: WaitingOffer) -> OfferedTime:
    key = SlotKey(wish.practitioner, wish.location, wish.service, opened.starts_at, Answer(wish.answers))
    return OfferedTime(id=opened.pk, key=key, zone=zone_of(wish.location), until=opened.until)

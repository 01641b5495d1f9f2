"""Wait for a doctor's time without a visit: a phone, what suits, and a secret link.

An offer is answered by the form of its hold, like any time that one has taken oneself: who comes, and the
consent, are asked there.
"""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling.calling import MOSCOW
from feldsher.domain.scheduling.errors import NoWaitingListError, TooManyWishesError, WishNotFoundError
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.models import WaitingOffer, Wish
from feldsher.domain.scheduling.sealed import seal_waiting_phone
from feldsher.domain.scheduling.selectors.waiting import has_waiting_list, require_wish_secret
from feldsher.domain.scheduling.tokens import digest, wish_token
from feldsher.domain.scheduling.types import Idempotency, OfferState, WishInput, WishState
from feldsher.domain.scheduling.waiting.settling import close, end
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.phone import parse_phone, phone_fault

MOST = 3
"""How many wishes without a visit one phone may have."""


def wish_for_time(wanted: WishInput, *, idempotency: Idempotency | None = None) -> tuple[UUID, str]:
    """Put a phone on the waiting list of a doctor; returns the wish's id and secret.

    The same call made again answers the same. Raises InvalidInputError for an unusable phone, for days that
    are over, too far off or in the wrong order, and hours in the wrong order; NotFoundError for an unknown
    doctor or a branch that is not theirs; NoWaitingListError, TooManyWishesError, ConsentTextMissingError,
    InProgressError, KeyReusedError.
    """
    if not has_waiting_list():
        raise NoWaitingListError("nobody could be told")
    phone = _checked(wanted)
    with as_service("booking"):
        earlier = earlier_outcome(idempotency)
        if earlier is not None and earlier.subject is not None:
            return earlier.subject, wish_token(earlier.subject)
        key = digest(phone, purpose="waiting")
        mine = Wish.objects.filter(chain=None, phone_key=key).exclude(state=WishState.ENDED)
        if mine.count() >= MOST:
            raise TooManyWishesError("too many wishes of one phone")
        text = patients.current_consent_text(Purpose.BOOKING)
        wish = Wish(
            phone_key=key,
            consent=f"{text.version} {text.sha256}",
            practitioner=wanted.practitioner_id,
            location=wanted.location_id,
            service=wanted.service_id,
            answers=int(wanted.answers.flags),
            age=wanted.answers.age,
            first_day=wanted.first_day,
            last_day=wanted.last_day,
            opens=wanted.opens,
            closes=wanted.closes,
            state=WishState.WAITING,
            created_at=clock.now(),
        )
        wish.phone = seal_waiting_phone(phone, wish=wish.pk)
        wish.save(force_insert=True)
        keep_outcome(idempotency, code="wish", subject=wish.pk)
        return wish.pk, wish_token(wish.pk)


def withdraw_wish(wish_id: UUID, *, token: str) -> None:
    """Take a wish without a visit off the list; a time that was offered passes on. Twice is fine.

    Raises WishNotFoundError without the right token.
    """
    require_wish_secret(wish_id, token=token)
    with as_service("booking"):
        wish = _locked(wish_id)
        if wish.state == WishState.WAITING:
            end(wish, reason="withdrawn")


def decline_wished(wish_id: UUID, *, offer_id: UUID, token: str) -> None:
    """Refuse a time that was offered to a wish without a visit, which waits on.

    One that is over changes nothing. Raises WishNotFoundError without the right token.
    """
    require_wish_secret(wish_id, token=token)
    with as_service("booking"):
        wish = _locked(wish_id)
        mine = WaitingOffer.objects.filter(pk=offer_id, wish=wish.pk, state=OfferState.OPEN).first()
        if mine is not None:
            close(mine, OfferState.DECLINED)


def _locked(wish_id: UUID) -> Wish:
    wish = Wish.objects.select_for_update().filter(pk=wish_id, chain=None).first()
    if wish is None:
        raise WishNotFoundError("no such wish")
    return wish


def _checked(wanted: WishInput) -> str:
    """Return the phone in E.164; raises like `wish_for_time`."""
    card = directory.practitioner(wanted.practitioner_id)
    if wanted.location_id is not None and wanted.location_id not in card.location_ids:
        raise NotFoundError("the doctor does not work in that branch")
    zone = directory.location(wanted.location_id).zone if wanted.location_id else ""
    today = clock.now().astimezone(ZoneInfo(zone or MOSCOW)).date()
    phone, faults = parse_phone(wanted.phone), {}
    if phone is None:
        faults["phone"] = phone_fault(wanted.phone)
    if wanted.last_day < max(today, wanted.first_day):
        faults["last_day"] = "Выберите день не\u00a0раньше первого и не\u00a0в\u00a0прошлом"
    if wanted.last_day > today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days):
        faults["last_day"] = f"Ждать можно не\u00a0дольше {settings.FELDSHER_BOOKING.horizon_days} дней"
    if wanted.opens >= wanted.closes:
        faults["hours"] = "Выберите часы по\u00a0порядку"
    if faults or phone is None:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)
    return phone

"""Wait for a time of a doctor or of a specialty without a visit: a phone, what suits, and a secret link.

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
from feldsher.domain.scheduling.types import Idempotency, OfferState, Window, WishInput, WishState
from feldsher.domain.scheduling.waiting.settling import close, end
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.phone import parse_phone, phone_fault

MOST = 3
"""How many wishes without a visit one phone may have."""


def wish_for_time(wanted: WishInput, *, idempotency: Idempotency | None = None) -> tuple[UUID, str]:
    """Put a phone on the waiting list of a doctor or a specialty; returns the wish's id and secret.

    The same call made again answers the same. Raises InvalidInputError for an unusable phone, for days that
    are over, too far off or in the wrong order, and hours in the wrong order; NotFoundError for an unknown
    doctor, a specialty that nobody practises, or branches where they don't; NoWaitingListError,
    TooManyWishesError, ConsentTextMissingError, InProgressError, KeyReusedError.
    """
    phone = checked(wanted)
    with as_service("booking"):
        earlier = earlier_outcome(idempotency)
        if earlier is not None and earlier.subject is not None:
            return earlier.subject, wish_token(earlier.subject)
        wish = keep_wish(wanted, phone=phone)
        keep_outcome(idempotency, code="wish", subject=wish)
        return wish, wish_token(wish)


def keep_wish(wanted: WishInput, *, phone: str) -> UUID:
    """Write a checked wish of a phone (E.164) with the text that was agreed to, in the caller's context.

    Raises TooManyWishesError, ConsentTextMissingError.
    """
    key = key_of_phone(phone)
    mine = Wish.objects.filter(chain=None, phone_key=key).exclude(state=WishState.ENDED)
    if mine.count() >= MOST:
        raise TooManyWishesError("too many wishes of one phone")
    text = patients.current_consent_text(Purpose.BOOKING)
    wish = Wish(
        phone_key=key,
        consent=f"{text.version} {text.sha256}",
        practitioner=wanted.practitioner_id,
        specialty=wanted.specialty,
        locations=sorted(set(wanted.location_ids)),
        service=wanted.service_id,
        answers=int(wanted.answers.flags),
        age=wanted.answers.age,
        first_day=wanted.window.first_day,
        last_day=wanted.window.last_day,
        opens=wanted.window.opens,
        closes=wanted.window.closes,
        state=WishState.WAITING,
        created_at=clock.now(),
    )
    wish.phone = seal_waiting_phone(phone, wish=wish.pk)
    wish.save(force_insert=True)
    return wish.pk


def key_of_phone(phone: str) -> bytes:
    """Return what the wishes of one phone (E.164) have in common, a visit's too."""
    return digest(phone, purpose="waiting")


def withdraw_wish(wish_id: UUID, *, token: str) -> None:
    """Take a wish without a visit off the list; a time that was offered passes on. Twice is fine.

    Raises WishNotFoundError without the right token.
    """
    require_wish_secret(wish_id, token=token)
    with as_service("booking"):
        wish = locked_wish(wish_id)
        if wish.state == WishState.WAITING:
            end(wish, reason="withdrawn")


def decline_wished(
    wish_id: UUID, *, offer_id: UUID, token: str, idempotency: Idempotency | None = None
) -> None:
    """Refuse a time that was offered to a wish without a visit, which waits on.

    One that is over changes nothing. Raises WishNotFoundError without the right token, InProgressError,
    KeyReusedError.
    """
    require_wish_secret(wish_id, token=token)
    with as_service("booking"):
        if earlier_outcome(idempotency) is not None:
            return
        keep_outcome(idempotency, code="declined", subject=wish_id)
        wish = locked_wish(wish_id)
        mine = WaitingOffer.objects.filter(pk=offer_id, wish=wish.pk, state=OfferState.OPEN).first()
        if mine is not None:
            close(mine, OfferState.DECLINED)


def locked_wish(wish_id: UUID) -> Wish:
    """Return a wish without a visit under its lock, in the caller's context; WishNotFoundError."""
    wish = Wish.objects.select_for_update().filter(pk=wish_id, chain=None).first()
    if wish is None:
        raise WishNotFoundError("no such wish")
    return wish


def checked(wanted: WishInput) -> str:
    """Return the phone in E.164; raises like `wish_for_time`."""
    if not has_waiting_list():
        raise NoWaitingListError("nobody could be told")
    _require_places(wanted)
    zone = directory.location(wanted.location_ids[0]).zone if wanted.location_ids else ""
    phone, faults = parse_phone(wanted.phone), window_faults(wanted.window, zone=zone or MOSCOW)
    if phone is None:
        faults["phone"] = phone_fault(wanted.phone)
    if faults or phone is None:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)
    return phone


def window_faults(window: Window, *, zone: str) -> dict[str, str]:
    """Return what is wrong with days and hours on a zone's clock, in words, by field."""
    today, faults = clock.now().astimezone(ZoneInfo(zone)).date(), {}
    if window.last_day < max(today, window.first_day):
        faults["last_day"] = "Выберите день не\u00a0раньше первого и не\u00a0в\u00a0прошлом"
    if window.last_day > today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days):
        faults["last_day"] = f"Ждать можно не\u00a0дольше {settings.FELDSHER_BOOKING.horizon_days} дней"
    if window.opens >= window.closes:
        faults["hours"] = "Выберите часы по\u00a0порядку"
    return faults


def _require_places(wanted: WishInput) -> None:
    """Raise NotFoundError unless the doctor, or somebody of the specialty, works in each named branch."""
    if wanted.practitioner_id is not None:
        branches = set(directory.practitioner(wanted.practitioner_id).location_ids)
    else:
        pairs = directory.specialty_places([wanted.specialty]).get(wanted.specialty)
        if not pairs:
            raise NotFoundError("nobody practises that specialty")
        branches = {branch for _, branch in pairs}
    if not branches.issuperset(wanted.location_ids):
        raise NotFoundError("a branch where they do not work")

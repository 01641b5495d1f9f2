"""The waiting list for machines: a phone waits for a time of a doctor or of a specialty.

A wish is opened by its own secret, like a visit. What is offered to it is a hold, which is confirmed like any
other, with the code of the policy: there is no second way to book.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from feldsher.channels.api import rules, schemas, wire
from feldsher.channels.api.booking import CONSENT, on_site, secret_in
from feldsher.channels.api.callers import Bearer, idempotency_of
from feldsher.channels.api.errors import ChannelNotAllowedError, TokenRequiredError
from feldsher.channels.api.partners import check_channel
from feldsher.channels.api.promises import promises
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    ConsentRequiredError,
    InProgressError,
    KeyReusedError,
    NoWaitingListError,
    TooManyWishesError,
    WishNotFoundError,
)
from feldsher.domain.scheduling.types import Window, WishInput
from feldsher.kernel.errors import InvalidInputError, NotFoundError

router = Router(tags=["Лист ожидания"])

_PLACES = {"hours": "closes"}
"""How the body calls what the service finds fault with."""
_WHOM = "Назовите что-нибудь одно: practitioner или specialty."
_BY_SECRET = Bearer(WishNotFoundError)


@router.post(
    "/waiting",
    response={201: schemas.NewWish},
    summary="Встать в лист ожидания",
    description=(
        "К врачу или к любому врачу специальности, на его обычный приём. Когда подходящее время освободится, "
        "на телефон придёт SMS со ссылкой, а время подержится: 20 минут, если до приёма меньше суток, иначе "
        "два часа. Одно предложение на телефон в одно время."
    ),
    openapi_extra=promises(
        InvalidInputError, ConsentRequiredError, NotFoundError, NoWaitingListError, TooManyWishesError,
        ChannelNotAllowedError, InProgressError, KeyReusedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def wait_for_time(request: HttpRequest, body: schemas.WaitIn) -> HttpResponse:
    check_channel(request, body.channel)
    if CONSENT not in body.consents:
        raise ConsentRequiredError("no consent to keep a phone")
    if (body.practitioner is None) == (body.specialty is None):
        raise InvalidInputError("whom to wait for", fields={"practitioner": _WHOM})
    try:
        made, token = services.wish_for_time(_wish(body), idempotency=idempotency_of(request, body))
    except InvalidInputError as error:
        told = {_PLACES.get(name, name): text for name, text in error.fields.items()}
        raise InvalidInputError(error.detail, fields=told) from error
    link = reverse("site:wish-enter", args=(made, token))
    seen = wire.wish(selectors.waiting_for(made, token=token))
    return wire.answer({**seen, "token": token, "manage_url": on_site(request, link)}, status=201)


@router.get(
    "/wishes/{uuid:wish_id}",
    response=schemas.Wish,
    auth=_BY_SECRET,
    summary="Место в очереди и что предложено",
    description=(
        "Предложенное время занимает `POST /holds/{hold}/confirmation` с `offer.hold`, по тем же правилам, "
        "что и любое."
    ),
    openapi_extra=promises(WishNotFoundError, TokenRequiredError),
)
def show_wish(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    return wire.answer(wire.wish(selectors.waiting_for(wish_id, token=secret_in(request))))


@router.post(
    "/wishes/{uuid:wish_id}/decline",
    response=schemas.Wish,
    auth=_BY_SECRET,
    summary="Отказаться от предложенного времени",
    description="Время сразу предложат следующему, место в очереди сохранится. Прошедшее — ничего не меняет.",
    openapi_extra=promises(
        WishNotFoundError, TokenRequiredError, InvalidInputError, InProgressError, KeyReusedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def decline_offer(request: HttpRequest, wish_id: UUID, body: schemas.OfferIn) -> HttpResponse:
    token, once = secret_in(request), idempotency_of(request, body)
    services.decline_wished(wish_id, offer_id=body.offer, token=token, idempotency=once)
    return wire.answer(wire.wish(selectors.waiting_for(wish_id, token=token)))


@router.delete(
    "/wishes/{uuid:wish_id}",
    response=schemas.Wish,
    auth=_BY_SECRET,
    summary="Больше не ждать",
    description="Предложенное время предложат следующему. Вызов можно повторять.",
    openapi_extra=promises(WishNotFoundError, TokenRequiredError),
)
def withdraw_wish(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    token = secret_in(request)
    services.withdraw_wish(wish_id, token=token)
    return wire.answer(wire.wish(selectors.waiting_for(wish_id, token=token)))


def _wish(body: schemas.WaitIn) -> WishInput:
    return WishInput(
        phone=body.phone,
        window=Window(body.first_day, body.last_day, body.opens, body.closes),
        practitioner_id=body.practitioner,
        specialty=body.specialty or "",
        location_ids=tuple(dict.fromkeys(body.locations)),
        service_id=body.service,
        answers=rules.answers_of(body),
    )

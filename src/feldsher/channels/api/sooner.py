"""An earlier time of a visit for machines: wait, ask what is offered, take it or leave it to the next.

All of it is opened by the visit's own secret. What is offered is taken by a move of the visit: its hold is
nobody's to confirm.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from feldsher.channels.api import schemas, wire
from feldsher.channels.api.booking import REFUSALS_OF_MIS, confirmed_answer, secret_in
from feldsher.channels.api.callers import Bearer, idempotency_of
from feldsher.channels.api.errors import TokenRequiredError
from feldsher.channels.api.promises import promises
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    BusyTryAgainError,
    InProgressError,
    KeyReusedError,
    NotMovableError,
    NotWaitableError,
    OfferOverError,
    PatientBusyError,
    TooLateToChangeError,
)
from feldsher.domain.scheduling.types import Window
from feldsher.kernel.errors import InvalidInputError

router = Router(tags=["Лист ожидания"])

_PLACES = {"hours": "window.closes", "first_day": "window.first_day", "last_day": "window.last_day"}
"""How the body calls what the service finds fault with."""
_ADDRESS = "/appointments/{uuid:appointment_id}/sooner"


@router.get(
    _ADDRESS,
    response=schemas.Sooner,
    auth=Bearer(),
    summary="Ждёт ли запись более раннего времени и что предложено",
    openapi_extra=promises(AppointmentNotFoundError, TokenRequiredError),
)
def show_sooner(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    return _seen(request, appointment_id)


@router.post(
    _ADDRESS,
    response={201: schemas.Sooner},
    auth=Bearer(),
    summary="Ждать более раннего времени",
    description=(
        "У того же врача в том же филиале. Когда оно освободится, на телефон пациента придёт SMS, а время "
        "подержится, как для листа ожидания. Запись остаётся, пока предложение не принято. Дни и часы можно "
        "назвать и позже: место в очереди сохранится."
    ),
    openapi_extra=promises(
        AppointmentNotFoundError, TokenRequiredError, NotWaitableError, TooLateToChangeError,
        InvalidInputError, InProgressError, KeyReusedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def wait_sooner(request: HttpRequest, appointment_id: UUID, body: schemas.SoonerIn) -> HttpResponse:
    once, token, asked = idempotency_of(request, body), secret_in(request), body.window
    window = Window(asked.first_day, asked.last_day, asked.opens, asked.closes) if asked else None
    try:
        services.wait_for_sooner(appointment_id, token=token, window=window, idempotency=once)
    except InvalidInputError as error:
        told = {_PLACES.get(name, name): text for name, text in error.fields.items()}
        raise InvalidInputError(error.detail, fields=told) from error
    return _seen(request, appointment_id, status=201)


@router.delete(
    _ADDRESS,
    response=schemas.Sooner,
    auth=Bearer(),
    summary="Больше не ждать более раннего времени",
    description="Предложенное время предложат следующему. Вызов можно повторять.",
    openapi_extra=promises(AppointmentNotFoundError, TokenRequiredError),
)
def stop_sooner(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    services.stop_waiting(appointment_id, token=secret_in(request))
    return _seen(request, appointment_id)


@router.post(
    f"{_ADDRESS}/accept",
    response={201: schemas.Confirmation, 202: schemas.Confirmation},
    auth=Bearer(),
    summary="Перенести запись на предложенное время",
    description=(
        "201 — клиника приняла новое время, прежнее освобождается. 202 — ответа ещё нет: прежняя запись "
        "в силе, пока его нет, и остаётся, если клиника откажет. В ответе новая запись со своим `token`."
    ),
    openapi_extra=promises(
        AppointmentNotFoundError, TokenRequiredError, OfferOverError, NotMovableError, PatientBusyError,
        *REFUSALS_OF_MIS, InvalidInputError, BusyTryAgainError, InProgressError, KeyReusedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def accept_sooner(request: HttpRequest, appointment_id: UUID, body: schemas.OfferIn) -> HttpResponse:
    once = idempotency_of(request, body)
    made = services.accept_time(
        appointment_id, offer_id=body.offer, token=secret_in(request), idempotency=once
    )
    return confirmed_answer(request, made)


@router.post(
    f"{_ADDRESS}/decline",
    response=schemas.Sooner,
    auth=Bearer(),
    summary="Отказаться от предложенного времени",
    description="Время сразу предложат следующему, место в очереди сохранится. Прошедшее — ничего не меняет.",
    openapi_extra=promises(
        AppointmentNotFoundError, TokenRequiredError, InvalidInputError, InProgressError, KeyReusedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def decline_sooner(request: HttpRequest, appointment_id: UUID, body: schemas.OfferIn) -> HttpResponse:
    once = idempotency_of(request, body)
    services.decline_time(appointment_id, offer_id=body.offer, token=secret_in(request), idempotency=once)
    return _seen(request, appointment_id)


def _seen(request: HttpRequest, appointment_id: UUID, *, status: int = 200) -> HttpResponse:
    found = selectors.waiting(appointment_id, token=secret_in(request))
    return wire.answer(wire.sooner(found), status=status)

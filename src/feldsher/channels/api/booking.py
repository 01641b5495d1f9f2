"""Writes: hold a time, confirm it, give it back; see and cancel a visit; ask for a call.

Thin: check, call one service, render. A confirmation waits a short, configured time for the clinic's
answer and says 202 when it didn't come: it never guesses.
"""

from dataclasses import fields
from typing import NoReturn, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from feldsher.channels.api import schemas, shown, wire
from feldsher.channels.api.callers import Bearer, device_of, idempotency_of
from feldsher.channels.api.errors import ChannelNotAllowedError, TokenRequiredError
from feldsher.channels.api.partners import check_channel
from feldsher.channels.api.promises import promises
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AgeLimitError,
    AnswersRequiredError,
    AppointmentNotFoundError,
    BookingStoppedError,
    BusyTryAgainError,
    ConsentRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    InProgressError,
    KeyReusedError,
    MisRejectedError,
    NeedsReferralError,
    NotCancellableError,
    NotForPatientError,
    NotMovableError,
    PatientBusyError,
    PhoneCodeNotNeededError,
    PhoneProofRequiredError,
    QuotaFullError,
    ScheduleStaleError,
    SlotInPastError,
    SlotNotOfferedError,
    SlotTakenError,
    SlotTokenError,
    TakenInMisError,
    TooLateToChangeError,
    TooManyHoldsError,
    TooManyVisitsError,
)
from feldsher.domain.scheduling.types import (
    AppointmentCard,
    BookerInput,
    CodeRequest,
    Confirmation,
    Confirmed,
    PersonInput,
    State,
)
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneCodeUnavailableError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.kernel.errors import DomainError, InvalidInputError, NotFoundError

router = Router(tags=["Запись"])

CONSENT = "booking"
_UTC = "UTC"
_BOOKER = {"booker": "booker.name", "relation": "booker.relation"}
_UNANSWERED = (State.BOOKING, State.UNKNOWN)
_REFUSALS: dict[str, type[DomainError]] = {
    kind.code: kind for kind in (PatientBusyError, NeedsReferralError, AgeLimitError, NotForPatientError)
}
REFUSALS_OF_MIS = (TakenInMisError, NeedsReferralError, AgeLimitError, NotForPatientError, MisRejectedError)
"""What a clinic may answer to a new visit."""


@router.post(
    "/holds",
    response={201: schemas.Hold},
    summary="Занять время на десять минут",
    openapi_extra=promises(
        SlotTakenError, SlotNotOfferedError, SlotInPastError, SlotTokenError, TooManyHoldsError,
        AnswersRequiredError, BookingStoppedError, QuotaFullError, ScheduleStaleError,
        BusyTryAgainError, InProgressError, KeyReusedError, InvalidInputError, ChannelNotAllowedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def hold_slot(request: HttpRequest, body: schemas.HoldIn) -> HttpResponse:
    check_channel(request, body.channel)
    held = services.hold(
        body.slot,
        channel=body.channel,
        device=device_of(request),
        idempotency=idempotency_of(request, body),
    )
    labels = body.source.model_dump() if body.source else {}
    shown.note_hold(request, held.id, channel=body.channel, labels=labels)
    return wire.answer(wire.hold(held, needs_birth_date=selectors.needs_birth_date(held.key)), status=201)


@router.delete(
    "/holds/{uuid:hold_id}",
    response={204: None},
    summary="Отпустить занятое время",
    openapi_extra=promises(HoldNotFoundError, BusyTryAgainError),
)
def release_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:  # noqa: ARG001 - the signature is ninja's
    services.release(hold_id)
    return wire.bare(204, headers={"Cache-Control": wire.NO_STORE})


@router.post(
    "/holds/{uuid:hold_id}/phone-code",
    response={202: schemas.PhoneCode},
    summary="Получить код, который подтверждает телефон",
    description=(
        "Код уходит в SMS, первый из них продлевает бронь на полный срок. Ответ не зависит от того, знает ли "
        "клиника этот телефон. Код верен для телефона, устройства (`X-Device`) и одной записи."
    ),
    openapi_extra=promises(
        HoldNotFoundError, HoldExpiredError, InvalidInputError, PhoneCodeNotNeededError,
        PhoneCodeTooSoonError, PhoneCodeLimitError, PhoneCodeUnavailableError,
        InProgressError, KeyReusedError, BusyTryAgainError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def request_phone_code(request: HttpRequest, hold_id: UUID, body: schemas.PhoneCodeIn) -> HttpResponse:
    asked = CodeRequest(body.phone, address_of(request))
    sent = services.request_phone_code(hold_id, request=asked, idempotency=idempotency_of(request, body))
    return wire.answer(wire.phone_code(sent), status=202)


@router.post(
    "/holds/{uuid:hold_id}/confirmation",
    response={201: schemas.Confirmation, 202: schemas.Confirmation},
    summary="Записаться на занятое время",
    description=(
        "201 — клиника приняла запись. 202 — ответа ещё нет: спрашивайте `GET /appointments/{id}` "
        "до `answer_by`, к этому часу ответ будет или клиника перезвонит."
    ),
    openapi_extra=promises(
        HoldNotFoundError, HoldExpiredError, ConsentRequiredError, InvalidInputError, PatientBusyError,
        *REFUSALS_OF_MIS, TooManyVisitsError,
        PhoneProofRequiredError, PhoneProofWrongError, PhoneProofOverError,
        InProgressError, KeyReusedError, BusyTryAgainError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def confirm_hold(request: HttpRequest, hold_id: UUID, body: schemas.ConfirmationIn) -> HttpResponse:
    idempotency = idempotency_of(request, body)
    try:
        confirmed = services.confirm(hold_id, confirmation=_confirmation(body), idempotency=idempotency)
    except InvalidInputError as error:
        raise _in_patient(error) from error
    return confirmed_answer(request, confirmed)


@router.get(
    "/appointments/{uuid:appointment_id}",
    response=schemas.Appointment,
    auth=Bearer(),
    summary="Запись и её состояние",
    openapi_extra=promises(AppointmentNotFoundError, TokenRequiredError),
)
def show_appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    return wire.answer(wire.appointment(selectors.appointment(appointment_id, token=secret_in(request))))


@router.delete(
    "/appointments/{uuid:appointment_id}",
    response={200: schemas.Appointment, 202: schemas.Appointment},
    auth=Bearer(),
    summary="Отменить запись",
    description="200 — отменена и в клинике. 202 — отмена идёт; вызов можно повторять.",
    openapi_extra=promises(
        AppointmentNotFoundError,
        TokenRequiredError,
        NotCancellableError,
        TooLateToChangeError,
        BusyTryAgainError,
    ),
)
def cancel_appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    card = services.cancel(appointment_id, token=secret_in(request))
    if card.state is State.CANCELLING:
        card = services.wait_for_outcome(
            appointment_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds
        )
    if card.state is State.BOOKED:
        raise NotCancellableError("the MIS refused to cancel")
    return wire.answer(wire.appointment(card), status=202 if card.state is State.CANCELLING else 200)


@router.get(
    "/appointments/{uuid:appointment_id}/slots",
    response=schemas.SlotList,
    auth=Bearer(),
    summary="Куда перенести запись",
    description=(
        "Времена на две недели вперёд: того же врача, филиала и услуги. Среди них те, которым мешает только "
        "сама эта запись: больше никому они не видны."
    ),
    openapi_extra=promises(
        AppointmentNotFoundError, TokenRequiredError, NotMovableError, TooLateToChangeError
    ),
)
def times_to_move_to(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    visit = selectors.appointment(appointment_id, token=secret_in(request))
    if visit.is_too_late:
        raise selectors.too_late_to_change(visit)
    if not visit.can_cancel:
        raise NotMovableError
    return wire.answer({"items": wire.slots(selectors.times_to_move_to(visit))})


@router.post(
    "/appointments/{uuid:appointment_id}/reschedule",
    response={201: schemas.Confirmation, 202: schemas.Confirmation},
    auth=Bearer(),
    summary="Перенести запись",
    description=(
        "На время из `GET …/slots`; к другому врачу, если клиника этот приём отменила. "
        "201 — клиника приняла новое время, прежнее освобождается. 202 — ответа ещё нет: прежняя запись "
        "в силе, пока его нет, и остаётся, если клиника откажет. В ответе новая запись со своим `token`."
    ),
    openapi_extra=promises(
        AppointmentNotFoundError, TokenRequiredError, NotMovableError, TooLateToChangeError, PatientBusyError,
        SlotTakenError, SlotNotOfferedError, SlotInPastError, SlotTokenError, TooManyHoldsError,
        AnswersRequiredError, BookingStoppedError, QuotaFullError, ScheduleStaleError,
        HoldNotFoundError, HoldExpiredError, *REFUSALS_OF_MIS, InvalidInputError,
        InProgressError, KeyReusedError, BusyTryAgainError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)  # fmt: skip
def move_appointment(request: HttpRequest, appointment_id: UUID, body: schemas.MoveIn) -> HttpResponse:
    moved = services.move(
        appointment_id,
        token=secret_in(request),
        slot=body.slot,
        device=device_of(request),
        channel="api",
        idempotency=idempotency_of(request, body),
    )
    return confirmed_answer(request, moved)


@router.post(
    "/call-requests",
    response={201: schemas.CallRequest},
    summary="Попросить перезвонить",
    openapi_extra=promises(
        InvalidInputError,
        ConsentRequiredError,
        NotFoundError,
        InProgressError,
        KeyReusedError,
        ChannelNotAllowedError,
        headers=("Idempotency-Key", "X-Device"),
    ),
)
def request_call(request: HttpRequest, body: schemas.CallRequestIn) -> HttpResponse:
    idempotency = idempotency_of(request, body)
    if CONSENT not in body.consents:
        raise ConsentRequiredError
    check_channel(request, body.channel)
    zone = (directory.location(body.location).zone or _UTC) if body.location else _UTC
    asked = services.request_call(
        name=body.name,
        phone=body.phone,
        topic=body.topic or "",
        location_id=body.location,
        practitioner_id=body.practitioner,
        channel=body.channel,
        idempotency=idempotency,
    )
    return wire.answer({"id": str(asked.id), "call_by": wire.instant(asked.call_by, zone)}, status=201)


def confirmed_answer(request: HttpRequest, confirmed: Confirmed) -> HttpResponse:
    """Wait a moment for the clinic's answer to a new visit, and tell it."""
    card = services.wait_for_outcome(
        confirmed.appointment_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds
    )
    if card.state is State.REJECTED:
        _refuse(card)
    seen = wire.appointment(card)
    return wire.answer(
        {
            "id": seen["id"],
            "state": seen["state"],
            "token": confirmed.token,
            "manage_url": on_site(request, reverse("site:visit-enter", args=(card.id, confirmed.token))),
            "answer_by": seen["answer_by"],
            "appointment": seen,
        },
        status=202 if card.state in _UNANSWERED else 201,
    )


def secret_in(request: HttpRequest) -> str:
    """Return the secret that opens what an address names."""
    # ninja puts what Bearer returned here.
    return cast("str", request.auth)  # type: ignore[attr-defined]


def _confirmation(body: schemas.ConfirmationIn) -> Confirmation:
    patient = body.patient
    person = PersonInput(
        family=patient.family,
        given=patient.given,
        middle=patient.middle or "",
        phone=patient.phone,
        birth_date=patient.birth_date.isoformat() if patient.birth_date else "",
        email=patient.email or "",
    )
    booker = BookerInput(relation=body.booker.relation, name=body.booker.name) if body.booker else None
    return Confirmation(
        person=person,
        consents=tuple(body.consents),
        wish=body.wish or "",
        channel="api",
        booker=booker,
        phone_proof=body.phone_proof or "",
    )


def _in_patient(error: InvalidInputError) -> InvalidInputError:
    """Name a person's fields as the body does."""
    places = {field.name: f"patient.{field.name}" for field in fields(PersonInput)} | _BOOKER
    return InvalidInputError(
        error.detail, fields={places.get(name, name): text for name, text in error.fields.items()}
    )


def _refuse(card: AppointmentCard) -> NoReturn:
    """Raise what the clinic's refusal means."""
    if card.reason == TakenInMisError.code:
        raise TakenInMisError(alternatives=selectors.alternatives(card.key))
    raise _REFUSALS.get(card.reason, MisRejectedError)


def on_site(request: HttpRequest, link: str) -> str:
    """Return the whole address of a page of the site."""
    return settings.SITE_URL.rstrip("/") + link if settings.SITE_URL else request.build_absolute_uri(link)

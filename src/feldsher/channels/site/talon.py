"""Талон: the one object that carries an appointment through its life, and the words of each state."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from feldsher.channels.frontend.route import route_url
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import errors
from feldsher.domain.scheduling.types import AppointmentCard, Hold, SlotKey, State
from feldsher.kernel import clock, formats
from feldsher.kernel.money import format_roubles

_REMOTE = "Онлайн-приём"


@dataclass(frozen=True, slots=True)
class Talon:
    """Who, where, when, how much: in words."""

    time: str
    day: str
    badge: str
    doctor: str
    specialties: str
    service: str
    price: str
    place: str
    place_name: str
    phone: str
    operator: str
    location: LocationCard
    card: PractitionerCard
    route: str = ""
    preparation: str = ""
    to_bring: str = ""


def talon_of(visit: Hold | AppointmentCard, *, now: datetime) -> Talon:
    """Read the names behind a hold or an appointment: three questions to the directory."""
    return _talon(visit.key, zone=visit.zone, price=visit.price, now=now)


def _talon(key: SlotKey, *, zone: str, price: Decimal | None, now: datetime) -> Talon:
    card = directory.practitioner(key.practitioner_id)
    location = directory.location(key.location_id)
    service = directory.service(key.service_id)
    today = formats.local_day(now, zone)
    return Talon(
        time=formats.clock(key.start, zone),
        day=formats.sentence_case(formats.near_day(formats.local_day(key.start, zone), today=today)),
        badge=formats.zone_words(zone, at=key.start),
        doctor=card.name,
        specialties=formats.sentence_case(", ".join(card.specialties)),
        service=service.name,
        price=format_roubles(price),
        place=_REMOTE if key.is_remote else location.where,
        place_name=f"Как подключиться, скажет клиника: {location.name}" if key.is_remote else location.name,
        phone=location.phone,
        operator=location.organization_name,
        route="" if key.is_remote else route_url(location),
        preparation=service.preparation,
        to_bring=service.to_bring,
        location=location,
        card=card,
    )


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state looks: `tone` is the colour's class, `icon` a symbol or `spinner`.

    `is_final` stops the page from refreshing itself.
    """

    title: str
    badge: str
    tone: str
    text: str
    icon: str = ""
    is_final: bool = True
    offers_times: bool = False


_STATES = {
    State.HELD: StateWords(
        "Время держим за\u00a0вами", "Ждём данных", "wait", "Заполните форму, чтобы записаться.", icon="clock"
    ),
    State.EXPIRED: StateWords(
        "Время освободилось",
        "Не записаны",
        "off",
        "Данные не были отправлены за десять минут.",
        offers_times=True,
    ),
    State.RELEASED: StateWords("Время отпущено", "Не записаны", "off", "Вы отказались от этого времени."),
    State.BOOKING: StateWords(
        "Записываем вас",
        "Ждём ответа",
        "busy",
        "Клиника подтверждает запись, обычно это несколько секунд. Страница обновится сама.",
        icon="spinner",
        is_final=False,
    ),
    State.BOOKED: StateWords("Вы записаны", "Подтверждена", "ok", "", icon="check"),
    State.REJECTED: StateWords(
        "Записать не получилось", "Не записаны", "lost", "", icon="cross", offers_times=True
    ),
    State.UNKNOWN: StateWords(
        "Проверяем запись",
        "Ждём ответа",
        "wait",
        "Клиника не ответила вовремя. Время остаётся за вами, повторять запись не нужно. "
        "Страница обновится сама.",
        icon="clock",
        is_final=False,
    ),
    State.CANCELLING: StateWords(
        "Отменяем запись",
        "Отменяем",
        "busy",
        "Передаём отмену в\u00a0клинику. Страница обновится сама.",
        icon="spinner",
        is_final=False,
    ),
    State.CANCELLED: StateWords(
        "Запись отменена", "Отменена", "off", "Приходить не\u00a0нужно.", icon="cross"
    ),
    State.MOVED: StateWords(
        "Запись перенесена", "Перенесена", "off", "На\u00a0это время приходить не\u00a0нужно.", icon="swap"
    ),
    State.ARRIVED: StateWords("Вы в\u00a0клинике", "Вы пришли", "ok", "", icon="check"),
    State.FULFILLED: StateWords("Визит состоялся", "Завершена", "off", ""),
    State.NOSHOW: StateWords(
        "Визит не состоялся", "Не состоялась", "off", "Запишитесь снова, если визит нужен."
    ),
}
_GONE = "visit_gone"
_REJECTED = (
    "Клиника не смогла записать вас на это время. Выберите другое или позвоните, и регистратор запишет."
)
_REASONS: dict[str, str] = {
    error.code: error.sentence
    for error in (
        errors.TakenInMisError,
        errors.PatientBusyError,
        errors.SlotNotOfferedError,
        errors.NeedsReferralError,
        errors.AgeLimitError,
        errors.NotForPatientError,
    )
} | {
    "mis_unavailable": "Система клиники не отвечала, и записать вас не получилось. Время свободно.",
    _GONE: "Прежней записи в\u00a0системе клиники на\u00a0её времени больше нет, поэтому "
    "на\u00a0новое вас не\u00a0записали.",
}
_BY_HAND_TITLE = "Принимаем запись"
_BY_HAND = (
    "Запись вносит регистратор. Время остаётся за вами, повторять запись не нужно. Страница обновится сама."
)
_KEPT = "Прежнее время осталось за\u00a0вами."
_CANCEL_FAILED = "Отменить запись в клинике не получилось: она остаётся в силе, пока вам не позвонят."


def words_of(visit: AppointmentCard) -> StateWords:
    """Return the words of an appointment's state; a refusal says its own reason."""
    words = _STATES[visit.state]
    if visit.state is State.REJECTED:
        text = _REASONS.get(visit.reason, _REJECTED)
        if visit.is_later:
            kept = "" if visit.reason == _GONE else f" {_KEPT}"
            return replace(words, text=f"{text}{kept}", offers_times=False)
        return replace(words, text=text)
    if visit.state is State.UNKNOWN and visit.reason == "by_hand":
        return replace(words, title=_BY_HAND_TITLE, text=_BY_HAND)
    if visit.state is State.BOOKED and visit.reason == "cancel_rejected":
        return replace(words, text=_CANCEL_FAILED)
    return words


def promise_of(visit: AppointmentCard) -> str:
    """Say by when the patient has an answer, or who calls by when; empty where nothing is awaited."""
    if visit.answer_by is None or not (visit.has_call or visit.state in {State.BOOKING, State.UNKNOWN}):
        return ""
    now = clock.now()
    if visit.answer_by > now:
        hour = formats.promise(visit.answer_by, zone=visit.zone, now=now)
        return f"Регистратор позвонит вам до {hour}." if visit.has_call else f"Ответим до {hour}."
    return "Запись проверяет регистратор и позвонит вам. Если ждать нельзя, позвоните в клинику."

"""The work queue as a person reads it: a badge, a clock, who and when, one sentence, two acts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse

from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling.types import (
    CallCard,
    CallMark,
    DifferingVisit,
    Notice,
    OfferedTime,
    OfferMark,
    Trouble,
    TroubledVisit,
    Unheard,
    Untold,
    UntoldOffer,
    VisitMark,
)
from feldsher.foundation.messaging.types import Failure
from feldsher.kernel import formats
from feldsher.kernel.phone import format_phone

NBSP = formats.NBSP
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
BADGES = {
    Trouble.SILENT: ("Нет ответа МИС", "wait"),
    Trouble.BY_HAND: ("Внести в\u00a0МИС", "wait"),
    Trouble.AMBIGUOUS: ("Выбрать карту", "wait"),
    Trouble.NOT_CANCELLED: ("Отмена не дошла", "wait"),
    Trouble.TAKEN: ("Заняли в\u00a0МИС", "lost"),
    Trouble.UNTOLD: ("СМС не\u00a0дошло", "lost"),
}

NOTICES = {Notice.WRONG_NUMBER: "Неверный номер", Notice.CONSENT_WITHDRAWN: "Отзыв согласия"}
UNASKED = frozenset({Trouble.TAKEN, Trouble.BY_HAND, Trouble.UNTOLD})
"""What the MIS need not be asked about."""


_TELL = {
    Untold.STANDS: "Скажите, что\u00a0запись в\u00a0силе.",
    Untold.MOVED: "Скажите, что\u00a0запись перенесена.",
    Untold.CALLED_OFF: "Предложите другое время: врач в\u00a0этот день не\u00a0принимает.",
    Untold.ENDED: "Скажите, что\u00a0записи больше нет: иначе пациент приедет зря.",
    Untold.REFUSED: "Скажите, что\u00a0записать не\u00a0удалось, и\u00a0предложите другое время.",
    Untold.OFFERED: "Спросите, берёт\u00a0ли он\u00a0это время: пока оно держится за\u00a0ним.",
}


@dataclass(frozen=True, slots=True)
class Directory:
    """Names of doctors and branches for one page, and of colleagues who are on a call."""

    doctors: Mapping[UUID, PractitionerCard]
    places: Mapping[UUID, LocationCard]
    colleagues: Mapping[UUID, str]

    def doctor(self, practitioner: UUID | None) -> str:
        """Return «Образцов И. П.», or nothing for a doctor who is no more."""
        card = self.doctors.get(practitioner) if practitioner else None
        return formats.short_name(card.family, card.given, card.middle) if card else ""

    def place(self, location: UUID | None) -> str:
        card = self.places.get(location) if location else None
        return card.name if card else ""

    def zone(self, location: UUID | None) -> str:
        card = self.places.get(location) if location else None
        return (card.zone if card else "") or formats.MOSCOW


@dataclass(frozen=True, slots=True)
class Act:
    """A button of an item: a form that is sent, or a link."""

    title: str
    url: str
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One task. `clock` is «до 11:45» or how late it is already, by `late` seconds (0: not yet).

    How late it is, the open page counts on by itself (`late.ts`): a minute more is no change of the queue.
    """

    id: UUID
    badge: str
    tone: str
    clock: str
    late: int
    title: str = field(repr=False)
    sentence: str = field(repr=False)
    acts: tuple[Act, ...] = field(repr=False)
    due: datetime


def items(
    calls: tuple[CallCard, ...],
    visits: tuple[TroubledVisit, ...],
    offers: tuple[UntoldOffer, ...] = (),
    *,
    names: Directory,
    me: UUID,
    now: datetime,
) -> list[Item]:
    """Return the tasks by deadline; a call about a visit that is in the queue is part of that visit."""
    known = {visit.id for visit in visits}
    found = [_visit(visit, names, now) for visit in visits]
    found += [_offer(offer, names, now) for offer in offers]
    found += [
        _call(call, names, me, now) for call in calls if call.notice or call.appointment_id not in known
    ]
    return sorted(found, key=lambda item: item.due)


def marks(
    calls: Sequence[CallMark],
    visits: Sequence[VisitMark],
    offers: Sequence[OfferMark] = (),
    *,
    names: Directory,
    now: datetime,
) -> list[object]:
    """Return all that `items` would say in other words if it changed, but for who the people are.

    Names, phones and topics of calls never change; how late a task is, the open page counts by itself.
    """
    return [
        *((call, call.due < now, _day(now, names.zone(call.location_id))) for call in calls),
        *((visit, visit.due < now, _day(now, visit.zone)) for visit in visits),
        *((offer, _day(now, offer.offer.zone)) for offer in offers),
        sorted((str(key), names.doctor(key)) for key in names.doctors),
        sorted((str(key), place.name, place.zone) for key, place in names.places.items()),
        sorted((str(key), name) for key, name in names.colleagues.items()),
    ]


def _day(now: datetime, zone: str) -> date:
    """Return the branch's day: «завтра» becomes «сегодня» with it."""
    return formats.local_day(now, zone)


def _late(due: datetime, now: datetime) -> int:
    return math.ceil(max((now - due).total_seconds(), 0))


def _visit(visit: TroubledVisit, names: Directory, now: datetime) -> Item:
    badge, tone = BADGES[visit.trouble]
    page = reverse("desk:visit", args=(visit.id,))
    check = Act("Проверить в\u00a0МИС", reverse("desk:visit-check", args=(visit.id,)), is_post=True)
    look = Act("Разобрать", page)
    return Item(
        id=visit.id,
        badge=badge,
        tone=tone,
        clock=clock_words(visit.due, zone=visit.zone, now=now),
        late=_late(visit.due, now),
        title=visit_title(visit, names, now),
        sentence=what_happened(visit, now),
        acts=(look,) if visit.trouble in UNASKED else (check, look),
        due=visit.due,
    )


def visit_title(visit: TroubledVisit, names: Directory, now: datetime) -> str:
    """Return «Медведкин Т. А., завтра, вт, 24 ноября, 11:30, Образцов И. П.»."""
    who = formats.short_name(visit.family, visit.given, visit.middle)
    return ", ".join(filter(None, (who, when_words(visit, now), names.doctor(visit.key.practitioner_id))))


def _offer(untold: UntoldOffer, names: Directory, now: datetime) -> Item:
    """Return the task of calling who has not heard of the time that is kept for them."""
    offer = untold.mark.offer
    badge, tone = BADGES[Trouble.UNTOLD]
    when = f"предложено {when_words(offer, now)}"
    who, doctor = untold.name or untold.phone, names.doctor(offer.key.practitioner_id)
    return Item(
        id=offer.id,
        badge=badge,
        tone=tone,
        clock=clock_words(offer.until, zone=offer.zone, now=now),
        late=_late(offer.until, now),
        title=", ".join(filter(None, (who, when, doctor))),
        sentence=call_about(untold.mark.unheard),
        acts=(Act("Ответить за\u00a0него", reverse("desk:wish", args=(untold.mark.wish_id,))),),
        due=offer.until,
    )


def when_words(visit: TroubledVisit | DifferingVisit | OfferedTime, now: datetime) -> str:
    """Return day and hour of a visit, or of a time that is offered, on the branch's wall clock."""
    return start_words(visit.key.start, visit.zone, now)


def start_words(start: datetime, zone: str, now: datetime) -> str:
    day = formats.near_day(formats.local_day(start, zone), today=formats.local_day(now, zone))
    words = f"{day}, {formats.clock(start, zone)}"
    note = formats.zone_words(zone, at=start)
    return f"{words} ({note})" if note else words


def what_happened(visit: TroubledVisit, now: datetime) -> str:
    """Say in one sentence or two what became of the visit and what its time waits for."""
    sent = formats.promise(visit.since, zone=visit.zone, now=now)
    if visit.unheard is not None:
        return call_about(visit.unheard)
    was = start_words(visit.moved_from, visit.zone, now) if visit.moved_from is not None else ""
    if visit.trouble is Trouble.SILENT:
        told = f"Перенос с\u00a0«{was}» отправлен" if was else "Запись отправлена"
        taken = "Оба времени заняты" if was else "Время занято"
        return f"{told} в\u00a0{sent}, ответа нет. {taken}, пока не\u00a0проверим."
    if visit.trouble is Trouble.BY_HAND:
        act = f"перенесите с\u00a0«{was}»" if was else "внесите"
        return f"Филиал принимает заявки: {act} запись в\u00a0МИС и\u00a0отметьте. Время занято."
    if visit.trouble is Trouble.AMBIGUOUS:
        return "В\u00a0МИС подходят несколько карт пациента. Выберите там одну и\u00a0проверьте ещё раз."
    if visit.trouble is Trouble.NOT_CANCELLED:
        return f"Пациент отменил запись, МИС с\u00a0{sent} не\u00a0подтвердила. Отмените её там вручную."
    return "Пока пациент записывался, время заняли в\u00a0МИС. Другого он\u00a0не\u00a0выбрал: позвоните ему."


def call_about(unheard: Unheard) -> str:
    """Say why a message reached nobody, and what its person is to be told instead."""
    return f"{_why_unheard(unheard)} Позвоните пациенту. {_TELL[unheard.what]}"


def _why_unheard(unheard: Unheard) -> str:
    if unheard.failure is Failure.NOT_DELIVERED:
        return "СМС не\u00a0доставлено: номер недоступен или не\u00a0существует."
    if unheard.failure is Failure.EXPIRED:
        return "СМС не\u00a0доставлено: телефон долго был вне сети."
    return f"Провайдер не\u00a0принял СМС, код {unheard.code}."


def _call(call: CallCard, names: Directory, me: UUID, now: datetime) -> Item:
    page = reverse("desk:call", args=(call.id,))
    if call.taken_by in {None, me}:
        act = Act("Записать исход", page)
        if call.taken_by is None:
            act = Act("Взять звонок", reverse("desk:call-take", args=(call.id,)), is_post=True)
        acts = (act, Act("Подробно", page)) if call.taken_by is None else (act,)
    else:
        acts = (Act("Подробно", page),)
    return Item(
        id=call.id,
        badge=NOTICES[call.notice] if call.notice else "Обещан звонок" if call.is_ours else "Заказ звонка",
        tone="zone",
        clock=clock_words(call.due, zone=names.zone(call.location_id), now=now),
        late=_late(call.due, now),
        title=f"{format_phone(call.phone)}, {call.name}",
        sentence=_about(call, names, me),
        acts=acts,
        due=call.due,
    )


def _about(call: CallCard, names: Directory, me: UUID) -> str:
    parts = [call.topic.rstrip(". ") or "О\u00a0чём разговор, не\u00a0сказано"]
    where = ", ".join(filter(None, (names.doctor(call.practitioner_id), names.place(call.location_id))))
    if where:
        parts.append(where)
    if call.tries:
        parts.append(f"Не\u00a0дозвонились {formats.plural(call.tries, 'раз', 'раза', 'раз')}")
    if call.taken_by is not None:
        colleague = names.colleagues.get(call.taken_by, "другой сотрудник")
        parts.append("Звоните вы" if call.taken_by == me else f"Звонит {colleague}")
    return ". ".join(parts) + ("" if parts[-1].endswith(".") else ".")


def clock_words(due: datetime, *, zone: str, now: datetime) -> str:
    """Return «до 11:45», or how late it is: «опоздание 6 мин»."""
    if due >= now:
        return f"до\u00a0{formats.promise(due, zone=zone, now=now)}"
    return f"опоздание {ago(now, due)}"


def ago(now: datetime, then: datetime) -> str:
    """Return the time between in its largest unit or two: «6 мин», «2 ч 5 мин», «3 дня»."""
    seconds = max(int((now - then).total_seconds()), 0)
    if seconds < _MINUTE:
        return "меньше минуты"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}{NBSP}мин"
    if seconds < _DAY:
        hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
        return f"{hours}{NBSP}ч" + (f" {minutes}{NBSP}мин" if minutes else "")
    return formats.plural(seconds // _DAY, "день", "дня", "дней")

"""Visits that a MIS tells otherwise than we do: by doctor and day, with one word for each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import Directory, when_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import (
    Answered,
    DayOff,
    DifferingDay,
    DifferingVisit,
    DiscrepancyKind,
    DiscrepancyState,
    SettledDifference,
    Word,
)
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.selectors import all_staff
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.phone import format_phone

_MOST_DIGITS = 18
_ANSWERS = {
    Answered.WAITING: "Ждём ответа до\u00a0{until}",
    Answered.CALLED: "Не\u00a0ответил: он среди звонков",
    Answered.MOVED: "Выбрал другое время",
    Answered.CANCELLED: "Записи больше нет",
}
_SAYS = {
    DiscrepancyKind.CANCELLED: "В\u00a0МИС отменена",
    DiscrepancyKind.MISSING: "В\u00a0МИС её нет",
    DiscrepancyKind.STANDS: "У\u00a0нас отменена, в\u00a0МИС стоит",
}
_APPLIED = {
    DiscrepancyKind.CANCELLED: "отменена у\u00a0нас",
    DiscrepancyKind.MISSING: "отменена у\u00a0нас",
    DiscrepancyKind.MOVED: "перенесена у\u00a0нас",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit in words."""

    id: int
    when: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    says: str


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient who was asked to choose another time, in words."""

    when: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    says: str


@dataclass(frozen=True, slots=True)
class Off:
    """One doctor's day that does not take place, in words."""

    title: str
    place: str
    patients: tuple[Patient, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """One difference that has ended, in words; nobody is named in it but who settled it."""

    when: str
    says: str
    became: str


@dataclass(frozen=True, slots=True)
class Day:
    """One doctor's day in words, and what its buttons say."""

    title: str
    place: str
    visits: tuple[Visit, ...]
    is_closed: bool
    apply: str
    keep: str
    carried: tuple[tuple[str, str], ...]


@staff_page(Action.RESOLVE_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    days = scheduling.differing_days(staff)
    now, names = clock.now(), _names(days)
    off = scheduling.days_off(staff)
    names_off = _names(off)
    standing, settled = scheduling.still_standing(staff), scheduling.settled_differences(staff)
    doctors = {visit.key.practitioner_id for visit in standing} | {one.key.practitioner_id for one in settled}
    names_of_others, people = _directory(doctors), {card.id: card.name or card.login for card in all_staff()}
    context = {
        "days": [_day(day, names, now) for day in days if day.visits],
        "standing": [_standing(visit, names_of_others, now) for visit in standing],
        "off": [_off(day, names_off, now) for day in off],
        "settled": [_settled(one, names_of_others, people, now) for one in settled],
        "settled_days": scheduling.TOLD_DIFFERENCES.days,
    }
    return page(request, staff, "differences.html", context)


@staff_page(Action.RESOLVE_VISITS, methods=("POST",))
def settle(request: HttpRequest, staff: Staff, word: str) -> HttpResponse:
    """Ask once more on a page of its own; the POST of that page settles."""
    try:
        said = Word(word)
    except ValueError:
        raise NotFoundError("no such word") from None
    chosen = {
        int(each) for each in request.POST.getlist("visit") if each.isdecimal() and len(each) <= _MOST_DIGITS
    }
    if "confirmed" in request.POST:
        services.settle_differing(chosen, word=said, staff=staff)
        return SeeOther(reverse("desk:differences"))
    days = scheduling.differing_days(staff)
    visits = [visit for day in days for visit in day.visits if visit.id in chosen]
    if said is Word.KEEP and not visits:
        visits = [visit for visit in scheduling.still_standing(staff) if visit.id in chosen]
    if not visits:
        return SeeOther(reverse("desk:differences"))
    now, names = clock.now(), _directory({visit.key.practitioner_id for visit in visits})
    context = {
        **_question(said, visits),
        "lines": [_line(visit, names, now) for visit in visits],
        "action": reverse("desk:differences-settle", args=(word,)),
        "carried": [("visit", str(visit.id)) for visit in visits],
        "back": reverse("desk:differences"),
        "leave": "Вернуться",
    }
    return page(request, staff, "confirm.html", context)


def _question(word: Word, visits: Sequence[DifferingVisit]) -> dict[str, str | bool]:
    """Return what the page asks, what it warns of and what its button says."""
    if word is Word.APPLY:
        act = _apply_words(visits)
        warning = "Пациенты получат СМС. Вернуть запись одной кнопкой нельзя."
        return {"question": f"{act}?", "warning": warning, "act": act, "danger": True}
    if visits[0].kind is DiscrepancyKind.STANDS:
        return {
            "question": "Убрать из\u00a0списка?",
            "warning": "Пока запись стоит в\u00a0МИС, её время занято и\u00a0на\u00a0сайте.",
            "act": "Убрать",
            "danger": False,
        }
    return {
        "question": "Оставить записи у\u00a0нас?",
        "warning": "Пациенты останутся записаны. Внесите записи в\u00a0МИС, иначе их там не\u00a0ждут.",
        "act": "Оставить",
        "danger": False,
    }


@staff_page(Action.RESOLVE_VISITS, methods=("POST",))
def off(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask once more, then ask the patients of a doctor's day to choose another time."""
    doctor, place = uuid_in(request.POST, "practitioner"), uuid_in(request.POST, "location")
    day = day_of(text_in(request.POST, "date"))
    if doctor is None or place is None or day is None:
        raise NotFoundError("no such day of a doctor")
    if "confirmed" in request.POST:
        services.offer_other_times(doctor, location=place, day=day, staff=staff)
        return SeeOther(reverse("desk:differences"))
    location = directory.location(place)
    today = formats.local_day(clock.now(), location.zone or formats.MOSCOW)
    card = directory.practitioner(doctor)
    context = {
        "question": "Предложить пациентам другое время?",
        "lines": [", ".join((card.name, formats.near_day(day, today=today), location.name))],
        "warning": (
            "Каждый, кто записан, получит СМС со\u00a0ссылкой и\u00a0выберет время сам. "
            "Кто не\u00a0ответит за\u00a0три часа, появится среди звонков. "
            "Сам день закройте в\u00a0расписании."
        ),
        "act": "Отправить СМС",
        "danger": True,
        "action": reverse("desk:day-off"),
        "carried": [("practitioner", str(doctor)), ("location", str(place)), ("date", day.isoformat())],
        "back": reverse("desk:differences"),
        "leave": "Вернуться",
    }
    return page(request, staff, "confirm.html", context)


def _off(day: DayOff, names: Directory, now: datetime) -> Off:
    zone = day.patients[0].zone
    when = formats.near_day(day.day, today=formats.local_day(now, zone))
    return Off(
        title=", ".join(filter(None, (names.doctor(day.practitioner_id), when))),
        place=names.place(day.location_id),
        patients=tuple(
            Patient(
                when=formats.clock(each.key.start, zone),
                name=each.name,
                phone=format_phone(each.phone),
                says=_ANSWERS[each.answered].format(
                    until=formats.promise(each.answer_by, zone=zone, now=now)
                ),
            )
            for each in day.patients
        ),
    )


def _names(days: Sequence[DifferingDay | DayOff]) -> Directory:
    """Return the names of the doctors and branches of these days."""
    return _directory({day.practitioner_id for day in days})


def _directory(doctors: set[UUID]) -> Directory:
    return Directory(
        doctors=directory.practitioner_cards(doctors),
        places={place.id: place for place in directory.locations()},
        colleagues={},
    )


def _day(day: DifferingDay, names: Directory, now: datetime) -> Day:
    first = day.visits[0]
    when = formats.near_day(day.day, today=formats.local_day(now, first.zone))
    return Day(
        title=", ".join(filter(None, (names.doctor(day.practitioner_id), when))),
        place=names.place(day.location_id),
        visits=tuple(_visit(visit, now) for visit in day.visits),
        is_closed=day.is_closed,
        apply=_apply_words(day.visits),
        keep="Оставить у\u00a0нас" if len(day.visits) == 1 else "Оставить все у\u00a0нас",
        carried=(
            ("practitioner", str(day.practitioner_id)),
            ("location", str(day.location_id)),
            ("date", day.day.isoformat()),
        ),
    )


def _visit(visit: DifferingVisit, now: datetime) -> Visit:
    return Visit(
        id=visit.id,
        when=formats.clock(visit.key.start, visit.zone),
        name=visit.name,
        phone=format_phone(visit.phone),
        says=_says(visit, now),
    )


def _standing(visit: DifferingVisit, names: Directory, now: datetime) -> Visit:
    doctor = names.doctor(visit.key.practitioner_id)
    when = ", ".join(filter(None, (when_words(visit, now), doctor, names.place(visit.key.location_id))))
    return Visit(visit.id, when, visit.name, format_phone(visit.phone), _says(visit, now))


def _settled(one: SettledDifference, names: Directory, people: Mapping[UUID, str], now: datetime) -> Settled:
    doctor, place = names.doctor(one.key.practitioner_id), names.place(one.key.location_id)
    became = {
        DiscrepancyState.APPLIED: _APPLIED.get(one.kind, ""),
        DiscrepancyState.KEPT: "оставлено как было",
        DiscrepancyState.GONE: "сошлось само",
    }[one.state]
    by = people.get(one.settled_by, "") if one.settled_by else ""
    at = formats.promise(one.settled_at, zone=one.zone, now=now)
    return Settled(
        when=", ".join(filter(None, (formats.promise(one.key.start, zone=one.zone, now=now), doctor, place))),
        says=_says(one, now),
        became=", ".join(filter(None, (became[:1].upper() + became[1:], at, by))),
    )


def _says(visit: DifferingVisit | SettledDifference, now: datetime) -> str:
    if visit.kind is not DiscrepancyKind.MOVED:
        return _SAYS[visit.kind]
    begin = WallTime.parse(visit.begin)
    day = formats.near_day(begin.day, today=formats.local_day(now, visit.zone))
    return f"В\u00a0МИС другое время: {day}, {begin.iso()[11:16]}"


def _line(visit: DifferingVisit, names: Directory, now: datetime) -> str:
    doctor = names.doctor(visit.key.practitioner_id)
    says = _says(visit, now)
    return ", ".join(filter(None, (visit.name, when_words(visit, now), doctor, says[0].lower() + says[1:])))


def _apply_words(visits: Sequence[DifferingVisit]) -> str:
    is_moved = all(visit.kind is DiscrepancyKind.MOVED for visit in visits)
    count = len(visits)
    if count == 1:
        return "Перенести, как в\u00a0МИС" if is_moved else "Отменить, как в\u00a0МИС"
    counted = formats.plural(count, "запись", "записи", "записей")
    return f"Перенести {counted}, как в\u00a0МИС" if is_moved else f"Отменить {counted}, как в\u00a0МИС"

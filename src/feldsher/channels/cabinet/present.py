"""Turns a patient's visits into what a template shows: words, nothing to decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients.types import OwnPerson
from feldsher.domain.scheduling.types import AppointmentCard, OwnVisits, State
from feldsher.kernel import clock, formats
from feldsher.kernel.money import format_roubles

_REMOTE = "Онлайн-приём"
_BADGES = {
    State.BOOKING: ("Ждём ответа", "wait"),
    State.BOOKED: ("Подтверждена", "ok"),
    State.UNKNOWN: ("Ждём ответа", "wait"),
    State.CANCELLING: ("Отменяем", "wait"),
    State.ARRIVED: ("Вы\u00a0пришли", "ok"),
    State.CANCELLED: ("Отменена", "off"),
    State.MOVED: ("Перенесена", "off"),
    State.FULFILLED: ("Состоялась", "off"),
    State.NOSHOW: ("Не\u00a0состоялась", "off"),
}
_SAID_WHEN_OVER = {State.CANCELLED, State.MOVED, State.FULFILLED, State.NOSHOW}


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit in words. `zone` is empty where clocks show what they show in Moscow."""

    id: UUID
    time: str
    day: str
    zone: str
    doctor: str
    specialties: str
    service: str
    price: str
    place: str
    place_name: str
    badge: str
    tone: str
    can_change: bool
    is_too_late: bool
    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient behind the phone, by the name that the page gives them."""

    label: str
    is_ward: bool
    coming: tuple[VisitLine, ...]
    past: tuple[VisitLine, ...]


def labels(people: Sequence[OwnPerson]) -> dict[UUID, str]:
    """Return each patient's name by id, with the year of birth where two have the same one."""
    known = [person.label for person in people]
    return {
        person.patient_id: f"{person.label}, {person.birth_year}"
        if person.birth_year and known.count(person.label) > 1
        else person.label
        for person in people
    }


def people(found: Iterable[OwnVisits]) -> tuple[Person, ...]:
    """Return the patients as they are shown: grown ones first."""
    ordered = sorted(found, key=lambda own: own.person.is_ward)
    names = labels([own.person for own in ordered])
    line = _Lines()
    return tuple(
        Person(
            label=names[own.person.patient_id],
            is_ward=own.person.is_ward,
            coming=tuple(line.of(visit) for visit in own.coming),
            past=tuple(line.of(visit, is_over=True) for visit in own.past),
        )
        for own in ordered
    )


def moment_words(instant: datetime, *, zone: str) -> str:
    """Return «сегодня, 23 ноября, 09:30» by the clock of `zone`."""
    day, today = formats.local_day(instant, zone), formats.local_day(clock.now(), zone)
    return f"{formats.near_day(day, today=today)}, {formats.clock(instant, zone)}"


def clinic_zone() -> str:
    """Return the zone in which the cabinet tells hours that belong to no branch: that of the first one."""
    return next((place.zone for place in directory.locations() if place.zone), formats.MOSCOW)


def hours_words(zone: str) -> str:
    """Return by whose clock such hours are told, nothing where it shows what Moscow's does."""
    return formats.zone_words(zone, at=clock.now())


def visit_line(visit: AppointmentCard) -> VisitLine:
    return _Lines().of(visit)


class _Lines:
    """Words of visits; each name of the directory is read once, however many visits share it."""

    def __init__(self) -> None:
        self._now = clock.now()
        self._doctor = cache(directory.practitioner)
        self._service = cache(_service_name)
        self._location = cache(directory.location)

    def of(self, visit: AppointmentCard, *, is_over: bool = False) -> VisitLine:
        key, zone = visit.key, visit.zone
        doctor, place = self._doctor(key.practitioner_id), self._location(key.location_id)
        words, tone = _BADGES[visit.state]
        day, today = formats.local_day(key.start, zone), formats.local_day(self._now, zone)
        return VisitLine(
            id=visit.id,
            time=formats.clock(key.start, zone),
            day=formats.sentence_case(formats.near_day(day, today=today)),
            zone=formats.zone_words(zone, at=key.start),
            doctor=doctor.name,
            specialties=formats.sentence_case(", ".join(doctor.specialties)),
            service=self._service(key.service_id),
            price=format_roubles(visit.price),
            place=_REMOTE if key.is_remote else place.where,
            place_name=place.name,
            badge="" if is_over and visit.state not in _SAID_WHEN_OVER else words,
            tone=tone,
            can_change=visit.may_change,
            is_too_late=visit.is_too_late,
            phone=place.phone,
        )


def _service_name(service: UUID) -> str:
    """Return the name, nothing for a visit that the clinic made without saying what for."""
    card = directory.service_cards([service]).get(service)
    return card.name if card else ""

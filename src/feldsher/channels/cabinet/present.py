"""Turns a patient's visits into what a template shows: words, nothing to decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from feldsher.channels.frontend.route import route_url
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import ServiceCard
from feldsher.domain.patients.types import GrantCard, OwnPerson
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
    route: str
    preparation: str
    to_bring: str
    whose: str = ""
    is_lent: bool = False


@dataclass(frozen=True, slots=True)
class GrantWords:
    """Access that was lent: by whom or to whom, how far, until which day."""

    id: UUID
    may_change: bool
    until: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient behind the phone, by the name that the page gives them, and what is over or cancelled."""

    label: str
    is_ward: bool
    grant: GrantWords | None
    past: tuple[VisitLine, ...]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent in words; `withdrawn` is when, empty where it stands.

    `is_review`: to publish a review, `is_of_catalogue`: to tell a catalogue of a booking.
    """

    id: UUID
    purpose: str
    is_review: bool
    is_of_catalogue: bool
    operator: str
    version: str
    given: str
    withdrawn: str
    is_by_other: bool
    text: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everybody's visits: the next one, the others to come by their time, and the patients with the rest.

    A visit names its patient (`whose`) where there are several.
    """

    next: VisitLine | None
    others: tuple[VisitLine, ...]
    people: tuple[Person, ...]


def labels(people: Sequence[OwnPerson]) -> dict[UUID, str]:
    """Return each patient's name by id, with the year of birth where two have the same one."""
    known = [person.label for person in people]
    return {
        person.patient_id: f"{person.label}, {person.birth_year}"
        if person.birth_year and known.count(person.label) > 1
        else person.label
        for person in people
    }


def board(found: Iterable[OwnVisits]) -> Board:
    """Return everybody's visits as they are shown: grown patients first."""
    ordered = sorted(found, key=lambda own: (own.person.is_ward, own.person.grant is not None))
    names = labels([own.person for own in ordered])
    line = _Lines()
    coming = sorted(
        ((visit, own.person) for own in ordered for visit in own.coming),
        key=lambda each: (each[0].key.start, each[0].id),
    )
    first = next((visit for visit, _ in coming if visit.state is not State.CANCELLING), None)
    lines = {
        visit.id: replace(
            line.of(visit),
            whose=names[person.patient_id] if len(ordered) > 1 else "",
            is_lent=person.grant is not None,
        )
        for visit, person in coming
    }
    return Board(
        next=lines.pop(first.id) if first else None,
        others=tuple(lines.values()),
        people=tuple(
            Person(
                label=names[own.person.patient_id],
                is_ward=own.person.is_ward,
                grant=grant_words(own.person.grant) if own.person.grant else None,
                past=tuple(line.of(visit, is_over=True) for visit in own.past),
            )
            for own in ordered
        ),
    )


def grant_words(card: GrantCard) -> GrantWords:
    zone = clinic_zone()
    today = formats.local_day(clock.now(), zone)
    until = formats.day_month(formats.local_day(card.until, zone), today=today)
    return GrantWords(card.id, card.may_change, until, card.name, card.phone)


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
        self._service = cache(_service)
        self._location = cache(directory.location)

    def of(self, visit: AppointmentCard, *, is_over: bool = False) -> VisitLine:
        key, zone = visit.key, visit.zone
        doctor, place = self._doctor(key.practitioner_id), self._location(key.location_id)
        service = self._service(key.service_id)
        words, tone = _BADGES[visit.state]
        day, today = formats.local_day(key.start, zone), formats.local_day(self._now, zone)
        return VisitLine(
            id=visit.id,
            time=formats.clock(key.start, zone),
            day=formats.sentence_case(formats.near_day(day, today=today)),
            zone=formats.zone_words(zone, at=key.start),
            doctor=doctor.name,
            specialties=formats.sentence_case(", ".join(doctor.specialties)),
            service=service.name if service else "",
            price=format_roubles(visit.price),
            place=_REMOTE if key.is_remote else place.where,
            place_name=place.name,
            badge="" if is_over and visit.state not in _SAID_WHEN_OVER else words,
            tone=tone,
            can_change=visit.may_change,
            is_too_late=visit.is_too_late,
            phone=place.phone,
            route="" if key.is_remote else route_url(place),
            preparation=service.preparation if service else "",
            to_bring=service.to_bring if service else "",
        )


def _service(service: UUID) -> ServiceCard | None:
    """Return the card, None for a visit that the clinic made without saying what for."""
    return directory.service_cards([service]).get(service)

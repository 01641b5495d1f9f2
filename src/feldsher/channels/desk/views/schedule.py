"""«Расписание»: a day of a branch's doctors beside each other, a week of one, or a week in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.grid_words import Column, Reader, cells_of, frame_of
from feldsher.channels.desk.live import etag_of, fragment, unchanged
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.scopes import Options, address
from feldsher.channels.desk.zones import zone_name, zones_of
from feldsher.channels.frontend.cookies import keep_cookie, read_cookie
from feldsher.channels.frontend.form_keys import fresh_key
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import DayFigures, Grid, StopCard
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_COOKIE: Final = "schedule"
_COOKIE_SECONDS: Final = 365 * 24 * 3600
_DAYS_OF_WEEK: Final = 7
_MOST_DOCTORS: Final = 500
_COLUMNS: Final = 15
"""Doctors of a day that are drawn at once; the others are a link away."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at: a branch, a doctor of it (None: all), from which day, and a week or one day."""

    place: LocationCard
    doctors: tuple[PractitionerCard, ...]
    doctor: UUID | None
    first: date
    is_week: bool
    skipped: int = 0
    """Doctors of the day that stand before the first column."""
    moving: UUID | None = None
    """The visit for which a new time is chosen."""

    @property
    def days(self) -> list[date]:
        return [self.first + _DAY * at for at in range(_DAYS_OF_WEEK if self.is_week else 1)]

    @property
    def shown(self) -> list[UUID]:
        return [self.doctor] if self.doctor else [card.id for card in self.doctors]

    def address(self, **changes: object) -> str:
        """Return the address of this look at the schedule, with some of it changed."""
        found = {
            "location": str(self.place.id),
            "practitioner": str(self.doctor or ""),
            "date": self.first.isoformat(),
            "view": "week" if self.is_week else "",
            "skip": str(self.skipped or ""),
            "move": str(self.moving or ""),
        } | {name: str(value) for name, value in changes.items()}
        return address("schedule", found.items())


@staff_page(Action.SEE_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the grid; an open page asks four times a minute and opens no name while nothing has changed."""
    places = [place for place in directory.locations() if place.zone]
    if not places:
        empty = {"places": [], "is_own": scheduling.keeps_own_schedule()}
        return page(request, staff, "schedule.html", empty)
    asked = _asked(request, places)
    if asked.is_week and asked.doctor is None:
        response = _week(request, staff, asked, places)
    else:
        response = _columns(request, staff, asked, places)
    keep_cookie(
        response, _COOKIE, str(asked.place.id), seconds=_COOKIE_SECONDS, path=reverse("desk:schedule")
    )
    return response


def _asked(request: HttpRequest, places: Sequence[LocationCard]) -> Asked:
    wanted = uuid_in(request.GET, "location")
    kept = read_cookie(request, _COOKIE, path=reverse("desk:schedule"))
    place = next((each for each in places if each.id == wanted), None)
    if wanted is not None and place is None:
        raise NotFoundError("no such branch")
    place = place or next((each for each in places if str(each.id) == kept), places[0])
    doctors, _ = directory.practitioners(location=place.id, limit=_MOST_DOCTORS)
    doctor = uuid_in(request.GET, "practitioner")
    return Asked(
        place,
        doctors,
        doctor if doctor in {card.id for card in doctors} else None,
        day_of(text_in(request.GET, "date")) or formats.local_day(clock.now(), place.zone),
        is_week=text_in(request.GET, "view") == "week",
        skipped=whole(text_in(request.GET, "skip")) or 0,
        moving=uuid_in(request.GET, "move"),
    )


def _columns(
    request: HttpRequest, staff: Staff, asked: Asked, places: Sequence[LocationCard]
) -> HttpResponse:
    found = scheduling.grid(
        staff,
        place=asked.place,
        days=asked.days,
        practitioners=asked.shown,
        is_branch=asked.doctor is None,
        moving=asked.moving,
    )
    stops = scheduling.live_stops()
    now = clock.now()
    reader = Reader(
        asked.place.zone,
        now,
        may_book=can(staff, Action.BOOK_VISITS),
        may_mark=can(staff, Action.MARK_ATTENDANCE),
        is_fresh=found.is_fresh,
        overbookable=frozenset(found.overbookable if can(staff, Action.OVERBOOK) else ()),
    )
    # A day more renews the tokens of free times, which are no part of what is compared.
    today = formats.local_day(now, asked.place.zone)
    etag = etag_of((today, found, stops, reader.may_book, reader.may_mark, can(staff, Action.OVERBOOK)))
    if same := unchanged(request, etag=etag):
        return same
    working = [column for column in found.columns if column.cells or asked.doctor is not None]
    drawn = working[asked.skipped : asked.skipped + _COLUMNS]
    named = [visit for column in drawn for visit in column.visits]
    names = scheduling.names_on_grid(staff, place=asked.place, days=asked.days, visits=named)
    doctors = _names(asked, found)
    context = _drawn(asked, replace(found, columns=tuple(drawn)), _Words(doctors, names, stops), reader) | {
        "away": [doctors[each.practitioner_id] for each in found.columns if each not in working],
        "before": asked.address(skip=max(asked.skipped - _COLUMNS, 0) or "") if asked.skipped else "",
        "after": asked.address(skip=asked.skipped + _COLUMNS)
        if len(working) > asked.skipped + _COLUMNS
        else "",
        "etag": etag,
        "live": asked.address(live=1),
    }
    return fragment(request, "_grid.html", context, etag=etag) or _page(
        request, staff, asked, places, context
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Names of doctors by id and of patients by visit, and the stops in force."""

    doctors: Mapping[UUID, str]
    patients: Mapping[UUID, str]
    stops: Sequence[StopCard]


def _drawn(asked: Asked, found: Grid, words: _Words, reader: Reader) -> dict[str, object]:
    zone = ZoneInfo(asked.place.zone)
    midnights = {day: clock.day_bounds(day, zone)[0] for day in asked.days}
    frame = frame_of(found, midnights=midnights, zone=asked.place.zone)
    columns = []
    for column in found.columns:
        doctor = column.practitioner_id
        stop = scheduling.stop_of(words.stops, practitioner_id=doctor, location_id=asked.place.id)
        title, url = _head(asked, doctor, column.day, words.doctors.get(doctor, ""))
        free = f"свободно\u00a0{column.free_count}" if found.is_fresh else "свободно: неизвестно"
        second = free if column.cells else "нет приёма"
        cells = cells_of(column, frame=frame, names=words.patients, reader=reader)
        columns.append(Column(title, second, url, cells, stop.reason if stop else ""))
    now_row, midnight = 0, frame.begins.get(formats.local_day(reader.now, asked.place.zone))
    if midnight is not None:
        now_row = max(int((reader.now - midnight).total_seconds() // 300), 0)
    return {
        "columns": columns,
        "hours": frame.hours,
        "height": len(frame.hours) * 12,
        "scale": frame.scale,
        "now_row": now_row if now_row < len(frame.hours) * 12 else 0,
        "now": formats.clock(reader.now, asked.place.zone),
        "now_minute": reader.now.astimezone(zone).hour * 60 + reader.now.astimezone(zone).minute,
        "is_fresh": found.is_fresh,
        "is_whole": found.is_whole,
    }


def _names(asked: Asked, found: Grid) -> dict[UUID, str]:
    cards = {card.id: card for card in asked.doctors}
    others = {column.practitioner_id for column in found.columns} - set(cards)
    cards |= directory.practitioner_cards(others) if others else {}
    return {key: formats.short_name(card.family, card.given, card.middle) for key, card in cards.items()}


def _head(asked: Asked, doctor: UUID, day: date, name: str) -> tuple[str, str]:
    """Return what heads a column, and where that leads: a doctor to their week, a day of a week to itself."""
    if not asked.is_week:
        return name, asked.address(practitioner=doctor, view="week")
    return formats.day_words(day, today=asked.first), asked.address(date=day, view="")


def _week(request: HttpRequest, staff: Staff, asked: Asked, places: Sequence[LocationCard]) -> HttpResponse:
    found = scheduling.week_of_grid(staff, place=asked.place, days=asked.days, practitioners=asked.shown)
    etag = etag_of((formats.local_day(clock.now(), asked.place.zone), found))
    if same := unchanged(request, etag=etag):
        return same
    by_doctor: dict[UUID, list[DayFigures]] = {}
    for figures in found.figures:
        by_doctor.setdefault(figures.practitioner_id, []).append(figures)
    names = {card.id: card.name for card in asked.doctors}
    base = asked.address(date="", practitioner="", view="")
    rows = [
        [
            Cell(names[doctor], asked.address(practitioner=doctor)),
            *(_figures(each, base, asked.place.zone) for each in days),
        ]
        for doctor, days in by_doctor.items()
    ]
    context: dict[str, object] = {
        "caption": "Неделя",
        "head": ["Врач", *(formats.day_words(day, today=asked.first) for day in asked.days)],
        "lines": rows,
        "etag": etag,
        "live": asked.address(live=1),
        "is_fresh": found.is_fresh,
        "is_whole": found.is_whole,
    }
    return fragment(request, "_grid_week.html", context, etag=etag) or _page(
        request, staff, asked, places, context | {"is_figures": True}
    )


def _figures(figures: DayFigures, base: str, zone: str) -> Cell:
    """Return «9:00–15:00, свободно 5, записано 7» as a link to the day."""
    url = f"{base}&practitioner={figures.practitioner_id}&date={figures.day}"
    if figures.start is None or figures.end is None:
        text = f"нет приёма, записано\u00a0{figures.booked}" if figures.booked else "нет приёма"
        return Cell(text, url if figures.booked else "", "second")
    hours = f"{formats.clock(figures.start, zone)}–{formats.clock(figures.end, zone)}"
    kept = f"записано\u00a0{figures.booked}" + (f", держат\u00a0{figures.held}" if figures.held else "")
    return Cell(f"{hours}, свободно\u00a0{figures.free}, {kept}", url)


def _page(
    request: HttpRequest,
    staff: Staff,
    asked: Asked,
    places: Sequence[LocationCard],
    context: Mapping[str, object],
) -> HttpResponse:
    now = clock.now()
    step = _DAY * (_DAYS_OF_WEEK if asked.is_week else 1)
    doctors: Options = [("", "Все врачи"), *((str(card.id), card.name) for card in asked.doctors)]
    shared = {
        "places": [(str(item.id), item.name) for item in places],
        "location": str(asked.place.id),
        "practitioner": str(asked.doctor or ""),
        "doctors": doctors,
        "date": asked.first.isoformat(),
        "is_week": asked.is_week,
        "day_words": _title(asked, now),
        "zone": zone_name(asked.place.zone, at=now) if len(zones_of(places)) > 1 else "",
        "earlier": asked.address(date=asked.first - step),
        "later": asked.address(date=asked.first + step),
        "today": asked.address(date=formats.local_day(now, asked.place.zone)),
        "as_day": asked.address(view=""),
        "as_week": asked.address(view="week"),
        "moved": _moved(staff, asked),
        **_closing(staff, asked, now),
        "list_url": address("day", [("location", str(asked.place.id)), ("date", asked.first.isoformat())]),
        "key": fresh_key(),
        "may_book": can(staff, Action.BOOK_VISITS),
        "may_find": can(staff, Action.FIND_VISITS),
    }
    return page(request, staff, "schedule.html", {**shared, **context})


def _closing(staff: Staff, asked: Asked, now: datetime) -> dict[str, object]:
    """Return how the day of one doctor is closed: booking stopped, its patients asked to choose anew."""
    if asked.doctor is None:
        return {}
    whose = [("practitioner", str(asked.doctor)), ("location", str(asked.place.id))]
    may_ask = can(staff, Action.RESOLVE_VISITS) and not asked.is_week
    is_ahead = asked.first >= formats.local_day(now, asked.place.zone)
    return {
        "stop_url": address("stops", whose) if can(staff, Action.STOP_BOOKING) else "",
        "off": (*whose, ("date", asked.first.isoformat())) if may_ask and is_ahead else (),
    }


def _moved(staff: Staff, asked: Asked) -> dict[str, str]:
    """Return what moves, and where that leads; nothing where nobody is to be moved, or by nobody."""
    if asked.moving is None or not can(staff, Action.BOOK_VISITS):
        return {}
    card = scheduling.visit_of_grid(staff, asked.moving)
    day = formats.day_words(formats.local_day(card.visit.start, card.zone), today=asked.first)
    when = f"{formats.clock(card.visit.start, card.zone)}, {day}"
    return {
        "who": ", ".join(part for part in (card.visit.name, when) if part),
        "id": str(asked.moving),
        "action": reverse("desk:visit-move", args=[asked.moving]),
        "stop": asked.address(move=""),
    }


def _title(asked: Asked, now: datetime) -> str:
    today = formats.local_day(now, asked.place.zone)
    if not asked.is_week:
        return formats.sentence_case(formats.near_day(asked.first, today=today))
    last = asked.days[-1]
    return f"{formats.day_month(asked.first, today=today)} – {formats.day_month(last, today=today)}"

"""Who comes to a branch on a day: the list of a registrar, and of a doctor for their own patients."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import Directory
from feldsher.channels.desk.scopes import address, doctor_options
from feldsher.channels.desk.states import state_words
from feldsher.channels.frontend.cookies import keep_cookie, read_cookie
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import State, VisitRow
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

MARKS = ((State.ARRIVED, "came"), (State.FULFILLED, "seen"), (State.NOSHOW, "missed"))
"""Marks of attendance with the names of their addresses."""
_COOKIE = "day"
_COOKIE_SECONDS = 365 * 24 * 3600
_BETWEEN = "."
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Row:
    """A visit in words; `name` is empty where it is not for the reader, `refer` where they refer nobody."""

    time: str
    doctor: str
    service: str
    state: str
    name: str
    phone: str
    cancel: str = ""
    refer: str = ""
    came: str = ""
    seen: str = ""
    missed: str = ""


@staff_page(Action.SEE_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the visits of a branch's day, fifty a page, of all doctors or of one.

    Where no branch is asked for, today in the branch and of the doctor that this browser asked for last.
    """
    places = [place for place in directory.locations() if place.zone]
    wanted = _Wanted.of(request)
    place = _place(places, wanted)
    if place is None:
        return page(request, staff, "day.html", {"places": [], "is_own": scheduling.keeps_own_schedule()})
    doctors = doctor_options("Все врачи", location=place.id)
    asked = Asked(place, next((UUID(key) for key, _ in doctors if key == str(wanted.doctor)), None))
    today = clock.now().astimezone(ZoneInfo(place.zone)).date()
    day = day_of(text_in(request.GET, "date")) or today
    found = scheduling.day_of_visits(
        staff,
        location=place.id,
        day=day,
        practitioner=asked.doctor,
        after=text_in(request.GET, "after"),
    )
    may_book = can(staff, Action.BOOK_VISITS)
    context = {
        "location": str(place.id),
        "places": [(str(item.id), item.name) for item in places],
        "doctor": str(asked.doctor or ""),
        "doctors": doctors,
        "date": day.isoformat(),
        "day": formats.sentence_case(formats.near_day(day, today=today)),
        "earlier": asked.address(day - timedelta(days=1)),
        "later": asked.address(day + timedelta(days=1)),
        "following": asked.address(day, after=found.following) if found.following else "",
        "is_named": found.is_named,
        "is_clear": found.is_clear,
        "visits": _rows(found.visits, place, staff, may_cancel=may_book),
        "off": _off(asked, day) if can(staff, Action.RESOLVE_VISITS) and day >= today else (),
        "book_url": asked.booking_address(max(day, today)) if may_book else "",
    }
    response = page(request, staff, "day.html", context)
    keep_cookie(response, _COOKIE, asked.kept, seconds=_COOKIE_SECONDS, path=reverse("desk:day"))
    return response


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The branch and the doctor of an address, or those that the browser remembers: these may be gone."""

    location: UUID | None = None
    doctor: UUID | None = None
    is_remembered: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "_Wanted":
        location = uuid_in(request.GET, "location")
        if location is not None:
            return cls(location, uuid_in(request.GET, "practitioner"))
        place, _, doctor = read_cookie(request, _COOKIE, path=reverse("desk:day")).partition(_BETWEEN)
        return cls(_id(place), _id(doctor), is_remembered=True)


def _id(kept: str) -> UUID | None:
    return UUID(kept) if _ID.fullmatch(kept) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose visits are listed: of a branch, and of one doctor (None: all)."""

    place: LocationCard
    doctor: UUID | None

    @property
    def kept(self) -> str:
        """Return what the browser remembers of it."""
        return f"{self.place.id}{_BETWEEN}{self.doctor or ''}"

    def address(self, day: date, *, after: str = "") -> str:
        return address(
            "day",
            [
                ("location", str(self.place.id)),
                ("practitioner", str(self.doctor or "")),
                ("date", day.isoformat()),
                ("after", after),
            ],
        )

    def booking_address(self, day: date) -> str:
        return address(
            "book",
            [
                ("location", str(self.place.id)),
                ("practitioner", str(self.doctor or "")),
                ("day", day.isoformat()),
            ],
        )


def _place(places: Sequence[LocationCard], wanted: _Wanted) -> LocationCard | None:
    for place in places:
        if place.id == wanted.location:
            return place
    if wanted.location is not None and not wanted.is_remembered:
        raise NotFoundError("no such branch")
    return places[0] if places else None


def _rows(visits: Sequence[VisitRow], place: LocationCard, staff: Staff, *, may_cancel: bool) -> list[Row]:
    doctors = directory.practitioner_cards({visit.practitioner_id for visit in visits})
    names = Directory(doctors=doctors, places={place.id: place}, colleagues={})
    services = directory.service_cards({visit.service_id for visit in visits})
    return [
        Row(
            time=_span(visit.start, visit.end, place.zone),
            doctor=names.doctor(visit.practitioner_id),
            service=services[visit.service_id].name if visit.service_id in services else "",
            state=", ".join(state_words(visit)),
            name=visit.name,
            phone=visit.phone,
            cancel=reverse("desk:visit-to-cancel", args=[visit.id])
            if may_cancel and _is_ahead(visit)
            else "",
            refer=_refer(visit, staff),
            **_marks(visit, place, staff),
        )
        for visit in visits
    ]


def _marks(visit: VisitRow, place: LocationCard, staff: Staff) -> dict[str, str]:
    """Return where the marks of attendance are made that the visit may get now."""
    if not can(staff, Action.MARK_ATTENDANCE):
        return {}
    open_to = scheduling.marks(visit.state, visit.start, zone=place.zone, now=clock.now())
    return {word: reverse(f"desk:visit-{word}", args=[visit.id]) for mark, word in MARKS if mark in open_to}


def _off(asked: Asked, day: date) -> tuple[tuple[str, str], ...]:
    """Return what names the day of one doctor, for who asks its patients to choose another time."""
    if asked.doctor is None:
        return ()
    return (
        ("practitioner", str(asked.doctor)),
        ("location", str(asked.place.id)),
        ("date", day.isoformat()),
    )


def _is_ahead(visit: VisitRow) -> bool:
    return visit.state is State.BOOKED and visit.start > clock.now()


def _refer(visit: VisitRow, staff: Staff) -> str:
    """Return the address at which a doctor refers the patient of their own visit."""
    is_own = visit.practitioner_id == staff.practitioner_id
    return reverse("desk:refer", args=(visit.id,)) if is_own and can(staff, Action.REFER) else ""


def _span(start: datetime, end: datetime, zone: str) -> str:
    return f"{formats.clock(start, zone)}–{formats.clock(end, zone)}"

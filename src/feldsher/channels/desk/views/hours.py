"""«Часы приёма» of a clinic without a MIS: a week per doctor and branch, dates that differ, closed days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.hours_form import WEEKDAYS, hours_words, read_all, week_words
from feldsher.channels.desk.own_schedule import needs_own_schedule
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import Scope, colleagues, names_of, place_options
from feldsher.channels.desk.states import STATES
from feldsher.channels.desk.zones import told, zone_name, zones_of
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.own import OWN_SCHEDULE, PlaceOfWork
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster.errors import WorksElsewhereError
from feldsher.domain.roster.services import AHEAD, MOST_DAYS
from feldsher.domain.roster.types import DayCard, Stretches, WeekCard, Workplace
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import State, VisitToCome
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_DAYS = tuple(f"day-{number}" for number in range(1, len(WEEKDAYS) + 1))
_SPAN = ("first", "last", "reason")
_SAVED = "?saved=1"
_DAY = timedelta(days=1)
_NO_DAY = "Укажите день."
_Typed = dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A doctor of a branch with the ordinary week of now, or what is said of it."""

    name: str
    second: str
    week: str
    has_hours: bool
    url: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """Dates in a row of which one word was said: when, what holds then, why, who said so, and their ids."""

    day: str
    hours: str
    reason: str
    author: str
    ids: tuple[UUID, ...]


# The list, and the days on which everybody is off.


@staff_page(Action.SET_HOURS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List who works where and when, by branch, and the days on which a branch or the clinic is closed."""
    return _list(request, staff, {}, {})


@staff_page(Action.SET_HOURS, methods=("POST",))
def closed(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Close a branch, or the whole clinic, on the days that were typed."""
    needs_own_schedule()
    typed = _typed(request, *_SPAN, "location")
    try:
        first, last = _span(typed)
        services.close_days(
            location=uuid_in(request.POST, "location"),
            first=first,
            last=last,
            reason=typed["reason"],
            author=staff.login,
        )
    except InvalidInputError as error:
        return _list(request, staff, typed, error.fields)
    return SeeOther(reverse("desk:hours") + _SAVED)


def _list(request: HttpRequest, staff: Staff, typed: _Typed, errors: dict[str, str]) -> HttpResponse:
    needs_own_schedule()
    places, own, today = directory.locations(), directory.own_branches(), _today()
    people = colleagues()
    names: dict[UUID | None, str] = {place.id: place.name for place in places}
    names[None] = "Вся клиника"
    context = {
        "branches": _branches(directory.places_of_work(mis=OWN_SCHEDULE), today),
        "closed": _lines(roster.closed_days(first=today, last=today + 2 * AHEAD), people, names=names),
        "places": place_options("Вся клиника", [p for p in places if p.id in own]),
        "typed": typed,
        "errors": errors,
        "saved": request.GET.get("saved", ""),
        "outside": scheduling.outside_count(staff),
    }
    return page(request, staff, "hours.html", context, status=422 if errors else 200)


def _branches(works: Iterable[PlaceOfWork], today: date) -> list[tuple[str, list[Row]]]:
    found: dict[UUID, dict[UUID, list[PlaceOfWork]]] = defaultdict(lambda: defaultdict(list))
    for place in works:
        found[place.location_id][place.practitioner_id].append(place)
    cards = directory.practitioner_cards({doctor for doctors in found.values() for doctor in doctors})
    weeks = roster.week_of(
        [Workplace(doctor, branch) for branch, doctors in found.items() for doctor in doctors], day=today
    )
    return [
        (
            next(iter(doctors.values()))[0].branch,
            sorted(
                (
                    _row(cards[doctor].name, places, weeks.get(Workplace(doctor, branch)))
                    for doctor, places in doctors.items()
                ),
                key=lambda row: row.name,
            ),
        )
        for branch, doctors in found.items()
    ]


def _row(name: str, places: list[PlaceOfWork], days: tuple[Stretches, ...] | None) -> Row:
    first = places[0]
    return Row(
        name,
        ", ".join(place.specialty.lower() for place in places if place.specialty),
        "часы не\u00a0указаны" if days is None else week_words(days),
        days is not None,
        reverse("desk:hours-of", args=[first.practitioner_id, first.location_id]),
    )


# One doctor in one branch.


@staff_page(Action.SET_HOURS, methods=("GET", "HEAD", "POST"))
def week(request: HttpRequest, staff: Staff, practitioner_id: UUID, location_id: UUID) -> HttpResponse:
    """Show a doctor's hours in a branch; POST says the week from a day on."""
    workplace = _workplace(practitioner_id, location_id)
    if request.method != "POST":
        return _doctor(request, staff, workplace, {}, {})
    typed = _typed(request, *_DAYS, "since")
    try:
        days = read_all({name: typed[name] for name in _DAYS})
        since, _ = _span({"first": typed["since"], "last": ""}, name="since")
        services.set_week(workplace, days=[days[name] for name in _DAYS], since=since, author=staff.login)
    except (InvalidInputError, WorksElsewhereError) as error:
        return _doctor(request, staff, workplace, typed, _faults(error))
    return SeeOther(request.path + _SAVED)


@staff_page(Action.SET_HOURS, methods=("POST",))
def days(request: HttpRequest, staff: Staff, practitioner_id: UUID, location_id: UUID) -> HttpResponse:
    """Say the hours of dates that differ from the week."""
    workplace = _workplace(practitioner_id, location_id)
    typed = _typed(request, *_SPAN, "stretches")
    try:
        first, last = _span(typed)
        services.set_days(
            workplace,
            first=first,
            last=last,
            stretches=read_all({"stretches": typed["stretches"]})["stretches"],
            reason=typed["reason"],
            author=staff.login,
        )
    except (InvalidInputError, WorksElsewhereError) as error:
        return _doctor(request, staff, workplace, typed, _faults(error))
    return SeeOther(_address(workplace) + _SAVED)


@staff_page(Action.SET_HOURS, methods=("POST",))
def end_days(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Take back what was said of dates; back to the doctor whose dates they were."""
    needs_own_schedule()
    ids = [each for each in map(_id, request.POST.getlist("day")[:MOST_DAYS]) if each]
    words = roster.days_by(ids)
    services.end_days(ids, author=staff.login)
    word = words[0] if words else None
    if word is None or word.practitioner_id is None or word.location_id is None:
        return SeeOther(reverse("desk:hours") + _SAVED)
    return SeeOther(_address(Workplace(word.practitioner_id, word.location_id)) + _SAVED)


def _doctor(
    request: HttpRequest, staff: Staff, workplace: Workplace, typed: _Typed, errors: dict[str, str]
) -> HttpResponse:
    place = directory.location(workplace.location_id)
    today = formats.local_day(clock.now(), place.zone or "UTC")
    weeks = roster.weeks(workplace, since=today)
    people = colleagues()
    now = weeks[0].days if weeks else ((),) * len(WEEKDAYS)
    context = {
        "doctor": directory.practitioner(workplace.practitioner_id).name,
        "branch": place.name,
        "zone": _zone_words(place),
        "week_url": _address(workplace),
        "days_url": reverse("desk:hours-days", args=[workplace.practitioner_id, workplace.location_id]),
        "days": [
            (name, title, typed.get(name, hours_words(stretches)), errors.get(name, ""))
            for name, title, stretches in zip(_DAYS, WEEKDAYS, now, strict=True)
        ],
        "since": typed.get("since") or today.isoformat(),
        "last": _said(weeks[0], people) if weeks else "",
        "later": [(_from(card, today), week_words(card.days), _said(card, people)) for card in weeks[1:]],
        "odd": _lines(roster.odd_days(workplace, first=today, last=today + 2 * AHEAD), people),
        "typed": typed,
        "errors": errors,
        "saved": request.GET.get("saved", ""),
        "outside": scheduling.outside_count(staff),
    }
    return page(request, staff, "hours_of.html", context, status=422 if errors else 200)


def _workplace(practitioner_id: UUID, location_id: UUID) -> Workplace:
    """Return it where the own schedule keeps the doctor's time; NotFoundError elsewhere."""
    needs_own_schedule()
    if (practitioner_id, location_id) not in directory.kept_by(OWN_SCHEDULE):
        raise NotFoundError("the own schedule does not keep this doctor in this branch")
    return Workplace(practitioner_id, location_id)


def _faults(error: InvalidInputError | WorksElsewhereError) -> dict[str, str]:
    return error.fields if isinstance(error, InvalidInputError) else {"": error.message}


# Visits that the hours leave outside.


@staff_page(Action.RESOLVE_VISITS)
def outside(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the visits to come outside of working hours, with whom to call."""
    needs_own_schedule()
    found = scheduling.visits_outside(staff)
    names = names_of(
        [Scope(each.visit.practitioner_id, each.visit.service_id, each.location_id) for each in found]
    )
    context = {
        "visits": [
            _visit(
                each,
                names.doctor(each.visit.practitioner_id),
                names.place(each.location_id),
                names.service(each.visit.service_id),
            )
            for each in found
        ]
    }
    return page(request, staff, "hours_outside.html", context)


def _visit(each: VisitToCome, doctor: str, branch: str, service: str) -> dict[str, str]:
    visit = each.visit
    today = formats.local_day(clock.now(), each.zone)
    day = formats.near_day(formats.local_day(visit.start, each.zone), today=today)
    hours = f"{formats.clock(visit.start, each.zone)}–{formats.clock(visit.end, each.zone)}"
    return {
        "title": f"{formats.sentence_case(day)}, {hours}\u00a0· {doctor}",
        "name": visit.name,
        "phone": visit.phone,
        "second": "\u00a0· ".join((branch, service, STATES[visit.state])),
        "url": reverse("desk:hours-of", args=[visit.practitioner_id, each.location_id]),
        "cancel": reverse("desk:visit-to-cancel", args=[visit.id]) if visit.state is State.BOOKED else "",
    }


# Words.


def _address(workplace: Workplace) -> str:
    return reverse("desk:hours-of", args=[workplace.practitioner_id, workplace.location_id])


def _typed(request: HttpRequest, *names: str) -> _Typed:
    return {name: text_in(request.POST, name, limit=300) for name in names}


def _span(typed: _Typed, *, name: str = "first") -> tuple[date, date]:
    """Return the first and the last day that were typed, the same where one was; InvalidInputError."""
    first = day_of(typed["first"])
    last = day_of(typed["last"]) if typed["last"] else first
    if first is None or last is None:
        raise InvalidInputError("no day", fields={name if first is None else "last": _NO_DAY})
    return first, last


def _today() -> date:
    return min(
        (formats.local_day(clock.now(), zone) for zone in directory.zones().values()),
        default=clock.now().date(),
    )


def _lines(
    cards: Sequence[DayCard], people: dict[str, str], *, names: Mapping[UUID | None, str] | None = None
) -> list[DayLine]:
    """Return dates as they were said: a leave is one line. `names` are of branches that are closed."""
    runs: list[list[DayCard]] = []
    for card in sorted(cards, key=lambda each: (str(each.location_id or ""), each.day)):
        last = runs[-1][-1] if runs else None
        if last is not None and card.day == last.day + _DAY and _word(card) == _word(last):
            runs[-1].append(card)
        else:
            runs.append([card])
    runs.sort(key=lambda run: run[0].day)
    return [_line(run, people, names) for run in runs]


def _word(card: DayCard) -> tuple[object, ...]:
    return card.location_id, card.stretches, card.reason, card.author, card.written_at


def _line(run: Sequence[DayCard], people: dict[str, str], names: Mapping[UUID | None, str] | None) -> DayLine:
    card, today = run[0], clock.now().date()
    days = [formats.day_words(each.day, today=today) for each in (run[0], run[-1])[: len(run)]]
    when = formats.sentence_case("\u00a0— ".join(days))
    return DayLine(
        day=when if names is None else f"{when}. {names.get(card.location_id, '')}",
        hours=hours_words(card.stretches) or ("не\u00a0принимает" if names is None else "закрыто"),
        reason=card.reason,
        author=f"{people.get(card.author, card.author)}, {told(card.written_at)}",
        ids=tuple(each.id for each in run),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _said(card: WeekCard, people: dict[str, str]) -> str:
    return f"{people.get(card.author, card.author)}, {told(card.written_at)}"


def _from(card: WeekCard, today: date) -> str:
    until = card.valid_to - _DAY if card.valid_to else None
    first = formats.day_month(card.valid_from, today=today)
    return f"С\u00a0{first} по\u00a0{formats.day_month(until, today=today)}" if until else f"С\u00a0{first}"


def _zone_words(place: LocationCard) -> str:
    if not place.zone or len(zones_of(directory.locations())) == 1:
        return ""
    return zone_name(place.zone, at=clock.now())

"""A doctor's week: seven days and the times of the chosen one, for the page and its live fragment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import QueryDict

from feldsher.channels.frontend.queries import day_in, uuid_in
from feldsher.channels.frontend.times import price_words
from feldsher.channels.site.present import WEEK, DayCell, Part, day_cell, link, parts_of_day
from feldsher.channels.site.rules import Gate, answers_in, answers_out, gate_of
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Answers, OpenDay, OpenSlot, OpenTimes, SlotFilter
from feldsher.kernel import formats
from feldsher.kernel.errors import NotFoundError

_REMOTE = "Онлайн-приём"


@dataclass(frozen=True, slots=True)
class Week:
    """What the schedule of a doctor shows.

    `month` heads the strip; `day` says the chosen day in words, empty when the week has no time; `elsewhere`
    is the nearest day outside this week in words, with `elsewhere_url`. `etag` changes with anything shown.
    `gate` is what stands before the times.
    """

    is_fresh: bool
    month: str
    strip: tuple[DayCell, ...]
    day: str
    badge: str
    price: str
    parts: tuple[Part, ...]
    gate: Gate
    mode: str
    earlier_url: str
    later_url: str
    elsewhere: str
    elsewhere_url: str
    live_url: str
    etag: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which schedule was asked for: branch, service (None is the usual visit), answers, nearest slot."""

    doctor: PractitionerCard
    location: LocationCard | None
    service_id: UUID | None
    answers: Answers
    nearest: OpenSlot | None


def choose(doctor: PractitionerCard, data: QueryDict, *, locations: Sequence[LocationCard]) -> Choice:
    """Settle the branch: the asked one, else that of the nearest time, else the doctor's first.

    Raises NotFoundError for a branch that is not the doctor's.
    """
    asked, service_id, answers = uuid_in(data, "location"), uuid_in(data, "service"), answers_in(data)
    own = {place.id: place for place in locations if place.id in doctor.location_ids}
    if asked is not None and asked not in own:
        raise NotFoundError("the doctor does not work in that branch")
    found = scheduling.next_times(
        [doctor.id], location_id=asked, service_id=service_id, per=1, answers=answers
    )
    nearest = next(iter(found.get(doctor.id, ())), None)
    chosen = asked or (nearest.key.location_id if nearest else None)
    location = own.get(chosen) if chosen else next(iter(own.values()), None)
    return Choice(doctor=doctor, location=location, service_id=service_id, answers=answers, nearest=nearest)


def week_of(choice: Choice, data: QueryDict, *, now: datetime) -> Week:
    """Read the week that `data` asks for (`from`, `day`); by default the one with the nearest time."""
    zone = (choice.location.zone if choice.location else "") or formats.MOSCOW
    today = formats.local_day(now, zone)
    last = today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    nearest_day = formats.local_day(choice.nearest.key.start, choice.nearest.zone) if choice.nearest else None
    first = day_in(data, "from", first=today, last=last) or _first_of_week(today, nearest_day)
    times = scheduling.open_times(_filter(choice), first=first, days=WEEK, answers=choice.answers)
    by_day = {day.day: day for day in times.days if day.slots}
    days = tuple(first + timedelta(days=shift) for shift in range(WEEK))
    chosen = _chosen_day(day_in(data, "day", first=first, last=days[-1]), days=days, by_day=by_day)
    build = _Links(choice, first=first, today=today, last=last)
    is_elsewhere = not by_day and nearest_day is not None and nearest_day not in days
    return Week(
        is_fresh=times.is_fresh,
        month=formats.month_of(days),
        strip=tuple(
            day_cell(day, today=today, url=build.day(day) if day in by_day else "", is_selected=day == chosen)
            for day in days
        ),
        day=formats.sentence_case(formats.near_day(chosen, today=today)) if chosen else "",
        badge=formats.zone_words(zone, at=now),
        price=price_words(slot for day in by_day.values() for slot in day.slots) if by_day else "",
        parts=parts_of_day(by_day[chosen], now=now) if chosen else (),
        gate=gate_of(times.rules, choice.answers, link_to=build.answered, zone=zone, now=now),
        mode=_REMOTE if any(slot.key.is_remote for day in by_day.values() for slot in day.slots) else "",
        earlier_url=build.earlier(),
        later_url=build.later(),
        elsewhere=formats.near_day(nearest_day, today=today) if is_elsewhere and nearest_day else "",
        elsewhere_url=build.week(nearest_day) if is_elsewhere and nearest_day else "",
        live_url=build.live(chosen),
        etag=_etag(times, first=first, chosen=chosen, today=today),
    )


def _filter(choice: Choice) -> SlotFilter:
    return SlotFilter(
        practitioner_id=choice.doctor.id,
        service_id=choice.service_id,
        location_id=choice.location.id if choice.location else None,
    )


def _first_of_week(today: date, nearest: date | None) -> date:
    """Begin today, unless the nearest time is beyond the seven days from today."""
    return nearest if nearest and (nearest - today).days >= WEEK else today


def _chosen_day(asked: date | None, *, days: tuple[date, ...], by_day: dict[date, OpenDay]) -> date | None:
    if asked in by_day:
        return asked
    return next((day for day in days if day in by_day), None)


def _etag(times: OpenTimes, *, first: date, chosen: date | None, today: date) -> str:
    shown = f"{times.etag}|{times.is_fresh}|{first}|{chosen}|{today}"
    return sha256(shown.encode()).hexdigest()[:24]


class _Links:
    """Addresses of the same choice at other days."""

    def __init__(self, choice: Choice, *, first: date, today: date, last: date) -> None:
        self._doctor = choice.doctor.id
        self._location = choice.location.id if choice.location else None
        self._service = choice.service_id
        self._answers = answers_out(choice.answers)
        self._first, self._today, self._last = first, today, last

    def _to(self, name: str, first: date, day: date | None = None) -> str:
        terms = {"location": self._location, "service": self._service, **self._answers}
        return link(name, self._doctor, **terms, from_=first, day=day)

    def answered(self, answers: dict[str, str]) -> str:
        """Return the schedule with other answers, from its nearest time on."""
        return link("doctor", self._doctor, location=self._location, service=self._service, **answers)

    def week(self, first: date) -> str:
        return self._to("doctor", first)

    def live(self, chosen: date | None) -> str:
        return self._to("doctor-times", self._first, chosen)

    def earlier(self) -> str:
        before = max(self._today, self._first - timedelta(days=WEEK))
        return self.week(before) if self._first > self._today else ""

    def later(self) -> str:
        after = self._first + timedelta(days=WEEK)
        return self.week(after) if after <= self._last else ""

    def day(self, day: date) -> str:
        return self._to("doctor", self._first, day)

"""«Показатели»: from what was shown to who came, no-shows, searches in vain and what SMS cost; by period."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk import figures_words as words
from feldsher.channels.desk.figures_asked import Question, question_of, spans
from feldsher.channels.desk.figures_words import Table
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.zones import zones_of
from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.files import safe_cell
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.figures import selectors
from feldsher.domain.figures.types import Attendance, Figures, Source, Wanted
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging.selectors import spent
from feldsher.foundation.messaging.types import Spent
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_DOCTORS: Final = 50
"""Doctors on the page; a file has all."""
_LINES: Final = 30
"""Sources and searches on the page."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was asked, what is known of it, and how things are called."""

    question: Question
    found: Figures
    spent: tuple[Spent, ...]
    places: tuple[LocationCard, ...]
    zone: str
    doctors: Mapping[UUID, str]

    @property
    def branches(self) -> dict[UUID, str]:
        return {place.id: place.name for place in self.places}

    @property
    def periods(self) -> list[tuple[str, Attendance]]:
        asked, before = self.question.asked, self.found.before or Attendance()
        shown = f"{asked.first:%d.%m.%y}–{asked.last:%d.%m.%y}"
        if asked.before is None:
            return [(shown, self.found.attendance)]
        return [
            (f"{asked.before[0]:%d.%m.%y}–{asked.before[1]:%d.%m.%y}", before),
            (shown, self.found.attendance),
        ]


@staff_page(Action.SEE_FIGURES)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the figures of a period, the last 30 days by default."""
    seen = _read(request, staff)
    question, found = seen.question, seen.found
    today = formats.local_day(clock.now(), seen.zone)
    days = words.by_days(found.days, first=question.asked.first, last=question.asked.last)
    is_weekly = len(days) < (question.asked.last - question.asked.first).days
    address = reverse("desk:figures")
    context = {
        "question": question,
        "spans": [
            (title, f"{address}?{query}", is_here) for title, query, is_here in spans(question, today=today)
        ],
        "branches": [("", "Все филиалы"), *((str(each.id), each.name) for each in seen.places)],
        "channels": [("", "Все каналы"), *words.CHANNELS.items()],
        "sources": _source_options(found),
        "doctor": seen.doctors.get(question.asked.practitioner) if question.asked.practitioner else None,
        "all_doctors": f"{address}?{question.query(doctor=None)}",
        "counted": words.today_of(found, seen.zone),
        "is_empty": words.is_empty(found) and not seen.spent,
        "step_bars": words.step_bars(found.total),
        "attendance_bars": words.attendance_bars(seen.periods),
        "sms_bars": words.sms_bars(seen.spent),
        "charts": words.day_charts(days),
        "search_count": found.search_count,
        "unpriced": sum(each.unpriced for each in seen.spent),
        "tables": {
            name.replace("-", "_"): _shown(make(seen), question, name=name, limit=_LIMITS.get(name))
            for name, make in _TABLES.items()
        }
        | {"days": _shown(words.days_table(days, is_weekly=is_weekly), question, name="days", limit=None)},
    }
    return page(request, staff, "figures.html", context)


@staff_page(Action.SEE_FIGURES)
def table(request: HttpRequest, staff: Staff, name: str) -> HttpResponse:
    """Give one table of the same figures as a file, whole; NotFoundError for another name."""
    if name not in _TABLES:
        raise NotFoundError("no such table of figures")
    found = _TABLES[name](_read(request, staff))
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";")
    rows.writerow([safe_cell(each.replace("\u00a0", " ")) for each in found.head])
    rows.writerows(
        [safe_cell(words.plain(value).replace("\u00a0", " ")) for value in row] for row in found.rows
    )
    answer = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="figures-{name}.csv"'
    return private(answer)


def _read(request: HttpRequest, staff: Staff) -> _Seen:
    places = directory.locations()
    zone = zones_of(places)[0]
    question = question_of(request.GET, today=formats.local_day(clock.now(), zone))
    found = selectors.figures(staff, asked=question.asked)
    asked = question.asked
    ids = {*found.doctors, *found.doctor_attendance, *([asked.practitioner] if asked.practitioner else [])}
    ids |= {UUID(each.search.subject) for each in found.searches if each.search.wanted is Wanted.DOCTOR}
    names = {key: card.name for key, card in directory.practitioner_cards(ids).items()}
    return _Seen(question, found, spent(asked.first, asked.last), places, zone, names)


def _source_options(found: Figures) -> list[tuple[str, str]]:
    shown = {each.name: words.source_words(Source(each.kind, each.name)) for each in found.options}
    return [("", "Все источники"), *shown.items()]


def _days(seen: _Seen) -> Table:
    asked = seen.question.asked
    days = [
        (day, steps) for day, steps in sorted(seen.found.days.items()) if asked.first <= day <= asked.last
    ]
    return words.days_table(days)


def _branches(seen: _Seen) -> Table:
    rows = (
        (str(key), seen.branches.get(key, "Закрытый филиал"), steps)
        for key, steps in seen.found.branches.items()
    )
    return words.split_table("Филиалы", "Филиал", rows)


def _doctors(seen: _Seen) -> Table:
    rows = (
        (str(key), seen.doctors.get(key, "Врача больше нет"), steps)
        for key, steps in seen.found.doctors.items()
    )
    return words.split_table("Врачи", "Врач", rows)


def _channels(seen: _Seen) -> Table:
    rows = ((key, words.CHANNELS.get(key, key), steps) for key, steps in seen.found.channels.items())
    return words.split_table("Каналы", "Канал", rows)


def _sources(seen: _Seen) -> Table:
    rows = (
        (each.name or each.kind.value, words.source_words(each), steps)
        for each, steps in seen.found.sources.items()
    )
    return words.split_table("Источники", "Источник", rows)


def _branch_absences(seen: _Seen) -> Table:
    rows = (
        (seen.branches.get(key, "Закрытый филиал"), each)
        for key, each in seen.found.branch_attendance.items()
    )
    return words.absence_table("Неявки по\u00a0филиалам", "Филиал", rows)


def _doctor_absences(seen: _Seen) -> Table:
    rows = (
        (seen.doctors.get(key, "Врача больше нет"), each)
        for key, each in seen.found.doctor_attendance.items()
    )
    return words.absence_table("Неявки по\u00a0врачам", "Врач", rows)


def _searches(seen: _Seen) -> Table:
    wanted = {each.search.subject for each in seen.found.searches if each.search.wanted is Wanted.SERVICE}
    services = directory.service_cards([UUID(subject) for subject in wanted])
    names = {str(key): name for key, name in seen.doctors.items()}
    names |= {str(key): card.name for key, card in services.items()}
    names |= {card.slug: card.title for card in directory.specialties()}
    return words.searches_table(seen.found.searches, names, seen.branches)


_TABLES: Final[Mapping[str, Callable[[_Seen], Table]]] = {
    "steps": lambda seen: words.steps_table(seen.found.total),
    "days": _days,
    "branches": _branches,
    "doctors": _doctors,
    "channels": _channels,
    "sources": _sources,
    "absences": lambda seen: words.attendance_table(seen.periods),
    "branch-absences": _branch_absences,
    "doctor-absences": _doctor_absences,
    "searches": _searches,
    "sms": lambda seen: words.sms_table(seen.spent),
}
_LIMITS: Final = {"doctors": _DOCTORS, "doctor-absences": _DOCTORS, "sources": _LINES, "searches": _LINES}
_NARROWING: Final = {"branches": "location", "doctors": "doctor", "channels": "channel", "sources": "source"}


def _shown(found: Table, question: Question, *, name: str, limit: int | None) -> dict[str, Any]:
    """Return a table in words: first cells lead to narrower figures, `file` to all of its rows."""
    rows = []
    for index, row in enumerate(found.rows[:limit]):
        first, *rest = row
        cell = Cell(words.shown(first))
        if found.keys and name in _NARROWING:
            query = question.query(**{_NARROWING[name]: found.keys[index]})
            cell = Cell(cell.text, url=f"{reverse('desk:figures')}?{query}")
        rows.append((cell, *map(_cell, rest)))
    return {
        "title": found.title,
        "head": found.head,
        "rows": rows,
        "more": len(found.rows) - len(rows),
        "file": f"{reverse('desk:figures-table', args=[name])}?{question.query()}",
    }


def _cell(value: words.Value) -> Cell | str:
    return value if isinstance(value, str) else Cell(words.shown(value), css="figure")

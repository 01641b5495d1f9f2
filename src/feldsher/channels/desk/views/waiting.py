"""The waiting list: who waits for whom, in their order, and what is kept for them now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.frontend.windows import window_words
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import WaitingRow
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats


@dataclass(frozen=True, slots=True)
class _Line:
    """One who waits, in words."""

    whose: str
    position: int
    who: str = field(repr=False)
    wants: str
    place: str
    offered: str


@staff_page(Action.BOOK_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the whole list, by doctor and specialty; nothing is done here."""
    rows = scheduling.waiting_list(staff)
    return page(request, staff, "waiting.html", {"lines": _lines(rows)})


def _lines(rows: tuple[WaitingRow, ...]) -> list[_Line]:
    offered = {row.offer.key.practitioner_id for row in rows if row.offer}
    doctors = directory.practitioner_cards(
        {row.practitioner_id for row in rows if row.practitioner_id} | offered
    )
    names = {doctor: card.name for doctor, card in doctors.items()}
    titles = {each.slug: formats.sentence_case(each.title) for each in directory.specialties()}
    places = {place.id: place for place in directory.locations()}
    lines = [
        _Line(
            whose=names.get(row.practitioner_id, "")
            if row.practitioner_id
            else titles.get(row.specialty, ""),
            position=row.position,
            who=", ".join(part for part in (row.name, row.phone) if part),
            wants=_wants(row, zone=_zone(row, places)),
            place=", ".join(places[each].name for each in row.location_ids if each in places)
            or "любой филиал",
            offered=_offered(row, names=names),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.whose)


def _zone(row: WaitingRow, places: Mapping[UUID, LocationCard]) -> str:
    known = [places[each].zone for each in row.location_ids if each in places]
    return (known[0] if known else "") or formats.MOSCOW


def _wants(row: WaitingRow, *, zone: str) -> str:
    """Return what is waited for: before which visit, on which days and at which hours."""
    today = formats.local_day(clock.now(), zone)
    when = window_words(row.window, today=today)
    if not row.has_visit:
        return when
    before = "раньше своей записи"
    if row.visit_at is not None:
        day = formats.day_month(formats.local_day(row.visit_at, zone), today=today)
        before = f"раньше {day}, {formats.clock(row.visit_at, zone)}"
    return ", ".join(each for each in (before, when) if each)


def _offered(row: WaitingRow, *, names: Mapping[UUID, str]) -> str:
    if row.offer is None:
        return ""
    offer = row.offer
    day = formats.day_month(
        formats.local_day(offer.key.start, offer.zone), today=formats.local_day(clock.now(), offer.zone)
    )
    when = f"{day}, {formats.clock(offer.key.start, offer.zone)}"
    whom = f", {names.get(offer.key.practitioner_id, '')}" if row.specialty else ""
    return f"{when}{whom}, до\u00a0{formats.clock(offer.until, offer.zone)}"

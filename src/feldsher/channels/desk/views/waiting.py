"""The waiting list: who waits for which doctor, in their order, and what is kept for them now."""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import WaitingRow
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats


@dataclass(frozen=True, slots=True)
class _Line:
    """One who waits, in words."""

    doctor: str
    position: int
    who: str = field(repr=False)
    wants: str
    place: str
    offered: str


@staff_page(Action.BOOK_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the whole list; nothing is done here."""
    rows = scheduling.waiting_list(staff)
    doctors = directory.practitioner_cards({row.practitioner_id for row in rows})
    places = {place.id: place for place in directory.locations()}
    lines = []
    for row in rows:
        place = places.get(row.location_id) if row.location_id else None
        zone = (place.zone if place else "") or formats.MOSCOW
        doctor = doctors.get(row.practitioner_id)
        lines.append(
            _Line(
                doctor=doctor.name if doctor else "",
                position=row.position,
                who=", ".join(part for part in (row.name, row.phone) if part),
                wants=_wants(row, zone=zone),
                place=place.name if place else "любой филиал",
                offered=_offered(row, zone=zone),
            )
        )
    return page(request, staff, "waiting.html", {"lines": lines})


def _wants(row: WaitingRow, *, zone: str) -> str:
    today = formats.local_day(clock.now(), zone)
    if row.days is not None:
        first, last = (formats.day_month(day, today=today) for day in row.days)
        return f"с\u00a0{first} по\u00a0{last}"
    if row.visit_at is None:
        return "раньше своей записи"
    day = formats.day_month(formats.local_day(row.visit_at, zone), today=today)
    return f"раньше {day}, {formats.clock(row.visit_at, zone)}"


def _offered(row: WaitingRow, *, zone: str) -> str:
    if row.offered_at is None or row.until is None:
        return ""
    day = formats.day_month(
        formats.local_day(row.offered_at, zone), today=formats.local_day(clock.now(), zone)
    )
    return f"{day}, {formats.clock(row.offered_at, zone)}, до\u00a0{formats.clock(row.until, zone)}"

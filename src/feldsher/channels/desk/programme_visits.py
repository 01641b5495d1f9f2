"""The visits of a programme that a person asked for: free times of one day in one branch, service by service.

Each time is taken by the desk's own booking; what is no visit of a doctor's there is told so.
"""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.scopes import Scope, address
from feldsher.channels.frontend.form_keys import fresh_key
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import CallCard, OpenSlot, ProgrammeDay
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock, formats

_MOST_DOCTORS, _MOST_TIMES = 4, 8
"""Of a service: who speaks with the person chooses among few, and the page of booking has the rest."""


@dataclass(frozen=True, slots=True)
class DoctorTimes:
    """A doctor's first free times of the day (clock, token), and the page of booking for all of them.

    `is_stale`: nobody knows the times now, which is another thing than none being free.
    """

    name: str
    times: tuple[tuple[str, str], ...]
    url: str
    is_stale: bool = False


def programme_visits(request: HttpRequest, staff: Staff, call: CallCard) -> dict[str, object]:
    """Return what the page of a call shows of a programme: nothing where it is about none.

    Services without doctors are named alone, and so are all for who may not book, and where nobody books
    online. The day is the address's, else the first one that has a time for each visit, else today. Of the
    doctors of a service those with times come first.
    """
    if not call.service_ids:
        return {}
    names = directory.service_cards(set(call.service_ids))
    place = next((each for each in directory.locations() if each.id == call.location_id), None)
    wanted = [each for each in call.service_ids if each in names]
    if place is None or not has_booking() or not can(staff, Action.BOOK_VISITS):
        return {"visits": [(names[each].name, ()) for each in wanted]}
    today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
    given = {each: directory.practitioner_ids(service=each, location=place.id) for each in wanted}
    chosen = day_of(text_in(request.GET, "day"))
    found = scheduling.programme_day_for_staff(
        staff,
        {service: doctors for service, doctors in given.items() if doctors},
        location=place.id,
        first=today,
        day=max(chosen, today) if chosen else None,
    )
    shown = {each: _first(doctors, found.times.get(each, ())) for each, doctors in given.items()}
    cards = directory.practitioner_cards({each for doctors in shown.values() for each in doctors})
    visits = [
        (names[each].name, tuple(_doctor(cards[doctor], (each, place), found) for doctor in doctors))
        for each, doctors in shown.items()
    ]
    return {
        "visits": visits,
        "day": found.day.isoformat(),
        "when": formats.sentence_case(formats.near_day(found.day, today=today)),
        "key": fresh_key(),
        "no_day": found.has_no_day,
    }


def _first(doctors: tuple[UUID, ...], times: tuple[OpenSlot, ...]) -> list[UUID]:
    """Return the doctors that are shown, by name as they come, those with times before the others."""
    free = {slot.key.practitioner_id for slot in times}
    return sorted(doctors, key=lambda each: each not in free)[:_MOST_DOCTORS]


def _doctor(doctor: PractitionerCard, scope: tuple[UUID, LocationCard], found: ProgrammeDay) -> DoctorTimes:
    service, place = scope
    slots = [each for each in found.times.get(service, ()) if each.key.practitioner_id == doctor.id]
    return DoctorTimes(
        formats.short_name(doctor.family, doctor.given, doctor.middle),
        tuple((formats.clock(slot.key.start, place.zone), slot.token) for slot in slots[:_MOST_TIMES]),
        address("book", [*Scope(doctor.id, service, place.id).carried, ("day", found.day.isoformat())]),
        is_stale=doctor.id in found.stale,
    )

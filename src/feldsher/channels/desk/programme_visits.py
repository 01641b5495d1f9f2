"""The visits of a programme that a person asked for: free times of one day in one branch, service by service.

Each time is taken by the desk's own booking; what is no visit of a doctor's there is told so.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.scopes import Scope, address
from feldsher.channels.frontend.form_keys import fresh_key
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.errors import ScheduleStaleError
from feldsher.domain.scheduling.types import CallCard
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
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

    Services without doctors, and for who may not book, are named alone. The day is the address's, else the
    first one that has a time for each visit, else today.
    """
    if not call.service_ids:
        return {}
    names = directory.service_cards(set(call.service_ids))
    place = next((each for each in directory.locations() if each.id == call.location_id), None)
    wanted = [each for each in call.service_ids if each in names]
    if place is None or not can(staff, Action.BOOK_VISITS):
        return {"visits": [(names[each].name, ()) for each in wanted]}
    today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
    doctors = {
        each: directory.practitioners(service=each, location=place.id, limit=_MOST_DOCTORS)[0]
        for each in wanted
    }
    chosen = day_of(text_in(request.GET, "day"))
    given = {each: [doctor.id for doctor in found] for each, found in doctors.items() if found}
    shared = None if chosen else scheduling.shared_day_for_staff(staff, given, location=place.id, first=today)
    day = max(chosen or shared or today, today)
    visits = [
        (names[each].name, tuple(_doctor(staff, doctor, (each, place), day) for doctor in found))
        for each, found in doctors.items()
    ]
    when = formats.sentence_case(formats.near_day(day, today=today))
    has_none = bool(given) and not chosen and shared is None
    return {"visits": visits, "day": day.isoformat(), "when": when, "key": fresh_key(), "no_day": has_none}


def _doctor(
    staff: Staff, doctor: PractitionerCard, scope: tuple[UUID, LocationCard], day: date
) -> DoctorTimes:
    service, place = scope
    name = formats.short_name(doctor.family, doctor.given, doctor.middle)
    url = address("book", [*Scope(doctor.id, service, place.id).carried, ("day", day.isoformat())])
    try:
        found = scheduling.times_for_staff(staff, doctor.id, location=place.id, service=service, day=day)
    except ScheduleStaleError:
        return DoctorTimes(name, (), url, is_stale=True)
    times = tuple((formats.clock(slot.key.start, place.zone), slot.token) for slot in found[:_MOST_TIMES])
    return DoctorTimes(name, times, url)

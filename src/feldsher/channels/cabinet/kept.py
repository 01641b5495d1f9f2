"""What a device may keep of visits for when it has no connection: when, where, and a phone to call.

Nothing of whom, to whom and what for: whoever holds the device reads it.
"""

import json
from collections.abc import Iterable

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling.types import AppointmentCard, OwnVisits, State
from feldsher.kernel import clock, formats
from feldsher.kernel.phone import format_phone, parse_phone

_KEPT = {State.BOOKED, State.ARRIVED}
_REMOTE = "Онлайн"


def kept_visits(found: Iterable[OwnVisits]) -> str:
    """Return what the page's script keeps, as JSON: confirmed visits to come, by time; none that is lent.

    `until` is the end of the visit, in milliseconds of the epoch: it is not shown after it.
    """
    visits = sorted(
        (visit for own in found if own.person.grant is None for visit in own.coming if visit.state in _KEPT),
        key=lambda visit: (visit.key.start, visit.id),
    )
    places = {place.id: place for place in directory.locations()} if visits else {}
    return json.dumps(
        [_line(visit, places.get(visit.key.location_id)) for visit in visits], ensure_ascii=False
    )


def _line(visit: AppointmentCard, place: LocationCard | None) -> dict[str, object]:
    start, zone = visit.key.start, visit.zone
    day, today = formats.local_day(start, zone), formats.local_day(clock.now(), zone)
    phone = place.phone if place else ""
    canonical = parse_phone(phone)
    where = place.where if place else ""
    return {
        "day": formats.sentence_case(formats.spoken_day(day, today=today)),
        "time": formats.clock(start, zone),
        "zone": formats.zone_words(zone, at=start),
        "where": _REMOTE if visit.key.is_remote else where,
        "phone": format_phone(canonical) if canonical else phone,
        "until": int(visit.end.timestamp() * 1000),
    }

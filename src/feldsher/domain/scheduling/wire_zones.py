"""The offset that a MIS sends, held against the zone of the branch.

Wall times without an offset become instants by the Location's zone. A MIS that takes the branch for another
zone means other instants by the same numbers, and every visit would be hours off: nothing of such a branch is
offered until one of the two is corrected.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.models import Availability
from feldsher.domain.scheduling.normaliser import Normalised
from feldsher.domain.scheduling.ports import RemoteOffset


def mismatched(offsets: Iterable[RemoteOffset], *, zones: Mapping[str, str]) -> dict[str, str]:
    """Return the remote branches whose zone the MIS knows otherwise, each with a sentence for staff.

    `zones` are the IANA zones of the branches by the MIS's ids; a branch that isn't there is not judged.
    """
    found: dict[str, str] = {}
    for told in offsets:
        zone = zones.get(told.location_id)
        if zone is None:
            continue
        ours = _minutes(zone, told.day)
        if told.minutes != ours:
            found[told.location_id] = (
                f"филиал {told.location_id} остановлен: МИС считает его время UTC{_spelt(told.minutes)},"
                f" а в справочнике {zone} (UTC{_spelt(ours)}); исправьте одно из двух"
            )
    return found


def withdraw(mis: str, found: Normalised, *, locations: Iterable[UUID], first: date) -> None:
    """Take away all that the mirror has of these branches from a UTC day on, whoever the answer names."""
    pairs = Availability.objects.filter(mis=mis, location__in=list(locations), day__gte=first)
    for practitioner, location in pairs.values_list("practitioner", "location").distinct():
        found.covered[practitioner, location] = (first, date.max)


def _minutes(zone: str, day: date) -> int:
    offset = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def _spelt(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes >= 0 else "\u2212"
    return f"{sign}{hours}:{rest:02}" if rest else f"{sign}{hours}"

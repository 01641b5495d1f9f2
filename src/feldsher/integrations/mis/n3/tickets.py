"""The tickets of one doctor, as the hub shows them to one patient.

A ticket is a place with an id and a length of its own: it is never cut, joined or taken for another. Its id
is used again, so that a ticket is the same only if its id and its begin are (contract §7, trap 8).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from feldsher.domain.scheduling.ports import RemoteResource, Window
from feldsher.integrations.mis.n3 import times
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.listing import id_of
from feldsher.integrations.mis.n3.wire import Parameters, Row, is_id, rows, text_of
from feldsher.kernel.clock import WallTime

LEAST_DAYS = 14
"""Days that one doctor is asked for at least, so that "nothing is free" is seldom an empty answer."""
MOST_TICKETS = 20_000
_FAR = timedelta(days=400)
_LONGEST = timedelta(days=1)


class DamagedError(Exception):
    """A doctor's answer can't be read whole. The text holds no data of anyone."""


@dataclass(frozen=True, slots=True)
class Ticket:
    id: str
    begin: WallTime
    end: WallTime
    room: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """`tickets` are those of the asked days; `has_any` says whether there was one on any day.

    `reason` is NotAvailableReasonCode: why this patient is shown none.
    """

    tickets: tuple[Ticket, ...]
    has_any: bool
    reason: str = ""


class Tickets:
    """Thread-safe. Every read raises NotSentError, LostError or RefusedError."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def of(
        self,
        resource: RemoteResource,
        window: Window,
        *,
        patient: str | None = None,
        seconds: float | None = None,
    ) -> Told:
        """Return the free tickets of a doctor as a patient sees them (None: whoever reads schedules).

        Raises DamagedError too.
        """
        lpu = resource.location_id
        who: Parameters = self._door.viewer(lpu) if patient is None else (("idPat", patient),)
        asked = self._asked(resource, window)
        told = self._door.call(
            "GetAvaibleAppointments", [*asked[:2], *who, *asked[2:]], seconds=seconds
        )  # fmt: skip
        found = _read(rows(told, "ListAppointments"), window)
        inside = tuple(one for one in found if window.first <= one.begin.day <= window.last)
        return Told(inside, bool(found), text_of(told, "NotAvailableReasonCode"))

    def is_full(self, resource: RemoteResource, window: Window, *, seconds: float | None = None) -> bool:
        """Whether the working time says that the doctor works on those days and has no ticket on any."""
        told = self._door.call("GetWorkingTime", self._asked(resource, window), seconds=seconds)
        days = [row.get("RecordableDay", "").lower() for row in rows(told, "WorkingTimeList")]
        return bool(days) and all(recordable in {"false", "0"} for recordable in days)

    def _asked(self, resource: RemoteResource, window: Window) -> list[tuple[str, str]]:
        profile = self._door.profile
        start, end = times.bounds(window, bare=profile.bare_days)
        return [
            ("idDoc", id_of(resource, profile)),
            ("idLpu", resource.location_id),
            ("visitStart", start),
            ("visitEnd", end),
        ]


def widened(window: Window, *, most: int) -> Window:
    days = min(LEAST_DAYS, most)
    return Window(window.first, max(window.last, window.first + timedelta(days=days - 1)))


def _read(told: Iterable[Row], window: Window) -> tuple[Ticket, ...]:
    """Read every ticket or none: half of a day taken for the whole would take away time that is free."""
    found: dict[str, Ticket] = {}
    for row in told:
        if len(found) >= MOST_TICKETS:
            raise DamagedError("too many tickets")
        number = row.get("IdAppointment", "")
        if not is_id(number):
            raise DamagedError("a ticket without an id")
        try:
            begin, end = times.moment(row.get("VisitStart", "")), times.moment(row.get("VisitEnd", ""))
        except ValueError:
            raise DamagedError("a time that can't be read") from None
        if abs(begin.day - window.first) > _FAR:
            raise DamagedError("a ticket of another age")
        if not begin < end or end.day - begin.day > _LONGEST:
            raise DamagedError("a ticket that ends before it begins, or days later")
        place = " ".join(f"{row.get('Address', '')} {row.get('Room', '')}".split()) if row.get("Room") else ""
        ticket = Ticket(number, begin, end, place)
        if found.setdefault(number, ticket) != ticket:
            raise DamagedError("a ticket told twice, at two times")
    return tuple(found.values())

"""What the system really holds, and a registrar at the phone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from testbench.infoclinica import network
from testbench.infoclinica.base import Base, Card, Closing, Record, RefusedError
from testbench.infoclinica.faults import Faults
from testbench.infoclinica.network import Branch, Doctor
from testbench.inspection import Fields, Inspection, instant, minutes_of, word
from testbench.refusal import Refusal

USUAL_MINUTES = 30
T = TypeVar("T", Branch, Card, Doctor, Record)


class ClinicInspection(Inspection):
    """`reset` makes the simulator new."""

    def __init__(self, base: Base, faults: Faults, *, reset: Callable[[], None]) -> None:
        super().__init__(faults)
        self._base = base
        self._reset_all = reset
        self._gets["state"] = self._state
        self._posts |= {
            "book": self._book,
            "cancel": self._cancel,
            "close": self._close,
            "reset": self._reset,
        }

    def _state(self) -> object:
        with self._base.lock:
            return {
                "resources": [{"id": str(one.id), "name": one.name} for one in network.DOCTORS],
                "locations": [
                    {"id": str(one.id), "name": one.name, "zone": one.zone.key} for one in network.BRANCHES
                ],
                "bookings": [_booking(record) for record in self._base.records.values()],
                "cards": [{"id": card.id, "phone": card.phone} for card in self._base.cards.values()],
                "queued": [change.id for change in self._base.changes],
            }

    def _book(self, fields: Fields) -> object:
        doctor, start = word(fields, "resource"), instant(fields, "start")
        one = _by_id(network.BRANCHES, word(fields, "location"))
        local = start.astimezone(one.zone)
        begin = local.hour * 60 + local.minute
        end = begin + (minutes_of(fields, start=start) or USUAL_MINUTES)
        day = local.date()
        for interval in network.intervals(one, now=self._base.clock(), first=day, last=day):
            is_inside = interval.hours.begin <= begin < end <= interval.hours.end
            if is_inside and str(interval.doctor.id) == doctor:
                client = word(fields, "client", default="")
                stranger = Card(0, "Звонкова", "Регина", "", "+70000000000", "")
                card = _by_id(self._base.cards.values(), client) if client else self._base.add_card(stranger)
                record = Record(
                    0, one, interval.doctor.id, interval.ident, day, begin, end, card.id, source="clerk"
                )
                with _refusing():
                    return _booking(self._base.reserve(record))
        raise Refusal("no such working time", code="not_working")

    def _cancel(self, fields: Fields) -> object:
        record = _by_id(self._base.records.values(), word(fields, "id"))
        with _refusing():
            return _booking(self._base.remove(record.id, record.branch))

    def _close(self, fields: Fields) -> object:
        doctor = _by_id(network.DOCTORS, word(fields, "resource"))
        self._base.closings[doctor.id] = Closing(word(fields, "label"), word(fields, "text", default=""))
        return {}

    def _reset(self, _: Fields) -> object:
        self._reset_all()
        return {}


def _by_id(rows: Iterable[T], number: str) -> T:
    for row in rows:
        if str(row.id) == number:
            return row
    raise Refusal(f"there is no {number}", code="not_found")


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell the refusal of the base in the words of this API."""
    try:
        yield
    except RefusedError as refused:
        raise Refusal(refused.comment) from refused


def _booking(record: Record) -> dict[str, object]:
    return {
        "id": str(record.id),
        "resource": str(record.doctor),
        "location": str(record.branch.id),
        "start": record.start.astimezone(record.branch.zone).isoformat(),
        "end": record.finish.astimezone(record.branch.zone).isoformat(),
        "status": "booked" if record.removed_at is None else "cancelled",
        "client_ref": record.reference or None,
        "source": record.source,
        "client": record.card,
        "services": [part for part in record.services.split(",") if part],
    }

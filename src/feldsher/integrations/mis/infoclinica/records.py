"""A record of the schedule as it is told: after a reserve, in a patient's list, in the change queue.

All three have the same fields (contract §1.5); which block they stand in is told for some answers only, so a
record is whatever has a SCHEDID.
"""

from dataclasses import dataclass, field

from feldsher.domain.scheduling.ports import BookingQuery, RemoteSlot
from feldsher.integrations.mis.infoclinica import times
from feldsher.integrations.mis.infoclinica.envelope import Element, children, descendants, text, whole
from feldsher.integrations.mis.infoclinica.profile import is_id
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel.clock import WallTime


def ref_of(branch: str, record: str) -> str:
    """Return how we name a record: its SCHEDID is sent to the branch that has it, or it means another."""
    return f"{branch}-{record}"


@dataclass(frozen=True, slots=True)
class Record:
    """`begin` and `end` are None where the record doesn't tell them; other fields are empty then."""

    id: str
    branch: str
    doctor: str
    begin: WallTime | None
    end: WallTime | None
    reference: str
    is_removed: bool

    @property
    def minutes(self) -> int | None:
        if self.begin is None or self.end is None:
            return None
        return (self.end.seconds - self.begin.seconds) // 60

    def is_of(self, query: BookingQuery) -> bool:
        """Say whether it is the visit that is sought: by its own id where that is known, or by our reference.

        A record bears the reference under which it was made: of a visit that a registrar has moved since, or
        that was found on the patient's card, it is another than the visit has here. Without either the doctor
        and the time say it.
        """
        if query.ref == ref_of(self.branch or query.slot.resource.location_id, self.id):
            return True
        if self.reference:
            return self.reference == query.reference
        slot = query.slot
        return self.doctor == slot.resource.practitioner_id and self.begin == slot.begin

    def is_elsewhere(self, slot: RemoteSlot) -> bool:
        """Say whether it tells another branch or doctor than was asked."""
        resource = slot.resource
        return self.branch not in {"", resource.location_id} or self.doctor not in {
            "",
            resource.practitioner_id,
        }

    def differs_from(self, slot: RemoteSlot) -> bool:
        """Say whether it tells another branch, doctor or time than was asked."""
        return (
            self.is_elsewhere(slot)
            or self.begin not in {None, slot.begin.plus(0)}
            or self.minutes not in {None, slot.minutes}
        )


def read(row: Element) -> Record:
    """Read a record; raises ValueError. REMDATE is how the gateway marks what was removed."""
    ident = text(row, "SCHEDID")
    if not is_id(ident):
        raise ValueError("no SCHEDID")
    begin = end = None
    if text(row, "WORKDATE"):
        day = times.day(text(row, "WORKDATE"))
        begin = times.wall(day, text(row, "BHOUR"), text(row, "BMIN"))
        end = times.wall(day, text(row, "FHOUR"), text(row, "FMIN")) if text(row, "FHOUR") else None
    return Record(
        id=ident,
        branch=text(row, "FILIAL"),
        doctor=text(row, "DCODE"),
        begin=begin,
        end=end,
        reference=text(row, "EXTSCHEDID"),
        is_removed=bool(text(row, "REMDATE")),
    )


def read_info(element: Element) -> Record | None:
    """Return the record of a reserve's answer, None where it has none that can be read."""
    try:
        return next((read(row) for row in children(element, "SCHED_INFO")), None)
    except ValueError:
        return None


@dataclass(slots=True)
class Listed:
    """A list of records, page by page. `is_whole` only when it has as many as it says that there are.

    Records are counted once: a gateway that ignores paging sends its first page again.
    """

    records: list[Record] = field(default_factory=list)
    is_whole: bool = False
    _seen: set[str] = field(default_factory=set)
    _is_damaged: bool = False

    def add(self, element: Element) -> bool:
        """Take in a page; tell whether another may follow."""
        rows = [row for row in element.iter() if next(children(row, "SCHEDID"), None) is not None]
        fresh = [row for row in rows if text(row, "SCHEDID") not in self._seen]
        self._seen |= {text(row, "SCHEDID") for row in fresh}
        for row in fresh:
            try:
                self.records.append(read(row))
            except ValueError:
                self._is_damaged = True
        total = _total(element)
        self.is_whole = total is not None and len(self._seen) >= total and not self._is_damaged
        return bool(fresh) and total is not None and len(self._seen) < total


def _total(element: Element) -> int | None:
    """Return how many records there are in all, None where the answer doesn't say."""
    data = next(descendants(element, "RECORDSDATA"), None)
    try:
        return None if data is None else whole(text(data, "ITEMSNUMBER"))
    except BadDocumentError:
        return None

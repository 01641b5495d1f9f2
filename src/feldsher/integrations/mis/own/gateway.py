"""The port of scheduling over our own tables: free time is the working hours, a visit is scheduling's row.

There is nobody else to ask, so nothing is sent and no answer is lost. A visit is kept by the row that asks
for it, under its exclusion constraints; a second table of visits would be a second truth.
"""

from collections.abc import Mapping
from typing import Any

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling.ports import (
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    Capabilities,
    FindOutcome,
    Found,
    FreeTime,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.gateways import Lacking
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

_SECONDS = 60
_CAPABILITIES = Capabilities(
    semantics=SlotSemantics(shape=SlotShape.INTERVAL),
    has_reference=True,
    book_repeatable=True,
    overbooks=True,
    keeps_visits=False,
    settle_seconds=1,
)


def build(*, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]) -> "OwnGateway":
    """Make the gateway, which calls nobody; raises ValueError for an address, a login or an option."""
    del timeout
    if url or user or password:
        raise ValueError("leave out url, user and password: the own schedule lies in our own database")
    if options:
        raise ValueError(f"unknown option {min(options)!r}; it has none")
    return OwnGateway()


class OwnGateway(Lacking):
    """Implements `MisGateway`. Keeps nothing, so that it is thread-safe."""

    def capabilities(self) -> Capabilities:
        """Say that free is free: breaks are gaps, and scheduling takes its own visits out itself."""
        return _CAPABILITIES

    def directory(self) -> DirectorySnapshot:
        """Tell nothing and take nothing away: staff write the records themselves."""
        return DirectorySnapshot(as_of=clock.now(), completeness=Completeness.SUSPICIOUS_EMPTY)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Return the working hours, of everybody whose schedule is kept here, also of who has none."""
        as_of = clock.now()
        resources = {
            Workplace(doctor, location): RemoteResource(remote_id, str(location))
            for (doctor, location), remote_id in directory.kept_by(OWN_SCHEDULE).items()
        }
        if resource is not None:
            resources = {place: named for place, named in resources.items() if named == resource}
        work = roster.work(resources, first=window.first, last=window.last)
        return FreeTime(
            as_of=as_of,
            completeness=Completeness.FULL,
            resources=tuple(resources.values()),
            items=tuple(
                TimeItem(
                    resource=named,
                    kind=TimeKind.FREE,
                    begin=WallTime(each.day, stretch.begin * _SECONDS),
                    end=WallTime(each.day, stretch.end * _SECONDS),
                )
                for place, named in resources.items()
                for each in work[place]
                for stretch in each.stretches
            ),
        )

    def book(self, request: BookRequest) -> BookOutcome:
        """Say that the time is kept: the row that asks keeps it."""
        return Booked(request.reference)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        """Say that it is booked: whoever died between asking and answering has booked."""
        return Found(query.reference, "booked", query.slot.begin)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        del ref, reason
        return Cancelled()

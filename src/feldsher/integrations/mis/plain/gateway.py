"""The port of scheduling on a clinic's own system: reads here, writes in `visits`."""

from collections.abc import Callable, Mapping
from typing import Any

from feldsher.domain.directory.types import DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    Capabilities,
    ChangeBatch,
    FindOutcome,
    FreeTime,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    Window,
)
from feldsher.foundation.egress.client import HttpClient
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.gateways import Answer, Lacking, check_timeout, read
from feldsher.integrations.mis.plain import schedule
from feldsher.integrations.mis.plain.directory import read_directory
from feldsher.integrations.mis.plain.door import Door, RefusedError
from feldsher.integrations.mis.plain.profile import Profile, read_profile
from feldsher.integrations.mis.plain.visits import Visits
from feldsher.integrations.mis.plain.wire import BadAnswerError
from feldsher.kernel import clock

_SECRET_LENGTH = (20, 200)


def build(
    *, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]
) -> "PlainGateway":
    """Make the gateway; `password` is the shared secret, `timeout` the budget of one request in seconds.

    Raises ValueError with one sentence when the address, the secret or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    if user:
        raise ValueError("leave out user: the contract knows a secret only, as password")
    least, most = _SECRET_LENGTH
    if not least <= len(password) <= most or not all("!" <= sign <= "~" for sign in password):
        raise ValueError(f"password must be a secret of {least} to {most} visible ASCII characters")
    parsed = parsed_address(url)
    if parsed.query or parsed.fragment:
        raise ValueError("give the address without ? and #")
    transport = HttpClient(url.rstrip("/"), connections=profile.connections, limit=profile.max_bytes)
    return PlainGateway(Door(transport, secret=password, seconds=timeout), profile)


class PlainGateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, door: Door, profile: Profile) -> None:
        self._door = door
        self._profile = profile
        self._visits = Visits(door)

    def capabilities(self) -> Capabilities:
        """Visits may still lie in `free`, and a step is told per schedule: so a grid, where one is told."""
        return Capabilities(
            semantics=SlotSemantics(shape=SlotShape.GRID, bookings_removed=False, zone_on_wire=True),
            change_feed=self._profile.changes,
            has_reference=True,
            book_repeatable=True,
            frees_by_reference=True,
            reports_busy=True,
            max_window_days=self._profile.max_window_days,
            settle_seconds=self._profile.settle_seconds,
        )

    def directory(self) -> DirectorySnapshot:
        as_of = clock.now()
        seconds = self._profile.bulk_timeout
        return _read(lambda: read_directory(self._door.get("/directory", seconds=seconds), as_of=as_of))

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the schedule of one doctor in one branch, or of everybody."""
        seconds = self._profile.bulk_timeout if resource is None else None
        return _read(lambda: schedule.ask(self._door, window, resource=resource, seconds=seconds))

    def book(self, request: BookRequest) -> BookOutcome:
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Cancel by our reference. The reason stays here: the contract has no place for it."""
        del reason
        return self._visits.cancel(ref)

    def changes(self, cursor: str) -> ChangeBatch:
        return _read(lambda: schedule.ask_changes(self._door, cursor))


def _read(act: Callable[[], Answer]) -> Answer:
    return read(act, RefusedError, BadAnswerError)

"""The port of scheduling on one base of 1С: reads over OData, writes by the project's service."""

from collections.abc import Callable, Mapping
from typing import Any

from feldsher.domain.directory.types import DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    Capabilities,
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
from feldsher.integrations.mis.odata_1c.directory import read_directory
from feldsher.integrations.mis.odata_1c.odata import OData, RefusedError
from feldsher.integrations.mis.odata_1c.profile import Profile, read_profile
from feldsher.integrations.mis.odata_1c.schedule import read_free
from feldsher.integrations.mis.odata_1c.service import Service
from feldsher.integrations.mis.plain.visits import Visits
from feldsher.integrations.mis.plain.wire import BadAnswerError


def build(
    *, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]
) -> "ODataGateway":
    """Make the gateway of the base that is published at `url`; `timeout` is the budget of one request.

    Raises ValueError with one sentence when the address or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    if not user:
        raise ValueError("user and password are needed: those of a user of 1С")
    parsed = parsed_address(url)
    if parsed.query or parsed.fragment or "/odata/" in url or "/hs/" in url:
        raise ValueError("give the address at which the base is published, without /odata, /hs, ? and #")
    transport = HttpClient(
        url.rstrip("/"),
        user=user,
        password=password,
        connections=profile.connections,
        limit=profile.max_bytes,
    )
    odata = OData(transport, page=profile.page, form=profile.format)
    return ODataGateway(odata, Service(transport, booking=profile.booking, seconds=timeout), profile, timeout)


class ODataGateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, odata: OData, service: Service, profile: Profile, seconds: float) -> None:
        self._odata = odata
        self._profile = profile
        self._seconds = seconds
        self._visits = Visits(service)

    def capabilities(self) -> Capabilities:
        """Visits and breaks may still lie in `free`; cells tell their step, so it is a grid where they do."""
        return Capabilities(
            semantics=SlotSemantics(shape=SlotShape.GRID, breaks_removed=False, bookings_removed=False),
            has_reference=True,
            book_repeatable=True,
            frees_by_reference=self._profile.booking.closes_references,
            reports_busy=True,
            max_window_days=self._profile.max_window_days,
            settle_seconds=self._profile.settle_seconds,
        )

    def directory(self) -> DirectorySnapshot:
        return _read(lambda: read_directory(self._odata, self._profile))

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the time of one doctor in one branch, or of everybody."""
        seconds = self._profile.reading_seconds if resource is None else self._seconds
        return _read(
            lambda: read_free(self._odata, self._profile, window, resource=resource, seconds=seconds)
        )

    def book(self, request: BookRequest) -> BookOutcome:
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Cancel by our reference. The reason stays here: the contract has no place for it."""
        del reason
        return self._visits.cancel(ref)


def _read(act: Callable[[], Answer]) -> Answer:
    return read(act, RefusedError, BadAnswerError)

"""The port of scheduling on one ИНФОКЛИНИКА: reads here, writes in `visits`."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    Capabilities,
    ChangeBatch,
    FindOutcome,
    FreeTime,
    GatewayUnavailableError,
    MoveOutcome,
    PatientOutcome,
    PatientRef,
    Person,
    RemoteOffset,
    RemoteResource,
    RemoteSlot,
    RemoteVisit,
    SlotSemantics,
    SlotShape,
    TimeItem,
    Window,
)
from feldsher.foundation.egress.client import HttpClient, client_identity
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.gateways import Answer, Lacking, check_timeout, read
from feldsher.integrations.mis.infoclinica import door, schedule
from feldsher.integrations.mis.infoclinica.access import Access, CertificateAccess, TokenAccess
from feldsher.integrations.mis.infoclinica.directory import Branch, read_branches, read_directory
from feldsher.integrations.mis.infoclinica.door import Door, RefusedError
from feldsher.integrations.mis.infoclinica.feed import Feed
from feldsher.integrations.mis.infoclinica.patients import Patients
from feldsher.integrations.mis.infoclinica.profile import Profile, read_profile
from feldsher.integrations.mis.infoclinica.schedule import Question, Schedule
from feldsher.integrations.mis.infoclinica.visits import MOVING, Visits
from feldsher.kernel import clock


def build(
    *, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]
) -> "InfoclinicaGateway":
    """Make the gateway of one network; `timeout` is the budget of one request in seconds.

    Raises ValueError with one sentence when the address, a file or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    if profile.auth == "oauth2" and profile.grant == "password" and not (user and password):
        raise ValueError("the grant password needs user and password")
    address = _checked(url, profile)
    identity = None
    if profile.auth == "certificate":
        identity = client_identity(profile.certificate, key=profile.key, authorities=profile.authorities)
    transport = HttpClient(
        address, connections=profile.connections, limit=profile.max_bytes, identity=identity
    )
    access: Access
    if profile.auth == "certificate":
        access = CertificateAccess(profile.forwarded_host or parsed_address(address).host)
    else:
        access = TokenAccess(transport, profile, user, password)
    return InfoclinicaGateway(Door(transport, access, profile, timeout))


def _checked(url: str, profile: Profile) -> str:
    """Return the address without the path that every installation has."""
    parsed = parsed_address(url)
    if parsed.query or parsed.fragment:
        raise ValueError("give the address without a query")
    if profile.auth == "certificate" and parsed.scheme != "https":
        raise ValueError("auth certificate needs an https address")
    return url.rstrip("/").removesuffix(door.PATH)


class InfoclinicaGateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._profile = door.profile
        self._patients = Patients(door)
        self._visits = Visits(door, self._patients)
        self._feed = Feed(door)

    def capabilities(self) -> Capabilities:
        return Capabilities(
            # Of two working intervals at one time the taken one wins, so that taken time is subtracted anew.
            semantics=SlotSemantics(shape=SlotShape.GRID, bookings_removed=False, zone_on_wire=True),
            change_feed=True,
            needs_patient=True,
            can_move=True,
            move_keeps_ref=True,
            can_find_by_patient=True,
            lists_visits=True,
            has_reference=True,
            reports_busy=True,
            max_window_days=self._profile.max_window_days,
            settle_seconds=self._profile.settle_seconds + ceil(MOVING * self._door.seconds),
        )

    def directory(self) -> DirectorySnapshot:
        """Read branches, doctors of each, and the prices of each department in each branch."""
        return _read(lambda: read_directory(self._door))

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the schedule of one doctor in one branch, or of everybody: two requests and more a branch.

        A branch that does not answer fails the whole: its older times would otherwise pass for fresh.
        """
        return _read(lambda: self._free(window, resource))

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        """Find or make the card, which is one for all branches."""
        del location_id
        return self._patients.ensure(person)

    def book(self, request: BookRequest) -> BookOutcome:
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        return _read(lambda: self._visits.of_card(patient.id, location_id))

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        return self._visits.move(ref, request=request, old=old)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Remove the record; the gateway has no place for a reason."""
        del reason
        return self._visits.cancel(ref)

    def changes(self, cursor: str) -> ChangeBatch:
        return _read(lambda: self._feed.read(cursor))

    def ack(self, token: str) -> None:
        _read(lambda: self._feed.accept(token))

    def _free(self, window: Window, resource: RemoteResource | None) -> FreeTime:
        as_of = clock.now()
        warnings: list[str] = []
        seconds = self._profile.bulk_timeout if resource is None else None
        branches = read_branches(self._door, warnings)
        if resource is not None:
            branches = tuple(branch for branch in branches if branch.id == resource.location_id)
        offsets: list[RemoteOffset] = []
        items: list[TimeItem] = []
        resources: set[RemoteResource] = set()
        for branch in branches:
            doctor = "" if resource is None else resource.practitioner_id
            found = schedule.ask(self._door, Question(branch.id, window, doctor=doctor), seconds=seconds)
            offsets += _offsets(branch, found, window)
            items += schedule.items(found, self._profile)
            resources |= schedule.named(found)
            warnings += found.warnings
        if resources:
            completeness = Completeness.FULL
        else:
            completeness = Completeness.PARTIAL if warnings else Completeness.SUSPICIOUS_EMPTY
        return FreeTime(
            as_of=as_of,
            completeness=completeness,
            resources=tuple(sorted(resources, key=lambda one: (one.location_id, one.practitioner_id))),
            items=tuple(items),
            warnings=tuple(warnings),
            offsets=tuple(offsets),
        )


def _offsets(branch: Branch, found: Schedule, window: Window) -> list[RemoteOffset]:
    """Return every TIMEZONE that the branch claims: its own, and those of its intervals that differ."""
    told = {} if branch.offset is None else {branch.offset: window.first}
    for stint in found.stints:
        if stint.offset is not None:
            told.setdefault(stint.offset, stint.begin.day)
    return [RemoteOffset(branch.id, day, hours * 60) for hours, day in told.items()]


def _read(act: Callable[[], Answer]) -> Answer:
    try:
        return read(act)
    except RefusedError as error:
        raise GatewayUnavailableError(f"refused: {error.text or error}") from None

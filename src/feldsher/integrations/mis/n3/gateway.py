"""The port of scheduling on one HubService."""

import re
from collections.abc import Mapping
from math import ceil
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
    MoveOutcome,
    PatientOutcome,
    PatientRef,
    Person,
    RemoteResource,
    RemoteSlot,
    RemoteVisit,
    ReportOutcome,
    SlotSemantics,
    SlotShape,
    VisitEnd,
    Window,
)
from feldsher.foundation.egress.client import HttpClient
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.gateways import Lacking, check_timeout, read
from feldsher.integrations.mis.n3.directory import read_directory
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.freetime import read_free
from feldsher.integrations.mis.n3.meaning import Meanings
from feldsher.integrations.mis.n3.patients import Patients
from feldsher.integrations.mis.n3.profile import Profile, read_profile
from feldsher.integrations.mis.n3.tickets import DamagedError, Tickets
from feldsher.integrations.mis.n3.visits import Visits
from feldsher.integrations.mis.n3.wire import RefusedError
from feldsher.kernel.clock import WallTime

LOOKS = 2
"""Calls that may be made before SetAppointment leaves: a late commit counts from there."""
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)


def build(*, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]) -> "N3Gateway":
    """Make the gateway of one HubService; `password` is the token, `timeout` the seconds of one call.

    Raises ValueError with one sentence when the address, the token or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    parsed = parsed_address(url)
    if parsed.fragment or parsed.query:
        raise ValueError("give the address without ? and #")
    if user:
        raise ValueError("leave out user: the hub knows a token only, as password")
    if not _GUID.fullmatch(password):
        raise ValueError("password must be the token that N3 gave to the site, a GUID")
    transport = HttpClient(url, connections=profile.connections, limit=profile.max_bytes)
    return N3Gateway(Door(transport, guid=password, profile=profile, seconds=timeout), profile)


class N3Gateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, door: Door, profile: Profile) -> None:
        self._door = door
        self._profile = profile
        self._tickets = Tickets(door)
        meanings = Meanings(door)
        self._patients = Patients(door, meanings)
        self._visits = Visits(door, self._tickets, self._patients, meanings)

    def capabilities(self) -> Capabilities:
        profile = self._profile
        return Capabilities(
            semantics=SlotSemantics(shape=SlotShape.TICKET, duration_applied=True),
            needs_patient=True,
            free_per_patient=True,
            can_move=profile.moves,
            can_find_by_patient=True,
            lists_visits=True,
            needs_birth_date=profile.needs_birth_date,
            max_window_days=profile.max_window_days,
            settle_seconds=profile.settle_seconds + ceil(LOOKS * self._door.seconds),
            reports=profile.reports,
        )

    def directory(self) -> DirectorySnapshot:
        """Read the LPUs, and of each its specialities and the doctors of every one."""
        return read(lambda: read_directory(self._door), RefusedError)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the tickets of one doctor in one LPU, or of everybody, as the profile's viewer sees them."""
        return read(
            lambda: read_free(self._door, self._tickets, window, resource=resource),
            RefusedError,
            DamagedError,
        )

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        return self._patients.ensure(person, lpu=location_id)

    def book(self, request: BookRequest) -> BookOutcome:
        """Look at the ticket once more, then take it. The wish stays here: the hub has no place for it."""
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        """Read the history of a card in its LPU: visits that stand, without their length."""
        return read(lambda: self._visits.of_card(patient.id, location_id), RefusedError, DamagedError)

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        """Take another ticket in place of the first, where the profile says that this МИС can.

        Where the first must stand is in its reference.
        """
        del old
        if not self._profile.moves:
            self._refuse()
        return self._visits.move(ref, request=request)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Give the ticket back. The reason stays here: the hub has no place for it."""
        del reason
        return self._visits.cancel(ref)

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        return self._visits.report(ref, end=end, at=at)

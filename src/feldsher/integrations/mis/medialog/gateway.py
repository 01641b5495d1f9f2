"""The port of scheduling on one МЕДИАЛОГ."""

from collections.abc import Mapping
from datetime import timedelta
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
    PatientOutcome,
    PatientRef,
    Person,
    RemoteResource,
    RemoteVisit,
    SlotSemantics,
    SlotShape,
    Window,
)
from feldsher.foundation.egress.client import HttpClient
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.gateways import Lacking, check_timeout, read
from feldsher.integrations.mis.medialog.carrier import Carrier
from feldsher.integrations.mis.medialog.directory import read_directory
from feldsher.integrations.mis.medialog.freetime import read_free
from feldsher.integrations.mis.medialog.messages import RefusedError
from feldsher.integrations.mis.medialog.profile import Profile, read_profile
from feldsher.integrations.mis.medialog.schedules import Schedules
from feldsher.integrations.mis.medialog.visits import Visits
from feldsher.kernel import clock


def build(
    *, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]
) -> "MedialogGateway":
    """Make the gateway of one МЕДИАЛОГ; `timeout` is the budget of one request in seconds.

    Raises ValueError with one sentence when the address or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    parsed = parsed_address(url)
    if parsed.fragment or parsed.query.lower() == b"wsdl":
        raise ValueError("give the address without ?wsdl")
    transport = HttpClient(
        url,
        user=user,
        password=password,
        connections=profile.connections,
        limit=profile.max_bytes,
    )
    return MedialogGateway(Carrier(transport, profile=profile, seconds=timeout), profile)


class MedialogGateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, carrier: Carrier, profile: Profile) -> None:
        self._profile = profile
        self._schedules = Schedules(carrier, profile)
        self._visits = Visits(carrier, self._schedules, profile)

    def capabilities(self) -> Capabilities:
        profile = self._profile
        is_ticket = profile.slots == "tickets"
        return Capabilities(
            semantics=SlotSemantics(
                shape=SlotShape.TICKET if is_ticket else SlotShape.GRID, duration_applied=is_ticket
            ),
            needs_patient=bool(profile.patient_event),
            can_find_by_patient=bool(profile.visits_event),
            lists_visits=bool(profile.visits_event),
            has_reference=bool(profile.reference_field),
            max_window_days=profile.max_window_days,
            settle_seconds=profile.settle_seconds,
        )

    def directory(self) -> DirectorySnapshot:
        """Read models, schedules and visit kinds: a request for each model and each schedule."""
        return read(lambda: read_directory(self._schedules, self._profile), RefusedError)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the free slots of one doctor in one branch, or of everybody."""
        return read(
            lambda: read_free(self._schedules, self._profile, window, resource=resource), RefusedError
        )

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        return self._visits.ensure_patient(person, clinic=location_id)

    def book(self, request: BookRequest) -> BookOutcome:
        """Look once more, then write the visit."""
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        """Read the visits of a card in a branch, from yesterday on, as far as a window reaches."""
        first = clock.now().date() - timedelta(days=1)
        last = first + timedelta(days=self._profile.max_window_days)
        return read(
            lambda: self._visits.of_card(patient.id, location_id, first=first, last=last),
            RefusedError,
            ValueError,
        )

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        """Cancel by the clinic's own event, which has no field for a reason."""
        del reason
        return self._visits.cancel(ref)

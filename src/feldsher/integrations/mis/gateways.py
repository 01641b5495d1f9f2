"""What the gateways of all MISes share: what a MIS lacks, and a read that did not happen."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from feldsher.domain.scheduling.ports import (
    BookRequest,
    ChangeBatch,
    GatewayUnavailableError,
    HoldOutcome,
    MoveOutcome,
    PatientOutcome,
    PatientRef,
    Person,
    RemoteSlot,
    RemoteVisit,
    ReportOutcome,
    VisitEnd,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.kernel.clock import WallTime

Answer = TypeVar("Answer")


class Lacking:
    """The operations of the port that a MIS may lack; an adapter overrides those that its MIS has.

    Scheduling asks `capabilities()` and calls none that is lacking.
    """

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        del person, location_id
        self._refuse()

    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        del slot
        self._refuse()

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        del ref, request, old
        self._refuse()

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        del patient, location_id
        self._refuse()

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        del ref, end, at
        self._refuse()

    def changes(self, cursor: str) -> ChangeBatch:
        del cursor
        self._refuse()

    def ack(self, token: str) -> None:
        del token
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(f"{type(self).__name__} has no such operation; see capabilities()")


def read(act: Callable[[], Answer], *refusals: type[Exception]) -> Answer:
    """Return what a read brings; GatewayUnavailableError where it did not happen or ended in a refusal."""
    failures: tuple[type[Exception], ...] = (NotSentError, LostError, *refusals)
    try:
        return act()
    except failures as error:
        raise GatewayUnavailableError(str(error)) from None


def check_timeout(seconds: float) -> None:
    """Raise ValueError for a budget that no request could keep."""
    if seconds <= 0:
        raise ValueError("the timeout must be above zero")

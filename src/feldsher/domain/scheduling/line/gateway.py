"""The port once more, around the gateway of one MIS: each call waits for its turn, is timed and counted.

While the line rests, reads end at once in GatewayUnavailableError and writes in NotSent: both say that
nothing has left, so that whoever asked goes on later, and nothing is lost.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

from feldsher.domain.directory.types import DirectorySnapshot
from feldsher.domain.scheduling.line.breaker import Turn, settle, take_turn
from feldsher.domain.scheduling.line.endings import FAILED, Ending, ending_of
from feldsher.domain.scheduling.line.tally import Tally
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
    HoldOutcome,
    MisGateway,
    MoveOutcome,
    NotSent,
    PatientOutcome,
    PatientRef,
    Person,
    RemoteResource,
    RemoteSlot,
    RemoteVisit,
    ReportOutcome,
    VisitEnd,
    Window,
)
from feldsher.kernel.clock import WallTime

Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)
_HELD_BACK = "no call is made now: the MIS did not answer, or gets all the calls that it bears"


class GuardedGateway:
    """Implements MisGateway over another. Every call is made outside of transactions."""

    def __init__(self, mis: str, inner: MisGateway, *, calls_per_second: int, tally: Tally) -> None:
        self._mis = mis
        self._inner = inner
        self._calls_per_second = calls_per_second
        self._tally = tally

    def capabilities(self) -> Capabilities:
        return self._inner.capabilities()

    def directory(self) -> DirectorySnapshot:
        return self._read("directory", self._inner.directory)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        operation = "free" if resource is None else "free_of_doctor"
        return self._read(operation, lambda: self._inner.free(window, resource=resource))

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        return self._write(
            "ensure_patient", lambda: self._inner.ensure_patient(person, location_id=location_id)
        )

    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        return self._write("hold", lambda: self._inner.hold(slot))

    def book(self, request: BookRequest) -> BookOutcome:
        return self._write("book", lambda: self._inner.book(request))

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._read("find_booking", lambda: self._inner.find_booking(query), may_probe=False)

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        return self._write("move", lambda: self._inner.move(ref, request=request, old=old))

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        return self._read("visits_of", lambda: self._inner.visits_of(patient, location_id=location_id))

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        return self._write("cancel", lambda: self._inner.cancel(ref, reason=reason))

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        return self._write("report", lambda: self._inner.report(ref, end=end, at=at))

    def changes(self, cursor: str) -> ChangeBatch:
        return self._read("changes", lambda: self._inner.changes(cursor))

    def ack(self, token: str) -> None:
        self._read("ack", lambda: self._inner.ack(token))

    def _read(self, operation: str, act: Callable[[], Answer], *, may_probe: bool = True) -> Answer:
        turn = self._turn(operation, may_probe=may_probe)
        if turn is None:
            raise GatewayUnavailableError(_HELD_BACK)
        return self._made(operation, turn, act)

    def _write(self, operation: str, act: Callable[[], Answer]) -> Answer | NotSent:
        turn = self._turn(operation)
        return NotSent(_HELD_BACK) if turn is None else self._made(operation, turn, act)

    def _turn(self, operation: str, *, may_probe: bool = False) -> Turn | None:
        """Return the turn once it has come; None for a call that must not be made now."""
        if connection.in_atomic_block:
            raise RuntimeError(
                f"{operation} of a MIS is called within a transaction: its locks would wait too"
            )
        turn = take_turn(self._mis, calls_per_second=self._calls_per_second, may_probe=may_probe)
        if turn is None:
            self._tally.add(self._mis, operation, Ending.HELD_BACK, seconds=0)
        elif turn.wait:
            time.sleep(turn.wait)
        return turn

    def _made(self, operation: str, turn: Turn, act: Callable[[], Answer]) -> Answer:
        started = time.monotonic()
        ending, error = Ending.BROKEN, f"{operation}: the adapter failed"
        try:
            answer = act()
            ending = ending_of(answer)
            if ending in FAILED:
                error = f"{operation}: {getattr(answer, 'reason', ending)}"
        except GatewayUnavailableError as failure:
            ending, error = Ending.UNAVAILABLE, f"{operation}: {failure.detail}"
            raise
        finally:
            self._tally.add(self._mis, operation, ending, seconds=time.monotonic() - started)
            self._settle(turn, ending, error)
        return answer

    def _settle(self, turn: Turn, ending: Ending, error: str) -> None:
        """Tell the line; what the MIS answered is worth more than what the line knows."""
        try:
            settle(self._mis, turn, ending, error=error)
        except DatabaseError as trouble:
            _log.warning("%s: how a call ended could not be written: %s", self._mis, type(trouble).__name__)

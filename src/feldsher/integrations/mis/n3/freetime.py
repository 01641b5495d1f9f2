"""The free tickets of a whole window: one question a doctor, some at a time.

An empty list is a fact only with a second one beside it (contract §7, trap 7):
- free tickets of the doctor on other days of the same answer, which show that the question fits;
- working time of which no day is recordable (`working_time`);
- where other doctors of the same LPU have tickets in this very answer: a count of 0 in the doctor's list
  (`counts`), or a NotAvailableReasonCode.
Without any of them the doctor is not named, and nothing changes for him.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import FreeTime, RemoteResource, TimeItem, TimeKind, Window
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.listing import Doctor, again, doctors_of, resource_of
from feldsher.integrations.mis.n3.profile import Profile
from feldsher.integrations.mis.n3.tickets import DamagedError, Ticket, Tickets, Told, widened
from feldsher.integrations.mis.n3.wire import RefusedError
from feldsher.kernel import clock

MOST_WARNINGS = 20
READING_SECONDS = 600.0
"""How long a whole reading may take: a hub that swallows answers would hold looks at single days up."""


class _Proof(Enum):
    """How far the answer about a doctor may be believed."""

    TOLD = auto()
    FULL = auto()
    WEAK = auto()
    NONE = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class _Answer:
    resource: RemoteResource
    proof: _Proof
    tickets: tuple[Ticket, ...] = ()
    why: str = ""


def read_free(
    door: Door, tickets: Tickets, window: Window, *, resource: RemoteResource | None
) -> FreeTime:  # fmt: skip
    """Return the free time; raises NotSentError, LostError, RefusedError where nothing could be read.

    A doctor whose own answer fails twice, or does not come within READING_SECONDS of the whole, is left
    unnamed; where that is more than half, the reading failed.
    """
    as_of, profile = clock.now(), door.profile
    reader = _Reader(tickets, profile, window, until=time.monotonic() + READING_SECONDS)
    if resource is not None:
        known = [] if resource.location_id not in profile.lpus else [reader.one(resource)]
        return _told(as_of, known, profile)
    empty: list[str] = []
    strange: list[str] = []
    asked: list[Doctor] = []
    for lpu in profile.lpus:
        listed = doctors_of(door, lpu)
        if listed.strange:
            strange.append(f"{listed.strange} rows of the lists of LPU {lpu} have no id")
        if not listed.doctors:
            empty.append(f"the hub lists no doctors of LPU {lpu}: does the token fit?")
        asked += listed.doctors.values()
    answers = reader.each(asked)
    lost = [one.why for one in answers if one.proof is _Proof.LOST]
    if len(lost) * 2 > len(answers):
        raise LostError(lost[0])
    found = _told(as_of, answers, profile)
    completeness = found.completeness
    if empty and completeness is Completeness.FULL:
        completeness = Completeness.PARTIAL
    return replace(found, completeness=completeness, warnings=(*empty, *strange, *found.warnings))


@dataclass(frozen=True, slots=True)
class _Reader:
    tickets: Tickets
    profile: Profile
    window: Window
    until: float

    def one(self, resource: RemoteResource) -> _Answer:
        """Ask about one doctor: for more days than are wanted, so that an answer is seldom empty."""
        wide = widened(self.window, most=self.profile.max_window_days)
        told = self.tickets.of(resource, wide)
        first, last = self.window.first, self.window.last
        inside = tuple(ticket for ticket in told.tickets if first <= ticket.begin.day <= last)
        return self._judged(resource, Told(inside, told.has_any, told.reason), count=None, seconds=None)

    def each(self, asked: list[Doctor]) -> list[_Answer]:
        """Ask doctor by doctor, several at a time; one connection is left to whoever books meanwhile."""
        pool = ThreadPoolExecutor(max(self.profile.connections - 1, 1), thread_name_prefix="n3")
        try:
            return list(pool.map(self._ask, asked))
        finally:
            pool.shutdown(cancel_futures=True)

    def _ask(self, doctor: Doctor) -> _Answer:
        resource, seconds = resource_of(doctor.id, doctor.lpu, self.profile), self.profile.bulk_timeout
        if self.profile.counts == "trusted" and doctor.count == 0:
            return _Answer(resource, _Proof.WEAK)
        if time.monotonic() > self.until:
            return _Answer(resource, _Proof.LOST, why="the whole reading took too long")
        try:
            told = again(lambda: self.tickets.of(resource, self.window, seconds=seconds))
            return self._judged(resource, told, count=doctor.count, seconds=seconds)
        except (LostError, NotSentError) as error:
            return _Answer(resource, _Proof.LOST, why=str(error))
        except RefusedError as error:
            return _Answer(resource, _Proof.NONE, why=f"was refused: {error}")
        except DamagedError as error:
            return _Answer(resource, _Proof.NONE, why=f"can't be read: {error}")

    def _judged(
        self, resource: RemoteResource, told: Told, *, count: int | None, seconds: float | None
    ) -> _Answer:
        if told.has_any:
            return _Answer(resource, _Proof.TOLD, told.tickets)
        if self.profile.working_time and self._is_full(resource, seconds=seconds):
            return _Answer(resource, _Proof.FULL)
        if told.reason or (self.profile.counts != "ignored" and count == 0):
            return _Answer(resource, _Proof.WEAK)
        return _Answer(resource, _Proof.NONE)

    def _is_full(self, resource: RemoteResource, *, seconds: float | None) -> bool:
        try:
            return self.tickets.is_full(resource, self.window, seconds=seconds)
        except (LostError, NotSentError, RefusedError):
            return False


def _told(as_of: datetime, answers: list[_Answer], profile: Profile) -> FreeTime:
    open_lpus = {one.resource.location_id for one in answers if one.proof is _Proof.TOLD}
    named = [
        one
        for one in answers
        if one.proof in {_Proof.TOLD, _Proof.FULL}
        or (one.proof is _Proof.WEAK and one.resource.location_id in open_lpus)
    ]
    broken = [one for one in answers if one.why]
    if not named:
        completeness = Completeness.PARTIAL if broken else Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.FULL
    return FreeTime(
        as_of,
        completeness,
        tuple(one.resource for one in named),
        tuple(_item(one.resource, ticket, profile) for one in named for ticket in one.tickets),
        tuple(_names(broken)),
    )


def _names(broken: list[_Answer]) -> Iterable[str]:
    for one in broken[:MOST_WARNINGS]:
        place = one.resource
        yield f"the tickets of doctor {place.practitioner_id} in LPU {place.location_id}: {one.why}"
    if len(broken) > MOST_WARNINGS:
        yield f"and of {len(broken) - MOST_WARNINGS} doctors more"


def _item(resource: RemoteResource, ticket: Ticket, profile: Profile) -> TimeItem:
    return TimeItem(
        resource=resource,
        kind=TimeKind.FREE,
        begin=ticket.begin,
        end=ticket.end,
        room=ticket.room if profile.rooms == "guard" else "",
        ticket=ticket.id,
    )

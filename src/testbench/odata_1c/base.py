"""The base: schedules and documents of visits. Every write, a registrar's too, is under one lock.

A visit overlaps another of the same doctor, in whichever branch, and must lie in the doctor's hours.
"""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from testbench.clock import Clock
from testbench.odata_1c.model import BRANCHES, DAYS, SHIFTS, Branch, Shift, Visit
from testbench.refusal import Refusal

SUNDAY = 6
TAKEN = 0.15
PATIENTS = "Посетителев Иван"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Working time of one day; `is_break` is a pause within it that the schedule names."""

    shift: Shift
    day: date
    begin: time
    end: time
    is_break: bool = False


class Base:
    """Thread-safe."""

    def __init__(self, *, seed: int, clock: Clock) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self.reset(seed)

    def reset(self, seed: int) -> None:
        with self._lock:
            self._draw = random.Random(seed)
            self._visits: dict[str, Visit] = {}
            self._references: dict[str, str] = {}
            self._numbers = iter(range(1, 10_000_000))
            for stretch in self.stretches():
                self._fill(stretch)

    def _fill(self, stretch: Stretch) -> None:
        """Put visits of the demo into half-hours of the coming days."""
        start, end = _instants(stretch)
        while not stretch.is_break and start + timedelta(minutes=30) <= end:
            if self._draw.random() < TAKEN:
                self._put(stretch.shift, start, 30, source="demo", patient=PATIENTS)
            start += timedelta(minutes=30)

    def today(self, branch: Branch) -> date:
        return self._clock().astimezone(branch.zone).date()

    def stretches(self) -> Iterator[Stretch]:
        """Yield the working time of all doctors, and the pauses between its parts."""
        for shift in SHIFTS:
            first = self.today(shift.branch)
            for ahead in range(DAYS):
                day = first + timedelta(days=ahead)
                if day.weekday() == SUNDAY or shift.parity not in {None, day.toordinal() % 2}:
                    continue
                yield from _of_day(shift, day)

    def visits(self) -> tuple[Visit, ...]:
        with self._lock:
            return tuple(self._visits.values())

    def by_reference(self, reference: str) -> Visit | None:
        with self._lock:
            return self._visits.get(self._references.get(reference, ""))

    def book(
        self, reference: str, shift: Shift, start: datetime, minutes: int, *, patient: str, comment: str = ""
    ) -> Visit:
        """Write a visit of the site; a reference that is known is answered as it stands."""
        with self._lock:
            known = self.by_reference(reference)
            if known is not None:
                return known
            self._check(shift, start, minutes, patient)
            return self._put(
                shift, start, minutes, source="site", patient=patient, comment=comment, reference=reference
            )

    def book_by_clerk(self, shift: Shift, start: datetime, minutes: int, *, force: bool = False) -> Visit:
        with self._lock:
            if not force:
                self._check(shift, start, minutes, "")
            return self._put(shift, start, minutes, source="clerk", patient="Звонков Тест")

    def _check(self, shift: Shift, start: datetime, minutes: int, patient: str) -> None:
        end = start + timedelta(minutes=minutes)
        works = any(
            begins <= start and end <= ends
            for stretch in self.stretches()
            if stretch.shift == shift and not stretch.is_break
            for begins, ends in [_instants(stretch)]
        )
        standing = [
            one
            for one in self._visits.values()
            if one.status == "booked" and one.start < end and start < one.end
        ]
        if not works or any(one.doctor == shift.doctor.id for one in standing):
            raise Refusal("Время занято", code="taken")
        if patient and any(one.patient == patient for one in standing):
            raise Refusal("Пациент уже записан на это время", code="patient_conflict")

    def _put(
        self,
        shift: Shift,
        start: datetime,
        minutes: int,
        *,
        source: Literal["site", "clerk", "demo"],
        patient: str,
        comment: str = "",
        reference: str = "",
    ) -> Visit:
        visit = Visit(
            self._guid(), f"{next(self._numbers):09}", shift.doctor.id, shift.branch.id,
            start.astimezone(UTC), minutes, "booked", source, reference, patient, comment,
        )  # fmt: skip
        return self._keep(visit)

    def _keep(self, visit: Visit) -> Visit:
        self._visits[visit.id] = visit
        if visit.reference:
            self._references[visit.reference] = visit.id
        return visit

    def _guid(self) -> str:
        return str(UUID(int=self._draw.getrandbits(128), version=4))

    def close(self, reference: str) -> Visit:
        """Cancel by our caller's reference, and keep it from ever being booked (again)."""
        with self._lock:
            known = self.by_reference(reference)
            if known is not None:
                return self._keep(replace(known, status="cancelled"))
            return self._keep(
                Visit(self._guid(), "", "", "", self._clock(), 0, "cancelled", "site", reference=reference)
            )

    def cancel(self, number: str) -> Visit:
        """Let a registrar cancel a document by its guid."""
        with self._lock:
            known = self._visits.get(number)
            if known is None:
                raise Refusal("Документ не найден", code="not_found")
            if known.status == "cancelled":
                raise Refusal("Запись уже отменена", code="already_cancelled")
            return self._keep(replace(known, status="cancelled"))


def _of_day(shift: Shift, day: date) -> Iterator[Stretch]:
    for number, (begin, end) in enumerate(shift.hours):
        if number:
            yield Stretch(shift, day, shift.hours[number - 1][1], begin, is_break=True)
        yield Stretch(shift, day, begin, end)


def _instants(stretch: Stretch) -> tuple[datetime, datetime]:
    zone = stretch.shift.branch.zone
    return (
        datetime.combine(stretch.day, stretch.begin, zone).astimezone(UTC),
        datetime.combine(stretch.day, stretch.end, zone).astimezone(UTC),
    )


def branch_of(number: str) -> Branch:
    for branch in BRANCHES:
        if branch.id == number:
            return branch
    raise Refusal("Филиал не найден", code="unknown_party")


def shift_of(doctor: str, branch: str) -> Shift:
    for shift in SHIFTS:
        if (shift.doctor.id, shift.branch.id) == (doctor, branch):
            return shift
    raise Refusal("Врач здесь не принимает", code="unknown_party")

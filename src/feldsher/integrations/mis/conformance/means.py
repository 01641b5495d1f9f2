"""What a check is given besides the gateway: the operator's facts, a wire that can be cut, a bench."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.ports import Person, RemoteResource, RemoteSlot, Window

PATIENTS = (
    Person("Проверка", "Тестовая", "Несуществующая", "+70000000001", birth_date=date(1990, 1, 1)),
    Person("Проверка", "Вторая", "Несуществующая", "+70000000002", birth_date=date(1991, 2, 2)),
)
"""Who is booked: nobody could take them for a patient, and no phone begins so."""


class Struck(Protocol):
    @property
    def has_struck(self) -> bool: ...


Cut = Callable[[int, bool], AbstractContextManager[Struck]]
"""Loses the answer to the n-th request of its block; the flag: after the MIS has begun to answer."""
MOST_REQUESTS = 8
"""Of a call of more requests than that only the first ones are cut."""


class BenchRefusedError(Exception):
    """The simulator has no such thing; the text says what it answered."""


class Bench(Protocol):
    """A simulator's inspection API (docs/modules/testbench.md). Calls raise BenchRefusedError."""

    def fault(self, names: tuple[str, ...], operation: str, *, times: int, delay: float = 0) -> None:
        """Switch on the first of these faults that the simulator knows."""

    def well(self) -> None:
        """Switch off every fault that `fault` has switched on."""

    def standing(self, slot: RemoteSlot) -> list[str]:
        """Return who has what overlaps the slot in the registry: "site" for ours, or "clerk"."""

    def starts(self, slot: RemoteSlot) -> list[str]:
        """Return the instants (ISO 8601 with an offset) at which those visits begin."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an operator knows and the check could not find out.

    `works` and `breaks` are hours HH:MM of the test doctor on each of `days`; `zone` is the branch's. To
    write takes a doctor and days, and `may_write`.
    """

    days: Window
    doctor: RemoteResource | None = None
    works: tuple[str, str] | None = None
    breaks: tuple[tuple[str, str], ...] = ()
    zone: ZoneInfo | None = None
    may_write: bool = False
    ledger: Path | None = None

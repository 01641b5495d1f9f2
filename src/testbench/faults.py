"""The switchboard of faults: a tester switches them on, and each call draws whether one strikes it.

What a fault does is the simulator's; here is which calls it meets, how often and with what probability.
"""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Generic, TypeVar

from testbench.refusal import Refusal

LONGEST_DELAY = 3600.0
RIGHT_VALUES = (
    "name and operation must be strings, times a whole number from 0, probability from 0 to 1,"
    f" delay from 0 to {LONGEST_DELAY:g} seconds, hours a whole number"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: the operations that it meets of itself, and `more` that it meets if it is told to.

    `delay` (seconds) is for a fault that is told none. A kind that meets nothing is refused as not supported.
    """

    usual: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    delay: float = 0.0

    @property
    def possible(self) -> frozenset[str]:
        return self.usual | self.more


@dataclass(slots=True)
class Fault:
    """`operation` is one operation or a group, None the usual ones; `times` None means "until cleared".

    `delay` is in seconds, `hours` the shift of `wrong_zone`. Raises Refusal for a value that can't be.
    """

    name: str
    operation: str | None = None
    times: int | None = None
    probability: float = 1.0
    delay: float = 0.0
    hours: int = 3
    fired: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        is_right = (
            isinstance(self.name, str)
            and isinstance(self.operation, str | None)
            and (self.times is None or (_is_whole(self.times) and self.times >= 0))
            and _is_number(self.probability, most=1.0)
            and _is_number(self.delay, most=LONGEST_DELAY)
            and _is_whole(self.hours)
        )
        if not is_right:
            raise Refusal(RIGHT_VALUES, code="invalid")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object, *, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """Thread-safe. `make` is the simulator's own sort of Fault; `groups` name several operations at once."""

    def __init__(
        self,
        make: type[F],
        kinds: Mapping[str, Kind],
        *,
        groups: Mapping[str, frozenset[str]],
        seed: int = 1,
    ) -> None:
        self.make = make
        self._kinds = kinds
        self._groups = groups
        self._lock = threading.Lock()
        self.reset(seed)

    def reset(self, seed: int = 1) -> None:
        """Switch all off and reseed: the same seed draws the same."""
        with self._lock:
            self._random = random.Random(seed)
            self._faults: dict[tuple[str, str | None], F] = {}

    def put(self, fault: F) -> None:
        """Switch a fault on, or off with probability 0 or times 0; raises Refusal for what can't be."""
        kind = self._kinds.get(fault.name)
        if kind is None:
            raise Refusal(f"no fault is named {fault.name!r}", code="unknown_fault")
        if not kind.possible:
            raise Refusal(f"there is nothing here that {fault.name} could meet", code="not_supported")
        if not self._met(fault):
            raise Refusal(f"{fault.name} cannot meet {fault.operation!r}", code="unknown_operation")
        fault.delay = fault.delay or kind.delay
        with self._lock:
            self._faults.pop((fault.name, fault.operation), None)
            if fault.probability > 0 and fault.times != 0:
                self._faults[fault.name, fault.operation] = fault

    def draw(self, name: str, operation: str) -> F | None:
        """Say whether the fault strikes this call, and count it down if it does."""
        return self._draw(name, operation, lambda _: True)

    def listing(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]

    def _draw(self, name: str, operation: str, suits: Callable[[F], bool]) -> F | None:
        with self._lock:
            for key, fault in list(self._faults.items()):
                if fault.name != name or operation not in self._met(fault) or not suits(fault):
                    continue
                if self._random.random() >= fault.probability:
                    continue
                fault.fired += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        del self._faults[key]
                return fault
        return None

    def _met(self, fault: F) -> frozenset[str]:
        """Return the operations that a fault meets."""
        kind = self._kinds[fault.name]
        if fault.operation is None:
            return kind.usual
        return self._groups.get(fault.operation, frozenset({fault.operation})) & kind.possible

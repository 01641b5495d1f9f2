"""Simulators for the length of a test or of many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar


class Stopped(Protocol):
    def stop(self) -> None: ...


Running = TypeVar("Running", bound=Stopped)
Speaker = TypeVar("Speaker")


@contextmanager
def running(start: Callable[..., Running], **options: Any) -> Iterator[Running]:
    simulator = start(**options)
    try:
        yield simulator
    finally:
        simulator.stop()


@contextmanager
def several(
    start: Callable[..., Running], speak: Callable[[Running], Speaker]
) -> Iterator[Callable[..., Speaker]]:
    """Give a function that starts a simulator with any options, and returns who speaks with it."""
    started: list[Running] = []

    def make(**options: Any) -> Speaker:
        started.append(start(**options))
        return speak(started[-1])

    try:
        yield make
    finally:
        for simulator in started:
            simulator.stop()

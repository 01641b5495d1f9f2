"""What conversions need from outside: a catalogue that takes reports of bookings."""

from collections.abc import Collection
from typing import Protocol

from feldsher.domain.conversions.types import Answer, Fact, Report


class Catalogue(Protocol):
    """A catalogue that led a patient here. `title` is its Russian name in the dative: кому сообщить."""

    @property
    def title(self) -> str: ...

    @property
    def facts(self) -> Collection[Fact]:
        """What it is told beside the mark itself."""
        ...

    def tell(self, report: Report) -> Answer:
        """Say it once; never raises, and takes a bounded time."""
        ...

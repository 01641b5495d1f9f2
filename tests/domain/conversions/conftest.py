from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from conftest import SetClock
from domain.scheduling.exchange.world import NOW, found_clinic
from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.types import Fact, NotTold, Report, Told


@dataclass
class Recorded:
    """A catalogue that keeps what it was told, and answers what a test puts in `answers`, then yes."""

    title: str = "Яндексу"
    facts: tuple[Fact, ...] = (Fact.DOCTOR, Fact.STARTS_AT)
    told: list[Report] = field(default_factory=list)
    answers: list[NotTold] = field(default_factory=list)

    def tell(self, report: Report) -> Told | NotTold:
        self.told.append(report)
        return self.answers.pop(0) if self.answers else Told()


@pytest.fixture
def catalogue(db: None, set_clock: SetClock) -> Iterator[Recorded]:
    """A clinic at nine in the morning whose bookings a catalogue hears of."""
    set_clock(NOW)
    found_clinic()
    made = Recorded()
    gateways.bind(made)
    yield made
    gateways.bind(None)

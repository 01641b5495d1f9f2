from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from conftest import SetClock
from domain.scheduling.exchange.world import NOW, found_clinic
from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.types import Answer, Fact, Report, Told
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose


@dataclass
class Recorded:
    """A catalogue that keeps what it was told, and answers what a test puts in `answers`, then yes."""

    title: str = "Яндексу"
    facts: tuple[Fact, ...] = (Fact.DOCTOR, Fact.STARTS_AT)
    told: list[Report] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def tell(self, report: Report) -> Answer:
        self.told.append(report)
        return self.answers.pop(0) if self.answers else Told()


@pytest.fixture
def catalogue(db: None, set_clock: SetClock) -> Iterator[Recorded]:
    """A clinic at nine in the morning whose bookings a catalogue hears of."""
    set_clock(NOW)
    found_clinic()
    patients.publish_consent_text(
        Purpose.CATALOGUE, version="test", body="Согласие {operator}.", valid_from=NOW
    )
    made = Recorded()
    gateways.bind(made)
    yield made
    gateways.bind(None)

"""A small invented clinic without a MIS: a branch in Moscow, one in Yekaterinburg, an eye doctor in both."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import pytest

from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.roster.types import Stretch, Stretches, Workplace
from feldsher.kernel import clock

NOW: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Wednesday, nine in the morning in Moscow."""
TODAY: Final = date(2026, 11, 25)
STAFF: Final = "vera"
OFF: Final[Stretches] = ()


def hours(*spans: str) -> Stretches:
    """Return `hours("9-13", "14:30-18")` as stretches."""
    return tuple(Stretch(*(_minutes(end) for end in span.split("-"))) for span in spans)


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute or 0)


def week(**days: Stretches) -> tuple[Stretches, ...]:
    """Return a week by the names of its days: `week(mon=hours("9-13"))`."""
    return tuple(days.get(name, OFF) for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


EVERY_DAY: Final = (hours("9-13", "14-18"),) * 7


@dataclass(frozen=True)
class OwnClinic:
    north: UUID
    ural: UUID
    eye: UUID
    visit: UUID

    @property
    def at_north(self) -> Workplace:
        return Workplace(self.eye, self.north)

    @property
    def at_ural(self) -> Workplace:
        return Workplace(self.eye, self.ural)


def let_the_clock_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each look at Python's clock a microsecond later than the one before."""
    looks = itertools.count()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(microseconds=next(looks)))


def own_clinic() -> OwnClinic:
    """Have staff write the clinic's records; nobody works yet."""
    north = _branch("Северный", "Europe/Moscow")
    ural = _branch("Уральский", "Asia/Yekaterinburg")
    eye = doctor("Окулистова")
    for branch in (north, ural):
        directory.add_workplace(eye, location=branch, specialty="Офтальмология", author=STAFF)
    visit = directory.add_record(
        Kind.SERVICE, values={"name": "Приём офтальмолога", "minutes": 30}, author=STAFF
    )
    directory.give_service(eye, service=visit, minutes=None, author=STAFF)
    directory.set_price(visit, location=None, practitioner=None, amount=Decimal(2500), author=STAFF)
    return OwnClinic(north, ural, eye, visit)


def doctor(family: str) -> UUID:
    values = {"family": family, "given": "Проба", "middle": "Тестовна"}
    return directory.add_record(Kind.PRACTITIONER, values=values, author=STAFF)


def _branch(name: str, zone: str) -> UUID:
    return directory.add_record(Kind.LOCATION, values={"name": name, "zone": zone}, author=STAFF)

"""Plays seeds, and makes a history that fails as short as it can be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from unittest import mock
from uuid import UUID

from django.conf import settings

from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.models import Offer
from soak import checks
from soak.known import ViolationError
from soak.places import NAMELESS, contested, opened, with_group
from soak.player import Player
from soak.stand import Database, database
from soak.steps import Drawing, Field, Step
from soak.timeline import START, kept_time

MANY: Final = 50
LONG_AGO: Final = START - timedelta(days=9)


@dataclass(frozen=True)
class Failure:
    """A history that breaks a rule, made short, as it was played, and what it broke."""

    place: str
    seed: int
    steps: tuple[Step, ...]
    told: tuple[str, ...]
    broken: tuple[str, ...]
    is_storm: bool = False

    def __str__(self) -> str:
        lines = [f"{self.place}, seed {self.seed}: {len(self.steps)} steps are enough"]
        if self.is_storm:
            lines = [f"{self.place}, storm {self.seed}"]
        lines += [f"  {line}" for line in self.told]
        lines += [f"  BROKEN: {sentence}" for sentence in self.broken]
        storm = " STORM=1" if self.is_storm else ""
        lines += [f"  again: make soak MIS={self.place} FROM={self.seed} SEEDS=1{storm}"]
        return "\n".join(lines)


@dataclass
class Checker:
    """The clinic of one name, ready to play any seed."""

    name: str
    player: Player
    field: Field

    def history(self, seed: int) -> list[Step]:
        return Drawing(f"{self.name} {seed}", self.field).history()

    def check(self, seed: int) -> Failure | None:
        """Play a seed; None when every rule held, else the shortest history found that still breaks one."""
        steps = self.history(seed)
        if self.broken(seed, steps) is None:
            return None
        short = shortest(steps, lambda some: self.broken(seed, some) is not None)
        broken = self.broken(seed, short) or ("it broke a rule once, and not when it was played again",)
        return Failure(self.name, seed, tuple(short), tuple(self.player.told), broken)

    def broken(self, seed: int, steps: Sequence[Step]) -> tuple[str, ...] | None:
        """Play these steps, and return the sentences of what they broke."""
        self.player.begin(f"{self.name} {seed}")
        try:
            for step in steps:
                self.player.play(step)
                checks.at_each_step(self.player)
            checks.at_the_end(self.player)
        except ViolationError as violation:
            return tuple(map(str, violation.args))
        return None


def shortest(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Return a history of which no step, and nothing of one, can be left out, or it fails no longer.

    Steps are left out by halves, quarters and so on down to one (the ddmin of Zeller and Hildebrandt); then
    what happens at once or meanwhile is tried alone.
    """
    kept, size = list(steps), max(len(steps) // 2, 1)
    while True:
        start, has_shrunk = 0, False
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if fewer and fails(fewer):
                kept, has_shrunk = fewer, True
            else:
                start += size
        if size == 1 and not has_shrunk:
            simpler = next((other for other in _simpler(kept) if fails(other)), None)
            if simpler is None:
                return kept
            kept = simpler
        size = max(size // 2, 1)


def _simpler(steps: list[Step]) -> Iterator[list[Step]]:
    """Yield the history with one step of several made less."""
    for place, step in enumerate(steps):
        if step.inner:
            whole = [] if step.do == "at_once" else [replace(step, word="", at=0, inner=())]
            for less in (*([inner] for inner in step.inner), [*whole, *step.inner], whole):
                if less:
                    yield [*steps[:place], *less, *steps[place + 1 :]]


def _pools() -> dict[tuple[UUID, UUID], int]:
    groups = Offer.objects.filter(capacity__gt=1).values_list("practitioner", "service", "capacity")
    return {(practitioner, service): capacity for practitioner, service, capacity in groups}


def settings_of_a_soak() -> AbstractContextManager[object]:
    """Read a few days only, let a device and a phone have as much as they like, and tell patients by SMS."""
    booking = settings.FELDSHER_BOOKING
    own = replace(booking, holds_per_device=MANY, visits_per_phone=MANY, horizon_days=4)
    sms = SmsSettings((SmsAccount("sms_ru", "key"),))
    return mock.patch.multiple(settings, FELDSHER_BOOKING=own, FELDSHER_SMS=sms)


@contextmanager
def checker(
    name: str, *, base: str, prepare: Callable[[Database], None] = lambda _: None
) -> Iterator[Checker]:
    """Open the clinic of that name (one of `places.NAMES`) in a throw-away database called `base`.

    `prepare` may change the database before anything happens in it.
    """
    before = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    with (
        database(base) as made,
        settings_of_a_soak(),
        kept_time(made.owner) as timeline,
        opened(name, timeline) as place,
    ):
        publish_consent_text(
            Purpose.BOOKING, version="soak", body="Согласие {operator}.", valid_from=LONG_AGO
        )
        times = contested(place.wanted())
        if name not in NAMELESS:
            with_group(times)
        prepare(made)
        made.keep()
        player = Player(place, made, timeline, times, pools=_pools())
        try:
            yield Checker(name, player, Field(len(times), place.faults, place.has_registry))
        finally:
            player.close()
            gateways.bind(before)

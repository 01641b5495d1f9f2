"""Random days of a waiting list: whatever comes in whatever order, an offered time is one person's alone.

Visits, a doctor and a specialty are waited for in one queue, by phones that have several of them.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta
from itertools import combinations
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.scheduling.exchange.test_moving import booked, slot_at
from domain.scheduling.exchange.test_specialty_wishes import EYES, colleague, frees
from domain.scheduling.exchange.test_waiting import (
    LATE,
    eye,
    freed,
    hour,
    look,
    pass_by,
    token,
    waits,
    world,
)
from domain.scheduling.exchange.test_wishing import wish
from domain.scheduling.exchange.world import PERSON, World, confirm
from feldsher.domain.scheduling import services, tending
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.types import OfferState, SlotKey, State, WishState
from feldsher.domain.scheduling.waiting.queue import waiters
from feldsher.kernel.errors import DomainError

__all__ = ["booked", "world"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MOSCOW = ZoneInfo("Europe/Moscow")
STARTS = [hour(10 + step / 2) for step in range(8)]
STEPS = 40


class Day:
    """One seed's day: its acts, and what must be true after each."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)
        self.visits: list[UUID] = []
        self.wishes: dict[UUID, str] = {}
        self.colleague = colleague()
        self.offers = 0

    def act(self) -> None:
        acts: list[Callable[[], None]] = [
            self.free, self.free, self.look, self.look, self.look, self.outsider, self.outsider,
            self.wait, self.wish, self.decline, self.decline, self.accept, self.cancel, self.stop,
            self.pass_time,
        ]  # fmt: skip
        self.random.choice(acts)()
        self.check()

    def free(self) -> None:
        freed(*self.random.sample(STARTS, self.random.randint(0, 4)))
        frees(self.colleague, *self.random.sample(STARTS, self.random.randint(0, 2)))

    def look(self) -> None:
        before = set(WaitingOffer.objects.values_list("pk", flat=True))
        look(self.world)
        made = WaitingOffer.objects.exclude(pk__in=before)
        self.offers += made.count()
        for offer in made:
            self.is_first(offer)

    def is_first(self, offer: WaitingOffer) -> None:
        """Whoever came earlier, and whose phone had no offer then, does not want this time."""
        came_at = Wish.objects.get(pk=offer.wish).created_at
        for other in waiters(self.world.moment):
            wish = Wish.objects.get(pk=other.wish_id)
            had_one = WaitingOffer.objects.filter(
                phone_key=bytes(wish.phone_key), settled_at__gte=offer.created_at
            )
            if wish.created_at < came_at and not had_one.exists():
                assert not other.suits(slot_key(offer), now=self.world.moment, zone=MOSCOW), offer

    def outsider(self) -> None:
        start = self.random.choice(STARTS)
        is_offered = (eye(), start) in {(offer.practitioner, offer.starts_at) for offer in self.live()}
        with suppress(DomainError):
            held = services.hold(slot_at(start), channel="site", device="")
            assert not is_offered, start
            if self.random.random() < 0.5:
                services.release(held.id)

    def wait(self) -> None:
        number = len(self.visits)
        if number < 5:
            self.visits.append(
                waits(self.world, number=number, starts_at=LATE + number * timedelta(minutes=30))
            )

    def wish(self) -> None:
        """Let a phone, of which a visit may wait too, wait for the doctor or for any of the specialty."""
        if len(self.wishes) < 5:
            phone = f"8 900 000-05-{self.random.randint(0, 4):02}"
            of_any = {"practitioner_id": None, "specialty": EYES, "location_ids": (), "service_id": None}
            opens = self.random.choice([time(0), time(12)])
            changes = of_any if self.random.random() < 0.6 else {}
            with suppress(DomainError):
                made, secret = wish(self.world, number=0, phone=phone, opens=opens, **changes)
                self.wishes[made] = secret

    def decline(self) -> None:
        for offer in self.live()[:1]:
            if offer.wish in self.wishes:
                services.decline_wished(offer.wish, offer_id=offer.pk, token=self.wishes[offer.wish])
                continue
            visit = self.visit_of(offer)
            services.decline_time(visit, offer_id=offer.pk, token=token(visit))

    def accept(self) -> None:
        for offer in self.live()[:1]:
            with suppress(DomainError):
                if offer.wish in self.wishes:
                    confirm(offer.hold, person=replace(PERSON, phone=f"+7 900 000-09-{self.offers % 100:02}"))
                else:
                    visit = self.visit_of(offer)
                    services.accept_time(visit, offer_id=offer.pk, token=token(visit))
            self.world.work()

    def cancel(self) -> None:
        if self.visits:
            visit = self.random.choice(self.visits)
            with suppress(DomainError):
                services.cancel(visit, token=token(visit))
            self.world.work()

    def stop(self) -> None:
        if self.visits and self.random.random() < 0.3:
            visit = self.random.choice(self.visits)
            services.stop_waiting(visit, token=token(visit))
        for made, secret in list(self.wishes.items())[:1]:
            services.withdraw_wish(made, token=secret)

    def pass_time(self) -> None:
        pass_by(self.world, self.random.choice([15, 600, 1800, 7200]))
        if self.random.random() < 0.5:
            tending.expire_holds()

    def live(self) -> list[WaitingOffer]:
        return list(
            WaitingOffer.objects.filter(state=OfferState.OPEN, until__gt=self.world.moment).order_by("id")
        )

    def visit_of(self, offer: WaitingOffer) -> UUID:
        chain = Wish.objects.get(pk=offer.wish).chain
        standing = Appointment.objects.filter(chain=chain, active=True).exclude(state=State.HELD)
        return standing.values_list("pk", flat=True).first() or chain

    def check(self) -> None:
        kept = {row.pk: row for row in Appointment.objects.filter(active=True)}
        live = self.live()
        for offer in live:
            # That a hold was confirmed by its form is seen by the next pass.
            assert kept[offer.hold].state == State.HELD or offer.wish in self.wishes
            assert kept[offer.hold].starts_at == offer.starts_at
            assert Wish.objects.get(pk=offer.wish).state == WishState.WAITING
        assert (
            len({offer.wish for offer in live}) == len({bytes(each.phone_key) for each in live}) == len(live)
        )
        for one, other in combinations(kept.values(), 2):
            assert (
                one.chain == other.chain
                or one.practitioner != other.practitioner
                or not (one.visit.lower < other.visit.upper and other.visit.lower < one.visit.upper)
            )
        times = WaitingOffer.objects.values_list("wish", "practitioner", "starts_at")
        assert len(set(times)) == len(times), "a time was offered twice to one wish"


def slot_key(offer: WaitingOffer) -> SlotKey:
    row = Appointment.objects.get(pk=offer.hold)
    return SlotKey(row.practitioner, row.location, row.service, row.starts_at)


@pytest.mark.parametrize("seed", range(20))
def test_in_whatever_order_an_offered_time_is_one_persons(world: World, seed: int) -> None:
    day = Day(world, seed)
    for _ in range(2):
        day.wait()
    for _ in range(STEPS):
        day.act()
    assert day.offers > 0

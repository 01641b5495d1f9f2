"""Many visits, any faults at any call: at the end each visit stands in both places or in neither."""

import random
import time

import pytest

from domain.scheduling.over_simulator import TIMEOUT
from domain.scheduling.plain.clinic import PlainClinic
from feldsher.domain.scheduling.errors import SlotTakenError
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.types import State

VISITS = 14
FAULTS = {
    "book": [
        "commit_then_drop",
        "commit_then_500",
        "commit_late",
        "garbage",
        "http_500",
        "at_the_door",
        "clerk_race",
    ],
    "visit": ["commit_then_drop", "garbage", "http_500", "at_the_door"],
    "cancel": ["commit_then_drop", "commit_then_500", "commit_late", "garbage", "http_500", "at_the_door"],
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_lost_both_sides_say_the_same_at_the_end(clinic: PlainClinic, seed: int) -> None:
    draw = random.Random(seed)
    visits = []
    for _ in range(VISITS):
        try:
            slot = draw.choice(clinic.times()[:20])
            visits.append(clinic.confirm(slot))
        except SlotTakenError:
            continue
        for operation, names in FAULTS.items():
            for _ in range(draw.randrange(3)):
                clinic.fault(draw.choice(names), operation, delay=TIMEOUT / 2)
        clinic.work()
        if draw.random() < 0.4:
            booked = [visit for visit in visits if clinic.state(visit) is State.BOOKED]
            for visit in draw.sample(booked, min(1, len(booked))):
                clinic.cancel(visit)
                clinic.work()
    clinic.simulator.faults.reset()
    time.sleep(TIMEOUT)  # what commits late has committed
    states = {visit: clinic.quieten(visit, is_released=False) for visit in visits}
    assert set(states.values()) <= {State.BOOKED, State.REJECTED, State.CANCELLED}
    ours = sorted(str(visit) for visit, state in states.items() if state is State.BOOKED)
    assert sorted(one for one in clinic.standing() if one is not None) == ours
    assert len(visits) >= 10
    assert not _overlaps(clinic)
    assert not Exchange.objects.filter(stage="release").exists()
    assert Appointment.objects.filter(state=State.UNKNOWN).count() == 0


def _overlaps(clinic: PlainClinic) -> list[tuple[int, int]]:
    rows = [row for row in clinic.simulator.clinic.visits() if row["state"] == "booked"]
    return [
        (one["id"], two["id"])
        for one in rows
        for two in rows
        if one["id"] < two["id"]
        and one["doctor"] == two["doctor"]
        and one["starts"] < two["ends"]
        and two["starts"] < one["ends"]
    ]

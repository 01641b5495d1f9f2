"""The parts of the checker by themselves."""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta

from soak.running import shortest
from soak.steps import Drawing, Field, Step
from soak.timeline import START, Timeline

FIELD = Field(10, [("slow", "book"), ("empty", "free")], has_registry=True)
HOLD, CONFIRM, WORK = Step("hold", "v1"), Step("confirm", "v1"), Step("work")


def test_a_history_is_drawn_from_its_seed_alone() -> None:
    first, again, other = (Drawing(seed, FIELD).history() for seed in ("plain 1", "plain 1", "plain 2"))
    assert first == again != other
    assert 24 <= len(first) <= 56


def test_a_step_is_told_in_words() -> None:
    told = [str(step) for seed in range(30) for step in Drawing(str(seed), FIELD).history()]
    assert "the worker synchronises" in told
    assert any(line.startswith("at once: ") and " | " in line for line in told)


class NoDatabase:
    def execute(self, *_: object) -> None:
        pass


def test_what_is_put_off_happens_in_its_order_before_the_clock_is_turned_further() -> None:
    timeline, stopping, seen = Timeline(NoDatabase()), threading.Event(), []  # type: ignore[arg-type]  # no SQL here

    def late(seconds: int) -> None:
        timeline.sleep(stopping, seconds)
        seen.append((seconds, timeline.now() - START))

    for seconds in (30, 10, 90):
        threading.Thread(target=late, args=(seconds,), daemon=True).start()
    while len(timeline.sleepers) < 3:
        time.sleep(0.001)
    timeline.forward(timedelta(seconds=60))
    assert seen == [(10, timedelta(seconds=10)), (30, timedelta(seconds=30))]
    assert timeline.now() - START == timedelta(seconds=60)
    stopping.set()
    timeline.wake_all()


def test_only_what_a_failure_needs_is_left() -> None:
    def fails(steps: Sequence[Step]) -> bool:
        return [step for step in steps if step in {HOLD, CONFIRM}] == [HOLD, CONFIRM]

    others = [Step("wait", number=number) for number in range(9)]
    assert shortest([*others, HOLD, *others, CONFIRM, *others], fails) == [HOLD, CONFIRM]


def test_what_happens_at_once_is_left_alone_where_that_is_enough() -> None:
    def fails(steps: Sequence[Step]) -> bool:
        return HOLD in steps or any(HOLD in step.inner for step in steps)

    assert shortest([WORK, Step("at_once", inner=(CONFIRM, HOLD)), WORK], fails) == [HOLD]


def test_what_can_not_be_made_less_stays_whole() -> None:
    both = Step("at_once", inner=(HOLD, CONFIRM))
    assert shortest([WORK, both], lambda steps: both in steps) == [both]

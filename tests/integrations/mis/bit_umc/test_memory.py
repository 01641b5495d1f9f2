"""When an answer is believed: lost doctor-days and moved clocks are doubted until they repeat."""

from datetime import timedelta

import pytest

from feldsher.domain.scheduling.ports import RemoteResource, TimeItem, TimeKind, Window
from feldsher.integrations.mis.bit_umc.memory import Memory
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

TODAY = clock.now().date()
WINDOW = Window(TODAY, TODAY + timedelta(days=6))


def _items(
    *, doctors: str = "abc", days: range = range(7), shift: int = 0, kind: TimeKind = TimeKind.FREE
) -> list[TimeItem]:
    begin, end = (hour * 3600 + shift * 60 for hour in (9, 17))
    return [
        TimeItem(
            RemoteResource(doctor, "c"),
            kind,
            WallTime(TODAY + timedelta(days=day), begin),
            WallTime(TODAY + timedelta(days=day), end),
        )
        for doctor in doctors
        for day in days
    ]


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    assert memory.judge(_items(), window=WINDOW) == ()
    return memory


def test_the_same_answer_is_believed(memory: Memory) -> None:
    assert memory.judge(_items(), window=WINDOW) == ()


def test_free_time_that_became_busy_is_believed(memory: Memory) -> None:
    assert memory.judge(_items(kind=TimeKind.BUSY), window=WINDOW) == ()


def test_more_doctors_and_days_are_believed(memory: Memory) -> None:
    longer = Window(TODAY, TODAY + timedelta(days=9))
    assert memory.judge(_items(doctors="abcd", days=range(10)), window=longer) == ()


def test_a_loss_is_doubted_until_it_came_three_times(memory: Memory) -> None:
    reason = ("6 working days of 1 doctors are missing against the last answer",)
    told = [memory.judge(_items(doctors="ab"), window=WINDOW) for _ in range(4)]
    assert told == [reason, reason, (), ()]


def test_a_loss_that_grows_is_doubted_anew(memory: Memory) -> None:
    told = [
        bool(memory.judge(_items(doctors=doctors), window=WINDOW)) for doctors in ("ab", "ab", "a", "a", "a")
    ]
    assert told == [True, True, True, True, False]


def test_a_loss_that_shrinks_is_still_the_same_loss(memory: Memory) -> None:
    told = [bool(memory.judge(_items(doctors=doctors), window=WINDOW)) for doctors in ("a", "ab", "ab")]
    assert told == [True, True, False]


def test_a_whole_answer_ends_the_doubt(memory: Memory) -> None:
    told = [
        bool(memory.judge(_items(doctors=doctors), window=WINDOW))
        for doctors in ("ab", "ab", "abc", "ab", "ab")
    ]
    assert told == [True, True, False, True, True]


def test_what_was_believed_lost_is_not_missed_again(memory: Memory) -> None:
    for _ in range(3):
        memory.judge(_items(doctors="ab"), window=WINDOW)
    assert memory.judge(_items(doctors="abc"), window=WINDOW) == ()
    assert memory.judge(_items(doctors="ab"), window=WINDOW) != ()


def test_the_first_day_is_never_missed(memory: Memory) -> None:
    assert memory.judge(_items(days=range(1, 7)), window=WINDOW) == ()


def test_days_outside_the_window_are_never_missed(memory: Memory) -> None:
    assert memory.judge(_items(days=range(3)), window=Window(TODAY, TODAY + timedelta(days=2))) == ()


def test_windows_are_doubted_apart(memory: Memory) -> None:
    later = Window(TODAY + timedelta(days=7), TODAY + timedelta(days=13))
    assert memory.judge(_items(days=range(7, 14)), window=later) == ()
    told = []
    for _ in range(3):
        told.append(bool(memory.judge(_items(doctors="ab"), window=WINDOW)))
        assert memory.judge(_items(days=range(7, 14)), window=later) == ()
    assert told == [True, True, False]


def test_a_doctor_asked_alone_is_compared_with_himself(memory: Memory) -> None:
    alone = RemoteResource("a", "c")
    assert memory.judge(_items(doctors="a"), window=WINDOW, resource=alone) == ()
    assert memory.judge(_items(doctors="a", days=range(5)), window=WINDOW, resource=alone) != ()


def test_a_doctor_whose_entry_is_damaged_is_not_missed(memory: Memory) -> None:
    damaged = frozenset({RemoteResource("c", "c")})
    assert memory.judge(_items(doctors="ab"), window=WINDOW, damaged=damaged) == ()


@pytest.mark.parametrize("shift", [-180, 60, 120])
def test_clocks_that_moved_together_are_doubted_until_three_times(memory: Memory, shift: int) -> None:
    reason = (f"every wall time moved by {shift:+} minutes against the last answer",)
    told = [memory.judge(_items(shift=shift), window=WINDOW) for _ in range(4)]
    assert told == [reason, reason, (), ()]


def test_a_few_days_that_moved_are_the_clinic_s_own_change(memory: Memory) -> None:
    moved = _items(days=range(3)) + _items(days=range(3, 7), shift=60)
    assert memory.judge(moved, window=WINDOW) == ()


def test_the_past_is_forgotten() -> None:
    memory = Memory()
    old = Window(TODAY - timedelta(days=9), TODAY - timedelta(days=3))
    memory.judge(_items(days=range(-9, -3)), window=old)
    memory.judge(_items(), window=WINDOW)
    assert min(day for _, day in memory._known) == TODAY

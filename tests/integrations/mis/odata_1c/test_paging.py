"""Pages of a base that works on while they are read: a change is seen, and nothing is read by halves."""

import time
from collections.abc import Callable
from datetime import date
from itertools import chain, repeat
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import FreeTime, GatewayUnavailableError, Window
from integrations.mis.odata_1c.factory import VISITS, WORK, Clinic, Hand, visit, work

WEEK = Window(date(2026, 12, 1), date(2026, 12, 7))
MANY = 1000
SHIFT = [work("2026-12-01", "09:00:00", "18:00:00")]
Rows = list[dict[str, Any]]


def number(count: int) -> str:
    return f"11111111-0000-4000-8000-{count:012}"


def visits(*numbers: int) -> Rows:
    """Return visits of nine minutes, each at the time that its number tells."""
    begins = [(n, f"2026-12-01T{9 + n // 3:02}:{2 * (n % 3)}") for n in numbers]
    return [visit(f"{begin}0:00", f"{begin}9:00", number=number(n)) for n, begin in begins]


def cut(rows: Rows, options: dict[str, str], *, count: int | str | None = None, more: Any = None) -> Any:
    """Answer a page as 1С does."""
    skip, top = int(options["$skip"]), int(options["$top"])
    told = {"odata.count": str(len(rows)) if count is None else count, "value": rows[skip : skip + top]}
    return told | (more or {})


def free(hand: Hand, answer: Callable[[dict[str, str]], Any], *, page: int = 3) -> FreeTime:
    hand.tables = {WORK: SHIFT, VISITS: answer}
    return hand.gateway(page=page).free(WEEK)


def told_visits(found: FreeTime) -> int:
    return len([one for one in found.items if one.kind == "busy"])


def asked_visits(hand: Hand) -> list[str]:
    return [one.path.rpartition("$skip=")[2] for one in hand.asked if "%D0%97%D0%B0%D0%BF" in one.path]


@pytest.mark.parametrize(
    ("size", "skips"),
    [(1, ["0"]), (3, ["0"]), (4, ["0", "2"]), (5, ["0", "2"]), (6, ["0", "2", "4"]), (7, ["0", "2", "4"])],
)
def test_each_page_begins_with_the_row_that_the_one_before_ended_with(
    hand: Hand, size: int, skips: list[str]
) -> None:
    rows = visits(*range(size))
    found = free(hand, lambda options: cut(rows, options))
    assert told_visits(found) == size
    assert asked_visits(hand) == skips


def test_pages_of_two_read_all(hand: Hand) -> None:
    rows = visits(*range(9))
    assert told_visits(free(hand, lambda options: cut(rows, options), page=2)) == 9


def uncounted(rows: Rows, options: dict[str, str], *, most: int = MANY) -> Any:
    """Answer a page of a base that counts nothing and sends no more than `most` rows, whatever is asked."""
    told = cut(rows, options | {"$top": str(min(int(options["$top"]), most))})
    del told["odata.count"]
    return told


@pytest.mark.parametrize(
    ("size", "skips"),
    [(0, ["0"]), (1, ["0", "0"]), (3, ["0", "2"]), (6, ["0", "2", "4", "5"]), (7, ["0", "2", "4", "6"])],
)
def test_a_base_that_does_not_count_is_read_until_a_page_brings_nothing_new(
    hand: Hand, size: int, skips: list[str]
) -> None:
    rows = visits(*range(size))
    assert told_visits(free(hand, lambda options: uncounted(rows, options))) == size
    assert asked_visits(hand) == skips


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_server_that_sends_less_than_was_asked_for_is_read_whole(hand: Hand, *, is_counted: bool) -> None:
    rows = visits(*range(9))
    more = {"odata.count": "9"} if is_counted else {}
    found = free(hand, lambda options: uncounted(rows, options, most=4) | more, page=MANY)
    assert told_visits(found) == 9
    assert asked_visits(hand) == ["0", "3", "6", *([] if is_counted else ["8"])]


def test_a_server_that_sends_one_row_at_a_time_is_not_believed(hand: Hand) -> None:
    rows = visits(*range(9))
    with pytest.raises(GatewayUnavailableError, match="1 rows came of 9"):
        free(hand, lambda options: uncounted(rows, options, most=1) | {"odata.count": "9"})


@pytest.mark.parametrize(
    "after",
    [
        [1, 2, 3, 4, 5, 6],
        [0, 10, 1, 2, 3, 4, 5, 6],
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 5, 1, 2, 3, 4, 6],
        [1, 2, 3, 4, 0, 5, 6],
        [5, 1, 2, 3, 4, 0, 6],
        [0],
    ],
    ids=[
        "one before the place is deleted", "one before the place is made", "one behind the place is made",
        "one moves from behind to before", "one moves from before to behind", "two change places",
        "nearly all are deleted",
    ],
)  # fmt: skip
def test_a_change_between_two_pages_is_seen_and_the_reading_done_anew(hand: Hand, after: list[int]) -> None:
    states = chain([visits(*range(7))], repeat(visits(*after)))
    found = free(hand, lambda options: cut(next(states), options))
    assert told_visits(found) == len(after)
    assert asked_visits(hand).count("0") == 2


def test_what_changes_all_the_time_is_not_believed(clinic: Clinic) -> None:
    clinic.fault("shifted", "schedule", entity=VISITS)
    with pytest.raises(GatewayUnavailableError, match=r"^rows changed while they were read$"):
        clinic.gateway(page=5).free(clinic.window())


def test_what_changed_once_is_read_anew(clinic: Clinic) -> None:
    whole = clinic.gateway().free(clinic.window())
    clinic.fault("shifted", "schedule", entity=VISITS, times=1)
    assert clinic.gateway(page=5).free(clinic.window()).items == whole.items


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"value": []}, "0 rows came of 7"),
        ({"value": visits(0, 1)}, "rows changed while they were read"),
        ({"value": visits(0, 0)}, "a row came twice"),
        ({"value": [{"Врач_Key": "x"}]}, "has a row without 'Ref_Key'"),
        ({"value": ["x"]}, "a row that is no object"),
        ({"value": {}}, "value is no list"),
        ({"odata.count": "many"}, "odata.count is no number"),
        ({"odata.count": "9" * 5000}, "odata.count is no number"),
        ({"odata.count": -1}, "odata.count is no number"),
        ({"odata.count": "9" * 12}, "has over 2000000 rows"),
        ({"odata.nextLink": "https://elsewhere.example"}, "a part of a page, with a link to the rest"),
        ({"odata.error": {"code": "1", "message": {"value": "Нет"}}}, "HTTP 200, 1С says: 1 Нет"),
    ],
)
def test_what_is_no_page_is_no_answer(hand: Hand, told: dict[str, Any], why: str) -> None:
    answer = {"odata.count": "7", "value": visits(*range(7))} | told
    with pytest.raises(GatewayUnavailableError, match=why):
        free(hand, lambda _: answer, page=100)


def test_more_than_was_asked_for_is_taken_where_it_is_all(hand: Hand) -> None:
    assert told_visits(free(hand, lambda _: {"odata.count": 7, "value": visits(*range(7))})) == 7


def test_a_reading_of_many_pages_ends_with_its_time(hand: Hand) -> None:
    def slowly(options: dict[str, str]) -> Any:
        time.sleep(0.3)
        return cut(visits(*range(20)), options)

    hand.tables = {WORK: SHIFT, VISITS: slowly}
    begun = time.monotonic()
    with pytest.raises(GatewayUnavailableError):
        hand.gateway(page=2, bulk_timeout=1).free(WEEK)
    assert time.monotonic() - begun < 2

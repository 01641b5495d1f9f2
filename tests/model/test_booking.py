"""The model of the booking protocol holds in all of its states, and no part of it is there for nothing."""

import re
from pathlib import Path

import pytest

from support.spin import MEGABYTES, MODEL, SpinError, walk

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(900)]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model.md"
BOOKED_TWICE = "assert(one_in_table)"
WRITTEN_TWICE = "assert(mis[p] == NOTHING)"
LOST_BOOKING = "assert(kept(0) && kept(1))"
LEFT_BEHIND = "assert(no_trace(0) && no_trace(1))"
FOR_A_HASTY_CLERK = "answer == DONE && visit[p].state == REJECTED -> mis[p] = GONE"
REMOVALS = {
    "NO_CONSTRAINT": BOOKED_TWICE,
    "EQUAL_ONLY": BOOKED_TWICE,
    "NO_READBACK": LEFT_BEHIND,
    "READS=1": LEFT_BEHIND,
    "HASTY_CLERK": LEFT_BEHIND,
    "NO_FENCE": LOST_BOOKING,
    "GONE_UNSEEN": WRITTEN_TWICE,
}


def said(row: str) -> tuple[int, int]:
    """Return the states and the depth that the page tells of a walk."""
    found = re.search(
        rf"^\| {row} \| ([\d,]+) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def test_nobody_is_booked_twice_and_no_booking_is_lost_in_any_state(tmp_path: Path) -> None:
    found = walk(tmp_path)
    assert found.violated is None
    assert (found.states, found.depth) == said("safety")
    assert found.megabytes < MEGABYTES
    # The property's own statements are reached by a violation alone, the end of a loop by nothing.
    asserts = {each for each in found.unreached if each.startswith("assert(")}
    assert asserts == {BOOKED_TWICE, "assert(one_in_mis)", LOST_BOOKING, LEFT_BEHIND}
    (left,) = found.unreached - asserts - {"}"}
    assert FOR_A_HASTY_CLERK in left


def test_each_unknown_is_resolved_at_last(tmp_path: Path) -> None:
    found = walk(tmp_path, "CALM", liveness=True)
    assert found.violated is None
    assert (found.states, found.depth) == said("liveness, nobody cancels")


@pytest.mark.parametrize(("part", "harm"), REMOVALS.items())
def test_without_one_part_the_harm_that_it_prevents_is_found(part: str, harm: str, tmp_path: Path) -> None:
    assert walk(tmp_path, part).violated == harm


def test_every_part_that_can_be_taken_away_is_taken_away_here() -> None:
    flags = set(
        re.findall(r"^#(?:ifn?def|if defined\(|elif defined\() ?(\w+)", MODEL.read_text(), re.MULTILINE)
    )
    assert flags - {"CALM"} == {part.split("=")[0] for part in REMOVALS}


def test_a_visit_that_may_wait_for_ever_is_found(tmp_path: Path) -> None:
    deaf = MODEL.read_text(encoding="utf-8").replace("run Clock(0); run Clock(1);", "")
    model = tmp_path / "deaf.pml"
    model.write_text(deaf, encoding="utf-8")
    assert walk(tmp_path, "CALM", liveness=True, model=model).violated == "acceptance cycle"


def test_a_model_that_spin_cannot_read_is_no_success(tmp_path: Path) -> None:
    model = tmp_path / "broken.pml"
    model.write_text("init { nonsense }", encoding="utf-8")
    with pytest.raises(SpinError):
        walk(tmp_path, model=model)


def test_a_walk_that_comes_to_no_end_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(SpinError, match="came to no end"):
        walk(tmp_path, "CALM", depth=50)

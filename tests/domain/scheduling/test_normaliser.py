"""What each MIS calls free, as rows of the mirror; and why the rest is not offered."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.scheduling.factory import COLLEAGUE, DAY, DOCTOR, NORTH, NOW, SOUTH, at
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.normaliser import (
    NO_ROOM,
    DayKey,
    DayRow,
    Exclusion,
    Normalised,
    Place,
    Ticket,
    normalise,
    room_id,
)
from feldsher.domain.scheduling.ports import (
    FreeTime,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.kernel.clock import WallTime
from feldsher.kernel.intervals import Interval

HOUR = 3600
HERE = RemoteResource("doc-1", "loc-1")
SECOND_ID = RemoteResource("doc-1b", "loc-1")
THERE = RemoteResource("doc-1", "loc-2")
UTC_PLACE = Place(DOCTOR, NORTH, "UTC")
INTERVAL, TICKET, GRID = (SlotSemantics(shape=shape) for shape in (
    SlotShape.INTERVAL, SlotShape.TICKET, SlotShape.GRID,
))  # fmt: skip
WINDOW = Window(DAY, DAY + timedelta(days=1))


def item(begin: float, end: float, kind: TimeKind = TimeKind.FREE, **changes: object) -> TimeItem:
    """Return a stretch by the hours of DAY's wall clock."""
    first = WallTime(DAY, 0).plus(int(begin * HOUR))
    last = WallTime(DAY, 0).plus(int(end * HOUR))
    return replace(TimeItem(HERE, kind, first, last), **changes)


def answer(*items: TimeItem, **changes: object) -> FreeTime:
    base = FreeTime(NOW, Completeness.FULL, tuple({HERE: 0} | {item.resource: 0 for item in items}), items)
    return replace(base, **changes)


def read(
    *items: TimeItem,
    semantics: SlotSemantics = INTERVAL,
    places: dict[RemoteResource, Place] | None = None,
    window: Window = WINDOW,
    **changes: object,
) -> Normalised:
    return normalise(
        answer(*items, **changes),
        window=window,
        semantics=semantics,
        places=places or {HERE: UTC_PLACE},
        now=NOW,
    )


def key(day: date = DAY, *, location: UUID = NORTH, room: UUID = NO_ROOM) -> DayKey:
    return DayKey(DOCTOR, day, location, room)


def row(found: Normalised) -> DayRow:
    assert list(found.rows) == [key()]
    return found.rows[key()]


def reasons(found: Normalised) -> list[tuple[str, str, str]]:
    return [(left.begin[11:16], left.end[11:16], left.reason) for left in found.excluded]


# Shapes


def test_intervals_are_joined_where_they_touch() -> None:
    found = row(read(item(9, 10), item(10, 11), item(12, 13)))
    assert found.free == (Interval(at(9), at(11)), Interval(at(12), at(13)))
    assert (found.work, found.busy, found.tickets, found.step_minutes) == (found.free, (), (), None)


def test_tickets_stay_whole_and_in_order() -> None:
    found = row(read(item(10, 10.5, ticket="b"), item(9, 9.5, ticket="a"), semantics=TICKET))
    assert found.tickets == (Ticket("a", at(9), at(9, 30)), Ticket("b", at(10), at(10, 30)))
    assert found.free == ()


def test_a_grid_keeps_its_cell() -> None:
    found = row(read(item(9, 9.25, step_minutes=15), item(9.25, 9.5, step_minutes=15), semantics=GRID))
    assert (found.free, found.step_minutes) == ((Interval(at(9), at(9, 30)),), 15)


def test_each_day_of_a_grid_keeps_its_own_cell() -> None:
    found = read(item(9, 10, step_minutes=15), item(33, 34, step_minutes=20), semantics=GRID)
    assert [found.rows[day].step_minutes for day in sorted(found.rows)] == [15, 20]


def test_rooms_have_rows_of_their_own() -> None:
    found = read(item(9, 10, room="1"), item(9, 11, room="2"))
    assert set(found.rows) == {key(room=room_id(NORTH, "1")), key(room=room_id(NORTH, "2"))}
    assert room_id(NORTH, "1") != room_id(SOUTH, "1")
    assert room_id(NORTH, "") == NO_ROOM


# Breaks and visits


@pytest.mark.parametrize("kind", [TimeKind.BREAK, TimeKind.BUSY])
def test_what_is_still_inside_is_cut_out(kind: TimeKind) -> None:
    semantics = replace(INTERVAL, breaks_removed=False, bookings_removed=False)
    found = read(item(9, 12), item(10, 10.5, kind), semantics=semantics)
    assert row(found).free == (Interval(at(9), at(10)), Interval(at(10, 30), at(12)))
    assert reasons(found) == [("10:00", "10:30", kind.value)]


@pytest.mark.parametrize("kind", [TimeKind.BREAK, TimeKind.BUSY])
def test_what_the_mis_took_out_already_is_not_cut_again(kind: TimeKind) -> None:
    """A cell that the MIS gives as free although a visit stands there may hold a second patient."""
    found = read(item(9, 12), item(10, 10.5, kind))
    assert row(found).free == (Interval(at(9), at(12)),)


def test_a_visit_is_kept_as_busy_and_a_break_is_not() -> None:
    found = row(read(item(9, 10), item(10, 10.5, TimeKind.BUSY), item(11, 12, TimeKind.BREAK)))
    assert found.busy == (Interval(at(10), at(10, 30)),)


def test_a_day_full_of_visits_has_a_row() -> None:
    found = row(read(item(9, 12, TimeKind.BUSY)))
    assert (found.free, found.busy) == ((), (Interval(at(9), at(12)),))


def test_work_is_counted_from_its_beginning_visits_included() -> None:
    found = row(read(item(8.75, 9, TimeKind.BUSY), item(9, 10), item(10, 10.5, TimeKind.BUSY), item(12, 13)))
    assert found.work == (Interval(at(8, 45), at(10, 30)), Interval(at(12), at(13)))


def test_a_ticket_that_a_visit_covers_is_not_offered() -> None:
    semantics = replace(TICKET, bookings_removed=False)
    items = item(9, 9.5, ticket="a"), item(9.5, 10, ticket="b"), item(9.25, 9.5, TimeKind.BUSY)
    assert [ticket.id for ticket in row(read(*items, semantics=semantics)).tickets] == ["b"]


# What is left out


@pytest.mark.parametrize("end", [9, 8.5])
def test_an_empty_stretch_is_left_out_and_told(end: float) -> None:
    """1С sends durations of 00:00."""
    found = read(item(9, end))
    assert (found.rows, [reason for *_, reason in reasons(found)]) == ({}, ["empty_stretch"])


def test_an_unknown_resource_is_left_out_and_told() -> None:
    stranger = RemoteResource("nobody", "loc-1")
    found = read(item(9, 10), item(9, 12, resource=stranger))
    assert row(found).free == (Interval(at(9), at(10)),)
    assert found.excluded == [
        Exclusion(stranger, DAY, "2026-11-26T09:00:00", "2026-11-26T12:00:00", "unknown_resource")
    ]
    assert list(found.covered) == [(DOCTOR, NORTH)]


def test_one_item_that_has_no_instant_does_not_stop_the_others() -> None:
    """1С writes the year 1 for "no date"."""
    never = WallTime(date(1, 1, 1), 0)
    places = {HERE: Place(DOCTOR, NORTH, "Europe/Moscow")}
    found = read(item(9, 10), TimeItem(HERE, TimeKind.FREE, never, never), places=places)
    assert row(found).free == (Interval(at(6), at(7)),)
    assert [left.reason for left in found.excluded] == ["no_instant"]


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.SUSPICIOUS_EMPTY])
def test_an_incomplete_answer_speaks_for_nothing(completeness: Completeness) -> None:
    found = read(item(9, 10), completeness=completeness)
    assert (found.rows, found.covered) == ({}, {})


def test_a_resource_that_the_answer_does_not_name_is_not_covered() -> None:
    found = read(item(9, 10), places={HERE: UTC_PLACE, THERE: Place(DOCTOR, SOUTH, "UTC")})
    assert list(found.covered) == [(DOCTOR, NORTH)]


def test_a_resource_without_an_item_is_covered() -> None:
    found = read()
    assert (found.rows, found.covered) == ({}, {(DOCTOR, NORTH): (DAY, DAY + timedelta(days=1))})


# Days


def test_time_over_midnight_is_cut_and_its_work_is_not() -> None:
    found = read(item(22, 26))
    first, second = found.rows[key()], found.rows[key(DAY + timedelta(days=1))]
    assert first.free == (Interval(at(22), at(24)),)
    assert second.free == (Interval(at(24), at(26)),)
    assert first.work == second.work == (Interval(at(22), at(26)),)


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [("UTC", 0, 1), ("Europe/Moscow", 0, 0), ("Asia/Kamchatka", 0, 0), ("America/New_York", 1, 1)],
)
def test_only_whole_days_of_utc_are_covered(zone: str, first: int, last: int) -> None:
    """In Moscow the two days of the window end at 21:00 UTC of the second."""
    found = read(places={HERE: Place(DOCTOR, NORTH, zone)})
    days = DAY + timedelta(days=first), DAY + timedelta(days=last)
    assert found.covered == {(DOCTOR, NORTH): days}


def test_a_day_that_the_window_cuts_in_its_past_is_covered() -> None:
    now = datetime(DAY.year, DAY.month, DAY.day, 6, tzinfo=UTC)
    found = normalise(
        answer(item(9, 10)),
        window=Window(DAY, DAY),
        semantics=INTERVAL,
        places={HERE: Place(DOCTOR, NORTH, "America/New_York")},
        now=now,
    )
    assert found.covered == {(DOCTOR, NORTH): (DAY, DAY)}


def test_time_outside_of_the_covered_days_is_not_written() -> None:
    found = read(item(9, 10), item(33, 34), window=Window(DAY, DAY))
    assert list(found.rows) == [key()]


# Places, ids, spelling


def test_two_ids_of_one_human_make_one_row() -> None:
    places = {HERE: UTC_PLACE, SECOND_ID: UTC_PLACE}
    found = row(read(item(9, 10), item(9.5, 11, resource=SECOND_ID), places=places))
    assert found.free == (Interval(at(9), at(11)),)


def test_a_visit_under_one_id_blocks_the_other() -> None:
    places = {HERE: UTC_PLACE, SECOND_ID: UTC_PLACE}
    semantics = replace(INTERVAL, bookings_removed=False)
    visit = item(9, 10, TimeKind.BUSY, resource=SECOND_ID)
    found = row(read(item(9, 11), visit, places=places, semantics=semantics))
    assert (found.free, found.busy) == ((Interval(at(10), at(11)),), (Interval(at(9), at(10)),))


def test_each_branch_has_its_own_zone() -> None:
    places = {HERE: UTC_PLACE, THERE: Place(DOCTOR, SOUTH, "Asia/Yekaterinburg")}
    found = read(item(9, 10), item(9, 10, resource=THERE), places=places)
    assert found.rows[key()].free == (Interval(at(9), at(10)),)
    assert found.rows[key(location=SOUTH)].free == (Interval(at(4), at(5)),)


def test_the_spelling_of_the_mis_is_kept_word_for_word() -> None:
    begin, end = WallTime.parse("2026-11-26T9:00"), WallTime.parse("2026-11-26T09:30:00")
    found = row(read(TimeItem(HERE, TimeKind.FREE, begin, end)))
    assert found.wall == ("2026-11-26T9:00/2026-11-26T09:30:00",)


def test_the_usual_length_is_kept_by_doctor_and_branch() -> None:
    found = read(item(9, 10, usual_minutes=20), item(10, 11))
    assert found.usual == {(DOCTOR, NORTH): 20}


def test_a_digest_covers_all_that_a_row_says() -> None:
    base = DayRow((Interval(at(9), at(10)),), (), (), (), None, ())
    others = [
        replace(base, free=(Interval(at(9), at(11)),)),
        replace(base, free=(), busy=base.free),
        replace(base, work=base.free),
        replace(base, tickets=(Ticket("a", at(9), at(10)),)),
        replace(base, tickets=(Ticket("b", at(9), at(10)),)),
        replace(base, step_minutes=15),
        replace(base, wall=("9:00/10:00",)),
    ]
    digests = {row.digest() for row in [base, *others]}
    assert len(digests) == len(others) + 1
    assert base.digest() == replace(base).digest()


def test_a_colleague_is_somebody_else() -> None:
    places = {HERE: UTC_PLACE, SECOND_ID: Place(COLLEAGUE, NORTH, "UTC")}
    found = read(item(9, 10), item(9, 10, resource=SECOND_ID), places=places)
    assert {key.practitioner_id for key in found.rows} == {DOCTOR, COLLEAGUE}

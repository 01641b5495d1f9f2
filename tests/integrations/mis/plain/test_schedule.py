"""Free time, the zones that are told with it, and changes."""

from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Booked,
    ChangeBatch,
    ChangeKind,
    GatewayUnavailableError,
    RemoteChange,
    RemoteOffset,
    RemoteResource,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.plain.factory import REFERENCE, Desk, Scripted, request, slot_of, through

D1 = RemoteResource("d1", "north")
WINDOW = Window(slot_of().begin.day, slot_of().begin.day)
FREE = {"begin": "2026-12-01T09:00", "end": "2026-12-01T13:00"}
BUSY = {"begin": "2026-12-01T10:00", "end": "2026-12-01T10:30"}
SCHEDULE: dict[str, Any] = {
    "doctor": "d1",
    "branch": "north",
    "zone": "Europe/Moscow",
    "free": [FREE],
    "busy": [BUSY],
}
OTHER = SCHEDULE | {"doctor": "d2", "free": [], "busy": []}
CHANGE: dict[str, Any] = {
    "id": "17", "reference": None, "state": "booked", "doctor": "d1", "branch": "north",
    "begin": "2026-12-01T09:30", "minutes": 30,
}  # fmt: skip


def item(kind: TimeKind, begin: str, end: str, **more: Any) -> TimeItem:
    return TimeItem(D1, kind, WallTime.parse(begin), WallTime.parse(end), **more)


def test_a_schedule_written_by_hand_is_read(port: Scripted) -> None:
    port.says({"complete": True, "schedules": [SCHEDULE | {"step": 15, "usual_minutes": 30}, OTHER]})
    found = through(port.url).free(WINDOW)
    more = {"step_minutes": 15, "usual_minutes": 30}
    assert found.items == (
        item(TimeKind.FREE, FREE["begin"], FREE["end"], **more),
        item(TimeKind.BUSY, BUSY["begin"], BUSY["end"], **more),
    )
    assert (found.completeness, found.resources) == (Completeness.FULL, (D1, RemoteResource("d2", "north")))
    assert found.offsets == (RemoteOffset("north", WINDOW.first, 180),)
    assert found.items[0].begin.text == FREE["begin"]
    assert (port.seen[0].method, port.seen[0].path) == ("GET", "/site/v1/free?from=2026-12-01&to=2026-12-01")


def test_the_stand_ins_schedule_is_read_whole(desk: Desk) -> None:
    found = desk.gateway().free(desk.window())
    assert (found.completeness, len(found.resources), found.warnings) == (Completeness.FULL, 5, ())
    assert {(told.location_id, told.minutes) for told in found.offsets} == {("north", 180), ("ural", 300)}
    assert sum(one.resource == D1 for one in found.items) == 16


def test_one_doctor_is_asked_alone_and_a_visit_of_ours_is_busy(desk: Desk) -> None:
    gateway, slot = desk.gateway(), desk.slot()
    assert isinstance(gateway.book(request(slot)), Booked)
    found = gateway.free(Window(slot.begin.day, slot.begin.day), resource=slot.resource)
    assert found.resources == (slot.resource,)
    assert [(one.begin, one.end) for one in found.items if one.kind is TimeKind.BUSY] == [
        (slot.begin, slot.begin.plus(30 * 60))
    ]


def test_ids_are_escaped_in_addresses(port: Scripted) -> None:
    port.says({"complete": True, "schedules": []})
    through(port.url).free(WINDOW, resource=RemoteResource("a&b=c#%", "x/y?z"))
    assert (
        port.seen[0].path
        == "/site/v1/free?from=2026-12-01&to=2026-12-01&doctor=a%26b%3Dc%23%25&branch=x%2Fy%3Fz"
    )


@pytest.mark.parametrize("fault", ["empty", "partial"])
def test_trap_07_an_empty_or_partial_answer_is_not_a_whole_one(desk: Desk, fault: str) -> None:
    desk.fault(fault, "free")
    expected = Completeness.SUSPICIOUS_EMPTY if fault == "empty" else Completeness.PARTIAL
    assert desk.gateway().free(desk.window()).completeness is expected


def test_trap_07_an_answer_about_somebody_else_names_nobody(port: Scripted) -> None:
    port.says({"complete": True, "schedules": [SCHEDULE]})
    found = through(port.url).free(WINDOW, resource=RemoteResource("d9", "north"))
    assert (found.resources, found.items, found.completeness) == ((), (), Completeness.SUSPICIOUS_EMPTY)


BROKEN = [
    {"free": None},
    {"free": [FREE, 7]},
    {"free": [FREE | {"end": FREE["begin"]}]},
    {"free": [FREE | {"begin": "2026-12-01T9:00"}]},
    {"free": [FREE | {"begin": "0001-01-01T09:00"}]},
    {"free": [FREE | {"end": "9999-12-31T23:59"}]},
    {"free": [FREE | {"end": "2026-02-30T10:00"}]},
    {"free": [FREE | {"begin": "2026-12-01T09:00Z"}]},
    {"free": [FREE | {"begin": 900}]},
    {"busy": [BUSY | {"begin": None}]},
    {"step": 0},
    {"usual_minutes": "00:30"},
    {"zone": "Europe/Narnia"},
    {"zone": "../../etc/passwd"},
    {"zone": "Europe"},
    {"zone": None},
]


@pytest.mark.parametrize("damage", BROKEN)
def test_trap_11_a_schedule_that_cannot_be_read_is_not_named_and_the_others_are(
    port: Scripted, damage: dict[str, Any]
) -> None:
    port.says({"complete": True, "schedules": [SCHEDULE | damage, OTHER]})
    found = through(port.url).free(WINDOW)
    assert (found.resources, found.items) == ((RemoteResource("d2", "north"),), ())
    assert found.warnings == ("the schedule of doctor d1 in north can't be read, or came twice",)


def test_a_schedule_that_comes_twice_is_not_believed(port: Scripted) -> None:
    port.says({"complete": True, "schedules": [SCHEDULE, OTHER, SCHEDULE | {"busy": []}]})
    found = through(port.url).free(WINDOW)
    assert found.resources == (RemoteResource("d2", "north"),)


def test_trap_10_one_branch_has_one_zone(port: Scripted) -> None:
    port.says({"complete": True, "schedules": [SCHEDULE, OTHER | {"zone": "Asia/Omsk"}]})
    found = through(port.url).free(WINDOW)
    assert (found.resources, len(found.offsets)) == ((D1,), 1)


@pytest.mark.parametrize(
    "entry", [7, None, {}, {"doctor": "d1"}, SCHEDULE | {"doctor": "д1"}, SCHEDULE | {"branch": ""}]
)
def test_a_schedule_of_nobody_is_counted(port: Scripted, entry: object) -> None:
    port.says({"complete": True, "schedules": [entry, OTHER]})
    found = through(port.url).free(WINDOW)
    assert found.warnings == ("1 schedules name no doctor or branch, or one that was not asked for",)
    assert len(found.resources) == 1


@pytest.mark.parametrize(
    "told", [{}, {"complete": 1, "schedules": []}, {"complete": True}, {"complete": True, "schedules": {}}]
)
def test_what_is_no_schedule_is_no_answer(port: Scripted, told: object) -> None:
    with pytest.raises(GatewayUnavailableError):
        through(port.says(told).url).free(WINDOW)


@pytest.mark.parametrize("fault", ["http_500", "garbage", "commit_then_drop", "at_the_door"])
def test_a_schedule_that_did_not_come_is_said(desk: Desk, fault: str) -> None:
    desk.fault(fault, "free")
    with pytest.raises(GatewayUnavailableError):
        desk.gateway().free(desk.window())


def test_the_feed_begins_now_and_tells_each_visit_as_it_stands(desk: Desk) -> None:
    gateway, clinic = desk.gateway(), desk.simulator.clinic
    first = clinic.clerk_books("d1", "north", f"{desk.day()}T09:00", 30)
    start = gateway.changes("")
    assert start.changes == ()
    asked = request(desk.slot())
    gateway.book(asked)
    own = clinic.clerk_books("d2", "north", f"{desk.day()}T09:00", 20)
    clinic.clerk_moves(own, f"{desk.day()}T15:00")
    clinic.clerk_cancels(first)
    batch = gateway.changes(start.cursor)
    assert [(one.kind, one.ref, one.reference, one.begin.iso()[11:16]) for one in batch.changes] == [
        (ChangeKind.MOVED, asked.reference, asked.reference, "10:00"),
        (ChangeKind.MOVED, f"id:{own}", "", "15:00"),
        (ChangeKind.CANCELLED, f"id:{first}", "", "09:00"),
    ]
    assert batch.ack_token is None
    assert gateway.changes(batch.cursor) == ChangeBatch((), batch.cursor)


def test_trap_17_the_same_cursor_tells_the_same_again(desk: Desk) -> None:
    gateway = desk.gateway()
    start = gateway.changes("").cursor
    gateway.book(request(desk.slot()))
    assert gateway.changes(start) == gateway.changes(start)
    assert len(gateway.changes(start).changes) == 1


def test_trap_18_a_long_feed_comes_in_pages_that_leave_nothing_out(desk: Desk) -> None:
    gateway, clinic = desk.gateway(), desk.simulator.clinic
    cursor = gateway.changes("").cursor
    made = [
        f"id:{clinic.clerk_books(doctor, 'north', f'{desk.day(day)}T{hour:02}:{minute:02}', 5)}"
        for doctor in ("d1", "d2")
        for day in range(1, 11)
        for hour in (9, 14)
        for minute in range(0, 60, 5)
    ]
    seen: list[str] = []
    while batch := gateway.changes(cursor):
        if not batch.changes:
            break
        seen += [change.ref for change in batch.changes]
        cursor = batch.cursor
    assert (len(seen), seen) == (480, made)


def test_a_change_that_cannot_be_read_stops_no_other(
    port: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    port.says({"changes": [CHANGE | {"begin": "soon"}, 7, CHANGE | {"reference": REFERENCE}], "cursor": "5"})
    batch = through(port.url).changes("4")
    assert batch == ChangeBatch(
        (RemoteChange(ChangeKind.MOVED, REFERENCE, D1, WallTime.parse(CHANGE["begin"]), 30, REFERENCE),), "5"
    )
    assert len(caplog.records) == 2
    assert port.seen[0].path == "/site/v1/changes?after=4"


@pytest.mark.parametrize(
    "told", [{}, {"changes": []}, {"changes": [], "cursor": ""}, {"changes": {}, "cursor": "1"}]
)
def test_a_feed_without_a_cursor_is_no_answer(port: Scripted, told: object) -> None:
    with pytest.raises(GatewayUnavailableError):
        through(port.says(told).url).changes("")


def test_a_cursor_that_the_clinic_lost_is_said(desk: Desk) -> None:
    with pytest.raises(GatewayUnavailableError, match="unknown_cursor"):
        desk.gateway().changes("99")

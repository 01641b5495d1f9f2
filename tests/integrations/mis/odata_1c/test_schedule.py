"""Free and taken time as 1С writes it, by rows written by hand, and over the stand-in."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.normaliser import Place, normalise
from feldsher.domain.scheduling.ports import (
    FreeTime,
    GatewayUnavailableError,
    RemoteResource,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from integrations.mis.odata_1c.factory import (
    CELLS,
    EYES,
    FIRST,
    INTERVALS,
    VISITS,
    WORK,
    Clinic,
    Hand,
    read,
    visit,
    work,
)
from testbench.odata_1c.model import DOCTORS, NORTH, URAL

DAY = "2026-12-01"
WEEK = Window(date(2026, 12, 1), date(2026, 12, 7))
ELSEWHERE = RemoteResource(FIRST.practitioner_id, URAL.id)
MOSCOW = "Europe/Moscow"
NUMBER = "11111111-0000-4000-8000-000000000001"


def wall(text: str) -> WallTime:
    return WallTime.parse(text)


def item(kind: TimeKind, begin: str, end: str, *, step: int | None = None) -> TimeItem:
    return TimeItem(FIRST, kind, wall(begin), wall(end), step_minutes=step)


@pytest.fixture
def day(hand: Hand) -> Hand:
    """A day of a doctor: two shifts with a pause, a visit, and one that was cancelled."""
    hand.tables = {
        WORK: [
            work(DAY, "09:00:00", "13:00:00"),
            work(DAY, "13:00:00", "14:00:00", kind="Перерыв"),
            work(DAY, "14:00:00", "00:00:00"),
        ],
        VISITS: [
            visit(f"{DAY}T09:30:00", f"{DAY}T10:00:00", number=NUMBER),
            visit(f"{DAY}T11:00:00", f"{DAY}T11:30:00", number=NUMBER[:-1] + "2", Статус="Отменена"),
            visit(f"{DAY}T12:00:00", f"{DAY}T12:30:00", number=NUMBER[:-1] + "3", DeletionMark=True),
        ],
    }
    return hand


def test_trap_11_times_of_the_year_1_are_times_of_their_day_and_all_is_read_as_1c_writes_it(
    day: Hand,
) -> None:
    found = day.gateway().free(WEEK)
    assert (found.completeness, found.resources, found.warnings) == (Completeness.FULL, (FIRST,), ())
    assert found.items == (
        item(TimeKind.FREE, f"{DAY}T09:00", f"{DAY}T13:00"),
        item(TimeKind.BREAK, f"{DAY}T13:00", f"{DAY}T14:00"),
        item(TimeKind.FREE, f"{DAY}T14:00", f"{DAY}T24:00"),
        item(TimeKind.BUSY, f"{DAY}T09:30", f"{DAY}T10:00"),
    )


def test_what_is_asked_is_what_1c_publishes(day: Hand) -> None:
    day.gateway().free(WEEK)
    day.gateway(format="json;odata=nometadata").free(WEEK, resource=FIRST)
    asked = [read(one.path) for one in day.asked]
    assert {one.headers["Authorization"] for one in day.asked} == {"Basic ZGVtbzpkZW1v"}
    assert all(one.path.isascii() and " " not in one.path and "+" not in one.path for one in day.asked)
    assert asked[0] == (
        WORK,
        {
            "$format": "json",
            "$select": "Дата,Врач_Key,Филиал_Key,ВремяНачала,ВидВремени,ВремяОкончания",
            "$filter": "Дата ge datetime'2026-11-30T00:00:00' and Дата lt datetime'2026-12-08T00:00:00'",
            "$orderby": "Дата,Врач_Key,Филиал_Key,ВремяНачала",
            "$inlinecount": "allpages",
            "$top": "10000",
            "$skip": "0",
        },
    )
    entity, options = asked[3]
    assert (entity, options["$format"]) == (VISITS, "json;odata=nometadata")
    assert options["$select"] == "Ref_Key,Врач_Key,ДатаНачала,ДатаОкончания,Статус,Филиал_Key,DeletionMark"
    assert options["$filter"] == (
        "ДатаНачала lt datetime'2026-12-08T00:00:00' and (ДатаОкончания gt datetime'2026-12-01T00:00:00'"
        " or ДатаНачала ge datetime'2026-12-01T00:00:00' or ДатаОкончания eq datetime'0001-01-01T00:00:00')"
        f" and Врач_Key eq guid'{FIRST.practitioner_id}' and Филиал_Key eq guid'{FIRST.location_id}'"
    )


def test_what_may_not_be_seen_is_never_asked_to_be_left_out(clinic: Clinic) -> None:
    clinic.gateway().directory()
    clinic.gateway().free(clinic.window())
    assert not any("allowedOnly" in options for _, options in clinic.reads())


def test_a_meaning_that_nobody_listed_is_taken_time(hand: Hand) -> None:
    cell = {"Врач_Key": FIRST.practitioner_id, "Филиал_Key": FIRST.location_id}
    states = ["Свободно", "НеПринимает", "Занято", "ПодВопросом", "", None, 7]
    hand.tables["InformationRegister_ЯчейкиРасписания"] = [
        cell
        | {"Начало": f"{DAY}T{9 + n:02}:00:00", "Окончание": f"{DAY}T{9 + n:02}:30:00", "Состояние": state}
        for n, state in enumerate(states)
    ]
    found = hand.gateway(time=CELLS["time"]).free(WEEK)
    assert [one.kind for one in found.items] == ["free", "break", *["busy"] * 5]
    assert [one.step_minutes for one in found.items] == [30, *[None] * 6]


def test_cells_that_follow_each_other_are_one_stretch_with_their_step(hand: Hand) -> None:
    cell = {"Врач_Key": FIRST.practitioner_id, "Филиал_Key": FIRST.location_id, "Состояние": "Свободно"}
    hand.tables["InformationRegister_ЯчейкиРасписания"] = [
        cell | {"Начало": f"{DAY}T{begin}:00", "Окончание": f"{DAY}T{end}:00"}
        for begin, end in (("09:00", "09:15"), ("09:15", "09:30"), ("09:30", "10:00"), ("10:15", "10:30"))
    ]
    assert hand.gateway(time=CELLS["time"]).free(WEEK).items == (
        item(TimeKind.FREE, f"{DAY}T09:00", f"{DAY}T09:30", step=15),
        item(TimeKind.FREE, f"{DAY}T09:30", f"{DAY}T10:00", step=30),
        item(TimeKind.FREE, f"{DAY}T10:15", f"{DAY}T10:30", step=15),
    )
    stretches = [CELLS["time"][0] | {"cells": False}]
    assert hand.gateway(time=stretches).free(WEEK).items == (
        item(TimeKind.FREE, f"{DAY}T09:00", f"{DAY}T10:00"),
        item(TimeKind.FREE, f"{DAY}T10:15", f"{DAY}T10:30"),
    )


@pytest.mark.parametrize(
    ("length", "minutes"),
    [("0001-01-01T00:45:00", 45), ("45", 45), (45, 45), (45.0, 45), ("0001-01-01T23:59:00", 1439)],
)
def test_a_length_is_a_number_a_text_or_a_time_of_the_year_1(hand: Hand, length: Any, minutes: int) -> None:
    visits = INTERVALS["time"][1] | {"minutes": "Длительность"}
    visits.pop("end")
    row = visit(f"{DAY}T09:30:00", "", number=NUMBER, Длительность=length)
    hand.tables = {WORK: [work(DAY, "09:00:00", "13:00:00")], VISITS: [row]}
    found = hand.gateway(time=[INTERVALS["time"][0], visits]).free(WEEK)
    assert found.items[1].end == wall(f"{DAY}T09:30").plus(minutes * 60)


def test_a_length_may_be_one_for_all(hand: Hand) -> None:
    visits = {key: value for key, value in INTERVALS["time"][1].items() if key != "end"} | {"minutes": 20}
    hand.tables = {
        WORK: [work(DAY, "09:00:00", "13:00:00")],
        VISITS: [visit(f"{DAY}T09:30:00", "", number=NUMBER)],
    }
    found = hand.gateway(time=[INTERVALS["time"][0], visits]).free(WEEK)
    assert found.items[1].end == wall(f"{DAY}T09:50")
    assert read(hand.asked[1].path)[1]["$filter"] == (
        "ДатаНачала ge datetime'2026-11-30T00:00:00' and ДатаНачала lt datetime'2026-12-08T00:00:00'"
    )


def test_a_shift_of_the_eve_that_ends_in_the_window_is_in_it_and_one_before_is_not(hand: Hand) -> None:
    visits = [
        visit("2026-11-30T23:30:00", "2026-12-01T00:30:00", number=NUMBER),
        visit("2026-11-30T20:00:00", "2026-12-01T00:00:00", number=NUMBER[:-1] + "2"),
    ]
    hand.tables = {WORK: [work(DAY, "00:00:00", "08:00:00")], VISITS: visits}
    found = hand.gateway().free(WEEK)
    assert [one.begin.iso() for one in found.items] == ["2026-12-01T00:00:00", "2026-11-30T23:30:00"]


def test_a_leave_of_weeks_that_began_before_the_window_closes_it(clinic: Clinic) -> None:
    window = clinic.window()
    begin, days = datetime.combine(window.first - timedelta(days=10), time(), ZoneInfo(MOSCOW)), 14
    clinic.clerk(
        "book", resource=FIRST.practitioner_id, location=FIRST.location_id,
        start=begin.isoformat(), minutes=days * 1440, force=True,
    )  # fmt: skip
    for resource in (None, FIRST):
        found = clinic.gateway().free(window, resource=resource)
        busy = [one for one in found.items if one.resource == FIRST and one.kind == "busy"]
        assert [one.begin.day for one in busy if one.begin.day < window.first] == [begin.date()]
        free = offered(found, window)
        assert free == offered(clinic.gateway(time=CELLS["time"]).free(window, resource=resource), window)
        doctor = UUID(FIRST.practitioner_id)
        his = [one.start for key, day in free.items() if key.practitioner_id == doctor for one in day]
        assert his
        assert min(his) >= begin + timedelta(days=days)


def test_a_row_that_never_ends_leaves_its_doctor_as_he_was(day: Hand) -> None:
    day.tables[WORK].append(work(DAY, "09:00:00", "12:00:00", resource=ELSEWHERE))
    endless = visit("2026-10-01T00:00:00", "0001-01-01T00:00:00", number=NUMBER[:-1] + "4")
    day.tables[VISITS] += [
        endless,
        visit(f"{DAY}T09:00:00", f"{DAY}T09:30:00", number=NUMBER[:-1] + "5", resource=ELSEWHERE),
    ]
    found = day.gateway().free(WEEK)
    assert found.resources == (ELSEWHERE,)
    assert "ДатаОкончания is of no year of ours" in found.warnings[0]
    passed = INTERVALS["time"][1]["gone"] | {"ДатаОкончания": ["0001-01-01T00:00:00"]}
    times = [INTERVALS["time"][0], INTERVALS["time"][1] | {"gone": passed}]
    assert set(day.gateway(time=times).free(WEEK).resources) == {FIRST, ELSEWHERE}


@pytest.mark.parametrize(
    "broken",
    [
        {"ВремяНачала": "0001-01-01T25:00:00"},
        {"ВремяНачала": "09:00"},
        {"ВремяНачала": None},
        {"ВремяНачала": 930},
        {"ВремяНачала": "9999-12-31T09:00:00"},
        {"ВремяНачала": "2026-12-01T09:00:00Z"},
        {"ВремяНачала": "2026-12-01T09:00:00+03:00"},
        {"ВремяОкончания": "0001-01-01T08:00:00"},
        {"Дата": "0001-01-01T00:00:00"},
        {"Дата": "2026-02-31T00:00:00"},
        {"Дата": ["2026-12-01T00:00:00"]},
    ],
    ids=str,
)
def test_a_doctor_one_of_whose_rows_cannot_be_read_is_named_and_left_as_he_was(
    day: Hand, broken: dict[str, Any]
) -> None:
    day.tables[WORK] += [
        work(DAY, "09:00:00", "12:00:00", resource=ELSEWHERE),
        work("2026-12-02", "09:00:00", "12:00:00") | broken,
    ]
    found = day.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (ELSEWHERE,))
    (warning,) = found.warnings
    assert warning.startswith(
        f"the time of doctor {FIRST.practitioner_id} in {FIRST.location_id} can't be read: {WORK}: "
    )


@pytest.mark.parametrize(
    "nobody", [None, "", "00000000-0000-0000-0000-000000000000", 17, ["x"], "a b", "д" * 9]
)
def test_a_row_of_nobody_is_counted_and_passed_over(day: Hand, nobody: Any) -> None:
    day.tables[WORK].append(work(DAY, "15:00:00", "16:00:00") | {"Врач_Key": nobody})
    found = day.gateway().free(WEEK)
    assert (found.resources, found.warnings) == ((FIRST,), ("1 rows of time name no doctor or no branch",))


def test_a_reference_of_several_types_is_compared_here_alone(day: Hand) -> None:
    several = [
        {key: "Исполнитель" if value == "Врач_Key" else value for key, value in one.items() if key != "key"}
        | {"key": ["Дата"] if "day" in one else ["Ref_Key"]}
        for one in INTERVALS["time"]
    ]
    for rows in day.tables.values():
        for number, row in enumerate(rows):
            row["Исполнитель"] = row.pop("Врач_Key").upper()
            row["Исполнитель_Type"] = "StandardODATA.Catalog_Врачи"
            row.update({"Дата": f"2026-12-0{number + 1}T00:00:00"} if "Дата" in row else {})
    day.tables[WORK][0]["Исполнитель"] = DOCTORS[1].id
    found = day.gateway(time=several).free(WEEK, resource=FIRST)
    assert found.resources == (FIRST,)
    assert all("Исполнитель eq" not in read(one.path)[1]["$filter"] for one in day.asked)


@pytest.mark.parametrize("table", [WORK, VISITS])
def test_trap_07_a_table_that_brings_nothing_changes_nothing_unless_it_may(day: Hand, table: str) -> None:
    day.tables[table] = []
    found = day.gateway().free(WEEK)
    assert (found.completeness, found.resources, found.items) == (Completeness.SUSPICIOUS_EMPTY, (), ())
    assert found.warnings == (f"{table} has no row in these days: does the mapping fit?",)
    lenient = [one | {"may_be_empty": True} for one in INTERVALS["time"]]
    assert day.gateway(time=lenient).free(WEEK).completeness is Completeness.FULL


@pytest.mark.parametrize("table", [WORK, VISITS])
def test_trap_07_rows_of_the_eve_alone_are_no_rows_of_the_window(day: Hand, table: str) -> None:
    eve = "2026-11-30"
    day.tables[table] = (
        [work(eve, "09:00:00", "13:00:00")]
        if table == WORK
        else [visit(f"{eve}T09:30:00", f"{eve}T10:00:00", number=NUMBER)]
    )
    found = day.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.SUSPICIOUS_EMPTY, ())


@pytest.mark.parametrize("field", ["Врач_Key", "Филиал_Key"])
def test_trap_07_visits_of_other_doctors_than_the_shifts_are_no_visits(day: Hand, field: str) -> None:
    """The mapping took another catalogue of people, or of places: everybody would look free."""
    for row in day.tables[VISITS]:
        row[field] = "22222222-0000-4000-8000-000000000009"
    found = day.gateway().free(WEEK)
    assert (found.completeness, found.resources, found.items) == (Completeness.SUSPICIOUS_EMPTY, (), ())
    assert found.warnings == (f"{VISITS} names nobody who works in these days: does the mapping fit?",)


def test_a_doctor_of_the_eve_alone_is_not_named(day: Hand) -> None:
    day.tables[WORK].append(work("2026-11-30", "09:00:00", "13:00:00", resource=EYES))
    assert day.gateway().free(WEEK).resources == (FIRST,)


def test_trap_07_of_one_doctor_no_visit_is_a_fact_and_no_shift_is_none(day: Hand) -> None:
    day.tables[VISITS] = []
    assert day.gateway().free(WEEK, resource=FIRST).completeness is Completeness.FULL
    day.tables[WORK] = []
    assert day.gateway().free(WEEK, resource=FIRST).completeness is Completeness.SUSPICIOUS_EMPTY


@pytest.mark.parametrize("table", [WORK, VISITS])
def test_trap_07_a_table_that_cannot_be_read_leaves_the_whole_answer_away(clinic: Clinic, table: str) -> None:
    clinic.fault("odata_error", "schedule", entity=table)
    with pytest.raises(GatewayUnavailableError, match=r"^HTTP 500, 1С says: -1 Недостаточно прав$"):
        clinic.gateway().free(clinic.window())


def test_trap_06_working_time_is_not_sold_where_a_visit_or_a_pause_lies(clinic: Clinic) -> None:
    """What remains of shifts less pauses and visits is exactly what the same base calls free cells."""
    window = clinic.window()
    assert offered(clinic.gateway().free(window), window) == offered(
        clinic.gateway(time=CELLS["time"]).free(window), window
    )


def offered(answer: FreeTime, window: Window) -> Any:
    """Return what scheduling would offer of an answer, by doctor and day."""
    zones = {NORTH.id: "Europe/Moscow", URAL.id: "Asia/Yekaterinburg"}
    places = {
        one: Place(UUID(one.practitioner_id), UUID(one.location_id), zones[one.location_id])
        for one in answer.resources
    }
    found = normalise(
        answer,
        window=window,
        semantics=Hand(host="http://127.0.0.1:9").gateway().capabilities().semantics,
        places=places,
        now=clock.now(),
    )
    assert found.rows
    return {key: row.free for key, row in found.rows.items() if row.free}


@pytest.mark.parametrize(("resource", "zone"), [(FIRST, "Europe/Moscow"), (EYES, "Asia/Yekaterinburg")])
def test_trap_10_wall_times_stay_the_wall_s_in_either_zone(
    clinic: Clinic, resource: RemoteResource, zone: str
) -> None:
    first = min(clinic.gateway().free(clinic.window(), resource=resource).items, key=lambda one: one.begin)
    assert first.begin.iso().endswith("T09:00:00")
    offset = first.begin.at(ZoneInfo(zone)).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset == timedelta(hours=3 if zone == "Europe/Moscow" else 5)


def test_only_what_was_asked_is_told(clinic: Clinic) -> None:
    found = clinic.gateway().free(clinic.window(), resource=EYES)
    assert (found.resources, {one.resource for one in found.items}) == ((EYES,), {EYES})


def test_one_branch_for_all_needs_no_field(hand: Hand) -> None:
    times = [{key: value for key, value in one.items() if key != "branch"} for one in INTERVALS["time"]]
    times[0] = times[0] | {"key": ["Дата", "Врач_Key", "ВремяНачала"]}
    hand.tables = {
        WORK: [work(DAY, "09:00:00", "13:00:00")],
        VISITS: [visit(f"{DAY}T09:30:00", f"{DAY}T10:00:00", number=NUMBER)],
    }
    found = hand.gateway(branches={"only": "Клиника"}, time=times).free(WEEK)
    assert found.resources == (RemoteResource(FIRST.practitioner_id, "main"),)

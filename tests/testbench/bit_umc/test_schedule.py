"""Free and busy time, and the four formats of one schedule."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from testbench.bit_umc.grid import tile
from testbench.bit_umc.model import Period, Shift

WEEK = {"StartDate": "2026-09-07T00:00:00", "FinishDate": "2026-09-13T00:00:00"}
START = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)


def test_free_and_busy_tile_the_working_time(wire: Any) -> None:
    shifts = 0
    for row in wire.schedule():
        days: dict[str, list[tuple[str, str]]] = {}
        for start, end, _ in (*row.free, *row.busy):
            days.setdefault(start[:10], []).append((start, end))
        for pieces in days.values():
            shifts += 1
            pieces.sort()
            assert all(one[1] == other[0] for one, other in pairwise(pieces))
    network = wire.simulator.base.network
    assert shifts == sum(
        len(network.shifts(clinic.uid, day))
        for clinic in network.clinics
        for day in network.days(clinic, wire.simulator.base.now())[1:]
    )


def test_free_time_is_whole_and_breaks_have_a_kind(wire: Any) -> None:
    rows = wire.schedule()
    for row in rows:
        free = sorted(row.free)
        assert all(one[1] < other[0] for one, other in pairwise(free))
        assert all(kind for _, _, kind in free)
    kinds = {kind for row in rows for _, _, kind in row.busy}
    assert "" in kinds
    assert len(kinds) == 2
    assert {kind for row in rows for _, _, kind in row.free}.isdisjoint(kinds)


def test_most_doctors_have_no_default_length(wire: Any) -> None:
    lengths = {row.employee: row.default for row in wire.schedule()}
    assert len(lengths) == 27
    assert list(lengths.values()).count("00:00") == 20


def test_two_doctors_work_at_two_branches(wire: Any) -> None:
    places: dict[str, set[str]] = {}
    for row in wire.schedule():
        places.setdefault(row.employee, set()).add(row.clinic)
    assert sum(len(clinics) == 2 for clinics in places.values()) == 2


def test_it_covers_fourteen_days_of_each_branch(wire: Any) -> None:
    for clinic in wire.clinics:
        rows = wire.schedule(days=60, params={"Clinic": clinic})
        days = sorted({start[:10] for row in rows for start, _, _ in row.free})
        assert days[0] == "2026-09-07"
        assert days[-1] == "2026-09-19"  # the 20th, the last of the fourteen, is a Sunday
        assert len(days) == 12


def test_the_wall_time_is_the_branch_s_own(wire: Any) -> None:
    for clinic in wire.simulator.base.network.clinics:
        row = wire.schedule(params={"Clinic": clinic.uid})[0]
        shift = next(
            shift
            for day in wire.simulator.base.network.days(clinic, wire.simulator.base.now())[1:]
            for shift in wire.simulator.base.network.shifts(clinic.uid, day)
            if shift.employee == row.employee
        )
        first = min(start for start, _, _ in (*row.free, *row.busy))
        assert shift.start.isoformat() == first + {"Europe/Moscow": "+03:00"}.get(clinic.zone.key, "+05:00")


def test_filters_narrow_the_schedule_and_unknown_ids_match_nothing(wire: Any) -> None:
    rows = wire.schedule()
    chosen = sorted({row.employee for row in rows})[:2]
    found = wire.schedule(params={"Employees": ";".join(chosen)})
    assert sorted({row.employee for row in found}) == chosen
    assert {row.clinic for row in wire.schedule(params={"Clinic": wire.clinics[2]})} == {wire.clinics[2]}
    assert {row.clinic for row in wire.schedule(params={"Сlinic": wire.clinics[2]})} == {wire.clinics[2]}
    assert wire.schedule(params={"Clinic": "nobody"}) == []
    assert wire.schedule(params={"Employees": "nobody"}) == []


def test_get_schedule_is_the_unfiltered_one(wire: Any) -> None:
    assert wire.call("GetSchedule", **WEEK) == wire.call("GetSchedule20", **WEEK, params={})


def test_json_and_zips_say_what_xml_says(wire: Any) -> None:
    plain = wire.call("GetSchedule20", **WEEK, params={})
    as_json = wire.call("GetSchedule20", **WEEK, params={"Format": "JSON"})
    zipped = {}
    for kind in ("ZipXML", "ZipJSON"):
        packed = base64.b64decode(wire.call("GetSchedule20", **WEEK, params={"Format": kind}), validate=True)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            [name] = archive.namelist()
            zipped[kind] = archive.read(name).decode()
    assert zipped == {"ZipXML": plain, "ZipJSON": as_json}
    tree = json.loads(as_json)["ГрафикиДляСайта"]["ГрафикДляСайта"]
    names = [node.findtext("{S1}СотрудникФИО") for node in etree.fromstring(plain.encode())]
    assert [doctor["СотрудникФИО"] for doctor in tree] == names


def test_an_unknown_format_is_a_fault(wire: Any) -> None:
    answer = wire.post(wire.envelope("GetSchedule20", **WEEK, params={"Format": "CSV"}))
    assert answer.status_code == 500


def test_json_has_the_traps_of_the_live_service(wire: Any) -> None:
    one = wire.schedule()[0].employee
    params = {"Employees": one, "Clinic": wire.clinics[0], "Format": "JSON"}

    def doctor(**more: str) -> Any:
        text = wire.call("GetSchedule20", **WEEK, params=params | more)
        return json.loads(text)["ГрафикиДляСайта"]["ГрафикДляСайта"]

    assert isinstance(doctor(), dict)  # a single doctor is an object, not a list
    flat = doctor(OnlyFreeTime="true")
    assert "ПериодыГрафика" not in flat
    assert flat["ПериодГрафика"] == doctor()["ПериодыГрафика"]["СвободноеВремя"]["ПериодГрафика"]


def test_json_shows_no_busy_time_as_an_empty_string_and_one_period_as_an_object(wire: Any) -> None:
    text = wire.call("GetSchedule20", **WEEK, params={"Format": "JSON"})
    doctors = json.loads(text)["ГрафикиДляСайта"]["ГрафикДляСайта"]
    assert sum(doctor["ПериодыГрафика"]["ЗанятоеВремя"] == "" for doctor in doctors) == 4
    row, day = next(
        (row, start[:10])
        for row in wire.schedule()
        for start, _, _ in row.busy
        if sum(other.startswith(start[:10]) for other, _, _ in row.busy) == 1
    )
    alone = wire.call(
        "GetSchedule20",
        StartDate=f"{day}T00:00:00",
        FinishDate=f"{day}T00:00:00",
        params={"Format": "JSON", "Employees": row.employee, "Clinic": row.clinic},
    )
    busy = json.loads(alone)["ГрафикиДляСайта"]["ГрафикДляСайта"]["ПериодыГрафика"]["ЗанятоеВремя"]
    assert isinstance(busy["ПериодГрафика"], dict)


def test_the_enlargement_schedule_hides_breaks_and_bookings(wire: Any) -> None:
    root = wire.xml("GetEnlargementSchedule", **WEEK)
    exact = wire.xml("GetSchedule", **WEEK)
    assert len(root) == len(exact)
    for node in root:
        assert node.find("{S1}ПериодыГрафика/{S1}ЗанятоеВремя/{S1}ПериодГрафика") is None
        days = [day.text for day in node.iterfind(".//{S1}Дата")]
        assert len(days) == len(set(days))


def test_an_empty_window_is_an_empty_document(wire: Any) -> None:
    root = wire.xml("GetSchedule", StartDate="2020-01-01T00:00:00", FinishDate="2020-01-02T00:00:00")
    assert root.tag == "{S1}ГрафикиДляСайта"
    assert len(root) == 0


@pytest.mark.parametrize("hour", [17, 20, 23])
def test_today_is_the_branch_s_today(simulate: Callable[..., Any], clock: Any, hour: int) -> None:
    clock.moment = datetime(2026, 9, 7, hour, 30, tzinfo=UTC)
    wire = simulate()
    for clinic in wire.simulator.base.network.clinics:
        days = wire.simulator.base.network.days(clinic, clock())
        assert days[1] == clock().astimezone(clinic.zone).date()
        assert len(days) == 15


minutes = st.integers(0, 720)


@given(st.lists(st.tuples(minutes, minutes), max_size=12), st.lists(st.tuples(minutes, minutes), max_size=3))
def test_any_visits_and_breaks_tile_a_shift(
    visits: list[tuple[int, int]], breaks: list[tuple[int, int]]
) -> None:
    def periods(rows: list[tuple[int, int]], kind: str) -> tuple[Period, ...]:
        return tuple(
            Period(START + timedelta(minutes=min(row) - 60), START + timedelta(minutes=max(row) - 60), kind)
            for row in rows
        )

    zone = ZoneInfo("Europe/Moscow")
    shift = Shift(
        "e",
        "c",
        START.date(),
        START.astimezone(zone),
        START + timedelta(hours=9),
        "work",
        periods(breaks, "lunch"),
    )
    free, busy = tile(shift, periods(visits, ""))
    pieces = sorted((*free, *busy), key=lambda piece: piece.start)
    assert all(piece.start < piece.end for piece in pieces)
    assert pieces[0].start == shift.start
    assert pieces[-1].end == shift.end
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert all(one.end < other.start for one, other in pairwise(free))
    taken = periods(visits, "") + shift.breaks
    assert not any(
        piece.start < other.end and other.start < piece.end
        for piece in free
        for other in taken
        if other.start < other.end
    )

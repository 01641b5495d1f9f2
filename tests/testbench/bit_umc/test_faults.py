"""Each fault does what its name says, as often as it was told, and leaves the trace that it must or none."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from testbench.bit_umc.base import Rules

PERSON = {"PatientSurname": "Записнов", "PatientName": "Тест", "Phone": "+70000000011"}
BOOK = "BookAnAppointmentWithParams"
WEEK = {"StartDate": "2026-09-07T00:00:00", "FinishDate": "2026-09-13T00:00:00"}


def _book(wire: Any, target: dict[str, str], **more: str) -> Any:
    return wire.post(wire.envelope(BOOK, **target, **PERSON, **more))


def test_commit_then_drop_commits_once_and_answers_nothing(wire: Any) -> None:
    target = wire.target()
    wire.fault("commit_then_drop", times=1)
    assert wire.call("GetListClinic").startswith("<?xml")  # a sync doesn't eat the fault of the booking
    with pytest.raises(httpx.RemoteProtocolError):
        _book(wire, target)
    assert [row["status"] for row in wire.at(target)] == ["booked"]
    assert "Не удалось записать" in _book(wire, target).text
    assert len(wire.at(target)) == 1


def test_commit_then_drop_may_meet_a_cancellation(wire: Any) -> None:
    target = wire.target()
    _book(wire, target)
    uid = wire.at(target)[0]["id"]
    wire.fault("commit_then_drop", times=1, operation="cancel")
    with pytest.raises(httpx.RemoteProtocolError):
        wire.call("CancelBookAnAppointment", GUID=uid)
    assert wire.booking(uid)["status"] == "cancelled"


def test_commit_late_commits_after_the_caller_gave_up(wire: Any) -> None:
    target = wire.target()
    wire.fault("commit_late", times=1, delay=0.6)
    with pytest.raises(httpx.ReadTimeout):
        wire.post(wire.envelope(BOOK, **target, **PERSON), timeout=0.2)
    assert wire.at(target) == []
    deadline = time.monotonic() + 5
    while not wire.at(target) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [row["status"] for row in wire.at(target)] == ["booked"]


def test_commit_late_answers_nothing_to_who_waits(wire: Any) -> None:
    target = wire.target()
    wire.fault("commit_late", times=1, delay=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        _book(wire, target)
    assert len(wire.at(target)) == 1


def test_what_is_late_when_the_simulator_stops_is_never_committed(
    simulate: Callable[..., Any], tmp_path: Any
) -> None:
    wire = simulate(state=tmp_path / "state")
    wire.fault("commit_late", times=1, delay=30)
    with pytest.raises(httpx.ReadTimeout):
        wire.post(wire.envelope(BOOK, **wire.target(), **PERSON), timeout=0.2)
    wire.simulator.stop()
    assert (tmp_path / "state").exists() is False


def test_slow_answers_late(wire: Any) -> None:
    wire.fault("slow", times=1, delay=0.3)
    begun = time.monotonic()
    wire.call("GetListClinic")
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("http_500", "text/html; charset=utf-8"), ("text_500", "text/plain; charset=utf-8")],
)
def test_errors_of_http_leave_no_trace(wire: Any, name: str, content_type: str) -> None:
    target = wire.target()
    wire.fault(name, times=1)
    answer = _book(wire, target)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, content_type)
    assert answer.text.startswith("Не удалось записать документ") == (name == "text_500")
    assert wire.at(target) == []


def test_garbage_hides_a_commit(wire: Any) -> None:
    target = wire.target()
    wire.fault("garbage", times=1)
    answer = _book(wire, target)
    assert answer.status_code == 200
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)
    assert len(wire.at(target)) == 1


def test_empty_ok_is_well_formed_and_says_nothing(wire: Any) -> None:
    wire.fault("empty_ok")
    for operation, values in (
        ("GetListClinic", {}),
        ("GetListEmployees", {}),
        ("GetNomenclatureAndPrices", {"GUID": wire.clinics[0]}),
        ("GetSchedule", WEEK),
    ):
        assert len(wire.xml(operation, **values)) == 0
    assert wire.call("GetAppointmentStatus", GUID="x") == ""
    wire.fault("empty_ok", probability=0)
    target = wire.target()
    wire.fault("empty_ok", times=1, operation="book")
    assert wire.call(BOOK, **target, **PERSON) == ""
    assert wire.at(target) == []


def test_partial_loses_doctors_and_days(wire: Any) -> None:
    whole = wire.schedule()
    wire.fault("partial", times=1)
    part = wire.schedule()
    assert 0 < len(part) < len(whole)
    places = [(row.employee, row.clinic) for row in whole]
    assert all((row.employee, row.clinic) in places for row in part)
    last = whole[places.index((part[-1].employee, part[-1].clinic))]
    assert len(part[-1].free) < len(last.free)
    assert wire.schedule() == whole


def test_stale_grid_shows_what_was_before_the_last_bookings(wire: Any, clock: Any) -> None:
    before = wire.schedule()
    _book(wire, wire.target())
    after = wire.schedule()
    assert after != before
    wire.fault("stale_grid", delay=60)
    assert wire.schedule() == before
    clock.forward(seconds=61)
    assert wire.schedule() == after


def test_wrong_zone_shifts_each_wall_time(wire: Any) -> None:
    right = wire.schedule()
    wire.fault("wrong_zone", times=1, hours=-2)
    wrong = wire.schedule()
    assert len(wrong) == len(right)
    for one, other in zip(right, wrong, strict=True):
        for (start, end, _), (shifted, shifted_end, _) in zip(one.free, other.free, strict=True):
            assert datetime.fromisoformat(start) - datetime.fromisoformat(shifted) == timedelta(hours=2)
            assert datetime.fromisoformat(end) - datetime.fromisoformat(shifted_end) == timedelta(hours=2)


@pytest.mark.parametrize("name", ["duplicate_events", "reorder_events"])
def test_1c_has_no_events_to_spoil(wire: Any, name: str) -> None:
    answer = wire.bench("faults", name=name)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_supported")


@pytest.mark.parametrize("held", [False, True])
def test_clerk_race_takes_the_time_before_the_booking(wire: Any, held: bool) -> None:  # noqa: FBT001 - a case
    target = wire.target()
    guid = wire.xml("GetReserve", **target).findtext("{S1}УИД") if held else ""
    wire.fault("clerk_race", times=1)
    assert "Не удалось записать документ" in _book(wire, target, GUID=guid).text
    assert [row["source"] for row in wire.at(target)] == ["clerk"]


def test_clerk_race_may_meet_the_reserve(wire: Any) -> None:
    target = wire.target()
    wire.fault("clerk_race", times=1, operation="reserve")
    assert wire.xml("GetReserve", **target).findtext("{S1}Результат") == "false"
    assert [row["source"] for row in wire.at(target)] == ["clerk"]


def test_hold_job_off_lets_reserves_outlive_their_time(simulate: Callable[..., Any], clock: Any) -> None:
    wire = simulate(hold_job_interval=0.05)
    wire.fault("hold_job_off", times=4)
    uid = wire.xml("GetReserve", **wire.target()).findtext("{S1}УИД")
    clock.forward(minutes=20)
    faults = wire.simulator.faults
    while any(row["name"] == "hold_job_off" for row in faults.listing()):
        assert wire.booking(uid)["status"] == "reserved"
        time.sleep(0.02)
    deadline = time.monotonic() + 5
    while wire.booking(uid)["status"] == "reserved" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert wire.booking(uid)["status"] == "cancelled"


def test_bare_ok_is_the_default_and_can_be_switched(wire: Any) -> None:
    target = wire.target()
    assert ">Ok<" in _book(wire, target).text
    uid = wire.at(target)[0]["id"]
    wire.fault("bare_ok", probability=0)
    assert f"&lt;УИД>{uid}" in _book(wire, target, GUID=uid).text.replace("<![CDATA[", "").replace(
        "<УИД>", "&lt;УИД>"
    )
    assert wire.bench("reset", seed=1).is_success
    assert ">Ok<" in _book(wire, target).text


def test_duplicate_clients_makes_a_second_card(simulate: Callable[..., Any]) -> None:
    wire = simulate(rules=Rules(match_clients=True))
    wire.fault("duplicate_clients", times=1)
    first = wire.target()
    _book(wire, first)
    second = wire.target()
    assert second != first
    wire.fault("duplicate_clients", times=1)
    _book(wire, second)
    assert wire.at(first)[0]["client"] != wire.at(second)[0]["client"]


def test_times_count_down_and_the_listing_tells(wire: Any) -> None:
    wire.fault("http_500", times=2, operation="GetListClinic")
    codes = [wire.post(wire.envelope("GetListClinic")).status_code for _ in range(3)]
    assert codes == [500, 500, 200]
    assert wire.post(wire.envelope("GetListEmployees")).status_code == 200
    wire.fault("slow", delay=0.01, operation="schedule")
    wire.schedule()
    listing = wire.http.get(wire.simulator.bench_url + "/_bench/faults").json()["faults"]
    assert [(row["name"], row["fired"]) for row in listing] == [("bare_ok", 0), ("slow", 1)]


def test_probability_is_drawn_from_the_seed(simulate: Callable[..., Any]) -> None:
    def codes() -> list[int]:
        wire = simulate(seed=7)
        wire.fault("http_500", probability=0.5)
        return [wire.post(wire.envelope("GetListClinic")).status_code for _ in range(40)]

    one = codes()
    assert one == codes()
    assert 10 < one.count(500) < 30


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "nope"}, "unknown_fault"),
        ({"name": "slow", "operation": "nope"}, "unknown_operation"),
        ({"name": "partial", "operation": "book"}, "unknown_operation"),
        ({"name": "slow", "probability": 2}, "invalid"),
        ({"name": "slow", "times": -1}, "invalid"),
        ({"name": "slow", "times": True}, "invalid"),
        ({"name": "slow", "delay": "long"}, "invalid"),
        ({"name": "slow", "delay": -1}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_wrong_fault_is_refused(wire: Any, fields: dict[str, Any], code: str) -> None:
    answer = wire.bench("faults", **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)

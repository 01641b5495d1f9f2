"""The inspection API and the journal's page."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest


def _free(wire: Any) -> tuple[str, datetime]:
    row = wire.schedule(params={"Clinic": wire.clinics[2]})[0]
    return row.employee, datetime.fromisoformat(f"{row.free[0][0]}+05:00")


def test_a_clerk_books_and_cancels_by_phone(wire: Any) -> None:
    doctor, start = _free(wire)
    answer = wire.bench("book", resource=doctor, start=start.isoformat(), minutes=20, name="Талонов Пример")
    booked = answer.json()
    assert answer.status_code == 200
    assert datetime.fromisoformat(booked["start"]) == start
    assert datetime.fromisoformat(booked["end"]) == start + timedelta(minutes=20)
    assert (booked["source"], booked["status"], booked["patient"]["name"]) == (
        "clerk",
        "booked",
        "Талонов Пример",
    )
    assert booked["mis_status"]["code"] == 2
    assert wire.bench("cancel", id=booked["id"]).json()["status"] == "cancelled"
    assert wire.bench("cancel", id=booked["id"]).json()["code"] == "already_cancelled"


def test_start_may_stand_in_any_zone(wire: Any) -> None:
    doctor, start = _free(wire)
    utc = start - timedelta(hours=5)
    spelled = utc.replace(tzinfo=None).isoformat() + "+00:00"
    booked = wire.bench(
        "book", resource=doctor, start=spelled, end=(start + timedelta(hours=0.5)).isoformat()
    )
    assert datetime.fromisoformat(booked.json()["start"]) == start
    assert booked.json()["start"].endswith("+05:00")


def test_an_overlap_is_409_unless_forced_and_the_grid_still_tiles(wire: Any) -> None:
    doctor, start = _free(wire)
    fields = {"resource": doctor, "start": start.isoformat(), "minutes": 30}
    assert wire.bench("book", **fields).status_code == 200
    refused = wire.bench("book", **fields)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert wire.bench("book", **fields, force=True).status_code == 200
    row = wire.schedule(params={"Employees": doctor})[0]
    at = f"{start:%Y-%m-%dT%H:%M:%S}"
    assert [end for begin, end, _ in row.busy if begin == at] == [
        f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}"
    ]


@pytest.mark.parametrize(
    ("call", "fields", "status", "code"),
    [
        ("book", {}, 422, "invalid"),
        ("book", {"resource": "nobody", "start": "2026-09-08T10:00:00+03:00"}, 422, "unknown_employee"),
        ("cancel", {"id": "nobody"}, 404, "unknown_guid"),
        ("cancel", {"id": 5}, 422, "invalid"),
        ("reset", {"seed": "x"}, 422, "invalid"),
        ("nope", {}, 404, "not_found"),
    ],
)
def test_errors_are_json_with_a_code(
    wire: Any, call: str, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = wire.bench(call, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("start", ["2026-09-08T10:00:00", "tomorrow", "", None])
def test_a_start_without_an_offset_is_refused(wire: Any, start: Any) -> None:
    answer = wire.bench("book", resource=_free(wire)[0], start=start)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_not_a_json_object_is_400(wire: Any, body: bytes) -> None:
    answer = httpx.post(wire.simulator.bench_url + "/_bench/book", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")


def test_reset_makes_a_new_network_and_forgets_all(wire: Any) -> None:
    before = wire.state()
    doctor, start = _free(wire)
    wire.bench("book", resource=doctor, start=start.isoformat())
    wire.fault("slow", delay=0.01)
    assert wire.bench("reset", seed=1).json() == {"seed": 1}
    assert wire.state() == before
    assert [row["name"] for row in wire.simulator.faults.listing()] == ["bare_ok"]
    wire.bench("reset", seed=2)
    assert wire.state() != before


def test_the_page_shows_a_booking_and_runs_no_script(wire: Any) -> None:
    target = wire.target()
    wire.call(
        "BookAnAppointment", **target, PatientSurname="<b>Записнов", PatientName="Тест", Phone="+70000000011"
    )
    for query in ("", f"?date={target['Date'][:10]}", "?date=nonsense"):
        answer = httpx.get(f"{wire.simulator.bench_url}/{query}")
        assert answer.status_code == 200
        assert "&lt;b&gt;Записнов Тест" in answer.text
        assert "+70000000011" in answer.text
        assert "Новая заявка с сайта" in answer.text
        assert "<script" not in answer.text
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    style = httpx.get(f"{wire.simulator.bench_url}/journal.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"


def test_resources_and_locations_are_listed(wire: Any) -> None:
    state = wire.state()
    assert len(state["resources"]) == 28
    assert all(set(row) == {"id", "name", "location"} for row in state["resources"])
    assert [row["zone"] for row in state["locations"]] == [
        "Europe/Moscow",
        "Europe/Moscow",
        "Asia/Yekaterinburg",
    ]

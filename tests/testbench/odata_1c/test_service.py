"""The project's service and the registrar, under one lock and the same rules."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from testbench.odata_1c.model import NORTH, SERVICES, SHIFTS, URAL
from testbench.odata_1c.server import RunningSimulator

SHIFT = SHIFTS[0]
PATIENT = {
    "family": "Записнов", "given": "Тест", "middle": "", "phone": "+70000000011", "birth_date": None,
    "email": "",
}  # fmt: skip


def a_morning(simulator: RunningSimulator) -> datetime:
    """Return nine o'clock of a working day whose first two hours are nobody's."""
    taken = [one for one in simulator.base.visits() if one.doctor == SHIFT.doctor.id]
    for stretch in simulator.base.stretches():
        start = datetime.combine(stretch.day, stretch.begin, NORTH.zone)
        free = not any(one.start < start + timedelta(hours=2) and start < one.end for one in taken)
        if stretch.shift == SHIFT and start > datetime.now(tz=UTC) and stretch.begin.hour == 9 and free:
            return start
    raise AssertionError("no free morning")


@pytest.fixture
def order(simulator: RunningSimulator) -> dict[str, Any]:
    return {
        "doctor": SHIFT.doctor.id, "branch": NORTH.id, "service": SERVICES[0].id,
        "begin": a_morning(simulator).strftime("%Y-%m-%dT%H:%M:%S"), "minutes": 30, "comment": "",
        "patient": PATIENT,
    }  # fmt: skip


def put(base: httpx.Client, order: dict[str, Any], *, reference: str = "") -> httpx.Response:
    return base.put(f"/hs/feldsher/visits/{reference or uuid4()}", json=order)


def active(simulator: RunningSimulator) -> list[str]:
    return [
        one.reference for one in simulator.base.visits() if one.source == "site" and one.status == "booked"
    ]


def test_twenty_at_once_for_one_time_are_one_visit(
    simulator: RunningSimulator, base: httpx.Client, order: dict[str, Any]
) -> None:
    told: list[int] = []

    def run(number: int) -> None:
        begin = order["begin"].replace("09:00", f"09:{5 * (number % 4):02}")
        told.append(put(base, order | {"begin": begin}).status_code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [201] + [409] * 19
    assert len(active(simulator)) == 1


def test_a_reference_is_one_visit_for_ever(
    simulator: RunningSimulator, base: httpx.Client, order: dict[str, Any]
) -> None:
    reference = str(uuid4())
    assert [put(base, order, reference=reference).status_code for _ in range(2)] == [201, 200]
    place = f"/hs/feldsher/visits/{reference}"
    assert base.get(place).json()["state"] == "booked"
    assert [base.delete(place).json()["state"] for _ in range(2)] == ["cancelled"] * 2
    assert put(base, order, reference=reference).json()["state"] == "cancelled"
    assert active(simulator) == []
    assert put(base, order).status_code == 201


def test_a_reference_that_nobody_knows_may_be_closed(base: httpx.Client, order: dict[str, Any]) -> None:
    reference = str(uuid4())
    place = f"/hs/feldsher/visits/{reference}"
    assert base.get(place).json() == {"reference": reference, "state": "none"}
    assert base.delete(place).json() == {"reference": reference, "state": "cancelled"}
    assert put(base, order, reference=reference).json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"begin": "2026-12-01T09:00"}, 400, "bad_request"),
        ({"minutes": 0}, 400, "bad_request"),
        ({"minutes": "30"}, 400, "bad_request"),
        ({"colour": "red"}, 400, "bad_request"),
        ({"patient": PATIENT | {"phone": ""}}, 400, "bad_request"),
        ({"branch": URAL.id}, 422, "unknown_party"),
        ({"service": "x"}, 422, "unknown_party"),
        ({"minutes": 600}, 409, "taken"),
    ],
)
def test_what_breaks_the_contract_is_refused(
    simulator: RunningSimulator,
    base: httpx.Client,
    order: dict[str, Any],
    change: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = put(base, order | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert active(simulator) == []


def test_what_is_no_call_is_none(base: httpx.Client, order: dict[str, Any]) -> None:
    assert base.post(f"/hs/feldsher/visits/{uuid4()}", json=order).status_code == 405
    assert base.put("/hs/nowhere", json=order).status_code == 404
    assert put(base, order, reference="1").json() == {"code": "bad_request"}
    assert base.put(f"/hs/feldsher/visits/{uuid4()}", content=b"[").json() == {"code": "bad_request"}


def test_the_older_dialect_says_the_same(
    simulator: RunningSimulator, base: httpx.Client, order: dict[str, Any]
) -> None:
    reference = str(uuid4())
    told = {
        "Номер": reference, "Врач": order["doctor"], "Филиал": order["branch"], "Услуга": None,
        "Начало": order["begin"], "Минут": 30, "Примечание": "",
        "Пациент": {"Фамилия": "А", "Имя": "Б", "Отчество": "", "Телефон": "+7", "ДатаРождения": None,
                    "Почта": ""},
    }  # fmt: skip
    assert base.post("/hs/zapis/zapisat", json=told).json()["Состояние"] == "Записан"
    assert active(simulator) == [reference]
    refused = base.post("/hs/zapis/zapisat", json=told | {"Номер": str(uuid4())})
    assert (refused.status_code, refused.json()["КодОтказа"]) == (200, "Занято")
    assert base.post("/hs/zapis/otmenit", json={"Номер": reference}).json()["Состояние"] == "Отменен"
    assert base.post("/hs/zapis/sostoyanie", json={"Номер": reference}).json()["Состояние"] == "Отменен"


def test_a_registrar_keeps_the_rules_unless_forced_to_break_them(
    simulator: RunningSimulator, base: httpx.Client, order: dict[str, Any]
) -> None:
    start = a_morning(simulator)
    assert put(base, order).status_code == 201
    told = {"resource": order["doctor"], "location": NORTH.id, "start": start.isoformat(), "minutes": 30}
    with httpx.Client(base_url=f"{simulator.bench_url}/_bench/", trust_env=False) as bench:
        assert bench.post("book", json=told).json()["code"] == "taken"
        forced = bench.post("book", json=told | {"force": True}).json()
        assert (forced["source"], forced["status"]) == ("clerk", "booked")
        assert bench.post("cancel", json={"id": forced["id"]}).json()["status"] == "cancelled"
        assert bench.post("cancel", json={"id": forced["id"]}).json()["code"] == "already_cancelled"
        assert bench.post("reset", json={"seed": 3}).json() == {"seed": 3}
    assert active(simulator) == []

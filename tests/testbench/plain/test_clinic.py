"""The rules of the sample, over HTTP as a stranger sees them."""

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from testbench.plain.clinic import Clinic
from testbench.plain.contract import BrokenRequestError, Contract
from testbench.plain.server import SECRET, RunningSimulator, start

DAY = datetime.now(tz=UTC).date() + timedelta(days=2)
PATIENT = {"family": "Записнов", "given": "Тест", "phone": "+70000000011"}
ORDER: dict[str, Any] = {
    "doctor": "d1",
    "branch": "north",
    "begin": f"{DAY}T10:00",
    "minutes": 30,
    "patient": PATIENT,
}


def call(
    running: RunningSimulator, method: str, path: str, body: Any = None, *, secret: str = SECRET
) -> httpx.Response:
    headers = {"X-Api-Key": secret} if secret else {}
    content = None if body is None else json.dumps(body).encode()
    return httpx.request(
        method, running.url + path, content=content, headers=headers, timeout=10, trust_env=False
    )


def book(running: RunningSimulator, reference: str, **changes: Any) -> int:
    return call(running, "PUT", f"/visits/{reference}", ORDER | changes).status_code


def active(running: RunningSimulator) -> list[Any]:
    visits = call(running, "GET", "/_bench/state").json()["visits"]
    return [row for row in visits if row["state"] == "booked"]


@pytest.mark.parametrize("secret", ["", SECRET[:-1], SECRET.upper(), "x" * 30])
def test_who_does_not_know_the_secret_does_nothing(simulator: RunningSimulator, secret: str) -> None:
    for method, path in (("PUT", f"/visits/{uuid4()}"), ("GET", "/directory"), ("GET", "/nowhere")):
        assert call(simulator, method, path, ORDER, secret=secret).status_code == 401
    assert active(simulator) == []


def test_twenty_at_once_for_one_time_are_one_visit(simulator: RunningSimulator) -> None:
    told: list[int] = []
    start_line = threading.Barrier(20)

    def run(number: int) -> None:
        start_line.wait()
        begin = f"{DAY}T10:{5 * (number % 4):02}"
        patient = PATIENT | {"phone": f"+7000000{number:04}"}
        told.append(book(simulator, str(uuid4()), begin=begin, patient=patient))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [201] + [409] * 19
    assert len(active(simulator)) == 1


def test_twenty_at_once_of_one_reference_are_one_visit(simulator: RunningSimulator) -> None:
    reference, told = str(uuid4()), []
    threads = [threading.Thread(target=lambda: told.append(book(simulator, reference))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200] * 19 + [201]
    assert len(active(simulator)) == 1


def test_a_reference_that_is_known_changes_nothing(simulator: RunningSimulator) -> None:
    reference = str(uuid4())
    assert book(simulator, reference) == 201
    assert book(simulator, reference, begin=f"{DAY}T15:00") == 200
    assert [row["begin"] for row in active(simulator)] == [f"{DAY}T10:00"]


def test_a_cancelled_reference_stays_cancelled(simulator: RunningSimulator) -> None:
    reference = str(uuid4())
    for _ in range(2):
        assert call(simulator, "DELETE", f"/visits/{reference}").json()["state"] == "cancelled"
    answer = call(simulator, "PUT", f"/visits/{reference}", ORDER)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert active(simulator) == []


def test_a_cancelled_time_is_free_again(simulator: RunningSimulator) -> None:
    reference = str(uuid4())
    book(simulator, reference)
    call(simulator, "DELETE", f"/visits/{reference}")
    assert book(simulator, str(uuid4())) == 201


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"begin": f"{DAY}T12:45"}, 409, "taken"),
        ({"begin": f"{DAY}T20:00"}, 409, "taken"),
        ({"doctor": "d9"}, 422, "unknown_party"),
        ({"branch": "ural"}, 422, "unknown_party"),
        ({"service": "s9"}, 422, "unknown_party"),
        ({"begin": "2026-02-30T10:00"}, 400, "bad_request"),
        ({"begin": f"{DAY}T10:00:00"}, 400, "bad_request"),
        ({"minutes": "30"}, 400, "bad_request"),
        ({"minutes": True}, 400, "bad_request"),
        ({"patient": None}, 400, "bad_request"),
        ({"patient": PATIENT | {"family": "\ud800"}}, 400, "bad_request"),
        ({"patient": PATIENT | {"family": "a\x00"}}, 400, "bad_request"),
    ],
)
def test_a_refusal_writes_nothing(simulator: RunningSimulator, changes: Any, status: int, code: str) -> None:
    answer = call(simulator, "PUT", f"/visits/{uuid4()}", ORDER | changes)
    assert (answer.status_code, answer.json()) == (status, {"code": code})
    assert call(simulator, "GET", "/_bench/state").json()["visits"] == []


def test_a_registrar_keeps_the_same_rules(simulator: RunningSimulator) -> None:
    book(simulator, str(uuid4()))
    taken = {"doctor": "d1", "branch": "north", "begin": f"{DAY}T10:15", "minutes": 30}
    assert call(simulator, "POST", "/_bench/book", taken, secret="").status_code == 409
    free = call(simulator, "POST", "/_bench/book", taken | {"begin": f"{DAY}T11:00"}, secret="").json()[
        "result"
    ]
    move = {"visit": free, "begin": f"{DAY}T10:10"}
    assert call(simulator, "POST", "/_bench/move", move, secret="").status_code == 409
    assert [row["begin"][11:] for row in active(simulator)] == ["10:00", "11:00"]


def test_a_visit_may_be_moved_over_its_own_time(simulator: RunningSimulator) -> None:
    visit = simulator.clinic.clerk_books("d1", "north", f"{DAY}T10:00", 30)
    simulator.clinic.clerk_moves(visit, f"{DAY}T10:15")
    assert [row["begin"][11:] for row in active(simulator)] == ["10:15"]


@pytest.mark.parametrize(
    "query",
    ["", "?from=2026-12-01", "?from=2026-12-02&to=2026-12-01", "?from=2026-12-01&to=2027-01-01",
     "?from=2026-12-01&to=2026-12-01&doctor=d1", "?from=1.12.2026&to=2.12.2026",
     "?from=2026-12-01&to=2026-12-01&x=1", "?from=2026-12-01&from=2026-12-02&to=2026-12-03"],
)  # fmt: skip
def test_a_window_that_is_none_is_refused(simulator: RunningSimulator, query: str) -> None:
    assert call(simulator, "GET", f"/free{query}").status_code == 400


def test_what_is_kept_in_a_file_is_there_after_a_restart(tmp_path: Path) -> None:
    reference = str(uuid4())
    for expected in (201, 200):
        running = start(path=tmp_path / "clinic.db")
        assert book(running, reference) == expected
        running.stop()


def test_a_failure_in_the_middle_takes_everything_back() -> None:
    clinic = Clinic(SECRET)

    def write() -> None:
        with clinic.writing() as db:
            db.execute("INSERT INTO visit (state) VALUES ('booked')")
            db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(sqlite3.Error):
        write()
    assert clinic.visits() == []


def test_a_broken_database_is_a_500(simulator: RunningSimulator) -> None:
    with simulator.clinic.writing() as db:
        db.execute("DROP TABLE change")
    assert book(simulator, str(uuid4())) == 500
    assert call(simulator, "GET", "/changes").status_code == 500
    assert active(simulator) == []


def test_the_contract_heeds_every_word_of_the_file() -> None:
    contract = Contract()
    contract.document["components"]["schemas"]["Minutes"]["multipleOf"] = 5
    with pytest.raises(KeyError, match="multipleOf"):
        contract.check("Minutes", 30)
    with pytest.raises(BrokenRequestError, match="Minutes"):
        contract.check("Minutes", 0)

"""What was acknowledged is there after a restart, whatever ended the process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import testbench

RECORDED = Path(__file__).parents[1] / "data" / "replies"
PERSON = {"PatientSurname": "Записнов", "PatientName": "Тест", "Phone": "+70000000011", "Comment": "ref"}


def _ours(wire: Any) -> list[Any]:
    return [row for row in wire.state()["bookings"] if row["source"] != "demo"]


def test_documents_outlive_a_restart(simulate: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.jsonl"
    wire = simulate(state=state)
    target = wire.target(minutes=60)
    uid = wire.xml("GetReserve", **target).findtext("{S1}УИД")
    wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params={})
    demo = next(row for row in wire.state()["bookings"] if row["source"] == "demo")
    wire.bench("cancel", id=demo["id"])
    before = wire.state()
    wire.simulator.stop()
    again = simulate(state=state)
    assert again.state() == before
    assert again.booking(demo["id"])["status"] == "cancelled"
    assert [(row["id"], row["status"]) for row in _ours(again)] == [(uid, "booked")]
    refused = again.call("BookAnAppointment", **target, **PERSON)
    assert refused.startswith("Не удалось записать документ")


def test_a_torn_last_line_is_cut_off(simulate: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    wire = simulate(state=state)
    wire.call("BookAnAppointment", **wire.target(), **PERSON)
    wire.simulator.stop()
    whole = state.read_bytes()
    state.write_bytes(whole + b'{"uid": "torn')
    again = simulate(state=state)
    assert len(_ours(again)) == 1
    assert state.read_bytes() == whole
    again.call("BookAnAppointment", **again.target(), **PERSON)
    again.simulator.stop()
    assert len(_ours(simulate(state=state))) == 2


def test_reset_empties_the_file(simulate: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    wire = simulate(state=state)
    wire.call("BookAnAppointment", **wire.target(), **PERSON)
    wire.bench("reset", seed=1)
    assert state.read_bytes() == b""


def _run(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    source = str(Path(testbench.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "testbench.bit_umc", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_the_program_prints_its_addresses_survives_kill_9_and_ends_on_sigterm(tmp_path: Path) -> None:
    state = str(tmp_path / "state.jsonl")
    first, urls = _run("--state", state, "--seed", "3", "--hold-job-interval", "1000")
    with first:
        rows = httpx.get(urls["bench"] + "/_bench/state").json()["bookings"]
        victim = next(row for row in rows if row["status"] == "booked")
        assert httpx.post(urls["bench"] + "/_bench/cancel", json={"id": victim["id"]}).status_code == 200
        first.kill()
    second, urls = _run("--state", state, "--seed", "3")
    with second:
        assert httpx.get(urls["soap"]).status_code == 401
        rows = httpx.get(urls["bench"] + "/_bench/state").json()["bookings"]
        assert [row["status"] for row in rows if row["id"] == victim["id"]] == ["cancelled"]
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=10) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--replies", "/nonexistent"),
        ("--replies", str(RECORDED), "--zone", "Nowhere/Land"),
        ("--port", "1", "--host", "203.0.113.1"),
    ],
)
def test_a_start_that_cannot_be_says_why(arguments: tuple[str, ...]) -> None:
    source = str(Path(testbench.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "testbench.bit_umc", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("testbench.bit_umc: ")

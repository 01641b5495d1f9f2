"""What stands once for all simulators does the same in each: the program, the ports, the inspection API."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import testbench
from testbench.bit_umc import server as bit_umc
from testbench.infoclinica import server as infoclinica
from testbench.medialog import server as medialog
from testbench.n3 import server as n3
from testbench.odata_1c import server as odata_1c
from testbench.plain import server as plain
from testbench.sms_ru import server as sms_ru
from testbench.smsc_ru import server as smsc_ru

SIMULATORS: dict[str, Any] = {
    "bit_umc": bit_umc,
    "infoclinica": infoclinica,
    "medialog": medialog,
    "n3": n3,
    "odata_1c": odata_1c,
    "plain": plain,
    "sms_ru": sms_ru,
    "smsc_ru": smsc_ru,
}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(testbench.__file__).parents[1])}


@pytest.fixture(params=SIMULATORS)
def name(request: pytest.FixtureRequest) -> str:
    told: str = request.param
    return told


@pytest.fixture
def bench(name: str) -> Iterator[httpx.Client]:
    running = SIMULATORS[name].start()
    address = running.addresses.get("bench") or running.addresses["url"]
    with httpx.Client(base_url=f"{address}/_bench/", trust_env=False) as client:
        yield client
    running.stop()
    running.stop()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "earthquake"}, "unknown_fault"),
        ({"name": "slow", "operation": "nothing"}, "unknown_operation"),
        ({"name": "slow", "colour": "red"}, "invalid"),
        ({"name": "slow", "times": -1}, "invalid"),
        ({"name": "slow", "probability": 1.5}, "invalid"),
        ({"name": "slow", "delay": "long"}, "invalid"),
        ({"name": "slow", "fired": 3}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(bench: httpx.Client, fields: dict[str, Any], code: str) -> None:
    answer = bench.post("faults", json=fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_fault_is_listed_until_it_is_switched_off(bench: httpx.Client) -> None:
    before = bench.get("faults").json()
    told = bench.post("faults", json={"name": "http_500", "times": 3}).json()
    assert told == bench.get("faults").json() != before
    assert told["faults"][-1].items() >= {"name": "http_500", "times": 3, "fired": 0}.items()
    assert bench.post("faults", json={"name": "http_500", "times": 0}).json() == before


def test_what_is_no_call_says_so(bench: httpx.Client) -> None:
    for answer in (bench.get("nowhere"), bench.post("nowhere", json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = bench.post("faults", content=b"[")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    assert bench.get("state").status_code == 200


def test_a_burst_of_signals_ends_a_program_as_one_does(name: str) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", f"testbench.{name}"], stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    assert command.stdout is not None
    command.stdout.readline()
    for _ in range(50):
        os.kill(command.pid, signal.SIGTERM)
    assert command.wait(20) == 0
    command.stdout.close()


def test_a_program_without_its_port_says_why(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", f"testbench.{name}", "--port", port],
            capture_output=True, text=True, timeout=20, check=False, env=ENVIRONMENT,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"testbench.{name}: ")


@pytest.mark.parametrize("name", ["bit_umc", "infoclinica", "medialog", "n3", "odata_1c"])
def test_a_second_port_that_is_taken_frees_the_first(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        SIMULATORS[name].start(port=port, bench_port=taken.getsockname()[1])
    socket.create_server(("127.0.0.1", port)).close()

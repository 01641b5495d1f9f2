"""`feldsher mis check`, as a process of its own: which MIS, what is refused, how it ends."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feldsher.conf.demo.folder import SOURCES, cli
from feldsher.kernel import clock
from support.simulators import running
from testbench.plain.server import SECRET, RunningSimulator, start

TIMEOUTS = json.dumps({"mis_timeout_seconds": 1})
DOCTOR = ("--doctor", "d1", "--branch", "north", "--works", "09:00-18:00", "--break", "13:00-14:00")


@pytest.fixture
def clinic() -> Iterator[RunningSimulator]:
    with running(start) as simulator:
        yield simulator


def entry(clinic: RunningSimulator, **changed: Any) -> dict[str, Any]:
    values = {"id": "small", "kind": "plain", "url": clinic.url, "password": SECRET}
    return values | {"options": {"settle_seconds": 1}} | changed


def days() -> str:
    first = clock.now().date() + timedelta(days=2)
    return f"{first}..{first + timedelta(days=3)}"


def environment(home: Path, mis: object) -> dict[str, str]:
    return {
        "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", "FELDSHER_HOME": str(home),
        "FELDSHER_BOOKING": TIMEOUTS, "FELDSHER_MIS": mis if isinstance(mis, str) else json.dumps(mis),
    }  # fmt: skip


def run(home: Path, mis: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        cli("mis", *arguments), env=environment(home, mis),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_mis_of_the_settings_is_only_read(clinic: RunningSimulator, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = run(tmp_path, [entry(clinic)], "check", "small", *DOCTOR, "--json", str(report))
    assert (ended.returncode, clinic.clinic.visits()) == (0, []), ended.stderr
    assert "2 branches, 4 doctors, 2 services" in ended.stdout
    assert ended.stdout.strip().endswith("not tested")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["mis"], told["may_write"], told["double_booking_possible"]) == ("small", False, False)
    assert SECRET not in ended.stdout + ended.stderr + report.read_text(encoding="utf-8")


def test_a_file_with_an_entry_is_checked_with_writing_and_leaves_nothing(
    clinic: RunningSimulator, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    profile = tmp_path / "small.json"
    secret = {"secret_file": str(tmp_path / "secret")}
    profile.write_text(json.dumps(entry(clinic, password=secret)), encoding="utf-8")
    ended = run(
        tmp_path, [], "check", str(profile), *DOCTOR, "--days", days(), "--write", "--bench", clinic.url
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    visits = [row for row in clinic.clinic.visits() if row["reference"]]
    assert len(visits) > 10
    assert {row["state"] for row in visits} == {"cancelled"}
    assert list(tmp_path.glob("mis-check-*")) == []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_check_that_is_stopped_takes_back_what_it_wrote(
    clinic: RunningSimulator, tmp_path: Path, kind: signal.Signals
) -> None:
    """It is stopped while it waits for the answer to a booking that is written."""
    clinic.faults.put(clinic.faults.make("slow", "visit", times=1, delay=0.8))
    program = subprocess.Popen(
        cli("mis", "check", "small", *DOCTOR, "--days", days(), "--write"),
        env=environment(tmp_path, [entry(clinic)]), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(row["state"] == "booked" for row in clinic.clinic.visits()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    program.send_signal(kind)
    told, _ = program.communicate(timeout=60)
    assert program.returncode == 1
    assert "Interrupted: " in told
    assert {row["state"] for row in clinic.clinic.visits()} == {"cancelled"}
    assert list(tmp_path.glob("mis-check-*")) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["strange"], "strange is neither a MIS of FELDSHER_MIS (known: small, own) nor a file"),
        (["own"], "own is the own schedule: our own tables, with no MIS to be checked"),
        (["small", "--write"], "--write needs the days: --days 2026-12-01..2026-12-05"),
        (["small", "--doctor", "d1"], "--doctor and --branch go together"),
        (["small", "--days", "soon"], "--days 'soon': write them as 2026-12-01..2026-12-05"),
        (["small", "--works", "9-18"], "--works '9-18': write hours as 09:00-18:00"),
        (["small", "--zone", "Mars"], "--zone 'Mars' is no zone; write it as Europe/Moscow"),
    ],
)
def test_what_can_t_be_checked_is_refused_in_a_sentence(
    clinic: RunningSimulator, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    own = {"id": "own", "kind": "own"}
    ended = run(tmp_path, [entry(clinic), own], "check", *arguments)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr

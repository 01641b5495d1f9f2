"""Children are started again when they end, ended together, and never left behind."""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from conf.supervisor.conftest import wait_for
from feldsher.conf.supervisor import ProcessGroup
from feldsher.conf.supervisor.processes import KeptProcess

WAIT = "import time; print('up', flush=True); time.sleep(600)"
WITH_CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); " + WAIT
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT


class Reported(list[str]):
    """Sentences that a person would have read."""


@pytest.fixture
def reported() -> Reported:
    return Reported()


@pytest.fixture
def group(tmp_path: Path, reported: Reported) -> Iterator[ProcessGroup]:
    with ProcessGroup(tmp_path / "logs", report=reported.append) as group:
        yield group


def start(group: ProcessGroup, script: str, *arguments: str, name: str = "child") -> KeptProcess:
    kept = group.start(
        name, [sys.executable, "-c", script, *arguments], environment={"PATH": os.environ["PATH"]}
    )
    wait_for(lambda: kept.log.exists() and "up" in kept.log.read_text())
    return kept


def number(kept: KeptProcess) -> int:
    assert kept.process_id is not None
    return kept.process_id


def gone(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


def test_a_killed_child_is_started_again_and_it_is_said_why(group: ProcessGroup, reported: Reported) -> None:
    kept = start(group, WAIT)
    killed = number(kept)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: kept.starts == 2 and kept.log.read_text().count("up") == 2)
    assert number(kept) != killed
    assert reported == [f"child: ended by itself (signal SIGKILL); starting it again, see {kept.log}"]


def test_a_child_that_keeps_failing_is_started_ever_more_slowly(
    group: ProcessGroup, reported: Reported
) -> None:
    kept = start(group, "import sys; print('up', flush=True); sys.exit(3)")
    wait_for(lambda: kept.starts == 4)
    group.stop()
    assert "exit code 3" in reported[0]
    assert kept.starts <= 5


def test_what_an_ended_child_leaves_is_killed_before_the_next_start(group: ProcessGroup) -> None:
    kept = start(group, WITH_CHILD, WAIT)
    wait_for(lambda: len(psutil.Process(number(kept)).children()) == 1)
    (grandchild,) = psutil.Process(number(kept)).children()
    os.kill(number(kept), signal.SIGKILL)
    wait_for(lambda: kept.starts == 2)
    wait_for(lambda: gone(grandchild.pid))


def test_stop_ends_all_even_what_ignores_a_polite_signal(tmp_path: Path) -> None:
    group = ProcessGroup(tmp_path, report=lambda _: None)
    gentle, stubborn = start(group, WAIT, name="gentle"), start(group, STUBBORN, name="stubborn")
    stubborn.stop(((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0)))
    numbers = number(gentle), number(stubborn)
    group.stop()
    group.stop()
    assert all(gone(each) for each in numbers)


def test_a_child_is_in_a_session_of_its_own_so_that_ctrl_c_reaches_us_alone(group: ProcessGroup) -> None:
    kept = start(group, WAIT)
    assert os.getsid(number(kept)) == number(kept) != os.getsid(0)


def test_a_child_has_the_given_environment_and_no_descriptors_but_its_log(group: ProcessGroup) -> None:
    with Path("/dev/null").open("rb") as secret:
        fcntl.fcntl(secret, fcntl.F_SETFD, 0)
        kept = start(group, WAIT)
        process = psutil.Process(number(kept))
        assert set(process.environ()) <= {"PATH", "LC_CTYPE"}
        assert sorted(int(each.name) for each in Path(f"/proc/{process.pid}/fd").iterdir()) == [0, 1, 2]


def test_the_log_of_the_run_before_is_kept(group: ProcessGroup) -> None:
    first = start(group, WAIT)
    first.stop()
    first.log.write_text("earlier")
    second = start(group, WAIT)
    assert second.log.with_suffix(".log.1").read_text() == "earlier"

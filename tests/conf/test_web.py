"""The web server ends when it is asked to, whatever its processes do at that moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from feldsher.conf import web
from feldsher.conf.demo.folder import SOURCES
from feldsher.conf.supervisor.home import free_port
from support.product import wait_for

WORKERS = 2
SERVE = f"""
import sys
from feldsher.conf.demo.folder import Address
from feldsher.conf.web import serve
serve(Address("127.0.0.1", int(sys.argv[1])), workers={WORKERS})
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    """A server whose processes have been made and have most likely not loaded a thing yet."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SOURCES),
        "PYTHONUTF8": "1",
        "FELDSHER_SECRET": "no secret, only as long as one would be",
        "FELDSHER_AUDIT_KEY": "no key, only as long as one would be",
    }
    started = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(free_port())],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: len(processes(started)) == WORKERS, what="the server's processes")
    yield started
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.communicate()


def processes(server: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(server.pid).children()


def said_until_ready(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    for _ in range(WORKERS):
        while "Started worker" not in server.stdout.readline():
            assert server.poll() is None


def test_a_stop_is_heard_while_the_processes_still_load(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGTERM)
    assert server.wait(web.STOP_SECONDS / 2) == 0


def test_a_stop_is_heard_twice_at_once(server: subprocess.Popen[str]) -> None:
    said_until_ready(server)
    for _ in range(20):
        server.send_signal(signal.SIGTERM)
    assert server.wait(web.STOP_SECONDS / 2) == 0


def test_a_process_that_does_not_end_is_killed(server: subprocess.Popen[str]) -> None:
    said_until_ready(server)
    stuck = processes(server)[0]
    stuck.suspend()
    started = time.monotonic()
    server.send_signal(signal.SIGTERM)
    assert server.wait(web.STOP_SECONDS * 2) == 0
    assert time.monotonic() - started > web.STOP_SECONDS - 1
    assert not stuck.is_running()

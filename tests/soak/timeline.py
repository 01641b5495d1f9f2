"""One clock for Python, SQL and the simulators, that stands until a test turns it.

Whatever a simulator delays (a late commit, a slow answer, its job that cleans up) waits on this clock too,
and `forward` returns once what was due has been done: a seed plays the same each time. The caller whose
answer is delayed sees its connection closed at once instead of waiting: to it both are an answer that never
came.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from unittest import mock

import psycopg

from feldsher.kernel import clock
from testbench.running import Running
from testbench.web import Server

START: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""A Wednesday, nine in the morning in Moscow: registrars call back."""
LONGEST: Final = timedelta(seconds=60)
"""How long a simulator puts off at most: the settle time of the settings."""
LIMIT: Final = 20.0
_SQL_CLOCK = """
    CREATE TABLE soak_clock (at timestamptz NOT NULL);
    INSERT INTO soak_clock VALUES (%s);
    GRANT SELECT ON soak_clock TO PUBLIC;
    CREATE OR REPLACE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT at FROM public.soak_clock'
"""


@dataclass(eq=False)
class Sleeper:
    """A thread of a simulator that waits for a moment of the clock."""

    thread: threading.Thread
    due: datetime


@dataclass
class Timeline:
    """`owner` is a connection that may write the clock of SQL."""

    owner: psycopg.Connection
    moment: datetime = START
    sleepers: list[Sleeper] = field(default_factory=list)
    _bell: threading.Condition = field(default_factory=threading.Condition)

    def now(self) -> datetime:
        return self.moment

    def forward(self, by: timedelta) -> None:
        """Let time pass, and all that was put off till then happen in its order."""
        target = self.moment + by
        while True:
            with self._bell:
                due = [one for one in self.sleepers if one.due <= target]
                first = min(due, key=lambda one: one.due, default=None)
            if first is None:
                break
            self._set(max(first.due, self.moment))
            self._until_done(first)
        self._set(target)

    def back_to_start(self) -> None:
        """Let all that is put off happen, and begin anew."""
        self.forward(LONGEST)
        self._set(START)
        with self._bell:
            for one in self.sleepers:  # what is never done with, like a job of the base
                one.due = START + timedelta(minutes=1)

    def _set(self, moment: datetime) -> None:
        self.owner.execute("UPDATE soak_clock SET at = %s", [moment])
        with self._bell:
            self.moment = moment
            self._bell.notify_all()

    def _until_done(self, sleeper: Sleeper) -> None:
        """Wait until a woken thread has ended or sleeps again."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            with self._bell:
                is_awake = sleeper in self.sleepers or not any(
                    one.thread is sleeper.thread for one in self.sleepers
                )
            if sleeper.thread.is_alive() and is_awake:
                time.sleep(0.0005)
            else:
                return
        raise TimeoutError("a simulator does not end what it began")

    def sleep(self, stopping: threading.Event, seconds: float) -> None:
        me = Sleeper(threading.current_thread(), self.moment + timedelta(seconds=seconds))
        with self._bell:
            self.sleepers.append(me)
        _hang_up()
        with self._bell:
            self._bell.wait_for(lambda: stopping.is_set() or self.moment >= me.due)
            self.sleepers.remove(me)

    def wake_all(self) -> None:
        with self._bell:
            self._bell.notify_all()


_CONNECTION = threading.local()


def _hang_up() -> None:
    """Close the connection of the caller whom this thread serves, if it serves one."""
    connection: socket.socket | None = getattr(_CONNECTION, "socket", None)
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def kept_time(owner: psycopg.Connection) -> Iterator[Timeline]:
    """Stop all clocks at START; simulators that start within the block keep the same time."""
    timeline = Timeline(owner)
    for statement in _SQL_CLOCK.strip().split(";"):
        owner.execute(statement, [START] if "%s" in statement else None)

    class Patience(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if timeout is None:
                return super().wait()
            timeline.sleep(self, timeout)
            return self.is_set()

        def set(self) -> None:
            super().set()
            timeline.wake_all()

    serve = Server.process_request_thread

    def noted(server: Server, request: socket.socket, address: object) -> None:
        _CONNECTION.socket = request
        serve(server, request, address)

    with (
        mock.patch.object(clock, "now", timeline.now),
        mock.patch.object(Running, "pause", Patience),
        mock.patch.object(Server, "process_request_thread", noted),
    ):
        yield timeline

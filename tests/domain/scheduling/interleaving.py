"""Threads that meet where a test wants them, without a sleep: barriers, and a gate inside the database."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Barrier
from time import monotonic
from typing import TypeVar

import psycopg
from django.db import connection

LIMIT = 30
GATE = 4242
T = TypeVar("T")


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Run the calls in threads that start together, each on a connection of its own."""
    start = Barrier(len(calls), timeout=LIMIT)

    def run(call: Callable[[], T]) -> T:
        connection.ensure_connection()
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [
            future.result(LIMIT)
            for future in [pool.submit(copy_context().run, _apart, run, call) for call in calls]
        ]


def _apart(run: Callable[..., T], *arguments: object) -> T:
    try:
        return run(*arguments)
    finally:
        connection.close()


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], T]], "Future[T]"]]:
    """Yield a function that begins a call in a thread and returns its future."""
    with ThreadPoolExecutor(8) as pool:
        yield lambda call: pool.submit(copy_context().run, _apart, call)


def wait_for_waiters(owner: psycopg.Connection, count: int) -> None:
    """Return once so many sessions of this database wait for a lock."""
    deadline = monotonic() + LIMIT
    while monotonic() < deadline:
        found = owner.execute(
            "SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database()"
        ).fetchone()
        if found == (count,):
            return
    raise TimeoutError(f"never were {count} sessions waiting")


@contextmanager
def closed_gate(owner: psycopg.Connection) -> Iterator[None]:
    """Keep whoever asks for `pg_advisory_xact_lock_shared(GATE)` waiting within the block."""
    owner.execute("SELECT pg_advisory_lock(%s)", [GATE])
    try:
        yield
    finally:
        owner.execute("SELECT pg_advisory_unlock(%s)", [GATE])

"""The worker's queue of talks, and a gateway in whose calls something may happen."""

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection

from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.ports import MisGateway

CALLS: Final = frozenset(
    {"ensure_patient", "hold", "book", "move", "find_booking", "cancel", "free", "changes", "ack"}
)
_TAKE = """
    UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
        SELECT j.id FROM procrastinate_jobs j
        WHERE j.task_name = %s AND j.status = 'todo' AND NOT EXISTS (
            SELECT 1 FROM procrastinate_jobs d WHERE d.status = 'doing' AND d.lock = j.lock)
        ORDER BY j.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, args
"""


class Watched:
    """A gateway in whose calls something may happen: `strike(when, number)` comes before and after each."""

    def __init__(self, inner: MisGateway, strike: Callable[[str, int], None]) -> None:
        self._inner = inner
        self._strike = strike
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._inner, name)
        if name not in CALLS:
            return act

        def call(*given: Any, **named: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            self._strike("before", number)
            answer = act(*given, **named)
            self._strike("after", number)
            return answer

        return call


def take_job() -> tuple[int, UUID] | None:
    """Take the oldest talk that waits, unless another of its doctor is being done; returns job and visit."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [queue.EXCHANGE])
            job = cursor.fetchone()
    except IntegrityError:
        return None  # another worker has just taken one of the same doctor
    return None if job is None else (job[0], UUID(json.loads(job[1])["appointment"]))


def finish_job(job: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job])

"""What all processes know of the line to a MIS: its next turn, failures in a row, and whether it rests.

One row a MIS, one statement before each call: it takes a turn and reads the breaker at once, and commits
before the call leaves. A call that went well writes nothing, unless it ends a row of failures.

A line that rests is tried by a read alone, and by one at a time: a booking sent to try it would be one more
lost answer. Each try that fails doubles the rest.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.line.endings import ANSWERED, FAILED, MADE, Ending
from feldsher.domain.scheduling.models import MisLine
from feldsher.kernel import clock

FAILURES = 5
"""So many failures in a row, and the line rests."""
FEWEST, SHARE = 20, 0.5
"""It rests too where so many calls within RECENT failed by that share or more, one by one in between."""
RECENT = timedelta(minutes=3)
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(minutes=4)
"""How long it rests at first and at most; a quarter is left to chance, so that no two lines keep step."""
PROBE = timedelta(seconds=60)
"""A try whose process died is over by then, and another may begin."""
PATIENCE = timedelta(seconds=2)
"""How long a call may wait for its turn, and so leave later than its talk said (`Talk.settled_at`)."""
_BURST = timedelta(seconds=1)
_ERROR_LENGTH = 300
_log = logging.getLogger(__name__)

# Turns are paced by the machine's clock: whoever waits for one waits in fact.
_TAKE = """
    INSERT INTO scheduling_mis_line AS line (mis, turn_at, failures, rests, last_error)
    VALUES (%(mis)s, clock_timestamp() + %(gap)s, 0, 0, '')
    ON CONFLICT (mis) DO UPDATE SET
        turn_at = greatest(line.turn_at, clock_timestamp()) + %(gap)s,
        probe_until = CASE WHEN line.resting_since IS NOT NULL THEN clock_now() + %(probe)s END
    WHERE line.turn_at <= clock_timestamp() + %(burst)s + %(patience)s
      AND (line.resting_since IS NULL OR (
          %(may_probe)s AND line.retry_at <= clock_now()
          AND (line.probe_until IS NULL OR line.probe_until <= clock_now())))
    RETURNING extract(epoch FROM turn_at - %(gap)s - %(burst)s - clock_timestamp())::float8,
        failures, resting_since IS NOT NULL
"""
_FAILED = """
    UPDATE scheduling_mis_line SET failures = failures + 1, last_error = %(error)s
    WHERE mis = %(mis)s RETURNING failures, resting_since IS NOT NULL
"""
_SHARE = """
    SELECT coalesce(sum(calls), 0), coalesce(sum(calls) FILTER (WHERE ending = ANY(%(failures)s)), 0)
    FROM scheduling_mis_call_minute
    WHERE mis = %(mis)s AND minute > %(since)s AND ending = ANY(%(made)s)
"""
_REST = """
    UPDATE scheduling_mis_line SET
        rests = least(rests + 1, 30), probe_until = NULL,
        resting_since = coalesce(resting_since, clock_now()),
        retry_at = clock_now() + least(%(shortest)s * 2 ^ rests, %(longest)s) * (0.75 + random() / 4)
    WHERE mis = %(mis)s AND (%(is_probe)s OR resting_since IS NULL)
    RETURNING rests, extract(epoch FROM retry_at - clock_now())::float8
"""
_WELL = """
    UPDATE scheduling_mis_line SET
        failures = 0, rests = 0, resting_since = NULL, retry_at = NULL, probe_until = NULL
    WHERE mis = %(mis)s AND (%(is_probe)s OR resting_since IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One call may be made, `wait` seconds from now. `is_probe`: it tries a line that rests."""

    wait: float
    failures: int
    is_probe: bool


def take_turn(mis: str, *, calls_per_second: int, may_probe: bool) -> Turn | None:
    """Take the next turn on the line; None while it rests, or where the turn would be too far off.

    All processes together take so many turns a second.
    """
    values: dict[str, Any] = {
        "mis": mis,
        "gap": timedelta(seconds=1) / calls_per_second,
        "burst": _BURST,
        "patience": PATIENCE,
        "probe": PROBE,
        "may_probe": may_probe,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    return Turn(max(row[0], 0.0), failures=row[1], is_probe=row[2]) if row else None


def settle(mis: str, turn: Turn, ending: Ending, *, error: str) -> None:
    """Tell the line how a call ended; `error` is the adapter's word, without anybody's data."""
    if ending in ANSWERED:
        if turn.failures or turn.is_probe:
            _went_well(mis, is_probe=turn.is_probe)
    elif ending in FAILED or turn.is_probe:
        _failed(mis, is_probe=turn.is_probe, error=error)


def is_resting(mis: str) -> bool:
    """Return whether the line rests, and is not to be tried yet."""
    return MisLine.objects.filter(mis=mis, retry_at__gt=clock.now()).exists()


def _went_well(mis: str, *, is_probe: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WELL, {"mis": mis, "is_probe": is_probe})
    if is_probe:
        _log.warning("%s answers again: calls go on", mis)


def _failed(mis: str, *, is_probe: bool, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, {"mis": mis, "error": error[:_ERROR_LENGTH]})
        row = cursor.fetchone()
        if row is None:
            return  # the database crashed meanwhile, and the line begins anew
        failures, is_at_rest = row
        if not is_probe and (is_at_rest or not (failures >= FAILURES or _mostly_fails(mis))):
            return
        rest: dict[str, Any] = {"mis": mis, "is_probe": is_probe, "shortest": SHORTEST, "longest": LONGEST}
        cursor.execute(_REST, rest)
        row = cursor.fetchone()
    if row is not None:
        _log.error("%s does not answer: no call is made for %.0f s (rest %d)", mis, row[1], row[0])
        queue.sync(mis, after_seconds=int(row[1]) + 1)


def _mostly_fails(mis: str) -> bool:
    values: dict[str, Any] = {
        "mis": mis,
        "since": clock.now() - RECENT,
        "failures": sorted(FAILED),
        "made": sorted(MADE),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, values)
        calls, failed = cursor.fetchone()
    return bool(calls >= FEWEST and failed >= SHARE * calls)

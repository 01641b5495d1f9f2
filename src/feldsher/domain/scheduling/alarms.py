"""What of the exchange with the MISes somebody must see to, read from the database each minute.

A code is stable and has its page in docs/runbooks. Each looks at one thing, so that what is wrong is named by
the narrowest of them: a MIS that is silent past the freshness limit is no lag any more.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from feldsher.domain.scheduling.line.endings import FAILED, MADE
from feldsher.domain.scheduling.selectors.health import calls_in, exchange_health, recent_calls
from feldsher.domain.scheduling.types import MisCallCount, MisHealth
from feldsher.foundation.alarms.types import Met
from feldsher.kernel import clock
from feldsher.kernel.formats import plural

AREA = "mis"
RESTS = timedelta(minutes=1)
"""A rest that is over sooner is no alarm."""
UNKNOWN, UNAPPLIED, DIFFERING = timedelta(minutes=30), timedelta(minutes=15), timedelta(hours=2)
"""How old the oldest of them may grow."""
RATE_OVER, FEWEST, SHARE = timedelta(minutes=15), 10, 0.2


class AlarmCode(StrEnum):
    MIS_SILENT = "mis_silent"
    SYNC_LAG = "sync_lag"
    MIS_BREAKER_OPEN = "mis_breaker_open"
    MIS_ERROR_RATE = "mis_error_rate"
    MIS_ZONE_MISMATCH = "mis_zone_mismatch"
    UNKNOWNS_TOO_LONG = "unknowns_too_long"
    QUARANTINE_GREW = "quarantine_grew"
    DIFFERENCES_OPEN = "differences_open"


def met() -> tuple[Met, ...]:
    """Return what is met now, for each MIS of the settings."""
    now, calls = clock.now(), recent_calls(RATE_OVER)
    return tuple(each for health in exchange_health() for each in _met(health, calls, now=now))


def _met(health: MisHealth, calls: Iterable[MisCallCount], *, now: datetime) -> Iterator[Met]:
    mis = health.state.mis
    yield from _schedule(health, now=now)
    yield from _errors(mis, [each for each in calls if each.mis == mis])
    yield from _visits(health, now=now)
    line = health.line
    if line is not None and line.resting_since is not None and now - line.resting_since >= RESTS:
        since = _minutes(now - line.resting_since)
        yield Met(
            AlarmCode.MIS_BREAKER_OPEN,
            mis,
            f"МИС {mis}: вызовы остановлены",
            f"Связи нет {since}. Вызовов нет до следующей удачной попытки, подтверждённые записи ждут."
            f" Последний сбой: {line.last_error}.",
        )


def _schedule(health: MisHealth, *, now: datetime) -> Iterator[Met]:
    """Look at the mirror; a MIS that was never asked yet is no alarm."""
    mis, state, booking = health.state.mis, health.state, settings.FELDSHER_BOOKING
    if not health.is_fresh and (state.as_of is not None or state.failures):
        silent = f"{_minutes(now - state.as_of)}" if state.as_of is not None else "с самого начала"
        yield Met(
            AlarmCode.MIS_SILENT,
            mis,
            f"МИС {mis} молчит",
            f"Расписание не обновлялось {silent}: сайт не показывает времён и предлагает звонок."
            f" Последняя ошибка: {state.last_error or 'нет'}.",
        )
    elif state.as_of is not None and now - state.as_of > timedelta(minutes=2 * booking.sync_minutes + 1):
        yield Met(
            AlarmCode.SYNC_LAG,
            mis,
            f"МИС {mis}: расписание отстаёт",
            f"Данные на {_minutes(now - state.as_of)} назад, обмен должен идти раз в"
            f" {booking.sync_minutes} мин. После {booking.freshness_minutes} мин сайт уберёт времена.",
        )
    # A whole answer that leaves words behind: its zone and ours differ (`sync`, `wire_zones`).
    if state.last_error and not state.failures:
        yield Met(
            AlarmCode.MIS_ZONE_MISMATCH,
            mis,
            f"МИС {mis}: часовой пояс не сходится",
            f"{state.last_error[:1].upper()}{state.last_error[1:]}.",
        )


def _errors(mis: str, calls: Iterable[MisCallCount]) -> Iterator[Met]:
    some = tuple(calls)
    made, failed = calls_in(some, MADE), calls_in(some, FAILED)
    if made >= FEWEST and failed >= SHARE * made:
        worst = max(some, key=lambda each: each.calls if each.ending in FAILED else 0)
        yield Met(
            AlarmCode.MIS_ERROR_RATE,
            mis,
            f"МИС {mis}: вызовы срываются",
            f"За {_minutes(RATE_OVER)} сорвались {failed} из {made} вызовов"
            f" (чаще всего {worst.operation}: {worst.ending}).",
        )


def _visits(health: MisHealth, *, now: datetime) -> Iterator[Met]:
    mis = health.state.mis
    if health.unknown_since is not None and now - health.unknown_since >= UNKNOWN:
        yield Met(
            AlarmCode.UNKNOWNS_TOO_LONG,
            mis,
            f"МИС {mis}: записи без ответа",
            f"{plural(health.unknown, 'запись', 'записи', 'записей')} без ответа МИС, самая старая"
            f" {_minutes(now - health.unknown_since)}. Есть ли визит в МИС, проверяет регистратор.",
        )
    if health.unapplied_since is not None and now - health.unapplied_since >= UNAPPLIED:
        yield Met(
            AlarmCode.QUARANTINE_GREW,
            mis,
            f"МИС {mis}: изменения отложены",
            f"{plural(health.unapplied, 'изменение', 'изменения', 'изменений')} МИС не удаётся применить,"
            f" самое старое {_minutes(now - health.unapplied_since)}. Остальные применяются.",
        )
    if health.differing_since is not None and now - health.differing_since >= DIFFERING:
        count = sum(health.differences.values())
        yield Met(
            AlarmCode.DIFFERENCES_OPEN,
            mis,
            f"МИС {mis}: расхождения ждут решения",
            f"{plural(count, 'запись', 'записи', 'записей')} МИС помнит иначе, самая старая"
            f" {_minutes(now - health.differing_since)}. До решения пациентам ничего не сказано.",
        )


def _minutes(period: timedelta) -> str:
    return f"{int(period.total_seconds() // 60)} мин"

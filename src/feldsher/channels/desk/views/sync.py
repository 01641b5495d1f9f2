"""How the exchange with each MIS fares, and what the site shows when it does not."""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk import sync_words as words
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.live import etag_of, fragment
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import ago
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import MisHealth, ReconciliationReport
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.alarms.selectors import recent_alarms
from feldsher.foundation.alarms.types import AlarmCard, runbook
from feldsher.foundation.clocks import clinic_zone
from feldsher.kernel import clock, formats

WORKER_SILENT = timedelta(minutes=1)
"""A worker tells that it lives each few seconds."""
MUCH = 0.05
"""What share of failing calls somebody should look at."""
_NEVER = "ещё ни\u00a0разу"


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm in words: `when` says since when, or from when till when."""

    title: str
    sentence: str
    when: str
    code: str
    runbook: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a MIS's section; `is_late` where somebody should look."""

    title: str
    text: str
    is_late: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One MIS in words; `badge` is its schedule's, `rest` says how it is that no call is made."""

    mis: str
    is_fresh: bool
    rest: str
    facts: tuple[Fact, ...]
    calls: tuple[tuple[str, ...], ...]


@staff_page(Action.SEE_SYNC)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    now = clock.now()
    runs = {run.mis: run for run in scheduling.reconciliations(staff)}
    sections = [
        _section(health, runs.get(health.state.mis), now=now) for health in scheduling.mis_health(staff)
    ]
    silence = _worker_silence(now)
    alarms = [_alarm(card, now=now) for card in recent_alarms()]
    etag = etag_of([silence, *map(astuple, alarms), *map(astuple, sections)])
    context = {
        "alarms": [row for row in alarms if row.is_open],
        "ended": [row for row in alarms if not row.is_open],
        "rows": sections,
        "has_exchange": scheduling.has_exchange(),
        "silence": silence,
        "limit": settings.FELDSHER_BOOKING.freshness_minutes,
        "head": words.HEAD,
        "etag": etag,
        "live": f"{reverse('desk:sync')}?live=1",
    }
    part = fragment(request, "_sync.html", context, etag=etag)
    return part or page(request, staff, "sync.html", context)


def _alarm(card: AlarmCard, *, now: datetime) -> AlarmRow:
    zone = str(clinic_zone())
    since = formats.promise(card.opened_at, zone=zone, now=now)
    if card.closed_at is None:
        when = f"с\u00a0{since}, {ago(now, card.opened_at)}"
    else:
        lasted = ago(card.closed_at, card.opened_at)
        when = f"{formats.promise(card.closed_at, zone=zone, now=now)}, длилась {lasted}"
    return AlarmRow(
        card.title, card.sentence, when, card.code, runbook(card.code), is_open=card.closed_at is None
    )


def _worker_silence(now: datetime) -> str:
    """Return how long no worker was heard of, nothing where one works."""
    heard = scheduling.worker_heard_at()
    if heard is not None and now - heard <= WORKER_SILENT:
        return ""
    return f"молчит {ago(now, heard)}" if heard else "не\u00a0запускался"


def _section(health: MisHealth, run: ReconciliationReport | None, *, now: datetime) -> Section:
    return Section(
        mis=health.state.mis,
        is_fresh=health.is_fresh,
        rest=_rest(health, now=now),
        facts=(*_facts(health, now=now), *_compared(run, now=now)),
        calls=tuple(map(words.calls, health.operations)),
    )


def _rest(health: MisHealth, *, now: datetime) -> str:
    line = health.line
    if line is None or line.resting_since is None:
        return ""
    tried = line.retry_at or now
    when = f"в\u00a0{formats.clock(tried, str(clinic_zone()))}" if tried > now else "сейчас"
    return f"Связи нет {ago(now, line.resting_since)}, следующая попытка {when}."


def _facts(health: MisHealth, *, now: datetime) -> list[Fact]:
    state, zone = health.state, str(clinic_zone())
    heard = finished = _NEVER
    if state.as_of is not None:
        heard = f"{formats.promise(state.as_of, zone=zone, now=now)}, {ago(now, state.as_of)} назад"
    if state.finished_at is not None:
        finished = formats.promise(state.finished_at, zone=zone, now=now)
    facts = [
        Fact("Данные на", heard, is_late=not health.is_fresh),
        Fact("Последний обмен", finished),
        Fact("Неудач подряд", str(state.failures), is_late=state.failures > 0),
    ]
    if state.last_error:
        facts.append(Fact("Последняя ошибка", state.last_error, is_code=True))
    if health.line is not None:
        facts.append(_failing(health))
        last = health.line.last_error
        if health.line.failures and not (state.last_error and state.last_error in last):
            facts.append(Fact("Последний сбой связи", last, is_code=True))
    unknown = str(health.unknown)
    if health.unknown_since is not None:
        unknown += f", самая старая {ago(now, health.unknown_since)}"
    differing = sum(health.differences.values())
    return [
        *facts,
        Fact("Записей без ответа МИС", unknown, is_late=health.unknown > 0),
        Fact("Расхождений ждёт решения", str(differing), is_late=differing > 0),
        Fact("Изменений отложено", str(health.unapplied), is_late=health.unapplied > 0),
        Fact("Строк расписания на\u00a07\u00a0дней", str(health.days)),
        Fact("Заданий ждёт", str(health.waiting)),
        Fact("Заданий сорвалось", str(health.failed), is_late=health.failed > 0),
    ]


def _compared(run: ReconciliationReport | None, *, now: datetime) -> list[Fact]:
    """Say when the visits were last held against the MIS as a whole, and what became of what differed."""
    if run is None:
        return []
    when = formats.promise(run.finished_at or run.started_at, zone=str(clinic_zone()), now=now)
    facts = [Fact("Последняя сверка записей", words.compared(run, when=when))]
    differed = words.differed(run)
    return [*facts, Fact("Расхождения", differed, is_late=run.open > 0)] if differed else facts


def _failing(health: MisHealth) -> Fact:
    made = sum(each.made for each in health.operations)
    failed = sum(each.failed for each in health.operations)
    held_back = sum(each.held_back for each in health.operations)
    text = f"{words.share(failed, made)} из\u00a0{formats.plural(made, 'вызова', 'вызовов', 'вызовов')}"
    if held_back:
        text += f", ещё {held_back} отложено"
    return Fact(
        "Сбоев за\u00a0час", text if made else "вызовов не\u00a0было", is_late=failed >= MUCH * made > 0
    )

"""What is done with a file, beside the request that asks for it: the worker reads, 1С asks how far it is.

A task is asked for, done once and remembered: whoever lost an answer asks again and gets the same one. A
worker that is killed leaves nothing half done, and its job is done again.
"""

import logging
import re
import time
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from feldsher.channels.exchange import files
from feldsher.channels.exchange.errors import ExchangeError
from feldsher.channels.exchange.models import ExchangeSession, Task
from feldsher.channels.exchange.sessions import WORK
from feldsher.channels.exchange.types import TaskState, Topic
from feldsher.domain.accounting import services as accounting
from feldsher.domain.accounting.types import WordsReport
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types.price_list import PriceListReport
from feldsher.domain.scheduling import services as scheduling
from feldsher.foundation.access.context import as_service
from feldsher.foundation.queue import queue
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError

DO: Final = "exchange.do"
READ_LEFT: Final = "exchange.read_left"
WAIT_SECONDS: Final = 4.0
"""How long a request waits for its task before it says that it goes on."""
_POLL_SECONDS: Final = 0.1
_PATIENCE: Final = timedelta(minutes=2)
_QUIET: Final = timedelta(minutes=1)
"""How long nothing has come of an exchange before what it never asked for is read."""
_KEPT: Final = timedelta(days=2)
_WHOLE: Final = re.compile(r"(?:.*/)?(import|offers|goods|prices|rests)\.xml", re.IGNORECASE)
"""A list in one file, as modules write it that never say `deactivate` or `complete`."""
_ENDED: Final = {TaskState.DONE, TaskState.FAILED}
_CLOSING: Final = ""
_READING: Final = "Читаем {}"
_CLOSES: Final = "Снимаем с\u00a0сайта то, чего в\u00a0выгрузке нет"
_NO_WORKER: Final = (
    "Обработчик заданий на\u00a0сайте не\u00a0отвечает: файл ждёт его дольше двух минут. "
    "Скажите администратору сайта, что не\u00a0работает feldsher worker."
)
_ACCIDENT: Final = "На\u00a0сайте сбой, файл не\u00a0прочитан. Ничего не\u00a0изменилось; повторите обмен."
_INCOMPLETE: Final = (
    "Часть файлов этой выгрузки не\u00a0принята, поэтому с\u00a0сайта ничего не\u00a0снято. Повторите обмен."
)
_HEARD: Final = "Заказов в\u00a0файле: {orders}, из\u00a0них с\u00a0сайта: {known}."
_UNKNOWN: Final = "Сайт не\u00a0знает заказов с\u00a0номерами: {numbers}."
_DONE: Final = "Строк: {lines}. Новых цен: {priced}, снято: {ended}. Без услуги на\u00a0сайте: {unknown}."
_log = logging.getLogger(__name__)


def begin_anew(session: ExchangeSession) -> None:
    """Forget what an exchange has sent and asked for."""
    files.drop_files(session.id)
    Task.objects.filter(session=session).delete()


def read_later(session: ExchangeSession) -> None:
    """Have read what is sent and never asked for: the first protocol knows no `import` of orders."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        queue().configure_task(
            READ_LEFT, queueing_lock=f"{READ_LEFT} {session.id}", schedule_in={"seconds": _QUIET.seconds}
        ).defer(session=str(session.id))


def read_left(session_id: UUID) -> None:
    """Ask for the documents of an exchange that nobody asked for, once it has been quiet for a while."""
    session = ExchangeSession.objects.filter(id=session_id).first()
    if session is None:
        return
    if clock.now() - session.seen_at < _QUIET:
        read_later(session)
        return
    with as_service(WORK):
        names = files.documents(session.id)
    for name in names:
        _ask(session, name)


def import_document(session: ExchangeSession, name: str) -> Task:
    """Have a document imported, wait a moment, and return how far it is."""
    return _wait(_ask(session, name))


def close_absent(session: ExchangeSession) -> Task:
    """Have closed what the full lists of the exchange did not name. ExchangeError where a file failed."""
    if Task.objects.filter(session=session, state=TaskState.FAILED).exclude(name=_CLOSING).exists():
        raise ExchangeError("a file of the whole failed", sentence=_INCOMPLETE)
    return _wait(_ask(session, _CLOSING))


def _ask(session: ExchangeSession, name: str) -> Task:
    with transaction.atomic():
        task, is_new = Task.objects.get_or_create(
            session=session, name=name, defaults={"state": TaskState.WAITING, "asked_at": clock.now()}
        )
        if is_new:
            # What was closed was closed by fewer lists than there are now.
            Task.objects.filter(session=session, name=_CLOSING, state__in=_ENDED).exclude(id=task.id).delete()
            queue().configure_task(DO, lock=f"exchange {session.source}").defer(task=str(task.id))
    return task


def _wait(task: Task) -> Task:
    until = time.monotonic() + WAIT_SECONDS
    while task.state not in _ENDED and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        task.refresh_from_db()
    if task.state == TaskState.WAITING and clock.now() - task.asked_at > _PATIENCE:
        raise ExchangeError("no worker", sentence=_NO_WORKER)
    return task


def progress(task: Task) -> str:
    return _READING.format(task.name) if task.name else _CLOSES


def do(task_id: UUID) -> None:
    """Do a task, once: what it changed and that it is done commit together."""
    task = Task.objects.filter(id=task_id).select_related("session").first()
    if task is None or task.state in _ENDED:
        return
    _note(task, TaskState.AT_WORK)
    try:
        with as_service(WORK):
            _note(task, TaskState.DONE, _act(task))
    except DomainError as error:
        _log.warning("exchange %s: %s: %s", task.session_id, error.code, error.detail)
        _note(task, TaskState.FAILED, error.message)
    except Exception:
        _note(task, TaskState.FAILED, _ACCIDENT)
        raise


def _act(task: Task) -> str:
    """Do what a task asks for, and return what to say of it."""
    if task.session.topic == Topic.SALE:
        return _told_of_orders(
            accounting.take_words(task.session.source, stream=files.document(task.session_id, task.name))
        )
    report = _price(task)
    if report.priced or report.ended:
        scheduling.rebuild_offers()
    return _told(report)


def _price(task: Task) -> PriceListReport:
    source, exchange = task.session.source, task.session_id
    if task.name == _CLOSING:
        return directory.close_absent(source, exchange=exchange)
    stream = files.document(exchange, task.name)
    report = directory.import_price_list(source, stream=stream, exchange=exchange)
    if report.full and _WHOLE.fullmatch(task.name):
        closing = directory.close_absent(source, exchange=exchange)
        return report.followed_by(closing)
    return report


def _note(task: Task, state: TaskState, sentence: str = "") -> None:
    """Write how far a task is; one that was forgotten meanwhile stays forgotten."""
    Task.objects.filter(id=task.id).update(state=state, sentence=sentence[:1000])


def _told(report: PriceListReport) -> str:
    told = _DONE.format(lines=report.lines, priced=report.priced, ended=report.ended, unknown=report.unknown)
    for warning in report.warnings:
        _log.warning("price list: %s", warning)
    return told


def _told_of_orders(report: WordsReport) -> str:
    told = _HEARD.format(orders=report.orders, known=report.known)
    if not report.unknown:
        return told
    _log.warning("orders that are not from here: %d", report.orders - report.known)
    rest = f" и\u00a0ещё {report.untold}" if report.untold else ""
    return f"{told} {_UNKNOWN.format(numbers=', '.join(report.unknown) + rest)}"


def forget() -> None:
    """Remove the exchanges of the day before yesterday with all that they sent."""
    with as_service(WORK):
        ExchangeSession.objects.filter(created_at__lt=clock.now() - _KEPT).delete()

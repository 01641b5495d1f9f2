"""An alarm opens once, lasts while its condition is met, ends by itself, and is told by each way once."""

import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.mail import EmailMessage
from django.test import override_settings
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from feldsher.conf.environment import AlarmSettings
from feldsher.foundation.alarms import jobs, services
from feldsher.foundation.alarms.checks import check_ways
from feldsher.foundation.alarms.models import Alarm
from feldsher.foundation.alarms.selectors import open_alarms, open_count, recent_alarms
from feldsher.foundation.alarms.services import KEPT, QUIET, settle
from feldsher.foundation.alarms.telling import NotToldError
from feldsher.foundation.alarms.types import Change, Met
from feldsher.foundation.egress.addresses import ForbiddenAddressError
from feldsher.kernel import clock
from support.egress import known

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
SILENT = Met("mis_silent", "umc", "МИС umc молчит", "Расписание не обновлялось 11 мин.")
LAG = Met("sync_lag", "umc", "МИС umc отстаёт", "Данные на 6 мин назад.")
KEY = "k" * 32


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> "Moments":
    moments = Moments(monkeypatch)
    moments.forward(timedelta())
    return moments


@dataclass
class Moments:
    monkeypatch: pytest.MonkeyPatch
    moment: datetime = NOW

    def forward(self, passed: timedelta) -> None:
        self.moment += passed
        self.monkeypatch.setattr(clock, "now", lambda: self.moment)


def told() -> list[tuple[str, str]]:
    queued = ProcrastinateJob.objects.filter(task_name__startswith="alarms.").order_by("id")
    return [(job.task_name, job.args["change"]) for job in queued]


def test_what_is_met_again_and_again_is_one_alarm_with_its_newest_words(at: Moments) -> None:
    settle("mis", [SILENT])
    at.forward(timedelta(minutes=9))
    settle("mis", [Met(SILENT.code, "umc", SILENT.title, "Расписание не обновлялось 20 мин.")])
    (card,) = open_alarms()
    assert (card.opened_at, card.sentence) == (NOW, "Расписание не обновлялось 20 мин.")
    assert open_count() == 1


def test_one_that_comes_and_goes_within_the_quiet_time_is_one(at: Moments) -> None:
    for met in ([SILENT], [], [SILENT], []):
        settle("mis", met)
        at.forward(QUIET - timedelta(seconds=1))
    assert Alarm.objects.count() == open_count() == 1


def test_one_that_is_met_no_more_ends_and_a_new_one_may_open(at: Moments) -> None:
    settle("mis", [SILENT, LAG])
    at.forward(QUIET)
    settle("mis", [LAG])
    assert [card.code for card in open_alarms()] == ["sync_lag"]
    assert [(card.code, card.closed_at) for card in recent_alarms()] == [
        ("sync_lag", None),
        ("mis_silent", at.moment),
    ]
    settle("mis", [SILENT])
    assert Alarm.objects.filter(code="mis_silent").count() == 2


def test_a_look_at_one_area_ends_nothing_of_another(at: Moments) -> None:
    settle("mis", [SILENT])
    at.forward(QUIET)
    settle("disk", [])
    assert open_count() == 1


def test_two_subjects_are_two_alarms(at: Moments) -> None:
    settle("mis", [SILENT, Met("mis_silent", "n3", "МИС n3 молчит", "Молчит.")])
    assert open_count() == 2


def test_each_change_is_a_line_of_the_log(
    at: Moments, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: object
) -> None:
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture
        settle("mis", [SILENT])
        settle("mis", [SILENT])
        at.forward(QUIET)
        settle("mis", [])
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "alarm.opened: mis_silent umc"),
        ("WARNING", "alarm.closed: mis_silent umc"),
    ]


def test_without_ways_nobody_is_called_and_the_start_says_so(at: Moments, settings: Settings) -> None:
    settle("mis", [SILENT])
    assert told() == []
    assert [warning.id for warning in check_ways(app_configs=None)] == ["alarms.W001"]
    settings.FELDSHER_ALARMS = AlarmSettings(email=("duty@clinic.example",))
    assert check_ways(app_configs=None) == []


def test_each_way_is_told_of_each_change_once(at: Moments, settings: Settings) -> None:
    settings.FELDSHER_ALARMS = AlarmSettings(("duty@clinic.example",), "https://hook.example/", KEY)
    for passed in (timedelta(), timedelta(minutes=1), QUIET):
        settle("mis", [SILENT] if passed < QUIET else [])
        at.forward(timedelta(minutes=1) if passed < QUIET else QUIET)
    at.forward(QUIET)
    settle("mis", [])
    assert told() == [
        ("alarms.mail", "opened"),
        ("alarms.hook", "opened"),
        ("alarms.mail", "closed"),
        ("alarms.hook", "closed"),
    ]


def test_old_alarms_are_forgotten_and_open_ones_are_not(at: Moments) -> None:
    settle("mis", [SILENT, LAG])
    at.forward(QUIET)
    settle("mis", [LAG])
    at.forward(KEPT + timedelta(seconds=1))
    services.forget()
    assert [row.code for row in Alarm.objects.all()] == ["sync_lag"]


@pytest.fixture
def letters(settings: Settings) -> None:
    settings.FELDSHER_ALARMS = AlarmSettings(("duty@clinic.example", "chief@clinic.example"))
    settings.DEFAULT_FROM_EMAIL, settings.SITE_URL = (
        "feldsher@clinic.example",
        "https://booking.clinic.example/",
    )


def test_a_letter_says_what_is_wrong_and_what_to_do(
    at: Moments, letters: None, mailoutbox: list[EmailMessage]
) -> None:
    settle("mis", [SILENT])
    row = Alarm.objects.get()
    jobs.mail(str(row.id), "opened")
    at.forward(timedelta(minutes=12))
    row.closed_at = at.moment
    row.save()
    jobs.mail(str(row.id), "closed")
    first, last = mailoutbox
    assert (first.subject, last.subject) == ("Тревога: МИС umc молчит", "Отбой: МИС umc молчит")
    assert (first.to, first.from_email) == (
        ["duty@clinic.example", "chief@clinic.example"],
        "feldsher@clinic.example",
    )
    assert first.body.splitlines() == [
        "Расписание не обновлялось 11 мин.",
        "",
        "Состояние: https://booking.clinic.example/desk/sync/",
        "Что делать: docs/runbooks/mis_silent.md",
        "Код: mis_silent, umc",
    ]
    assert last.body.startswith("Условие больше не выполняется. Тревога длилась 12 мин.")


@dataclass
class Receiver:
    """Somebody's address that notes what it is sent, and answers as it is told."""

    status: int = 204
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = known(f"http://127.0.0.1:{server.server_port}/alarms")
    settings.FELDSHER_ALARMS = AlarmSettings(webhook=receiver.url, webhook_key=KEY)
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_call_is_signed_and_says_all_of_the_alarm(at: Moments, receiver: Receiver) -> None:
    settle("mis", [SILENT])
    row = Alarm.objects.get()
    jobs.hook(str(row.id), "opened")
    ((headers, body),) = receiver.calls
    payload = json.loads(body)
    assert payload["type"] == "alarm.opened"
    assert payload["data"] == {
        "code": "mis_silent",
        "subject": "umc",
        "title": "МИС umc молчит",
        "sentence": "Расписание не обновлялось 11 мин.",
        "opened_at": "2026-11-25T06:00:00+00:00",
        "closed_at": None,
        "runbook": "docs/runbooks/mis_silent.md",
    }
    name, sent = headers["webhook-id"], headers["webhook-timestamp"]
    assert (name, sent) == (f"{row.id}.opened", str(int(NOW.timestamp())))
    mac = hmac.new(KEY.encode(), f"{name}.{sent}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_a_call_that_is_not_taken_is_tried_again_under_the_same_id(at: Moments, receiver: Receiver) -> None:
    settle("mis", [SILENT])
    row = Alarm.objects.get()
    receiver.status = 503
    for _ in range(2):
        with pytest.raises(NotToldError, match="answered 503"):
            jobs.hook(str(row.id), "opened")
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
    assert jobs.hook.retry_strategy.get_retry_decision(exception=NotToldError(), job=job(attempts=0))
    assert not jobs.hook.retry_strategy.get_retry_decision(exception=NotToldError(), job=job(attempts=9))


def job(*, attempts: int) -> ProcrastinateJob:
    return ProcrastinateJob(attempts=attempts)


def test_nobody_outside_of_the_register_is_called(at: Moments, settings: Settings) -> None:
    settings.FELDSHER_ALARMS = AlarmSettings(webhook="https://stranger.example/", webhook_key=KEY)
    settle("mis", [SILENT])
    with pytest.raises(NotToldError):
        jobs.hook(str(Alarm.objects.get().id), "opened")


def test_of_an_alarm_that_is_gone_nothing_is_told(
    at: Moments, receiver: Receiver, mailoutbox: list[EmailMessage]
) -> None:
    settle("mis", [SILENT])
    row = Alarm.objects.get()
    Alarm.objects.all().delete()
    jobs.hook(str(row.id), Change.OPENED.value)
    jobs.mail(str(row.id), Change.OPENED.value)
    assert (receiver.calls, mailoutbox) == ([], [])


def test_a_server_of_mail_outside_of_the_register_is_not_called(at: Moments, letters: None) -> None:
    settle("mis", [SILENT])
    row = str(Alarm.objects.get().id)
    strange = {
        "EMAIL_BACKEND": "feldsher.foundation.egress.smtp.RegisteredBackend",
        "EMAIL_HOST": "mail.stranger.example",
        "EMAIL_PORT": 465,
    }
    with override_settings(**strange), pytest.raises(NotToldError, match=ForbiddenAddressError.__name__):
        jobs.mail(row, "opened")

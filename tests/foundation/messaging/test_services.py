import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from feldsher.conf.environment import BookingSettings
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.messaging import gateways, sending, services
from feldsher.foundation.messaging.checks import check_provider
from feldsher.foundation.messaging.errors import DayCapError
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import NotSent, NullProvider, Outcome, Refused, Sent, Unknown
from feldsher.foundation.messaging.types import AttemptState, Kind, MessageState
from support.sms import Phones, phones, waiting

PHONE, TEXT = "+79210000017", "Код 123456 для записи."
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Iterator[Phones]:
    with phones() as bound:
        yield bound


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0)


def at(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(minutes=minutes))


def record(key: str = "one") -> UUID:
    until = NOW + timedelta(minutes=10)
    return services.send_sms(Kind.PHONE_CODE, phone=PHONE, text=TEXT, key=key, valid_until=until)


def test_a_message_is_recorded_sealed_and_sent_by_its_job(sender: Phones) -> None:
    message = record()
    row = Message.objects.get()
    assert (row.id, row.state, sender.texts) == (message, MessageState.QUEUED, [])
    assert waiting() == [message]
    for sealed in (bytes(row.phone), bytes(row.text)):
        assert PHONE.encode() not in sealed
        assert b"123456" not in sealed
    sending.deliver(message)
    row.refresh_from_db()
    assert sender.texts == [(PHONE, TEXT)]
    assert (row.state, row.sent_at, row.finished_at) == (MessageState.SENT, NOW, NOW)
    call = Attempt.objects.get()
    assert (call.provider, call.state, call.reference) == ("phones", AttemptState.TAKEN, "id-0")
    sending.deliver(message)
    assert len(sender.texts) == 1


def test_arguments_of_the_job_are_its_id_alone() -> None:
    message = record()
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = %s", [sending.SEND])
        assert cursor.fetchall() == [(f'{{"sms": "{message}"}}',)]


def test_a_cause_that_rolls_back_leaves_neither_message_nor_job() -> None:
    class _RegretError(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            record()
            raise _RegretError

    with pytest.raises(_RegretError):
        act()
    assert (Message.objects.count(), waiting()) == (0, [])


def test_a_key_is_one_message() -> None:
    assert record() == record()
    assert (Message.objects.count(), len(waiting())) == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "state", "calls"),
    [
        (Unknown("ReadTimeout"), MessageState.UNKNOWN, 1),
        (Refused("207"), MessageState.REFUSED, 1),
        (NotSent("ConnectError"), MessageState.REFUSED, sending.TRIES),
    ],
)
def test_only_what_surely_never_left_is_tried_again(
    sender: Phones, outcome: Outcome, state: MessageState, calls: int
) -> None:
    sender.outcomes = [outcome] * 10
    message = record()
    for _ in range(10):
        sending.deliver(message)
    row = Message.objects.get()
    assert (row.state, len(sender.texts), row.attempts) == (state, calls, calls)


def test_what_never_left_is_sent_by_a_later_job(sender: Phones) -> None:
    sender.outcomes = [NotSent("220")]
    message = record()
    sending.deliver(message)
    assert waiting() == [message, message]
    sending.deliver(message)
    assert Message.objects.get().state == MessageState.SENT


def test_a_worker_that_died_amid_a_call_is_no_reason_to_call_again(sender: Phones) -> None:
    message = record()
    Message.objects.update(state=MessageState.SENDING)
    sending.deliver(message)
    assert (Message.objects.get().state, sender.texts) == (MessageState.UNKNOWN, [])


def test_what_is_wiped_or_late_is_not_sent(sender: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    wiped, late = record("one"), record("two")
    services.wipe("one")
    sending.deliver(wiped)
    at(monkeypatch, 10)
    sending.deliver(late)
    assert sender.texts == []
    assert {row.state for row in Message.objects.all()} == {MessageState.DROPPED}


def test_texts_go_when_they_are_worth_nothing_and_rows_a_month_later(monkeypatch: pytest.MonkeyPatch) -> None:
    record()
    services.forget()
    assert bytes(Message.objects.get().text)
    at(monkeypatch, 10)
    services.forget()
    assert bytes(Message.objects.get().text) == b""
    at(monkeypatch, 31 * 24 * 60)
    services.forget()
    assert Message.objects.count() == 0


def test_without_a_provider_each_message_says_so_once_and_names_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateways.bind(NullProvider())
    message = record()
    with caplog.at_level(logging.INFO):
        sending.deliver(message)
    [said] = [entry for entry in caplog.records if entry.name.startswith("feldsher")]
    assert said.levelno == logging.WARNING
    line = said.getMessage()
    assert str(message) in line
    assert "phone_code" in line
    assert "no_provider" in line
    assert not any(secret in line for secret in (PHONE, "9210000017", "123456"))


def test_the_cap_of_the_day_holds(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),), day_cap=2)
    record("one")
    record("two")
    with pytest.raises(DayCapError):
        record("three")
    assert record("two")


def test_requests_for_a_review_end_at_half_of_the_cap_and_codes_still_leave(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),), day_cap=4)

    def ask(key: str) -> None:
        until = NOW + timedelta(days=1)
        services.send_sms(Kind.REVIEW_REQUEST, phone=PHONE, text="Как было?", key=key, valid_until=until)

    ask("first")
    ask("second")
    with pytest.raises(DayCapError):
        ask("third")
    record("one")
    record("two")
    with pytest.raises(DayCapError):
        record("three")


def test_the_start_says_what_is_missing(settings: Settings) -> None:
    settings.FELDSHER_SMS = None
    settings.FELDSHER_BOOKING = BookingSettings()
    assert [said.id for said in check_provider(app_configs=None)] == ["messaging.W001"]
    settings.FELDSHER_BOOKING = BookingSettings(phone_proof="risk")
    assert [said.id for said in check_provider(app_configs=None)] == ["messaging.E001"]
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    assert check_provider(app_configs=None) == []


def test_a_price_is_kept(sender: Phones) -> None:
    sender.outcomes = [Sent("id", cost=Decimal("0.50"))]
    sending.deliver(record())
    assert Attempt.objects.get().cost == Decimal("0.50")

"""Codes that prove a phone: one use, five tries, one live code, caps of a day; and two tries at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.access import phone_codes
from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneCodeUnavailableError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.foundation.access.models import PhoneCode
from feldsher.foundation.access.phone_codes import code_sent, refuse, send_code, spend_code, try_code
from feldsher.foundation.access.types import CodeOwner, CodePurpose
from feldsher.foundation.messaging.models import Message
from feldsher.kernel.errors import InvalidInputError
from support.sms import Phones, deliver, phones

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PHONE = "+79210000017"
OWNER = CodeOwner(PHONE, CodePurpose.BOOKING, b"a" * 32)
OTHER = CodeOwner(PHONE, CodePurpose.BOOKING, b"b" * 32)


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(seconds=seconds))


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.django_db
def test_a_code_is_told_to_the_phone_and_nowhere_else(sms: Phones, settings: Settings) -> None:
    settings.SITE_URL = "https://clinic.example/path"
    sent = send_code(OWNER, address="")
    assert (sent.resend_at, sent.expires_at) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=10))
    assert sent.sent_to == "+7\u00a0921\u00a0•••-••-17"
    code = sms.code()
    assert sms.texts == [(PHONE, f"Код {code} для записи. Никому его не сообщайте. clinic.example")]
    with connection.cursor() as cursor:
        for table in ("access_phone_code", "messaging_message"):
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - a name from this test
            text = cursor.fetchone()[0]
            assert code.encode().hex() not in text
            assert "9210000017" not in text
    assert code_sent(OWNER) == sent


@pytest.mark.django_db
def test_a_code_is_good_once_and_its_text_is_wiped(sms: Phones) -> None:
    send_code(OWNER, address="")
    code = sms.code()
    assert try_code(OWNER, f" {code[:3]} {code[3:]}").is_right
    assert bytes(Message.objects.get().text)
    spend_code(OWNER, code)
    assert bytes(Message.objects.get().text) == b""
    with pytest.raises(PhoneProofOverError):
        spend_code(OWNER, code)
    trial = try_code(OWNER, code)
    assert (trial.is_right, trial.tries_left) == (False, None)


@pytest.mark.django_db
def test_five_wrong_tries_end_a_code(sms: Phones) -> None:
    send_code(OWNER, address="")
    code = sms.code()
    left = [try_code(OWNER, wrong(code)).tries_left for _ in range(6)]
    assert left == [4, 3, 2, 1, 0, None]
    assert not try_code(OWNER, code).is_right
    assert bytes(Message.objects.get().text) == b""
    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneCode.objects.update(tries=6)


@pytest.mark.django_db
def test_a_code_belongs_to_who_asked_for_it(sms: Phones) -> None:
    send_code(OWNER, address="")
    code = sms.code()
    assert not try_code(OTHER, code).is_right
    assert not try_code(CodeOwner("+79210000018", OWNER.purpose, OWNER.asker), code).is_right
    for _ in range(9):
        try_code(OTHER, wrong(code))
    assert try_code(OWNER, code).is_right


@pytest.mark.django_db
def test_a_code_runs_out(sms: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    send_code(OWNER, address="")
    code = sms.code()
    at(monkeypatch, 600)
    assert not try_code(OWNER, code).is_right
    with pytest.raises(PhoneProofOverError):
        spend_code(OWNER, code)


@pytest.mark.django_db
def test_a_new_code_ends_the_one_before_and_takes_a_minute(
    sms: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_code(OWNER, address="")
    first = sms.code()
    at(monkeypatch, 59)
    for owner in (OWNER, OTHER):
        with pytest.raises(PhoneCodeTooSoonError) as refused:
            send_code(owner, address="")
        assert refused.value.retry_at == NOW + timedelta(minutes=1)
    assert try_code(OWNER, first).is_right
    at(monkeypatch, 60)
    send_code(OWNER, address="")
    second = sms.code()
    assert try_code(OWNER, second).is_right
    if first != second:
        assert not try_code(OWNER, first).is_right
    assert PhoneCode.objects.filter(over_at=None).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"])
def test_what_is_no_code_is_no_try(sms: Phones, text: str) -> None:
    send_code(OWNER, address="")
    with pytest.raises(InvalidInputError) as refused:
        try_code(OWNER, text)
    assert set(refused.value.fields) == {"phone_proof"}
    assert PhoneCode.objects.get().tries == 0


@pytest.mark.django_db
@pytest.mark.parametrize("capped", ["phone", "device", "address", "sms"])
def test_a_day_has_caps(
    sms: Phones, capped: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(phone_codes, "PER_ADDRESS", 20)
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),), day_cap=25)
    caps = {"phone": 10, "device": 15, "address": 20, "sms": 25}

    def ask(number: int) -> None:
        phone = PHONE if capped == "phone" else f"+7921000{number:04}"
        asker = OWNER.asker if capped == "device" else number.to_bytes(32, "big")
        at(monkeypatch, number * 61)
        owner = CodeOwner(phone, OWNER.purpose, asker)
        send_code(owner, address="8.8.8.8" if capped == "address" else "127.0.0.1")

    for number in range(caps[capped]):
        ask(number)
    with pytest.raises(PhoneCodeUnavailableError if capped == "sms" else PhoneCodeLimitError):
        ask(caps[capped])
    ask(24 * 60)


@pytest.mark.slow
@pytest.mark.django_db
def test_ten_thousand_asked_from_one_network_cost_no_more_than_a_day_may(
    sms: Phones, settings: Settings
) -> None:
    """Each with a phone and a device of its own, from 250 addresses: what bounds them is the day's cap."""
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),), day_cap=1000)
    for number in range(10_000):
        owner = CodeOwner(f"+7921{number:07}", OWNER.purpose, number.to_bytes(32, "big"))
        with suppress(PhoneCodeLimitError, PhoneCodeUnavailableError):
            send_code(owner, address=f"8.8.8.{number % 250}")
    assert Message.objects.count() == 1000


@pytest.mark.django_db
def test_old_codes_are_deleted(sms: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    send_code(OWNER, address="")
    at(monkeypatch, 47 * 3600)
    assert phone_codes.forget_codes() == 0
    at(monkeypatch, 49 * 3600)
    assert phone_codes.forget_codes() == 1


def test_a_refusal_says_how_many_tries_are_left() -> None:
    said = [PhoneProofWrongError(tries_left=left).message for left in (4, 1, 0)]
    assert said == [
        "Код не\u00a0подошёл. Осталось 4\u00a0попытки.",
        "Код не\u00a0подошёл. Осталась 1\u00a0попытка.",
        "Код не\u00a0подошёл, попытки закончились. Запросите новый.",
    ]
    with pytest.raises(PhoneProofOverError):
        refuse(phone_codes.Trial(is_right=False))


def at_once(calls: list[Any]) -> list[Any]:
    gate = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        gate.wait()
        try:
            return call()
        except (PhoneCodeTooSoonError, PhoneProofOverError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_of_twenty_guesses_at_once_five_are_tries(sms: Phones) -> None:
    send_code(OWNER, address="")
    deliver()
    code = sms.code()
    tried = at_once([lambda: try_code(OWNER, wrong(code))] * 20)
    assert sorted(trial.tries_left for trial in tried if trial.tries_left is not None) == [0, 1, 2, 3, 4]
    assert PhoneCode.objects.get().tries == 5


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_spend_a_code_at_once_one_does(sms: Phones) -> None:
    send_code(OWNER, address="")
    code = sms.code()

    def spend() -> str:
        with transaction.atomic():
            spend_code(OWNER, code)
        return "spent"

    assert at_once([spend] * 10).count("spent") == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_ask_at_once_one_gets_a_code(sms: Phones) -> None:
    askers = [CodeOwner(PHONE, OWNER.purpose, bytes([number]) * 32) for number in range(10)]
    asked = at_once([lambda owner=owner: send_code(owner, address="") for owner in askers])
    assert sum(isinstance(each, PhoneCodeTooSoonError) for each in asked) == 9
    assert PhoneCode.objects.count() == 1

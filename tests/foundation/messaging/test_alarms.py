"""Alarms about providers: what is met, for how long, and that each has its runbook."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytest_django import Settings

from architecture.house import ROOT
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.alarms.selectors import open_alarms
from feldsher.foundation.alarms.types import runbook
from feldsher.foundation.messaging import accounts, alarms, gateways, jobs, reports
from feldsher.foundation.messaging.ports import (
    Fate,
    Meaning,
    NotSent,
    NullProvider,
    Outcome,
    Refused,
    Report,
    Sent,
    Unknown,
)
from feldsher.foundation.messaging.selectors import accounts as account_cards
from feldsher.foundation.messaging.types import AlarmCode
from foundation.messaging.factory import NOW, Clock, sent
from support.sms import Phones

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def provider(settings: Settings) -> Iterator[Phones]:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key", balance_alarm=500),))
    told = Phones(name="sms_ru")
    gateways.bind(told)
    yield told
    gateways.bind(NullProvider())


def codes() -> list[str]:
    return [each.code for each in alarms.met()]


def send(provider: Phones, *outcomes: Outcome) -> None:
    """Send one message for each outcome."""
    for number, outcome in enumerate(outcomes):
        provider.outcomes = [outcome]
        sent(key=f"{len(provider.texts)}-{number}")


@pytest.mark.parametrize("roubles", ["499.99", "-3"])
def test_little_money_is_an_alarm(provider: Phones, roubles: str) -> None:
    provider.money = Decimal(500)
    accounts.ask()
    assert codes() == []
    provider.money = Decimal(roubles)
    accounts.ask()
    [told] = alarms.met()
    assert (told.code, told.subject) == (AlarmCode.SMS_BALANCE_LOW, "sms_ru")
    assert "порог 500\u00a0₽" in told.sentence


def test_without_a_threshold_there_is_no_such_alarm(provider: Phones, settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key", balance_alarm=0),))
    provider.money = Decimal(0)
    accounts.ask()
    assert codes() == []


def test_a_provider_that_does_not_answer_leaves_what_was_told_before(provider: Phones) -> None:
    accounts.ask()
    provider.money = NotSent("ConnectError")
    accounts.ask()
    [card] = account_cards()
    assert (card.balance, card.told_at, card.refusal) == (Decimal(1000), NOW, "")


def test_a_key_that_is_refused_is_an_alarm_before_any_message(provider: Phones) -> None:
    provider.money = Refused("301", Meaning.ACCOUNT)
    accounts.ask()
    [told] = alarms.met()
    assert (told.code, told.subject) == (AlarmCode.SMS_REFUSED, "sms_ru")
    assert "код 301" in told.sentence
    provider.money = Decimal(1000)
    accounts.ask()
    assert codes() == []


def test_a_refusal_of_the_account_is_an_alarm_until_something_is_taken_or_an_hour_passed(
    provider: Phones, clock: Clock
) -> None:
    send(provider, Refused("204", Meaning.ACCOUNT))
    assert codes() == [AlarmCode.SMS_REFUSED]
    clock.minutes = 1
    send(provider, Sent("a"))
    assert codes() == []
    clock.minutes = 2
    send(provider, Refused("204", Meaning.ACCOUNT))
    assert codes() == [AlarmCode.SMS_REFUSED]
    clock.minutes = 62
    assert codes() == []


@pytest.mark.parametrize("meaning", [Meaning.MESSAGE, Meaning.ROUTE, Meaning.STOP_LIST])
def test_a_refusal_of_one_number_is_no_alarm(provider: Phones, meaning: Meaning) -> None:
    send(provider, Refused("207", meaning))
    assert codes() == []


def test_what_is_turned_down_late_is_an_alarm_too(provider: Phones, clock: Clock) -> None:
    send(provider, Sent("a"))
    clock.minutes = 90
    reports.apply("sms_ru", [Report("a", Fate.TURNED_DOWN, "24")])
    assert codes() == [AlarmCode.SMS_REFUSED]


def test_a_provider_is_silent_when_half_of_three_calls_and_more_fail(provider: Phones, clock: Clock) -> None:
    lost, away, taken = Unknown("ReadTimeout"), NotSent("ConnectError"), Sent("a")
    send(provider, lost, away)
    assert codes() == []
    send(provider, away)
    assert codes() == [AlarmCode.SMS_SILENT]
    assert "сорвались 3 из 3 вызовов" in alarms.met()[0].sentence
    send(provider, taken, taken, taken, taken)
    assert codes() == []
    send(provider, away)
    assert codes() == [AlarmCode.SMS_SILENT]
    clock.minutes = 16
    assert codes() == []


def test_the_jobs_raise_and_end_them(provider: Phones, clock: Clock) -> None:
    provider.money = Decimal(1)
    jobs.ask_balances(0)
    jobs.raise_alarms(0)
    assert [(each.code, each.subject) for each in open_alarms()] == [("sms_balance_low", "sms_ru")]
    provider.money = Decimal(1000)
    jobs.ask_balances(0)
    clock.minutes = 5
    jobs.raise_alarms(0)
    assert open_alarms() == ()


def test_without_a_provider_there_is_no_alarm(settings: Settings) -> None:
    settings.FELDSHER_SMS = None
    accounts.ask()
    assert codes() == []


def test_each_code_has_its_runbook() -> None:
    for code in AlarmCode:
        assert (ROOT / runbook(code)).is_file()

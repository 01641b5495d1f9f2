"""Both adapters over the wire to both stand-ins, as the settings bind them: who sends, and who surely not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from feldsher.conf.composition import build_sms
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.messaging import gateways, reports, sending
from feldsher.foundation.messaging.models import Attempt
from feldsher.foundation.messaging.ports import NullProvider
from feldsher.foundation.messaging.types import MessageState
from foundation.messaging.conftest import clock
from foundation.messaging.factory import PHONE, Clock, sent
from support.egress import known
from testbench.sms_ru import server as sms_ru
from testbench.sms_ru.faults import Fault as RuFault
from testbench.smsc_ru import server as smsc_ru
from testbench.smsc_ru.faults import SEND
from testbench.smsc_ru.faults import Fault as SmscFault

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@dataclass
class Both:
    """SMS.RU is asked first, SMSC.RU second."""

    ru: sms_ru.RunningSimulator
    smsc: smsc_ru.RunningSimulator

    @property
    def taken(self) -> tuple[int, int]:
        return len(self.ru.outbox.listing()), len(self.smsc.outbox.listing())

    def bind(self, *kinds: str) -> None:
        accounts = {
            "sms_ru": SmsAccount("sms_ru", "key", url=known(self.ru.url), timeout_seconds=2),
            "smsc_ru": SmsAccount("smsc_ru", "key", url=known(self.smsc.url), timeout_seconds=2),
        }
        gateways.bind(*build_sms(SmsSettings(tuple(accounts[kind] for kind in kinds))))


@pytest.fixture
def both() -> Iterator[Both]:
    found = Both(sms_ru.start(api_key="key"), smsc_ru.start(api_key="key"))
    found.bind("sms_ru", "smsc_ru")
    yield found
    gateways.bind(NullProvider())
    found.ru.stop()
    found.smsc.stop()


def ends() -> dict[str, tuple[str, str]]:
    rows: Any = Attempt.objects.values_list("provider", "state", "code")
    return {provider: (state, code) for provider, state, code in rows}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (201, "account"),
        (204, "account"),
        (206, "account"),
        (301, "account"),
        (207, "refused"),
        (220, "not_sent"),
    ],
)
def test_what_sms_ru_refuses_for_a_reason_of_its_own_smsc_ru_sends(both: Both, code: int, state: str) -> None:
    both.ru.outbox.faults.put(RuFault("refuse", code=code))
    assert sent().state == MessageState.SENT
    assert both.taken == (0, 1)
    assert ends() == {"sms_ru": (state, str(code)), "smsc_ru": ("taken", "")}


def test_where_sms_ru_cannot_be_reached_smsc_ru_sends(both: Both) -> None:
    both.ru.stop()
    assert sent().state == MessageState.SENT
    assert both.taken == (0, 1)


@pytest.mark.parametrize("code", [205, 216, 230])
def test_what_is_wrong_with_the_message_is_sent_by_nobody(both: Both, code: int) -> None:
    both.ru.outbox.faults.put(RuFault("refuse", code=code))
    assert sent().state == MessageState.REFUSED
    assert both.taken == (0, 0)


def test_a_number_of_the_stop_list_is_left_alone_by_both(both: Both) -> None:
    both.ru.outbox.stopped.add(PHONE[1:])
    assert sent().refusal == "209"
    assert sent(key="two").refusal == "stop_list"
    assert both.taken == (0, 0)


@pytest.mark.parametrize("fault", ["drop", "accept_then_drop", "garbage", "http_500"])
def test_what_sms_ru_lost_nobody_sends(both: Both, clock: Clock, fault: str) -> None:
    both.ru.outbox.faults.put(RuFault(fault, times=1))
    row = sent()
    clock.minutes = 24 * 60
    reports.ask()
    sending.deliver(row.id)
    row.refresh_from_db()
    assert row.state == MessageState.UNKNOWN
    assert both.taken[1] == 0


@pytest.mark.parametrize("fault", ["drop", "accept_then_drop", "garbage", "http_500"])
def test_what_smsc_ru_lost_is_found_or_sent_again_by_it_alone(both: Both, clock: Clock, fault: str) -> None:
    both.bind("smsc_ru", "sms_ru")
    both.smsc.outbox.faults.put(SmscFault(fault, operation=SEND, times=1))
    row = sent()
    assert row.state == MessageState.UNKNOWN
    for minute in (1, 2, 4):
        clock.minutes = minute
        reports.ask()
    sending.deliver(row.id)
    row.refresh_from_db()
    assert (row.state, both.taken) == (MessageState.SENT, (0, 1))
    [sms] = both.smsc.outbox.listing()
    assert sms.id == str(row.id)


def test_what_smsc_ru_took_without_money_sms_ru_sends(both: Both, clock: Clock) -> None:
    both.bind("smsc_ru", "sms_ru")
    row = sent()
    both.smsc.outbox.told(str(row.id), 24)
    clock.minutes = 5
    reports.ask()
    sending.deliver(row.id)
    row.refresh_from_db()
    assert (row.state, both.taken) == (MessageState.SENT, (1, 1))

"""The door of providers: each stand-in calls it as the real one does; whoever can't sign gets nowhere."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from pytest_django import Settings

from feldsher.channels.delivery.views import LONGEST
from feldsher.conf.environment import LimitSettings
from feldsher.conf.limits import Limits
from feldsher.foundation.messaging import gateways, sending, services
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import NullProvider
from feldsher.foundation.messaging.types import Kind, MessageState
from feldsher.integrations.sms import sms_ru, smsc_ru
from feldsher.kernel import clock
from support.egress import known
from support.receiving import Received, receiving
from testbench.sms_ru import server as sms_ru_server
from testbench.smsc_ru import server as smsc_ru_server

PHONE, TEXT = "+79210000017", "Код 123456 для записи."
SECRET = "a-secret-of-callbacks"


@pytest.fixture
def received() -> Iterator[Received]:
    """What a stand-in calls with, for the test to bring it to the door in its own transaction."""
    with receiving() as told:
        yield told


@dataclass
class Provider:
    """A stand-in, by its bench: the tester's hand on it."""

    name: str
    bench: httpx.Client
    received: Received
    receipt: str
    delivered: int

    def tell(self, status: int | None = None) -> str:
        """Let something become of the last SMS, and return what the door answered to its call."""
        [*_, sms] = self.bench.get("state").json()["messages"]
        given = {"id": sms["id"], "status": self.delivered if status is None else status}
        self.bench.post("status", json=given).raise_for_status()
        body, kind = self.received.calls.pop()
        answer = Client(enforce_csrf_checks=True).post(f"/delivery/{self.name}/", body, content_type=kind)
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture(params=["sms_ru", "smsc_ru"])
def provider(request: pytest.FixtureRequest, received: Received, db: None) -> Iterator[Provider]:
    running: Any
    if request.param == "sms_ru":
        running = sms_ru_server.start(api_key="key")
        gateways.bind(sms_ru.build(api_key="key", url=known(running.url), sender="", timeout=5))
        receipt, delivered = "100", 103
    else:
        running = smsc_ru_server.start(api_key="key", secret=SECRET)
        login = {"apikey": "key"}
        gateways.bind(
            smsc_ru.build(login=login, hosts=[known(running.url)], sender="", secret=SECRET, timeout=5)
        )
        receipt, delivered = "OK", 1
    with httpx.Client(base_url=f"{running.url}/_bench/", trust_env=False) as bench:
        bench.post("callback", json={"url": received.url}).raise_for_status()
        yield Provider(request.param, bench, received, receipt, delivered)
    running.stop()
    gateways.bind(NullProvider())


def send() -> Message:
    name = services.send_sms(
        Kind.PHONE_CODE, phone=PHONE, text=TEXT, key="k", valid_until=clock.now() + timedelta(minutes=10)
    )
    sending.deliver(name)
    return Message.objects.get(id=name)


def test_what_a_provider_tells_is_written_and_answered_with_its_receipt(provider: Provider) -> None:
    assert send().state == MessageState.SENT
    expired = {"sms_ru": 104, "smsc_ru": 3}[provider.name]
    for status, delivery in ((expired, "expired"), (None, "delivered"), (expired, "delivered")):
        assert provider.tell(status) == provider.receipt
        assert Attempt.objects.get().delivery == delivery


def test_what_is_told_of_a_lost_answer_finds_it_where_the_provider_knows_our_key(
    provider: Provider,
) -> None:
    provider.bench.post("faults", json={"name": "accept_then_drop", "times": 1}).raise_for_status()
    assert send().state == MessageState.UNKNOWN
    assert provider.tell() == provider.receipt
    takes_key = provider.name == "smsc_ru"
    assert Message.objects.get().state == (MessageState.SENT if takes_key else MessageState.UNKNOWN)


def test_what_is_told_of_nobodys_message_is_answered_alike(provider: Provider) -> None:
    send()
    Message.objects.all().delete()
    assert provider.tell() == provider.receipt


@pytest.fixture
def set_up() -> Iterator[None]:
    gateways.bind(sms_ru.build(api_key="key", url="https://sms.ru", sender="", timeout=1))
    yield
    gateways.bind(NullProvider())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("sms_ru", b"", 403),
        ("sms_ru", b"data[0]=sms_status%0A1-1%0A103%0A1&hash=" + b"0" * 64, 403),
        ("sms_ru", b"x" * LONGEST, 403),
        ("sms_ru", b"x" * (LONGEST + 1), 413),
        ("smsc_ru", b"", 404),
        ("none", b"", 404),
    ],
)
def test_whoever_cannot_sign_is_refused_and_nothing_is_asked_or_told(
    set_up: None,
    client: Client,
    django_assert_num_queries: Callable[[int], Any],
    caplog: pytest.LogCaptureFixture,
    address: str,
    body: bytes,
    status: int,
) -> None:
    with django_assert_num_queries(0), caplog.at_level(logging.DEBUG):
        answer = client.post(f"/delivery/{address}/", body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
    assert "sms_status" not in caplog.text
    assert "Set-Cookie" not in answer.headers


def test_only_a_post_is_taken(set_up: None, client: Client) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert client.generic(method, "/delivery/sms_ru/").status_code == 405


@pytest.mark.django_db
def test_no_form_token_is_asked_of_a_provider(set_up: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    body = b"data[0]=x&hash=" + b"0" * 64
    answer = strict.post("/delivery/sms_ru/", body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.content) == (403, b"forged_report")


def test_a_provider_is_not_counted_by_the_limits(rf: Any, settings: Settings) -> None:
    settings.FELDSHER_LIMITS = LimitSettings(address_writes=1)
    limits = Limits()
    call = rf.post("/delivery/sms_ru/", REMOTE_ADDR="8.8.8.8")
    assert [limits.judge(call) for _ in range(10)] == [None] * 10
    page = rf.post("/forget/", REMOTE_ADDR="8.8.8.8")
    assert limits.judge(page) is not None

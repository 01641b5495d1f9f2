"""The adapter against the stand-in of the same contract, and against answers that no stand-in gives."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from feldsher.foundation.messaging.ports import NotSent, Refused, Sent, Unknown
from feldsher.integrations.sms.sms_ru import build
from feldsher.integrations.sms.sms_ru.sender import LIMIT, SmsRu, read
from support.egress import known
from testbench.sms_ru import server
from testbench.sms_ru.faults import Fault

PHONE, NUMBER, TEXT = "+79210000017", "79210000017", "Код 123456 для записи."


@pytest.fixture
def provider() -> Iterator[server.RunningSimulator]:
    running = server.start(api_key="key")
    yield running
    running.stop()


@pytest.fixture
def sender(provider: server.RunningSimulator) -> SmsRu:
    return build(api_key="key", url=known(provider.url), sender="CLINIC", timeout=1.0)


def test_a_text_reaches_the_phone(provider: server.RunningSimulator, sender: SmsRu) -> None:
    outcome = sender.send(PHONE, TEXT, key="one")
    [sms] = provider.outbox.listing()
    assert outcome == Sent(sms.id)
    assert (sms.to, sms.text, sms.sender) == (NUMBER, TEXT, "CLINIC")


@pytest.mark.parametrize(
    ("code", "outcome"), [(207, Refused), (201, Refused), (220, NotSent), (500, NotSent)]
)
def test_the_code_of_the_phone_decides_not_the_common_one(
    provider: server.RunningSimulator, sender: SmsRu, code: int, outcome: type[Any]
) -> None:
    provider.outbox.faults.put(Fault("refuse", times=1, code=code))
    assert sender.send(PHONE, TEXT, key="one") == outcome(str(code))
    assert provider.outbox.listing() == []


def test_a_wrong_key_is_a_refusal(provider: server.RunningSimulator) -> None:
    other = build(api_key="another", url=known(provider.url), sender="", timeout=1.0)
    assert other.send(PHONE, TEXT, key="one") == Refused("200")


@pytest.mark.parametrize("fault", ["accept_then_drop", "garbage", "http_500"])
def test_a_lost_answer_is_unknown(provider: server.RunningSimulator, sender: SmsRu, fault: str) -> None:
    provider.outbox.faults.put(Fault(fault, times=1))
    assert isinstance(sender.send(PHONE, TEXT, key="one"), Unknown)
    assert len(provider.outbox.listing()) == (0 if fault == "http_500" else 1)


def test_a_slow_answer_is_unknown(provider: server.RunningSimulator) -> None:
    provider.outbox.faults.put(Fault("slow", times=1, delay=0.6))
    hasty = build(api_key="key", url=known(provider.url), sender="", timeout=0.2)
    assert isinstance(hasty.send(PHONE, TEXT, key="one"), Unknown)


def test_what_could_not_connect_was_not_sent(provider: server.RunningSimulator, sender: SmsRu) -> None:
    provider.stop()
    assert isinstance(sender.send(PHONE, TEXT, key="one"), NotSent)


def said(own: dict[str, Any] | None = None, **common: Any) -> bytes:
    told = {"status": "OK", "status_code": 100, "sms_id": "1-2"} if own is None else own
    return json.dumps({"status_code": 100, "sms": {NUMBER: told}} | common).encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, said(), Sent("1-2")),
        (200, said({"status_code": "100", "sms_id": 7, "cost": "0.50"}), Sent("7", cost=Decimal("0.50"))),
        (200, said({"status_code": 100, "sms_id": "1", "cost": "NaN"}), Sent("1")),
        (200, said(status_code=209), Refused("209")),
        (200, said(sms={}), Unknown("unreadable")),
        (200, said(sms=[]), Unknown("unreadable")),
        (200, said({}), Unknown("unreadable")),
        (200, said(status_code=1e999), Unknown("unreadable")),
        (200, said({"status_code": 1e999}), Unknown("unreadable")),
        (200, b"[" * 20_000, Unknown("unreadable")),
        (200, b"", Unknown("unreadable")),
        (200, b"\xff\xfe", Unknown("unreadable")),
        (302, b"", Refused("http_302")),
        (503, said(), Unknown("http_503")),
    ],
)
def test_an_answer_is_read_as_it_is(status: int, body: bytes, outcome: object) -> None:
    assert read(status, body, number=NUMBER) == outcome


def test_an_answer_has_a_limit(provider: server.RunningSimulator, sender: SmsRu, monkeypatch: Any) -> None:
    monkeypatch.setattr("testbench.sms_ru.wire.TEXTS", {207: "x" * (LIMIT + 1)})
    provider.outbox.faults.put(Fault("refuse", times=1, code=207))
    assert isinstance(sender.send(PHONE, TEXT, key="one"), Unknown)


@pytest.mark.parametrize("url", ["http://sms.ru", "ftp://sms.ru", "sms.ru"])
def test_the_key_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        build(api_key="key", url=url, sender="", timeout=1.0)

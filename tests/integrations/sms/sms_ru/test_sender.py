"""The adapter against the stand-in of the same contract, and against answers that no stand-in gives."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from feldsher.foundation.messaging.ports import (
    A_MINUTE,
    Asked,
    Fate,
    Meaning,
    NotSent,
    Outcome,
    Refused,
    Report,
    Sent,
    Unknown,
)
from feldsher.integrations.sms.line import LIMIT
from feldsher.integrations.sms.sms_ru import build
from feldsher.integrations.sms.sms_ru.codes import ERRORS, STATUSES
from feldsher.integrations.sms.sms_ru.sender import SmsRu, read
from support.egress import known
from testbench.sms_ru import server, wire
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


def meant(code: int, meaning: Meaning) -> Outcome:
    """Return what an error of this meaning must come out as."""
    if meaning is Meaning.AGAIN:
        return NotSent(str(code))
    return NotSent(str(code), after=A_MINUTE) if meaning is Meaning.LATER else Refused(str(code), meaning)


@pytest.mark.parametrize("fault", ["refuse", "refuse_all"])
@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_is_known_and_means_one_thing_whether_of_the_phone_or_common(
    provider: server.RunningSimulator, sender: SmsRu, code: int, fault: str
) -> None:
    provider.outbox.faults.put(Fault(fault, times=1, code=code))
    assert sender.send(PHONE, TEXT, key="one") == meant(code, ERRORS[code])
    assert provider.outbox.listing() == []


def test_the_tables_have_what_the_contract_has() -> None:
    assert set(ERRORS) == set(wire.TEXTS)
    assert set(STATUSES) == wire.STATUSES


@pytest.mark.parametrize(
    ("meaning", "codes"),
    [
        (Meaning.AGAIN, {220, 500}),
        (Meaning.LATER, {131, 231}),
        (Meaning.ROUTE, {202, 207, 214}),
        (Meaning.STOP_LIST, {209}),
        (Meaning.ACCOUNT, {200, 201, 204, 206, *range(300, 306)}),
    ],
)
def test_what_goes_to_another_provider_or_comes_again_is_decided(meaning: Meaning, codes: set[int]) -> None:
    assert {code for code, told in ERRORS.items() if told is meaning} == codes


def test_a_code_that_nobody_knows_is_left_to_another_provider(
    provider: server.RunningSimulator, sender: SmsRu
) -> None:
    provider.outbox.faults.put(Fault("refuse", times=1, code=999))
    assert sender.send(PHONE, TEXT, key="one") == Refused("999", Meaning.ROUTE)


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_every_status_is_read_as_it_is_asked_and_as_it_is_called(
    provider: server.RunningSimulator, sender: SmsRu, code: int
) -> None:
    sms = provider.outbox.take(to=NUMBER, text=TEXT, sender="")
    told = provider.outbox.told(sms.id, code)
    assert told is not None
    cost = None if code == -1 else Decimal("4.50")
    if code != -1:  # what is not there has no status of its own
        assert sender.ask([Asked(sms.id, PHONE)]) == (Report(sms.id, STATUSES[code], str(code), cost),)
    form = wire.callback([(told.id, told.status)], api_key="key")
    assert sender.reports(urlencode(form).encode()) == (Report(sms.id, STATUSES[code], str(code)),)


def test_many_are_asked_about_by_one_call_and_a_stranger_is_absent(
    provider: server.RunningSimulator, sender: SmsRu
) -> None:
    first, second = (provider.outbox.take(to=NUMBER, text=TEXT, sender="") for _ in range(2))
    told = sender.ask([Asked(each, PHONE) for each in (first.id, "202648-1", second.id)])
    assert [(each.id, each.fate) for each in told] == [
        (first.id, Fate.DELIVERED),
        ("202648-1", Fate.ABSENT),
        (second.id, Fate.DELIVERED),
    ]


@pytest.mark.parametrize("fault", ["garbage", "http_500", "drop", "refuse_all"])
def test_without_an_answer_nothing_is_told(
    provider: server.RunningSimulator, sender: SmsRu, fault: str
) -> None:
    sms = provider.outbox.take(to=NUMBER, text=TEXT, sender="")
    provider.outbox.faults.put(Fault(fault, code=301))
    assert sender.ask([Asked(sms.id, PHONE)]) == ()
    told = sender.balance()
    assert told == Refused("301", Meaning.ACCOUNT) if fault == "refuse_all" else isinstance(told, Unknown)


def test_the_account_is_told_in_roubles(provider: server.RunningSimulator, sender: SmsRu) -> None:
    provider.outbox.roubles = 123.45
    assert sender.balance() == Decimal("123.45")
    provider.outbox.roubles = 1.0
    assert sender.send(PHONE, TEXT, key="one") == Refused("201", Meaning.ACCOUNT)


def test_a_number_of_the_stop_list_is_told_as_such(provider: server.RunningSimulator, sender: SmsRu) -> None:
    provider.outbox.stopped.add(NUMBER)
    assert sender.send(PHONE, TEXT, key="one") == Refused("209", Meaning.STOP_LIST)


def called(items: list[str], key: str = "key", **changed: str) -> bytes:
    signed = hashlib.sha256((key + "".join(items)).encode()).hexdigest()
    fields = {f"data[{number}]": item for number, item in enumerate(items)} | {"hash": signed}
    return urlencode(fields | changed).encode()


STATUS = "sms_status\n1-1\n103\n1764000000"


def test_a_call_with_many_items_is_signed_over_all_of_them_in_their_order(sender: SmsRu) -> None:
    items = [f"sms_status\n1-{number}\n103\n1764000000" for number in range(12)]
    told = sender.reports(called(items))
    assert told is not None
    assert [each.id for each in told] == [f"1-{number}" for number in range(12)]


def test_items_that_are_not_of_sms_are_passed_over(sender: SmsRu) -> None:
    items = ["callcheck_status\n77\n401\n1764000000", STATUS, "sms_status\n1-2", "sms_status\n1-2\nx\n1", ""]
    assert sender.reports(called(items)) == (Report("1-1", Fate.DELIVERED, "103"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"hash=",
        urlencode({"data[0]": STATUS}).encode(),
        called([STATUS], key="another"),
        called([STATUS], hash="0" * 64),
        called([STATUS], hash="ключ"),
        called([STATUS], **{"data[0]": STATUS.replace("103", "104")}),
        called([STATUS], **{"data[1]": STATUS}),
        called([], key="key"),
        b"&".join([called([STATUS])] + [b"x=1"] * 300),
    ],
)
def test_a_call_that_is_not_signed_by_the_provider_is_nobodys(sender: SmsRu, body: bytes) -> None:
    assert sender.reports(body) is None


def test_a_wrong_key_is_a_refusal(provider: server.RunningSimulator) -> None:
    other = build(api_key="another", url=known(provider.url), sender="", timeout=1.0)
    assert other.send(PHONE, TEXT, key="one") == Refused("200", Meaning.ACCOUNT)


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
        (200, said(status_code=209), Refused("209", Meaning.STOP_LIST)),
        (200, said(sms={}), Unknown("unreadable")),
        (200, said(sms=[]), Unknown("unreadable")),
        (200, said({}), Unknown("unreadable")),
        (200, said(status_code=1e999), Unknown("unreadable")),
        (200, said({"status_code": 1e999}), Unknown("unreadable")),
        (200, b"[" * 20_000, Unknown("unreadable")),
        (200, b"", Unknown("unreadable")),
        (200, b"\xff\xfe", Unknown("unreadable")),
        (302, b"", Refused("http_302", Meaning.ACCOUNT)),
        (403, b"", Refused("http_403", Meaning.ACCOUNT)),
        (429, b"", NotSent("http_429")),
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

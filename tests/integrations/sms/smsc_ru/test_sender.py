"""The adapter against the stand-in of the same contract, and against answers that no stand-in gives."""

import hashlib
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
    Refused,
    Report,
    Sent,
    Unknown,
)
from feldsher.integrations.sms.line import Json, Line
from feldsher.integrations.sms.smsc_ru import SmscRu, build
from feldsher.integrations.sms.smsc_ru.codes import ERRORS, STATUSES
from support.egress import known
from testbench.smsc_ru import server, wire
from testbench.smsc_ru.faults import SEND, STATUS, Fault

PHONE, NUMBER, TEXT = "+79210000017", "79210000017", "Код 123456 для записи."
KEY = "0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"
SECRET = "a-secret-of-callbacks"


@pytest.fixture
def provider() -> Iterator[server.RunningSimulator]:
    running = server.start(api_key="key", secret=SECRET)
    yield running
    running.stop()


def speaking(*urls: str, login: dict[str, str] | None = None, **changed: Any) -> SmscRu:
    given: dict[str, Any] = {"sender": "CLINIC", "secret": SECRET, "timeout": 1.0} | changed
    return build(login=login or {"apikey": "key"}, hosts=[known(url) for url in urls], **given)


@pytest.fixture
def sender(provider: server.RunningSimulator) -> SmscRu:
    return speaking(provider.url)


def test_a_text_reaches_the_phone_under_our_key_with_its_price(
    provider: server.RunningSimulator, sender: SmscRu
) -> None:
    assert sender.send(PHONE, TEXT, key=KEY) == Sent(KEY, cost=Decimal("4.20"))
    [sms] = provider.outbox.listing()
    assert (sms.id, sms.to, sms.text, sms.sender) == (KEY, NUMBER, TEXT, "CLINIC")


def test_a_password_does_as_well_as_a_key(provider: server.RunningSimulator) -> None:
    by_password = speaking(provider.url, login={"login": "demo", "psw": "key"})
    assert isinstance(by_password.send(PHONE, TEXT, key=KEY), Sent)
    for wrong in ({"login": "demo", "psw": "no"}, {"login": "other", "psw": "key"}, {"apikey": "no"}):
        assert speaking(provider.url, login=wrong).send(PHONE, "x", key="x") == Refused("2", Meaning.ACCOUNT)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_is_known_and_means_one_thing(
    provider: server.RunningSimulator, sender: SmscRu, code: int
) -> None:
    provider.outbox.faults.put(Fault("refuse", times=1, code=code))
    expected = {Meaning.LATER: NotSent(str(code), after=A_MINUTE)}.get(
        ERRORS[code], Refused(str(code), ERRORS[code])
    )
    assert sender.send(PHONE, TEXT, key=KEY) == expected
    assert provider.outbox.listing() == []


def test_the_tables_have_what_the_contract_has() -> None:
    assert set(ERRORS) == set(wire.TEXTS) == set(range(1, 10))
    assert set(STATUSES) == wire.STATUSES


@pytest.mark.parametrize(
    ("meaning", "codes"),
    [
        (Meaning.LATER, {9}),
        (Meaning.ROUTE, {8}),
        (Meaning.ACCOUNT, {2, 3, 4, 6}),
        (Meaning.MESSAGE, {1, 5, 7}),
    ],
)
def test_what_goes_to_another_provider_or_comes_again_is_decided(meaning: Meaning, codes: set[int]) -> None:
    assert {code for code, told in ERRORS.items() if told is meaning} == codes


def test_a_code_that_nobody_knows_is_left_to_another_provider(
    provider: server.RunningSimulator, sender: SmscRu
) -> None:
    provider.outbox.faults.put(Fault("refuse", times=1, code=77))
    assert sender.send(PHONE, TEXT, key=KEY) == Refused("77", Meaning.ROUTE)


def test_the_same_text_twice_in_a_minute_comes_again_later(sender: SmscRu) -> None:
    assert isinstance(sender.send(PHONE, TEXT, key=KEY), Sent)
    assert sender.send(PHONE, TEXT, key="another") == NotSent("9", after=A_MINUTE)


@pytest.mark.parametrize("fault", ["accept_then_drop", "garbage", "http_500", "drop"])
def test_a_lost_answer_is_unknown_and_the_key_tells_what_became_of_it(
    provider: server.RunningSimulator, sender: SmscRu, fault: str
) -> None:
    provider.outbox.faults.put(Fault(fault, times=1))
    assert isinstance(sender.send(PHONE, TEXT, key=KEY), Unknown)
    [told] = sender.ask([Asked(KEY, PHONE)])
    is_there = fault in {"accept_then_drop", "garbage"}
    assert told.fate is (Fate.DELIVERED if is_there else Fate.ABSENT)
    assert len(provider.outbox.listing()) == is_there


def test_a_slow_answer_is_unknown(provider: server.RunningSimulator) -> None:
    provider.outbox.faults.put(Fault("slow", times=1, delay=0.6))
    assert isinstance(speaking(provider.url, timeout=0.2).send(PHONE, TEXT, key=KEY), Unknown)


def test_the_reserve_is_called_where_the_first_host_cannot_be_reached(
    provider: server.RunningSimulator,
) -> None:
    away = server.start()
    away.stop()
    assert isinstance(speaking(away.url, provider.url).send(PHONE, TEXT, key=KEY), Sent)
    assert isinstance(speaking(away.url).send(PHONE, TEXT, key=KEY), NotSent)


def test_the_reserve_is_not_called_with_what_may_have_left(provider: server.RunningSimulator) -> None:
    reserve = server.start(api_key="key")
    provider.outbox.faults.put(Fault("accept_then_drop", operation=SEND, times=1))
    assert isinstance(speaking(provider.url, reserve.url).send(PHONE, TEXT, key=KEY), Unknown)
    assert (len(provider.outbox.listing()), reserve.outbox.listing()) == (1, [])
    reserve.stop()


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_every_status_is_read_as_it_is_asked_and_as_it_is_called(
    provider: server.RunningSimulator, sender: SmscRu, code: int
) -> None:
    provider.outbox.take(to=NUMBER, text=TEXT, sender="", name=KEY)
    told = provider.outbox.told(KEY, code)
    assert told is not None
    assert sender.ask([Asked(KEY, PHONE)]) == (Report(KEY, STATUSES[code], str(code), Decimal("4.20")),)
    form = wire.callback(told, secret=SECRET)
    assert sender.reports(urlencode(form).encode()) == (Report(KEY, STATUSES[code], str(code)),)


def test_the_first_that_is_not_answered_ends_the_asking(
    provider: server.RunningSimulator, sender: SmscRu
) -> None:
    provider.outbox.take(to=NUMBER, text=TEXT, sender="", name=KEY)
    provider.outbox.faults.put(Fault("refuse", operation=STATUS, code=9))
    assert sender.ask([Asked(KEY, PHONE)]) == ()
    provider.outbox.faults.put(Fault("refuse", operation=STATUS, times=0))
    told = sender.ask([Asked(KEY, PHONE), Asked(KEY, "+79210000018"), Asked("x", PHONE)])
    assert [each.fate for each in told] == [Fate.DELIVERED, Fate.ABSENT, Fate.ABSENT]


def test_the_account_is_told_in_roubles(provider: server.RunningSimulator, sender: SmscRu) -> None:
    provider.outbox.roubles = 123.45
    assert sender.balance() == Decimal("123.45")
    provider.outbox.roubles = -1.0
    assert sender.balance() == Decimal("-1.00")
    assert sender.send(PHONE, TEXT, key=KEY) == Refused("3", Meaning.ACCOUNT)
    provider.outbox.faults.put(Fault("refuse", operation="/sys/balance.php", code=4))
    assert sender.balance() == Refused("4", Meaning.ACCOUNT)


def called(**changed: str) -> bytes:
    fields = {"id": KEY, "phone": NUMBER, "status": "1"} | changed
    signed = f"{fields['id']}:{fields['phone']}:{fields['status']}:{SECRET}".encode()
    own = {"md5": hashlib.md5(signed, usedforsecurity=False).hexdigest()}
    own["sha1"] = hashlib.sha1(signed, usedforsecurity=False).hexdigest()
    kept = {name: value for name, value in (own | changed).items() if value}
    return urlencode(fields | kept).encode()


@pytest.mark.parametrize("other", ["md5", "sha1"])
def test_either_hash_will_do(sender: SmscRu, other: str) -> None:
    body = called().decode()
    alone = "&".join(part for part in body.split("&") if not part.startswith(other))
    assert sender.reports(alone.encode()) == (Report(KEY, Fate.DELIVERED, "1"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        urlencode({"id": KEY, "phone": NUMBER, "status": "1"}).encode(),
        called(sha1="0" * 40),
        called(sha1="ключ"),
        called().replace(b"status=1", b"status=3"),
        called().replace(NUMBER.encode(), b"79210000018"),
        called(status="one"),
        called(status="1e9"),
    ],
)
def test_a_call_that_is_not_signed_by_the_provider_is_nobodys(sender: SmscRu, body: bytes) -> None:
    assert sender.reports(body) is None


def test_without_a_secret_nobody_is_believed(provider: server.RunningSimulator) -> None:
    signed = hashlib.sha1(f"{KEY}:{NUMBER}:1:".encode(), usedforsecurity=False).hexdigest()
    body = urlencode({"id": KEY, "phone": NUMBER, "status": "1", "sha1": signed}).encode()
    assert speaking(provider.url, secret="").reports(body) is None


class _Answers(Line):
    """A line on which every call is answered alike."""

    def __init__(self, answer: Json) -> None:
        self._answer = answer

    def call(self, path: str, fields: object) -> Json:
        del path, fields
        return self._answer


@pytest.mark.parametrize(
    "answer", [{}, {"cnt": 1}, {"error": "x"}, {"error": "x", "error_code": "x"}, {"error_code": None}]
)
def test_an_answer_that_says_neither_is_unknown(answer: Json) -> None:
    sender = SmscRu(login={}, line=_Answers(answer), sender="", secret="")
    assert sender.send(PHONE, TEXT, key=KEY) == Unknown("unreadable")
    assert sender.balance() == Unknown("unreadable")
    assert sender.ask([Asked(KEY, PHONE)]) == ()


@pytest.mark.parametrize("url", ["http://smsc.ru", "ftp://smsc.ru", "smsc.ru"])
def test_the_password_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        build(login={"apikey": "k"}, hosts=["https://smsc.ru", url], sender="", secret="", timeout=1.0)

"""The stand-in of SMSC.RU: the wire, the inspection API, the call that tells what became of an SMS."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx
import pytest

from support.receiving import receiving
from testbench.smsc_ru import server

LOGIN = {"apikey": "demo-key", "fmt": "3"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    running = server.start()
    with httpx.Client(base_url=running.url, trust_env=False) as opened:
        yield opened
    running.stop()


def send(client: httpx.Client, **fields: str) -> dict[str, object]:
    given = {"phones": "79210000017", "mes": "Проба", "id": "a-1", "charset": "utf-8"} | LOGIN | fields
    return dict(client.post("/sys/send.php", data=given).raise_for_status().json())


def test_an_sms_is_listed_shown_and_told_by_its_id_and_phone(client: httpx.Client) -> None:
    assert send(client, mes="Проба <b>") == {"id": "a-1", "cnt": 1}
    [sms] = client.get("/_bench/state").json()["messages"]
    assert (sms["id"], sms["to"], sms["text"], sms["status"]) == ("a-1", "79210000017", "Проба <b>", 1)
    assert "Проба &lt;b&gt;" in client.get("/").text
    asked = LOGIN | {"id": "a-1", "phone": "79210000017"}
    assert client.post("/sys/status.php", data=asked).json()["status"] == 1
    assert client.post("/sys/status.php", data=asked | {"phone": "79210000018"}).json()["status"] == -3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"phones": "123"}, 7),
        ({"mes": ""}, 1),
        ({"charset": "koi8-r"}, 1),
        ({"id": "x" * 41}, 1),
        ({"apikey": "other"}, 2),
        ({"fmt": "0"}, 1),
    ],
)
def test_what_is_wrong_is_told_by_a_code(client: httpx.Client, fields: dict[str, str], code: int) -> None:
    assert send(client, **fields)["error_code"] == code
    assert client.get("/_bench/state").json()["messages"] == []


def test_price_and_balance_are_told_as_they_are_asked_for(client: httpx.Client) -> None:
    assert send(client, cost="2") == {"id": "a-1", "cnt": 1, "cost": "4.20"}
    assert send(client, cost="3", mes="Вторая", id="") == {
        "id": 2, "cnt": 1, "cost": "4.20", "balance": "1000.00",
    }  # fmt: skip
    client.post("/_bench/account", json={"roubles": 4})
    assert client.post("/sys/balance.php", data=LOGIN).json() == {"balance": "4.00"}
    assert send(client, mes="Третья")["error_code"] == 3


def test_a_twin_and_a_stopped_number_are_refused(client: httpx.Client) -> None:
    send(client)
    assert send(client, id="a-2")["error_code"] == 9
    client.post("/_bench/stop", json={"to": "79210000018"})
    assert send(client, phones="79210000018")["error_code"] == 8


def test_a_status_is_told_to_the_address_that_was_named(client: httpx.Client) -> None:
    send(client)
    assert client.post("/_bench/status", json={"id": "a-1", "status": 0}).json() == {"receipt": None}
    with receiving(b"thanks") as received:
        client.post("/_bench/callback", json={"url": received.url})
        told = client.post("/_bench/status", json={"id": "a-1", "status": 3}).json()
    assert told == {"receipt": "thanks"}
    [(body, _)] = received.calls
    form = dict(parse_qsl(body.decode()))
    assert {name: form[name] for name in ("id", "phone", "status")} == {
        "id": "a-1", "phone": "79210000017", "status": "3",
    }  # fmt: skip
    assert (len(form["md5"]), len(form["sha1"])) == (32, 40)
    assert client.post("/_bench/status", json={"id": "a-1", "status": 1}).json() == {"receipt": "URLError"}


@pytest.mark.parametrize(
    ("call", "fields", "status"),
    [
        ("status", {"id": "a-9", "status": 1}, 404),
        ("status", {"id": "a-1", "status": 77}, 422),
        ("callback", {"url": "file:///etc/passwd"}, 422),
        ("account", {"roubles": "many"}, 422),
        ("stop", {}, 422),
    ],
)
def test_a_wrong_call_of_a_tester_says_so(
    client: httpx.Client, call: str, fields: dict[str, object], status: int
) -> None:
    assert client.post(f"/_bench/{call}", json=fields).status_code == status

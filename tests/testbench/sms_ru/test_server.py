"""The stand-in of SMS.RU: the wire, the inspection API, the page for people."""

from collections.abc import Iterator

import httpx
import pytest

from testbench.sms_ru import server


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    running = server.start()
    with httpx.Client(base_url=running.url, trust_env=False) as opened:
        yield opened
    running.stop()
    running.stop()


def send(client: httpx.Client, **fields: str) -> dict[str, object]:
    given = {"api_id": "demo-key", "to": "79210000017", "msg": "Проба", "json": "1"} | fields
    return dict(client.post("/sms/send", data=given).raise_for_status().json())


def test_an_sms_is_listed_and_shown(client: httpx.Client) -> None:
    told = send(client, msg="Проба <b>")
    assert told["status_code"] == 100
    [sms] = client.get("/_bench/state").json()["messages"]
    assert (sms["to"], sms["text"]) == ("79210000017", "Проба <b>")
    assert told["sms"] == {"79210000017": {"status": "OK", "status_code": 100, "sms_id": sms["id"]}}
    page = client.get("/")
    assert "Проба &lt;b&gt;" in page.text
    assert client.get("/sms.css").headers["Content-Type"].startswith("text/css")
    status = client.get("/sms/status", params={"api_id": "demo-key", "sms_id": f"{sms['id']},0"}).json()[
        "sms"
    ]
    assert [each["status_code"] for each in status.values()] == [103, -1]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"to": "123"}, 202), ({"msg": ""}, 203), ({"msg": "я" * 600}, 205)],
)
def test_a_phone_has_a_code_of_its_own(client: httpx.Client, fields: dict[str, str], code: int) -> None:
    told = send(client, **fields)
    assert told["status_code"] == 100
    [own] = told["sms"].values()  # type: ignore[attr-defined] # a dict
    assert own["status_code"] == code
    assert client.get("/_bench/state").json() == {"messages": []}


def test_a_wrong_key_and_an_unknown_call_are_refused(client: httpx.Client) -> None:
    assert send(client, api_id="other")["status_code"] == 200
    assert client.get("/my/balance", params={"api_id": "demo-key"}).json()["balance"] == 1000.0
    assert client.get("/no/such").status_code == 404


def test_a_test_message_reaches_nobody(client: httpx.Client) -> None:
    assert send(client, test="1")["status_code"] == 100
    assert client.get("/_bench/state").json() == {"messages": []}


def test_faults_are_switched_counted_and_reset(client: httpx.Client) -> None:
    assert client.post("/_bench/faults", json={"name": "refuse", "times": 1, "code": 206}).status_code == 200
    [own] = send(client)["sms"].values()  # type: ignore[attr-defined] # a dict
    assert own["status_code"] == 206
    assert client.get("/_bench/faults").json() == {"faults": []}
    for wrong, status in (({"name": "no"}, 422), ({"no": 1}, 422), ([], 400)):
        assert client.post("/_bench/faults", json=wrong).status_code == status
    client.post("/_bench/faults", json={"name": "http_500"})
    send_status = client.post("/sms/send", data={"api_id": "demo-key"}).status_code
    assert send_status == 500
    client.post("/_bench/reset", json={})
    assert client.get("/_bench/faults").json() == {"faults": []}
    assert send(client)["status_code"] == 100

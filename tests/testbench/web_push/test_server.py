"""The stand-in of a push service: the inspection API, and what it refuses."""

from collections.abc import Iterator

import httpx
import pytest

from testbench.web_push import server


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    running = server.start()
    with httpx.Client(base_url=running.url, trust_env=False) as opened:
        yield opened
    running.stop()
    running.stop()


def test_a_subscription_is_made_and_ended(client: httpx.Client) -> None:
    made = client.post("/_bench/subscribe", json={}).raise_for_status().json()
    assert made["endpoint"].startswith(f"{client.base_url}/wpush/v2/".replace("//wpush", "/wpush"))
    assert (len(made["p256dh"]), len(made["auth"])) == (87, 22)
    client.post("/_bench/end", json={"endpoint": made["endpoint"]}).raise_for_status()
    assert client.post(made["endpoint"], headers={"TTL": "1"}).status_code == 410
    assert client.get("/_bench/state").json() == {"messages": [], "refused": ["no such subscription"]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"TTL": "x"}, 400),
        ({"TTL": "1", "Topic": "a" * 33}, 400),
        ({"TTL": "1", "Topic": "a", "Urgency": "now"}, 400),
        ({"TTL": "1", "Topic": "a"}, 400),
        ({"TTL": "1", "Topic": "a", "Content-Encoding": "aes128gcm"}, 403),
    ],
)
def test_a_message_that_breaks_a_contract_is_refused_and_kept(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    made = client.post("/_bench/subscribe", json={}).json()
    assert client.post(made["endpoint"], headers=headers, content=b"x").status_code == status
    assert len(client.get("/_bench/state").json()["refused"]) == 1
    client.post("/_bench/reset", json={}).raise_for_status()
    assert client.get("/_bench/state").json() == {"messages": [], "refused": []}


def test_more_than_a_record_is_too_large(client: httpx.Client) -> None:
    made = client.post("/_bench/subscribe", json={}).json()
    assert client.post(made["endpoint"], headers={"TTL": "1"}, content=b"x" * 4097).status_code == 413

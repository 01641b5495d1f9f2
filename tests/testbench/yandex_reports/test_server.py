"""The stand-in of reports: what it takes, what it refuses, and the inspection API."""

from collections.abc import Iterator

import httpx
import pytest

from testbench.yandex_reports import server

WHOLE = {"oauth": "demo-token", "mark": "m-1", "when": "2026-11-23T09:00:00+03:00"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    running = server.start()
    with httpx.Client(base_url=running.url, trust_env=False) as opened:
        yield opened
    running.stop()
    running.stop()


def test_a_report_is_kept_without_its_token(client: httpx.Client) -> None:
    assert client.post(server.PATH, data=WHOLE).status_code == 200
    kept = {"mark": "m-1", "when": "2026-11-23T09:00:00+03:00"}
    assert client.get("/_bench/state").json() == {"reports": [kept], "refused": []}
    client.post("/_bench/reset", json={}).raise_for_status()
    assert client.get("/_bench/state").json() == {"reports": [], "refused": []}


@pytest.mark.parametrize(
    ("path", "told", "status"),
    [
        ("/elsewhere", {"data": WHOLE}, 404),
        (server.PATH, {"json": WHOLE}, 415),
        (server.PATH, {"content": b"x", "headers": {"Content-Type": server.FORM}}, 400),
        (server.PATH, {"data": {**WHOLE, "oauth": "another"}}, 401),
        (server.PATH, {"data": {**WHOLE, "mark": ""}}, 400),
    ],
)
def test_what_breaks_the_contract_is_refused_and_told(
    client: httpx.Client, path: str, told: dict[str, object], status: int
) -> None:
    assert client.post(path, **told).status_code == status  # type: ignore[arg-type]  # as httpx takes it
    state = client.get("/_bench/state").json()
    assert (state["reports"], len(state["refused"])) == ([], 1)

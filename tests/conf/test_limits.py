"""C65 and C37: how often to call, how long a statement may run, how much may be sent and asked for."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from feldsher.channels.api.openapi import openapi
from feldsher.conf import limits
from feldsher.conf.environment import LimitSettings, database_from_url, limit_settings
from feldsher.conf.middleware import RateLimitMiddleware
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiScope
from support.addresses import addresses

ABROAD, NEIGHBOUR = "93.184.216.34", "93.184.216.35"
Send = Callable[..., HttpResponse]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the buckets: a list of one instant that a test may move."""
    instant = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: instant[0])
    return instant


@pytest.fixture
def send(settings: Settings, now: list[float]) -> Send:
    """Send a request through limits of its own: 3 reads and 2 writes of a device, 5 and 4 of an address."""
    settings.FELDSHER_WORKERS = 1
    settings.FELDSHER_LIMITS = LimitSettings(
        device_reads=3, device_writes=2, address_reads=5, address_writes=4, key_reads=8, key_writes=8
    )
    middleware = RateLimitMiddleware(lambda request: HttpResponse(request.method or ""))

    def through(
        method: str = "GET",
        path: str = "/api/v1/slots",
        *,
        device: str = "",
        address: str = ABROAD,
        **more: str,
    ) -> HttpResponse:
        cookies = {} if path.startswith("/api/") or not device else {"HTTP_COOKIE": f"device={device}"}
        headers = {"HTTP_X_DEVICE": device} if path.startswith("/api/") and device else {}
        request = RequestFactory().generic(method, path, REMOTE_ADDR=address, **headers, **cookies, **more)
        return middleware(request)

    return through


def statuses(send: Send, count: int, **words: str) -> list[int]:
    return [send(**words).status_code for _ in range(count)]


def test_c65_a_paper_counts_as_something_sent(send: Send) -> None:
    assert statuses(send, 5, path="/checkups/x/estimate.pdf") == [200, 200, 200, 200, 429]
    assert statuses(send, 9, path="/checkups/x/") == [200] * 9


def test_c65_a_device_that_asks_too_often_waits(send: Send, now: list[float]) -> None:
    assert statuses(send, 4, device="a") == [200, 200, 200, 429]
    assert statuses(send, 1, device="b") == [200]
    now[0] += 20
    assert statuses(send, 2, device="a") == [200, 429]


def test_c65_an_answer_says_what_is_left(send: Send, now: list[float]) -> None:
    answer = send(device="a")
    assert answer.headers["RateLimit-Policy"] == '"device-reads";q=3;w=60, "address-reads";q=5;w=60'
    assert answer.headers["RateLimit"] == '"device-reads";r=2;t=20'
    statuses(send, 2, device="a")
    refused = send(device="a")
    assert refused.headers["RateLimit"] == '"device-reads";r=0;t=60'
    assert refused.headers["Retry-After"] == "20"
    body = json.loads(refused.content)
    assert (body["code"], body["status"]) == ("too_many_requests", 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Cache-Control"] == "no-store"


def test_c65_a_refused_call_is_not_done(settings: Settings, now: list[float]) -> None:
    settings.FELDSHER_LIMITS = LimitSettings(device_writes=1)
    done: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        done.append(request.path)
        return HttpResponse()

    middleware = RateLimitMiddleware(view)
    for _ in range(5):
        middleware(RequestFactory().post("/api/v1/holds", headers={"X-Device": "bot"}))
    assert done == ["/api/v1/holds"]


def test_c37_many_devices_of_one_address_meet_its_ceiling(send: Send) -> None:
    sent = [send("POST", "/api/v1/holds", device=str(number)).status_code for number in range(6)]
    assert sent == [200, 200, 200, 200, 429, 429]
    assert send("POST", "/api/v1/holds", device="new", address=NEIGHBOUR).status_code == 200


def test_c37_what_a_device_was_refused_takes_nothing_from_its_neighbours(send: Send) -> None:
    assert statuses(send, 20, device="a") == [200] * 3 + [429] * 17
    assert statuses(send, 3, device="b") == [200, 200, 429]


def test_c65_reads_and_writes_are_counted_apart(send: Send) -> None:
    assert statuses(send, 3, device="a") == [200] * 3
    assert [send("POST", device="a").status_code for _ in range(3)] == [200, 200, 429]


def test_c65_a_private_address_is_a_proxys_and_not_counted(send: Send) -> None:
    for address in ("127.0.0.1", "10.0.0.7", "::1", "", "nonsense"):
        assert statuses(send, 10, address=address) == [200] * 10
        assert "RateLimit" not in send(address=address).headers


def test_c65_a_home_of_ipv6_is_one_address(send: Send) -> None:
    assert [send(address=f"2a02:6b8::{number}").status_code for number in range(6)] == [200] * 5 + [429]
    assert send(address="2a02:6b8:0:1::1").status_code == 200


def test_c65_an_ipv4_address_that_is_written_as_ipv6_is_counted_as_itself(send: Send) -> None:
    assert statuses(send, 5, address=f"::ffff:{ABROAD}") == [200] * 5
    assert statuses(send, 1, address=ABROAD) == [429]


def test_c65_pages_are_read_without_a_count_and_sent_with_one(send: Send) -> None:
    assert statuses(send, 20, path="/doctors/", device="a") == [200] * 20
    assert [send("POST", "/holds/", device="a").status_code for _ in range(3)] == [200, 200, 429]
    page = send("POST", "/holds/", device="a")
    assert "Слишком много нажатий" in page.content.decode()
    assert page.headers["Retry-After"] == "30"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["RateLimit"] == '"device-writes";r=0;t=60'


@pytest.mark.django_db
def test_c65_a_partner_has_a_limit_of_its_own(send: Send) -> None:
    _, key = api_keys.issue_key("Агрегатор", scopes=[ApiScope.SLOTS_READ])
    words = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    assert send(device="a", **words).headers["RateLimit"].startswith('"device-reads"')
    api_keys.key_of(key)
    answer = send(device="a", **words)
    assert answer.headers["RateLimit-Policy"] == '"key-reads";q=8;w=60'
    assert statuses(send, 8, device="a", **words) == [200] * 7 + [429]
    api_keys.forget_keys()


def test_c65_who_always_reaches_the_same_process_has_the_whole_of_a_devices_limit(
    settings: Settings, now: list[float]
) -> None:
    settings.FELDSHER_WORKERS = 4
    settings.FELDSHER_LIMITS = LimitSettings(device_reads=10, address_reads=100)
    middleware = RateLimitMiddleware(lambda _: HttpResponse())
    request = RequestFactory().get("/api/v1/slots", headers={"X-Device": "a"}, REMOTE_ADDR=ABROAD)
    sent = [middleware(request) for _ in range(11)]
    assert [answer.status_code for answer in sent] == [200] * 10 + [429]
    assert sent[0].headers["RateLimit-Policy"] == '"device-reads";q=10;w=60, "address-reads";q=25;w=60'


@pytest.mark.django_db
def test_c65_a_partner_with_one_kept_connection_has_the_whole_of_its_limit(
    settings: Settings, now: list[float]
) -> None:
    settings.FELDSHER_WORKERS = 4
    settings.FELDSHER_LIMITS = LimitSettings(key_reads=10)
    _, key = api_keys.issue_key("Агрегатор", scopes=[ApiScope.SLOTS_READ])
    api_keys.key_of(key)
    middleware = RateLimitMiddleware(lambda _: HttpResponse())
    request = RequestFactory().get("/api/v1/slots", headers={"Authorization": f"Bearer {key}"})
    assert [middleware(request).status_code for _ in range(11)] == [200] * 10 + [429]
    api_keys.forget_keys()


@pytest.mark.django_db(transaction=True)
def test_c65_no_limit_asks_the_database(send: Send, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        for method, path in (("GET", "/api/v1/slots"), ("POST", "/api/v1/holds"), ("POST", "/holds/")):
            send(method, path, device="a", HTTP_AUTHORIZATION="Bearer fk_00000000_" + "x" * 43)


@pytest.mark.parametrize(
    "given", ["[]", "{", '{"device_reads": 0}', '{"device_reads": "9"}', '{"devices": 1}']
)
def test_limits_that_cannot_be_used_are_named(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FELDSHER_LIMITS", given)
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_LIMITS"):
        limit_settings()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, database_urls: tuple[str, str]) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", database_urls[0])
    monkeypatch.setenv("FELDSHER_WORKERS", "2")
    return


def timeout_of(entry: dict[str, Any]) -> str:
    options = {name: entry["OPTIONS"][name] for name in ("options",) if name in entry["OPTIONS"]}
    words = {
        "dbname": entry["NAME"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "host": entry["HOST"],
    }
    with psycopg.connect(**words, port=entry["PORT"], **options) as made:
        row = made.execute("SHOW statement_timeout").fetchone()
    assert row is not None
    return str(row[0])


def test_c65_no_statement_of_a_page_runs_for_ever(web: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timeout_of(database_from_url()) == "15s"
    monkeypatch.setenv("FELDSHER_STATEMENT_SECONDS", "2.5")
    assert timeout_of(database_from_url()) == "2500ms"
    monkeypatch.delenv("FELDSHER_WORKERS")
    assert timeout_of(database_from_url()) == "0"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_that_cannot_be_used_is_named(
    web: None, monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("FELDSHER_STATEMENT_SECONDS", seconds)
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_STATEMENT_SECONDS"):
        database_from_url()


@pytest.mark.django_db(transaction=True)
def test_c65_a_statement_that_took_too_long_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 30")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr("feldsher.channels.api.find.directory.specialties", slow)
    try:
        answer = Client().get("/api/v1/specialties")
    finally:
        connection.close()
    assert answer.status_code == 503
    assert json.loads(answer.content)["code"] == "temporarily_unavailable"
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.django_db
def test_c65_nothing_takes_more_than_64_kilobytes() -> None:
    client = Client(raise_request_exception=False)
    form = b"a=" + b"x" * 65_536
    found = {}
    # A question for a passkey has no body, and none is read. The pieces of a file of 1С have a limit of their
    # own, and are read for a session alone (exchange/test_files).
    for path in (path for path in addresses() if not path.endswith(("/passkey/", "/exchange/1c/"))):
        is_api = path.startswith("/api/")
        kind = "application/json" if is_api else "application/x-www-form-urlencoded"
        answer = client.post(path, form, content_type=kind, headers={"Idempotency-Key": "k"})
        found[path] = answer.status_code
    refused = {400, 401, 405, 413, 404, 303}
    assert {path: status for path, status in found.items() if status not in refused} == {}
    assert {found[path] for path in ("/api/v1/holds", "/api/v1/call-requests")} == {413}
    assert {found[path] for path in ("/holds/", "/call/", "/look/")} == {400}


def test_c65_what_may_be_asked_for_is_bounded() -> None:
    unbounded = []
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            for parameter in operation["parameters"]:
                if parameter["in"] != "query":
                    continue
                schema = parameter["schema"]
                options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
                unbounded += [(method, path, parameter["name"]) for one in options if not is_bounded(one)]
    assert unbounded == []


def is_bounded(schema: dict[str, Any]) -> bool:
    """Tell whether a value of a query has a largest one."""
    if schema["type"] == "integer":
        return "maximum" in schema
    if schema["type"] == "string":
        return "maxLength" in schema or "enum" in schema or schema.get("format") in {"uuid", "date"}
    return schema["type"] == "boolean"

"""C64: whatever is sent and whatever breaks, an answer tells nothing of the inside and names its request."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.template.exceptions import TemplateDoesNotExist
from django.test import Client

from channels.desk.factory import signed_in
from feldsher.foundation.access.roles import Role
from support.addresses import addresses, odd_addresses

PERSONAL = "Канарейкина +79995550000"
DETAIL = f'duplicate key value violates "once"\nDETAIL:  Key (phone)=({PERSONAL}) already exists.'
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
ODD = ("%00", "%ff%fe", "1%27%20OR%20%271%27=%271", "..%2f..%2fetc%2fpasswd", "я" * 300, "{{7*7}}")
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", "application/x-www-form-urlencoded"),
    (b"key=1&slot=%00&phone[]=%ff&login=x&password=y", "application/x-www-form-urlencoded"),
    (b'{"slot": {"a": [1, null]}, "patient": "x"}', "application/json"),
    (b'{"slot": "a"', "application/json"),
    (
        b"--x\r\nContent-Disposition: form-data; name=logo; filename=a\r\n\r\n\xff",
        "multipart/form-data; boundary=x",
    ),
    (bytes(range(256)), "text/plain"),
)
INSIDE = re.compile(
    r"Traceback|File \"|site-packages|\.py\b|/src/|/usr/|psycopg|sqlstate|DETAIL|duplicate key"
    r"|OperationalError|IntegrityError|DataError|InterfaceError|RuntimeError|KeyError"
    r"|\bSELECT\b|\bINSERT\b|\bUPDATE\b .*\bSET\b"
    r"|access_user|procrastinate_|DoesNotExist|settings\.|Канарейкина|9995550000"
)
ID = re.compile(r"^[0-9a-f]{32}$")

pytestmark = pytest.mark.django_db


def leaks(response: HttpResponse) -> list[str]:
    """Return what an answer must not hold."""
    request_id = response.headers.get("X-Request-Id", "")
    found = [] if ID.match(request_id) else ["no id"]
    text = response.content.decode("utf-8", "replace") if not response.streaming else ""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    found += INSIDE.findall(text) + INSIDE.findall(head)
    kind = response.headers.get("Content-Type", "")
    if text and kind.startswith("application/problem+json"):
        found += [] if json.loads(text)["request_id"] == request_id else ["another id"]
    elif text and (response.status_code == 500 or (response.status_code > 500 and "html" in kind)):
        found += [] if request_id in text else ["no id on the page"]
    return found


def walk(client: Client, paths: tuple[str, ...], *, methods: tuple[str, ...] = METHODS) -> list[Any]:
    """Send all methods and bodies to all addresses; returns what leaked."""
    found = []
    for path in paths:
        for method in methods:
            for body, kind in BODIES if method in {"POST", "PUT"} else BODIES[:1]:
                headers = {"X-Request-Id": "mine", "Idempotency-Key": "k", "Authorization": "Bearer x"}
                response = client.generic(method, path, body, content_type=kind, headers=headers)
                found += [(method, path, response.status_code, leak) for leak in leaks(response)]
    return found


@contextmanager
def broken(error: Exception) -> Iterator[None]:
    """Let each statement fail as PostgreSQL does, values of a row in its words."""

    def fail(*_: Any) -> None:
        raise type(error)(*error.args)

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(fail))
        yield


def test_c64_every_address_is_walked() -> None:
    found = addresses()
    assert {"/", "/healthz", "/api/v1/holds", "/desk/sign-in/"} <= set(found)
    assert len(found) > 60


@pytest.mark.slow
@pytest.mark.parametrize("odd", ["", *ODD])
def test_c64_garbage_tells_nothing_of_the_inside(odd: str) -> None:
    client = Client(raise_request_exception=False)
    paths = odd_addresses(odd) if odd else addresses()
    assert walk(client, paths) == []


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.EDITOR])
def test_c64_garbage_of_staff_tells_nothing_of_the_inside(role: Role) -> None:
    client = signed_in(role)
    client.raise_request_exception = False
    paths = tuple(path for path in addresses() if path.startswith("/desk/") and "sign-" not in path)
    assert len(paths) > 15
    assert walk(client, paths, methods=("GET", "POST")) == []


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError(DETAIL),
        DataError(DETAIL),
        OperationalError(DETAIL),
        InterfaceError(DETAIL),
        RuntimeError(DETAIL),
    ],
    ids=lambda error: type(error).__name__,
)
def test_c64_a_database_that_fails_tells_nothing(error: Exception) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["desk"] = "x" * 32
    with broken(error):
        found = walk(client, addresses(), methods=("GET", "POST"))
        answers = [client.get(path).status_code for path in ("/", "/desk/", "/api/v1/specialties")]
    assert found == []
    assert min(answers) >= 500


def test_c64_trace_is_answered_nowhere() -> None:
    client = Client(raise_request_exception=False)
    found = {}
    for path in addresses():
        answer = client.generic("TRACE", path, headers={"X-Probe": PERSONAL.encode().hex()})
        assert PERSONAL.encode().hex() not in answer.content.decode(), path
        found[path] = answer.status_code
    # Whoever is not signed in is led to sign in, whatever the method is.
    assert {status for path, status in found.items() if not path.startswith("/desk/")} <= {404, 405}


def test_c64_an_id_of_the_caller_is_not_taken_over(client: Client) -> None:
    ids = {client.get("/healthz", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(ID.match(one) for one in ids)


def test_c64_a_refusal_of_site_and_desk_names_the_request(client: Client) -> None:
    for path in ("/no", "/desk/sign-out/"):
        answer = client.get(path) if path == "/no" else Client(enforce_csrf_checks=True).post(path)
        assert f"Код обращения: {answer.headers['X-Request-Id']}" in answer.content.decode()
    answer = signed_in(Role.EDITOR).get("/desk/stops/")
    assert answer.status_code == 403
    assert f"Код обращения: {answer.headers['X-Request-Id']}" in answer.content.decode()


def test_c64_when_the_page_of_an_error_fails_too_a_sentence_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TemplateDoesNotExist(PERSONAL)

    monkeypatch.setattr("feldsher.channels.site.views.errors.render_to_string", fail)
    with broken(RuntimeError(PERSONAL)):
        answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert leaks(answer) == []
    assert answer.headers["Content-Type"].startswith("text/plain")

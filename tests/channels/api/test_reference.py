"""The OpenAPI document and its page say everything that the code does."""

import json
import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from django.test import Client

from channels.api.factory import ROOT
from feldsher.channels.api import errors as own
from feldsher.domain.scheduling import errors as scheduling
from feldsher.kernel.errors import DomainError

OPERATIONS: Final = {
    ("GET", "/specialties"),
    ("GET", "/locations"),
    ("GET", "/services"),
    ("GET", "/practitioners"),
    ("GET", "/slots"),
    ("POST", "/holds"),
    ("DELETE", "/holds/{hold_id}"),
    ("POST", "/holds/{hold_id}/phone-code"),
    ("POST", "/holds/{hold_id}/confirmation"),
    ("GET", "/appointments/{appointment_id}"),
    ("DELETE", "/appointments/{appointment_id}"),
    ("GET", "/appointments/{appointment_id}/slots"),
    ("POST", "/appointments/{appointment_id}/reschedule"),
    ("GET", "/appointments/{appointment_id}/sooner"),
    ("POST", "/appointments/{appointment_id}/sooner"),
    ("DELETE", "/appointments/{appointment_id}/sooner"),
    ("POST", "/appointments/{appointment_id}/sooner/accept"),
    ("POST", "/appointments/{appointment_id}/sooner/decline"),
    ("POST", "/call-requests"),
    ("POST", "/waiting"),
    ("GET", "/wishes/{wish_id}"),
    ("DELETE", "/wishes/{wish_id}"),
    ("POST", "/wishes/{wish_id}/decline"),
}


@pytest.fixture
def document() -> Any:
    response = Client().get(f"{ROOT}/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


@pytest.fixture
def page() -> str:
    response = Client().get(f"{ROOT}/docs")
    assert response.status_code == 200
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    return response.content.decode()


def _operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _codes(module: Any) -> set[str]:
    kinds = [
        kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, DomainError)
    ]
    return {kind.code for kind in kinds if kind is not DomainError}


def _problems(operation: Any) -> dict[str, Any]:
    return {
        code: (status, example["value"])
        for status, response in operation["responses"].items()
        for code, example in response.get("content", {})
        .get("application/problem+json", {})
        .get("examples", {})
        .items()
    }


def test_the_document_names_every_operation(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": ROOT}]
    assert set(_operations(document)) == OPERATIONS


def test_every_reference_leads_somewhere(document: Any) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


ELSEWHERE = {"call_taken", "call_done", "visit_decided", "visit_unsettled", "not_markable", "not_reminded"}
ELSEWHERE |= {"not_overbookable", "more_taken", "overbook_full"}
"""What only staff can hear, or who answers a reminder."""


def test_every_refusal_is_promised_with_an_example_under_its_status(document: Any) -> None:
    told: set[str] = set()
    for operation in _operations(document).values():
        for code, (status, example) in _problems(operation).items():
            assert (example["code"], str(example["status"])) == (code, status)
            told.add(code)
    assert (_codes(scheduling) | _codes(own)) - ELSEWHERE <= told


def test_every_post_needs_a_key_and_a_body(document: Any) -> None:
    posts = [operation for (method, _), operation in _operations(document).items() if method == "POST"]
    assert len(posts) == 10
    for operation in posts:
        headers = {
            item["name"]: item["required"] for item in operation["parameters"] if item["in"] == "header"
        }
        assert headers == {"Idempotency-Key": True, "X-Device": False}
        assert operation["requestBody"]["required"] is True
        assert {"400", "413", "415", "422"} <= set(operation["responses"])


def test_only_visits_and_wishes_need_a_token(document: Any) -> None:
    closed = {call for call, made in _operations(document).items() if {} not in made["security"]}
    visit, wish = "/appointments/{appointment_id}", "/wishes/{wish_id}"
    assert closed == {
        ("GET", visit),
        ("DELETE", visit),
        ("GET", f"{visit}/slots"),
        ("POST", f"{visit}/reschedule"),
        *((method, f"{visit}/sooner") for method in ("GET", "POST", "DELETE")),
        *(("POST", f"{visit}/sooner/{act}") for act in ("accept", "decline")),
        ("GET", wish),
        ("DELETE", wish),
        ("POST", f"{wish}/decline"),
    }
    assert document["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"


def test_times_promise_a_tag(document: Any) -> None:
    responses = _operations(document)["GET", "/slots"]["responses"]
    assert set(responses["200"]["headers"]) == set(responses["304"]["headers"]) == {"ETag"}


class _Page(HTMLParser):
    """Collects what a page loads, its anchors and its links within itself."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.add(value or "")
            self.inline += name == "style" or name.startswith("on")


def test_the_page_needs_no_script_and_no_foreign_host(page: str) -> None:
    seen = _Page()
    seen.feed(page)
    assert not seen.tags & {"script", "style", "img", "iframe"}
    assert seen.inline == 0
    assert {link for link in seen.links if not link.startswith("#")} == {
        f"{ROOT}/openapi.json",
        "/static/api/docs.css",
    }


def test_every_link_of_the_page_has_its_place(page: str) -> None:
    seen = _Page()
    seen.feed(page)
    assert len(seen.ids) == len(set(seen.ids))
    assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)


def test_the_page_explains_every_code_and_operation(page: str) -> None:
    for code in (_codes(scheduling) | _codes(own)) - ELSEWHERE:
        assert f'id="{code}"' in page
    for _, path in OPERATIONS:
        assert f"{ROOT}{path}" in page
    for words in ("patient.birth_date", "Параметры", "Тело запроса", "Ответы", "Отказы"):
        assert words in page

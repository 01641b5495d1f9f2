"""Calls, texts, the sign of life, and the pages of errors."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from channels.site.factory import MONDAY, MOSCOW_BRANCH, branch, doctor
from feldsher.channels.site import views
from feldsher.channels.site.views import find, texts
from feldsher.domain.patients.types import ConsentTextCard, Purpose
from feldsher.domain.scheduling.types import CallRequest, Idempotency
from feldsher.kernel.errors import InvalidInputError

CARD = doctor(1, "Небывалова")
CALL = {
    "name": "Вера",
    "phone": "8 921 000-00-00",
    "topic": "после 18:00",
    "consent": "on",
    "key": "0" * 32,
}
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def test_a_call_is_asked_for_and_its_hour_promised(client: Client, answers: Put) -> None:
    request_call = answers(
        "services", "request_call", CallRequest(UUID(int=3), MONDAY + timedelta(minutes=40))
    )
    response = client.post("/call/", {**CALL, "doctor": str(CARD.id), "location": str(MOSCOW_BRANCH)})
    assert response.status_code == 303
    given = request_call.call_args.kwargs
    assert isinstance(given.pop("idempotency"), Idempotency)
    assert given == {
        "name": "Вера",
        "phone": "8 921 000-00-00",
        "topic": "после 18:00",
        "location_id": MOSCOW_BRANCH,
        "practitioner_id": CARD.id,
        "channel": "site",
    }
    assert not re.search("921|Вера", response.headers["Location"])
    assert "Позвоним до\u00a009:40" in _text(client.get(response.headers["Location"]))


def test_a_promise_without_a_branch_says_whose_hours_it_has_where_clocks_differ(
    client: Client, answers: Put
) -> None:
    answers("services", "request_call", CallRequest(UUID(int=3), MONDAY + timedelta(minutes=40)))
    promised = client.post("/call/", CALL).headers["Location"]
    assert "Позвоним до\u00a009:40 (по\u00a0московскому времени)" in _text(client.get(promised))
    answers("directory", "locations", (branch(), branch(zone="")))
    assert "московскому" not in _text(client.get(promised))


def test_a_call_may_be_asked_for_where_no_legal_entity_is_known(client: Client, answers: Put) -> None:
    answers("directory", "locations", (branch(organization_name=""),))
    page = _text(client.get("/call/"))
    assert "Даю согласие на\u00a0обработку" in page


def test_a_forged_promise_is_not_found(client: Client) -> None:
    _text(client.get("/call/09:40/"), 404)


def test_faults_of_a_call_stand_beside_their_fields(client: Client, answers: Put) -> None:
    request_call = answers("services", "request_call", InvalidInputError(fields={"name": "Только буквы"}))
    page = _text(client.post("/call/", {"name": "Вера", "phone": "1"}), 422)
    assert "Нужен российский номер" in page
    assert "отметьте его, если согласны" in page
    assert 'value="Вера"' in page
    assert request_call.call_count == 0
    assert "Только буквы" in _text(client.post("/call/", CALL), 422)


def test_texts_name_the_operator(client: Client, answers: Put) -> None:
    text = ConsentTextCard(purpose="booking", version="7", body="Оператор — {operator}.\n\nКонец.", sha256="")
    asked = answers("texts", "current_consent_text", text)
    page = _text(client.get(f"/consent/?location={MOSCOW_BRANCH}"))
    assert "Оператор — ООО «Примерная клиника»." in page
    assert "Версия 7" in page
    assert asked.call_args.args == (Purpose.BOOKING,)
    _text(client.get("/policy/"))
    assert asked.call_args.args == (Purpose.POLICY,)


def test_the_sign_of_life_is_that_of_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    alive = MagicMock()
    monkeypatch.setattr(texts, "connection", alive)
    assert _text(client.get("/healthz")) == "ok"
    alive.cursor.side_effect = OperationalError
    assert _text(client.get("/healthz"), 503) == "the database does not answer"


def test_an_unknown_page_looks_like_the_others(client: Client) -> None:
    page = _text(client.get("/nobody/knows"), 404)
    assert "Код: not_found" in page
    assert "ООО «Примерная клиника»" in page


def test_rubbish_of_a_megabyte_is_a_bad_request(client: Client) -> None:
    response = client.post("/holds/", {"slot": "x" * 1_000_000})
    assert "Код: bad_request" in _text(response, 400)


def test_an_accident_has_a_page_that_needs_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(find.directory, "locations", broken)
    client.raise_request_exception = False
    page = _text(client.get("/"), 500)
    assert "Код: internal_error" in page


def test_the_four_handlers_have_their_statuses() -> None:
    request = RequestFactory().get("/")
    answers = [
        views.bad_request(request),
        views.forbidden(request),
        views.not_found(request),
        views.server_error(request),
    ]
    assert [answer.status_code for answer in answers] == [400, 403, 404, 500]


@pytest.mark.parametrize("path", ["/", "/doctors/", f"/doctors/{CARD.id}/", "/search/?q=при", "/call/"])
def test_no_page_has_inline_code_or_foreign_hosts(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    page = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", page)  # data, no code
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"\son\w+=|\sstyle=|<style", page)
    assert not re.search(r"https?://(?!testserver)", page)
    assert "script-src 'self'" in client.get(path).headers["Content-Security-Policy"]

"""The page of the search: groups, corrections, what it says of nothing; nobody else learns of a query."""

import html
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import FOUND, MOSCOW_BRANCH, SERVICE, doctor
from feldsher.channels.site.views import search
from feldsher.domain.search.errors import SearchBusyError
from feldsher.domain.search.types import Count, Found, Hit, Part

CARD = doctor(1, "Небывалова")
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


@pytest.fixture
def found(answers: Put) -> Any:
    return answers("search", "find", FOUND)


def test_hits_stand_by_kind_with_their_pages_and_a_doctor_s_next_time(client: Client, found: Any) -> None:
    page = _text(client.get("/search/?q=терапефт"))
    places = [page.index(f"<h2>{title}") for title in ("Специальности", "Врачи", "Услуги", "Филиалы")]
    assert places == sorted(places)
    for address in (
        "/specialties/terapevt/",
        f"/doctors/{CARD.id}/",
        f"/services/{SERVICE}/",
        f"/branches/{MOSCOW_BRANCH}/",
    ):
        assert f'href="{address}"' in page
    assert "Ближайшее время: сегодня" in page
    assert "<mark>Терапевт</mark>" in page
    assert "Показаны результаты по\u00a0запросу «терапевт»" in page


def test_more_of_a_kind_stand_on_a_page_of_their_own(client: Client, found: Any) -> None:
    assert "Показать все: 40" in _text(client.get("/search/?q=терапефт"))
    assert found.call_args.kwargs == {
        "kinds": ("specialty", "practitioner", "service", "location", "conditions", "articles"),
        "limit": 5,
    }
    page = _text(client.get("/search/?q=терапефт&kind=service"))
    assert found.call_args.kwargs == {"kinds": ("service",), "limit": 100}
    assert "Все результаты" in page
    client.get("/search/?q=терапефт&kind=article")
    assert len(found.call_args.kwargs["kinds"]) == 6


@pytest.mark.parametrize("query", ["", "q=", "q=н", "kind=service"])
def test_two_letters_are_asked_for(client: Client, found: Any, query: str) -> None:
    page = _text(client.get(f"/search/?{query}"))
    assert "Напишите две буквы или\u00a0больше" in page
    assert "/specialties/terapevt/" in page
    assert found.call_count == 0


def test_nothing_found_leads_on(client: Client, answers: Put) -> None:
    answers("search", "find", Found())
    page = _text(client.get("/search/?q=ыыы"))
    assert "По\u00a0словам «ыыы» ничего не\u00a0нашли" in page
    assert 'href="tel:' in page
    assert "/specialties/terapevt/" in page


def test_a_doctor_who_has_left_meanwhile_is_not_shown(client: Client, answers: Put, found: Any) -> None:
    answers("directory", "open_practitioner_cards", {})
    assert f"/doctors/{CARD.id}/" not in _text(client.get("/search/?q=терапефт"))


def test_articles_and_conditions_stand_with_their_pages_and_what_came_down_since_does_not(
    client: Client, answers: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = [
        Hit(kind, key, (Part(title),), (), (Part("Глаза "), Part("слезятся", is_hit=True)), score)
        for kind, key, title, score in (
            ("conditions", "7", "Сухой глаз", 0.9),
            ("articles", "8", "Глаза и экран", 0.8),
            ("articles", "9", "Снятая статья", 0.7),
        )
    ]
    answers("search", "find", Found(tuple(hits), (Count("conditions", 1), Count("articles", 2)), ""))
    monkeypatch.setattr(search.editorial, "slugs", lambda _: {7: "suhoy-glaz", 8: "ekran"})
    page = _text(client.get("/search/?q=слезятся"))
    assert page.index("<h2>Заболевания") < page.index("<h2>Статьи")
    assert 'href="/conditions/suhoy-glaz/"' in page
    assert 'href="/articles/ekran/"' in page
    assert page.count("<mark>слезятся</mark>") == 2
    assert "Снятая статья" not in page


def test_a_search_that_takes_too_long_is_a_page(client: Client, answers: Put) -> None:
    answers("search", "find", SearchBusyError())
    assert "Поиск сейчас не\u00a0отвечает" in _text(client.get("/search/?q=терапевт"), 503)


def test_what_a_person_typed_is_never_markup(client: Client) -> None:
    page = client.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("outcome", [FOUND, Found(), SearchBusyError(), RuntimeError("accident")])
def test_nobody_else_learns_of_a_query(
    client: Client, answers: Put, caplog: pytest.LogCaptureFixture, outcome: object
) -> None:
    answers("search", "find", outcome)
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        response = client.get("/search/?q=сифилис")
    assert "сифилис" not in caplog.text.casefold()
    assert "%D1%81%D0%B8%D1%84" not in caplog.text
    if not isinstance(outcome, RuntimeError):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"

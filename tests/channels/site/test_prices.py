"""The price list page and its file, with invented answers; what it costs and weighs with the whole stack."""

import csv
import html
import io
from collections.abc import Callable
from gzip import decompress
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from channels.site.factory import MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, ural
from channels.site.price_lists import PAGE, SELLER, SINCE
from domain.directory.factory import MIS, priced_network
from feldsher.domain.directory.services import import_snapshot
from feldsher.domain.directory.types.price_page import PricePage

Put = Callable[..., Any]


@pytest.fixture
def priced(clinic: Put) -> Put:
    clinic("directory", "locations", (branch(legal=SELLER), ural()))
    clinic("directory", "price_page", PAGE)
    return clinic


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def test_the_page_is_dated_and_names_who_sells(client: Client, priced: Put) -> None:
    page = _text(client.get("/prices/"))
    for words in (
        "Цены действуют с 2 ноября 2026 года",
        "ООО «Примерная клиника»",
        "ИНН 7700000000",
        "Лицензия на медицинскую деятельность Л041‑00000‑77/00000000 от 01.02.2024, выдана: Департамент",
        "Имеются противопоказания. Необходима консультация специалиста",
        "Прайс-лист на 23 ноября 2026 года",
    ):
        assert words in page


def test_a_price_is_told_as_it_is_known(client: Client, priced: Put) -> None:
    body = client.get("/prices/").content.decode()
    assert (
        f'<a href="/services/{SERVICE}/branch/{MOSCOW_BRANCH}/">Приём &lt;первичный&gt;</a>'
        "<small>B01.029.001</small>" in body
    )
    assert "<td>от\u00a01\u00a0900\u00a0₽</td>" in body
    assert '<th scope="row">Подбор очков</th><td><i>цена уточняется</i></td>' in body
    assert "Прочие услуги" in body


def test_a_line_leads_to_the_service_in_the_branch_whose_list_it_is(client: Client, priced: Put) -> None:
    page = client.get(f"/prices/?location={URAL_BRANCH}&utm_source=a&utm_medium=b").content.decode()
    address = f"/services/{SERVICE}/branch/{URAL_BRANCH}/?utm_source=a&amp;utm_medium=b"
    assert f'<a href="{address}">Приём &lt;первичный&gt;</a>' in page
    assert page.count(f"/services/{SERVICE}/") == 1, "nobody of the branch gives the others"


def test_what_the_site_has_no_text_of_is_said_plainly(client: Client, priced: Put) -> None:
    page = _text(client.get("/prices/"))
    assert '<a href="/legal/contract/">Образец договора</a>' in page
    assert "Программа госгарантий: на сайте её текста пока нет" in page
    assert "Жалоба: отдельной страницы пока нет. Принимаем письмом: Москва, Условная ул., 18" in page
    assert "Органы надзора: адресов на сайте пока нет" in page


def test_the_branch_and_the_words_go_into_the_question(client: Client, priced: Put) -> None:
    asked = priced("directory", "price_page", PAGE)
    page = _text(client.get(f"/prices/?location={URAL_BRANCH}&q=очки"))
    assert (asked.call_args.args, asked.call_args.kwargs["text"]) == ((URAL_BRANCH,), "очки")
    assert "По словам «очки»: 3 услуги из 3" in page
    assert "data-prices>" not in page
    client.get("/prices/")
    assert asked.call_args.args == (MOSCOW_BRANCH,)


def test_nothing_found_says_what_to_do(client: Client, priced: Put) -> None:
    priced("directory", "price_page", PricePage(PAGE.day, SINCE, (), 3))
    assert "ничего нет. Попробуйте другое слово" in _text(client.get("/prices/?q=ы"))
    assert "Цен этого филиала на сайте пока нет" in _text(client.get("/prices/"))


def test_without_a_branch_there_is_no_list(client: Client, priced: Put) -> None:
    priced("directory", "locations", ())
    assert "Прайс-листа пока нет" in _text(client.get("/prices/"))
    assert client.get("/prices/prices.csv").status_code == 404


@pytest.mark.parametrize("query", ["location=x", f"location={UUID(int=77)}"])
def test_an_unknown_branch_is_a_404(client: Client, priced: Put, query: str) -> None:
    assert client.get(f"/prices/?{query}").status_code == 404


def test_the_file_holds_dates_and_no_formula(client: Client, priced: Put) -> None:
    answer = client.get(f"/prices/prices.csv?location={MOSCOW_BRANCH}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="prices-2026-11-23.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Раздел", "Услуга", "Код", "Цена, руб.", "Примечание", "Действует с", "Действует по"]
    assert rows[1:] == [
        [
            *("Офтальмология", "Приём <первичный>", "B01.029.001", "1900,00", "от, зависит от врача"),
            *("2026-11-02", ""),
        ],
        ["Офтальмология", "Подбор очков", "", "", "цена уточняется", "", ""],
        ["", "'=Анализ крови", "", "450,00", "", "2026-11-02", ""],
    ]


@pytest.mark.django_db
def test_two_thousand_services_keep_the_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    import_snapshot(MIS, snapshot=priced_network(services=2000, doctors=100))
    with django_assert_num_queries(3):
        answer = client.get("/prices/", headers={"Accept-Encoding": "gzip"})
    assert answer.content
    assert decompress(answer.content).count(b'<th scope="row">') == 2000
    assert len(answer.content) <= 75_000

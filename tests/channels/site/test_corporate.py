"""The corporate section over the whole stack: a request without scripts, its page by a secret."""

import html

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from channels.site.factory import FORM_KEY
from conftest import SetClock
from domain.corporate.factory import COLLEAGUE, EDITOR, INN, REGISTRAR, agreed_text
from domain.directory.factory import AT
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.types import Progress

pytestmark = pytest.mark.django_db
FORM = "/corporate/requests/"
TYPED = {
    "key": FORM_KEY,
    "company": "ООО «Выдумка»",
    "inn": INN,
    "contact": "Вымышленова Вера",
    "phone": "8 900 000-00-07",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def _morning(set_clock: SetClock) -> None:
    set_clock(AT)
    agreed_text()


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def test_the_section_says_whose_policies_are_taken_and_the_term(client: Client) -> None:
    assert "Списка страховых компаний на сайте пока нет" in _text(client.get("/corporate/"))
    services.save_insurer("Выдумка Страхование", note="по письму", staff=EDITOR)
    services.set_reply_days(2, staff=EDITOR)
    page = _text(client.get("/corporate/"))
    assert "Выдумка Страхование" in page
    assert "Отвечаем на заявку за 2 рабочих дня" in page


def test_a_company_asks_and_its_page_follows_the_request(client: Client) -> None:
    entered = client.post(FORM, TYPED)
    assert entered.status_code == 303
    moved = client.get(entered.headers["Location"])
    address = moved.headers["Location"]
    assert moved.status_code == 303
    assert entered.headers["Location"].startswith(address)
    assert moved.cookies["company"]["path"] == address
    page = _text(client.get(address))
    assert "Приняли заявку" in page
    assert "Ответим до <b>18:00" in page
    assert "Вымышленова" not in page
    assert "Выдумка" not in page
    (card,) = selectors.open_requests(REGISTRAR)
    services.take(card.mark.id, staff=REGISTRAR)
    working = _text(client.get(address))
    assert "Готовим ответ" in working
    assert "(по московскому времени)" in working
    services.finish(card.mark.id, end=Progress.ANSWERED, staff=COLLEAGUE)
    assert "мы ответили по вашему телефону" in _text(client.get(address))


def test_a_stranger_finds_no_request(client: Client) -> None:
    address = client.post(FORM, TYPED).headers["Location"]
    page = address.rsplit("/", 2)[0] + "/"
    assert Client().get(page).status_code == 404
    assert Client().get(page + "x" * 32 + "/").status_code == 404
    assert Client().get(page + "x" * 200 + "/").status_code == 404


def test_a_double_tap_is_one_request(client: Client) -> None:
    first, second = client.post(FORM, TYPED), client.post(FORM, TYPED)
    assert first.headers["Location"] == second.headers["Location"]
    assert selectors.open_request_count(REGISTRAR) == 1


def test_another_content_under_one_key_is_another_request(client: Client) -> None:
    """Who goes back and corrects the form sends the same hidden key: what they corrected is not dropped."""
    first = client.post(FORM, TYPED)
    second = client.post(FORM, {**TYPED, "company": "ООО «Небыль»"})
    assert first.headers["Location"] != second.headers["Location"]
    companies = {each.company for each in selectors.open_requests(REGISTRAR)}
    assert companies == {"ООО «Выдумка»", "ООО «Небыль»"}


def test_the_form_says_when_it_was_shown_and_an_odd_word_of_it_harms_nothing(client: Client) -> None:
    assert f'name="shown" value="{AT.isoformat()}"' in _text(client.get(FORM))
    for shown in ("x", "2026-11-24", "9" * 60):
        typed = {**TYPED, "shown": shown, "words": shown}
        assert client.post(FORM, typed).status_code == 303


def test_an_end_of_line_is_one_character_of_what_was_written(client: Client) -> None:
    assert client.post(FORM, {**TYPED, "words": "x\r\n" * 1000}).status_code == 303
    assert client.post(FORM, {**TYPED, "words": "x" * 2001}).status_code == 422


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    page = _text(client.post(FORM, {**TYPED, "inn": "1", "phone": ""}), 422)
    assert "Проверьте ИНН" in page
    assert "Напишите телефон или почту" in page
    assert 'value="ООО «Выдумка»"' in page
    without = {name: value for name, value in TYPED.items() if name != "consent"}
    assert "Без согласия ответить нельзя" in _text(client.post(FORM, without), 422)
    assert client.post(FORM, {**TYPED, "key": ""}).status_code == 400
    assert selectors.open_request_count(REGISTRAR) == 0


def test_the_text_of_the_consent_is_that_of_companies(client: Client) -> None:
    assert "контактного лица компании" in _text(client.get("/consent/?for=company"))
    assert client.get("/consent/?for=x").status_code == 503, "no text of bookings is in force"


def test_the_pages_keep_their_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        assert client.get("/corporate/").status_code == 200
    with django_assert_num_queries(3):
        assert client.get(FORM).status_code == 200

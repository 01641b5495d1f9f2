"""«Прайс-лист»: an editor says what the lines of an accounting system's list mean."""

import html
import re
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from domain.directory.factory import FIRST_VISIT, GLASSES, MIS, row, snapshot
from domain.directory.price_lists import SOURCE, good, goods, offer, offers, priced, take
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import PriceListItem
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.price_list import LineState
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
LIST = "/desk/directory/price-list/"


@pytest.fixture
def client() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot(prices=()))
    take(
        goods(good("g1", "A-1"), good("g2", "Z-2", name="Подбор очков, сложный"), good("g3", "Z-3")),
        offers(offer("g1", 1900), offer("g2", 800), offer("g3", 0)),
    )
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def line(value: str) -> str:
    return f"{LIST}{PriceListItem.objects.get(source=SOURCE, value=value).id}/"


def glasses() -> str:
    return str(row(Kind.SERVICE, GLASSES.id))


def test_lines_without_a_service_are_counted_with_what_is_missing(client: Client) -> None:
    page = text(client.get("/desk/directory/missing/"))
    assert "Строки прайс-листа, которые не означают ни одной услуги" in page
    count = selectors.missing_count() + 2
    assert re.search(rf'Чего не хватает <span class="badge badge-wait">{count}<', page)


def test_the_list_has_a_page_for_each_state(client: Client) -> None:
    page = text(client.get(LIST))
    assert "2 строки" in page
    assert "Подбор очков, сложный" in page
    assert "цена уточняется" in page
    bound = text(client.get(LIST, {"show": "bound"}))
    assert FIRST_VISIT.name in bound
    assert "1 900 ₽" in bound
    assert "ни о какой строке" in text(client.get(LIST, {"show": "ignored"}))
    assert "1 строка" in text(client.get(LIST, {"q": "z-2"}))
    for odd in ({"show": "x", "page": "99999"}, {"q": "%00ыыы"}, {"page": "-1"}):
        text(client.get(LIST, odd))


def test_a_line_offers_services_of_a_like_name_and_takes_one(client: Client) -> None:
    page = text(client.get(line("g2")))
    assert re.findall(r'name="service" value="([^"]+)"', page) == [glasses()]
    assert client.post(f"{line('g2')}bind/", {"service": glasses()}).status_code == 303
    assert priced() == {FIRST_VISIT.name: Decimal(1900), GLASSES.name: Decimal(800)}
    assert "связал сотрудник vera" in text(client.get(line("g2")))
    take(goods(good("g2", "Z-2")), offers(offer("g2", 850)))
    assert priced()[GLASSES.name] == Decimal(850)


def test_a_word_is_taken_back(client: Client) -> None:
    client.post(f"{line('g2')}bind/", {"service": glasses()})
    assert client.post(f"{line('g2')}release/").status_code == 303
    assert priced() == {FIRST_VISIT.name: Decimal(1900)}
    assert selectors.unknown_line_count() == 2


def test_what_is_no_service_is_not_asked_about_again(client: Client) -> None:
    for value in ("g1", "g3"):
        assert client.post(f"{line(value)}ignore/").status_code == 303
    assert priced() == {}
    take(goods(good("g1", "A-1"), good("g2", "Z-2"), good("g3", "Z-3")), offers(offer("g1", 1900)))
    assert priced() == {}
    assert [each.name for each in selectors.price_list_lines(LineState.UNKNOWN)[0]] == ["g2"]
    assert "сказал, что это не услуга" in text(client.get(line("g1")))
    client.post(f"{line('g1')}release/")
    assert priced() == {FIRST_VISIT.name: Decimal(1900)}


def test_a_service_has_one_line_of_a_list(client: Client) -> None:
    visit = str(row(Kind.SERVICE, FIRST_VISIT.id))
    page = text(client.post(f"{line('g2')}bind/", {"service": visit}), 422)
    assert "уже означает другая строка" in page
    assert "Выберите услугу" in text(client.post(f"{line('g2')}bind/"), 422)
    assert (
        client.post(f"{line('g2')}bind/", {"service": str(row(Kind.LOCATION, "loc-north"))}).status_code
        == 404
    )
    assert priced() == {FIRST_VISIT.name: Decimal(1900)}


def test_before_any_list_came_the_page_says_so() -> None:
    assert "ещё не присылали" in text(signed_in(Role.EDITOR).get(LIST))

"""«Раньше · Ближе · Дешевле» on the list of doctors, with invented answers."""

import html
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import MOSCOW_BRANCH, URAL_BRANCH, branch, doctor, put_list, slot, ural

FIRST, SECOND = doctor(1, "Небывалова"), doctor(2, "Образцова")
FROM_MOSCOW = f"/doctors/?sort=distance&from_location={MOSCOW_BRANCH}"
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture(autouse=True)
def _two_doctors(answers: Put, clinic: Put) -> None:
    del clinic
    offers = {
        FIRST: {MOSCOW_BRANCH: (slot(FIRST, 5, price=Decimal(2500)),)},
        SECOND: {
            MOSCOW_BRANCH: (slot(SECOND, 9, price=Decimal(2000)),),
            URAL_BRANCH: (slot(SECOND, 2, place=ural(), price=Decimal(3000)),),
        },
    }
    put_list(answers, offers)


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def _main(page: str) -> str:
    return page.split("<main", 1)[1].split("</main", 1)[0]


def _rows(page: str) -> list[str]:
    return page.split('<article class="row')[1:]


def test_three_orders_are_offered_and_time_is_the_usual(client: Client) -> None:
    page = _main(_text(client.get("/doctors/?specialty=terapevt")))
    assert '<a href="/doctors/?specialty=terapevt" aria-current="true">Раньше</a>' in page
    assert '<a href="/doctors/?specialty=terapevt&sort=distance" data-near>Ближе</a>' in page
    assert '<a href="/doctors/?specialty=terapevt&sort=price">Дешевле</a>' in page
    assert [name in row for name, row in zip(("Образцова", "Небывалова"), _rows(page), strict=True)] == [
        True,
        True,
    ]
    assert "Екатеринбург, Пробный пер., 3" in _rows(page)[0]
    assert "км" not in page


def test_by_price_the_cheapest_branch_stands_in_the_row_and_filters_stay(client: Client) -> None:
    page = _text(client.get("/doctors/?specialty=terapevt&sort=price"))
    row, other = _rows(page)
    assert "Образцова" in row
    assert "Москва, Условная ул., 18" in row
    assert "2 000 ₽" in row
    assert "Небывалова" in other
    assert f"/doctors/?specialty=terapevt&location={URAL_BRANCH}&sort=price" in page
    assert "К любому" not in page


def test_by_distance_from_a_branch_each_row_says_how_far(client: Client) -> None:
    response = client.get(f"/doctors/?sort=distance&from_location={URAL_BRANCH}")
    page = _main(_text(response))
    assert 'По прямой от филиала<span class="second">Екатеринбург, Пробный пер., 3</span>' in page
    row, other = _rows(page)
    assert "Образцова" in row
    assert 'Екатеринбург, Пробный пер., 3 · <span class="far">меньше 1 км</span>' in row
    assert '<span class="far">1 417 км</span>' in other
    assert response.headers["Cache-Control"] == "private"


def test_by_distance_from_the_readers_own_place(client: Client) -> None:
    client.cookies["near"] = "55.75,37.62"
    page = _main(_text(client.get("/doctors/?sort=distance")))
    assert 'По прямой от вас<span class="second">с точностью до километра</span>' in page
    assert '<span class="far">1,8 км</span>' in page
    assert "55.75" not in page


def test_the_readers_place_is_not_looked_at_by_another_order(client: Client) -> None:
    client.cookies["near"] = "55.75,37.62"
    page = _main(_text(client.get("/doctors/?sort=price")))
    assert 'class="far"' not in page


def test_without_a_place_branches_are_offered_to_count_from(client: Client) -> None:
    page = _main(_text(client.get("/doctors/?sort=distance&specialty=terapevt")))
    assert "От какого филиала считать расстояние?" in page
    assert '<details class="choice" open>' in page
    assert f"specialty=terapevt&sort=distance&from_location={MOSCOW_BRANCH}" in page
    assert 'class="far"' not in page
    assert len(_rows(page)) == 2


def test_a_refused_place_is_said_in_words(client: Client) -> None:
    page = _main(_text(client.get("/doctors/?sort=distance&place=refused")))
    assert "Браузер не сказал, где вы. Выберите филиал, от которого считать расстояние." in page


def test_ways_on_keep_the_branch_to_count_from(client: Client) -> None:
    page = _main(_text(client.get(FROM_MOSCOW)))
    assert f"/doctors/?specialty=terapevt&sort=distance&from_location={MOSCOW_BRANCH}" in page
    assert '<a href="/doctors/">Раньше</a>' in page
    assert f'<a href="{FROM_MOSCOW}" aria-current="true">Ближе</a>' in page


def test_by_distance_is_not_offered_where_branches_do_not_stand_apart(client: Client, answers: Put) -> None:
    answers("directory", "locations", (branch(), branch(URAL_BRANCH, latitude=None)))
    page = _main(_text(client.get("/doctors/")))
    assert "Дешевле" in page
    assert "Ближе" not in page


def test_a_branch_to_count_from_without_coordinates_asks_for_another(client: Client, answers: Put) -> None:
    answers("directory", "locations", (branch(longitude=None), ural()))
    assert "От какого филиала считать расстояние?" in _text(client.get(FROM_MOSCOW))


@pytest.mark.parametrize("value", [UUID(int=77), "x"])
def test_an_unknown_branch_to_count_from_is_not_found(client: Client, value: object) -> None:
    _text(client.get(f"/doctors/?sort=distance&from_location={value}"), 404)


def test_a_long_list_keeps_its_order_on_the_next_page(client: Client, answers: Put) -> None:
    cards = [doctor(number, f"Врач{number:02}") for number in range(1, 46)]
    offers = {
        card: {MOSCOW_BRANCH: (slot(card, 1, price=Decimal(5000 - at)),)} for at, card in enumerate(cards)
    }
    asked = put_list(answers, offers)
    page = _text(client.get("/doctors/?sort=price&page=2"))
    assert asked["days"].call_args.args[0] == [card.id for card in reversed(cards)][10:20]
    assert "/doctors/?sort=price&page=3" in page

"""The branches: contacts, way, licence, who works there; the footer's legal entities."""

import html
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, doctor, put_list, slot, ural
from feldsher.channels.site.legal import entities, legal_words
from feldsher.channels.site.views.branches import map_url, widget_url
from feldsher.domain.directory.types.places import LegalCard, NamedPlace, named_places

LEGAL = LegalCard(
    name="ООО «Примерная клиника»",
    inn="0000000000",
    ogrn="0000000000000",
    licence_number="Л000-00000-00/00000000",
    licence_date=date(2024, 2, 1),
    licence_issuer="Выдуманный комитет",
    address="Москва, Условная ул., 18",
)
SENTENCE = (
    "ООО «Примерная клиника», ОГРН 0000000000000, ИНН 0000000000. Москва, Условная ул., 18. "
    "Лицензия Л000-00000-00/00000000 от 01.02.2024, выдана: Выдуманный комитет."
)
DATA = r'<script type="application/ld\+json">.*?</script>'
Put = Callable[..., Any]


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


@pytest.fixture
def places(clinic: Put) -> Put:
    here = branch(legal=LEGAL, metro="Условная, Примерная", directions="От метро пять минут.")
    clinic("directory", "locations", (here, ural()))
    return clinic


@pytest.mark.usefixtures("places")
def test_a_branch_says_where_when_how_and_who(client: Client) -> None:
    page = _text(client.get(f"/branches/{MOSCOW_BRANCH}/"))
    for words in (
        "<h1>На Условной</h1>",
        "Москва, Условная ул., 18",
        "Метро: Условная, Примерная",
        "От метро пять минут.",
        "Ежедневно 09:00–20:00",
        "tel:+79210000001",
        "Терапевт",
        f'href="/services/{SERVICE}/branch/{MOSCOW_BRANCH}/"',
        f'<link rel="canonical" href="http://testserver/branches/{MOSCOW_BRANCH}/">',
        "Сегодня до 20:00",
    ):
        assert words in page
    assert page.count(SENTENCE) == 2, "in its own section and in the footer"
    assert 'class="chip"' in page


@pytest.mark.parametrize("address", ["/", f"/branches/{MOSCOW_BRANCH}/"])
def test_the_other_times_of_a_day_are_counted_all_not_only_those_that_were_read(
    client: Client, places: Put, address: str
) -> None:
    card = doctor(1, "Небывалова")
    slots = tuple(slot(card, 1 + number / 10) for number in range(60))
    read = places("selectors", "next_times", {card.id: slots[:1]})
    read.side_effect = lambda _, *, per, **__: {card.id: slots[:per]}
    asked = put_list(places, {card: {MOSCOW_BRANCH: slots}})
    page = _text(client.get(address))
    assert f'>Ещё 57<span class="visually-hidden">: {card.name}' in page
    assert asked["days"].call_args.args == ([card.id],), "the days of those alone who are shown"
    assert asked["days"].call_args.kwargs["location_id"] == MOSCOW_BRANCH


def test_a_doctor_who_is_free_much_later_than_the_first_shows_that_day(client: Client, places: Put) -> None:
    soon, late = doctor(1, "Небывалова"), doctor(2, "Образцова")
    times = {soon.id: (slot(soon, 1),), late.id: (slot(late, 24 * 10),)}
    places("directory", "practitioners", ((late, soon), None))
    places("selectors", "next_times", times)
    put_list(places, {card: {MOSCOW_BRANCH: times[card.id]} for card in (soon, late)})
    page = _text(client.get(f"/branches/{MOSCOW_BRANCH}/"))
    assert page.index("Сегодня, 23 ноября") < page.index("Чт, 3 декабря")
    assert page.count('class="chip"') == 2


@pytest.mark.usefixtures("places")
def test_the_zone_of_another_wall_stands_beside_the_hours(client: Client) -> None:
    assert "по времени Екатеринбурга" in _text(client.get(f"/branches/{URAL_BRANCH}/"))


@pytest.mark.usefixtures("places")
def test_no_page_of_a_branch_asks_a_foreign_host(client: Client) -> None:
    page = re.sub(DATA, "", _text(client.get(f"/branches/{MOSCOW_BRANCH}/")))
    assert page.count("https://") == 1
    assert 'rel="noopener noreferrer nofollow"' in page
    for part in ("<iframe", '<img src="http', '<script src="http'):
        assert part not in page


@pytest.mark.usefixtures("places")
def test_the_list_names_each_branch_under_its_city(client: Client) -> None:
    page = _text(client.get("/branches/"))
    order = [page.index(words) for words in ("<h2>Екатеринбург", "Уральский", "<h2>Москва", "На Условной")]
    assert order == sorted(order)


@pytest.mark.usefixtures("places")
def test_an_unknown_branch_is_not_found(client: Client) -> None:
    assert client.get(f"/branches/{UUID(int=77)}/").status_code == 404


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("address", ["/", "/doctors/", "/services/", "/call/", f"/services/{SERVICE}/"])
def test_the_licence_of_the_entity_stands_on_every_page(client: Client, address: str) -> None:
    assert SENTENCE in _text(client.get(address)).split("<footer")[1]


def test_of_an_entity_what_is_known_is_said() -> None:
    assert legal_words(LegalCard(name="ООО «Икс»")) == "ООО «Икс»."
    assert legal_words(LegalCard()) == ""
    assert legal_words(LegalCard(licence_number="Л1")) == "Лицензия Л1."
    assert entities([branch(legal=LEGAL), ural(), branch(legal=LEGAL)]) == (legal_words(LEGAL),)


def test_a_map_is_asked_by_degrees_else_by_address() -> None:
    assert map_url(branch()) == "https://yandex.ru/maps/?pt=37.605600%2C55.764300&z=17&l=map"
    assert map_url(branch(latitude=None)).startswith("https://yandex.ru/maps/?text=%D0%9C")
    assert map_url(branch(latitude=None, address="")) == ""
    inside = "https://yandex.ru/map-widget/v1/?"
    assert widget_url(branch()) == f"{inside}ll=37.605600%2C55.764300&pt=37.605600%2C55.764300&z=17&l=map"
    assert widget_url(branch(latitude=None)).startswith(f"{inside}text=%D0%9C")
    assert widget_url(branch(latitude=None, address="")) == ""
    assert map_url(branch(latitude=Decimal(0), longitude=Decimal(0))).endswith("pt=0%2C0&z=17&l=map")


def test_stations_are_read_by_commas_each_once() -> None:
    assert named_places(" Площадь Ленина,Чёрная речка, площадь  ленина,") == (
        NamedPlace("Площадь Ленина", "ploschad-lenina"),
        NamedPlace("Чёрная речка", "chernaya-rechka"),
    )
    assert named_places("") == ()

"""Listing pages: which areas there are, one address a list, the clinic's words, what an empty one says."""

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, doctor, put_list, slot, ural
from feldsher.channels.site.listings import Area, Words, areas, around, canonical_area, words_of
from feldsher.domain.directory.types import SpecialtyCard
from feldsher.domain.directory.types.brand import BrandCard
from feldsher.domain.directory.types.listings import (
    DEFAULT_TEXTS,
    ListingKind,
    ListingText,
    filled,
    template_fault,
)
from feldsher.domain.scheduling.types import Sort
from feldsher.kernel.errors import NotFoundError

OTHER_BRANCH = UUID(int=3)
HERE = branch(metro="Условная")
BESIDE = branch(OTHER_BRANCH, name="На Примерной", metro="Условная, Примерная")
PLACES = (HERE, BESIDE, ural())
CARD, FAR = doctor(1, "Небывалова"), doctor(2, "Образцова")
Put = Callable[..., Any]


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


@pytest.fixture
def world(clinic: Put) -> dict[str, Any]:
    """Three branches in two cities; one doctor works in all, the other in the far city."""
    clinic("directory", "locations", PLACES)
    work = ((CARD.id, MOSCOW_BRANCH), (CARD.id, OTHER_BRANCH), (CARD.id, URAL_BRANCH), (FAR.id, URAL_BRANCH))
    clinic("directory", "specialty_work", work)
    clinic("directory", "specialty", SpecialtyCard("hirurg", "хирург", 0))
    return put_list(
        clinic,
        {
            CARD: {MOSCOW_BRANCH: (slot(CARD, 5),), URAL_BRANCH: (slot(CARD, 1, place=ural()),)},
            FAR: {URAL_BRANCH: (slot(FAR, 2, place=ural()),)},
        },
    )


def test_areas_are_everywhere_cities_stations_and_branches_each_once() -> None:
    assert [(area.kind.value, area.key, len(area.places)) for area in areas(PLACES)] == [
        ("specialty", "", 3),
        ("specialty_city", "ekaterinburg", 1),
        ("specialty_city", "moskva", 2),
        ("specialty_metro", "primernaya", 1),
        ("specialty_metro", "uslovnaya", 2),
        ("specialty_branch", str(MOSCOW_BRANCH), 1),
        ("specialty_branch", str(OTHER_BRANCH), 1),
        ("specialty_branch", str(URAL_BRANCH), 1),
    ]


def test_in_a_network_of_one_city_everywhere_stands_under_the_city() -> None:
    everywhere, city, *_ = areas((HERE, BESIDE))
    assert canonical_area(everywhere, (HERE, BESIDE)) == city
    assert canonical_area(everywhere, PLACES) == everywhere
    nowhere, *_ = areas((branch(city=""),))
    assert canonical_area(nowhere, (branch(city=""),)) == nowhere
    beside = around(city, (HERE, BESIDE), busy=[MOSCOW_BRANCH])
    assert [area.key for area in beside] == ["uslovnaya", str(MOSCOW_BRANCH)]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("path", "title", "heading"),
    [
        ("", "Терапевт: врачи, цены и свободное время. ООО", "Терапевт"),
        ("city/moskva/", "Терапевт в Москве: врачи, цены и запись. ООО", "Терапевт в Москве"),
        (
            "metro/uslovnaya/",
            "Терапевт у метро Условная: врачи, цены и запись. ООО",
            "Терапевт у метро Условная",
        ),
        (
            f"branch/{MOSCOW_BRANCH}/",
            "Терапевт в филиале «На Условной»: врачи и запись. ООО",
            "Терапевт в филиале «На Условной»",
        ),
    ],
)
def test_each_kind_has_its_title_heading_and_canonical_address(
    client: Client, path: str, title: str, heading: str
) -> None:
    address = f"/specialties/terapevt/{path}"
    page = _text(client.get(f"{address}?age=30&page=1"))
    assert f"<title>{title}" in page
    assert f"<h1>{heading}</h1>" in page
    assert f'<link rel="canonical" href="http://testserver{address}">' in page
    assert "noindex" not in page


def test_a_city_shows_its_own_doctors_with_times_of_its_own_branches(
    client: Client, world: dict[str, Any]
) -> None:
    page = _text(client.get("/specialties/terapevt/city/moskva/"))
    asked = world["leading"].call_args
    assert asked.args[0] == (CARD.id,)
    assert asked.kwargs["sort"] is Sort.DISTANCE
    assert asked.kwargs["distances"] == {MOSCOW_BRANCH: 0.0, OTHER_BRANCH: 0.0}
    assert "Небывалова" in page
    assert "Образцова" not in page
    assert "1 врач" in page
    assert "Пробный пер." not in page.split('class="row-list"')[1].split("</article>")[0]
    assert 'aria-label="Порядок"' not in page


def test_a_time_in_another_city_is_no_time_here(client: Client, answers: Put, world: dict[str, Any]) -> None:
    del world
    put_list(answers, {CARD: {URAL_BRANCH: (slot(CARD, 1, place=ural()),)}})
    page = _text(client.get("/specialties/terapevt/city/moskva/"))
    assert 'class="chip"' not in page
    assert "Свободного времени" in page


def test_everywhere_may_be_ordered_as_the_list_of_doctors(client: Client, world: dict[str, Any]) -> None:
    page = _text(client.get("/specialties/terapevt/"))
    assert world["leading"].call_args.kwargs["sort"] is Sort.TIME
    assert '<a href="/doctors/?specialty=terapevt&sort=price">Дешевле</a>' in page


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("path", "where", "current"),
    [
        ("", "Все филиалы", ["Все филиалы"]),
        ("city/moskva/", "Москва", []),
        ("metro/uslovnaya/", "Условная", []),
        ("city/ekaterinburg/", "Уральский", ["Уральский"]),
        (f"branch/{MOSCOW_BRANCH}/", "На Условной", ["На Условной"]),
    ],
)
def test_the_choice_of_a_branch_says_where_the_list_is_and_all_are_current_of_all_alone(
    client: Client, path: str, where: str, current: list[str]
) -> None:
    page = _text(client.get(f"/specialties/terapevt/{path}"))
    names = ("Все филиалы", "На Условной", "На Примерной", "Уральский")
    found = re.findall(r'aria-current="true"[^>]*>(?:<span>)?([^<]+)', page)
    assert [name for name in found if name in names] == current
    choice = page.split('<details class="choice is-branch')[1]
    assert f"<summary><span>{where}</span>" in choice.split("</summary>")[0]


@pytest.mark.usefixtures("world")
def test_the_lists_beside_it_are_linked_once_each(client: Client) -> None:
    page = _text(client.get("/specialties/terapevt/city/moskva/"))
    section = page.split("<h2>Где ещё принимает терапевт</h2>")[1].split("</section>")[0]
    assert section.count("<li>") == 7
    assert "/specialties/terapevt/metro/primernaya/" in section
    assert "/specialties/terapevt/city/moskva/" not in section


@pytest.mark.usefixtures("world")
def test_an_empty_list_is_a_page_that_says_what_to_do_and_is_not_indexed(
    client: Client, answers: Put
) -> None:
    answers("directory", "specialty_work", ())
    answers("directory", "specialties", ())
    put_list(answers, {})
    for path in ("", "city/moskva/", f"branch/{MOSCOW_BRANCH}/"):
        page = _text(client.get(f"/specialties/hirurg/{path}"))
        assert '<meta name="robots" content="noindex">' in page
        assert "Измените условия или оставьте телефон" in page
        assert "Хирург" in page


@pytest.mark.usefixtures("world")
def test_a_place_without_a_branch_and_an_unknown_specialty_are_not_found(
    client: Client, answers: Put
) -> None:
    for path in ("city/tver/", "metro/nigde/", f"branch/{UUID(int=77)}/"):
        assert client.get(f"/specialties/terapevt/{path}").status_code == 404
    answers("directory", "specialty", NotFoundError("no such specialty"))
    assert client.get("/specialties/nikto/").status_code == 404


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", "/doctors/"),
        (f"location={MOSCOW_BRANCH}", "/doctors/"),
        ("specialty=terapevt", "/specialties/terapevt/"),
        ("specialty=terapevt&sort=price&age=3", "/specialties/terapevt/"),
        (f"specialty=terapevt&location={MOSCOW_BRANCH}", f"/specialties/terapevt/branch/{MOSCOW_BRANCH}/"),
        (f"service={SERVICE}", f"/services/{SERVICE}/"),
        (f"service={SERVICE}&location={MOSCOW_BRANCH}", f"/services/{SERVICE}/branch/{MOSCOW_BRANCH}/"),
    ],
)
def test_filters_of_the_list_of_doctors_lead_to_the_one_address(
    client: Client, query: str, path: str
) -> None:
    page = _text(client.get(f"/doctors/?{query}"))
    assert f'<link rel="canonical" href="http://testserver{path}">' in page


@pytest.mark.usefixtures("world")
def test_the_clinic_s_own_words_stand_in_the_page(client: Client, answers: Put) -> None:
    own = ListingText(ListingKind.SPECIALTY_CITY, "{specialty} рядом ({city})", "Ваш {specialty}: {city}")
    texts = tuple(own if text.kind is own.kind else text for text in DEFAULT_TEXTS)
    answers("directory", "brand", BrandCard("Примерная клиника", texts=texts))
    page = _text(client.get("/specialties/terapevt/city/moskva/"))
    assert "<title>Терапевт рядом (Москва)</title>" in page
    assert "<h1>Ваш терапевт: Москва</h1>" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"city": "Выдуманск"}, "Терапевт, Выдуманск"),
        ({"city": "Выдуманск", "city_where": "в\u00a0Выдуманске"}, "Терапевт в Выдуманске"),
        ({"city": "Москва", "city_where": "на\u00a0Москве"}, "Терапевт на Москве"),
        ({"city": "Москва, Выдуманск", "city_where": "на\u00a0Москве"}, "Терапевт в Москве"),
    ],
)
def test_staff_s_word_for_where_a_city_is_stands_first_and_nothing_is_guessed(
    values: dict[str, str], words: str
) -> None:
    places = (branch(**values),)
    area = next(area for area in areas(places) if area.kind is ListingKind.SPECIALTY_CITY)
    assert said_of(area).heading.replace("\u00a0", " ") == words


def said_of(area: Area) -> Words:
    return words_of(DEFAULT_TEXTS, area, SpecialtyCard("terapevt", "терапевт", 1), clinic="ООО")


def test_branches_of_several_cities_are_named_as_they_stand() -> None:
    own = ListingText(
        ListingKind.SPECIALTY_METRO, "{in_city}: {specialty}", "{specialty} у метро {metro} {in_city}"
    )
    texts = tuple(own if text.kind is own.kind else text for text in DEFAULT_TEXTS)
    far = branch(URAL_BRANCH, city="Тверь", metro="Условная")
    area = next(area for area in areas((HERE, far)) if area.kind is ListingKind.SPECIALTY_METRO)
    words = words_of(texts, area, SpecialtyCard("terapevt", "терапевт", 1), clinic="ООО")
    assert words == Words("Москва, Тверь: терапевт", "Терапевт у метро Условная, Москва, Тверь")


def test_a_template_replaces_names_and_reads_nothing_else() -> None:
    assert (
        filled("{specialty.__class__} {city} {0} {}", {"city": "Тверь"}) == "{specialty.__class__} Тверь {0}"
    )
    assert filled("{specialty}", {"specialty": "{city}", "city": "x"}) == "{city}"


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{specialty} у\u00a0метро", ""),
        ("{metro}", "Слова {metro} здесь нет. Есть: {specialty}, {city}, {in_city}, {clinic}."),
        ("{city", "Скобка без пары: слово пишется так: {clinic}."),
        ("}", "Скобка без пары: слово пишется так: {clinic}."),
        ("x" * 201, "Не длиннее 200 знаков."),
    ],
)
def test_a_wrong_template_is_told_in_words(template: str, fault: str) -> None:
    assert template_fault(ListingKind.SPECIALTY_CITY, template) == fault


def test_our_own_templates_are_right() -> None:
    assert {text.kind for text in DEFAULT_TEXTS} == set(ListingKind)
    for text in DEFAULT_TEXTS:
        assert template_fault(text.kind, text.title) == template_fault(text.kind, text.heading) == ""

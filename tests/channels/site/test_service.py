"""The page of a service: price facts, the warning beside them, doctors and the booking panel."""

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import MONDAY, MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, doctor, slot, ural
from feldsher.channels.site.columns import Terms, days_of
from feldsher.channels.site.panel import Asked, panel_of
from feldsher.domain.directory.types import LocationCard, PriceQuery, ServiceCard
from feldsher.domain.scheduling.types import DaysOffered
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

CARD, OTHER = doctor(1, "Небывалова"), doctor(2, "Образцова")
PAGE = f"/services/{SERVICE}/"
WARNING = "Имеются противопоказания. Необходима консультация специалиста"
TODAY = MONDAY.date()
Put = Callable[..., Any]


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def _prices(moscow: int | None, far: int | None) -> dict[PriceQuery, Decimal | None]:
    return {
        PriceQuery(SERVICE, place, CARD.id, TODAY): None if amount is None else Decimal(amount)
        for place, amount in ((MOSCOW_BRANCH, moscow), (URAL_BRANCH, far))
    }


@pytest.mark.usefixtures("clinic")
def test_a_service_says_its_price_length_doctors_and_branches(client: Client, answers: Put) -> None:
    answers("directory", "prices", _prices(1900, 1700))
    page = _text(client.get(PAGE))
    for words in (
        "<h1>Первичный приём</h1>",
        "<dd>от 1 700 ₽</dd>",
        "<dd>30 мин</dd>",
        "<dd>1 врач</dd>",
        "Цены на 23 ноября 2026",
        f'href="/services/{SERVICE}/branch/{URAL_BRANCH}/"',
        "Небывалова Анна Сергеевна",
    ):
        assert words in page
    assert page.count('class="chip"') == 2
    assert page.count("csrfmiddlewaretoken") == 1


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ((1900, 1900), "<dd>1 900 ₽</dd>"),
        ((0, 0), "<dd>цена уточняется</dd>"),
        ((None, None), "<dd>цена уточняется</dd>"),
        ((1900, 0), "<dd>от 1 900 ₽</dd>"),
    ],
)
def test_one_price_is_said_plainly_several_from_the_least_and_none_is_to_be_cleared(
    client: Client, answers: Put, amounts: tuple[int | None, int | None], words: str
) -> None:
    answers("directory", "prices", _prices(*amounts))
    assert words in _text(client.get(PAGE))


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}branch/{MOSCOW_BRANCH}/"])
def test_two_doctors_of_one_branch_who_differ_are_one_price_from_the_least_wherever_it_is_said(
    client: Client, answers: Put, address: str
) -> None:
    cards = [replace(card, location_ids=(MOSCOW_BRANCH,)) for card in (CARD, OTHER)]
    answers("directory", "practitioners", (tuple(cards), None))
    amounts = {CARD.id: Decimal(1000), OTHER.id: Decimal(2000)}
    prices = {PriceQuery(SERVICE, MOSCOW_BRANCH, pk, TODAY): amount for pk, amount in amounts.items()}
    answers("directory", "prices", prices)
    page = _text(client.get(address))
    assert "<dd>от 1 000 ₽</dd>" in page
    assert page.count('content="Первичный приём: от 1 000 ₽.') == 2
    assert page.count('<b class="price">от 1 000 ₽</b>') == 1


@pytest.mark.usefixtures("clinic")
def test_the_warning_stands_inside_the_offer_after_the_facts_and_in_the_footer(client: Client) -> None:
    page = _text(client.get(PAGE))
    assert page.count(WARNING) == 2
    offer = page.split('<div class="advert">')[1].split("<section")[0]
    assert offer.index("</dl>") < offer.index(WARNING)
    assert WARNING in page.split('<footer class="foot">')[1]


@pytest.mark.usefixtures("clinic")
def test_in_a_branch_only_its_own_price_and_its_canonical_address(client: Client, answers: Put) -> None:
    answers("directory", "prices", _prices(1900, 1700))
    asked = answers("selectors", "day_times", DaysOffered({}, ()))
    path = f"{PAGE}branch/{MOSCOW_BRANCH}/"
    page = _text(client.get(f"{path}?day=2026-11-24&utm_source=mail"))
    assert "<h1>Первичный приём в филиале «На Условной»</h1>" in page
    assert "<dd>1 900 ₽</dd>" in page
    assert "1 700" not in page
    assert f'<link rel="canonical" href="http://testserver{path}">' in page
    assert asked.call_args.kwargs["location_id"] == MOSCOW_BRANCH


@pytest.mark.usefixtures("clinic")
def test_a_branch_offers_the_others_where_the_service_is_given_and_shows_its_own_doctors(
    client: Client, answers: Put
) -> None:
    own, far = replace(CARD, location_ids=(MOSCOW_BRANCH,)), replace(OTHER, location_ids=(URAL_BRANCH,))

    def open_doctors(*, location: UUID | None = None, **_: object) -> tuple[tuple[object, ...], None]:
        return tuple(card for card in (own, far) if location in {None, *card.location_ids}), None

    answers("directory", "practitioners", ((), None)).side_effect = open_doctors
    asked = answers("selectors", "day_times", DaysOffered({}, ()))
    page = _text(client.get(f"{PAGE}branch/{MOSCOW_BRANCH}/"))
    choice = page.split('aria-label="Филиал"')[1].split("</nav>")[0]
    assert choice.count("<a ") == 3
    assert f'href="{PAGE}branch/{URAL_BRANCH}/">Уральский</a>' in choice
    assert "<dd>1 врач</dd>" in page
    assert OTHER.family not in page
    assert asked.call_args.args == ([CARD.id],)


@pytest.mark.usefixtures("clinic")
def test_east_of_moscow_today_is_the_branchs_own_also_without_a_branch_in_the_address(
    client: Client, answers: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY + timedelta(hours=14.5))
    card = replace(CARD, location_ids=(URAL_BRANCH,))
    answers("directory", "practitioners", ((card,), None))
    times = days_of([slot(card, 22, place=ural())])
    asked = answers("selectors", "day_times", DaysOffered({card.id: {URAL_BRANCH: times}}, ()))
    page = _text(client.get(PAGE))
    assert '<p class="panel-day">Сегодня, 24 ноября</p>' in page
    assert "Завтра" not in page
    assert "Цены на 24 ноября" in page
    assert asked.call_args.kwargs["first"] == TODAY + timedelta(days=1)


@pytest.mark.usefixtures("clinic")
def test_a_service_that_nobody_gives_is_a_page_that_is_not_indexed_and_says_what_to_do(
    client: Client, answers: Put
) -> None:
    answers("directory", "practitioners", ((), None))
    answers("selectors", "day_times", DaysOffered({}, ()))
    page = _text(client.get(PAGE))
    assert '<meta name="robots" content="noindex">' in page
    assert "никто не оказывает. Оставьте телефон" in page


@pytest.mark.usefixtures("clinic")
def test_a_closed_or_unknown_service_and_an_unknown_branch_are_not_found(
    client: Client, answers: Put
) -> None:
    assert client.get(f"{PAGE}branch/{UUID(int=77)}/").status_code == 404
    answers("directory", "service", ServiceCard(SERVICE, "Первичный приём", 30, is_open=False))
    assert client.get(PAGE).status_code == 404
    answers("directory", "service", NotFoundError("no such service"))
    assert client.get(PAGE).status_code == 404


def _panel(
    hours: dict[Any, tuple[float, ...]],
    *,
    day: date | None = None,
    of: Sequence[LocationCard] = (branch(),),
    now: datetime = MONDAY,
) -> Any:
    """Return the panel of doctors who have these times in each branch of `of`."""
    offers = {
        card.id: {place.id: days_of([slot(card, hour, place=place) for hour in own]) for place in of}
        for card, own in hours.items()
    }
    asked = Asked(TODAY, day, lambda start, chosen: f"{start}|{chosen}")
    places = {item.id: item for item in (branch(), ural())}
    cards = {card.id: card for card in hours}
    return panel_of(cards, offers, asked, places=places, terms=Terms(None, SERVICE), now=now)


def test_the_panel_opens_the_first_day_with_a_time_and_offers_any_doctor() -> None:
    panel = _panel({CARD: (25, 26), OTHER: (24, 49)})
    assert panel.day == "Завтра, вт, 24 ноября".replace("24 н", "24\u00a0н")
    assert [row.card for row in panel.rows] == [OTHER, CARD]
    assert panel.is_choice
    assert panel.nearest.token == f"token-{OTHER.id.int}-24"
    assert [cell.is_open for cell in panel.strip] == [False, True, True, False, False, False, False]
    assert panel.strip[2].url == "2026-11-23|2026-11-25"


def test_the_panel_shows_the_chosen_day_and_one_doctor_needs_no_any() -> None:
    panel = _panel({CARD: (25,), OTHER: (49,)}, day=TODAY + timedelta(days=2))
    assert [row.card for row in panel.rows] == [OTHER]
    assert not panel.is_choice
    assert panel.nearest.token == f"token-{OTHER.id.int}-49"


def test_the_panel_says_its_day_by_the_calendar_of_the_first_time_that_it_shows() -> None:
    late = MONDAY + timedelta(hours=14.5)
    said = [
        (panel.day or panel.elsewhere).replace("\u00a0", " ")
        for hour in (22, 24 * 9)
        for place in (branch(), ural())
        for panel in [_panel({CARD: (hour,)}, of=[place], now=late)]
    ]
    assert said == ["Завтра, вт, 24 ноября", "Сегодня, 24 ноября", "ср, 2 декабря", "ср, 2 декабря"]


def test_a_week_without_times_leads_to_the_nearest_day() -> None:
    panel = _panel({CARD: (24 * 9,)})
    assert (panel.strip, panel.elsewhere_url) == ((), "2026-12-02|None")
    assert _panel({}).elsewhere == ""


def test_a_doctor_with_times_in_two_branches_is_one_doctor_in_two_rows() -> None:
    both = (branch(), ural())
    panel = _panel({CARD: (25,)}, of=both)
    assert [(row.card, row.location_id) for row in panel.rows] == [(CARD, MOSCOW_BRANCH), (CARD, URAL_BRANCH)]
    assert (panel.is_choice, panel.more) == (False, 0)
    seven = {doctor(number, f"Врач{number}"): (2 + number,) for number in range(7)}
    panel = _panel(seven, of=both)
    assert len({row.card for row in panel.rows}) == 5
    assert (len(panel.rows), panel.is_choice, panel.more) == (10, True, 2)


def test_of_many_doctors_five_are_shown_and_the_others_counted() -> None:
    panel = _panel({doctor(number, f"Врач{number}"): (2 + number,) for number in range(8)})
    assert (len(panel.rows), panel.more) == (5, 3)

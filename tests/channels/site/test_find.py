"""Home, doctors, a doctor's days and the search, with invented answers."""

import html
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import MONDAY, MOSCOW_BRANCH, SERVICE, URAL_BRANCH, doctor, put_list, slot, ural
from feldsher.domain.directory.types import ServiceCard
from feldsher.domain.scheduling.errors import BadFilterError
from feldsher.domain.scheduling.types import NO_ANSWERS, OpenDay, OpenTimes, SlotFilter, Sort
from feldsher.kernel.errors import NotFoundError

CARD = doctor(1, "Небывалова")
DOCTOR = f"/doctors/{CARD.id}/"
WARNING = "Имеются противопоказания. Необходима консультация специалиста"
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def test_home_shows_times_specialties_branches_and_phones(client: Client) -> None:
    page = _text(client.get("/"))
    rows, cards = page.split('class="section home-doctors"')
    assert (rows.count('class="chip"'), cards.count('class="chip"')) == (2, 2)
    for words in (
        "Терапевт",
        "1\u00a0врач",
        "1\u00a0900\u00a0₽",
        "На Условной",
        "Уральский",
        "tel:+79210000001",
    ):
        assert words in page
    titles = [page.index(f"<h2>{title}</h2>") for title in ("Ближайшее время", "Специальности", "Филиалы")]
    assert titles == sorted(titles)


def test_home_of_another_branch_asks_for_its_times(client: Client, answers: Put) -> None:
    times = answers("selectors", "next_times", {CARD.id: (slot(CARD, 1, place=ural()),)})
    page = _text(client.get(f"/?location={URAL_BRANCH}"))
    assert times.call_args.kwargs["location_id"] == URAL_BRANCH
    assert "по времени Екатеринбурга" in page


def test_home_without_any_branch_is_still_a_page(client: Client, answers: Put) -> None:
    answers("directory", "locations", ())
    assert "оставьте телефон: позвоним" in _text(client.get("/")).lower().replace("\u00a0", " ")


def test_a_doctor_in_the_list_has_times_price_and_place(client: Client) -> None:
    page = _text(client.get("/doctors/?specialty=terapevt"))
    for words in ("Небывалова<br>Анна Сергеевна", "1\u00a0900\u00a0₽", "Москва, Условная ул., 18", WARNING):
        assert words in page
    assert page.count('class="chip"') == 3
    assert page.count("csrfmiddlewaretoken") == 1


def test_filters_reach_the_selectors(client: Client, answers: Put) -> None:
    asked = put_list(answers, {CARD: {}})
    query = f"specialty=terapevt&location={URAL_BRANCH}&service={SERVICE}"
    page = _text(client.get(f"/doctors/?{query}"))
    assert asked["ids"].call_args.kwargs == {
        "specialty": "terapevt",
        "location": URAL_BRANCH,
        "service": SERVICE,
    }
    terms = {"location_id": URAL_BRANCH, "service_id": SERVICE, "answers": NO_ANSWERS}
    assert asked["leading"].call_args.kwargs == terms | {"count": 10, "sort": Sort.TIME, "distances": {}}
    assert asked["days"].call_args.kwargs.items() >= terms.items()
    assert "Свободного времени пока нет" in page
    assert "Ещё врачи" not in page


def test_a_long_list_is_paged_by_the_nearest_time(client: Client, answers: Put) -> None:
    cards = [doctor(number, f"Врач{number:02}") for number in range(1, 46)]
    offers = {card: {MOSCOW_BRANCH: (slot(card, 50 - at),)} for at, card in enumerate(cards)}
    asked = put_list(answers, offers)
    page = _text(client.get("/doctors/?page=2"))
    assert len(asked["leading"].call_args.args[0]) == 45
    assert asked["leading"].call_args.kwargs["count"] == 20
    assert asked["days"].call_args.args[0] == [card.id for card in reversed(cards)][10:20]
    assert "/doctors/?page=3" in page
    assert "page=" not in _text(client.get("/doctors/?page=5")).split("<main", 1)[1].split("<footer", 1)[0]


@pytest.mark.parametrize("number", ["0", "-1", "²", "9" * 30, "x"])
def test_an_odd_page_number_is_a_page(client: Client, number: str) -> None:
    _text(client.get("/doctors/", {"page": number}))


@pytest.mark.parametrize(
    "query",
    ["specialty=nobody", f"location={UUID(int=77)}", "location=' OR 1=1 --", "service=%00", "location=%FF"],
)
def test_unknown_filters_are_not_found(client: Client, answers: Put, query: str) -> None:
    answers("directory", "service", NotFoundError())
    status = 200 if query == "service=%00" else 404
    _text(client.get(f"/doctors/?{query}"), status)


@pytest.mark.django_db
def test_the_doctors_of_a_service_that_is_given_no_more_are_not_found(client: Client, answers: Put) -> None:
    answers("directory", "service", ServiceCard(SERVICE, "Первичный приём", 30, is_open=False))
    for address in (f"/doctors/?service={SERVICE}", f"/services/{SERVICE}/"):
        _text(client.get(address), 404)


def test_a_doctors_page_opens_the_first_day_with_time(client: Client, answers: Put) -> None:
    times = answers("selectors", "open_times", None)
    slots = (slot(CARD, 25),)
    times.return_value = OpenTimes(
        MONDAY, is_fresh=True, days=(OpenDay(date(2026, 11, 24), slots),), etag="one"
    )
    page = _text(client.get(DOCTOR))
    assert times.call_args.args == (
        SlotFilter(practitioner_id=CARD.id, service_id=None, location_id=MOSCOW_BRANCH),
    )
    assert times.call_args.kwargs == {"first": date(2026, 11, 23), "days": 7, "answers": NO_ANSWERS}
    assert page.count("day-empty") == 6
    assert page.count('aria-current="date"') == 1
    assert "Завтра, вт, 24\u00a0ноября" in page
    assert ">10:00</button>" in page
    assert "Первичный приём" in page
    bar = page.split('<section class="bar"')[1]
    assert 'ближайшее: </span>сегодня, 10:00\u00a0· <span class="bar-price">1\u00a0900\u00a0₽</span>' in bar
    assert WARNING in page


def test_a_specialty_alone_is_led_to_by_its_own_address(client: Client, answers: Put) -> None:
    for address in (DOCTOR, "/services/", f"/doctors/?specialty=terapevt&service={SERVICE}"):
        page = _text(client.get(address))
        assert 'href="/specialties/terapevt/"' in page
        assert 'href="/doctors/?specialty=terapevt"' not in page


def test_a_far_nearest_day_opens_its_own_week(client: Client, answers: Put) -> None:
    answers("selectors", "next_times", {CARD.id: (slot(CARD, 24 * 10),)})
    times = answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="one"))
    _text(client.get(DOCTOR))
    assert times.call_args.kwargs["first"] == date(2026, 12, 3)


def test_a_week_without_time_leads_to_the_nearest_day(client: Client, answers: Put) -> None:
    answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="one"))
    page = _text(client.get(f"{DOCTOR}?from=2026-12-01"))
    assert "сегодня, 23\u00a0ноября" in page
    assert f"{DOCTOR}?location={MOSCOW_BRANCH}&from=2026-11-23" in page


@pytest.mark.parametrize("is_open", [True, False])
def test_a_strip_takes_the_focus_itself_where_no_day_of_it_can(
    client: Client, answers: Put, *, is_open: bool
) -> None:
    if not is_open:
        answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="one"))
    strip = _text(client.get(DOCTOR)).split('<ol class="strip"')[1].split("</ol>")[0]
    assert strip.startswith(
        "><li>" if is_open else ' tabindex="0" aria-label="Дни без свободного времени"><li>'
    )
    assert ("<a " in strip) is is_open


def test_a_stale_schedule_offers_a_call_and_no_time(client: Client, answers: Put) -> None:
    answers("selectors", "open_times", OpenTimes(None, is_fresh=False, days=(), etag="none"))
    page = _text(client.get(DOCTOR))
    assert "Расписание сейчас не\u00a0обновляется" in page
    assert f"/call/?doctor={CARD.id}&location={MOSCOW_BRANCH}" in page
    assert 'class="chip"' not in page


def test_live_times_cost_one_304_while_nothing_changes(client: Client, answers: Put) -> None:
    first = client.get(f"{DOCTOR}times/?location={MOSCOW_BRANCH}")
    fragment = _text(first)
    assert "<html" not in fragment
    assert fragment.count('class="chip"') == 2
    etag = first.headers["ETag"]
    again = client.get(f"{DOCTOR}times/?location={MOSCOW_BRANCH}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="two"))
    changed = client.get(f"{DOCTOR}times/?location={MOSCOW_BRANCH}", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_the_page_knows_the_etag_of_its_own_times(client: Client) -> None:
    page = _text(client.get(DOCTOR))
    live = page.split('data-live="')[1].split('"')[0]
    etag = page.split('data-etag="')[1].split('"')[0]
    assert client.get(live, headers={"If-None-Match": f'"{etag}"'}).status_code == 304


@pytest.mark.parametrize(
    "query", ["from=0001-01-01", "from=9999-12-31", "from=x", "day=2026-02-30", "from=2026-11-23&day=1e9"]
)
def test_odd_days_are_clamped_or_ignored(client: Client, query: str) -> None:
    _text(client.get(f"{DOCTOR}?{query}"))


def test_a_branch_of_others_and_an_unfit_service_are_refused(client: Client, answers: Put) -> None:
    _text(client.get(f"{DOCTOR}?location={UUID(int=77)}"), 404)
    answers("selectors", "next_times", BadFilterError())
    assert "Код: bad_filter" in _text(client.get(f"{DOCTOR}?service={UUID(int=77)}"), 422)


def test_the_page_of_services_leads_to_specialties_prices_and_doctors(client: Client) -> None:
    page = _text(client.get("/services/?q="))
    for address in ("/specialties/terapevt/", "/prices/", "/doctors/"):
        assert f'href="{address}"' in page
    assert 'action="/search/"' in page


def test_a_query_of_the_old_page_goes_to_the_search_for_good_and_nobody_keeps_it(client: Client) -> None:
    answer = client.get("/services/", {"q": "приём & <b>", "utm_source": "a", "service": "x"})
    assert answer.status_code == 301
    assert parse_qs(urlsplit(answer["Location"]).query) == {"q": ["приём & <b>"], "utm_source": ["a"]}
    assert urlsplit(answer["Location"])[:3] == ("", "", "/search/")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"

"""Waiting without a visit: the form, the secret link, and what stands behind it."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import HOLD, MONDAY, MOSCOW_BRANCH, SERVICE, URAL_BRANCH, doctor, put_list, slot
from feldsher.domain.directory.types import ServiceCard
from feldsher.domain.scheduling.errors import TooManyWishesError, WishNotFoundError
from feldsher.domain.scheduling.types import Answers, OfferedTime, OpenTimes, WaitingFor, Window, WishInput
from feldsher.kernel.errors import InvalidInputError

CARD = doctor(1, "Небывалова")
EVENINGS = Window(MONDAY.date(), MONDAY.date() + timedelta(days=7), time(17), time.max)
WISH, OFFER = UUID(int=51), UUID(int=52)
FORM = {
    "doctor": str(CARD.id),
    "location": str(MOSCOW_BRANCH),
    "service": str(SERVICE),
    "phone": "8 921 000-00-00",
    "first_day": "2026-11-24",
    "last_day": "01.12.2026",
    "hours": "evening",
    "consent": "on",
    "key": "0" * 32,
    "age": "30",
}
Put = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def wish(**changes: Any) -> WaitingFor:
    values: dict[str, Any] = {
        "id": WISH,
        "practitioner_id": CARD.id,
        "specialty": "",
        "location_ids": (MOSCOW_BRANCH,),
        "window": EVENINGS,
        "position": 3,
        "offer": None,
    }
    return WaitingFor(**values | changes)


@pytest.fixture
def owner(client: Client) -> Client:
    client.cookies["wish"] = "secret"
    return client


def test_a_doctor_without_times_leads_to_the_form_where_there_is_a_waiting_list(
    client: Client, answers: Put
) -> None:
    answers("selectors", "next_times", {})
    answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="none"))
    put_list(answers, {CARD: {}})
    for has_list in (True, False):
        answers("selectors", "has_waiting_list", has_list)
        page = _text(client.get(f"/doctors/{CARD.id}/"))
        assert (f'href="/wait/?doctor={CARD.id}' in page) is has_list


def test_the_form_asks_for_what_suits_and_proposes_all_of_it(client: Client) -> None:
    page = _text(client.get("/wait/", {"doctor": str(CARD.id), "location": str(MOSCOW_BRANCH)}))
    assert 'value="2026-11-23"' in page
    assert 'value="2026-12-23"' in page
    assert 'value="any" checked' in page
    assert _text(client.get("/wait/"), 404)


def test_a_sent_form_becomes_a_wish_and_leads_to_its_secret_link(client: Client, answers: Put) -> None:
    wished = answers("services", "wish_for_time", (WISH, "secret"))
    response = client.post("/wait/", FORM)
    assert (response.status_code, response.headers["Location"]) == (303, f"/wait/{WISH}/secret/")
    assert wished.call_args.args == (
        WishInput(
            practitioner_id=CARD.id,
            phone="8 921 000-00-00",
            window=Window(date(2026, 11, 24), date(2026, 12, 1), time(17), time.max),
            location_ids=(MOSCOW_BRANCH,),
            service_id=SERVICE,
            answers=Answers(age=30),
        ),
    )


@pytest.mark.parametrize(
    ("marked", "expected"),
    [((), ()), ((MOSCOW_BRANCH, URAL_BRANCH), ()), ((URAL_BRANCH,), (URAL_BRANCH,))],
    ids=["none", "all", "one"],
)
def test_of_several_branches_some_suit_and_none_or_all_are_any(
    client: Client, answers: Put, marked: tuple[UUID, ...], expected: tuple[UUID, ...]
) -> None:
    wished = answers("services", "wish_for_time", (WISH, "secret"))
    client.post("/wait/", {**FORM, "location": [str(each) for each in marked]})
    assert wished.call_args.args[0].location_ids == expected
    wished.reset_mock()
    assert _text(client.post("/wait/", {**FORM, "location": str(WISH)}), 422)
    wished.assert_not_called()


def test_any_doctor_of_a_specialty_is_waited_for_from_the_list_of_its_doctors(
    client: Client, answers: Put
) -> None:
    answers("selectors", "next_times", {})
    put_list(answers, {CARD: {}})
    answers("directory", "specialty_places", {"terapevt": frozenset({(CARD.id, MOSCOW_BRANCH)})})
    for has_list in (True, False):
        answers("selectors", "has_waiting_list", has_list)
        assert (
            'href="/wait/?specialty=terapevt' in _text(client.get("/doctors/?specialty=terapevt"))
        ) is has_list
    assert 'href="/wait/?' not in _text(client.get("/doctors/"))
    page = _text(client.get("/wait/?specialty=terapevt"))
    assert 'name="specialty" value="terapevt"' in page
    assert "к\u00a0любому врачу" in page
    wished = answers("services", "wish_for_time", (WISH, "secret"))
    form = {name: value for name, value in FORM.items() if name not in {"doctor", "location", "service"}}
    assert client.post("/wait/", {**form, "specialty": "terapevt"}).status_code == 303
    told = wished.call_args.args[0]
    assert (told.practitioner_id, told.specialty, told.service_id, told.location_ids) == (
        None,
        "terapevt",
        None,
        (),
    )
    assert client.get("/wait/?specialty=nobody").status_code == 404


def test_what_is_missing_or_refused_is_said_beside_its_field(client: Client, answers: Put) -> None:
    wished = answers("services", "wish_for_time", InvalidInputError("x", fields={"last_day": "Не\u00a0так"}))
    assert "Не\u00a0так" in _text(client.post("/wait/", FORM), 422)
    wished.reset_mock()
    bare = {"doctor": FORM["doctor"], "key": FORM["key"], "first_day": "завтра"}
    page = _text(client.post("/wait/", bare), 422)
    for words in (
        "Напишите телефон",
        "Без согласия",
        "05.11.1987",
        "Выберите последний день",
        "Выберите часы",
    ):
        assert words in page
    wished.assert_not_called()
    answers("services", "wish_for_time", TooManyWishesError())
    assert "уже ждут времени" in _text(client.post("/wait/", FORM), 429)


def test_the_secret_moves_from_the_address_to_a_cookie_of_this_wish(client: Client, answers: Put) -> None:
    answers("selectors", "waiting_for", wish())
    response = client.get(f"/wait/{WISH}/secret/")
    assert (response.status_code, response.headers["Location"]) == (303, f"/wait/{WISH}/")
    assert (response.cookies["wish"].value, response.cookies["wish"]["path"]) == ("secret", f"/wait/{WISH}/")
    answers("selectors", "waiting_for", WishNotFoundError())
    for path in (f"/wait/{WISH}/wrong/", f"/wait/{WISH}/{'x' * 101}/", f"/wait/{WISH}/"):
        assert "Код: wish_not_found" in _text(client.get(path), 404)


def test_the_page_says_the_place_in_the_queue_and_what_is_waited_for(owner: Client, answers: Put) -> None:
    asked = answers("selectors", "waiting_for", wish())
    page = _text(owner.get(f"/wait/{WISH}/"))
    for words in ("Вы\u00a03-й в\u00a0очереди", "с\u00a023\u00a0ноября по\u00a030\u00a0ноября", "после 17"):
        assert words in page
    asked.assert_called_once_with(WISH, token="secret")
    answers("selectors", "waiting_for", wish(position=None, window=replace(EVENINGS, opens=time.min)))
    page = _text(owner.get(f"/wait/{WISH}/"))
    assert "больше не\u00a0ждёте" in page
    assert "любые" not in page


def test_an_offered_time_is_taken_by_the_form_of_its_hold(owner: Client, answers: Put) -> None:
    key, until = slot(CARD, 6).key, MONDAY + timedelta(minutes=20)
    offer = OfferedTime(id=OFFER, hold_id=HOLD, key=key, zone="Europe/Moscow", until=until)
    answers("selectors", "waiting_for", wish(position=1, offer=offer))
    page = _text(owner.get(f"/wait/{WISH}/"))
    assert "до\u00a009:20" in page
    assert f'href="/booking/{HOLD}/"' in page
    assert f'name="offer" value="{OFFER}"' in page


def test_an_offer_of_a_specialty_says_with_whom_and_what_for(owner: Client, answers: Put) -> None:
    offer = OfferedTime(
        id=OFFER,
        hold_id=HOLD,
        key=slot(CARD, 6).key,
        zone="Europe/Moscow",
        until=MONDAY + timedelta(minutes=20),
    )
    answers("directory", "service_cards", {SERVICE: ServiceCard(SERVICE, "Первичный приём", 30)})
    answers(
        "selectors", "waiting_for", wish(practitioner_id=None, specialty="terapevt", position=1, offer=offer)
    )
    page = _text(owner.get(f"/wait/{WISH}/"))
    assert "Терапевт" in page
    assert f"{CARD.name}. Первичный приём. " in page


def test_each_act_is_one_post_that_leads_back(owner: Client, answers: Put) -> None:
    stopped = answers("services", "withdraw_wish", None)
    declined = answers("services", "decline_wished", None)
    for path in ("stop", "decline"):
        assert owner.get(f"/wait/{WISH}/{path}/").status_code == 405
    stopped.assert_not_called()
    declined.assert_not_called()
    for path in ("stop", "decline"):
        answer = owner.post(f"/wait/{WISH}/{path}/", {"offer": str(OFFER)})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/wait/{WISH}/")
    stopped.assert_called_once_with(WISH, token="secret")
    declined.assert_called_once_with(WISH, offer_id=OFFER, token="secret")

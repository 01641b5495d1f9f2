"""«Моя запись» with invented answers: the secret, the states, cancel, calendar."""

import html
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import HOLD, MONDAY, appointment, doctor, slot
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotCancellableError,
    NotRemindedError,
    PatientBusyError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import Confirmed, Reminded, State
from feldsher.kernel.errors import DomainError

VISIT = f"/visit/{HOLD}/"
OTHER = UUID(int=6)
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return html.unescape(response.content.decode())


@pytest.fixture
def owner(client: Client) -> Client:
    client.cookies["visit"] = "secret"
    return client


def test_the_secret_moves_from_the_address_to_a_cookie_of_this_visit(client: Client, answers: Put) -> None:
    asked = answers("selectors", "appointment", appointment(State.BOOKED))
    response = client.get(f"{VISIT}secret/")
    assert response.status_code == 303
    assert response.headers["Location"] == VISIT
    assert response.headers["Referrer-Policy"] == "no-referrer"
    cookie = response.cookies["visit"]
    assert (cookie.value, cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        "secret",
        VISIT,
        True,
        "Lax",
    )
    assert asked.call_args.kwargs == {"token": "secret"}


@pytest.mark.parametrize("token", ["wrong", "x" * 101])
def test_a_wrong_secret_opens_nothing_and_sets_nothing(client: Client, answers: Put, token: str) -> None:
    answers("selectors", "appointment", AppointmentNotFoundError())
    response = client.get(f"{VISIT}{token}/")
    assert "Код: appointment_not_found" in _text(response, 404)
    assert "visit" not in response.cookies


def test_the_page_without_its_cookie_is_not_found(client: Client, answers: Put) -> None:
    asked = answers("selectors", "appointment", AppointmentNotFoundError())
    _text(client.get(VISIT), 404)
    assert asked.call_args.kwargs == {"token": ""}


def test_a_booked_visit_shows_all_that_one_comes_with(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    page = _text(owner.get(VISIT))
    for words in (
        "Вы записаны",
        "Подтверждена",
        "09:00",
        "Небывалова",
        "Условная ул., 18",
        "tel:+79210000001",
    ):
        assert words in page
    assert f'href="{VISIT}secret/"' in page
    assert f'href="{VISIT}calendar.ics"' in page
    assert f'href="{VISIT}cancel/"' in page
    assert '<a class="line-link" href="/lk/">Все мои записи' in page
    assert "http-equiv" not in page
    assert "<title>Моя запись. ООО «Примерная клиника»</title>" in page


def test_past_the_cut_off_there_is_a_phone_and_no_button(owner: Client, answers: Put) -> None:
    late = appointment(State.BOOKED, can_cancel=True, is_too_late=True, reminded=Reminded(is_coming=False))
    answers("selectors", "appointment", late)
    page = _text(owner.get(VISIT))
    assert "Самому уже поздно" in page
    assert page.count('href="tel:+79210000001"') > 1
    for act in ("cancel/", "move/"):
        assert f'"{VISIT}{act}"' not in page
        assert "Код: too_late_to_change" in _text(owner.get(VISIT + act), 409)


@pytest.mark.parametrize(
    ("state", "seconds"), [(State.BOOKING, 3), (State.UNKNOWN, 15), (State.CANCELLING, 3)]
)
def test_a_waiting_page_refreshes_itself_with_and_without_scripts(
    owner: Client, answers: Put, state: State, seconds: int
) -> None:
    answers(
        "selectors", "appointment", appointment(state, answer_by=MONDAY + timedelta(minutes=2), version=7)
    )
    page = _text(owner.get(VISIT))
    assert f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>' in page
    assert f'data-refresh="{VISIT}state/" data-every="{seconds}" data-version="7"' in page
    assert ("Ответим до 09:02." in page) is (state is not State.CANCELLING)
    assert "calendar.ics" not in page


def test_a_refused_visit_offers_times(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.REJECTED, reason="taken_in_mis"))
    page = _text(owner.get(VISIT))
    assert "Записать не получилось" in page
    assert page.count('class="chip"') == 2


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_page(owner: Client, answers: Put, state: State) -> None:
    answers("selectors", "appointment", appointment(state))
    _text(owner.get(VISIT))


def test_the_state_is_told_to_the_script_in_three_words(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKING, version=2))
    assert json.loads(_text(owner.get(f"{VISIT}state/"))) == {
        "state": "booking",
        "version": 2,
        "final": False,
    }


def test_a_get_of_cancel_asks_and_only_a_post_cancels(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    cancel = answers("services", "cancel", appointment(State.CANCELLING))
    answers("services", "wait_for_outcome", appointment(State.CANCELLED))
    assert "Отменить эту запись?" in _text(owner.get(f"{VISIT}cancel/"))
    assert cancel.call_count == 0
    response = owner.post(f"{VISIT}cancel/")
    assert (response.status_code, response.headers["Location"]) == (303, VISIT)
    assert cancel.call_args.args == (HOLD,)
    assert cancel.call_args.kwargs == {"token": "secret"}


@pytest.mark.parametrize("state", [State.CANCELLING, State.CANCELLED])
def test_cancel_of_a_cancelled_visit_shows_the_visit(owner: Client, answers: Put, state: State) -> None:
    answers("selectors", "appointment", appointment(state))
    assert owner.get(f"{VISIT}cancel/").headers["Location"] == VISIT


def test_what_cannot_be_cancelled_here_says_to_call(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.ARRIVED))
    answers("services", "cancel", NotCancellableError())
    for response in (owner.get(f"{VISIT}cancel/"), owner.post(f"{VISIT}cancel/")):
        page = _text(response, 409)
        assert "Эту запись отменить здесь нельзя. Позвоните в клинику." in page


def test_other_times_are_shown_with_the_one_that_stands(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    answers("selectors", "times_to_move_to", (slot(doctor(1, "Небывалова"), 30),))
    page = _text(owner.get(f"{VISIT}move/"))
    assert "Это время останется за\u00a0вами" in page
    assert page.count('class="chip"') == 1


@pytest.mark.parametrize(
    ("reminded", "said", "unsaid"),
    [
        (None, "", "придёте"),
        (Reminded(is_coming=False), "Приду</button>", "Вы\u00a0ответили"),
        (Reminded(is_coming=True), "Вы\u00a0ответили, что придёте", "Приду</button>"),
    ],
)
def test_who_was_reminded_is_asked_whether_they_come(
    owner: Client, answers: Put, reminded: Reminded | None, said: str, unsaid: str
) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True, reminded=reminded))
    page = _text(owner.get(VISIT))
    assert said in page
    assert unsaid not in page


def test_who_was_reminded_cancels_in_one_tap(owner: Client, answers: Put) -> None:
    """The page is the question already: the button posts where any cancel does, by the same secret."""
    asked = appointment(State.BOOKED, can_cancel=True, reminded=Reminded(is_coming=False))
    answers("selectors", "appointment", asked)
    assert f'formaction="{VISIT}cancel/" data-busy="Отменяем">Не\u00a0приду, отменить</button>' in _text(
        owner.get(VISIT)
    )
    cancelled = answers("services", "cancel", asked)
    answers("services", "wait_for_outcome", None)
    answer = owner.post(f"{VISIT}cancel/")
    assert (answer.status_code, answer.headers["Location"]) == (303, VISIT)
    cancelled.assert_called_once()


def test_an_answer_to_a_reminder_is_kept_and_shown(owner: Client, answers: Put) -> None:
    said = answers("services", "say_coming", None)
    answer = owner.post(f"{VISIT}coming/")
    assert (answer.status_code, answer.headers["Location"]) == (303, VISIT)
    said.assert_called_once()
    assert owner.get(f"{VISIT}coming/").status_code == 405
    answers("services", "say_coming", NotRemindedError())
    assert "Ответ не\u00a0нужен" in _text(owner.post(f"{VISIT}coming/"), 409)


def test_a_visit_that_is_off_offers_three_times_of_other_days_by_one_tap(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True, is_off=True))
    card = doctor(1, "Небывалова")
    answers("selectors", "times_to_move_to", tuple(slot(card, hours) for hours in (48, 50, 72, 74)))
    answers("selectors", "times_of_colleagues", {})
    answers("directory", "practitioner_cards", {})
    page = _text(owner.get(VISIT))
    assert "вас принять не\u00a0смогут" in page
    assert page.count('class="chip"') == 3
    assert f'action="{VISIT}move/"' in page
    assert _text(owner.get(f"{VISIT}move/")).count('class="chip"') == 4


def test_a_visit_that_is_off_offers_colleagues_too_the_soonest_first(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True, is_off=True))
    answers("selectors", "times_to_move_to", ())
    cards = [doctor(number, family) for number, family in ((2, "Вымыслова"), (3, "Пробина"))]
    times = {card.id: (slot(card, 24 + number),) for number, card in enumerate(reversed(cards))}
    answers("selectors", "times_of_colleagues", times)
    answers("directory", "practitioner_cards", {card.id: card for card in cards})
    for address in (VISIT, f"{VISIT}move/"):
        page = _text(owner.get(address))
        assert page.index("Пробина") < page.index("Вымыслова")
        assert page.count('class="chip"') == 2
        assert "Цена может отличаться" in page


def test_a_move_leads_to_the_new_visit_by_its_own_secret(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    move = answers("services", "move", Confirmed(OTHER, token="new-secret"))
    answers("services", "wait_for_outcome", replace(appointment(State.BOOKED), id=OTHER))
    answer = owner.post(f"{VISIT}move/", {"slot": "token"})
    assert answer.headers["Location"] == f"/visit/{OTHER}/new-secret/"
    assert move.call_args.kwargs["slot"] == "token"


@pytest.mark.parametrize("refusal", [SlotTakenError(), PatientBusyError()])
def test_a_time_that_is_gone_shows_the_others(owner: Client, answers: Put, refusal: DomainError) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    answers("selectors", "times_to_move_to", (slot(doctor(1, "Небывалова"), 30),))
    answers("services", "move", refusal)
    page = _text(owner.post(f"{VISIT}move/", {"slot": "token"}), 409)
    assert refusal.sentence in page
    assert page.count('class="chip"') == 1


def test_a_move_that_the_clinic_refuses_at_once_says_that_the_old_time_stands(
    owner: Client, answers: Put
) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    answers("selectors", "times_to_move_to", ())
    refused = appointment(State.REJECTED, reason="taken_in_mis", chain=UUID(int=4))
    answers("services", "move", Confirmed(OTHER, token="new-secret"))
    answers("services", "wait_for_outcome", refused)
    page = _text(owner.post(f"{VISIT}move/", {"slot": "token"}), 409)
    assert "Прежнее время осталось за\u00a0вами." in page
    assert "нет свободного времени" in page


def test_what_is_over_is_not_moved(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED))
    assert "Код: not_movable" in _text(owner.get(f"{VISIT}move/"), 409)
    answers("selectors", "appointment", appointment(State.MOVED))
    assert owner.get(f"{VISIT}move/").headers["Location"] == VISIT


def test_the_calendar_file_is_offered_for_download(owner: Client, answers: Put) -> None:
    answers("selectors", "appointment", appointment(State.BOOKED, version=4, chain=UUID(int=4)))
    response = owner.get(f"{VISIT}calendar.ics")
    text = _text(response)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert "DTSTART:20261124T060000Z\r\n" in text
    assert "SEQUENCE:4\r\n" in text
    assert f"UID:{UUID(int=4)}\r\n" in text


@pytest.mark.parametrize("state", [State.UNKNOWN, State.MOVED])
def test_what_is_not_booked_yet_or_has_moved_is_in_no_calendar(
    owner: Client, answers: Put, state: State
) -> None:
    """The file of an earlier version would take out the entry that has followed the visit."""
    answers("selectors", "appointment", appointment(state))
    _text(owner.get(f"{VISIT}calendar.ics"), 404)

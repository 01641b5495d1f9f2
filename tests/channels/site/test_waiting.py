"""«Хочу раньше» on the page of a visit: what is said, and four buttons that are POSTs."""

import html
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import HOLD, MONDAY, appointment, doctor, slot
from feldsher.domain.scheduling.errors import NotWaitableError, OfferOverError
from feldsher.domain.scheduling.types import Confirmed, OfferedTime, State, Waiting, Window
from feldsher.kernel.errors import InvalidInputError

VISIT = f"/visit/{HOLD}/"
OFFER, LATER = UUID(int=41), UUID(int=42)
Put = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return html.unescape(response.content.decode())


@pytest.fixture
def owner(client: Client, answers: Put) -> Client:
    client.cookies["visit"] = "secret"
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    return client


def offered(zone: str = "Europe/Moscow") -> OfferedTime:
    return OfferedTime(
        id=OFFER,
        hold_id=LATER,
        key=slot(doctor(1, "Небывалова"), 6).key,
        zone=zone,
        until=MONDAY + timedelta(minutes=20),
    )


@pytest.mark.parametrize(
    ("waiting", "said", "unsaid"),
    [
        (None, "Перенести", "Хочу раньше"),
        (Waiting(), "Хочу раньше</button>", "в\u00a0очереди"),
        (Waiting(position=2), "Вы\u00a02-й в\u00a0очереди", "Хочу раньше"),
        (Waiting(position=1, offer=offered()), "Занять это время</button>", "Хочу раньше"),
    ],
    ids=["can't", "may", "waits", "offered"],
)
def test_a_visit_says_whether_it_waits_and_what_is_offered(
    owner: Client, answers: Put, waiting: Waiting | None, said: str, unsaid: str
) -> None:
    asked = answers("selectors", "waiting", waiting)
    page = _text(owner.get(VISIT))
    assert said in page
    assert unsaid not in page
    asked.assert_called_once_with(HOLD, token="secret")


def test_an_offer_says_its_day_its_hour_and_until_when_it_is_kept_on_the_branchs_clock(
    owner: Client, answers: Put
) -> None:
    answers("selectors", "waiting", Waiting(position=1, offer=offered("Asia/Yekaterinburg")))
    page = _text(owner.get(VISIT))
    assert "Сегодня, 23\u00a0ноября, 17:00" in page
    assert "по времени Екатеринбурга" in page
    assert "до\u00a011:20" in page
    assert page.count(f'name="offer" value="{OFFER}"') == 1


def test_a_visit_that_is_off_or_over_is_not_asked_about(owner: Client, answers: Put) -> None:
    asked = answers("selectors", "waiting", Waiting())
    for visit in (
        appointment(State.BOOKED, can_cancel=True, is_off=True),
        appointment(State.CANCELLED),
        appointment(State.BOOKING),
    ):
        answers("selectors", "appointment", visit)
        answers("selectors", "times_of_colleagues", {})
        answers("directory", "practitioner_cards", {})
        answers("selectors", "times_to_move_to", ())
        assert "Хочу раньше" not in _text(owner.get(VISIT))
    asked.assert_not_called()


@pytest.mark.parametrize(
    ("path", "service", "given"),
    [
        ("sooner/", "wait_for_sooner", {}),
        ("sooner/stop/", "stop_waiting", {}),
        ("sooner/decline/", "decline_time", {"offer_id": OFFER}),
    ],
)
def test_each_act_is_one_post_that_leads_back_to_the_visit(
    owner: Client, answers: Put, path: str, service: str, given: dict[str, UUID]
) -> None:
    done = answers("services", service, None)
    answers("selectors", "waiting", Waiting())
    assert owner.get(VISIT + path).status_code == (200 if path == "sooner/" else 405)
    done.assert_not_called()
    answer = owner.post(VISIT + path, {"offer": str(OFFER)})
    assert (answer.status_code, answer.headers["Location"]) == (303, VISIT)
    done.assert_called_once_with(HOLD, token="secret", **given)


def test_days_and_hours_may_be_narrowed_before_and_after(owner: Client, answers: Put) -> None:
    answers("selectors", "waiting", None)
    assert "not_waitable" in _text(owner.get(f"{VISIT}sooner/"), 409)
    answers("selectors", "waiting", Waiting())
    page = _text(owner.get(f"{VISIT}sooner/"))
    assert f'value="{MONDAY.date()}"' in page
    done = answers("services", "wait_for_sooner", None)
    sent = {"first_day": "2026-11-23", "last_day": "24.11.2026", "hours": "morning"}
    window = Window(date(2026, 11, 23), date(2026, 11, 24), time.min, time(12))
    answer = owner.post(f"{VISIT}sooner/", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, VISIT)
    done.assert_called_once_with(HOLD, token="secret", window=window)
    done.reset_mock()
    assert "Напишите дату" in _text(owner.post(f"{VISIT}sooner/", {**sent, "last_day": "завтра"}), 422)
    done.assert_not_called()
    answers("services", "wait_for_sooner", InvalidInputError("x", fields={"last_day": "Не\u00a0так"}))
    assert "Не\u00a0так" in _text(owner.post(f"{VISIT}sooner/", sent), 422)
    answers("selectors", "waiting", Waiting(position=2, window=window))
    assert "с\u00a023\u00a0ноября по\u00a024\u00a0ноября, до\u00a012" in _text(owner.get(VISIT))
    assert "Место в\u00a0очереди сохранится" in _text(owner.get(f"{VISIT}sooner/"))


def test_who_accepts_is_led_to_the_new_visit_by_its_own_secret(owner: Client, answers: Put) -> None:
    booked = appointment(State.BOOKED, id=LATER, chain=HOLD)
    taken = answers("services", "accept_time", Confirmed(LATER, "newer"))
    answers("services", "wait_for_outcome", booked)
    answer = owner.post(f"{VISIT}sooner/accept/", {"offer": str(OFFER)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/visit/{LATER}/newer/")
    taken.assert_called_once_with(HOLD, offer_id=OFFER, token="secret")
    assert owner.get(f"{VISIT}sooner/accept/").status_code == 405


def test_whom_the_clinic_refuses_reads_that_the_visit_stands(owner: Client, answers: Put) -> None:
    refused = appointment(State.REJECTED, id=LATER, reason="taken_in_mis", chain=HOLD)
    answers("services", "accept_time", Confirmed(LATER, "newer"))
    answers("services", "wait_for_outcome", refused)
    answers("selectors", "times_to_move_to", ())
    page = _text(owner.post(f"{VISIT}sooner/accept/", {"offer": str(OFFER)}), 409)
    assert "Прежнее время осталось за\u00a0вами." in page


@pytest.mark.parametrize("sent", [{}, {"offer": str(OFFER)}], ids=["unnamed", "over"])
def test_an_offer_that_is_over_is_told_as_such(owner: Client, answers: Put, sent: dict[str, str]) -> None:
    answers("services", "accept_time", OfferOverError())
    page = _text(owner.post(f"{VISIT}sooner/accept/", sent), 409)
    assert "ваша запись осталась прежней" in page


def test_who_can_not_wait_reads_what_to_do(owner: Client, answers: Put) -> None:
    answers("services", "wait_for_sooner", NotWaitableError())
    assert "выберите время сами" in _text(owner.post(f"{VISIT}sooner/"), 409)

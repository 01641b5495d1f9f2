"""Online booking is stopped and resumed on the staff pages, from the next question on."""

from datetime import timedelta

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from channels.desk.test_rules import plain
from conftest import SetClock
from domain.directory.factory import NORTH, SOUTH
from domain.scheduling.clinic import Ids, key_at, open_clinic, tell_schedule
from domain.scheduling.factory import NOW, at
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import offers
from feldsher.domain.scheduling.selectors import live_stops
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
STOPS, ALL = "/desk/stops/", "/desk/stops/everything/"


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    ids = open_clinic()
    tell_schedule(ids)
    return ids


@pytest.fixture
def client(ids: Ids) -> Client:
    return signed_in(Role.REGISTRAR)


def posted(client: Client, path: str = STOPS, **values: object) -> tuple[int, str]:
    given = {"ends": "open", "reason": "Отпуск"} | values
    answer = client.post(path, {name: str(value) for name, value in given.items()})
    return answer.status_code, plain(answer.content.decode())


def test_a_stop_acts_on_the_api_the_site_and_open_pages_at_once(ids: Ids, client: Client) -> None:
    patient = Client()
    live = f"/doctors/{ids.eye}/times/?location={ids.north}&day=2026-11-26"
    before = patient.get(live)
    assert before.status_code == 200
    again = {"If-None-Match": before["ETag"]}
    assert patient.get(live, headers=again).status_code == 304

    assert posted(client, practitioner=ids.eye, location=ids.north)[0] == 303

    after = patient.get(live, headers=again)
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]
    token = slot_token(key_at(ids, at(9)))
    refused = patient.post(
        "/api/v1/holds",
        {"slot": token, "channel": "mobile"},
        content_type="application/json",
        headers={"Idempotency-Key": "stopped-1"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "booking_stopped")
    site = patient.post("/holds/", {"slot": token, "key": "0123456789abcdef" * 2})
    assert site.status_code == 409
    assert "остановлена" in site.content.decode()

    (stop,) = live_stops()
    assert client.post(f"/desk/stops/{stop.id}/resume/").status_code == 303
    assert live_stops() == ()
    assert patient.get(live)["ETag"] == before["ETag"]
    held = patient.post("/holds/", {"slot": token, "key": "1123456789abcdef" * 2})
    assert held.status_code == 303


def test_stops_in_force_are_told_with_end_reason_and_author(ids: Ids, client: Client) -> None:
    assert "запись идёт" in plain(client.get(STOPS).content.decode())
    posted(client, practitioner=ids.eye, location=ids.south, notice="Врач в отпуске", ends="tomorrow")
    posted(client, location=ids.north, ends="at", day="2026-11-25", time="18:00")
    page = plain(client.get(STOPS).content.decode())
    assert "Все врачи, Северный филиал" in page
    assert "до 18:00, по московскому времени" in page
    assert "до конца дня: завтра, чт, 26 ноября, по времени Екатеринбурга" in page
    assert "Пациентам: Врач в отпуске" in page
    assert "Тестова И., 11:00" in page


@pytest.mark.parametrize(
    ("branch", "zone", "until"),
    [
        ("north", "", at(-3)),
        ("south", "Europe/Moscow", at(-5)),
        (None, "Asia/Yekaterinburg", at(-5)),
        (None, "Mars/Olympus", at(-3)),
    ],
)
def test_the_end_is_by_the_clock_of_the_branch(
    ids: Ids, client: Client, branch: str | None, zone: str, until: object
) -> None:
    location = getattr(ids, branch) if branch else ""
    assert posted(client, practitioner=ids.eye, location=location, ends="today", zone=zone)[0] == 303
    (stop,) = live_stops()
    assert stop.until == until


def test_without_parties_or_with_a_foreign_branch_nothing_is_stopped(ids: Ids, client: Client) -> None:
    status, page = posted(client, reason="", notice="Скоро вернёмся")
    assert status == 422
    assert "есть отдельная кнопка" in page
    assert "Напишите причину" in page
    assert "Скоро вернёмся" in page
    plain_doctor = client.get(STOPS).context["doctors"][-1][0]
    status, page = posted(client, practitioner=plain_doctor, location=ids.south)
    assert (status, "врач не принимает" in page) == (422, True)
    assert live_stops() == ()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Укажите день."),
        ({"day": "2026-11-25"}, "Укажите время"),
        ({"day": "2026-11-25", "time": "08:00"}, "ещё не наступило"),
        ({"ends": "never"}, "Выберите из списка."),
        ({"day": "2026-11-26", "time": "08:00", "reason": "о" * 201}, "Не длиннее 200 знаков."),
    ],
)
def test_a_wrong_end_is_told_beside_its_field(
    ids: Ids, client: Client, typed: dict[str, str], sentence: str
) -> None:
    status, page = posted(client, location=ids.north, **{"ends": "at"} | typed)
    assert (status, sentence in page) == (422, True)
    assert live_stops() == ()


def test_an_end_that_no_clock_shows_is_refused_and_one_shown_twice_is_the_later(
    ids: Ids, client: Client, set_clock: SetClock
) -> None:
    set_overlay(Kind.LOCATION, target=ids.south, field="zone", value="Europe/Berlin", author="anna")
    offers.rebuild()
    status, page = posted(client, location=ids.south, ends="at", day="2027-03-28", time="02:30")
    assert (status, "Укажите 03:00 или позже" in page) == (422, True)
    assert posted(client, location=ids.south, ends="at", day="2027-10-31", time="02:30")[0] == 303
    (stop,) = live_stops()
    assert stop.until is not None
    assert stop.until.isoformat() == "2027-10-31T01:30:00+00:00"


def test_the_patients_sentence_is_shown_before_it_is_said(ids: Ids, client: Client) -> None:
    status, page = posted(client, location=ids.north, notice="Ремонт до пятницы", ends="today", preview="yes")
    assert status == 200
    assert "Ремонт до пятницы. Запись откроется завтра, чт, 26 ноября, в 00:00." in page
    assert live_stops() == ()


def test_everything_is_stopped_only_after_a_question(ids: Ids, client: Client) -> None:
    status, page = posted(client, ALL, reason="")
    assert (status, "Напишите причину" in page) == (422, True)
    status, page = posted(client, ALL, notice="Нет связи")
    assert status == 200
    assert "Остановить всю онлайн-запись?" in page
    assert "Пациенты прочтут вместо времени: «Нет связи»" in page
    assert live_stops() == ()
    assert posted(client, ALL, notice="Нет связи", confirmed="yes")[0] == 303
    (stop,) = live_stops()
    assert (stop.practitioner_id, stop.location_id, stop.notice) == (None, None, "Нет связи")
    assert "остановлено всё" in plain(client.get(STOPS).content.decode())


def test_a_stop_that_ran_out_is_listed_no_more(ids: Ids, client: Client, set_clock: SetClock) -> None:
    posted(client, location=ids.north, ends="at", day="2026-11-25", time="09:10")
    assert NORTH.name in plain(client.get(STOPS).context["stops"][0].scope)
    set_clock(NOW + timedelta(minutes=10))
    assert client.get(STOPS).context["stops"] == []
    assert SOUTH.name in client.get(STOPS).content.decode()

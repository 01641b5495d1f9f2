"""«Сообщения» and «Это не моя запись» of the cabinet: questions, buttons, and what the desk reads."""

from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.cabinet.factory import HOME, OTHER, entered, text_of
from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from feldsher.domain.patients.models import MessageChoice
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.roles import Role
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGES, MINE = "/lk/messages/", "/lk/messages/mine/"


def not_mine_of(visit: UUID) -> str:
    return f"/lk/visits/{visit}/not-mine/"


def patient_of(visit: UUID) -> str:
    with as_service("test"):
        return str(Appointment.objects.values_list("patient", flat=True).get(pk=visit))


def choice() -> list[tuple[bool, bool, bool]]:
    with as_service("test"):
        rows = MessageChoice.objects.values_list("visits", "reminders", "wrong_since")
        return [(visits, reminders, since is not None) for visits, reminders, since in rows]


def test_a_patient_chooses_which_sms_come(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    assert MESSAGES in text_of(browser.get(HOME))
    assert text_of(browser.get(MESSAGES)).count(" checked>") == 3
    answer = browser.post(MESSAGES, {"patient": patient_of(visit), "visits": "1"})
    assert (answer.status_code, answer["Location"], choice()) == (303, MESSAGES, [(True, False, False)])
    assert text_of(browser.get(MESSAGES)).count(" checked>") == 1


def test_nobody_chooses_for_a_patient_of_another_phone(visit: UUID, sms: Phones) -> None:
    stranger = entered(sms, OTHER)
    for path in (MESSAGES, MINE):
        for patient in (patient_of(visit), str(uuid4()), ""):
            assert stranger.post(path, {"patient": patient}).status_code == 404
    assert choice() == []


def test_not_mine_asks_first_stops_messages_and_is_taken_back(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    assert not_mine_of(visit) in text_of(browser.get(HOME))
    assert "Запись не отменится" in text_of(browser.get(not_mine_of(visit)))
    assert choice() == [], "a question acts on nothing"
    for _ in range(2):
        assert browser.post(not_mine_of(visit))["Location"] == MESSAGES
    assert (choice(), busy.world.state) == ([(True, True, True)], State.BOOKED)
    assert "Сообщения остановлены" in text_of(browser.get(MESSAGES))
    desk = signed_in(Role.REGISTRAR)
    assert text_of(desk.get("/desk/")).count("Неверный номер") == 1
    assert browser.post(MINE, {"patient": patient_of(visit)})["Location"] == MESSAGES
    assert choice() == [(True, True, False)]
    assert "Неверный номер" not in text_of(desk.get("/desk/"))


def test_not_mine_by_the_link_of_the_sms(visit: UUID, busy: Busy) -> None:
    page = f"/visit/{visit}/"
    browser = Client()
    browser.get(f"{page}{appointment_token(visit)}/")
    assert f'href="{page}not-mine/"' in text_of(browser.get(page))
    assert "Это не ваша запись?" in text_of(browser.get(f"{page}not-mine/"))
    assert choice() == []
    for _ in range(2):
        assert browser.post(f"{page}not-mine/")["Location"] == f"{page}not-mine/"
    assert "Сообщения остановлены" in text_of(browser.get(f"{page}not-mine/"))
    assert (choice(), busy.world.state) == ([(True, True, True)], State.BOOKED)
    for answer in (Client().get(f"{page}not-mine/"), Client().post(f"{page}not-mine/")):
        assert answer.status_code == 404

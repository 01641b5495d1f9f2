"""«Направления» through its pages: from a day's list to the form, to the other doctor, and back."""

import html
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import entered, signed_in
from conftest import SetClock
from domain.records.factory import UNTIL, WHY, Ward, a_ward
from domain.scheduling.factory import COLLEAGUE, NOW, appointment, at
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Behind
from feldsher.domain.records.models import ServiceRequest
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access import opened
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
LIST = "/desk/referrals/"
DAY = f"/desk/day/?date={at(6).date().isoformat()}"


@pytest.fixture
def ward(db: None, set_clock: SetClock) -> Ward:
    set_clock(NOW)
    return a_ward()


@pytest.fixture
def eye(ward: Ward) -> Client:
    return entered("eye")


@pytest.fixture
def heart(ward: Ward) -> Client:
    return entered("heart")


def text_of(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def form(ward: Ward, **changes: str) -> dict[str, str]:
    typed = {
        "performer": str(ward.heart.practitioner_id),
        "last_day": UNTIL.isoformat(),
        "reason": WHY,
    }
    return {**typed, **changes}


def test_c12_from_the_list_of_a_day_to_the_other_doctor_and_back(
    ward: Ward, eye: Client, heart: Client
) -> None:
    (address,) = re.findall(rf'href="({LIST}visits/[^"]+)"', text_of(eye.get(DAY)))
    shown = text_of(eye.get(address))
    assert "Небывалова Анна" in shown
    assert 'value="2026-12-25"' in shown, "30 days"
    assert "по 24 ноября 2027" in shown
    assert f'value="{ward.eye.practitioner_id}"' not in shown, "nobody refers to themself"
    assert "Действующих направлений к вам нет" in text_of(heart.get(LIST))
    answer = eye.post(address, form(ward))
    assert (answer.status_code, answer["Location"]) == (303, LIST)
    written = text_of(eye.get(LIST))
    assert ("Небывалова Анна" in written, "по 10 декабря" in written, WHY in written) == (True, True, True)
    received = text_of(heart.get(LIST))
    assert "Небывалова А." in received
    assert "Небывалова Анна" not in received
    assert "Глазова" not in received, "the doctor of the directory, not the account"
    (page,) = re.findall(rf'href="({LIST}[0-9a-f-]+/)"', received)
    told = text_of(heart.get(page))
    assert (WHY in told, "чт, 26 ноября, 09:00" in told, "Анна" in told) == (True, True, False)
    (end,) = re.findall(rf'href="({LIST}[^"]+/withdraw/)"', written)
    assert "<form" not in written.partition("От меня")[2].partition("</section>")[0]
    asked = text_of(eye.get(end))
    assert ("Отозвать направление?" in asked, "Небывалова Анна" in asked) == (True, True)
    assert ("К кому" in asked, WHY in asked) == (True, True)
    assert f'action="{end}"' in asked
    assert "Отозвано" not in text_of(eye.get(LIST)), "a question withdraws nothing"
    assert [heart.get(end).status_code, heart.post(end).status_code] == [403, 403]
    assert eye.post(end)["Location"] == LIST
    assert "Отозвано" in text_of(eye.get(LIST))
    assert eye.post(end)["Location"] == LIST, "a second tap is fine"
    assert "Такого направления у вас нет" in text_of(eye.get(end))
    over = heart.get(page)
    assert (over.status_code, "Такого направления у вас нет" in text_of(over)) == (404, True)


def test_c12_after_the_term_the_page_is_gone(
    ward: Ward, eye: Client, heart: Client, set_clock: SetClock
) -> None:
    eye.post(f"{LIST}visits/{ward.visit}/", form(ward, last_day=NOW.date().isoformat()))
    page = f"{LIST}{ServiceRequest.objects.get().id}/"
    assert heart.get(page).status_code == 200
    set_clock(NOW + timedelta(hours=15))
    heart, eye = entered("heart"), entered("eye")
    assert heart.get(page).status_code == 404
    assert "Действующих направлений к вам нет" in text_of(heart.get(LIST))
    assert "Срок вышел" in text_of(eye.get(LIST))


def test_a_visit_that_went_to_another_doctor_is_not_said_to_be_off(ward: Ward, eye: Client) -> None:
    eye.post(f"{LIST}visits/{ward.visit}/", form(ward))
    with as_service("test"):
        Appointment.objects.filter(pk=ward.visit).update(state="moved")
        moved = {"patient": ward.anna, "practitioner": COLLEAGUE, "location": ward.north}
        appointment(at(12), at(13), chain=ward.visit, version=3, **moved)
    shown = text_of(eye.get(LIST))
    assert "Приём отменён или перенесён к другому врачу" in shown
    assert "/withdraw/" not in shown
    end = f"{LIST}{ServiceRequest.objects.get().id}/withdraw/"
    assert eye.get(end).status_code == 404


def test_nobody_is_asked_about_a_colleague_s_referral(ward: Ward, eye: Client) -> None:
    eye.post(f"{LIST}visits/{ward.visit}/", form(ward))
    end = f"{LIST}{ServiceRequest.objects.get().id}/withdraw/"
    User.objects.filter(pk=ward.eye.id).update(practitioner=ward.plain)
    assert eye.get(end).status_code == 404


def test_what_was_typed_wrong_keeps_the_form(ward: Ward, eye: Client) -> None:
    address = f"{LIST}visits/{ward.visit}/"
    wrong = eye.post(address, form(ward, performer="", last_day="2027-13-01", reason="?"))
    shown = text_of(wrong)
    assert wrong.status_code == 422
    for sentence in ("Выберите врача", "Укажите последний день", "Напишите, зачем направляете"):
        assert sentence in shown
    eye.post(address, form(ward))
    twice = eye.post(address, form(ward))
    assert (twice.status_code, "уже направлен" in text_of(twice)) == (409, True)
    assert WHY in text_of(twice)
    assert ServiceRequest.objects.count() == 1


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.CHIEF_PHYSICIAN, Role.CONSULTANT, Role.OTHER_DOCTOR])
def test_c12_who_may_not_refer_sees_no_way_to(ward: Ward, role: Role) -> None:
    client = signed_in(role)
    User.objects.filter(pk=ward.eye.id).update(practitioner=None)
    User.objects.filter(login="vera").update(practitioner=ward.eye.practitioner_id)
    shown = text_of(client.get(DAY))
    assert "Направить" not in shown
    assert client.get(f"{LIST}visits/{ward.visit}/").status_code == 403


def test_a_colleague_s_visit_has_no_link(ward: Ward, eye: Client) -> None:
    User.objects.filter(pk=ward.eye.id).update(practitioner=ward.plain)
    assert "Направить" not in text_of(eye.get(DAY))
    assert eye.get(f"{LIST}visits/{ward.visit}/").status_code == 404


def test_c20_the_patient_reads_who_referred_and_who_consulted(ward: Ward, eye: Client, heart: Client) -> None:
    eye.post(f"{LIST}visits/{ward.visit}/", form(ward))
    heart.get(f"{LIST}{ServiceRequest.objects.get().id}/")
    found = patients.own_journal(Behind(ward.anna), session=ward.visit, zone="Europe/Moscow")
    (day,) = opened.told(found, zone="Europe/Moscow").staff
    told = {
        why.replace("\u00a0", " "): [
            (one.who.replace("\u00a0", " "), one.what.replace("\u00a0", " ")) for one in lines
        ]
        for why, lines in day.reasons
    }
    assert told["Направить к другому врачу"] == [
        ("Лечащий врач, И. П. Глазова", "запись на приём, направление к врачу")
    ]
    assert told["Консультация по направлению"] == [
        ("Консультант, В. В. Сердцева", "запись на приём, имя и контакты, направление к врачу")
    ]

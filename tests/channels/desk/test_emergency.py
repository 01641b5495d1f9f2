"""«Экстренный доступ» through its pages: factor, form, patient, review (C14)."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from django.http import HttpResponse
from django.test import Client

from channels.desk.emergencies import ANNA, FORM, PROVE, REVIEWS, WHY, a_patient
from channels.desk.factory import signed_in, with_app
from feldsher.foundation.access.models import StaffSession
from feldsher.foundation.access.roles import Role
from feldsher.foundation.emergency.models import BrokenGlass
from feldsher.kernel import clock
from support.sms import Phones, phones

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def _anna() -> None:
    a_patient()


@pytest.fixture
def doctor() -> Client:
    return signed_in(Role.OTHER_DOCTOR)


@pytest.fixture
def app(doctor: Client) -> pyotp.TOTP:
    return with_app()


def text_of(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def proved(client: Client, app: pyotp.TOTP) -> None:
    answer = client.post(PROVE, {"code": app.at(clock.now())})
    assert (answer.status_code, answer["Location"]) == (303, FORM)


def test_c14_who_has_no_second_factor_is_told_to_connect_one(doctor: Client) -> None:
    for address in (FORM, PROVE):
        answer = doctor.get(address)
        assert answer.status_code == 409
        assert "нужен второй фактор" in text_of(answer)
    assert doctor.post(FORM, {**ANNA, **WHY}).status_code == 409
    assert BrokenGlass.objects.count() == 0


@pytest.mark.usefixtures("_anna")
def test_c14_a_factor_opens_the_form_and_is_spent_by_one_access(doctor: Client, app: pyotp.TOTP) -> None:
    assert doctor.get(FORM)["Location"] == PROVE
    assert doctor.post(FORM, {**ANNA, **WHY})["Location"] == PROVE
    wrong = doctor.post(PROVE, {"code": "000000"})
    assert (wrong.status_code, "не подошёл" in text_of(wrong)) == (422, True)
    proved(doctor, app)
    assert doctor.get(FORM).status_code == 200
    answer = doctor.post(FORM, {**ANNA, **WHY})
    assert answer.status_code == 303
    shown = text_of(doctor.get(answer["Location"]))
    assert "Небывалова Анна" in shown
    assert "02.01.1990" in shown
    assert "ещё 60 минут" in shown
    assert shown.count("<li>\n<h3>") == 1
    assert doctor.post(FORM, {**ANNA, **WHY})["Location"] == PROVE
    assert BrokenGlass.objects.count() == 1
    assert f'href="{answer["Location"]}"' in doctor.get(PROVE).content.decode()
    assert doctor.post(f"{answer['Location']}end/").status_code == 303
    over = doctor.get(answer["Location"])
    assert (over.status_code, "Экстренный доступ закончился" in text_of(over)) == (403, True)


@pytest.mark.usefixtures("_anna")
def test_c14_what_was_typed_wrong_keeps_form_and_factor(doctor: Client, app: pyotp.TOTP) -> None:
    proved(doctor, app)
    answer = doctor.post(FORM, {**ANNA, "reason": "", "words": "надо"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "Выберите причину" in shown
    assert "Опишите причину словами" in shown
    assert 'value="Небывалова"' in shown
    nobody = doctor.post(FORM, {**ANNA, **WHY, "given": "Ольга"})
    assert (nobody.status_code, "Такого пациента здесь нет" in text_of(nobody)) == (404, True)
    assert doctor.post(FORM, {**ANNA, **WHY}).status_code == 303


@pytest.mark.usefixtures("_anna")
def test_c14_whoever_guesses_three_names_has_to_prove_themselves_anew(
    doctor: Client, app: pyotp.TOTP
) -> None:
    proved(doctor, app)
    for _ in range(3):
        assert doctor.post(FORM, {**ANNA, **WHY, "given": "Ольга"}).status_code == 404
    assert doctor.post(FORM, {**ANNA, **WHY})["Location"] == PROVE


@pytest.mark.usefixtures("_anna")
def test_c14_a_factor_is_good_for_ten_minutes(doctor: Client, app: pyotp.TOTP) -> None:
    proved(doctor, app)
    StaffSession.objects.update(factor_at=clock.now() - timedelta(minutes=10))
    assert doctor.post(FORM, {**ANNA, **WHY})["Location"] == PROVE


@pytest.mark.usefixtures("_anna")
def test_c14_the_reviewer_sees_a_number_and_judges_once(doctor: Client, app: pyotp.TOTP) -> None:
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    proved(doctor, app)
    doctor.post(FORM, {**ANNA, **WHY})
    assert re.search(r'Экстренные доступы <span class="badge badge-wait">1<', text_of(chief.get("/desk/")))
    shown = text_of(chief.get(REVIEWS))
    assert "Тестова И." in shown
    assert WHY["words"] in shown
    (address,) = set(re.findall(rf"{REVIEWS}[0-9a-f-]+/", shown))
    wrong = chief.post(address, {"judgement": "", "note": "ок"})
    assert wrong.status_code == 422
    assert (
        chief.post(address, {"judgement": "justified", "note": "Пациентку привезла скорая"}).status_code
        == 303
    )
    again = chief.post(address, {"judgement": "unjustified", "note": "Передумали, повода не было"})
    assert (again.status_code, "уже разобран" in text_of(again)) == (409, True)
    shown = text_of(chief.get(REVIEWS))
    assert "Повод был. Пациентку привезла скорая" in shown
    assert "Разбирать нечего" in shown
    assert "badge-wait" not in text_of(chief.get("/desk/"))

"""«Записать пациента»: a registrar takes a time, names who comes, and cancels when they call again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    at_work_on_thursdays,
    confirmed,
    key,
    offered,
    run_jobs,
    state,
)
from domain.scheduling.exchange.world import VISIT_AT
from domain.scheduling.exchange.world import hold as world_hold
from domain.scheduling.staff import somebody
from feldsher.domain.directory.types import RuleValues, VisitMode, VisitOrder
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.patients.models import Patient
from feldsher.domain.scheduling import gateways, selectors, services
from feldsher.domain.scheduling.models import Appointment, BranchStage
from feldsher.domain.scheduling.ports import AgeLimit, NeedsReferral, NotForPatient, Rejected, Taken, Unknown
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import Stage, State
from feldsher.foundation.access.roles import Role
from feldsher.integrations.mis.own import OwnGateway

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/desk/book/"
PERSON = {"family": "Пробный", "given": "Пётр", "phone": "8 900 000-00-01", "consent": "yes"}


@pytest.fixture
def clinic(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to half past ten in Moscow; nobody waits for the worker."""
    set_clock(NOW)
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, confirm_wait_seconds=0.0)
    with at_work_on_thursdays("9-10:30") as clinic:
        yield clinic


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def day_of(clinic: OwnClinic) -> str:
    asked = {"location": clinic.north, "practitioner": clinic.eye, "day": THURSDAY}
    return f"{HOME}?{urlencode(asked)}"


def tap(token: str) -> dict[str, str]:
    """Return what a button of a time sends; each page has a key of its own."""
    return {"slot": token, "key": uuid4().hex}


def offered_to_staff(client: Client, clinic: OwnClinic) -> str:
    """Return the token of the first time on the page of a day."""
    return re.findall(r'name="slot" value="([^"]+)"', text(client.get(day_of(clinic))))[0]


def facts(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


def buttons(page: str) -> list[str]:
    return re.findall(r'<button class="chip"[^>]*>([^<]+)<', page)


def held(client: Client, clinic: OwnClinic, time: str = "09:30") -> str:
    """Take a time; returns the address that asks for the patient."""
    answer = client.post(HOME, tap(slot_token(key(clinic, time))))
    assert answer.status_code == 303
    return str(answer["Location"])


def booked(client: Client, clinic: OwnClinic, time: str = "09:30") -> UUID:
    address = held(client, clinic, time)
    assert client.post(address, PERSON).status_code == 303
    run_jobs()
    return Appointment.objects.get(state=State.BOOKED).id


def test_a_time_is_taken_and_the_patient_named(client: Client, clinic: OwnClinic) -> None:
    page = text(client.get(HOME))
    assert ("Выберите врача" in page, buttons(page)) == (True, [])
    page = text(client.get(day_of(clinic)))
    assert "Завтра, чт, 26 ноября" in page
    assert buttons(page) == ["09:00", "09:30", "10:00"]
    address = held(client, clinic)
    page = text(client.get(address))
    assert "Время держится до 09:10." in page
    assert "Завтра, чт, 26 ноября, 09:30–10:00" in page
    assert "2 500 ₽" in page
    answer = client.post(address, PERSON)
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert "Сейчас: записываем" in text(client.get(address))
    run_jobs()
    page = text(client.get(address))
    assert "Пациент записан." in page
    assert "Пробный" not in page
    page = text(client.get(f"/desk/day/?location={clinic.north}&date={THURSDAY}"))
    assert "Пробный Пётр, +7 900 000-00-01" in page
    assert offered(clinic) == ["09:00", "10:00"]


def test_a_time_that_somebody_was_faster_to_take_is_refused_with_the_others(
    client: Client, clinic: OwnClinic
) -> None:
    confirmed(key(clinic, "09:30"), 9)
    chosen = {"location": clinic.north, "practitioner": clinic.eye, "day": THURSDAY}
    page = text(client.post(HOME, tap(slot_token(key(clinic, "09:30"))) | chosen), 409)
    assert "Это время" in page
    assert buttons(page) == ["09:00", "10:00"]
    assert client.post(HOME, tap("x")).status_code == 422


def test_a_double_tap_takes_one_time_and_leads_to_it_twice(client: Client, clinic: OwnClinic) -> None:
    (form,) = re.findall(r'name="key" value="([0-9a-f]{32})"', text(client.get(day_of(clinic))))
    sent = {"slot": slot_token(key(clinic, "09:30")), "key": form}
    once, twice = client.post(HOME, sent), client.post(HOME, sent)
    assert (once.status_code, twice.status_code) == (303, 303)
    assert once["Location"] == twice["Location"]
    assert Appointment.objects.count() == 1
    colleague = signed_in(Role.REGISTRAR, login="other")
    assert "Это время" in text(colleague.post(HOME, sent), 409)
    assert "form_key_missing" in text(client.post(HOME, {"slot": sent["slot"]}), 400)


def test_how_long_a_time_is_held_is_what_the_settings_say(
    client: Client, clinic: OwnClinic, settings: Settings
) -> None:
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, hold_minutes=21)
    assert "держится за вами 21 минуту" in text(client.get(day_of(clinic)))


def test_a_rule_that_changed_meanwhile_has_the_time_chosen_again(client: Client, clinic: OwnClinic) -> None:
    token = offered_to_staff(client, clinic)
    services.change_rule(RuleValues(needs_referral=True), practitioner=clinic.eye, author=STAFF)
    chosen = {"location": clinic.north, "practitioner": clinic.eye, "day": THURSDAY}
    page = text(client.post(HOME, tap(token) | chosen), 409)
    assert "Правила приёма изменились" in page
    assert buttons(page) == ["09:00", "09:30", "10:00"]


def test_what_the_offer_asks_and_a_stop_are_told_to_who_asks(client: Client, clinic: OwnClinic) -> None:
    assert "Спросите" not in facts(text(client.get(held(client, clinic, "10:00"))))
    rule = RuleValues(
        visits=VisitOrder.FIRST, needs_referral=True, mode=VisitMode.REMOTE, age_from=18, age_to=60
    )
    services.change_rule(rule, practitioner=clinic.eye, author=STAFF)
    services.stop_booking(practitioner=clinic.eye, reason="Болеет до среды", author=STAFF)
    address = str(client.post(HOME, tap(offered_to_staff(client, clinic)))["Location"])
    told = facts(text(client.get(address)))
    assert told["Спросите"] == (
        "сколько лет пациенту: врач принимает с 18 до 60 лет включительно; "
        "первый ли это приём у врача: на повторный здесь не записывают; есть ли направление"
    )
    assert told["Где"] == "онлайн, по видео или телефону"
    assert told["Онлайн-запись"] == "остановлена: Болеет до среды"
    assert client.post(address, PERSON | {"birth_date": "1990-05-17"}).status_code == 303
    told = facts(text(client.get(address)))
    assert ("Спросите" in told, "Онлайн-запись" in told) == (False, False)


def test_a_visit_of_either_kind_is_booked_in_the_clinic_and_the_page_says_so(
    client: Client, clinic: OwnClinic
) -> None:
    rule = RuleValues(visits=VisitOrder.REPEAT, mode=VisitMode.EITHER)
    services.change_rule(rule, practitioner=clinic.eye, author=STAFF)
    address = str(client.post(HOME, tap(offered_to_staff(client, clinic)))["Location"])
    told = facts(text(client.get(address)))
    assert told["Спросите"] == "был ли пациент у врача: на первый приём здесь не записывают"
    assert told["Где"] == "в клинике"


def test_times_that_nobody_has_counted_for_long_are_not_taken_for_none(
    client: Client, clinic: OwnClinic, set_clock: SetClock
) -> None:
    set_clock(NOW + timedelta(minutes=11))
    page = text(client.get(day_of(clinic)))
    assert ("фоновая программа стоит" in page, "Свободного времени" in page) == (True, False)
    chosen = {"location": clinic.north, "practitioner": clinic.eye, "day": THURSDAY}
    page = text(client.post(HOME, tap(slot_token(key(clinic, "09:30"))) | chosen))
    assert ("фоновая программа стоит" in page, "Оставьте телефон" in page) == (True, False)


def test_what_is_wrong_with_the_patient_is_told_and_the_time_stays(client: Client, clinic: OwnClinic) -> None:
    address = held(client, clinic)
    page = text(client.post(address, PERSON | {"phone": "8 900", "family": ""}), 422)
    assert 'value="Пётр"' in page
    assert page.count('aria-invalid="true"') == 2
    assert Appointment.objects.get().state == State.HELD
    assert client.post(address, PERSON).status_code == 303


def test_consent_is_asked_and_never_ticked_beforehand(client: Client, clinic: OwnClinic) -> None:
    address = held(client, clinic)
    assert "checked" not in text(client.get(address))
    without = {name: value for name, value in PERSON.items() if name != "consent"}
    page = text(client.post(address, without | {"phone": "12"}), 422)
    assert "Спросите пациента" in page
    assert page.count('aria-invalid="true"') == 2
    assert 'value="Пробный"' in page
    assert not Patient.objects.exists()


def test_a_patient_who_is_elsewhere_then_is_told_to_the_registrar(client: Client, clinic: OwnClinic) -> None:
    booked(client, clinic)
    Appointment.objects.update(practitioner=UUID(int=7))
    address = held(client, clinic)
    page = text(client.post(address, PERSON), 409)
    assert "Время держится до" in page
    assert "Пациент уже записан на это время" in page
    assert 'role="alert"' in page
    other = PERSON | {"family": "Вымышленова", "given": "Проба", "phone": "+7 900 000-00-02"}
    assert client.post(address, other).status_code == 303


def test_a_held_time_is_let_go_by_its_button_or_by_the_clock(
    client: Client, clinic: OwnClinic, set_clock: SetClock
) -> None:
    address = held(client, clinic)
    answer = client.post(f"{address}release/")
    assert answer.status_code == 303
    assert buttons(text(client.get(answer["Location"]))) == ["09:00", "09:30", "10:00"]
    assert "никто не записан" in text(client.get(address))
    assert Appointment.objects.get().reason == "released_by_staff"
    address = held(client, clinic)
    set_clock(NOW + timedelta(minutes=11))
    assert "никто не записан" in text(client.get(address))
    assert "никто не записан" in text(client.post(address, PERSON))
    assert not Patient.objects.exists()


def test_an_age_asks_for_the_birth_date(client: Client, clinic: OwnClinic) -> None:
    services.change_rule(RuleValues(age_from=18), practitioner=clinic.eye, author=STAFF)
    address = str(client.post(HOME, tap(offered_to_staff(client, clinic)))["Location"])
    assert "если известна" not in text(client.get(address))
    assert "дату рождения" in text(client.post(address, PERSON), 422)
    answer = client.post(address, PERSON | {"birth_date": "1990-05-17"})
    assert answer.status_code == 303


def test_a_mis_that_keeps_cards_by_birth_date_has_one_asked_at_once(
    client: Client, clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = held(client, clinic)
    assert "если известна" in text(client.get(address))
    monkeypatch.setattr(gateways, "asking_birth_date", lambda: frozenset({OWN_SCHEDULE}))
    assert "если известна" not in text(client.get(address))
    assert "дату рождения" in text(client.post(address, PERSON), 422)
    assert client.post(address, PERSON | {"birth_date": "1990-05-17"}).status_code == 303
    assert "Дата рождения" not in text(client.get(address))


def test_a_visit_is_cancelled_behind_a_question(client: Client, clinic: OwnClinic) -> None:
    visit = booked(client, clinic)
    page = text(client.get(f"/desk/day/?location={clinic.north}&date={THURSDAY}"))
    address = f"/desk/visits/{visit}/cancel/"
    assert f'href="{address}"' in page
    page = text(client.get(address))
    assert "Отменить запись?" in page
    assert "Пробный Пётр, +7 900 000-00-01" in page
    assert "Выберите причину" in text(client.post(address, {"why": "x"}), 422)
    assert state(visit) is State.BOOKED
    answer = client.post(address, {"confirmed": "yes", "why": "patient_asked"})
    assert answer["Location"] == f"/desk/day/?location={clinic.north}&date={THURSDAY}"
    run_jobs()
    assert state(visit) is State.CANCELLED
    assert offered(clinic) == ["09:00", "09:30", "10:00"]
    again = client.post(address, {"confirmed": "yes", "why": "patient_asked"})
    assert (again.status_code, again["Location"]) == (303, answer["Location"])
    assert refusals() == 0
    assert "её уже отменили" in text(client.get(address), 404)
    assert refusals() == 1


def refusals() -> int:
    """Return how often the journal has refused somebody something."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_access WHERE result = 'refused'")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Taken(), "Это время только что заняли"),
        (NeedsReferral(), "только с направлением"),
        (AgeLimit(), "в этом возрасте"),
        (NotForPatient(), "не записывает этого пациента"),
        (Rejected("no"), "МИС не приняла запись"),
    ],
)
def test_a_refusal_of_the_mis_is_told_as_final(
    client: Client, clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch, outcome: object, sentence: str
) -> None:
    monkeypatch.setattr(OwnGateway, "book", lambda *_: outcome)
    address = held(client, clinic)
    client.post(address, PERSON)
    run_jobs()
    page = text(client.get(address))
    assert (sentence in page, "Никто не записан" in page) == (True, True)
    assert ("Выбрать снова" in page, "Обновите страницу" in page) == (True, False)


def test_a_visit_without_an_answer_is_worth_another_look(
    client: Client, clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OwnGateway, "book", lambda *_: Unknown("lost"))
    address = held(client, clinic)
    client.post(address, PERSON)
    run_jobs()
    page = text(client.get(address))
    assert ("МИС не ответила" in page, "Обновите страницу" in page) == (True, True)
    assert "Выбрать снова" not in page


def test_a_visit_that_staff_write_into_the_mis_says_so(client: Client, clinic: OwnClinic) -> None:
    """The branch has a stage from when a MIS kept its schedule."""
    BranchStage.objects.create(location=clinic.north, stage=Stage.REQUESTS, author="test", created_at=NOW)
    address = held(client, clinic)
    client.post(address, PERSON)
    run_jobs()
    page = text(client.get(address))
    assert ("Внесите запись в МИС" in page, "Обновите страницу" in page) == (True, False)
    assert 'href="/desk/">' in page.partition("Внесите")[2]


def test_a_cancelled_visit_is_not_waited_for(client: Client, clinic: OwnClinic) -> None:
    visit = booked(client, clinic)
    client.post(f"/desk/visits/{visit}/cancel/", {"why": "mistake"})
    run_jobs()
    page = text(client.get(f"{HOME}{visit}/"))
    assert ("Запись отменил сотрудник" in page, "Обновите" in page) == (True, False)
    assert "Выбрать снова" in page


def test_a_second_tap_on_book_says_what_became_of_the_first(
    client: Client, clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = held(client, clinic)
    before = selectors.booking_of_desk(somebody(Role.REGISTRAR), UUID(address.split("/")[-2]))
    assert client.post(address, PERSON).status_code == 303
    monkeypatch.setattr("feldsher.domain.scheduling.selectors.booking_of_desk", lambda *_: before)
    answer = client.post(address, PERSON)
    assert (answer.status_code, answer["Location"]) == (303, address)


def test_the_day_leads_to_booking_and_only_who_books(client: Client, clinic: OwnClinic) -> None:
    address = f"/desk/day/?location={clinic.north}&practitioner={clinic.eye}&date={THURSDAY}"
    assert f'href="{day_of(clinic)}"' in text(client.get(address))
    yesterday = text(client.get(f"/desk/day/?location={clinic.north}&date={TODAY - timedelta(days=1)}"))
    assert f"day={TODAY}" in yesterday
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    page = text(chief.get(address))
    assert ("Записать пациента" in page, "Отменить" in page) == (False, False)


def test_in_a_branch_of_a_mis_staff_book_and_cancel_too(busy: Busy) -> None:
    """The visit goes the way of every other: the worker writes it into the МИС."""
    world = busy.world
    visit = busy.accepted()
    row = Appointment.objects.get(pk=visit)
    client = signed_in(Role.REGISTRAR)
    day = f"/desk/day/?location={row.location}&date={row.visit.lower.date()}"
    page = text(client.get(day))
    assert (f'href="/desk/visits/{visit}/cancel/"' in page, "Записать пациента" in page) == (True, True)
    assert client.post(f"/desk/visits/{visit}/cancel/", {"why": "mistake"}).status_code == 303
    world.work()
    assert state(visit) is State.CANCELLED
    held = world_hold(VISIT_AT + timedelta(hours=5))
    Appointment.objects.filter(pk=held).update(channel="desk")
    assert client.post(f"{HOME}{held}/", PERSON | {"phone": "8 900 000-00-07"}).status_code == 303
    world.work()
    assert "Пациент записан." in text(client.get(f"{HOME}{held}/"))


def test_a_time_that_is_lost_from_the_schedule_offers_the_doctor_s_day(
    client: Client, clinic: OwnClinic
) -> None:
    """A cell sends nothing but its token."""
    confirmed(key(clinic, "09:30"), 9)
    page = text(client.post(HOME, tap(slot_token(key(clinic, "09:30")))), 409)
    assert buttons(page) == ["09:00", "10:00"]
    assert "Завтра, чт, 26 ноября" in page

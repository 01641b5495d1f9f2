"""«Почему не это время?»: every reason is a sentence with its numbers, all at once, in its order."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from channels.desk.test_rules import plain
from conftest import SetClock
from domain.roster.factory import TODAY, hours, week
from domain.scheduling.clinic import Ids, held, open_clinic, tell_schedule
from domain.scheduling.clinic_of_own import THURSDAY, found_own_clinic, own_schedule, run_jobs
from domain.scheduling.factory import MIS, NOW, at, day_rows, heard, lay, minutes, stretch
from feldsher.channels.desk.asked import after_gap, day_of, instants, time_of
from feldsher.channels.desk.scopes import Names
from feldsher.channels.desk.why_words import (
    HINDRANCES,
    OBSTACLES,
    OWN_HINDRANCES,
    OWN_OBSTACLES,
    STATES,
    Case,
)
from feldsher.domain.directory.selectors import effective_values
from feldsher.domain.directory.services import clear_overlay, close_record, set_overlay
from feldsher.domain.directory.types import Kind, Obstacle, RuleValues
from feldsher.domain.scheduling import offers
from feldsher.domain.scheduling.services import change_rule, set_week, stop_booking
from feldsher.domain.scheduling.types import Hindrance, HindranceCode, State
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
WHY = "/desk/why/"


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    return open_clinic()


@pytest.fixture
def client(ids: Ids) -> Client:
    return signed_in(Role.REGISTRAR)


def ask(client: Client, ids: Ids, time: str, **changes: object) -> str:
    asked = {"practitioner": ids.eye, "location": ids.north, "day": "2026-11-26", "time": time} | changes
    answer = client.get(WHY, {name: str(value) for name, value in asked.items()})
    assert answer.status_code == 200
    return plain(answer.content.decode())


def test_every_obstacle_and_every_hindrance_has_its_sentence() -> None:
    assert set(OBSTACLES) == set(OWN_OBSTACLES) == set(Obstacle)
    assert set(OWN_HINDRANCES) == set(HINDRANCES)
    assert set(HINDRANCES) == set(HindranceCode)
    assert set(STATES) == set(State)
    case = Case(
        start=at(9),
        now=NOW,
        location_id=uuid4(),
        zone="Europe/Moscow",
        names=Names({}, {}, {}),
        values=effective_values(),
    )
    texts = {HindranceCode.TAKEN_HERE: "booked", HindranceCode.LEFT_OUT: "busy 2026-11-26T11:00:00–x"}
    told = [reason.text for reason in OBSTACLES.values()]
    for code in HindranceCode:
        full = Hindrance(code, at(8), at(10), text=texts.get(code, "umc"), number=20)
        bare = replace(full, begin=None, end=None, number=None)
        told += [HINDRANCES[code](item, case).text for item in (full, bare)]
        assert HINDRANCES[code](full, case).todo
    assert all(sentence[0].isupper() for sentence in told)
    assert not any(
        "None" in sentence or code.value in sentence for sentence in told for code in HindranceCode
    )


def test_all_reasons_are_told_at_once_in_their_order(ids: Ids, client: Client) -> None:
    lay(
        day_rows(
            [stretch(at(6), at(9))],
            practitioner=ids.eye,
            location=ids.north,
            busy=[stretch(at(8), at(8, 40))],
        ),
        mis=MIS,
    )
    heard(MIS, as_of=NOW - minutes(60))
    change_rule(RuleValues(notice=2 * 1440, step=20, quota=0), practitioner=ids.eye, author="vera")
    stop_booking(practitioner=ids.eye, reason="Отпуск", author="vera")
    page = ask(client, ids, "11:05")
    sentences = [
        "Онлайн-запись остановлена, пока не возобновят. Причина: Отпуск",
        "МИС «umc» молчит: её расписание известно на 08:00 25 ноября",
        "Квота на сайте — 0 в день; правило «Образцов-doc-eye Пример Тестович»",
        "Врач занят в МИС с 11:00 до 11:40.",
        "До начала меньше 2 дней: сейчас записывают с 09:00 27 ноября; правило «Образцов-doc-eye",
        "Шаг записи 20 минут, от 09:00. Ближайшие: 11:00 и 11:20.",
    ]
    places = [page.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert f'href="/desk/rules/rule/?practitioner={ids.eye}">Открыть это правило' in page
    assert 'href="/desk/stops/">Остановить запись' in page


def test_who_may_not_mend_it_gets_the_reason_without_the_link(ids: Ids) -> None:
    tell_schedule(ids)
    stop_booking(practitioner=ids.eye, reason="Отпуск", author="vera")
    page = ask(signed_in(Role.CHIEF_PHYSICIAN), ids, "11:00")
    assert "Онлайн-запись остановлена" in page
    assert "/desk/stops/" not in page


def test_a_taken_time_is_told_without_the_patient(ids: Ids, client: Client) -> None:
    tell_schedule(ids)
    held(ids, at(8))
    page = ask(client, ids, "11:00")
    assert "Время занято с 11:00 до 11:20: время держит пациент, который заполняет форму." in page
    assert "(Северный филиал)" not in page
    page = ask(client, ids, "13:00", location=ids.south)
    assert "Время занято с 13:00 до 13:20 (Северный филиал)" in page


def test_an_offered_time_is_said_to_be_offered_and_to_whom(ids: Ids, client: Client) -> None:
    tell_schedule(ids)
    page = ask(client, ids, "11:00")
    assert "Это время предлагается всем." in page
    assert "Приём офтальмолога первичный, до 11:20" in page
    assert "чт, 26 ноября, 11:00, по московскому времени" in page
    change_rule(RuleValues(age_from=18, needs_referral=True), author="vera")
    page = ask(client, ids, "11:00")
    assert "Это время предлагается тем, кто ответил:" in page
    assert "пациенту есть 18 лет" in page
    assert "есть направление" in page


def test_a_branch_without_a_zone_and_a_rule_that_closes_are_told(ids: Ids, client: Client) -> None:
    tell_schedule(ids)
    change_rule(RuleValues(is_online=False), service=ids.first_visit, author="vera")
    page = ask(client, ids, "11:00", service=ids.first_visit)
    assert "не записывают онлайн" in page
    assert f"/desk/rules/rule/?service={ids.first_visit}" in page
    clear_overlay(Kind.LOCATION, target=ids.north, field="zone")
    offers.rebuild()
    assert "Филиалу не указан часовой пояс" in ask(client, ids, "11:00")


def test_time_that_a_change_of_clocks_skips_or_repeats(ids: Ids, client: Client) -> None:
    set_overlay(Kind.LOCATION, target=ids.south, field="zone", value="Europe/Berlin", author="anna")
    offers.rebuild()
    page = ask(client, ids, "02:30", location=ids.south, day="2027-03-28")
    assert "такого времени в филиале нет. Часы переводят вперёд сразу к 03:00." in page
    page = ask(client, ids, "02:30", location=ids.south, day="2027-10-31")
    assert page.index("до перевода часов назад") < page.index("после перевода часов назад")


def test_wall_times_become_instants() -> None:
    day, half = day_of("2027-10-31"), time_of("2:30")
    spring = day_of("2027-03-28")
    assert day
    assert half
    assert spring
    assert [f"{item:%H:%M}" for item in instants(day, half, "Europe/Berlin")] == ["00:30", "01:30"]
    assert instants(spring, half, "Europe/Berlin") == ()
    assert f"{after_gap(spring, half, 'Europe/Berlin'):%H:%M}" == "01:00"
    assert [len(instants(day, half, zone)) for zone in ("Europe/Moscow", "Asia/Yekaterinburg")] == [1, 1]


@pytest.mark.parametrize("junk", ["", "2027-13-01", "0001-01-01", "9999-12-31", "вчера"])
def test_what_is_no_day_is_none(junk: str) -> None:
    assert day_of(junk) is None


def test_what_is_missing_is_asked_for_and_the_rest_is_kept(ids: Ids, client: Client) -> None:
    assert client.get(WHY).status_code == 200
    answer = client.get(WHY, {"practitioner": str(ids.eye), "day": "", "time": "25:00"})
    page = plain(answer.content.decode())
    assert answer.status_code == 422
    for sentence in ("Выберите филиал", "Укажите день.", "Укажите время"):
        assert sentence in page
    assert f'<option value="{ids.eye}" selected>' in page


def test_services_are_those_of_the_doctor_or_what_the_search_finds(ids: Ids, client: Client) -> None:
    own = client.get(WHY, {"practitioner": str(ids.eye)}).context["services"]
    assert [UUID(value) for value, _ in own[1:]] == [ids.first_visit, ids.glasses]
    found = client.get(WHY, {"q": "очков", "find": "yes", "day": "", "time": ""})
    assert found.status_code == 200
    assert [UUID(value) for value, _ in found.context["services"][1:]] == [ids.glasses]
    assert "Найдено: 1 услуга" in plain(found.content.decode())


def test_the_enter_key_asks_even_where_it_presses_the_search(ids: Ids, client: Client) -> None:
    tell_schedule(ids)
    assert "Это время предлагается всем." in ask(client, ids, "11:00", find="yes")


@pytest.mark.parametrize("party", ["practitioner", "service", "location"])
def test_unknown_parties_are_no_page(ids: Ids, client: Client, party: str) -> None:
    asked = {"practitioner": str(ids.eye), "location": str(ids.north), "day": "2026-11-26", "time": "11:00"}
    for value in (str(uuid4()), "no-id"):
        assert client.get(WHY, asked | {party: value}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_where_staff_keep_the_schedule_no_mis_is_blamed(set_clock: SetClock) -> None:
    set_clock(NOW)
    with own_schedule():
        clinic = found_own_clinic()
        set_week(clinic.at_north, days=week(thu=hours("9-10:30")), since=TODAY, author="anna")
        run_jobs()
        change_rule(RuleValues(quota=0, notice=3000), practitioner=clinic.eye, author="anna")
        client = signed_in(Role.REGISTRAR)

        def asked(time: str, **changes: object) -> str:
            parties = {"practitioner": clinic.eye, "location": clinic.north, "day": THURSDAY, "time": time}
            return plain(client.get(WHY, {**parties, **changes}).content.decode())

        page = asked("10:30")
        assert "10:30 вне часов приёма врача." in page
        assert 'href="/desk/hours/">Часы приёма</a>' in page
        assert page.count("запишите сами: вас это не ограничивает") + page.count("Запишите сами") == 2
        assert "В этот день врач не принимает." in asked("10:30", day="2026-11-27")
        set_clock(NOW + timedelta(minutes=11))
        assert "фоновая программа стоит" in asked("09:00")
        close_record(Kind.PRACTITIONER, target=clinic.eye, author="anna")
        page = asked("09:00")
        assert "Запись врача закрыта." in page
        assert "МИС" not in page.partition('class="verdict"')[2]

"""What the cabinet shows and lets be done: each phone its own patients, and nothing of anybody else.

Controls C12, C17, C20, C23. Names and phones are invented.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.cabinet.factory import HOME, OTHER, PETER, bare, entered, text_of
from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.site.factory import FORM_KEY
from channels.test_every_door import state
from conftest import SetClock
from domain.directory import factory as directory
from domain.scheduling.exchange.world import SLOT, VISIT_AT, confirm, hold
from domain.scheduling.factory import doctor_day
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind, RuleValues
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import Remembered
from feldsher.domain.patients.types import CardOfMis
from feldsher.domain.scheduling import jobs, services
from feldsher.domain.scheduling.models import Appointment, SyncStatus
from feldsher.domain.scheduling.types import BookerInput, Confirmation, PersonInput, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.roles import Role
from feldsher.kernel.intervals import Interval
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)

OPENED = "/lk/opened/"
DAY = f"/desk/day/?date={VISIT_AT.date().isoformat()}"
CHILD = PersonInput("Пробный", "Миша", PETER, birth_date="2011-11-28")
FRIEND = PersonInput("Понарошкина", "Ольга", PETER)


def book(person: PersonInput, *, hours: int, booker: BookerInput | None = None) -> UUID:
    row = hold(VISIT_AT + timedelta(hours=hours))
    services.confirm(row, confirmation=Confirmation(person, ("booking",), booker=booker))
    return row


def cancel_of(visit: UUID) -> str:
    return f"/lk/visits/{visit}/cancel/"


def again_of(visit: UUID) -> str:
    return f"/lk/visits/{visit}/again/"


def move_of(visit: UUID) -> str:
    return f"/lk/visits/{visit}/move/"


def test_everybody_behind_the_phone_is_in_one_list_and_nobody_else(visit: UUID, sms: Phones) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    friend = book(FRIEND, hours=4, booker=BookerInput("other", "Пробный Пётр"))
    page = text_of(entered(sms).get(HOME))
    assert re.findall(r"<h2>([^<]*)", page) == ["Пётр П.", "Миша П. "]
    assert page.count('class="own-whose">Пётр П.') == page.count('class="own-whose">Миша П.') == 1
    assert "ребёнок" in page
    assert "13:00" in page
    assert str(friend) not in page
    assert "Ольга" not in page
    assert "у кого этот телефон, тот видит их записи и может перенести или отменить" in page
    assert cancel_of(child) not in page, "it is not accepted yet, so that there is nothing to cancel"


def test_c17_the_child_s_visits_are_gone_at_midnight_of_its_birthday(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    browser = entered(sms, keep="1")
    assert "Миша П." in text_of(browser.get(HOME))
    busy.world.forward((VISIT_AT - busy.world.moment).total_seconds() + 38 * 3600 - 1)
    assert busy.world.moment.isoformat() == "2026-11-27T23:59:59+03:00"
    assert "Миша П." in text_of(browser.get(HOME))
    busy.world.forward(1)
    for path in (HOME, OPENED):
        assert "Миша" not in text_of(browser.get(path))
        assert "Пётр П." in text_of(browser.get(path))


def test_two_children_of_one_name_are_told_by_their_year(busy: Busy, sms: Phones) -> None:
    for number, born in enumerate(("2019-05-05", "2021-06-06")):
        child = PersonInput("Пробный", "Миша", PETER, birth_date=born)
        book(child, hours=3 + number, booker=BookerInput("parent", "Пробный Пётр"))
    page = text_of(entered(sms).get(HOME))
    assert "Миша П., 2019" in page
    assert "Миша П., 2021" in page


def test_a_visit_is_cancelled_by_a_question_and_a_post(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    question = browser.get(cancel_of(visit))
    assert "Отменить эту запись?" in text_of(question)
    assert "Завтра, чт, 26 ноября" in text_of(question)
    assert busy.world.state is State.BOOKED
    answer = browser.post(cancel_of(visit))
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert busy.world.state is State.CANCELLING
    assert "Отменяем" in text_of(browser.get(HOME))
    busy.world.work()
    page = text_of(browser.get(HOME))
    assert "Прошедшие и отменённые" in page
    assert "Отменена" in page
    for answer in (browser.get(cancel_of(visit)), browser.post(cancel_of(visit))):
        assert (answer.status_code, answer["Location"]) == (303, HOME)


def test_the_next_visit_stands_first_with_the_way_and_what_it_needs(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    north = directory.row(Kind.LOCATION, directory.NORTH.id)
    first = directory.row(Kind.SERVICE, directory.FIRST_VISIT.id)
    for kind, target, field, value in (
        (Kind.LOCATION, north, "address", "Условная ул., 18"),
        (Kind.SERVICE, first, "preparation", "Не надевайте линзы два дня."),
        (Kind.SERVICE, first, "to_bring", "Прежний рецепт на очки."),
    ):
        set_overlay(kind, target=target, field=field, value=value, author="test")
    child = book(CHILD, hours=-1, booker=BookerInput("parent", "Пробный Пётр"))
    busy.world.work()
    browser = entered(sms)
    page = text_of(browser.get(HOME))
    titles = re.findall(r"<h[23][^>]*>([^<]*)", page)
    assert titles == [
        "Ближайшая запись",
        "Как подготовиться",
        "Что взять с собой",
        "Другие записи",
        "Пётр П.",
        "Миша П. ",
        "Без связи",
    ]
    assert page.index(cancel_of(child)) < page.index("Не надевайте линзы") < page.index(cancel_of(visit))
    assert page.count("Прежний рецепт на очки.") == 1
    assert page.count('href="https://yandex.ru/maps/?text=%D0%A3') == 2
    set_overlay(Kind.LOCATION, target=north, field="latitude", value="59.93", author="test")
    set_overlay(Kind.LOCATION, target=north, field="longitude", value="30.31", author="test")
    assert 'href="https://yandex.ru/maps/?rtext=~59.930000%2C30.310000' in text_of(browser.get(HOME))


def test_what_is_being_cancelled_is_never_the_next(visit: UUID, busy: Busy, sms: Phones) -> None:
    later = book(PersonInput("Пробный", "Пётр", PETER), hours=5)
    busy.world.work()
    browser = entered(sms)
    browser.post(cancel_of(visit))
    page = text_of(browser.get(HOME))
    assert page.index(cancel_of(later)) < page.index("Другие записи") < page.index("Отменяем")


@pytest.mark.usefixtures("free_day")
def test_a_visit_is_repeated_in_the_ordinary_booking_for_the_same_patient(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    busy.world.work()
    browser = entered(sms)
    for row in (visit, child):
        browser.post(cancel_of(row))
    busy.world.work()
    assert text_of(browser.get(HOME)).count("Записаться снова") == 2
    doctor, north, first = (
        directory.row(Kind.PRACTITIONER, directory.EYE.id),
        directory.row(Kind.LOCATION, directory.NORTH.id),
        directory.row(Kind.SERVICE, directory.FIRST_VISIT.id),
    )
    answer = browser.post(again_of(child))
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/doctors/{doctor}/?location={north}&service={first}",
    )
    slot = slots_of(text_of(browser.get(answer["Location"])))[0]
    page = text_of(browser.post("/holds/", {"slot": slot, "key": FORM_KEY}, follow=True))
    chosen = re.findall(r'name="known" value="[^"]+" data-person="1" checked><span>([^<]*)', page)
    assert chosen == ["Миша П."]
    assert "законный представитель" in page
    assert re.search(r'name="consent-[^"]+"', page), "a consent is asked as ever"
    with as_service("test"):
        (row,) = Remembered.objects.all()
    assert row.expires_at - row.created_at == timedelta(hours=1)


def test_whom_the_device_knows_for_longer_stays_as_long(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    browser.post(again_of(visit))
    with as_service("test"):
        Remembered.objects.update(expires_at=VISIT_AT + timedelta(days=90))
    browser.post(again_of(visit))
    with as_service("test"):
        assert [row.expires_at for row in Remembered.objects.all()] == [VISIT_AT + timedelta(days=90)]


def test_a_stranger_repeats_nothing(visit: UUID, sms: Phones) -> None:
    answer = entered(sms, OTHER).post(again_of(visit))
    assert (answer.status_code, "remembered" in answer.cookies) == (404, False)
    with as_service("test"):
        assert not Remembered.objects.exists()


def test_past_the_cut_off_there_is_a_phone_and_no_button(visit: UUID, busy: Busy, sms: Phones) -> None:
    services.change_rule(RuleValues(cutoff=2 * 24 * 60), author="test")
    set_overlay(
        Kind.LOCATION,
        target=directory.row(Kind.LOCATION, directory.NORTH.id),
        field="phone",
        value="+7 921 000-00-77",
        author="test",
    )
    browser = entered(sms)
    page = text_of(browser.get(HOME))
    assert "Отменить или перенести её самому уже поздно." in page
    assert page.count('href="tel:+79210000077"') > 1
    for act in (cancel_of(visit), move_of(visit)):
        assert act not in page
        for answer in (browser.get(act), browser.post(act, {"slot": ""})):
            assert answer.status_code == 409
            assert "too_late_to_change" in text_of(answer)
    assert busy.world.state is State.BOOKED


@pytest.fixture
def free_day(visit: UUID, busy: Busy, set_clock: SetClock) -> None:
    """Have the doctor be free all of the day of the visit, heard of just now."""
    busy.world.set_clock = set_clock
    set_clock(busy.world.moment)
    doctor_day(
        Interval(VISIT_AT - timedelta(hours=1), VISIT_AT + timedelta(hours=8)),
        practitioner=directory.row(Kind.PRACTITIONER, directory.EYE.id),
        location=directory.row(Kind.LOCATION, directory.NORTH.id),
        service=directory.row(Kind.SERVICE, directory.FIRST_VISIT.id),
        mis=directory.MIS,
        zone="Europe/Moscow",
    )
    SyncStatus.objects.filter(mis=directory.MIS).update(as_of=busy.world.moment)


def slots_of(page: str) -> list[str]:
    return re.findall(r'name="slot" value="([^"]+)"', page)


@pytest.mark.usefixtures("free_day")
def test_a_visit_is_moved_by_one_tap_and_its_old_time_goes_when_the_new_one_is_booked(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    browser = entered(sms)
    assert move_of(visit) in text_of(browser.get(HOME))
    page = text_of(browser.get(move_of(visit)))
    assert "Это время останется за вами" in page.replace("&nbsp;", " ").replace("\u00a0", " ")
    answer = browser.post(move_of(visit), {"slot": slots_of(page)[-1]})
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert busy.world.state is State.BOOKED
    busy.world.work()
    assert busy.world.state is State.MOVED
    moved = Appointment.objects.get(chain=busy.world.row().chain, active=True)
    assert moved.state == State.BOOKED
    page = text_of(browser.get(HOME))
    assert "Перенесена" in page
    assert move_of(moved.pk) in page
    assert browser.get(move_of(visit))["Location"] == HOME


@pytest.mark.usefixtures("free_day")
def test_a_visit_that_was_called_off_is_not_moved_within_its_day(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    assert slots_of(text_of(browser.get(move_of(visit))))
    services.offer_other_times(
        directory.row(Kind.PRACTITIONER, directory.EYE.id),
        location=directory.row(Kind.LOCATION, directory.NORTH.id),
        day=VISIT_AT.date(),
        staff=REGISTRAR,
    )
    assert slots_of(text_of(browser.get(move_of(visit)))) == []


@pytest.mark.usefixtures("free_day")
def test_a_time_that_is_gone_meanwhile_shows_the_others(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    slot = slots_of(text_of(browser.get(move_of(visit))))[0]
    services.hold(slot, channel="site", device="a rival")
    answer = browser.post(move_of(visit), {"slot": slot})
    assert answer.status_code == 409
    assert slot not in slots_of(text_of(answer))
    assert busy.world.state is State.BOOKED


@pytest.mark.usefixtures("free_day")
def test_what_is_over_can_not_be_moved(visit: UUID, busy: Busy, sms: Phones) -> None:
    busy.world.forward(3 * 24 * 3600)
    answer = entered(sms).get(move_of(visit))
    assert answer.status_code == 409
    assert "not_movable" in text_of(answer)


def test_what_is_over_can_not_be_cancelled(visit: UUID, busy: Busy, sms: Phones) -> None:
    busy.world.forward(3 * 24 * 3600)
    browser = entered(sms)
    assert "Отменить" not in text_of(browser.get(HOME))
    for answer in (browser.get(cancel_of(visit)), browser.post(cancel_of(visit))):
        assert answer.status_code == 409
        assert "not_cancellable" in text_of(answer)


@pytest.mark.parametrize("address", ["cancel", "move"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_c12_another_phone_s_visit_is_not_found_like_one_that_there_is_not(
    visit: UUID, sms: Phones, method: str, address: str
) -> None:
    browser = entered(sms, OTHER)
    before = state()
    of = cancel_of if address == "cancel" else move_of
    answers = [getattr(browser, method)(of(each)) for each in (visit, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = {bare(answer) for answer in answers}
    assert len(bodies) == 1
    assert "appointment_not_found" in bodies.pop()
    assert state() == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, result FROM audit_access WHERE %s = ANY(ids) ORDER BY id DESC LIMIT 1", [visit]
        )
        assert cursor.fetchone() == ("not_theirs", "refused")


def test_c12_a_friend_s_visit_is_not_found_by_who_booked_it(busy: Busy, sms: Phones) -> None:
    friend = book(FRIEND, hours=4, booker=BookerInput("other", "Пробный Пётр"))
    assert entered(sms).get(cancel_of(friend)).status_code == 404


def opened(client: Client) -> str:
    """Return what the page says, without its markup."""
    text = re.sub(r"<[^>]+>", " ", text_of(client.get(OPENED)))
    return re.sub(r"\s+", " ", text)


def test_c20_what_staff_open_is_told_to_the_patient_at_once(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    assert "Регистратор" not in opened(browser)
    assert "Сотрудники ещё не открывали" in opened(browser)
    assert "Пробный" in signed_in(Role.REGISTRAR).get(DAY).content.decode()
    page = opened(browser)
    told = page[: page.index("Вы, в личном кабинете")]
    assert (
        "Сегодня Работа с записями на день Регистратор, И. Тестова: запись на приём, имя и контакты" in told
    )
    assert re.search(r"Вы, в личном кабинете: \d раза?, последний раз сегодня в 09:\d\d", page)
    assert "найти, кого видит" not in page
    assert "vera" not in page
    assert "Регистратор" in opened(entered(sms, OTHER)), "the day's list named them too"


def test_c20_nothing_of_another_patient_is_told(visit: UUID, sms: Phones) -> None:
    book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    entered(sms).get(OPENED)
    assert "представитель" not in opened(entered(sms, OTHER))
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT relation FROM audit_access WHERE what = 'journal' ORDER BY 1")
        assert [relation for (relation,) in cursor.fetchall()] == ["own", "ward"]


def test_c23_without_the_journal_nothing_is_shown(visit: UUID, sms: Phones, mute_journal: None) -> None:
    browser = entered(sms)
    for path in (HOME, OPENED, cancel_of(visit), cancel_of(uuid4())):
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 503)
        assert "Пётр" not in text_of(answer)


def test_home_asks_as_many_questions_for_four_visits_as_for_two(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    confirm(hold(VISIT_AT + timedelta(hours=5)))
    asked = []
    for hours in (6, 7):
        with CaptureQueriesContext(connection) as queries:
            browser.get(HOME)
        asked.append(len(queries))
        confirm(hold(VISIT_AT + timedelta(hours=hours)))
        confirm(hold(VISIT_AT + timedelta(hours=hours + 2)))
    assert asked[0] == asked[1] <= 39


def test_what_the_clinic_booked_on_the_patient_s_card_stands_in_the_list_the_next_time(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    mis = busy.world.mis
    mis.kind = replace(mis.kind, lists_visits=True)
    patient = Appointment.objects.get(pk=visit).patient
    assert patient is not None
    card = CardOfMis(directory.MIS, directory.NORTH.id, "card-1")
    with as_service("test"):
        patients.bind_card(patient, card=card)
    mis._add(replace(SLOT, begin=SLOT.begin.plus(5 * 3600)), state="booked", owner="card-1")
    browser = entered(sms)
    assert "15:00" not in text_of(browser.get(HOME))
    assert looked_up() == [str(patient)]
    assert looked_up() == [], "ten minutes have not passed"
    text = text_of(browser.get(HOME))
    assert looked_up() == []
    assert "15:00" in text
    assert text.count("Отменить") == 2


def looked_up() -> list[str]:
    """Do the looks at cards that wait, and return whose they were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'scheduling.look_up' RETURNING args")
        found = [json.loads(row[0])["patient"] for row in cursor.fetchall()]
    for patient in found:
        jobs.look_up(patient)
    return found


def test_nobody_sees_a_page_of_the_cabinet(visit: UUID) -> None:
    for path in (OPENED, "/lk/devices/", cancel_of(visit), f"/lk/devices/{uuid4()}/end/"):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(path)
            assert answer.status_code in {303, 405}
            assert answer.content == b""

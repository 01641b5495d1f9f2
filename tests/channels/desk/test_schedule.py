"""«Расписание»: what a registrar sees of a day and a week, what it costs, and that it tells nobody unasked.

Controls C12, C16.
"""

import re
import time
from collections.abc import Iterator
from copy import copy as copied
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, doctor, hours, week
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    confirmed,
    found_own_clinic,
    key,
    own_schedule,
    run_jobs,
)
from feldsher.domain.directory import services as directory
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import NewPatient
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
STANDS: list[int] = []
LIMIT = 0.3
"""Seconds of the server for a schedule of sixty doctors."""
LEAST_LOOKS, MOST_LOOKS = 7, 60
"""The least of them is what it takes: tests beside it may hold the cores for some seconds."""
HOME = "/desk/schedule/"
NAME = "Пробный П."


@pytest.fixture
def clinic(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to half past ten and from eleven to twelve in Moscow."""
    set_clock(NOW)
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, confirm_wait_seconds=0.0)
    with own_schedule():
        clinic = found_own_clinic()
        thursday = hours("9-10:30", "11-12")
        services.set_week(clinic.at_north, days=week(thu=thursday), since=TODAY, author=STAFF)
        run_jobs()
        yield clinic


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def address(clinic: OwnClinic, **more: object) -> str:
    asked = {"location": clinic.north, "date": THURSDAY} | more
    return HOME + "?" + "&".join(f"{name}={value}" for name, value in asked.items())


def booked(clinic: OwnClinic, at: str = "09:30") -> UUID:
    visit = confirmed(key(clinic, at))
    run_jobs()
    return visit


def cells(page: str) -> list[tuple[int, int, str]]:
    """Return the cells of a page: first row, row after the last, and the looks of what stands in it."""
    found = re.findall(r'<li class="a(\d+) z(\d+)">(.*?)</li>', page, flags=re.DOTALL)
    return [
        (int(a), int(z), " ".join(re.findall(r'class="piece piece-(\w+)"', body))) for a, z, body in found
    ]


@pytest.fixture(autouse=True)
def _stands(db: None) -> None:
    """Remember where the journal stands: refusals of other tests have outlived their transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_access")
        STANDS.append(cursor.fetchone()[0])


def looks() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT matrix_column, what, purpose, result, row_count, fields FROM audit_access"
            " WHERE purpose LIKE 'see_%%' AND id > %s ORDER BY id",
            [STANDS[-1]],
        )
        return list(cursor.fetchall())


def test_a_day_shows_what_is_free_kept_held_and_a_break(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    services.hold(slot_token(key(clinic, "11:00")), channel="site", device="phone")
    page = text(client.get(address(clinic)))
    assert cells(page) == [
        (0, 6, "free"),
        (6, 12, "booked"),
        (12, 18, "free"),
        (18, 24, "rest"),
        (24, 30, "held"),
        (30, 36, "free"),
    ]
    assert (NAME in page, "+7 900" in page, "перерыв" in page) == (True, False, True)
    assert "Держит сайт" in page
    assert "до 09:10" in page
    assert looks() == [
        ("A", "appointment", "see_visits", "allowed", 1, []),
        ("K", "person", "see_visits", "allowed", 1, ["family", "initials"]),
    ]


def test_an_open_page_that_nothing_changed_opens_nobody(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    page = text(client.get(address(clinic)))
    (etag,) = re.findall(r'data-etag="([^"]+)"', page)
    before = looks()
    same = client.get(address(clinic, live=1), headers={"If-None-Match": f'"{etag}"'})
    assert (same.status_code, same.content) == (304, b"")
    assert looks() == before
    services.hold(slot_token(key(clinic, "09:00")), channel="site", device="phone")
    changed = client.get(address(clinic, live=1), headers={"If-None-Match": f'"{etag}"'})
    part = text(changed)
    assert ("<html" in part, NAME in part, "Держит сайт" in part) == (False, True, True)
    assert len(looks()) == len(before) + 2


def test_a_time_that_is_held_takes_one_key_from_the_grid(client: Client, clinic: OwnClinic) -> None:
    page = text(client.get(address(clinic)))
    (form,) = re.findall(r'name="key" value="([0-9a-f]{32})"', page)
    token = re.findall(r'form="grid-book" name="slot" value="([^"]+)"', page)[0]
    answer = client.post("/desk/book/", {"slot": token, "key": form})
    assert answer.status_code == 303
    assert re.fullmatch(r"/desk/book/[0-9a-f-]{36}/", answer["Location"])


def test_a_week_of_one_doctor_has_a_column_a_day(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    page = text(client.get(address(clinic, practitioner=clinic.eye, view="week", date=TODAY)))
    assert page.count('<section class="grid-column">') == 7
    assert page.count("нет приёма") == 6
    assert NAME in page


def test_a_week_of_all_is_told_in_figures_without_a_name(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    services.hold(slot_token(key(clinic, "11:00")), channel="site", device="phone")
    page = text(client.get(address(clinic, view="week", date=TODAY)))
    assert "09:00–12:00, свободно 3, записано 1, держат 1" in page
    assert page.count("нет приёма") == 6
    assert NAME not in page
    assert looks() == []


def test_c12_figures_say_when_they_are_not_of_all_visits(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    stranger = signed_in(Role.OTHER_DOCTOR, login="other")
    User.objects.filter(login="other").update(practitioner=UUID(int=7))
    page = text(stranger.get(address(clinic, view="week", date=TODAY)))
    assert ("записано 0" in page, "только записи, открытые вам" in page) == (True, True)


def test_c16_the_call_centre_sees_no_more_than_initials_and_may_not_book(
    client: Client, clinic: OwnClinic
) -> None:
    booked(clinic)
    page = text(signed_in(Role.CALL_CENTRE, login="call").get(address(clinic)))
    assert (NAME in page, 'name="slot"' in page) == (True, False)


def test_c12_another_doctor_sees_own_visits_and_the_rest_as_taken(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    stranger = signed_in(Role.ATTENDING_DOCTOR, login="stranger")
    User.objects.filter(login="stranger").update(practitioner=UUID(int=7))
    page = text(stranger.get(address(clinic)))
    assert (6, 12, "busy") in cells(page)
    assert (NAME in page, "занятое" in page) == (False, True)
    own = signed_in(Role.OTHER_DOCTOR, login="own")
    User.objects.filter(login="own").update(practitioner=clinic.eye)
    page = text(own.get(address(clinic)))
    assert (6, 12, "booked") in cells(page)
    assert NAME not in page


def test_c12_a_day_that_is_past_needs_its_own_right(client: Client, clinic: OwnClinic) -> None:
    yesterday = TODAY - timedelta(days=1)
    assert client.get(address(clinic, date=yesterday)).status_code == 200
    assert signed_in(Role.CALL_CENTRE, login="call").get(address(clinic, date=yesterday)).status_code == 403


def test_a_stop_of_online_booking_is_told_and_binds_no_registrar(client: Client, clinic: OwnClinic) -> None:
    services.stop_booking(practitioner=clinic.eye, reason="Болеет до среды", author=STAFF)
    page = text(client.get(address(clinic)))
    assert ('title="Болеет до среды"' in page, page.count('name="slot"')) == (True, 5)


def test_times_that_nobody_has_counted_for_long_are_not_shown_as_free(
    client: Client, clinic: OwnClinic, set_clock: SetClock
) -> None:
    set_clock(NOW + timedelta(minutes=11))
    page = text(client.get(address(clinic)))
    assert ("давно не обновлялось" in page, 'name="slot"' in page) == (True, False)


def test_a_doctor_who_has_left_is_shown_with_the_visits_that_stay(client: Client, clinic: OwnClinic) -> None:
    visit = booked(clinic)
    Appointment.objects.filter(pk=visit).update(practitioner=doctor("Ушедшая"))
    page = text(client.get(address(clinic)))
    assert ("Ушедшая П. Т." in page, NAME in page) == (True, True)


@pytest.mark.slow
def test_sixty_doctors_and_a_week_take_ten_questions_and_300_ms(client: Client, clinic: OwnClinic) -> None:
    """Figures of issue 7: the week in figures, and the fullest day drawn, of sixty doctors."""
    assert sixty(clinic) == 59 * 7 * 8
    for view, most_questions in (("week", 6), ("", 10)):
        asked = address(clinic, view=view, live=1)
        assert client.get(asked).status_code == 200
        with CaptureQueriesContext(connection) as found:
            client.get(asked)
        assert len(own_of(found)) == most_questions
        spent: list[float] = []
        while len(spent) < MOST_LOOKS and not (len(spent) >= LEAST_LOOKS and min(spent) < LIMIT):
            begin = time.perf_counter()
            client.get(asked)
            spent.append(time.perf_counter() - begin)
        assert min(spent) < LIMIT, spent


_GATE = re.compile(
    r"BEGIN|COMMIT|SAVEPOINT|RELEASE|SELECT (set_config|coalesce)|.*access_(session|staff|totp|grant)"
)


def own_of(questions: CaptureQueriesContext) -> list[str]:
    """Return what a page asks besides who is there: bounds of transactions and the gate's own are no part."""
    return [str(each["sql"]) for each in questions if not _GATE.match(str(each["sql"]).replace("\n", " "))]


def sixty(clinic: OwnClinic) -> int:
    midnight = datetime(THURSDAY.year, THURSDAY.month, THURSDAY.day, tzinfo=UTC)
    doctors = [doctor(f"Шестидесятая{number}") for number in range(59)]
    for each in doctors:
        directory.add_workplace(each, location=clinic.north, specialty="Офтальмология", author=STAFF)
        directory.give_service(each, service=clinic.visit, minutes=20, author=STAFF)
    services.rebuild_offers()
    for each in [clinic.eye, *doctors]:
        whole = hours("9-13", "14-18")
        services.set_week(Workplace(each, clinic.north), days=(whole,) * 7, since=TODAY, author=STAFF)
    run_jobs()
    model = Appointment.objects.get(pk=booked(clinic))
    copies = []
    for number, each in enumerate(doctors):
        person = NewPatient("Полный", "Пётр", f"+7900001{number:04}")
        with as_service("booking"):
            patient = patients.ensure_patient(person, channel="site")
        for minutes in range(0, 7 * 24 * 60, 30):
            start = midnight + timedelta(minutes=minutes)
            if 9 <= start.hour + 3 < 13:
                copy = copied(model)
                copy.id = copy.chain = uuid4()
                copy.practitioner, copy.patient = each, patient
                copy.visit = copy.occupied = DateTimeTZRange(start, start + timedelta(minutes=20))
                copies.append(copy)
    with as_service("booking"):
        Appointment.objects.bulk_create(copies)
    return len(copies)


def test_c16_the_phone_of_a_visit_is_called_by_whom_it_is_shown_to(client: Client, clinic: OwnClinic) -> None:
    visit = booked(clinic)
    page = text(client.get(f"{HOME}visits/{visit}/"))
    assert ('href="tel:+79000000001"' in page, "Пробный Пётр" in page) == (True, True)
    page = text(signed_in(Role.CALL_CENTRE, login="call").get(f"{HOME}visits/{visit}/"))
    assert ("•••-••-01" in page, "tel:" in page, "Перенести" in page) == (True, False, False)
    assert client.get(f"{HOME}visits/{UUID(int=9)}/").status_code == 404


def test_a_visit_is_moved_from_its_page_through_the_schedule(client: Client, clinic: OwnClinic) -> None:
    visit = booked(clinic)
    page = text(client.get(f"{HOME}visits/{visit}/"))
    choose = re.findall(r'href="([^"]+move=[^"]+)"', page)[0].replace("&amp;", "&")
    page = text(client.get(choose))
    assert "Переносим: Пробный Пётр, 09:30, чт, 26 ноября" in page
    assert f'<form id="grid-book" method="get" action="/desk/visits/{visit}/move/">' in page
    token = re.findall(r'form="grid-book" name="slot" value="([^"]+)"', page)[-1]
    page = text(client.get(f"/desk/visits/{visit}/move/?slot={token}"))
    assert "Было: Завтра, чт, 26 ноября, 09:30–10:00" in page
    assert "Станет: Завтра, чт, 26 ноября, 11:30–12:00" in page
    (token,) = re.findall(r'name="slot" value="([^"]+)"', page)
    answer = client.post(f"/desk/visits/{visit}/move/", {"slot": token})
    assert answer.status_code == 303
    run_jobs()
    assert "Пациент записан." in text(client.get(answer["Location"]))
    assert (30, 36, "booked") in cells(text(client.get(address(clinic))))
    assert client.get(f"/desk/visits/{visit}/move/").status_code == 404

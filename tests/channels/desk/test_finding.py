"""«Найти пациента»: by phone, family name and birth date, with no person in an address. Controls C12, C16."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, week
from domain.scheduling.clinic_of_own import found_own_clinic, key, own_schedule, run_jobs
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import Confirmation, PersonInput
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/desk/find/"
PEOPLE = (
    PersonInput("Пробный", "Пётр", "+7 900 000-00-01", birth_date="1990-05-17"),
    PersonInput("Пробникова", "Анна", "+7 900 000-00-02"),
    PersonInput("Иной", "Пётр", "+7 900 000-00-03", birth_date="1990-05-17"),
)


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """Three people are booked for Thursday."""
    set_clock(NOW)
    with own_schedule():
        clinic = found_own_clinic()
        services.set_week(clinic.at_north, days=week(thu=hours("9-12")), since=TODAY, author=STAFF)
        run_jobs()
        for at, person in zip(("09:00", "09:30", "10:00"), PEOPLE, strict=True):
            held = services.hold(slot_token(key(clinic, at)), channel="site", device=at)
            services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
        run_jobs()
        yield clinic


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def found(client: Client, what: str, birth_date: str = "") -> list[str]:
    page = text(client.post(HOME, {"text": what, "birth_date": birth_date}))
    return [
        f"{person.family} {person.given}" for person in PEOPLE if f"{person.family} {person.given}" in page
    ]


def looks() -> list[tuple[str, str, list[UUID]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT matrix_column, result, patients FROM audit_access"
            " WHERE purpose = 'find_visits' ORDER BY id"
        )
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    ("what", "birth_date", "names"),
    [
        ("8 900 000-00-01", "", ["Пробный Пётр"]),
        ("+79000000002", "", ["Пробникова Анна"]),
        ("про", "", ["Пробный Пётр", "Пробникова Анна"]),
        ("ПРОБНИ", "", ["Пробникова Анна"]),
        ("", "1990-05-17", ["Пробный Пётр", "Иной Пётр"]),
        ("про", "1990-05-17", ["Пробный Пётр"]),
        ("Неизвестная", "", []),
    ],
)
def test_a_person_is_found_by_what_a_caller_says(
    client: Client, clinic: OwnClinic, what: str, birth_date: str, names: list[str]
) -> None:
    assert found(client, what, birth_date) == names


def test_c12_whoever_was_opened_stands_in_the_journal_and_a_vain_search_too(
    client: Client, clinic: OwnClinic
) -> None:
    assert found(client, "ПРОБНИ") == ["Пробникова Анна"]
    assert [(column, result, len(whose)) for column, result, whose in looks()] == [
        ("A", "allowed", 2),
        ("K", "allowed", 2),
    ]
    assert found(client, "Неизвестная") == []
    assert looks()[-1][1] == "refused"


@pytest.mark.parametrize(
    ("what", "birth_date", "sentence"),
    [
        ("пр", "", "три буквы"),
        ("", "", "Напишите телефон, фамилию"),
        ("8 900", "", "цифр"),
        ("про", "1990-13-01", "Такой даты нет"),
    ],
)
def test_too_little_is_told_and_opens_nobody(
    client: Client, clinic: OwnClinic, what: str, birth_date: str, sentence: str
) -> None:
    page = text(client.post(HOME, {"text": what, "birth_date": birth_date}), 422)
    assert (sentence in page, page.count('aria-invalid="true"')) == (True, 1)
    assert looks() == []


def test_c16_who_has_names_masked_does_not_search(client: Client, clinic: OwnClinic) -> None:
    for number, role in enumerate((Role.CALL_CENTRE, Role.ATTENDING_DOCTOR, Role.OTHER_DOCTOR)):
        other = signed_in(role, login=f"other{number}")
        assert other.post(HOME, {"text": "Пробный"}).status_code == 403
        assert "Найти пациента" not in text(other.get("/desk/schedule/"))


def test_a_search_stands_in_no_address(client: Client, clinic: OwnClinic) -> None:
    page = text(client.get(f"{HOME}?text=Пробный&birth_date=1990-05-17"))
    assert ("Пробный" in page, looks()) == (False, [])

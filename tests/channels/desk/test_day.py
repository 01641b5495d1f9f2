"""The list of a day: everybody's visits for a registrar, one's own patients for a doctor.

Controls C12, C16.
"""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.scheduling.exchange.world import VISIT_AT
from domain.scheduling.staff import somebody
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.models import User
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db

DAY = VISIT_AT.date().isoformat()
STANDS: list[int] = []
NAME, PHONE = "Вымышленова Проба", "+7 900 000-00-02"


def text_of(client: Client, query: str = "") -> str:
    answer = client.get(f"/desk/day/?date={DAY}{query}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.fixture(autouse=True)
def begin(db: None) -> None:
    """Remember where the journal stands: refusals of other tests have outlived their transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_access")
        STANDS.append(cursor.fetchone()[0])


def journal() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, matrix_column, what, purpose, relation, result, row_count, fields FROM audit_access"
            " WHERE purpose LIKE 'see_%%' AND id > %s ORDER BY id",
            [STANDS[-1]],
        )
        return list(cursor.fetchall())


def doctor(login: str, *roles: Role, practitioner: UUID) -> Client:
    client = signed_in(*roles, login=login)
    User.objects.filter(login=login).update(practitioner=practitioner)
    return client


def test_c12_a_registrar_sees_everybody_and_the_journal_has_it(busy: Busy) -> None:
    page = text_of(signed_in(Role.REGISTRAR))
    assert NAME in page
    assert PHONE in page
    assert journal() == [
        ("registrar", "A", "appointment", "see_visits", "role", "allowed", 1, []),
        (
            "registrar",
            "K",
            "person",
            "see_visits",
            "role",
            "allowed",
            1,
            ["family", "given", "middle", "phone"],
        ),
    ]


def test_c16_the_call_centre_sees_names_and_phones_masked(busy: Busy) -> None:
    page = text_of(signed_in(Role.CALL_CENTRE))
    assert "Вымышленова П." in page
    assert NAME not in page
    assert PHONE not in page
    assert "•••-••-02" in page
    assert "показаны не полностью" in page
    assert journal()[1][-1] == ["family", "initials", "masked_phone"]


def test_c12_a_doctor_sees_the_own_patients_and_a_stranger_nobody(busy: Busy) -> None:
    visit = Appointment.objects.get(pk=busy.silent)
    Appointment.objects.filter(pk=visit.pk).update(state="booked")
    own = doctor("own", Role.ATTENDING_DOCTOR, practitioner=visit.practitioner)
    stranger = doctor("stranger", Role.ATTENDING_DOCTOR, practitioner=UUID(int=7))
    assert NAME in text_of(own)
    told = text_of(stranger)
    assert NAME not in told
    assert "записей, открытых вам, нет" in told
    assert len(journal()) == 2, "who saw nothing has read nothing"


def test_c12_another_doctor_of_the_clinic_sees_own_visits_without_names(busy: Busy) -> None:
    visit = Appointment.objects.get(pk=busy.silent)
    page = text_of(doctor("other", Role.OTHER_DOCTOR, practitioner=visit.practitioner))
    assert "МИС не ответила" in page
    assert "Вымышленова" not in page
    assert "Имён и телефонов здесь нет" in page
    assert "не полностью" not in page
    assert "<p></p>" not in page


def chosen(page: str) -> list[str]:
    return re.findall(r'<option value="([^"]*)" selected>', page)


def test_the_list_is_narrowed_to_one_doctor_and_so_are_its_links(busy: Busy) -> None:
    visit = Appointment.objects.get(pk=busy.silent)
    client = signed_in(Role.REGISTRAR)
    asked = f"&location={visit.location}&practitioner={visit.practitioner}"
    page = text_of(client, asked)
    assert NAME in page
    assert chosen(page) == [str(visit.location), str(visit.practitioner)]
    assert page.count(f"practitioner={visit.practitioner}") == 3
    Appointment.objects.filter(pk=visit.pk).update(practitioner=UUID(int=7))
    page = text_of(client, asked)
    assert NAME not in page
    assert "записей, открытых вам, нет" in page


def test_branch_and_doctor_are_remembered_until_others_are_chosen(busy: Busy) -> None:
    visit = Appointment.objects.get(pk=busy.silent)
    client = signed_in(Role.REGISTRAR)
    text_of(client, f"&location={visit.location}&practitioner={visit.practitioner}")
    assert chosen(text_of(client)) == [str(visit.location), str(visit.practitioner)]
    cookie = client.cookies["day"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/desk/day/", True, "Lax")
    text_of(client, f"&location={visit.location}&practitioner=")
    assert chosen(text_of(client)) == [str(visit.location), ""]


@pytest.mark.parametrize("kept", ["", "x", ".", f"{UUID(int=9)}.{UUID(int=9)}", "0.0", "\u00b2.x"])
def test_what_is_remembered_and_gone_is_forgotten(busy: Busy, kept: str) -> None:
    client = signed_in(Role.REGISTRAR)
    client.cookies["day"] = kept
    assert NAME in text_of(client)


def test_a_doctor_of_another_branch_is_nobody_s_filter(busy: Busy) -> None:
    visit = Appointment.objects.get(pk=busy.silent)
    asked = f"&location={visit.location}&practitioner={UUID(int=9)}"
    assert NAME in text_of(signed_in(Role.REGISTRAR), asked)


def test_c12_the_past_is_closed_to_whom_the_matrix_gives_today_and_later(busy: Busy) -> None:
    yesterday = (busy.world.moment - timedelta(days=1)).date().isoformat()
    answer = signed_in(Role.CALL_CENTRE).get(f"/desk/day/?date={yesterday}")
    assert answer.status_code == 403
    assert signed_in(Role.REGISTRAR, login="anna").get(f"/desk/day/?date={yesterday}").status_code == 200


@pytest.mark.parametrize(
    "query", ["&location=00000000-0000-0000-0000-000000000009", "&after=x", "&after=2026-01-01T00:00~1"]
)
def test_what_is_not_there_is_not_found(busy: Busy, query: str) -> None:
    assert signed_in(Role.REGISTRAR).get(f"/desk/day/?date={DAY}{query}").status_code == 404


def test_a_long_day_has_pages_and_a_constant_number_of_questions(busy: Busy) -> None:
    row = Appointment.objects.get(pk=busy.silent)
    client = signed_in(Role.REGISTRAR)
    text_of(client)
    text_of(client)
    with CaptureQueriesContext(connection) as few:
        text_of(client)
    _many(row, 60)
    with CaptureQueriesContext(connection) as many:
        page = text_of(client)
    assert len(many) <= len(few)
    assert page.count("<h2>") == 50
    following = re.search(r'href="/desk/day/\?([^"]+)">Дальше', page)
    assert following is not None
    rest = client.get("/desk/day/?" + following[1].replace("&amp;", "&")).content.decode()
    assert rest.count("<h2>") == 11
    assert "Дальше" not in rest


def _many(row: Appointment, count: int) -> None:
    """Put as many visits of one patient on that day, each with another doctor, as if they were over."""
    copies = []
    for number in range(count):
        copy = Appointment.objects.get(pk=row.pk)
        copy.id = copy.chain = UUID(int=1000 + number)
        copy.practitioner, copy.state = UUID(int=5000 + number), "fulfilled"
        copies.append(copy)
    Appointment.objects.bulk_create(copies)


def test_row_security_does_not_keep_a_day_from_its_index(busy: Busy) -> None:
    """A function that is not leakproof, such as lower() of a range, is asked after the policies only."""
    client = signed_in(Role.REGISTRAR)
    with CaptureQueriesContext(connection) as asked:
        text_of(client)
    (query,) = [each["sql"] for each in asked if each["sql"].endswith("LIMIT 51")]
    with as_staff(somebody(Role.REGISTRAR), Action.SEE_VISITS), connection.cursor() as cursor:
        # A table of few rows would be read whole, whatever can be used.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        (condition,) = [line for (line,) in cursor.fetchall() if "Index Cond" in line]
    assert ("location = " in condition, ">= '" in condition, "< '" in condition) == (True, True, True)

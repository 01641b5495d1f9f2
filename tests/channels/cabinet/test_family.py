"""«Доступ для близкого»: lent by the patient soon after a code, seen as far as it was lent, ended at once.

Controls C12, C17, C20. Names and phones are invented.
"""

import re
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test import Client

from channels.cabinet.factory import HOME, NOBODY, OTHER, PETER, entered, text_of
from channels.cabinet.test_visits import CHILD, again_of, book, cancel_of, move_of
from channels.desk.conftest import Busy
from conftest import SetClock
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import PhoneGrant
from feldsher.domain.patients.types import Behind, TypedGrant
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import BookerInput, PersonInput, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_patient
from feldsher.foundation.access.models import PhoneSession
from feldsher.foundation.access.types import PhoneHolder
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)

FAMILY = "/lk/family/"
TERM = 30


def end_of(grant: UUID) -> str:
    return f"/lk/family/{grant}/end/"


def lend(browser: Client, phone: str = NOBODY, **fields: str) -> UUID:
    """Lend access by the form; returns the newest grant."""
    answer = browser.post(FAMILY, {"name": "Мама", "phone": phone, "term": str(TERM), **fields})
    assert (answer.status_code, answer["Location"]) == (303, FAMILY)
    with as_service("test"):
        newest = PhoneGrant.objects.filter(ended_at=None).order_by("-given_at", "-id").first()
    assert newest is not None
    return newest.pk


def grants() -> list[PhoneGrant]:
    with as_service("test"):
        return list(PhoneGrant.objects.order_by("given_at", "id"))


def told(what: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, actor, role, on_behalf, what, purpose, relation, fields FROM audit_access"
            " WHERE what = %s ORDER BY id",
            [what],
        )
        return list(cursor.fetchall())


def test_a_close_one_sees_the_visits_with_their_own_phone_and_changes_nothing(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    busy.world.work()
    mine = entered(sms)
    grant = lend(mine)
    page = text_of(mine.get(FAMILY))
    assert ("Мама" in page, "•••-••-09" in page, "Только видит записи" in page) == (True, True, True)
    theirs = entered(sms, NOBODY)
    seen = text_of(theirs.get(HOME))
    assert re.findall(r"<h2>([^<]*)", seen) == ["Пётр П. "]
    assert "вы только видите записи" in seen
    assert cancel_of(visit) not in seen
    assert str(child) not in seen, "a patient lends nobody their child"
    for path in (cancel_of(visit), move_of(visit)):
        assert theirs.post(path, {"slot": "x"}).status_code == 403
        assert theirs.get(path).status_code == 409
    assert theirs.post(again_of(visit)).status_code == 404
    assert busy.world.state is State.BOOKED
    assert "Пётр" not in text_of(theirs.get("/lk/opened/"))
    with as_service("test"):
        patient = Appointment.objects.values_list("patient", flat=True).get(pk=visit)
    looks = [row for row in told("appointment") if row[2] == "trusted"]
    assert looks[0] == ("patient", str(grant), "trusted", patient, "appointment", "own_visits", "grant", [])
    assert "Тот, кому вы дали доступ, в личном кабинете" in text_of(mine.get("/lk/opened/"))


def test_with_leave_to_change_a_visit_is_cancelled_for_its_patient(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    lend(entered(sms), may_change="1")
    theirs = entered(sms, NOBODY)
    assert cancel_of(visit) in text_of(theirs.get(HOME))
    assert theirs.post(cancel_of(visit)).status_code == 303
    assert busy.world.state is State.CANCELLING


def test_it_ends_at_once_in_an_open_session_and_the_third_person_is_forgotten(
    visit: UUID, sms: Phones
) -> None:
    mine = entered(sms)
    grant = lend(mine)
    theirs = entered(sms, NOBODY)
    assert "Пётр П." in text_of(theirs.get(HOME))
    for _ in range(2):
        answer = mine.post(end_of(grant))
        assert (answer.status_code, answer["Location"]) == (303, FAMILY)
    assert "Пётр П." not in text_of(theirs.get(HOME))
    (row,) = grants()
    assert (row.phone, row.phone_index, row.name, row.ended_at is None) == (None, None, None, False)
    assert [each[-1] for each in told("grant") if each[5] == "lend_access"] == [["opened"], ["closed"]]


def test_who_has_it_may_decline_it(visit: UUID, sms: Phones) -> None:
    grant = lend(entered(sms))
    theirs = entered(sms, NOBODY)
    answer = theirs.post(end_of(grant))
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert "Пётр П." not in text_of(theirs.get(HOME))


def test_it_ends_by_itself_and_a_job_forgets_whose_phone_it_was(visit: UUID, busy: Busy, sms: Phones) -> None:
    lend(entered(sms))
    theirs = entered(sms, NOBODY, keep="1")
    busy.world.forward(TERM * 24 * 3600 - 1)
    assert "Пётр П." in text_of(theirs.get(HOME))
    busy.world.forward(1)
    assert "Пётр П." not in text_of(theirs.get(HOME))
    busy.world.forward(3600)
    assert (patients.wipe_expired(), patients.wipe_expired()) == (1, 0)
    (row,) = grants()
    assert (row.phone, row.ended_at == row.until) == (None, True)


def test_a_stranger_ends_nobody_s_access(visit: UUID, sms: Phones) -> None:
    grant = lend(entered(sms))
    stranger = entered(sms, OTHER)
    for asked in (grant, uuid4()):
        assert stranger.post(end_of(asked)).status_code == 404
    (row,) = grants()
    assert row.ended_at is None


def test_it_is_lent_soon_after_a_code_only(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    busy.world.forward(600)
    assert "в первые 10 минут после входа" in text_of(browser.get(FAMILY))
    answer = browser.post(FAMILY, {"name": "Мама", "phone": NOBODY, "term": "30"})
    assert (answer.status_code, grants()) == (403, [])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"phone": PETER}, "Это ваш номер."),
        ({"phone": "8 900"}, "Не хватает семи цифр"),
        ({"name": ""}, "Напишите, кому вы даёте доступ"),
        ({"term": "9999"}, "Выберите срок из списка."),
    ],
)
def test_what_is_typed_wrong_is_told_beside_its_field(
    visit: UUID, sms: Phones, fields: dict[str, str], sentence: str
) -> None:
    answer = entered(sms).post(FAMILY, {"name": "Мама", "phone": NOBODY, "term": "30", **fields})
    assert (answer.status_code, sentence in text_of(answer), grants()) == (422, True, [])


def test_of_several_who_share_a_phone_one_is_chosen(visit: UUID, sms: Phones) -> None:
    wife = book(PersonInput("Пробная", "Вера", PETER), hours=4)
    mine = entered(sms)
    sent = {"name": "Мама", "phone": NOBODY, "term": "30"}
    answer = mine.post(FAMILY, sent)
    assert (answer.status_code, "Выберите, чьи записи" in text_of(answer), grants()) == (422, True, [])
    with as_service("test"):
        patient = Appointment.objects.values_list("patient", flat=True).get(pk=wife)
    assert mine.post(FAMILY, {**sent, "patient": str(patient)}).status_code == 303
    assert re.findall(r"<h2>([^<]*)", text_of(entered(sms, NOBODY).get(HOME))) == ["Вера П. "]


def test_a_child_s_visits_are_lent_by_nobody(visit: UUID, sms: Phones) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    with as_service("test"):
        patient = Appointment.objects.values_list("patient", flat=True).get(pk=child)
    sent = {"name": "Мама", "phone": NOBODY, "term": "30", "patient": str(patient)}
    assert (entered(sms).post(FAMILY, sent).status_code, grants()) == (404, [])


def test_the_same_phone_again_replaces_what_it_had_and_there_are_five_at_most(
    visit: UUID, sms: Phones
) -> None:
    mine = entered(sms)
    first = lend(mine)
    second = lend(mine, may_change="1")
    assert {row.pk: row.ended_at is None for row in grants()} == {first: False, second: True}
    for number in range(4):
        lend(mine, f"8 900 000-03-0{number}")
    answer = mine.post(FAMILY, {"name": "Ещё", "phone": "8 900 000-03-09", "term": "30"})
    assert (answer.status_code, "Доступ уже у 5 номеров" in text_of(answer)) == (422, True)


def test_two_at_once_leave_one_grant_for_a_phone(visit: UUID, sms: Phones) -> None:
    entered(sms)
    with as_service("test"):
        patient = Appointment.objects.values_list("patient", flat=True).get(pk=visit)
    assert patient is not None
    holder = PhoneHolder(PhoneSession.objects.values_list("id", flat=True).get(), "+79000000001")
    both = Barrier(2)

    def give() -> None:
        both.wait()
        patients.lend_access(Behind(patient), typed=TypedGrant("Мама", NOBODY, TERM), holder=holder)
        connections.close_all()

    threads = [Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.ended_at is None for row in grants()) == [False, True]


def test_row_security_shows_a_grant_to_its_patient_alone(
    visit: UUID, sms: Phones, set_clock: SetClock
) -> None:
    lend(entered(sms))
    session = uuid4()
    with as_service("test"):
        patient = Appointment.objects.values_list("patient", flat=True).get(pk=visit)
    assert patient is not None
    for who, count in ((patient, 1), (uuid4(), 0)):
        with (
            as_patient(who, guardian=None, purpose="own_grants", session=session),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT count(*) FROM patients_phone_grant")
            assert cursor.fetchone() == (count,)
            cursor.execute("UPDATE patients_phone_grant SET until = until + %s", [timedelta(days=9)])
            assert cursor.rowcount == 0

"""The page of alerts: who reads it, what it shows, and that nobody judges themselves. Control C35."""

from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import PASSWORD, alert, signed_in
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.watch import services
from feldsher.foundation.watch.models import Alert
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
NOTE = "Спросили: разбирал жалобу по поручению главного врача."


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    as_owner.execute("TRUNCATE audit_access")


def person(login: str) -> UUID:
    signed_in(Role.REGISTRAR, login=login)
    User.objects.filter(login=login).update(name="Выдумкина А.")
    return UUID(str(User.objects.get(login=login).pk))


def words(client: Client, address: str = "/desk/alerts/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.mark.parametrize("role", [Role.CHIEF_PHYSICIAN, Role.DATA_PROTECTION, Role.SECURITY_AUDITOR])
def test_c35_who_looks_after_secrecy_reads_the_sentence_and_the_evidence(role: Role) -> None:
    made = alert(person("vera"))
    client = signed_in(role, login="guard")
    assert "без наблюдения у сотрудника: 31 из 96 за день. Обычный предел 12." in words(client)
    page = words(client, f"/desk/alerts/{made.id}/")
    assert "Выдумкина А., регистратор" in page
    assert "12:00–14:00" in page
    assert "40 за это правило, 40 за день" in page
    assert "101–103, 107" in page
    journal = f"/desk/journal/?actor={made.actor}&amp;since=2026-11-25&amp;until=2026-11-25"
    assert journal in page
    assert client.get(journal.replace("&amp;", "&")).status_code == 200


def test_c35_the_reading_stands_in_the_journal() -> None:
    made = alert(person("vera"))
    signed_in(Role.SECURITY_AUDITOR, login="guard").get("/desk/alerts/")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, matrix_column, what, purpose, ids FROM audit_access WHERE what = 'alert'"
        )
        rows = cursor.fetchall()
    assert rows == [("security_auditor", "J", "alert", "see_alerts", [made.id])]


def test_c35_an_alert_is_settled_with_a_note_by_another() -> None:
    made = alert(person("vera"))
    client = signed_in(Role.DATA_PROTECTION, login="guard")
    address = f"/desk/alerts/{made.id}/"
    short = client.post(address, {"note": "ясно"})
    assert short.status_code == 422
    assert "Напишите, что выяснили" in short.content.decode()
    assert client.post(address, {"note": NOTE}).status_code == 303
    with connection.cursor() as cursor:
        cursor.execute("SELECT purpose FROM audit_access WHERE fields = '{note}' AND ids = %s", [[made.id]])
        assert cursor.fetchall() == [("see_alerts",)]
    made.refresh_from_db()
    assert (made.note, made.settled_by) == (NOTE, User.objects.get(login="guard").pk)
    page = words(client)
    assert "Ничего необычного." in page
    assert f"Тестова И.: {NOTE}" in page


def test_c35_nobody_sees_or_settles_an_alert_about_themselves() -> None:
    client = signed_in(Role.SECURITY_AUDITOR, login="guard")
    made = alert(User.objects.get(login="guard").pk)
    assert "Ничего необычного." in words(client)
    assert client.get(f"/desk/alerts/{made.id}/").status_code == 404
    refused = client.post(f"/desk/alerts/{made.id}/", {"note": NOTE})
    assert (refused.status_code, "own_alert" in refused.content.decode()) == (403, True)
    assert client.post(f"/desk/alerts/{made.id}/lift/").status_code == 403
    made.refresh_from_db()
    assert made.settled_at is None


def test_c35_the_database_refuses_who_settles_their_own() -> None:
    who = person("vera")
    with pytest.raises(IntegrityError), transaction.atomic():
        alert(who, settled_by=who, settled_at=clock.now())


def test_c35_a_block_is_lifted_by_the_security_auditor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    who, trap = person("vera"), uuid4()
    made = alert(who, rule="honey", level="block", points=100, score=100, figures={"count": 1})
    User.objects.filter(pk=who).update(is_active=False, blocked_at=clock.now())
    services.mark_honey(trap)
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    address = f"/desk/alerts/{made.id}/lift/"
    assert "Вход открывает аудитор безопасности." in words(chief, f"/desk/alerts/{made.id}/")
    assert chief.post(address).status_code == 403
    guard = signed_in(Role.SECURITY_AUDITOR, login="guard")
    assert "Прежние сеансы не оживут." in words(guard, address)
    assert "вход закрыт." in words(guard, f"/desk/alerts/{made.id}/")
    assert guard.post(address).status_code == 303
    assert guard.post(address).status_code == 409
    assert "Вход был закрыт, сейчас снова открыт." in words(guard, f"/desk/alerts/{made.id}/")
    made.refresh_from_db()
    assert made.lifted_by == User.objects.get(login="guard").pk
    entered = Client().post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert entered.status_code == 303


def test_c35_lifting_the_block_of_a_closed_account_promises_no_sign_in() -> None:
    who = person("vera")
    made = alert(who, rule="honey", level="block", points=100, score=100, figures={"count": 1})
    User.objects.filter(pk=who).update(is_active=False, blocked_at=clock.now(), disabled_at=clock.now())
    guard = signed_in(Role.SECURITY_AUDITOR, login="guard")
    asked = words(guard, f"/desk/alerts/{made.id}/lift/")
    assert "Учётная запись ещё и закрыта: войти сотрудник не сможет" in asked
    assert "Сотрудник сможет войти заново" not in asked
    assert guard.post(f"/desk/alerts/{made.id}/lift/").status_code == 303
    said = words(guard, f"/desk/alerts/{made.id}/")
    assert "Блокировка снята. Учётная запись закрыта, открывает её администратор." in said
    assert "снова открыт" not in said
    assert not User.objects.get(pk=who).is_active


def test_c35_staff_who_guess_visits_through_the_desk_are_found(busy: Busy) -> None:
    client = signed_in(Role.REGISTRAR)
    for _ in range(60):
        assert client.get(f"/desk/visits/{uuid4()}/").status_code == 404
    assert services.look_at_once() == 0
    made = Alert.objects.all()
    assert list(made) == []
    busy.world.set_clock(clock.now() + timedelta(seconds=1))
    assert services.look_at_once() == 1
    assert [(a.rule, a.actor, a.figures["count"]) for a in made.all()] == [
        ("refusals", User.objects.get(login="vera").pk, 60)
    ]

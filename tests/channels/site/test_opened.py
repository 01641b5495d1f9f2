"""C20: whoever has a visit's secret reads who opened it and why, and nothing of other visits."""

import html
import re
from uuid import UUID

import pytest
from django.test import Client

from domain.scheduling.exchange.world import NOW, confirm, found_clinic, hold
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access import services as access_services
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit import services
from feldsher.foundation.audit.models import AccessEntry
from feldsher.kernel import clock
from feldsher.kernel.trace import tracing
from foundation.audit.factories import access, actor

pytestmark = pytest.mark.django_db
OTHER_VISIT = UUID(int=77)


@pytest.fixture
def visit(db: None, monkeypatch: pytest.MonkeyPatch) -> Appointment:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    found_clinic()
    appointment = hold()
    confirm(appointment)
    return Appointment.objects.get(pk=appointment)


@pytest.fixture
def owner(visit: Appointment) -> Client:
    client = Client()
    client.cookies["visit"] = tokens.appointment_token(visit.id)
    return client


def shown(client: Client, visit: Appointment) -> str:
    answer = client.get(f"/visit/{visit.id}/opened/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    text = html.unescape(answer.content.decode()).replace("\u00a0", " ")
    (main,) = re.findall(r"<main.*?</main>", text, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_c20_the_page_says_who_what_why_and_when(owner: Client, visit: Appointment) -> None:
    access_services.create_staff(
        "vera", password="x" * 12, name="Иванова Анна Сергеевна", roles=(Role.REGISTRAR,)
    )
    vera = actor(id=str(User.objects.get(login="vera").pk))
    assert visit.patient is not None
    mine = {"actor": vera, "patients": (visit.patient,), "purpose": "see_visits"}
    with tracing():
        services.record(access(**mine, ids=(visit.id,)), access(**mine, what="person", ids=(visit.patient,)))
    text = shown(owner, visit)
    assert (
        "Работа с записями на день Регистратор, А. С. Иванова: запись на приём, имя и контакты, в 09:00"
        in text
    )
    assert "vera" not in text


def test_c20_another_visit_of_the_same_patient_is_not_told_of(owner: Client, visit: Appointment) -> None:
    assert visit.patient is not None
    services.record(access(patients=(visit.patient,), ids=(OTHER_VISIT,), purpose="resolve_visits"))
    text = shown(owner, visit)
    assert "Разобраться" not in text


def test_c20_own_looks_are_recorded_and_told_in_one_line(owner: Client, visit: Appointment) -> None:
    text = shown(owner, visit)
    assert "Сотрудники эту запись ещё не открывали" in text
    look = AccessEntry.objects.latest("id")
    assert (look.actor_kind, look.actor, look.purpose) == ("holder", str(visit.id), "own_journal")
    assert (look.patients, look.ids) == ([visit.patient], [visit.id])
    for _ in range(3):
        owner.get(f"/visit/{visit.id}/")
    own = "По вашей ссылке или с вашего устройства: "
    assert f"{own}5 раз, последний раз сегодня в 09:00" in shown(owner, visit)
    assert "Своя запись" not in shown(owner, visit)


def test_c20_who_asks_without_the_secret_is_a_row_of_the_journal(visit: Appointment) -> None:
    with pytest.raises(AppointmentNotFoundError):
        scheduling.who_opened(visit.id, token="guessed")
    refused = AccessEntry.objects.latest("id")
    assert (refused.result, refused.reason, refused.purpose, refused.ids) == (
        "refused",
        "wrong_secret",
        "own_journal",
        [visit.id],
    )


def test_without_the_secret_nothing_is_told_and_nothing_recorded(visit: Appointment) -> None:
    allowed = AccessEntry.objects.filter(result="allowed")
    before = allowed.count()
    assert Client().get(f"/visit/{visit.id}/opened/").status_code == 404
    assert allowed.count() == before


def test_the_visit_s_page_leads_there(owner: Client, visit: Appointment) -> None:
    page = owner.get(f"/visit/{visit.id}/").content.decode()
    assert f'<a href="/visit/{visit.id}/opened/">Кто открывал мои данные</a>' in page

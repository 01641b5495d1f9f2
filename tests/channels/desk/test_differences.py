"""Visits that the MIS tells otherwise, on the desk: a day at a time, asked twice, told once."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory import factory as directory
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from feldsher.domain.scheduling import agreement, services, tokens
from feldsher.domain.scheduling.models import Appointment, Discrepancy, Exchange
from feldsher.domain.scheduling.types import PersonInput, State
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancelled(busy: Busy) -> list[UUID]:
    return busy.cancelled_in_mis()


def text(client: Client, address: str = "/desk/differences/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def ids(page: str) -> list[str]:
    return re.findall(r'name="visit" value="(\d+)"', page)


def test_a_closed_day_is_shown_as_one(cancelled: list[UUID]) -> None:
    page = text(signed_in(Role.REGISTRAR))
    assert "День закрыт в МИС" in page
    assert page.count("Расхождений Пётр") == 2
    assert page.count("В МИС отменена") == 2
    assert "Отменить 2 записи, как в МИС" in page
    assert len(ids(page)) == len(cancelled)


def test_a_day_of_which_a_visit_stands_is_not_called_closed(busy: Busy, cancelled: list[UUID]) -> None:
    stands = hold(VISIT_AT + timedelta(days=1, hours=5))
    confirm(stands, person=PersonInput("Остающийся", "Иван", "+7 900 000-02-09"))
    busy.world.work()
    page = text(signed_in(Role.REGISTRAR))
    assert "День закрыт в МИС" not in page
    assert "2 записи" in page


def test_the_header_counts_what_waits(cancelled: list[UUID]) -> None:
    page = text(signed_in(Role.REGISTRAR), "/desk/")
    assert re.search(r"Расхождения.{0,200}>2<", page, re.DOTALL)


def test_the_day_is_cancelled_after_a_question_and_the_patients_are_told(cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    chosen = ids(text(registrar))
    asked = registrar.post("/desk/differences/apply/", {"visit": chosen}).content.decode()
    assert "Пациенты получат СМС" in asked
    assert ids(asked) == chosen
    assert Appointment.objects.get(pk=cancelled[0]).state == State.BOOKED
    answer = registrar.post("/desk/differences/apply/", {"visit": chosen, "confirmed": "yes"})
    assert answer["Location"] == "/desk/differences/"
    rows = Appointment.objects.filter(pk__in=cancelled)
    assert {(row.state, row.reason) for row in rows} == {("cancelled", "cancelled_in_mis")}
    assert Message.objects.filter(kind="visit_cancelled").count() == len(cancelled)
    assert {row.state for row in Discrepancy.objects.all()} == {"applied"}
    assert Discrepancy.objects.filter(settled_by__isnull=False).count() == len(cancelled)


def test_a_day_that_is_kept_stays_and_is_not_asked_about_again(busy: Busy, cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    chosen = ids(text(registrar))
    registrar.post("/desk/differences/keep/", {"visit": chosen, "confirmed": "yes"})
    assert {Appointment.objects.get(pk=visit).state for visit in cancelled} == {State.BOOKED}
    busy.world.forward(1)
    agreement.ask_about(cancelled)
    agreement.judge(directory.MIS)
    assert {row.state for row in Discrepancy.objects.all()} == {"kept"}
    assert ids(text(signed_in(Role.REGISTRAR, login="anna"))) == []


def test_a_word_on_what_nobody_waits_for_is_refused(cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    chosen = ids(text(registrar))
    registrar.post("/desk/differences/keep/", {"visit": chosen, "confirmed": "yes"})
    again = registrar.post("/desk/differences/apply/", {"visit": chosen, "confirmed": "yes"})
    assert again.status_code == 409
    assert {Appointment.objects.get(pk=visit).state for visit in cancelled} == {State.BOOKED}


@pytest.mark.parametrize("visit", ["", "x", "9" * 40, "-1", "0"])
def test_a_made_up_visit_settles_nothing(cancelled: list[UUID], visit: str) -> None:
    registrar = signed_in(Role.REGISTRAR)
    answer = registrar.post("/desk/differences/apply/", {"visit": [visit], "confirmed": "yes"})
    assert answer.status_code == 409
    assert registrar.post("/desk/differences/perhaps/", {"visit": [visit]}).status_code == 404


def test_whose_visits_were_shown_stands_in_the_journal(cancelled: list[UUID]) -> None:
    text(signed_in(Role.REGISTRAR))
    shown = AccessEntry.objects.filter(purpose="resolve_visits", what="appointment").latest("id")
    assert set(cancelled) <= set(shown.ids)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.SYSTEM_ADMIN, Role.CHIEF_PHYSICIAN])
def test_others_see_nothing_of_it(cancelled: list[UUID], role: Role) -> None:
    client = signed_in(role)
    assert client.get("/desk/differences/").status_code == 403
    assert client.post("/desk/differences/apply/", {"visit": ["1"], "confirmed": "yes"}).status_code == 403


def test_the_patients_of_a_closed_day_are_asked_to_choose_another_time(cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    page = text(registrar)
    day = {
        name: re.findall(rf'name="{name}" value="([^"]+)"', page)[0]
        for name in ("practitioner", "location", "date")
    }
    asked = registrar.post("/desk/differences/off/", day).content.decode()
    assert "Предложить пациентам другое время?" in asked
    assert not Message.objects.filter(kind="other_times").exists()
    registrar.post("/desk/differences/off/", {**day, "confirmed": "yes"})
    assert Message.objects.filter(kind="other_times").count() == len(cancelled)
    page = text(registrar)
    assert page.count("Ждём ответа до") == len(cancelled)
    assert {Appointment.objects.get(pk=visit).state for visit in cancelled} == {State.BOOKED}


def test_a_day_that_nobody_has_is_not_found(cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    assert registrar.post("/desk/differences/off/", {"date": "2026-11-27"}).status_code == 404


def test_the_list_of_a_day_offers_it_for_one_doctor(busy: Busy, cancelled: list[UUID]) -> None:
    row = Appointment.objects.get(pk=cancelled[0])
    address = f"/desk/day/?location={row.location}&date={row.starts_at.date()}"
    registrar = signed_in(Role.REGISTRAR)
    assert "предложить другое время" not in text(registrar, address)
    assert "предложить другое время" in text(registrar, f"{address}&practitioner={row.practitioner}")


def test_nothing_to_settle_says_so(busy: Busy) -> None:
    assert "Всё, что у нас записано, МИС подтверждает" in text(signed_in(Role.REGISTRAR))


def test_what_became_of_a_difference_is_told_without_a_patient(cancelled: list[UUID]) -> None:
    registrar = signed_in(Role.REGISTRAR)
    registrar.post("/desk/differences/apply/", {"visit": ids(text(registrar)), "confirmed": "yes"})
    page = text(registrar)
    assert "Что стало с расхождениями за 30 дней" in page
    assert page.count("В МИС отменена. Отменена у нас, 09:02, Тестова И.") == len(cancelled)
    assert "Расхождений" not in page.split("Что стало")[1]


def test_a_visit_that_stands_there_after_its_end_is_shown_until_somebody_has_looked(busy: Busy) -> None:
    busy.world.mis.script.clear()
    busy.world.mis.always.clear()
    visit = hold(VISIT_AT + timedelta(days=2))
    confirm(visit, person=PersonInput("Вернувшийся", "Пётр", "+7 900 000-02-08"))
    busy.world.work()
    services.cancel(visit, token=tokens.appointment_token(visit))
    busy.world.work()
    busy.world.mis.clerk_restores(Exchange.objects.get(pk=visit).ref)
    for _ in range(2):
        busy.world.forward(120)
        agreement.ask_about([visit])
        agreement.judge(directory.MIS)
    registrar = signed_in(Role.REGISTRAR)
    page = text(registrar)
    assert "Отменены у нас, стоят в МИС" in page
    assert "Вернувшийся Пётр" in page
    asked = registrar.post("/desk/differences/keep/", {"visit": ids(page)}).content.decode()
    assert "Убрать из\u00a0списка?" in asked
    registrar.post("/desk/differences/keep/", {"visit": ids(asked), "confirmed": "yes"})
    page = text(registrar)
    assert "Отменены у нас, стоят в МИС" not in page
    assert "У нас отменена, в МИС стоит. Оставлено как было" in page

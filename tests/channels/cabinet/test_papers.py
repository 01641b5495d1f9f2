"""«Результаты и документы»: each kind has its place, and shows what a module brings once there is one.

Names, phones and results are invented.
"""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.cabinet.factory import HOME, NOBODY, OTHER, entered, text_of
from channels.cabinet.test_visits import CHILD, book
from channels.desk.conftest import Busy
from domain.records.papers import Module, brought
from domain.scheduling.exchange.world import NOW
from feldsher.domain.records.types import Paper, PaperKind
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import BookerInput
from feldsher.foundation.access.context import as_service
from feldsher.foundation.audit.models import AccessEntry
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)

PAPERS = "/lk/papers/"
TITLES = ["Результаты анализов и исследований", "Медицинские документы", "Рецепты"]


def patient_of(visit: UUID) -> UUID:
    with as_service("test"):
        patient = Appointment.objects.get(pk=visit).patient
    assert patient is not None
    return patient


def titles(page: str, level: int) -> list[str]:
    return re.findall(rf"<h{level}[^>]*>([^<]*)", page)


def test_without_a_module_each_place_says_where_to_get_it_and_nobody_is_opened(
    visit: UUID, sms: Phones
) -> None:
    browser = entered(sms)
    assert PAPERS in text_of(browser.get(HOME))
    last = AccessEntry.objects.latest("id").id
    page = text_of(browser.get(PAPERS))
    assert titles(page, 2) == TITLES
    assert page.count("Сюда они пока не приходят.") == 3
    assert titles(page, 3) == []
    assert not AccessEntry.objects.filter(id__gt=last).exists()


def test_what_a_module_brings_stands_in_its_place_by_patient_and_the_others_say_where(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    now = busy.world.moment
    results = Module(
        {
            patient_of(visit): [Paper(uuid4(), "Общий анализ <крови>", now - timedelta(days=1))],
            patient_of(child): [Paper(uuid4(), "Посев", now - timedelta(days=400))],
        }
    )
    with brought({PaperKind.RESULT: results, PaperKind.PRESCRIPTION: Module({})}):
        answer = entered(sms).get(PAPERS)
    page = text_of(answer)
    assert titles(page, 2) == TITLES
    assert titles(page, 3) == ["Пётр П.", "Миша П."] * 2
    assert "Общий анализ &lt;крови&gt;" in answer.content.decode()
    assert "24 ноября" in page
    assert "21 октября 2025" in page
    assert page.count("Пока ничего нет.") == 2
    assert page.count("Сюда они пока не приходят.") == 1
    assert {relation for _, _, relation in results.asked} == {"own", "ward"}


def test_another_phone_sees_none_of_it(visit: UUID, sms: Phones) -> None:
    results = Module({patient_of(visit): [Paper(uuid4(), "Общий анализ крови", NOW)]})
    with brought({PaperKind.RESULT: results}):
        other = text_of(entered(sms, OTHER).get(PAPERS))
        nobody = text_of(entered(sms, NOBODY).get(PAPERS))
        assert Client().get(PAPERS).status_code == 303
    assert "Общий анализ" not in other + nobody
    assert "С этим номером никто не записан." in nobody
    assert patient_of(visit) not in {patient for patient, _, _ in results.asked}

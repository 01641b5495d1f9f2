"""The calculator of examinations over the whole stack: no scripts, no names, into a company's request."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from channels.desk.factory import signed_in
from channels.site.factory import FORM_KEY
from conftest import SetClock
from domain.corporate.factory import INN, REGISTRAR, agreed_text
from domain.directory.factory import AT, FIRST_VISIT, MIS, NORTH, SOUTH, row, snapshot
from feldsher.domain.corporate import selectors
from feldsher.domain.corporate.models import LoadedExamList
from feldsher.domain.corporate.services import load_first_exam_list
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "/corporate/exams/"
NOISE = {"points": "4.4", "men": "2", "add": "1", "exam": "periodic"}


@pytest.fixture(autouse=True)
def _clinic(set_clock: SetClock) -> None:
    """The invented clinic sells the visit of its eye doctor by the code of the nomenclature."""
    set_clock(AT)
    import_snapshot(MIS, snapshot=snapshot())
    service = row(Kind.SERVICE, FIRST_VISIT.id)
    set_overlay(Kind.SERVICE, target=service, field="nomenclature", value="B01.029.001", author="test")
    agreed_text()


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def _words(response: HttpResponse) -> str:
    """Return what is read on the page, tags and runs of blanks taken away."""
    return " ".join(re.sub(r"<[^>]+>", " ", _text(response)).split())


def test_points_and_heads_become_an_address_with_doctors_tests_and_a_sum(client: Client) -> None:
    assert "Пункты 1.1–18.2 и 22–27" in _text(client.get(PAGE)), "what is covered is told"
    answer = client.get(PAGE, {**NOISE, "point": ["5.1"], "location": str(row(Kind.LOCATION, NORTH.id))})
    assert answer.status_code == 302
    address = answer.headers["Location"]
    assert "set=periodic%7C4.4%2C5.1%3B2%2C0%2C0%2C0" in address
    page = _words(client.get(address.partition("#")[0]))
    for words in (
        "Периодический осмотр 2 работников",
        "4.4 Шум",
        "Офтальмолог 1 900 ₽",
        "оториноларинголог",
        "их цен в прайс-листе нет",
    ):
        assert words in page
    assert "аммография" not in page
    # Of all that is due the eye doctor alone has a price here: 1,900 a worker.
    assert "от 3 800 ₽" in page


def test_a_second_group_is_added_and_one_is_dropped(client: Client) -> None:
    first = client.get(PAGE, NOISE).headers["Location"].partition("#")[0]
    line = "periodic|4.4;2,0,0,0"
    second = client.get(PAGE, {"set": line, "points": "27", "women_40": "3", "add": "1"})
    both = _words(client.get(second.headers["Location"].partition("#")[0]))
    assert "Периодический осмотр 5 работников" in both
    assert "маммография в двух проекциях (женщинам от 40 лет, если её не делали 12 месяцев)" in both
    assert both.count("Убрать группу") == 2
    assert client.get(first).status_code == 200
    changed = _text(client.get(PAGE, {"set": line, "exam": "first"}))
    assert "Предварительный осмотр 2 работников" in changed


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    page = _text(client.get(PAGE, {**NOISE, "points": "19.1", "men": "", "point": ["5.1"]}), 422)
    assert "Пункта 19.1 в списке нет" in page
    assert "сколько работников в группе" in page
    assert 'value="19.1"' in page
    assert 'value="5.1" checked' in page
    assert "Этот расчёт уже не читается" in _text(client.get(PAGE, {"set": "periodic|99;1,0,0,0"}), 422)
    assert client.get(PAGE, {"location": "x"}).status_code == 404


def test_the_set_goes_into_the_request_and_to_who_answers_it(client: Client) -> None:
    line = "first|4.4,5.1;2,0,0,1"
    form = _text(client.get("/corporate/requests/", {"set": line}))
    assert "Пункты 4.4, 5.1. Мужчины до 40 лет: 2, женщины от 40 лет: 1" in form
    assert f'name="set" value="{line}"' in form
    typed = {
        "key": FORM_KEY,
        "company": "ООО «Выдумка»",
        "inn": INN,
        "contact": "Вымышленова Вера",
        "phone": "8 900 000-00-07",
        "consent": "on",
        "set": line,
    }
    assert client.post("/corporate/requests/", typed).status_code == 303
    (asked,) = selectors.open_requests(REGISTRAR)
    assert selectors.open_request(REGISTRAR, asked.mark.id).exams == line
    address = f"/desk/companies/{asked.mark.id}/"
    desk = _text(signed_in(Role.REGISTRAR).get(address))
    assert "Предварительный осмотр" in desk
    assert "Пункты 4.4, 5.1" in desk
    assert "Открыть расчёт" in desk
    LoadedExamList.objects.all().delete()
    desk = _text(signed_in(Role.REGISTRAR, login="later").get(address))
    assert "Пункты 4.4, 5.1. Мужчины до 40 лет: 2, женщины от 40 лет: 1" in desk, (
        "what the company read stays"
    )
    assert "список осмотров с тех пор сменился" in desk
    assert "Открыть расчёт" not in desk
    load_first_exam_list()
    assert "Этот расчёт уже не читается" in _text(
        client.get("/corporate/requests/", {"set": "first|99;1,0,0,0"})
    )


def test_the_branch_whose_prices_were_shown_goes_along_to_the_desk(client: Client) -> None:
    line, south = "periodic|4.4;2,0,0,0", row(Kind.LOCATION, SOUTH.id)
    shown = client.get(PAGE, {"set": line, "location": str(south)})
    (ask,) = re.findall(r'href="(/corporate/requests/\?[^"]+)"', shown.content.decode())
    form = _text(client.get(html.unescape(ask)))
    assert f'name="location" value="{south}"' in form
    assert f"location={south}" in form, "the way back to the calculation"
    typed = {"key": FORM_KEY, "company": "ООО «Выдумка»", "inn": INN, "contact": "Вымышленова Вера"}
    typed |= {"phone": "8 900 000-00-07", "consent": "on", "set": line, "location": str(south)}
    assert client.post("/corporate/requests/", typed).status_code == 303
    (asked,) = selectors.open_requests(REGISTRAR)
    assert selectors.open_request(REGISTRAR, asked.mark.id).location_id == south
    desk = _text(signed_in(Role.REGISTRAR).get(f"/desk/companies/{asked.mark.id}/"))
    assert f"location={south}" in desk


def test_without_a_list_in_force_the_request_is_offered(client: Client) -> None:
    LoadedExamList.objects.all().delete()
    page = _text(client.get(PAGE))
    assert "Списка осмотров, который действует сегодня, на сайте нет" in page
    assert "/corporate/requests/" in page


def test_an_editor_reads_what_is_counted_by(client: Client) -> None:
    page = _text(signed_in(Role.EDITOR).get("/desk/corporate/"))
    assert "205 пунктов" in page
    assert "функция вестибулярного аппарата" in page


def test_the_page_keeps_its_budget(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        assert client.get(PAGE).status_code == 200
    with django_assert_num_queries(5):
        answer = client.get(
            PAGE, {"set": "periodic|4.4;2,0,0,0", "location": str(row(Kind.LOCATION, SOUTH.id))}
        )
    assert answer.status_code == 200

"""«Сверка с 1С»: what differs and what went out, for who keeps the accounts; neither doctor nor service."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.accounting.conftest import books
from domain.accounting.factory import SOURCE, become, bind, document, said_of, taken, tell, visit
from domain.accounting.test_checking import DAY, HOUR, LATER
from domain.directory.factory import EYE, FIRST_VISIT, NORTH
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.domain.accounting import gateways, services
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.roles import Role

__all__ = ["books"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
PAGE = "/desk/accounts/"
HERE = "записан, 1 900 ₽"


@pytest.fixture
def nobody_hears(books: None) -> Iterator[None]:
    gateways._terms.clear()
    yield
    bind()


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def at(hour: str) -> str:
    return f"{hour}:00, {NORTH.name}"


def fill(set_clock: SetClock) -> None:
    """Leave a difference of each kind, a document that agrees and one that is on its way."""
    chains = [visit(VISIT_AT + number * HOUR) for number in range(5)]
    there, here, other, agreed, silent = chains
    taken()
    become(here, State.CANCELLED)
    taken()
    tell(
        said_of(there, is_cancelled=True, status="Закрыт", number_there="ВК-000001"),
        said_of(here, status="К выполнению", number_there="ВК-000002"),
        said_of(other, amount="2500", status="Отгружен", number_there="ВК-000003"),
        said_of(agreed, status="К выполнению", number_there="ВК-000004"),
    )
    visit(VISIT_AT + 3 * DAY)
    set_clock(LATER)
    services.check(SOURCE)
    visit(VISIT_AT + 4 * DAY, price=None)
    assert silent


def test_a_cashier_reads_what_differs_how_and_since_when(set_clock: SetClock) -> None:
    fill(set_clock)
    client = signed_in(Role.CASHIER)
    page = text(client.get(PAGE))
    for words in (
        "5 документов",
        f"База {SOURCE}",
        "6 документов, 10:00",
    ):
        assert words in page, words
    today, before = "сегодня, 26 ноября", "ср, 25 ноября"
    rows = [re.findall("<td>([^<]*)", row)[1:] for row in page.split("<tr>")[2:]]
    closed, open_there = "№ ВК-000001, Закрыт (отменён), 1 900 ₽", "№ ВК-000002, К выполнению, 1 900 ₽"
    assert rows == [
        ["Отменена только в 1С", HERE, closed, at(f"{today}, 10"), before],
        ["Отменена только у нас", "отменена, 1 900 ₽", open_there, at(f"{today}, 11"), before],
        ["В 1С другая сумма", HERE, "№ ВК-000003, Отгружен, 2 500 ₽", at(f"{today}, 12"), before],
        ["1С забрала и молчит", HERE, "забрала, ответа нет", at(f"{today}, 14"), today],
        ["1С не забрала", HERE, "ещё не забрала", at("вс, 29 ноября, 10"), today],
    ]
    assert 'Сверка с 1С <span class="badge badge-wait">5<' in page


def test_all_documents_are_listed_the_latest_visit_first_and_found_by_either_number(
    set_clock: SetClock,
) -> None:
    fill(set_clock)
    client = signed_in(Role.CASHIER)
    page = text(client.get(PAGE, {"show": "all"}))
    assert "7 документов" in page
    assert "записан, цена уточняется" in page
    assert page.index("30 ноября") < page.index("29 ноября") < page.index("26 ноября, 14:00")
    found = text(client.get(PAGE, {"show": "all", "q": "вк-000003"}))
    assert "1 документ" in found
    assert "Отгружен" in found
    number = found.split("<td>")[1].split("<")[0]
    assert "№ ВК-000003" in text(client.get(PAGE, {"show": "all", "q": number}))
    assert "Номер нужен целиком" in text(client.get(PAGE, {"show": "all", "q": "ВК-00000"}))


def test_neither_patient_nor_doctor_nor_service_is_shown(set_clock: SetClock) -> None:
    fill(set_clock)
    client = signed_in(Role.CASHIER)
    for address in (PAGE, f"{PAGE}?show=all"):
        page = text(client.get(address))
        assert NORTH.name in page
        for secret in (EYE.family, FIRST_VISIT.name, "фтальмолог"):
            assert secret not in page


def test_a_look_is_in_the_journal_with_the_documents_that_it_showed(set_clock: SetClock) -> None:
    chain = visit()
    client = signed_in(Role.CASHIER)
    text(client.get(PAGE, {"show": "all"}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT role, purpose, patients, ids FROM audit_access WHERE what = 'document'")
        assert cursor.fetchall() == [("cashier", "see_accounts", [], [document(chain).key])]


def test_nothing_differs_before_anything_was_exchanged() -> None:
    page = text(signed_in(Role.CHIEF_PHYSICIAN).get(PAGE))
    assert "По последней сверке расхождений нет" in page
    assert "ещё ни разу" in page
    assert "Документов пока нет" in text(signed_in(Role.CASHIER, login="klara").get(PAGE, {"show": "all"}))


def test_odd_questions_are_answered() -> None:
    visit(price=Decimal("0.01"))
    client = signed_in(Role.INSURANCE_DESK)
    for odd in (
        {"show": "x", "page": "99999"},
        {"show": "all", "page": "-1", "q": "%00"},
        {"show": "all", "q": "9" * 40},
        {"show": "all", "q": "²"},
        {"show": "all", "page": "99999"},
    ):
        text(client.get(PAGE, odd))


def test_the_section_is_there_where_a_base_hears_of_visits(nobody_hears: None) -> None:
    client: Client = signed_in(Role.CASHIER)
    assert "Сверка с 1С" not in text(client.get("/desk/"))
    bind()
    assert "Сверка с 1С" in text(client.get("/desk/"))


def test_a_page_holds_its_costs(set_clock: SetClock, django_assert_max_num_queries: object) -> None:
    fill(set_clock)
    client = signed_in(Role.CASHIER)
    client.get(PAGE)
    with django_assert_max_num_queries(40):  # type: ignore[operator] # a fixture of pytest-django
        client.get(PAGE)
    for number in range(5, 45):
        visit(VISIT_AT + timedelta(days=9, hours=number))
    with django_assert_max_num_queries(40):  # type: ignore[operator] # as above
        client.get(PAGE, {"show": "all"})

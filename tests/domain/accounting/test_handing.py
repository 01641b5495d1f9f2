"""What goes out, when it is due, and that whatever is lost on the way goes out again."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from conftest import SetClock
from domain.accounting.factory import SOURCE, asked, become, bind, booked_by_a_patient, document, taken, visit
from domain.directory import factory as clinic
from domain.directory.price_lists import good, goods, take
from domain.scheduling.exchange.world import NOW, PERSON, VISIT_AT, hold
from feldsher.domain.accounting import services
from feldsher.domain.accounting.errors import NoVisitsError
from feldsher.domain.accounting.services import handing
from feldsher.domain.accounting.types import BaseTerms
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients.models import Patient
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import no_context
from feldsher.foundation.audit.errors import AuditError
from support.database import OPEN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
HOUR = timedelta(hours=1)


def numbers(chains: list[UUID]) -> list[str]:
    return [str(document(chain).pk) for chain in chains]


def test_a_document_says_what_was_sold_where_and_when_and_nothing_of_the_patient() -> None:
    held = booked_by_a_patient()
    north = directory.location(clinic.row(Kind.LOCATION, clinic.NORTH.id))
    set_overlay(
        Kind.ORGANIZATION, target=north.organization_id, field="name", value="ООО «Проба»", author="a"
    )
    services.open_base(SOURCE)
    body = services.hand_over(SOURCE, exchange=uuid4())
    text = body.decode("windows-1251")
    patient = Patient.objects.get()
    for secret in (PERSON.family, PERSON.given, "9000000001", "У окна", str(patient.pk), str(held)):
        assert secret not in text
    (order,) = asked()
    service = str(clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id))
    assert (order.id, order.number) == (str(document(held).key), str(document(held).pk))
    assert (order.day, order.amount, order.buyer) == ("2026-11-26", 1900, "Пациент (запись с сайта)")
    assert order.items == ((service, clinic.FIRST_VISIT.name, Decimal(1900)),)
    assert order.values == {
        "Статус заказа": "[booked] Записан",
        "Отменен": "false",
        "Финальный статус": "false",
        "Дата изменения статуса": "2026-11-25 00:00:00",
        "Организация": "ООО «Проба»",
        "Филиал": clinic.NORTH.name,
    }


@pytest.mark.parametrize(
    ("states", "cancelled", "final"),
    [
        ((State.ARRIVED,), "false", "false"),
        ((State.ARRIVED, State.FULFILLED), "false", "true"),
        ((State.CANCELLED,), "true", "true"),
        ((State.NOSHOW,), "true", "true"),
    ],
)
def test_the_state_of_a_visit_is_told_as_sites_tell_that_of_an_order(
    states: tuple[State, ...], cancelled: str, final: str
) -> None:
    chain = visit()
    taken()
    become(chain, *states)
    (order,) = taken()
    assert order.values["Статус заказа"].startswith(f"[{states[-1].value}] ")
    assert (order.values["Отменен"], order.values["Финальный статус"]) == (cancelled, final)


def test_an_item_has_the_id_and_the_name_of_the_base_s_own_price_list() -> None:
    visit()
    take(goods(good("g-1", "A-1", name="Приём врача-офтальмолога")))
    (order,) = asked()
    assert order.items[0][:2] == ("g-1", "Приём врача-офтальмолога")


def test_a_base_that_shares_ids_with_a_mis_hears_which_doctor_it_was() -> None:
    bind(BaseTerms(SOURCE, None, ids_of=clinic.MIS))
    visit()
    (order,) = asked()
    assert order.values["Исполнитель"] == clinic.EYE.id


def test_a_price_that_nobody_has_said_is_no_sum() -> None:
    visit(price=None)
    visit(VISIT_AT + HOUR, price=Decimal(0))
    assert [order.amount for order in asked()] == [0, 0]


def test_what_is_not_confirmed_is_handed_over_again_and_what_is_confirmed_is_not() -> None:
    chains = [visit(), visit(VISIT_AT + HOUR)]
    assert [order.number for order in asked()] == [order.number for order in asked()] == numbers(chains)
    assert len(taken()) == 2
    assert taken() == []


def test_a_confirmation_is_done_once_and_one_of_nothing_does_nothing() -> None:
    visit()
    exchange = uuid4()
    services.open_base(SOURCE)
    assert services.confirm_taken(SOURCE, exchange=exchange) == 0
    asked(exchange)
    assert services.confirm_taken(SOURCE, exchange=uuid4()) == 0
    assert services.confirm_taken(SOURCE, exchange=exchange) == 1
    assert services.confirm_taken(SOURCE, exchange=exchange) == 0


def test_what_changes_between_answer_and_confirmation_is_told_again() -> None:
    chain = visit()
    exchange = uuid4()
    asked(exchange)
    become(chain, State.ARRIVED)
    services.confirm_taken(SOURCE, exchange=exchange)
    (order,) = taken()
    assert order.values["Статус заказа"].startswith("[arrived]")
    assert taken() == []


def test_only_the_last_answer_of_an_exchange_is_confirmed(
    monkeypatch: pytest.MonkeyPatch, set_clock: SetClock
) -> None:
    """The first one was lost: what it alone had must not count as taken."""
    monkeypatch.setattr(handing, "MOST", 2)
    first, second = visit(), visit(VISIT_AT + HOUR)
    exchange = uuid4()
    assert [order.number for order in asked(exchange)] == numbers([first, second])
    # A commit that was late: its instant is before theirs.
    set_clock(NOW - timedelta(minutes=1))
    late = visit(VISIT_AT + 2 * HOUR)
    assert [order.number for order in asked(exchange)] == numbers([late, first])
    services.confirm_taken(SOURCE, exchange=exchange)
    assert [order.number for order in taken()] == numbers([second])


def test_an_answer_is_bounded_and_the_rest_comes_with_the_next_exchanges(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handing, "MOST", 3)
    chains = [visit(VISIT_AT + number * HOUR) for number in range(7)]
    found = [[order.number for order in taken()] for _ in range(4)]
    assert [len(each) for each in found] == [3, 3, 1, 0]
    assert sorted(number for each in found for number in each) == sorted(numbers(chains))


def test_a_visit_that_was_cancelled_before_anybody_heard_of_it_is_not_told() -> None:
    chain = visit()
    become(chain, State.CANCELLED)
    assert taken() == []


def test_one_that_was_handed_over_and_then_cancelled_is_told_though_nothing_was_confirmed() -> None:
    chain = visit()
    asked()
    become(chain, State.CANCELLED)
    (order,) = asked()
    assert order.is_cancelled


def test_a_base_hears_of_its_branches_from_its_first_exchange_on(set_clock: SetClock) -> None:
    south = clinic.row(Kind.LOCATION, clinic.SOUTH.id)
    bind(BaseTerms(SOURCE, frozenset({south})), BaseTerms("other", None))
    past, north = visit(NOW - 3 * HOUR, location=south), visit()
    there = visit(VISIT_AT + HOUR, location=south)
    set_clock(NOW + HOUR)
    assert [order.number for order in taken()] == numbers([there])
    assert [order.number for order in taken(source="other")] == numbers([north])
    become(past, State.ARRIVED)
    assert [order.number for order in taken()] == numbers([past])


def test_a_base_that_the_settings_do_not_name_gets_nothing() -> None:
    visit()
    for act in (
        lambda: services.open_base("stranger"),
        lambda: services.hand_over("stranger", exchange=uuid4()),
        lambda: services.confirm_taken("stranger", exchange=uuid4()),
    ):
        with pytest.raises(NoVisitsError):
            act()
    assert document(Appointment.objects.get().chain).handed is None


def test_the_journal_has_each_answer() -> None:
    chain = visit()
    with no_context():
        asked()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, what, purpose, patients, ids FROM audit_access WHERE what = 'document'"
        )
        assert cursor.fetchall() == [("service", "document", "accounting", [], [document(chain).key])]


@pytest.mark.django_db(transaction=True)
def test_without_the_journal_nothing_is_handed_over(mute_journal: None) -> None:
    chain = visit()
    with pytest.raises(AuditError):
        asked()
    assert document(chain).handed is None


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_comes_late_is_skipped_by_nobody(database_urls: tuple[str, str]) -> None:
    """A booking begins before an exchange and commits after it: a cursor over time would have passed it."""
    late = hold()
    Appointment.objects.filter(pk=late).update(patient=uuid4(), state=State.BOOKING)
    with psycopg.connect(database_urls[0], options=OPEN) as other:
        other.execute("UPDATE scheduling_appointment SET state = 'booked' WHERE id = %s", [late])
        early = visit(VISIT_AT + HOUR)
        assert [order.number for order in taken()] == numbers([early])
        other.commit()
    assert [order.number for order in taken()] == numbers([late])
    assert document(late).pk < document(early).pk

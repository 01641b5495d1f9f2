"""An exchange of orders over HTTP: 1С asks and confirms, says what became of each, and the visits stay."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from channels.exchange.conftest import Base, do_what_is_left
from channels.exchange.test_sessions import begun
from conftest import SetClock
from domain.accounting.conftest import books
from domain.accounting.factory import become, booked_by_a_patient, document, said_of, visit
from domain.accounting.test_handing import HOUR, numbers
from domain.scheduling.exchange.world import NOW, PERSON, VISIT_AT
from feldsher.channels.exchange import files, work
from feldsher.channels.exchange.models import ExchangeSession, Piece, Task
from feldsher.domain.accounting.models import Document
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import no_context
from testbench.commerceml.client import Cut, FailureError
from testbench.commerceml.export import archive
from testbench.commerceml.orders import Said, statuses_file

__all__ = ["books"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books", "worker")]


def test_visits_go_out_and_statuses_come_back(base: Base) -> None:
    chain = booked_by_a_patient()
    accounting = base(topic="sale")
    (order,) = accounting.take_orders()
    assert (order.number, order.amount) == (str(document(chain).pk), 1900)
    assert [mode for mode, _ in accounting.log] == ["checkauth", "init", "query", "success"]
    assert PERSON.family not in repr(order)
    said = said_of(chain, number_there="ВК-000001", status="К выполнению")
    told = accounting.tell([said, Said("А-17", "А-17"), Said("А-18", "А-18")])
    assert told == (
        "Заказов в\u00a0файле: 3, из\u00a0них с\u00a0сайта: 1. "
        "Сайт не\u00a0знает заказов с\u00a0номерами: А-17, А-18."
    )
    row = document(chain)
    assert (row.number_there, row.status_there) == ("ВК-000001", "К выполнению")
    assert Appointment.objects.get().state == State.BOOKED


def test_the_answer_is_xml_in_windows_1251_that_nobody_keeps(credential: tuple[str, str]) -> None:
    client = Client()
    said = begun(client, credential, topic="sale")
    answer = client.get("/exchange/1c/", {"type": "sale", "mode": "query", "sessid": said["sessid"]})
    assert answer["Content-Type"] == "text/xml; charset=windows-1251"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.decode("windows-1251").startswith("<?xml version='1.0' encoding='windows-1251'?>")


@pytest.mark.parametrize("cut", Cut)
def test_a_cut_in_any_request_is_gone_on_from(base: Base, cut: Cut) -> None:
    """Every request is cut once and sent again: nothing is lost, nothing confirmed that did not arrive."""
    chains = [visit(), visit(VISIT_AT + HOUR)]
    accounting = base(topic="sale", cuts=dict.fromkeys(range(0, 200, 2), cut))
    assert [order.number for order in accounting.take_orders()] == numbers(chains)
    accounting.tell([said_of(chain, number_there="ВК-1") for chain in chains])
    assert accounting.calls > len(accounting.log) * 1.5
    assert set(Document.objects.values_list("is_due", "number_there")) == {(False, "ВК-1")}
    assert base(topic="sale").take_orders() == []


def test_what_is_cut_off_between_answer_and_confirmation_is_sent_again_by_the_next_exchange(
    base: Base,
) -> None:
    chain = visit()
    first = base(topic="sale")
    first.begin()
    assert len(first.query()) == 1
    second = base(topic="sale")
    assert [order.number for order in second.take_orders()] == numbers([chain])
    with pytest.raises(FailureError, match="Сеанс обмена закончился"):
        first.call("success")
    become(chain, State.CANCELLED)
    (order,) = second.take_orders()
    assert order.is_cancelled


def test_an_exchange_of_price_lists_goes_on_while_orders_are_exchanged(base: Base) -> None:
    catalog, sale = base(), base(topic="sale")
    catalog.begin()
    assert sale.take_orders() == []
    catalog.call("init")
    assert set(ExchangeSession.objects.values_list("topic", flat=True)) == {"catalog", "sale"}


@pytest.mark.parametrize(
    "bad", [b"<html>", b"", b"PK\x03\x04", b"\xff\xfe", "<КоммерческаяИнформация>".encode()]
)
def test_a_bad_file_changes_nothing_and_says_why_each_time_it_is_asked(base: Base, bad: bytes) -> None:
    chain = visit()
    accounting = base(topic="sale")
    accounting.take_orders()
    accounting.send("orders.xml", bad)
    for _ in range(2):
        with pytest.raises(FailureError, match="Ничего не\u00a0изменилось"):
            accounting.have_imported("orders.xml")
    assert document(chain).said_at is None
    assert accounting.tell([said_of(chain)]).startswith("Заказов в\u00a0файле: 1")


def test_a_file_that_ends_in_the_middle_of_its_second_order_changes_nothing(base: Base) -> None:
    chains = [visit(), visit(VISIT_AT + HOUR)]
    accounting = base(topic="sale")
    accounting.take_orders()
    accounting.send("orders.xml", statuses_file([said_of(chain) for chain in chains])[:-200])
    with pytest.raises(FailureError, match="обрывается"):
        accounting.have_imported("orders.xml")
    assert not Document.objects.exclude(said_at=None).exists()


def test_words_in_an_archive_of_small_pieces(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 256)
    chain = visit()
    accounting = base(topic="sale")
    accounting.take_orders()
    accounting.send("v8.zip", archive({"orders.xml": [statuses_file([said_of(chain)])]}))
    accounting.have_imported("orders.xml")
    assert document(chain).said_at is not None


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_module_that_never_says_import_is_heard_once_it_is_quiet(
    base: Base, set_clock: SetClock, *, is_packed: bool
) -> None:
    chain = visit()
    accounting = base(topic="sale")
    accounting.take_orders()
    if is_packed:
        accounting.send("v8.zip", archive({"orders.xml": [statuses_file([said_of(chain)])]}))
    else:
        accounting.tell([said_of(chain)], imports=False)
    set_clock(NOW + timedelta(seconds=30))
    assert do_what_is_left() == 1
    assert not Task.objects.exists()
    set_clock(NOW + timedelta(seconds=61))
    assert do_what_is_left() == 1
    task = Task.objects.get()
    assert work._wait(task).state == "done"
    assert document(chain).said_at == NOW + timedelta(seconds=61)
    assert do_what_is_left() == 0


def test_parts_of_files_are_reached_in_a_context_only(base: Base) -> None:
    accounting = base(topic="sale")
    accounting.begin()
    accounting.send("orders.xml", statuses_file([Said("А-17", "А-17")]))
    assert Piece.objects.count() == 1
    with no_context(), connection.cursor() as cursor:
        for name in ("persons", "writes"):
            cursor.execute("SELECT set_config(%s, '', false)", [f"feldsher.{name}"])
        cursor.execute("SELECT count(*) FROM exchange_piece")
        assert cursor.fetchone() == (0,)
    connection.close()


def test_nothing_of_a_patient_stands_in_what_the_exchange_keeps(base: Base) -> None:
    chain: UUID = booked_by_a_patient()
    accounting = base(topic="sale")
    accounting.take_orders()
    accounting.tell([said_of(chain)])
    with connection.cursor() as cursor:
        for table in ("exchange_piece", "exchange_task", "accounting_document", "accounting_base"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")  # noqa: S608 - names from here
            (text,) = cursor.fetchone()
            assert PERSON.family not in (text or "")
            assert "9000000001" not in (text or "")

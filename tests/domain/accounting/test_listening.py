"""What an accounting system says is kept beside a visit, and changes none."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest

from domain.accounting.factory import SOURCE, bind, document, said_of, taken, tell, visit
from domain.directory import factory as clinic
from domain.scheduling.exchange.world import NOW
from feldsher.domain.accounting import services
from feldsher.domain.accounting.errors import BadWordsError, NoVisitsError
from feldsher.domain.accounting.types import BaseTerms, WordsReport
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State
from testbench.commerceml.orders import Said, statuses_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def test_a_word_stands_beside_the_visit_which_stays_as_it_is() -> None:
    chain = visit()
    taken()
    before = Appointment.objects.filter(pk=chain).values().get()
    word = said_of(chain, number_there=" ВК-000001 ", status="Отгружен", amount="1 850,50", is_cancelled=True)
    assert tell(word) == WordsReport(orders=1, known=1, unknown=())
    row = document(chain)
    assert (row.said_at, row.number_there, row.status_there) == (NOW, "ВК-000001", "Отгружен")
    assert (row.amount_there, row.is_cancelled_there) == (Decimal("1850.50"), True)
    assert Appointment.objects.filter(pk=chain).values().get() == before
    assert (row.version, row.is_due) == (1, False)


def test_a_later_word_takes_the_place_of_an_earlier_one() -> None:
    chain = visit()
    taken()
    tell(said_of(chain, is_deleted=True, number_there="ВК-1"))
    tell(said_of(chain, number_there="ВК-2", amount="x"))
    row = document(chain)
    assert (row.number_there, row.is_cancelled_there, row.amount_there) == ("ВК-2", False, None)


def test_orders_that_are_not_from_here_are_told_by_number() -> None:
    chain = visit()
    taken()
    strangers = [Said(str(uuid4()), "А-17"), Said("36", "36"), Said(str(document(chain).pk), "", "ВК-3")]
    report = tell(*strangers, said_of(chain))
    assert report == WordsReport(orders=4, known=1, unknown=("А-17", "36", str(document(chain).pk)))
    assert report.untold == 0


def test_of_many_strangers_the_first_are_named_and_the_others_counted() -> None:
    visit()
    taken()
    report = tell(*(Said(str(uuid4()), f"А-{number}") for number in range(1100)))
    assert report.unknown == tuple(f"А-{number}" for number in range(10))
    assert (report.orders, report.known, report.untold) == (1100, 0, 1090)


def test_a_payment_or_a_shipment_beside_an_order_is_no_word_of_it() -> None:
    chain = visit()
    taken()
    said = said_of(chain, operation="Выплата безналичных денег", is_cancelled=True)
    assert tell(said) == WordsReport(0, 0, ())
    assert document(chain).said_at is None


def test_a_base_says_nothing_of_another_base_s_branch() -> None:
    south = clinic.row(Kind.LOCATION, clinic.SOUTH.id)
    bind(BaseTerms(SOURCE, frozenset({south})), BaseTerms("other", None))
    services.open_base(SOURCE)
    chain = visit()
    assert tell(said_of(chain)).known == 0
    assert document(chain).said_at is None
    with pytest.raises(NoVisitsError):
        tell(said_of(chain), source="stranger")


def test_a_file_that_breaks_off_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.listening, "_BATCH", 1)
    chain = visit()
    taken()
    body = statuses_file([said_of(chain, is_cancelled=True), said_of(chain)])
    with pytest.raises(BadWordsError, match="not XML"):
        services.take_words(SOURCE, stream=BytesIO(body[:-60]))
    assert document(chain).said_at is None
    assert document(chain).state == State.BOOKED

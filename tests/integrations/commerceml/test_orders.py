"""Orders as they are written for 1С, and its words of them as they are read."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from feldsher.domain.accounting.errors import BadWordsError
from feldsher.domain.accounting.types import Item, VisitDocument, Word
from feldsher.domain.scheduling.types import State
from feldsher.integrations.commerceml import parsing, read_words, write_documents
from testbench.commerceml.orders import Said, read_orders, statuses_file

REAL = Path(__file__).parents[3].parent / "shared" / "data" / "mis" / "commerceml"
"""The standard's schemas and samples, beside the clone where somebody has them; no part of the project."""
AT = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)
TOLD = VisitDocument(
    id=UUID(int=7),
    number=36,
    day=date(2026, 11, 26),
    changed_on=date(2026, 11, 25),
    state=State.BOOKED,
    amount=Decimal("1900.5"),
    item=Item("g-1", "Приём <первичный> & осмотр"),
    branch="Северный филиал",
    organization="ООО «Проба»",
    doctor_id="doc-1",
)


def words(body: bytes) -> list[Word]:
    return list(read_words(BytesIO(body)))


def test_an_order_is_written_as_sites_write_it() -> None:
    body = write_documents([TOLD], at=AT)
    assert body.startswith(b"<?xml version='1.0' encoding='windows-1251'?>\n")
    root = etree.fromstring(body)
    assert dict(root.attrib) == {"ВерсияСхемы": "2.09", "ДатаФормирования": "2026-11-26T00:30:00"}
    (order,) = read_orders(body)
    assert (order.id, order.number, order.day) == (str(UUID(int=7)), "36", "2026-11-26")
    assert order.amount == Decimal("1900.50")
    assert order.items == (("g-1", "Приём <первичный> & осмотр", Decimal("1900.50")),)
    assert order.values == {
        "Статус заказа": "[booked] Записан",
        "Отменен": "false",
        "Финальный статус": "false",
        "Дата изменения статуса": "2026-11-25 00:00:00",
        "Организация": "ООО «Проба»",
        "Филиал": "Северный филиал",
        "Исполнитель": "doc-1",
    }


def test_a_time_of_day_and_a_buyer_of_one_s_own_are_in_no_order() -> None:
    root = etree.fromstring(write_documents([TOLD, replace(TOLD, id=UUID(int=8))], at=AT))
    assert root.findall(".//Время") == []
    assert {each.findtext("Ид") for each in root.iter("Контрагент")} == {"feldsher-patient"}


def test_letters_that_the_encoding_lacks_and_signs_that_xml_forbids_break_nothing() -> None:
    name = "Приём №1 → Şule\x00\x1f\ufffe"
    (order,) = read_orders(write_documents([replace(TOLD, item=Item("g", name))], at=AT))
    assert order.items[0][1] == "Приём №1 → Şule" + " " * 3


def test_no_orders_are_a_file_too() -> None:
    assert read_orders(write_documents([], at=AT)) == []


@pytest.mark.parametrize("version", ["2.09", "2.10"])
@pytest.mark.parametrize(
    "state", [State.BOOKED, State.ARRIVED, State.FULFILLED, State.CANCELLED, State.NOSHOW]
)
def test_every_state_is_what_the_standard_allows(version: str, state: State) -> None:
    """By the standard's own schema where somebody has it; without it, that the state is told."""
    body = write_documents([replace(TOLD, state=state)], at=AT)
    assert read_orders(body)[0].values["Статус заказа"].startswith(f"[{state.value}] ")
    named = body.decode("windows-1251").replace(
        "<КоммерческаяИнформация ", '<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" '
    )
    for path in REAL.glob(f"*-{version}.xsd"):
        etree.XMLSchema(etree.parse(path)).assertValid(etree.fromstring(named.encode("windows-1251")))


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8"])
@pytest.mark.parametrize("is_held", [False, True])
def test_a_word_is_read_in_either_form(encoding: str, *, is_held: bool) -> None:
    said = Said("k", "36", "ВК-1", "Отгружен & оплачен", "1 900,50", is_cancelled=True)
    assert words(statuses_file([said], encoding=encoding, is_held=is_held)) == [
        Word("k", "36", Decimal("1900.50"), "ВК-1", "Отгружен & оплачен", is_cancelled=True)
    ]


def test_a_mark_of_deletion_is_a_cancel_and_a_payment_is_no_order() -> None:
    said = [Said("a", is_deleted=True), Said("b", operation="Выплата безналичных денег")]
    assert [(word.id, word.is_cancelled) for word in words(statuses_file(said))] == [("a", True)]


@pytest.mark.parametrize(
    ("text", "amount"), [("", None), ("x", None), ("NaN", None), ("1e30", None), ("0.005", Decimal("0.01"))]
)
def test_a_sum_that_is_no_number_or_too_large_is_none(text: str, amount: Decimal | None) -> None:
    assert words(statuses_file([Said("a", amount=text)]))[0].amount == amount


def test_real_samples_are_read() -> None:
    found = [
        words(path.read_bytes()) for path in sorted(REAL.glob("*-to.xml")) + sorted(REAL.glob("*-from.xml"))
    ]
    assert [(each[0].id, each[0].amount) for each in found] in (
        [],
        [("20", Decimal("9683.42")), ("36", Decimal("6734.47"))],
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "не\u00a0XML"),
        (b"<html/>", "не\u00a0CommerceML"),
        (statuses_file([Said("a")])[:-5], "не\u00a0XML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE"),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(BadWordsError) as caught:
        words(body)
    assert sentence in caught.value.message
    assert "Ничего не\u00a0изменилось" in caught.value.message


def test_an_order_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_PARTS", 10)
    with pytest.raises(BadWordsError, match="too many parts"):
        words(statuses_file([Said("a")]))

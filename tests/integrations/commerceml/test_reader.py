"""CommerceML as it is read: records in order, forgiving to builds of 1С, closed to what is hostile."""

import subprocess
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from domain.directory.price_lists import RETAIL, document, good, goods, offer, offers
from feldsher.domain.directory.errors import BadPriceListError
from feldsher.domain.directory.types.price_list import (
    Good,
    GoodsGroup,
    ListHead,
    ListKind,
    Offer,
    OfferedPrice,
    PriceListRecord,
    PriceType,
    Warehouse,
)
from feldsher.integrations.commerceml import parsing, reader
from testbench.commerceml.export import Line, goods_file, offers_file, price_list

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "data" / "mis" / "commerceml"
"""Exports of a real base, beside the clone where somebody has them; they are no part of the project."""


def read(body: bytes) -> list[PriceListRecord]:
    return list(reader.read(BytesIO(body)))


def test_a_file_is_read_in_its_order() -> None:
    inner = "<Группы><Группа><Ид>b</Ид></Группа></Группы>"
    group = f"<Группа><Ид>a</Ид><Наименование>А</Наименование>{inner}</Группа>"
    found = read(
        document(f"<Классификатор><Группы>{group}</Группы></Классификатор>", goods(good("g1", " A-1 ")))
    )
    assert found == [
        GoodsGroup("a", "А", None),
        GoodsGroup("b", "", "a"),
        ListHead(ListKind.GOODS, is_full=True),
        Good("g1", "g1", "A-1", kind="Услуга"),
    ]


def test_offers_have_prices_types_and_stocks_in_both_forms() -> None:
    stocks = '<Склад ИдСклада=" w1 " КоличествоНаСкладе="2"/><Количество>5,5</Количество>'
    newer = "<Остатки><Остаток><Склад><Ид>w2</Ид><Количество>1</Количество></Склад></Остаток></Остатки>"
    body = offers(offer("g#v", "1 719,50").replace("</Предложение>", f"{stocks}{newer}</Предложение>"))
    body = body.replace(
        "<Предложения>",
        "<Склады><Склад><Ид>w1</Ид><Наименование>А</Наименование></Склад></Склады><Предложения>",
    )
    assert read(document(body)) == [
        ListHead(ListKind.OFFERS, is_full=True),
        PriceType("t1", "Розничная", "RUB"),
        Warehouse("w1", "А"),
        Offer(
            "g#v",
            "",
            prices=(OfferedPrice("t1", Decimal("1719.50"), ""),),
            quantity=Decimal("5.5"),
            stocks=(("w1", Decimal(2)), ("w2", Decimal(1))),
        ),
    ]
    assert Offer("g#v", "").good_id == "g"
    assert Offer("g#", "").good_id == ""


@pytest.mark.parametrize(
    ("said", "is_full"),
    [("false", True), (" FALSE ", True), ("0", True), ("true", False), ("", False), ("нет", False)],
)
def test_a_list_is_whole_only_where_it_says_so(said: str, *, is_full: bool) -> None:
    body = goods().replace('"false"', f'"{said}"')
    assert read(document(body)) == [ListHead(ListKind.GOODS, is_full=is_full)]
    changes = "<ИзмененияПакетПредложений СодержитТолькоИзменения='false'/>"
    assert read(document(changes)) == [ListHead(ListKind.OFFERS, is_full=False)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16"])
def test_encodings_with_and_without_a_namespace(encoding: str) -> None:
    text = (
        document(goods(good("g1", "А-1"))).decode("utf-8-sig").replace("UTF-8", encoding.removesuffix("-sig"))
    )
    for plain in (text, text.replace(' xmlns="urn:1C.ru:commerceml_2"', "")):
        assert read(plain.encode(encoding))[1:] == [Good("g1", "g1", "А-1", kind="Услуга")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 719.50", "1719.50"),
        ("1\u00a0719,5", "1719.5"),
        ("-3", "-3"),
        ("", None),
        ("NaN", None),
        ("x", None),
    ],
)
def test_numbers_as_1c_writes_them(text: str, number: str | None) -> None:
    assert reader.number(text) == (None if number is None else Decimal(number))


BILLION = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "XML"),
        (b"\x00\x01", "XML"),
        (b"<html/>", "CommerceML"),
        (document("<Каталог>")[:-40], "XML"),
        (b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "DOCTYPE"),
        (
            f'<?xml version="1.0"?>{BILLION}<КоммерческаяИнформация>&j;</КоммерческаяИнформация>'.encode(),
            "DOCTYPE",
        ),
        (f'<?xml version="1.0"?>{BILLION}<КоммерческаяИнформация a="&j;"/>'.encode(), "XML"),
        (document("<a>" * 300 + "</a>" * 300), "XML"),
        (document(f"<a>{'x' * 10_000_001}</a>"), "XML"),
    ],
)
def test_what_is_broken_or_hostile_is_refused_with_a_sentence(body: bytes, word: str) -> None:
    with pytest.raises(BadPriceListError) as refused:
        read(body)
    assert word in refused.value.message
    assert "Ничего не\u00a0изменилось" in refused.value.message


def test_a_record_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_PARTS", 50)
    with pytest.raises(BadPriceListError, match="too many parts"):
        read(document(goods(good("g1").replace("</Товар>", "<x/>" * 60 + "</Товар>"))))
    assert len(read(document(goods(*(good(f"g{n}") for n in range(40)))))) == 41


_PEAK = """
import resource, sys
from feldsher.integrations.commerceml import reader
from testbench.commerceml.export import goods_file, price_list

class File:
    def __init__(self, pieces):
        self.pieces = pieces
    def read(self, size=-1):
        return next(self.pieces, b"")

count = sum(1 for _ in reader.read(File(goods_file(price_list(int(sys.argv[1]))))))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(lines: int) -> int:
    """Return the kilobytes that a process holds at most which reads so many lines."""
    command = [sys.executable, "-c", _PEAK, str(lines)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={"PYTHONPATH": "src"}, cwd=ROOT
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == lines + 2
    return kilobytes


def test_memory_does_not_grow_with_the_file() -> None:
    """Ten times the lines are 25 MB more of a file, and would be 150 MB of a tree."""
    assert peak(20_000) < peak(2_000) + 8_000


def test_the_invented_base_of_the_testbench_is_read_as_it_was_meant() -> None:
    line = Line("g1", "Приём & осмотр", "У-1", "100", variants=(("Первичный", "200"), ("Повторный", "150")))
    found = read(b"".join(goods_file([line])))
    assert (
        Good(
            "g1", "Приём & осмотр", "У-1", kind="Услуга", group_ids=("21de2d5a-0000-4000-8000-b80305898c48",)
        )
        in found
    )
    priced = [each for each in read(b"".join(offers_file([line], full=False))) if isinstance(each, Offer)]
    assert [(each.good_id, each.name, each.prices[0].amount) for each in priced] == [
        ("g1", "Первичный", Decimal(200)),
        ("g1", "Повторный", Decimal(150)),
    ]


def test_exports_of_a_real_base_where_they_lie() -> None:
    """Counted by another parser; without the files the counts of an invented one are compared."""
    bodies = [
        path.read_bytes() for path in sorted(REAL.glob("*-import.xml")) + sorted(REAL.glob("*-offers.xml"))
    ]
    for body in [
        *bodies,
        b"".join(goods_file(price_list(30))),
        document(offers(offer("g", 1), types=RETAIL)),
    ]:
        root = etree.fromstring(body)
        found = read(body)
        for kind, name in (
            (Good, "Товар"),
            (Offer, "Предложение"),
            (GoodsGroup, "Группа"),
            (PriceType, "ТипЦены"),
        ):
            told = root.findall(f".//{{urn:1C.ru:commerceml_2}}{name}")
            assert sum(isinstance(each, kind) for each in found) == len(told)
        assert all(each.id == each.id.strip() != "" for each in found if isinstance(each, Good | Offer))


@pytest.mark.parametrize("version", ["2.09", "2.10"])
def test_the_invented_base_writes_what_the_standard_allows(version: str) -> None:
    """By the standard's own schema where somebody has it; without it, that the files are what they say."""
    lines = [*price_list(12), Line("g", "Приём", "У-1", None, is_deleted=True)]
    schemas = [etree.XMLSchema(etree.parse(path)) for path in REAL.glob(f"*-{version}.xsd")]
    for body in (b"".join(goods_file(lines)), b"".join(offers_file(lines))):
        root = etree.fromstring(body)
        assert root.tag == "{urn:1C.ru:commerceml_2}КоммерческаяИнформация"
        for schema in schemas:
            schema.assertValid(root)

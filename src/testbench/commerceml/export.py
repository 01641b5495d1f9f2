"""An invented base's export, as 1С writes it: UTF-8 with a byte order mark, codes with a stray blank.

`Line` is a line of the nomenclature. A file is written piece by piece, so that a long one costs no memory.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

RETAIL = "bb14a3a4-0000-4000-8000-0e0cb4ed5eed"
CLASSIFIER = "07cfe53d-0000-4000-8000-899be39cc5bd"
_HEAD = (
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema" ВерсияСхемы="2.07"'
    ' ДатаФормирования="2026-11-26T14:45:41">\n'
)
_OWNER = (
    "<Владелец><Ид>ef8f948c-0000-4000-8000-000d884f5d77</Ид><Наименование>ООО «Вымышленная клиника»"
    "</Наименование><ОфициальноеНаименование>ООО «Вымышленная клиника»</ОфициальноеНаименование></Владелец>"
)
_TAIL = "</КоммерческаяИнформация>\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the nomenclature; `price` in roubles as it is written, None for none.

    `variants` are characteristics: name and price of each.
    """

    id: str
    name: str
    article: str = ""
    price: str | None = None
    type: str = "Услуга"
    is_deleted: bool = False
    variants: tuple[tuple[str, str], ...] = ()


def price_list(count: int, *, first: int = 0) -> Iterator[Line]:
    """Yield an invented price list: services with articles «У-000001» and prices, each tenth a thing."""
    for number in range(first, first + count):
        is_thing = number % 10 == 9  # noqa: PLR2004 - each tenth
        yield Line(
            id=f"{number:08x}-55bc-41d9-848a-00112f43529a",
            name=f"Вымышленная услуга № {number}",
            article=f"У-{number:06}",
            price=f"{500 + number % 4000}",
            type="Товар" if is_thing else "Услуга",
        )


def goods_file(lines: Iterable[Line], *, full: bool = True) -> Iterator[bytes]:
    """Yield `import.xml`: classifier and catalogue."""
    yield _HEAD.encode()
    yield (
        f"<Классификатор><Ид>{CLASSIFIER}</Ид><Наименование>Классификатор</Наименование>{_OWNER}<Группы><Группа>"
        "<Ид>21de2d5a-0000-4000-8000-b80305898c48</Ид><Наименование>Услуги</Наименование>"
        "</Группа></Группы></Классификатор>\n"
        f"<Каталог СодержитТолькоИзменения={_flag(not full)}><Ид>{CLASSIFIER}</Ид>"
        f"<ИдКлассификатора>{CLASSIFIER}</ИдКлассификатора><Наименование>Каталог</Наименование>{_OWNER}"
        "<Товары>\n"
    ).encode()
    for line in lines:
        yield _good(line).encode()
    yield f"</Товары></Каталог>\n{_TAIL}".encode()


def offers_file(
    lines: Iterable[Line], *, full: bool = True, types: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """Yield `offers.xml` or `prices.xml`: types of prices (id → name) and a price a line, or a variant."""
    named = {RETAIL: "Розничная"} if types is None else types
    yield _HEAD.encode()
    said = "".join(
        f"<ТипЦены><Ид>{key}</Ид><Наименование>{escape(name)}</Наименование><Валюта>RUB</Валюта></ТипЦены>"
        for key, name in named.items()
    )
    yield (
        f"<ПакетПредложений СодержитТолькоИзменения={_flag(not full)}><Ид>{CLASSIFIER}#</Ид>"
        f"<Наименование>Пакет предложений</Наименование><ИдКаталога>{CLASSIFIER}</ИдКаталога>"
        f"<ИдКлассификатора>{CLASSIFIER}</ИдКлассификатора>{_OWNER}"
        f"<ТипыЦен>{said}</ТипыЦен><Предложения>\n"
    ).encode()
    for line in lines:
        if line.variants:
            for number, (name, price) in enumerate(line.variants):
                yield _offer(f"{line.id}#{number:08x}-d3a8-41e4-9423-e0cb4ed5eed4", name, price).encode()
        elif line.price is not None:
            yield _offer(line.id, line.name, line.price).encode()
    yield f"</Предложения></ПакетПредложений>\n{_TAIL}".encode()


def archive(files: Mapping[str, Iterable[bytes]]) -> bytes:
    """Return a zip with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, pieces in files.items():
            with target.open(name, "w") as member:
                for piece in pieces:
                    member.write(piece)
    return packed.getvalue()


def _flag(value: bool) -> str:  # noqa: FBT001 - the one argument
    return quoteattr(str(value).lower())


def _good(line: Line) -> str:
    status = ' Статус="Удален"' if line.is_deleted else ""
    return (
        f"<Товар{status}><Ид>{line.id}</Ид><Артикул>{escape(line.article)}</Артикул>"
        f"<Наименование>{escape(line.name)}</Наименование>"
        '<БазоваяЕдиница Код="796 " НаименованиеПолное="Штука"><Пересчет><Единица>796</Единица>'
        "<Коэффициент>1</Коэффициент></Пересчет></БазоваяЕдиница>"
        "<Группы><Ид>21de2d5a-0000-4000-8000-b80305898c48</Ид></Группы><Описание/>"
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ВидНоменклатуры</Наименование>"
        "<Значение>Медицинские услуги</Значение></ЗначениеРеквизита><ЗначениеРеквизита>"
        f"<Наименование>ТипНоменклатуры</Наименование><Значение>{escape(line.type)}</Значение>"
        "</ЗначениеРеквизита><ЗначениеРеквизита><Наименование>Полное наименование</Наименование>"
        f"<Значение>{escape(line.name)}</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Товар>\n"
    )


def _offer(offer_id: str, name: str, price: str) -> str:
    priced = (
        f"<Цены><Цена><Представление> {price} RUB за шт</Представление><ИдТипаЦены>{RETAIL}</ИдТипаЦены>"
        f"<ЦенаЗаЕдиницу>{price}</ЦенаЗаЕдиницу><Валюта>RUB</Валюта><Коэффициент>1</Коэффициент></Цена></Цены>"
        "<Количество>0</Количество>"
    )
    return (
        f"<Предложение><Ид>{offer_id}</Ид><Наименование>{escape(name)}</Наименование>"
        f'<БазоваяЕдиница Код="796 " НаименованиеПолное="Штука">шт</БазоваяЕдиница>{priced}'
        "</Предложение>\n"
    )

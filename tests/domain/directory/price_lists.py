"""Small price lists as 1С writes them, and what the directory made of them."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4

from feldsher.domain.directory import services
from feldsher.domain.directory.models import Price
from feldsher.domain.directory.types.price_list import PriceListReport

SOURCE = "1c"
RETAIL = "<ТипЦены><Ид>t1</Ид><Наименование>Розничная</Наименование><Валюта>RUB</Валюта></ТипЦены>"
STAFF = "<ТипЦены><Ид>t2</Ид><Наименование>Сотрудникам</Наименование><Валюта>RUB</Валюта></ТипЦены>"


def document(*parts: str) -> bytes:
    """Return a whole file: UTF-8 with a byte order mark, in the namespace of CommerceML."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2"'
    text = f'{head} ВерсияСхемы="2.07" ДатаФормирования="2026-11-26T14:45:41">{"".join(parts)}'
    return f"{text}</КоммерческаяИнформация>".encode("utf-8-sig")


def good(good_id: str, article: str = "", *, name: str = "", kind: str = "Услуга", rest: str = "") -> str:
    said = f"<ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование><Значение>{kind}</Значение>"
    return (
        f"<Товар{rest}><Ид>{good_id}</Ид><Артикул>{article}</Артикул>"
        f"<Наименование>{name or good_id}</Наименование>"
        f'<БазоваяЕдиница Код="796 ">шт</БазоваяЕдиница>'
        f"<ЗначенияРеквизитов>{said}</ЗначениеРеквизита></ЗначенияРеквизитов></Товар>"
    )


def goods(*lines: str, full: bool = True) -> str:
    return (
        f'<Каталог СодержитТолькоИзменения="{str(not full).lower()}"><Ид>c</Ид>'
        f"<Товары>{''.join(lines)}</Товары></Каталог>"
    )


def offer(offer_id: str, *prices: str | int, name: str = "", types: Sequence[str] = ("t1", "t2")) -> str:
    """Return an offer with its prices, of the first type, of the second one."""
    said = "".join(
        f"<Цена><ИдТипаЦены>{kind}</ИдТипаЦены><ЦенаЗаЕдиницу>{price}</ЦенаЗаЕдиницу></Цена>"
        for kind, price in zip(types, prices, strict=False)
    )
    named = f"<Ид>{offer_id}</Ид><Наименование>{name}</Наименование>"
    return f"<Предложение>{named}<Цены>{said}</Цены></Предложение>"


def offers(*lines: str, types: str = RETAIL, full: bool = True) -> str:
    return (
        f'<ПакетПредложений СодержитТолькоИзменения="{str(not full).lower()}"><ТипыЦен>{types}</ТипыЦен>'
        f"<Предложения>{''.join(lines)}</Предложения></ПакетПредложений>"
    )


def take(*parts: str, exchange: UUID | None = None, whole: bool = False) -> PriceListReport:
    """Import one file; `whole`: it was the last of its exchange."""
    exchange = exchange or uuid4()
    report = services.import_price_list(SOURCE, stream=BytesIO(document(*parts)), exchange=exchange)
    if whole:
        services.close_absent(SOURCE, exchange=exchange)
    return report


def priced(*, source: str = SOURCE) -> dict[str, Decimal]:
    """Return the open prices of the source by the names of their services."""
    rows = Price.objects.filter(mis=source, valid_to=None)
    return dict(rows.values_list("service__name", "amount"))

"""An invented price list of an invented legal entity."""

from datetime import date
from decimal import Decimal
from typing import Any

from channels.site.factory import SERVICE
from feldsher.domain.directory.types.places import LegalCard
from feldsher.domain.directory.types.price_page import PriceLine, PricePage, PriceSection

SINCE = date(2026, 11, 2)
SELLER = LegalCard(
    name="ООО «Примерная клиника»",
    full_name="Общество с ограниченной ответственностью «Примерная клиника»",
    inn="7700000000",
    ogrn="1027700000000",
    address="Москва, Условная ул., 18",
    phone="+79210000001",
    licence_number="Л041‑00000‑77/00000000",
    licence_date=date(2024, 2, 1),
    licence_issuer="Департамент примеров",
    contract_url="/legal/contract/",
)


def line(name: str, amount: int | None, **changes: Any) -> PriceLine:
    given = {
        "service_id": SERVICE,
        "key": name.casefold(),
        "code": "",
        "is_from": False,
        "since": SINCE if amount else None,
        "until": None,
        "is_given": False,
        **changes,
    }
    return PriceLine(name=name, amount=Decimal(amount) if amount else None, **given)


PAGE = PricePage(
    day=date(2026, 11, 23),
    since=SINCE,
    sections=(
        PriceSection(
            "Офтальмология",
            (
                line("Приём <первичный>", 1900, is_from=True, is_given=True, code="B01.029.001"),
                line("Подбор очков", None),
            ),
        ),
        PriceSection("", (line("=Анализ крови", 450),)),
    ),
    size=3,
)

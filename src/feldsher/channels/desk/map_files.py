"""Bulk files of branches for maps: columns of Яндекс.Бизнес and of Google Business Profile.

Google's headers are those of its bulk spreadsheet (support.google.com/business/answer/3370250). An empty
column would wipe what stands there, so one that no branch fills is left out. Яндекс publishes no template
outside of the cabinet: its file has the words of the card's own fields. Phones are written without «+», which
a spreadsheet would take for a formula.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.urls import reverse

from feldsher.channels.frontend.files import safe_cell
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.exports import ExportTarget
from feldsher.kernel import formats
from feldsher.kernel.opening_hours import read_hours
from feldsher.kernel.phone import format_phone

_Columns = Mapping[str, Callable[[LocationCard], str]]
_WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOSED: Final = "x"
_REQUIRED: Final = {"Store code", "Business name", "Address line 1", "Country / Region"}
"""Headers of Google's that stay where they are empty: it asks for them itself."""


def map_file(target: ExportTarget, cards: Sequence[LocationCard], *, brand: str, site: str) -> bytes:
    """Return a CSV of the branches; `brand` names the network, `site` is an origin without a slash."""
    google = target is ExportTarget.GOOGLE
    columns = _google(brand, site) if google else _yandex(site)
    rows = [[cell(card) for cell in columns.values()] for card in cards]
    kept = [
        index
        for index, name in enumerate(columns)
        if not google or name in _REQUIRED or any(row[index] for row in rows)
    ]
    file = io.StringIO()
    table = csv.writer(file, delimiter="," if google else ";")
    heads = list(columns)
    table.writerow([heads[index] for index in kept])
    table.writerows([[row[index] for index in kept] for row in rows])
    return file.getvalue().encode("utf-8" if google else "utf-8-sig")


def _yandex(site: str) -> _Columns:
    return {
        "Код филиала": lambda card: str(card.id),
        "Номер в Яндекс.Бизнесе": lambda card: card.company_id,
        "Название": lambda card: safe_cell(card.name),
        "Город": lambda card: safe_cell(card.city),
        "Адрес": lambda card: safe_cell(card.address),
        "Телефоны": _phone,
        "Часы работы": lambda card: safe_cell(card.hours),
        "Сайт": lambda card: _site(card, site),
        "Рубрики": lambda card: safe_cell(card.rubrics),
        "Широта": lambda card: _degrees(card.latitude),
        "Долгота": lambda card: _degrees(card.longitude),
    }


def _google(brand: str, site: str) -> _Columns:
    named: dict[str, Callable[[LocationCard], str]] = {
        "Store code": lambda card: str(card.id),
        "Business name": lambda card: safe_cell(brand or card.name),
        "Address line 1": lambda card: safe_cell(card.address),
        "Locality": lambda card: safe_cell(card.city),
        "Country / Region": lambda _: "RU",
        "Latitude": lambda card: _degrees(card.latitude),
        "Longitude": lambda card: _degrees(card.longitude),
        "Primary phone": _phone,
        "Website": lambda card: _site(card, site),
        "Primary category": lambda card: safe_cell(_rubrics(card)[0] if _rubrics(card) else ""),
        "Additional categories": lambda card: safe_cell(", ".join(_rubrics(card)[1:])),
    }
    days = {f"{day} hours": _hours_of(number) for number, day in enumerate(_WEEK)}
    return {**named, **days}


def _rubrics(card: LocationCard) -> list[str]:
    return [part.strip() for part in card.rubrics.split(",") if part.strip()]


def _hours_of(weekday: int) -> Callable[[LocationCard], str]:
    """Return the cell of a weekday (Monday is 0): `09:00-20:00`, `x` when closed, empty where unreadable."""

    def cell(card: LocationCard) -> str:
        week = read_hours(card.hours)
        span = week.get(weekday)
        if span is None:
            return _CLOSED if week else ""
        return "-".join(formats.clock_of(minute) for minute in span)

    return cell


def _phone(card: LocationCard) -> str:
    return format_phone(card.phone).replace("+7", "8", 1).replace("\u00a0", " ") if card.phone else ""


def _site(card: LocationCard, site: str) -> str:
    return site + reverse("site:branch", args=[card.id])


def _degrees(value: object) -> str:
    return "" if value is None else str(value)

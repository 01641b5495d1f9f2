"""The fields that staff may overlay and a MIS may give, and how a row's effective value is found.

One table of fields for import, overlay and the list of gaps, so that they never disagree. Order:
overlay, then the MISes by name, then our own default (kept in `mis_values` under the empty name).
Of a doctor's profile a MIS's word stands first: what it gives is mended there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from django.db.models import Manager

from feldsher.domain.directory.models import (
    Department,
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    Sourced,
    Specialty,
)
from feldsher.domain.directory.profile import (
    FIRST_YEAR,
    certificates_text,
    education_text,
    paragraphs,
    read_certificates,
    read_education,
)
from feldsher.domain.directory.rules import MINUTES_A_DAY
from feldsher.domain.directory.text import nomenclature_of, normalise, tidy
from feldsher.domain.directory.types import Kind, ServiceKind
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone

JsonScalar = str | int | None
OWN_DEFAULT: Final = ""
"""The name in `mis_values` of values that neither a MIS nor staff gave, but the product itself."""


TABLES: Final[dict[Kind, Manager[Any]]] = {
    Kind.ORGANIZATION: Organization.objects,
    Kind.LOCATION: Location.objects,
    Kind.DEPARTMENT: Department.objects,
    Kind.SPECIALTY: Specialty.objects,
    Kind.PRACTITIONER: Practitioner.objects,
    Kind.SERVICE: HealthcareService.objects,
}


@dataclass(frozen=True, slots=True)
class Field:
    """How a field's value is read.

    `clean` turns raw input into what JSON keeps (ValueError with a Russian sentence), `load` that into a
    column's value.
    `attr` is the column where it differs from the field's name; `editable` is False for what only a MIS
    says. `is_mis_first`: where a MIS says it, staff's word waits until no MIS does.
    """

    clean: Callable[[Any], JsonScalar]
    load: Callable[[Any], Any] = lambda value: value
    empty: Any = ""
    attr: str = ""
    editable: bool = True
    is_mis_first: bool = False


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Tell whether IANA knows the zone."""
    return name in _zones()


def _text(limit: int) -> Callable[[Any], JsonScalar]:
    def clean(raw: Any) -> JsonScalar:
        if not isinstance(raw, str):
            raise ValueError("Нужен текст.")  # noqa: TRY004 - one kind of refusal for every cleaner
        value = tidy(raw, limit=limit + 1)
        if len(value) > limit:
            raise ValueError(f"Не длиннее {limit} знаков.")
        return value

    return clean


def _paragraphs(limit: int) -> Callable[[Any], JsonScalar]:
    def clean(raw: Any) -> JsonScalar:
        value = paragraphs(_said(raw))
        if len(value) > limit:
            raise ValueError(f"Не длиннее {limit} знаков.")
        return value

    return clean


def _education(raw: Any) -> JsonScalar:
    return education_text(read_education(_said(raw)))


def _certificates(raw: Any) -> JsonScalar:
    return certificates_text(read_certificates(_said(raw)))


def _said(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError("Нужен текст.")  # noqa: TRY004 - one kind of refusal for every cleaner
    return raw


def _year(raw: Any) -> JsonScalar:
    last = clock.now().year
    if isinstance(raw, bool) or not isinstance(raw, int) or not FIRST_YEAR <= raw <= last:
        raise ValueError(f"Год четырьмя цифрами, от {FIRST_YEAR} до {last}.")
    return raw


def _zone(raw: Any) -> JsonScalar:
    if not isinstance(raw, str) or not is_zone(raw):
        raise ValueError("Такого часового пояса нет. Пример: Europe/Moscow.")
    return raw


def _phone(raw: Any) -> JsonScalar:
    phone = parse_phone(raw) if isinstance(raw, str) else None
    if phone is None:
        raise ValueError("Телефон из 11 цифр, например +7 921 000-00-00.")
    return phone


def _digits(*lengths: int, words: str = "") -> Callable[[Any], JsonScalar]:
    def clean(raw: Any) -> JsonScalar:
        text = raw.strip() if isinstance(raw, str) else ""
        if not (text.isascii() and text.isdigit() and len(text) in lengths):
            raise ValueError(words or f"Только цифры, всего {' или '.join(map(str, lengths))}.")
        return text

    return clean


def _day(raw: Any) -> JsonScalar:
    try:
        return date.fromisoformat(raw).isoformat()
    except (TypeError, ValueError):
        raise ValueError("Дата вида 2026-01-31.") from None


def _degrees(limit: int) -> Callable[[Any], JsonScalar]:
    def clean(raw: Any) -> JsonScalar:
        try:
            value = Decimal(str(raw)).quantize(Decimal("0.000001"))
        except InvalidOperation:
            value = Decimal("Infinity")
        if not (value.is_finite() and abs(value) <= limit):
            raise ValueError(f"Число от −{limit} до {limit}.")
        return str(value)

    return clean


def _address(raw: Any) -> JsonScalar:
    text = tidy(raw, limit=300) if isinstance(raw, str) else ""
    is_ours = text.startswith("/") and not text.startswith("//")
    if not (is_ours or text.startswith("https://")) or len(text) < len("/x") or " " in text or "\\" in text:
        raise ValueError("Адрес страницы: https://… или\u00a0/… на\u00a0этом сайте.")
    return text


def _nomenclature(raw: Any) -> JsonScalar:
    code = nomenclature_of(raw) if isinstance(raw, str) else ""
    if not code:
        raise ValueError("Код номенклатуры вида B01.047.001 или A16.07.002.001.")
    return code


def _minutes(raw: Any) -> JsonScalar:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= MINUTES_A_DAY:
        raise ValueError("Целые минуты, от 1 до 1440.")
    return raw


def _organization(raw: Any) -> JsonScalar:
    try:
        target = UUID(str(raw))
    except ValueError:
        raise ValueError("Такой организации нет.") from None
    if not Organization.objects.filter(id=target).exists():
        raise ValueError("Такой организации нет.")
    return str(target)


FIELDS: Final[dict[Kind, dict[str, Field]]] = {
    Kind.ORGANIZATION: {
        "name": Field(_text(200)),
        "full_name": Field(_text(500)),
        "inn": Field(_digits(10, 12)),
        "ogrn": Field(_digits(13, 15)),
        "licence_number": Field(_text(100)),
        "licence_date": Field(_day, load=date.fromisoformat, empty=None),
        "licence_issuer": Field(_text(300)),
        "address": Field(_text(500)),
        "phone": Field(_phone),
        "contract_url": Field(_address),
        "guarantees_url": Field(_address),
        "complaints_url": Field(_address),
        "authorities_url": Field(_address),
    },
    Kind.LOCATION: {
        "name": Field(_text(300)),
        "zone": Field(_zone),
        "city": Field(_text(100)),
        "city_where": Field(_text(120)),
        "address": Field(_text(500)),
        "phone": Field(_phone),
        "hours": Field(_text(300)),
        "company_id": Field(_digits(*range(1, 19), words="Только цифры, не больше 18.")),
        "rubrics": Field(_text(300)),
        "latitude": Field(_degrees(90), load=Decimal, empty=None),
        "longitude": Field(_degrees(180), load=Decimal, empty=None),
        "metro": Field(_text(300)),
        "directions": Field(_text(1000)),
        "organization": Field(_organization, load=UUID, empty=None, attr="organization_id"),
    },
    Kind.DEPARTMENT: {"name": Field(_text(200))},
    Kind.SPECIALTY: {"title": Field(_text(200))},
    Kind.PRACTITIONER: {
        "family": Field(_text(100)),
        "given": Field(_text(100)),
        "middle": Field(_text(100)),
        "about": Field(_paragraphs(5000), is_mis_first=True),
        "career_start": Field(_year, empty=None, is_mis_first=True),
        "degree": Field(_text(200), is_mis_first=True),
        "rank": Field(_text(200), is_mis_first=True),
        "category": Field(_text(200), is_mis_first=True),
        "education": Field(_education, is_mis_first=True),
        "certificates": Field(_certificates, is_mis_first=True),
    },
    Kind.SERVICE: {
        "name": Field(_text(500)),
        "minutes": Field(_minutes, empty=None),
        "preparation": Field(_text(2000)),
        "to_bring": Field(_text(1000)),
        "section": Field(_text(200)),
        "nomenclature": Field(_nomenclature),
        "kind": Field(_text(16), empty=ServiceKind.SERVICE.value, editable=False),
        "code": Field(_text(100), editable=False),
        "parent": Field(_text(36), load=UUID, empty=None, attr="parent_id", editable=False),
    },
}


def clean_field(kind: Kind, *, field: str, value: object) -> JsonScalar:
    """Return the value as an overlay keeps it; InvalidInputError for an unknown field or a wrong value."""
    known = FIELDS[kind].get(field)
    if known is None or not known.editable:
        raise InvalidInputError(f"{kind} has no field {field[:40]!r}", fields={field: "Такого поля нет."})
    try:
        return known.clean(value)
    except ValueError as error:
        raise InvalidInputError(f"{kind}.{field} is not valid", fields={field: str(error)}) from None


def given_value(mis_values: Mapping[str, Mapping[str, JsonScalar]], field: str) -> tuple[str, JsonScalar]:
    """Return who gives a field (a MIS's id, or OWN_DEFAULT) and the value; None for nobody."""
    for source in sorted(mis_values, key=lambda name: (name == OWN_DEFAULT, name)):
        value = mis_values[source].get(field)
        if value not in (None, ""):
            return source, value
    return OWN_DEFAULT, None


def is_kept_by_mis(kind: Kind, *, field: str, mis_values: Mapping[str, Mapping[str, JsonScalar]]) -> bool:
    """Tell whether a MIS gives a field that staff then don't say over."""
    source, value = given_value(mis_values, field)
    return FIELDS[kind][field].is_mis_first and value is not None and source != OWN_DEFAULT


def refresh(row: Sourced, *, kind: Kind, overlays: Mapping[str, JsonScalar]) -> bool:
    """Set the row's columns to their effective values; tell whether one of them changed. Does not save."""
    changed = False
    for name, field in FIELDS[kind].items():
        is_said = name in overlays and not is_kept_by_mis(kind, field=name, mis_values=row.mis_values)
        value = overlays[name] if is_said else given_value(row.mis_values, name)[1]
        if value is None and name == "organization":
            continue
        column = field.empty if value in (None, "") else field.load(value)
        attr = field.attr or name
        if getattr(row, attr) != column:
            setattr(row, attr, column)
            changed = True
    changed = derive(row) or changed
    if changed:
        row.changed_at = clock.now()
    return changed


def derive(row: Sourced) -> bool:
    """Set the columns that follow from others (sort and search keys); tell whether one changed."""
    if isinstance(row, Practitioner):
        name = normalise(f"{row.family} {row.given} {row.middle}")
        changed = row.sort_name != name
        row.sort_name = name
        return changed
    if isinstance(row, HealthcareService):
        name = normalise(row.name)
        changed = row.search_name != name
        row.search_name = name
        return changed
    return False


def columns(kind: Kind) -> list[str]:
    """Return the columns that `refresh` may touch, and the row's own bookkeeping, for a bulk update."""
    derived = {Kind.PRACTITIONER: ["sort_name"], Kind.SERVICE: ["search_name"]}
    return [*FIELDS[kind], *derived.get(kind, []), "mis_values", "changed_at", "closed_at"]

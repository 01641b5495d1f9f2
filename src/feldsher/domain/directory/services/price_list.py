"""Takes an exported price list: stages it without a lock, then compares and applies it in SQL.

One transaction a file: one that breaks off or is wrong changes nothing. Memory does not depend on the length
of the list, nor does the number of statements but for the COPY. A line means a service by an id of a named
MIS, else by its article or code where exactly one open service has it, else by staff's word; what means none
is listed for staff. Lines that a full list does not name are closed at the end of its exchange alone, because
one list may come in several files (`close_absent`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from feldsher.domain.directory.errors import BadPriceListError
from feldsher.domain.directory.gateways import price_list_reader, terms_of
from feldsher.domain.directory.models import (
    ExternalId,
    HealthcareService,
    Location,
    PriceListItem,
    PriceListType,
)
from feldsher.domain.directory.services import price_list_sql as sql
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.prices import apply_wanted, make_wanted
from feldsher.domain.directory.services.records import Tally
from feldsher.domain.directory.services.staging import Staging, code_key
from feldsher.domain.directory.services.tables import copy_rows, hashed, make_table
from feldsher.domain.directory.types import Kind, ServiceKind
from feldsher.domain.directory.types.price_list import ListKind, PriceListReport, PriceListTerms
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_KNOWN: Final = {"is_id": "bool", "key": "text", "service": "uuid"}


def import_price_list(source: str, *, stream: BinaryIO, exchange: UUID) -> PriceListReport:
    """Bring the source's lines and prices to what a file says; the same file again changes nothing.

    `exchange` names the whole of which the file is a part. Raises BadPriceListError, and nothing has changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        staging = Staging(cursor)
        for record in price_list_reader()(stream):
            staging.add(record)
        if not staging.full:
            raise BadPriceListError("no list in the file", sentence=_NO_LIST)
        staging.finish()
        with directory_write(), hashed(cursor):
            said = _said(source, exchange)
            _take(cursor, staging, said)
            return _settle(cursor, said, staging)


def close_absent(source: str, *, exchange: UUID) -> PriceListReport:
    """Close what the full lists of an exchange did not name, and end its prices; twice is fine."""
    with directory_write(), connection.cursor() as cursor, hashed(cursor):
        said = _said(source, exchange)
        cursor.execute(sql.CLOSE_UNSHOWN, said)
        cursor.execute(sql.UNPRICE_UNOFFERED, said)
        cursor.execute(sql.CLOSE_VARIANTS, said)
        return _settle(cursor, said)


def bind_line(line: UUID, *, service: UUID, author: str) -> None:
    """Say that a line means a service, which takes its price at once.

    NotFoundError, InvalidInputError (`service`) where another line of the source means it.
    """
    with _staff_at(line) as row:
        if not HealthcareService.objects.filter(id=service, closed_at=None).exists():
            raise NotFoundError(f"no open service {service}")
        others = PriceListItem.objects.filter(source=row.source, service=service, closed_at=None)
        if others.exclude(id=row.id).exists():
            raise InvalidInputError("the service has a line", fields={"service": _TAKEN})
        row.service_id, row.bound_by, row.is_ignored = service, author, False


def ignore_line(line: UUID, *, author: str) -> None:
    """Say that a line means no service: its price ends, and nobody is asked again. NotFoundError."""
    with _staff_at(line) as row:
        row.service_id, row.bound_by, row.is_ignored = None, author, True


def release_line(line: UUID) -> None:
    """Take staff's word about a line back: its code or id says what it means, or nothing. NotFoundError."""
    with _staff_at(line) as row:
        row.service_id, row.bound_by, row.is_ignored = None, "", False


@contextmanager
def _staff_at(line: UUID) -> Iterator[PriceListItem]:
    """Let staff change what a line means, and settle the prices of its source."""
    with directory_write(), connection.cursor() as cursor, hashed(cursor):
        row = PriceListItem.objects.filter(id=line, closed_at=None).first()
        if row is None:
            raise NotFoundError(f"no open line {line}")
        yield row
        row.save(update_fields=["service", "bound_by", "is_ignored"])
        _settle(cursor, _said(row.source, None))


def _said(source: str, exchange: UUID | None) -> dict[str, Any]:
    return {"source": source, "exchange": exchange, "now": clock.now()}


def _take(cursor: CursorWrapper, staging: Staging, said: dict[str, Any]) -> None:
    PriceListType.objects.bulk_create(
        [
            PriceListType(source=said["source"], value=value, name=name, currency=currency)
            for value, (name, currency) in staging.types.items()
            if name
        ],
        update_conflicts=True,
        unique_fields=["source", "value"],
        update_fields=["name", "currency"],
    )
    PriceListType.objects.bulk_create(
        [PriceListType(source=said["source"], value=value) for value in staging.types], ignore_conflicts=True
    )
    cursor.execute(sql.YIELD_SERVICES, said)
    if staging.goods:
        cursor.execute(sql.TAKE_GOODS, said | {"is_full": staging.full.get(ListKind.GOODS, False)})
    if staging.offers:
        # A full list of stocks names offers without their prices: it says nothing of them.
        is_full = staging.full.get(ListKind.OFFERS, False) and staging.has_prices
        cursor.execute(sql.TAKE_OFFERS, said | {"is_full": is_full})
        cursor.execute(sql.UNPRICE_DELETED, said)
    cursor.execute(sql.CLOSE_VARIANTS, said)


def _settle(cursor: CursorWrapper, said: dict[str, Any], staging: Staging | None = None) -> PriceListReport:
    """Match lines with services, and make the source's prices what its lines say."""
    terms = terms_of(said["source"])
    _match(cursor, terms, said)
    tally = Tally(warnings=staging.warnings() if staging else [])
    types, locations = _types(terms)
    make_wanted(cursor)
    cursor.execute(sql.WANT, said | {"types": types, "locations": locations})
    apply_wanted(cursor, mis=terms.source, today=said["now"].date(), closing=True, tally=tally)
    cursor.execute(sql.UNKNOWN, said)
    (unknown,) = cursor.fetchone()
    return PriceListReport(
        lines=staging.goods + staging.offers if staging else 0,
        priced=tally.created,
        ended=tally.closed,
        unknown=unknown,
        full=frozenset(kind for kind, is_full in staging.full.items() if is_full) if staging else frozenset(),
        warnings=tuple(tally.warnings),
    )


def _match(cursor: CursorWrapper, terms: PriceListTerms, said: dict[str, Any]) -> None:
    services = HealthcareService.objects.filter(closed_at=None, kind=ServiceKind.SERVICE.value, is_own=False)
    rows: list[tuple[object, ...]] = [
        (False, key, service)
        for service, code in services.values_list("id", "code")
        if (key := code_key(code))
    ]
    if terms.ids_of:
        ids = ExternalId.objects.filter(mis=terms.ids_of, kind=Kind.SERVICE.value, closed_at=None)
        rows += [
            (True, value, service)
            for value, service in ids.filter(target__in=services.values("id")).values_list("value", "target")
        ]
    make_table(cursor, "known_services", _KNOWN)
    copy_rows(cursor, "known_services", _KNOWN, rows)
    cursor.execute("ANALYZE pg_temp.known_services")
    cursor.execute(sql.UNBIND, said)
    cursor.execute(sql.BIND, said)


def _types(terms: PriceListTerms) -> tuple[list[str], list[UUID | None]]:
    """Return the ids of the types of prices in use and the branch of each; raises BadPriceListError."""
    known = dict(PriceListType.objects.filter(source=terms.source).values_list("value", "name"))
    if not terms.branches:
        if len(known) > 1:
            names = ", ".join(f"«{name or value}»" for value, name in sorted(known.items()))
            raise BadPriceListError("several types of prices", sentence=_WHICH_TYPE.format(names))
        return list(known), [None] * len(known)
    places = {place for place in terms.branches.values() if place}
    if Location.objects.filter(id__in=places).count() != len(places):
        raise BadPriceListError("an unknown branch in the settings", sentence=_NO_BRANCH)
    found = [(value, place) for value, place in _named(terms, known) if value]
    if known and not found:
        names = ", ".join(f"«{name}»" for name in terms.branches)
        raise BadPriceListError("no type of prices of the settings", sentence=_NO_TYPE.format(names))
    return [value for value, _ in found], [place for _, place in found]


def _named(terms: PriceListTerms, known: dict[str, str]) -> list[tuple[str, UUID | None]]:
    by_name = {name: value for value, name in known.items() if name}
    return [
        (named if named in known else by_name.get(named, ""), place)
        for named, place in terms.branches.items()
    ]


_TAKEN: Final = "Эту услугу уже означает другая строка прайс-листа: сначала отвяжите её."
_NO_LIST: Final = (
    "В\u00a0файле нет ни\u00a0каталога, ни\u00a0пакета предложений. Ничего не\u00a0изменилось; "
    "проверьте, что выгружается."
)
_WHICH_TYPE: Final = (
    "В\u00a0выгрузке несколько типов цен: {}. Оставьте в\u00a0настройке обмена 1С один или назовите нужный "
    "в\u00a0FELDSHER_EXCHANGE на\u00a0сайте. Ничего не\u00a0изменилось."
)
_NO_TYPE: Final = (
    "В\u00a0выгрузке нет типа цен, который назван в\u00a0FELDSHER_EXCHANGE: {}. Ничего не\u00a0изменилось."
)
_NO_BRANCH: Final = (
    "В\u00a0FELDSHER_EXCHANGE назван филиал, которого нет в\u00a0справочнике. Ничего не\u00a0изменилось."
)

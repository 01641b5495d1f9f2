"""The directory of 1С: clinics, employees, the nomenclature and prices of each clinic (contract §3.1).

Where an employee works isn't told anywhere: `Организация` is zero for many and another clinic's for some, so
it is joined with the clinics in which the schedule of the coming days shows them. What can't be read is left
out with a warning, and the snapshot then takes nothing away.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    RemoteLocation,
    RemotePractitioner,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.domain.scheduling.ports import Window
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.bit_umc import answers, schedule
from feldsher.integrations.mis.bit_umc.answers import guid
from feldsher.integrations.mis.bit_umc.documents import Value, child, rows, text_of
from feldsher.integrations.mis.bit_umc.door import NO_EXCHANGE, Door, Parameter, RefusedError
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.bit_umc.times import minutes_of
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel import clock

_PRICE = re.compile(r"\d{1,12}(?:[.,]\d{1,4})?", re.ASCII)
_KINDS = {
    "Услуга": ServiceKind.SERVICE,
    "Материал": ServiceKind.MATERIAL,
    "Набор": ServiceKind.SET,
    "": ServiceKind.SERVICE,  # a live base has services whose kind nobody filled in
}


@dataclass(frozen=True, slots=True)
class _List:
    """Where rows stand: {root: {row: …}} in XML, {Ответ: {member: …}} over HTTP."""

    root: str
    row: str
    member: str


_CLINICS = _List("СписокКлиник", "Клиника", "Клиники")
_EMPLOYEES = _List("Сотрудники", "Сотрудник", "Сотрудники")
_CATALOGUE = _List("Каталоги", "Каталог", "Номенклатура")


@dataclass(slots=True)
class _Draft:
    """The snapshot in the making. `is_whole` falls with the first thing that could not be read."""

    is_whole: bool = True
    warnings: list[str] = field(default_factory=list)
    services: dict[str, RemoteService] = field(default_factory=dict)
    prices: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def lose(self, text: str) -> None:
        self.is_whole = False
        self.warnings.append(text)


def read_directory(door: Door, profile: Profile) -> DirectorySnapshot:
    """Return the snapshot; raises NotSentError, LostError, RefusedError when clinics or employees fail."""
    as_of, draft = clock.now(), _Draft()
    clinics = read_clinics(*_ask(door, profile, "GetListClinic"), draft=draft)
    employees = read_employees(*_ask(door, profile, "GetListEmployees"), draft=draft)
    for clinic in clinics:
        _add_catalogue(door, profile, clinic.id, draft)
    places = _places(door, profile, draft)
    known = {clinic.id for clinic in clinics}
    employees = tuple(
        replace(row, location_ids=tuple(sorted(({*row.location_ids} | places.get(row.id, set())) & known)))
        for row in employees
    )
    if not clinics or not employees or not draft.services:
        completeness = Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.FULL if draft.is_whole else Completeness.PARTIAL
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=clinics,
        practitioners=employees,
        services=tuple(draft.services.values()),
        prices=tuple(
            RemotePrice(service_id, clinic, None, amount)
            for (service_id, clinic), amount in draft.prices.items()
        ),
        warnings=tuple(draft.warnings),
    )


def _ask(door: Door, profile: Profile, operation: str, **values: Parameter) -> tuple[str, Value]:
    text = door.call(operation, values, seconds=profile.bulk_timeout)
    return answers.document(text, limit=profile.max_bytes)


def _rows(root: str, tree: Value, place: _List) -> list[dict[str, Value]]:
    if root not in {place.root, "Ответ", ""}:
        raise LostError("an answer to something else")
    try:
        return rows(tree, place.member if root == "Ответ" else place.row)
    except BadDocumentError as error:
        raise LostError(f"an answer that is {error}") from None


def _uid(row: Value) -> str:
    """Return the identifier of a row: it is UID in XML and УИД over HTTP."""
    return guid(text_of(row, "UID") or text_of(row, "УИД"))


def read_clinics(root: str, tree: Value, *, draft: _Draft) -> tuple[RemoteLocation, ...]:
    found = {}
    for row in _rows(root, tree, _CLINICS):
        try:
            uid, name = _uid(row), text_of(row, "Наименование")
        except BadDocumentError:
            uid, name = "", ""
        if uid:
            found[uid] = RemoteLocation(uid, name)
        else:
            draft.lose("a clinic without УИД")
    return tuple(found.values())


def read_employees(root: str, tree: Value, *, draft: _Draft) -> tuple[RemotePractitioner, ...]:
    found = {}
    for row in _rows(root, tree, _EMPLOYEES):
        try:
            employee = _employee(row)
        except BadDocumentError:
            draft.lose("an employee that can't be read")
            continue
        found[employee.id] = employee
    return tuple(found.values())


def _employee(row: Value) -> RemotePractitioner:
    uid = _uid(row)
    family, given, middle = (text_of(row, name) for name in ("Фамилия", "Имя", "Отчество"))
    if not uid:
        raise BadDocumentError("an employee without UID")
    if not family and not given:
        family, given, middle = [*text_of(row, "Наименование").split(maxsplit=2), "", "", ""][:3]
    specialty, organisation = text_of(row, "Специализация"), guid(text_of(row, "Организация"))
    norms = {
        text_of(own, "UID"): minutes_of(text_of(own, "Продолжительность"))
        for own in rows(child(row, "ОсновныеУслуги"), "ОсновнаяУслуга")
    }
    return RemotePractitioner(
        id=uid,
        family=family,
        given=given,
        middle=middle,
        specialties=(specialty,) if specialty else (),
        location_ids=(organisation,) if organisation else (),
        services=tuple(RemoteServiceNorm(key, minutes) for key, minutes in norms.items() if guid(key)),
        about=text_of(row, "КраткоеОписание"),
    )


def _add_catalogue(door: Door, profile: Profile, clinic: str, draft: _Draft) -> None:
    """Add the nomenclature of one clinic. A clinic without an exchange setting has none, and says so."""
    try:
        root, tree = _ask(door, profile, "GetNomenclatureAndPrices", Clinic=clinic)
        found = read_catalogue(root, tree, clinic=clinic, draft=draft)
    except RefusedError as error:
        if error.code == NO_EXCHANGE:
            draft.warnings.append(f"clinic {clinic} has no exchange setting, so no services and no prices")
        else:
            draft.lose(f"the nomenclature of clinic {clinic} was refused: {error.code}")
    except (LostError, NotSentError) as error:
        draft.lose(f"the nomenclature of clinic {clinic} did not come: {error}")
    else:
        if not found:
            draft.lose(f"the nomenclature of clinic {clinic} is empty")


def read_catalogue(root: str, tree: Value, *, clinic: str, draft: _Draft) -> int:
    """Add services and prices to the draft; return how many rows there were."""
    found = _rows(root, tree, _CATALOGUE)
    for row in found:
        try:
            item, price = _item(row), text_of(row, "Цена").replace("\u00a0", "").replace(" ", "")
        except BadDocumentError:
            draft.lose(f"a row of the nomenclature of clinic {clinic} can't be read")
            continue
        draft.services.setdefault(item.id, item)
        if item.kind is ServiceKind.FOLDER or not price:
            continue
        if not _PRICE.fullmatch(price):
            draft.lose(f"item {item.id} has a price in clinic {clinic} that isn't one")
            continue
        amount = Decimal(price.replace(",", "."))
        known = draft.prices.setdefault((item.id, clinic), amount)
        if known != amount:
            draft.warnings.append(f"item {item.id} has two prices in clinic {clinic}: the first is taken")
    return len(found)


def _item(row: Value) -> RemoteService:
    uid = _uid(row)
    if not uid:
        raise BadDocumentError("a row without UID")
    kind = _KINDS.get(text_of(row, "Вид"), ServiceKind.MATERIAL)
    is_folder = text_of(row, "ЭтоПапка").lower() in {"true", "1", "да"}
    return RemoteService(
        id=uid,
        name=text_of(row, "Наименование"),
        kind=ServiceKind.FOLDER if is_folder else kind,
        parent_id=guid(text_of(row, "Родитель")) or None,
        code=text_of(row, "Артикул"),
        minutes=minutes_of(text_of(row, "Продолжительность")),
    )


def _places(door: Door, profile: Profile, draft: _Draft) -> dict[str, set[str]]:
    """Return the clinics in which the coming days show each employee."""
    today = clock.now().date()
    window = Window(today, today + timedelta(days=profile.max_window_days - 1))
    places: dict[str, set[str]] = defaultdict(set)
    try:
        found = schedule.ask(door, profile, window, seconds=profile.bulk_timeout)
    except (LostError, NotSentError, RefusedError) as error:
        draft.lose(f"the schedule that tells who works where did not come: {error}")
        return places
    if not found.resources:
        draft.lose("the schedule that tells who works where is empty")
    for resource in (*found.resources, *found.damaged):
        places[resource.practitioner_id].add(resource.location_id)
    return places

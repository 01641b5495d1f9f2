"""The directory. What can't be read is left out, and the snapshot then takes nothing away.

What names something that isn't on the site (a service that `where` leaves out, a doctor who is marked for
deletion) is passed over without a word: a base of 1С is full of it.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

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
from feldsher.integrations.mis.odata_1c import values
from feldsher.integrations.mis.odata_1c.mapping import Table
from feldsher.integrations.mis.odata_1c.odata import Deadline, OData, steadily
from feldsher.integrations.mis.odata_1c.profile import Profile
from feldsher.integrations.mis.odata_1c.schedule import read_places
from feldsher.integrations.mis.plain.wire import LONGEST_PART, BadAnswerError, Row, text
from feldsher.kernel import clock

MOST_WARNINGS = 20
_SNILS_DIGITS = 11
_Found = TypeVar("_Found")


@dataclass(slots=True)
class _Reading:
    odata: OData
    deadline: Deadline
    lost: int = 0
    warnings: list[str] = field(default_factory=list)

    def all_of(self, table: Table | None, read: Callable[[Row, Table], _Found]) -> list[_Found]:
        """Return what the rows of a table are; one that can't be read is lost and named by its key.

        A table without a single row is lost as a whole: it takes nothing away.
        """
        if table is None:
            return []
        return steadily(lambda: self._all_of(table, read))

    def _all_of(self, table: Table, read: Callable[[Row, Table], _Found]) -> list[_Found]:
        found, lost = [], []
        fields = frozenset(table.fields.values())
        at = clock.now().strftime("%Y-%m-%dT%H:%M:%S")
        for row in self.odata.rows(table, self.deadline, fields=fields, at=at):
            try:
                found.append(read(row, table))
            except BadAnswerError as error:
                lost.append(f"{table.entity} {_where(row, table)}: {error}")
        if not found and not lost:
            lost.append(f"{table.entity} has no rows: does the mapping fit?")
        self.lost += len(lost)
        self.warnings += lost[:MOST_WARNINGS]
        if len(lost) > MOST_WARNINGS:
            self.warnings.append(f"and {len(lost) - MOST_WARNINGS} rows more of {table.entity}")
        return found


def _where(row: Row, table: Table) -> str:
    """Return the key of a row as far as it is one of ours to show: references only."""
    try:
        return "/".join(values.reference(row, name) for name in table.key)
    except BadAnswerError:
        return "?"


def read_directory(odata: OData, profile: Profile) -> DirectorySnapshot:
    """Return the snapshot; raises NotSentError, LostError, RefusedError, BadAnswerError."""
    as_of, reading = clock.now(), _Reading(odata, Deadline(profile.reading_seconds))
    if isinstance(profile.branches, RemoteLocation):
        branches = {profile.branches.id: profile.branches}
    else:
        branches = {one.id: one for one in reading.all_of(profile.branches, _branch)}
    specialties = dict(reading.all_of(profile.specialties, _named))
    services = {one.id: one for one in reading.all_of(profile.services, _service)}
    norms = _norms(reading, profile, services)
    places = _places(reading, profile, branches)
    doctors = {
        one.id: one
        for one in reading.all_of(
            profile.doctors, lambda row, table: _doctor(row, table, specialties, places, norms, branches)
        )
    }
    prices = _prices(reading, profile, branches, doctors, services)
    if not branches or not doctors or not services:
        completeness = Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.PARTIAL if reading.lost else Completeness.FULL
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=tuple(branches.values()),
        practitioners=tuple(doctors.values()),
        services=tuple(services.values()),
        prices=prices,
        warnings=tuple(reading.warnings),
    )


def _id(row: Row, table: Table) -> str:
    found = values.reference(row, table.fields["id"])
    if not found:
        raise BadAnswerError(f"{table.fields['id']} is empty")
    return found


def _named(row: Row, table: Table) -> tuple[str, str]:
    return _id(row, table), text(row, table.fields["name"])


def _branch(row: Row, table: Table) -> RemoteLocation:
    return RemoteLocation(*_named(row, table))


def _service(row: Row, table: Table) -> RemoteService:
    fields = table.fields
    return RemoteService(
        id=_id(row, table),
        name=text(row, fields["name"]),
        kind=ServiceKind.SERVICE,
        parent_id=None,
        code=text(row, fields["code"], least=0) if "code" in fields else "",
        minutes=values.minutes(row, fields["minutes"]) if "minutes" in fields else None,
    )


def _norms(
    reading: _Reading, profile: Profile, services: dict[str, RemoteService]
) -> dict[str, dict[str, RemoteServiceNorm]]:
    """Return the services of each doctor."""
    found: dict[str, dict[str, RemoteServiceNorm]] = {}
    for doctor, norm in reading.all_of(profile.given, _norm):
        if norm.service_id in services:
            found.setdefault(doctor, {})[norm.service_id] = norm
    return found


def _norm(row: Row, table: Table) -> tuple[str, RemoteServiceNorm]:
    fields = table.fields
    minutes = values.minutes(row, fields["minutes"]) if "minutes" in fields else None
    doctor = values.reference(row, fields["doctor"])
    return doctor, RemoteServiceNorm(values.reference(row, fields["service"]), minutes)


def _places(reading: _Reading, profile: Profile, branches: Iterable[str]) -> Callable[[str], Iterable[str]]:
    """Return the branches of a doctor where the doctors' own table doesn't tell them: by the schedule."""
    everywhere = list(branches)
    if "branch" in profile.doctors.fields or len(everywhere) == 1:
        return lambda _: everywhere
    today = clock.now().date()
    window = Window(today, today + timedelta(days=profile.max_window_days - 1))
    working, doubts = read_places(reading.odata, profile, window, reading.deadline)
    reading.lost += len(doubts)
    reading.warnings += doubts
    found: dict[str, list[str]] = {}
    for one in working:
        found.setdefault(one.practitioner_id, []).append(one.location_id)
    return lambda doctor: sorted(found.get(doctor, ()))


def _doctor(
    row: Row,
    table: Table,
    specialties: dict[str, str],
    places: Callable[[str], Iterable[str]],
    norms: dict[str, dict[str, RemoteServiceNorm]],
    branches: dict[str, RemoteLocation],
) -> RemotePractitioner:
    fields, number = table.fields, _id(row, table)
    family, given, middle = [*text(row, fields["name"]).split(maxsplit=2), "", "", ""][:3]
    if max(map(len, (family, given, middle))) > LONGEST_PART:
        raise BadAnswerError(f"{fields['name']} has a part of over {LONGEST_PART} characters")
    told = [values.reference(row, fields["branch"])] if "branch" in fields else places(number)
    return RemotePractitioner(
        id=number,
        family=family,
        given=given,
        middle=middle,
        specialties=tuple(filter(None, [_specialty(row, table, specialties)])),
        location_ids=tuple(one for one in told if one in branches),
        services=tuple(norms.get(number, {}).values()),
        snils=_snils(row, fields["snils"]) if "snils" in fields else "",
    )


def _specialty(row: Row, table: Table, specialties: dict[str, str]) -> str:
    name = table.fields.get("specialty")
    if name is None:
        return ""
    if name.endswith("_Key"):
        return specialties.get(values.reference(row, name), "")
    return text(row, name, least=0)


def _snils(row: Row, name: str) -> str:
    """Return the digits of a СНИЛС, "" for whatever has not eleven of them."""
    digits = "".join(sign for sign in text(row, name, least=0) if sign in "0123456789")
    return digits if len(digits) == _SNILS_DIGITS else ""


def _prices(
    reading: _Reading,
    profile: Profile,
    branches: Container[str],
    doctors: Container[str],
    services: Container[str],
) -> tuple[RemotePrice, ...]:
    """Return the prices of what is on the site, the last of two for the same."""
    found = [
        one
        for one in reading.all_of(profile.prices, _price)
        if one.service_id in services
        and (one.location_id is None or one.location_id in branches)
        and (one.practitioner_id is None or one.practitioner_id in doctors)
    ]
    unique = {(one.service_id, one.location_id, one.practitioner_id): one for one in found}
    if len(unique) < len(found):
        reading.warnings.append(f"{len(found) - len(unique)} prices come twice: is where missing?")
    return tuple(unique.values())


def _price(row: Row, table: Table) -> RemotePrice:
    fields = table.fields
    return RemotePrice(
        values.reference(row, fields["service"]),
        values.reference(row, fields["branch"]) or None if "branch" in fields else None,
        values.reference(row, fields["doctor"]) or None if "doctor" in fields else None,
        values.roubles(row, fields["roubles"]),
    )

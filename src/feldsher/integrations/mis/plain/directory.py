"""The directory, in one request. What can't be read is left out, and the snapshot then takes nothing away."""

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

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
from feldsher.integrations.mis.plain import wire
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row

MOST_WARNINGS = 20
_SNILS = re.compile(r"([0-9]{11})?")
_ROUBLES = re.compile(r"[0-9]{1,9}(\.[0-9]{2})?")
_Found = TypeVar("_Found")
_Key = TypeVar("_Key")


@dataclass(slots=True)
class _Reading:
    lost: int = 0
    warnings: list[str] = field(default_factory=list)

    def lose(self, text: str) -> None:
        self.lost += 1
        if self.lost <= MOST_WARNINGS:
            self.warnings.append(text)

    def all_of(
        self, rows: list[Any], what: str, read: Callable[[Row], _Found], key: Callable[[_Found], _Key]
    ) -> dict[_Key, _Found]:
        """Return the rows by their keys; the first of two with one key stays."""
        found: dict[_Key, _Found] = {}
        for number, entry in enumerate(rows, 1):
            try:
                item = read(wire.as_row(entry, what))
            except BadAnswerError as error:
                self.lose(f"{what} {number}: {error}")
                continue
            if key(item) in found:
                self.lose(f"{what} {number} comes twice")
                continue
            found[key(item)] = item
        return found

    def known(self, ids: Iterable[str], among: Container[str], what: str) -> tuple[str, ...]:
        """Return the ids that are among these, each once."""
        wanted = list(dict.fromkeys(ids))
        for stranger in [one for one in wanted if one not in among]:
            self.lose(f"{what} {stranger} is named and not listed")
        return tuple(one for one in wanted if one in among)


def read_directory(told: Row, *, as_of: datetime) -> DirectorySnapshot:
    """Return the snapshot; raises BadAnswerError for an answer that is none."""
    reading = _Reading()
    is_complete = wire.truth(told, "complete")
    branches = reading.all_of(wire.listed(told, "branches", most=1000), "branch", _branch, lambda one: one.id)
    services = reading.all_of(
        wire.listed(told, "services", most=50_000), "service", _service, lambda one: one.id
    )
    doctors = reading.all_of(
        wire.listed(told, "doctors", most=20_000),
        "doctor",
        lambda row: _doctor(row, branches, services, reading),
        lambda one: one.id,
    )
    prices = reading.all_of(
        wire.listed(told, "prices", most=500_000),
        "price",
        lambda row: _price(row, branches, services, doctors),
        lambda one: (one.service_id, one.location_id, one.practitioner_id),
    )
    if reading.lost > MOST_WARNINGS:
        reading.warnings.append(f"and {reading.lost - MOST_WARNINGS} more")
    completeness = Completeness.FULL if is_complete and not reading.lost else Completeness.PARTIAL
    if not branches or not doctors:
        completeness = Completeness.SUSPICIOUS_EMPTY
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=tuple(branches.values()),
        practitioners=tuple(doctors.values()),
        services=tuple(services.values()),
        prices=tuple(prices.values()),
        warnings=tuple(reading.warnings),
    )


def _branch(row: Row) -> RemoteLocation:
    return RemoteLocation(wire.identifier(row, "id"), wire.text(row, "name"))


def _service(row: Row) -> RemoteService:
    return RemoteService(
        id=wire.identifier(row, "id"),
        name=wire.text(row, "name"),
        kind=ServiceKind.SERVICE,
        parent_id=None,
        code="",
        minutes=wire.minutes_or_none(row, "minutes"),
    )


def _doctor(
    row: Row, branches: Container[str], services: Container[str], reading: _Reading
) -> RemotePractitioner:
    named = [{"id": one} for one in wire.listed(row, "branches", most=1000)]
    norms = {
        wire.identifier(one, "id"): wire.minutes_or_none(one, "minutes")
        for one in (wire.as_row(entry, "a service") for entry in wire.listed(row, "services", most=5000))
    }
    titles = [{"name": one} for one in wire.listed(row, "specialties", most=20)]
    return RemotePractitioner(
        id=wire.identifier(row, "id"),
        family=wire.text(row, "family", most=wire.LONGEST_PART),
        given=wire.text(row, "given", most=wire.LONGEST_PART),
        middle=wire.text(row, "middle", most=wire.LONGEST_PART, least=0),
        specialties=tuple(wire.text(one, "name") for one in titles),
        location_ids=reading.known((wire.identifier(one, "id") for one in named), branches, "branch"),
        services=tuple(
            RemoteServiceNorm(one, norms[one]) for one in reading.known(norms, services, "service")
        ),
        snils=wire.matching(row, "snils", _SNILS) if "snils" in row else "",
    )


def _price(
    row: Row, branches: Container[str], services: Container[str], doctors: Container[str]
) -> RemotePrice:
    price = RemotePrice(
        wire.identifier(row, "service"),
        wire.optional(row, "branch", wire.ID),
        wire.optional(row, "doctor", wire.ID),
        Decimal(wire.matching(row, "roubles", _ROUBLES)),
    )
    for one, known in (
        (price.service_id, services),
        (price.location_id, branches),
        (price.practitioner_id, doctors),
    ):
        if one is not None and one not in known:
            raise BadAnswerError("names what is not listed")
    return price

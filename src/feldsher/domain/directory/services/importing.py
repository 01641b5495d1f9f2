"""Import of a MIS's directory: idempotent, one transaction, nothing is taken away without proof.

A record is known by `(mis, id)`. What vanishes from a FULL snapshot is closed and reopened when it comes
back; an empty list where we have records is not believed. Two ids are one human only by СНИЛС or by an
explicit merge; an equal name is only reported.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.conf import settings

from feldsher.domain.directory.models import Practitioner
from feldsher.domain.directory.profile import paragraphs
from feldsher.domain.directory.rules import MINUTES_A_DAY
from feldsher.domain.directory.services.fields import OWN_DEFAULT, JsonScalar, is_zone
from feldsher.domain.directory.services.links import (
    LinkKey,
    RoleKey,
    apply_roles,
    apply_services,
    sync_own_visits,
)
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.prices import PriceKey, apply_prices, usable_amount
from feldsher.domain.directory.services.records import (
    Records,
    Tally,
    default_organization,
    ensure_specialties,
    usable,
)
from feldsher.domain.directory.services.snils import keep_snils, known_snils
from feldsher.domain.directory.text import normalise, tidy
from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    ImportReport,
    Kind,
    RemotePractitioner,
)
from feldsher.foundation.vault.sealing import blind_index, blind_indexes
from feldsher.kernel.errors import InvalidInputError

_ABOUT = 5000
_NAME = 100
_MIS_LENGTH = 64
_SNILS = "practitioner.snils"


def import_snapshot(mis: str, *, snapshot: DirectorySnapshot) -> ImportReport:
    """Bring the directory to what a MIS says; the same snapshot again changes nothing.

    Overlaid fields keep the staff's value. Nothing is closed unless the snapshot is FULL, and no list that
    came back empty closes what it had. Publishes nothing: whoever calls reads `selectors.visit_terms()`.
    `mis` is our own stable name of 1 to 64 characters; InvalidInputError for another.
    """
    if not 1 <= len(mis) <= _MIS_LENGTH:
        raise InvalidInputError("the name of a MIS has 1 to 64 characters")
    with directory_write():
        return _Import(mis, snapshot=snapshot).run()


def _snils_indexes(snils: str) -> tuple[str, ...]:
    """Return the blind indexes of a СНИЛС, the current one first; nothing for what has not eleven digits."""
    digits = "".join(letter for letter in snils if letter.isascii() and letter.isdigit())
    if len(digits) != 11:  # noqa: PLR2004 - the length of a СНИЛС
        return ()
    older = blind_indexes(_SNILS, digits)
    return tuple(index.hex() for index in (blind_index(_SNILS, digits), *older))


@dataclass(frozen=True, slots=True)
class _Doctor:
    """A doctor of the snapshot and the row that was found or made."""

    row: UUID
    remote: RemotePractitioner


class _Import:
    """One run. Each step writes its kind before the next one refers to it."""

    def __init__(self, mis: str, *, snapshot: DirectorySnapshot) -> None:
        self.mis = mis
        self.snapshot = snapshot
        self.at: datetime = snapshot.as_of
        self.tally = Tally(warnings=list(snapshot.warnings))
        self.locations = Records(Kind.LOCATION, mis=mis, at=self.at)
        self.services = Records(Kind.SERVICE, mis=mis, at=self.at)
        self.doctors = Records(Kind.PRACTITIONER, mis=mis, at=self.at)
        self.snils: dict[UUID, str] = {}

    def run(self) -> ImportReport:
        self._take_locations()
        self._take_services()
        doctors = self._take_doctors()
        specialties = self._specialties()
        closing_at = self.at if self._may_close(self.doctors, count=len(doctors), warn=False) else None
        roles = self._wanted_roles(doctors, specialties=specialties)
        apply_roles(roles, mis=self.mis, closing_at=closing_at, tally=self.tally)
        links = self._wanted_services(doctors)
        apply_services(links, mis=self.mis, closing_at=closing_at, tally=self.tally)
        self._take_prices()
        sync_own_visits(self.doctors.rows.keys(), at=self.at, tally=self.tally)
        self._suggest_merges({doctor.row for doctor in doctors})
        tally = self.tally
        return ImportReport(tally.created, tally.updated, tally.closed, tuple(tally.warnings))

    def _may_close(self, records: Records, *, count: int, warn: bool = True) -> bool:
        if self.snapshot.completeness is not Completeness.FULL:
            return False
        if count or not records.had_open:
            return True
        if warn:
            self.tally.warnings.append(f"{self.mis} sent no {records.kind.value} at all: nothing was closed")
        return False

    def _save(self, records: Records, *, count: int) -> None:
        closed = records.close_absent() if self._may_close(records, count=count) else 0
        records.save(self.tally, closed=closed)

    def _take_locations(self) -> None:
        found = usable(self.snapshot.locations, what="locations", tally=self.tally)
        zone = settings.FELDSHER_DEFAULT_ZONE
        if zone and not is_zone(zone):
            self.tally.warnings.append("FELDSHER_DEFAULT_ZONE is no IANA zone and is not used")
            zone = ""
        organization = str(default_organization(tally=self.tally)) if found else ""
        for remote in found:
            row_id = self.locations.place(remote.id, attrs={"organization_id": UUID(organization)})
            row = self.locations.rows[row_id]
            own = row.mis_values.get(OWN_DEFAULT, {})
            defaults: dict[str, JsonScalar] = {"organization": own.get("organization", organization)}
            if zone:
                defaults["zone"] = zone
            self.locations.give(row, source=OWN_DEFAULT, values=defaults)
            self.locations.say(row_id, values={"name": tidy(remote.name, limit=300)})
        self._save(self.locations, count=len(found))

    def _take_services(self) -> None:
        found = usable(self.snapshot.services, what="services", tally=self.tally)
        rows = {remote.id: self.services.place(remote.id) for remote in found}
        for remote in found:
            parent = self.services.target(remote.parent_id) if remote.parent_id else None
            self.services.say(
                rows[remote.id],
                values={
                    "name": tidy(remote.name, limit=500),
                    "minutes": _minutes(remote.minutes),
                    "kind": remote.kind.value,
                    "code": tidy(remote.code, limit=100),
                    "parent": str(parent) if parent and parent != rows[remote.id] else None,
                },
            )
        self._save(self.services, count=len(found))

    def _take_doctors(self) -> list[_Doctor]:
        found = usable(self.snapshot.practitioners, what="practitioners", tally=self.tally)
        self.snils = known_snils()
        open_rows = {row.id for row in self._people() if row.merged_into_id is None}
        known = {index: row_id for row_id, index in self.snils.items() if row_id in open_rows}
        told: dict[UUID, str] = {}
        doctors = []
        for remote in found:
            indexes = _snils_indexes(remote.snils)
            match = next((known[index] for index in indexes if index in known), None)
            row_id = self.doctors.place(remote.id, target=match)
            if indexes:
                self._compare_snils(row_id, indexes)
                if self.snils.get(row_id) != indexes[0]:
                    told[row_id] = self.snils[row_id] = indexes[0]
                known.setdefault(indexes[0], row_id)
            self.doctors.say(
                row_id,
                values={
                    "family": tidy(remote.family, limit=_NAME),
                    "given": tidy(remote.given, limit=_NAME),
                    "middle": tidy(remote.middle, limit=_NAME),
                    "about": paragraphs(remote.about)[:_ABOUT],
                },
            )
            doctors.append(_Doctor(row_id, remote))
        self._save(self.doctors, count=len(found))
        keep_snils(told)
        return doctors

    def _compare_snils(self, row_id: UUID, indexes: tuple[str, ...]) -> None:
        if self.snils.get(row_id, indexes[0]) not in indexes:
            self.tally.warnings.append(f"practitioner {row_id} came with another СНИЛС")

    def _people(self) -> list[Practitioner]:
        return cast("list[Practitioner]", list(self.doctors.rows.values()))

    def _specialties(self) -> dict[str, UUID]:
        texts = (text for doctor in self.snapshot.practitioners for text in doctor.specialties)
        return ensure_specialties(texts, tally=self.tally)

    def _wanted_roles(self, doctors: list[_Doctor], *, specialties: dict[str, UUID]) -> dict[RoleKey, str]:
        wanted: dict[RoleKey, str] = {}
        strangers = 0
        for doctor in doctors:
            keys = [normalise(tidy(text, limit=300)) for text in doctor.remote.specialties]
            found: list[UUID | None] = [specialties[key] for key in keys if key]
            for remote_id in doctor.remote.location_ids:
                location = self.locations.target(remote_id)
                if location is None:
                    strangers += 1
                    continue
                for specialty in found or [None]:
                    wanted.setdefault((doctor.row, location, specialty), doctor.remote.id)
        if strangers:
            self.tally.warnings.append(
                f"{strangers} places of work name a location that {self.mis} does not list"
            )
        return wanted

    def _wanted_services(self, doctors: list[_Doctor]) -> dict[LinkKey, int | None]:
        wanted: dict[LinkKey, int | None] = {}
        strangers = set()
        for doctor in doctors:
            for norm in doctor.remote.services:
                service = self.services.target(norm.service_id)
                if service is None:
                    strangers.add(norm.service_id)
                    continue
                key = (doctor.row, service)
                wanted[key] = wanted.get(key) or _minutes(norm.minutes)
        if strangers:
            self.tally.warnings.append(
                f"{len(strangers)} services of doctors are in no price list of {self.mis}"
            )
        return wanted

    def _take_prices(self) -> None:
        wanted: dict[PriceKey, Decimal] = {}
        unusable = 0
        for price in self.snapshot.prices:
            service = self.services.target(price.service_id)
            location = self.locations.target(price.location_id) if price.location_id else None
            doctor = self.doctors.target(price.practitioner_id) if price.practitioner_id else None
            amount = usable_amount(price.amount)
            lost = (price.location_id and not location) or (price.practitioner_id and not doctor)
            if service is None or amount is None or lost:
                unusable += 1
                continue
            wanted.setdefault((service, location, doctor), amount)
        if unusable:
            self.tally.warnings.append(
                f"{unusable} prices are no amount or name what {self.mis} does not list"
            )
        apply_prices(
            wanted,
            mis=self.mis,
            today=self.at.date(),
            closing=bool(wanted) and self.snapshot.completeness is Completeness.FULL,
            tally=self.tally,
        )

    def _suggest_merges(self, seen: set[UUID]) -> None:
        """Name the rows that may be one human: an equal full name, or one СНИЛС under two rows."""
        groups: dict[tuple[str, str], list[Practitioner]] = defaultdict(list)
        for row in self._people():
            if row.closed_at is None and row.sort_name:
                groups["full name", row.sort_name].append(row)
                if row.id in self.snils:
                    groups["СНИЛС", self.snils[row.id]].append(row)
        for (what, _), rows in groups.items():
            known = [self.snils[row.id] for row in rows if row.id in self.snils]
            differ = len(rows) == len(known) == len(set(known))
            if len(rows) > 1 and not differ and any(row.id in seen for row in rows):
                ids = ", ".join(sorted(str(row.id) for row in rows))
                self.tally.warnings.append(
                    f"one {what}, several rows: {ids}; merge them if they are one human"
                )


def _minutes(minutes: int | None) -> int | None:
    """Return a length that a visit can have, or None: a MIS writes 00:00 for unknown."""
    return minutes if minutes is not None and 1 <= minutes <= MINUTES_A_DAY else None

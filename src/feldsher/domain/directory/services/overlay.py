"""What staff say over a MIS, or where every MIS is silent. It survives each import and can be taken back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from feldsher.domain.directory.models import (
    ExternalId,
    HealthcareService,
    Location,
    Organization,
    Overlay,
    Sourced,
    Specialty,
)
from feldsher.domain.directory.services.fields import (
    FIELDS,
    TABLES,
    JsonScalar,
    clean_field,
    columns,
    given_value,
    is_kept_by_mis,
    refresh,
)
from feldsher.domain.directory.services.links import name_own_visits
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import FieldChange, Kind, OverlayReport
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_OF_MIS: Final = "Это поле ведёт МИС: исправьте его в\u00a0ней."
_SECTIONS: Final = ("organization", "locations", "specialties")


def set_overlay(kind: Kind, *, target: UUID, field: str, value: object, author: str) -> None:
    """Set a field over what the MIS gives; `author` is a login.

    InvalidInputError for an unknown field, a wrong value (zones are IANA's, phones become E.164)
    or one that a MIS gives and keeps, NotFoundError for an unknown row.
    """
    kept = clean_field(kind, field=field, value=value)
    with directory_write():
        row = _row(kind, target=target)
        if is_kept_by_mis(kind, field=field, mis_values=row.mis_values):
            raise InvalidInputError(f"{kind}.{field} is a MIS's", fields={field: _OF_MIS})
        _set(row, kind=kind, values={field: kept}, author=author)


def clear_overlay(kind: Kind, *, target: UUID, field: str) -> None:
    """Take an overlay away: the field reads again what the MIS gives. No overlay: nothing happens."""
    if field not in FIELDS[kind]:
        raise InvalidInputError(f"{kind} has no field {field[:40]!r}", fields={field: "Такого поля нет."})
    with directory_write():
        row = _row(kind, target=target)
        Overlay.objects.filter(kind=kind.value, target=target, field=field).delete()
        _refresh(row, kind=kind)


def change_fields(changes: Sequence[FieldChange], *, author: str) -> None:
    """Set and take back several fields, of one record or of many, or none of them; `author` is a login.

    InvalidInputError names every fault by the `key` of its change; NotFoundError for an unknown row.
    """
    with directory_write():
        faults = apply_changes(changes, author=author)
        if faults:
            raise InvalidInputError(f"{len(faults)} fields are not valid", fields=faults)


def apply_changes(changes: Sequence[FieldChange], *, author: str) -> dict[str, str]:
    """Do it inside the caller's `directory_write`; return the faults, for which the caller must roll back."""
    faults: dict[str, str] = {}
    of_rows: dict[tuple[Kind, UUID], list[FieldChange]] = defaultdict(list)
    for change in changes:
        of_rows[change.kind, change.target].append(change)
    for (kind, target), own in of_rows.items():
        row = _row(kind, target=target)
        values: dict[str, JsonScalar] = {}
        taken_back: list[str] = []
        for change in own:
            is_said = given_value(row.mis_values, change.field)[1] is not None
            if change.value is None or (change.value == "" and not is_said):
                taken_back.append(change.field)
                continue
            try:
                values[change.field] = clean_field(kind, field=change.field, value=change.value)
            except InvalidInputError as error:
                faults[change.key] = error.fields[change.field]
                continue
            if is_kept_by_mis(kind, field=change.field, mis_values=row.mis_values):
                faults[change.key] = _OF_MIS
        Overlay.objects.filter(kind=kind.value, target=target, field__in=taken_back).delete()
        if not _set(row, kind=kind, values=values, author=author):
            _refresh(row, kind=kind)
    return faults


def load_overlay(mis: str, *, document: object, author: str) -> OverlayReport:
    """Set every overlay of a document; what is unknown or wrong is left out and reported, the rest applies.

    `{"organization": {field: value}, "locations": {id: {field: value}}, "specialties": {text: title}}`.
    Locations are named by the MIS's ids, specialties by its text. Loading the same document again changes
    nothing. Load it after the import.
    """
    if not isinstance(document, Mapping):
        raise InvalidInputError("an overlay document is a JSON object")
    with directory_write():
        return _Loading(mis, author=author).run(document)


def _row(kind: Kind, *, target: UUID) -> Sourced:
    row: Sourced | None = TABLES[kind].filter(id=target).first()
    if row is None:
        raise NotFoundError(f"no {kind.value} {target}")
    return row


def _set(row: Sourced, *, kind: Kind, values: Mapping[str, JsonScalar], author: str) -> int:
    """Store the values that differ from the overlay so far; return how many did."""
    known = dict(Overlay.objects.filter(kind=kind.value, target=row.id).values_list("field", "value"))
    changed = [
        Overlay(
            kind=kind.value,
            target=row.id,
            field=field,
            value=value,
            author=author,
            updated_at=clock.now(),
        )
        for field, value in values.items()
        if field not in known or known[field] != value
    ]
    Overlay.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["kind", "target", "field"],
        update_fields=["value", "author", "updated_at"],
    )
    if changed:
        _refresh(row, kind=kind)
    return len(changed)


def _refresh(row: Sourced, *, kind: Kind) -> None:
    overlays = dict(Overlay.objects.filter(kind=kind.value, target=row.id).values_list("field", "value"))
    if not refresh(row, kind=kind, overlays=overlays):
        return
    row.save(update_fields=columns(kind))
    if kind is Kind.SPECIALTY:
        own = list(HealthcareService.objects.filter(is_own=True, specialty=row.id))
        name_own_visits(own)
        HealthcareService.objects.bulk_update(own, columns(Kind.SERVICE))


class _Loading:
    """One document being loaded."""

    def __init__(self, mis: str, *, author: str) -> None:
        self.mis = mis
        self.author = author
        self.applied = 0
        self.warnings: list[str] = []

    def run(self, document: Mapping[str, Any]) -> OverlayReport:
        for section in document:
            if section not in _SECTIONS:
                self._warn(f"unknown section {section!r}")
        self._organization(self._section(document, "organization"))
        self._locations(self._section(document, "locations"))
        self._specialties(self._section(document, "specialties"))
        return OverlayReport(self.applied, tuple(self.warnings))

    def _warn(self, line: str) -> None:
        self.warnings.append(line[:200])

    def _section(self, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        section = document.get(name, {})
        if isinstance(section, Mapping):
            return section
        self._warn(f"{name} is not an object")
        return {}

    def _apply(self, row: Sourced, *, kind: Kind, raw: object, where: str) -> None:
        if not isinstance(raw, Mapping):
            self._warn(f"{where} is not an object")
            return
        values: dict[str, JsonScalar] = {}
        for field, value in raw.items():
            try:
                values[field] = clean_field(kind, field=field, value=value)
            except InvalidInputError as error:
                self._warn(f"{where}: {error.detail}")
        self.applied += _set(row, kind=kind, values=values, author=self.author)

    def _organization(self, raw: Mapping[str, Any]) -> None:
        if not raw:
            return
        row = Organization.objects.order_by("created_at", "id").first() or Organization.objects.create()
        self._apply(row, kind=Kind.ORGANIZATION, raw=raw, where="organization")

    def _locations(self, raw: Mapping[str, Any]) -> None:
        ids = ExternalId.objects.filter(mis=self.mis, kind=Kind.LOCATION.value, value__in=list(raw))
        targets = dict(ids.values_list("value", "target"))
        rows = Location.objects.in_bulk(list(targets.values()))
        for remote_id, values in raw.items():
            row = rows.get(targets[remote_id]) if remote_id in targets else None
            if row is None:
                self._warn(f"locations: {self.mis} has no {remote_id!r}")
                continue
            self._apply(row, kind=Kind.LOCATION, raw=values, where=f"locations {remote_id!r}")

    def _specialties(self, raw: Mapping[str, Any]) -> None:
        rows = {row.key: row for row in Specialty.objects.all()}
        for text, title in raw.items():
            row = rows.get(normalise(text))
            if row is None:
                self._warn(f"specialties: nobody has {text!r}")
                continue
            values = title if isinstance(title, Mapping) else {"title": title}
            self._apply(row, kind=Kind.SPECIALTY, raw=values, where=f"specialties {text!r}")

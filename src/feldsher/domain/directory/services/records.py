"""Records that a MIS names by an id: found before created, closed when they vanish, reopened when back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from feldsher.domain.directory.models import ExternalId, Organization, Overlay, Sourced, Specialty
from feldsher.domain.directory.services.fields import TABLES, JsonScalar, columns, refresh
from feldsher.domain.directory.text import normalise, slugify, tidy
from feldsher.domain.directory.types import Kind

BATCH: Final = 500
ID_LENGTH: Final = 200


@dataclass(slots=True)
class Tally:
    """Counts and lines for the report of one import."""

    created: int = 0
    updated: int = 0
    closed: int = 0
    warnings: list[str] = field(default_factory=list)


def overlays_of(kind: Kind) -> dict[UUID, dict[str, JsonScalar]]:
    """Return every overlay of a kind, by row and field."""
    found: dict[UUID, dict[str, JsonScalar]] = defaultdict(dict)
    for target, name, value in Overlay.objects.filter(kind=kind.value).values_list(
        "target", "field", "value"
    ):
        found[target][name] = value
    return found


class Records:
    """All rows of one kind and all their external ids, held in memory for one import of one MIS.

    Nothing is written before `save`. Call order: `place` and `say` each record, `close_absent` if
    the snapshot may take something away, `save`.
    """

    def __init__(self, kind: Kind, *, mis: str, at: datetime) -> None:
        """Load the kind: three queries, whatever the size. `at` is the instant of closing."""
        self.kind = kind
        self._mis = mis
        self._at = at
        self.rows: dict[UUID, Sourced] = {row.id: row for row in TABLES[kind].all()}
        self._overlays = overlays_of(kind)
        self._ids: dict[str, ExternalId] = {}
        self._by_target: dict[UUID, list[ExternalId]] = defaultdict(list)
        for external in ExternalId.objects.filter(kind=kind.value).order_by("mis", "value"):
            self._remember(external)
        self.had_open = any(external.closed_at is None for external in self._ids.values())
        self._new_rows: dict[UUID, Sourced] = {}
        self._new_ids: list[ExternalId] = []
        self._changed_rows: dict[UUID, Sourced] = {}
        self._changed_ids: dict[UUID, ExternalId] = {}
        self._given: set[UUID] = set()
        self._seen: set[str] = set()

    def _remember(self, external: ExternalId) -> None:
        self._by_target[external.target].append(external)
        if external.mis == self._mis:
            self._ids[external.value] = external

    def target(self, remote_id: str) -> UUID | None:
        """Return the row that this MIS means by an id, open or closed."""
        external = self._ids.get(remote_id)
        return external.target if external else None

    def place(
        self, remote_id: str, *, target: UUID | None = None, attrs: Mapping[str, Any] | None = None
    ) -> UUID:
        """Find or create the row that the MIS means by an id, reopen it, and return the row's id.

        `target` is a row that a not yet known id belongs to; `attrs` are columns of a row to be created.
        """
        self._seen.add(remote_id)
        external = self._ids.get(remote_id)
        if external is None:
            row = self.rows[target] if target else self.create(attrs or {})
            external = ExternalId(mis=self._mis, kind=self.kind.value, value=remote_id, target=row.id)
            self._remember(external)
            self._new_ids.append(external)
        elif external.closed_at is not None:
            external.closed_at = None
            self._changed_ids[external.id] = external
        row = self.rows[external.target]
        if row.closed_at is not None:
            row.closed_at = None
            self.touch(row)
        return row.id

    def create(self, attrs: Mapping[str, Any]) -> Sourced:
        """Make a row that is not written before `save`."""
        row: Sourced = TABLES[self.kind].model(**attrs)
        self.rows[row.id] = row
        self._new_rows[row.id] = row
        return row

    def say(self, row_id: UUID, *, values: dict[str, JsonScalar]) -> None:
        """Keep what the MIS says of a row; of several ids of one MIS on one row the first one speaks."""
        if row_id not in self._given:
            self._given.add(row_id)
            self.give(self.rows[row_id], source=self._mis, values=values)

    def give(self, row: Sourced, *, source: str, values: dict[str, JsonScalar]) -> None:
        """Keep what a source says of a row and refresh its effective values."""
        kept = row.mis_values.get(source) == values
        row.mis_values[source] = values
        if refresh(row, kind=self.kind, overlays=self._overlays.get(row.id, {})) or not kept:
            self.touch(row)

    def touch(self, row: Sourced) -> None:
        """Mark a row whose columns the caller changed."""
        if row.id not in self._new_rows:
            self._changed_rows[row.id] = row

    def close_absent(self) -> int:
        """Close the ids that the snapshot does not show, and the rows that no MIS shows any more."""
        closed = 0
        for value, external in self._ids.items():
            if value in self._seen or external.closed_at is not None:
                continue
            external.closed_at = self._at
            self._changed_ids[external.id] = external
            row = self.rows[external.target]
            left = [other for other in self._by_target[row.id] if other.closed_at is None]
            if not left and row.closed_at is None:
                row.closed_at = self._at
                closed += 1
                self._changed_rows[row.id] = row
            elif left and all(other.mis != self._mis for other in left):
                row.mis_values.pop(self._mis, None)
                refresh(row, kind=self.kind, overlays=self._overlays.get(row.id, {}))
                self._changed_rows[row.id] = row
        return closed

    def save(self, tally: Tally, *, closed: int = 0) -> None:
        """Write everything in a constant number of statements for each 500 rows."""
        table = TABLES[self.kind]
        table.bulk_create(self._new_rows.values(), batch_size=BATCH)
        ExternalId.objects.bulk_create(self._new_ids, batch_size=BATCH)
        if self._changed_rows:
            table.bulk_update(self._changed_rows.values(), columns(self.kind), batch_size=BATCH)
        if self._changed_ids:
            ExternalId.objects.bulk_update(self._changed_ids.values(), ["closed_at"], batch_size=BATCH)
        tally.created += len(self._new_rows)
        tally.closed += closed
        tally.updated += len(self._changed_rows) - closed


def usable(records: Iterable[Any], *, what: str, tally: Tally) -> list[Any]:
    """Return the records whose id a column can hold, each id once; warn about the others."""
    seen: dict[str, Any] = {}
    refused = 0
    for record in records:
        if not record.id or len(record.id) > ID_LENGTH or "\0" in record.id:
            refused += 1
        else:
            seen.setdefault(record.id, record)
    if refused:
        tally.warnings.append(f"{refused} {what} have no usable id and were left out")
    return list(seen.values())


def ensure_specialties(texts: Iterable[str], *, tally: Tally) -> dict[str, UUID]:
    """Return every specialty by its normalised text, those of `texts` made where they are new."""
    rows = {row.key: row.id for row in Specialty.objects.all()}
    slugs = set(Specialty.objects.values_list("slug", flat=True))
    created: list[Specialty] = []
    for text in texts:
        shown = tidy(text, limit=300)
        key = normalise(shown)
        if not key or key in rows:
            continue
        slug = base = slugify(shown)
        number = 2
        while slug in slugs:
            slug, number = f"{base}-{number}", number + 1
        slugs.add(slug)
        row = Specialty(slug=slug, text=shown, key=key)
        rows[key] = row.id
        created.append(row)
    Specialty.objects.bulk_create(created, batch_size=BATCH)
    tally.created += len(created)
    return rows


def default_organization(*, tally: Tally) -> UUID:
    """Return the network's first legal entity, made empty where there is none (a MIS names none)."""
    first = Organization.objects.order_by("created_at", "id").first()
    if first is None:
        first = Organization.objects.create()
        tally.created += 1
    return first.id

"""Reads of the journal. Who looks into it stands in it too: each read is recorded in its own transaction."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from feldsher.foundation.audit.models import AccessEntry, Check, Leaf
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import (
    Access,
    Actor,
    CheckCard,
    CheckFinding,
    ExportRow,
    JournalQuery,
    JournalRow,
    Result,
)

PAGE = 50
MOST_EXPORTED = 10_000
MOST_OF_PATIENT = 500
COLUMN = "J"
"""The journal's own letter in the matrix."""


def journal(query: JournalQuery, *, reader: Actor) -> tuple[JournalRow, ...]:
    """Return a page of rows, the newest first, PAGE of them and one more where there are older ones."""
    with transaction.atomic():
        rows = tuple(map(_row, _found(query)[: PAGE + 1]))
        shown = min(len(rows), PAGE)
        record(_look(query, reader, purpose="see_journal", rows=shown))
    return rows


def export(query: JournalQuery, *, reader: Actor) -> tuple[ExportRow, ...]:
    """Return the rows for a file, the newest first, at most MOST_EXPORTED, with their leaves."""
    with transaction.atomic():
        rows = tuple(map(_row, _found(query)[:MOST_EXPORTED]))
        leaves = {
            leaf.entry: leaf for leaf in Leaf.objects.filter(entry__in=[row.id for row in rows]).iterator()
        }
        record(_look(query, reader, purpose="export_journal", rows=len(rows)))
    return tuple(
        ExportRow(row, leaf.index, bytes(leaf.hash).hex())
        if (leaf := leaves.get(row.id))
        else ExportRow(row, None, "")
        for row in rows
    )


def of_patient(
    patient: UUID, *, reader: Actor, record_id: UUID | None = None, relation: str = "own"
) -> tuple[JournalRow, ...]:
    """Return who opened a patient's data, the newest first, at most MOST_OF_PATIENT rows.

    With `record_id`, only what was done to that record, and what the same requests opened of the patient: who
    has proved one visit learns nothing of another.
    """
    with transaction.atomic():
        found = AccessEntry.objects.filter(patients__contains=[patient])
        if record_id is not None:
            here = found.filter(ids__contains=[record_id])
            traces = here.exclude(trace="").values("trace")
            others = Q(trace__in=traces, what__in=_OF_A_PERSON)
            found = found.filter(Q(ids__contains=[record_id]) | others)
        rows = tuple(map(_row, found.order_by("-id")[:MOST_OF_PATIENT]))
        record(
            Access(
                actor=reader,
                column=COLUMN,
                what="journal",
                patients=(patient,),
                ids=(record_id,) if record_id else (),
                fields=(),
                purpose="own_journal",
                relation=relation,
                result=Result.ALLOWED,
                rows=len(rows),
            )
        )
    return rows


_OF_A_PERSON = ("person",)


def last_check() -> CheckCard | None:
    """Return the newest check of the journal, finished or not."""
    check = Check.objects.order_by("-asked_at").first()
    return _check(check) if check else None


def last_finished_check() -> CheckCard | None:
    check = Check.objects.exclude(finished_at=None).order_by("-finished_at").first()
    return _check(check) if check else None


def _found(query: JournalQuery) -> QuerySet[AccessEntry]:
    asked: dict[str, object] = {
        "actor": query.actor or None,
        "patients__contains": [query.patient] if query.patient else None,
        "at__gte": query.since,
        "at__lt": query.until,
        "result": query.result or None,
        "matrix_column": query.column or None,
        "id__lt": query.before,
    }
    return AccessEntry.objects.filter(
        **{name: value for name, value in asked.items() if value is not None}
    ).order_by("-id")


def _look(query: JournalQuery, reader: Actor, *, purpose: str, rows: int) -> Access:
    """Return the entry about a look into the journal: which parts of the query were asked, and whose data."""
    parts = ("actor", "patient", "since", "until", "result", "column")
    return Access(
        actor=reader,
        column=COLUMN,
        what="journal",
        patients=(query.patient,) if query.patient else (),
        ids=(),
        fields=tuple(part for part in parts if getattr(query, part)),
        purpose=purpose,
        relation="role",
        result=Result.ALLOWED,
        rows=rows,
    )


def _row(entry: AccessEntry) -> JournalRow:
    return JournalRow(
        id=entry.id,
        at=entry.at,
        trace=entry.trace,
        actor_kind=entry.actor_kind,
        actor=entry.actor,
        role=entry.role,
        matrix_column=entry.matrix_column,
        what=entry.what,
        patients=tuple(entry.patients),
        ids=tuple(entry.ids),
        fields=tuple(entry.fields),
        row_count=entry.row_count,
        purpose=entry.purpose,
        relation=entry.relation,
        result=entry.result,
        reason=entry.reason,
    )


def _check(check: Check) -> CheckCard:
    return CheckCard(
        id=check.id,
        asked_at=check.asked_at,
        finished_at=check.finished_at,
        is_clean=check.is_clean,
        leaves=check.leaves,
        covered=check.covered,
        covered_at=check.covered_at,
        findings=tuple(CheckFinding(**finding) for finding in check.findings),
        untold=check.untold,
    )

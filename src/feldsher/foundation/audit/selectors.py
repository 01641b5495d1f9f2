"""Reads of the journal. Who looks into it stands in it too: each read is recorded in its own transaction."""

from datetime import UTC
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncDate

from feldsher.foundation.audit.models import AccessEntry, Check, Leaf
from feldsher.foundation.audit.reading import JOURNAL, rows_of
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import (
    Access,
    Actor,
    ActorKind,
    CheckCard,
    CheckFinding,
    ExportRow,
    JournalQuery,
    JournalRow,
    OfPatient,
    Opening,
    OwnLooks,
    Result,
)
from feldsher.kernel import clock

PAGE = 50
MOST_EXPORTED = 10_000
MOST_OF_PATIENT = 500
COLUMN = "J"
"""The journal's own letter in the matrix."""


def journal(query: JournalQuery, *, reader: Actor) -> tuple[JournalRow, ...]:
    """Return a page of rows, the newest first, PAGE of them and one more where there are older ones."""
    with JOURNAL.reach():
        rows = tuple(map(_row, _found(query)[: PAGE + 1]))
        shown = min(len(rows), PAGE)
        record(_look(query, reader, purpose="see_journal", rows=shown))
    return rows


def export(query: JournalQuery, *, reader: Actor) -> tuple[ExportRow, ...]:
    """Return the rows for a file, the newest first, at most MOST_EXPORTED, with their leaves."""
    with JOURNAL.reach():
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
    patient: UUID, *, reader: Actor, zone: str, record_id: UUID | None = None, relation: str = "own"
) -> OfPatient:
    """Return who opened a patient's data by day of the zone's clock, person and purpose.

    At most MOST_OF_PATIENT lines, those of staff before those of programs: however often one looks, they take
    one line a day and hide nobody else's. With `record_id`, only what was done to that record, and what the
    same requests opened of the patient: who has proved one visit learns nothing of another.
    """
    with JOURNAL.reach(str(patient)):
        rows = _of_patient(patient, record_id)
        told = OfPatient(_openings(rows.exclude(_OWN), zone), _own_looks(rows.filter(_OWN)))
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
                rows=len(told.openings) + len(told.own),
            )
        )
    return told


_OF_A_PERSON = ("person",)
_OWN = Q(actor_kind__in=[ActorKind.PATIENT, ActorKind.HOLDER], result=Result.ALLOWED)
_OUR_SEARCH = Q(actor_kind=ActorKind.SERVICE, purpose="phone_holder")
"""Whom a proved phone may see is looked up with each of its requests, and shown to nobody."""
_REQUESTS = Count(Coalesce(NullIf("trace", Value("")), Cast("id", TextField())), distinct=True)


def _of_patient(patient: UUID, record_id: UUID | None) -> QuerySet[AccessEntry]:
    found = AccessEntry.objects.filter(id__in=rows_of(patient)).exclude(_OUR_SEARCH)
    if record_id is None:
        return found
    traces = found.filter(ids__contains=[record_id]).exclude(trace="").values("trace")
    return found.filter(Q(ids__contains=[record_id]) | Q(trace__in=traces, what__in=_OF_A_PERSON))


def _openings(rows: QuerySet[AccessEntry], zone: str) -> tuple[Opening, ...]:
    """Return the rows by day and by who and why.

    Days are those of the zone's clock as it goes now: the database may know no zones by name.
    """
    offset = clock.now().astimezone(ZoneInfo(zone)).utcoffset()
    by = ("day", "actor_kind", "actor", "role", "purpose", "result")
    found = (
        rows.annotate(day=TruncDate(ExpressionWrapper(F("at") + offset, DateTimeField()), tzinfo=UTC))
        .values(*by)
        .annotate(whats=ArrayAgg("what", distinct=True), times=_REQUESTS, first=Min("at"), last=Max("at"))
        .order_by(Case(When(actor_kind=ActorKind.SERVICE, then=1), default=0), "-last")
    )
    return tuple(Opening(**{**row, "whats": tuple(row["whats"])}) for row in found[:MOST_OF_PATIENT])


def _own_looks(rows: QuerySet[AccessEntry]) -> tuple[OwnLooks, ...]:
    found = rows.values("actor_kind", "role").annotate(times=_REQUESTS, last=Max("at")).order_by("-last")
    return tuple(OwnLooks(**row) for row in found)


@JOURNAL.reach()
def last_check() -> CheckCard | None:
    """Return the newest check of the journal, finished or not."""
    check = Check.objects.order_by("-asked_at").first()
    return _check(check) if check else None


@JOURNAL.reach()
def last_finished_check() -> CheckCard | None:
    check = Check.objects.exclude(finished_at=None).order_by("-finished_at").first()
    return _check(check) if check else None


def _found(query: JournalQuery) -> QuerySet[AccessEntry]:
    asked: dict[str, object] = {
        "actor": query.actor or None,
        "id__in": rows_of(query.patient) if query.patient else None,
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
        on_behalf=entry.on_behalf,
        device=entry.device,
        network=entry.network,
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

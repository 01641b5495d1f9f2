"""Recomputes the tree from the journal's rows, and compares it with every signed word about it.

Each row is compared with its leaf, the leaves with the root that stands in the database, and both with the
checkpoints. Whoever rules the database can make the first two agree again; with checkpoints that left it,
they can't. What no checkpoint covers yet is only as sure as the database.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from feldsher.foundation.audit import notes
from feldsher.foundation.audit.leaves import hash_of
from feldsher.foundation.audit.merkle import Tree
from feldsher.foundation.audit.models import AccessEntry, Checkpoint, Leaf, Queued, Root
from feldsher.foundation.audit.notes import Note
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.tree import BATCH, rows_at
from feldsher.foundation.audit.types import DOUBTS
from feldsher.kernel import clock

LATE = timedelta(minutes=15)
"""Rows get their places each minute, and checkpoints leave every five: what is older than this is stuck."""
TOLD = 100
"""How many findings are kept; the rest are counted."""


class Wrong(StrEnum):
    """What can be wrong, in the order in which it is worth reading."""

    TREE_SHORTER = "tree_shorter"
    ROOT_DIFFERS = "root_differs"
    ROW_CHANGED = "row_changed"
    ROW_MISSING = "row_missing"
    LEAF_MISSING = "leaf_missing"
    ROW_LOST = "row_lost"
    ROW_UNPLACED = "row_unplaced"
    OWN_ROOT_DIFFERS = "own_root_differs"
    COPY_DIFFERS = "copy_differs"
    COPY_CONTRADICTS = "copy_contradicts"
    FORGED = "forged"
    NOTES_LOST = "notes_lost"
    UNREADABLE = "unreadable"
    ROWS_WAIT = "rows_wait"
    STALE = "stale"
    NOTHING_OUTSIDE = "nothing_outside"
    NOT_READ_HERE = "not_read_here"


_ORDER = {wrong: n for n, wrong in enumerate(Wrong)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction.

    `leaf` is a place in the tree, `entry` a row's id, `since` and `size` the stretch of leaves in which it
    lies where it can't be said more nearly, or `size` how many there are; `at` the instant of the row or of
    the checkpoint, of the first of them; `line` its line in the file of checkpoints.
    """

    wrong: Wrong
    leaf: int | None = None
    entry: int | None = None
    since: int | None = None
    size: int | None = None
    at: datetime | None = None
    line: int | None = None


@dataclass(slots=True)
class Report:
    """What was compared and what did not agree.

    The first `covered` leaves are vouched for by a checkpoint from outside, of `covered_at`; `waiting` rows
    have no leaf yet; of `archived` leaves the rows are no longer at hand, only their hashes.
    """

    leaves: int = 0
    waiting: int = 0
    archived: int = 0
    checkpoints: int = 0
    covered: int = 0
    covered_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    untold: int = 0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not self.findings

    @property
    def is_contradicted(self) -> bool:
        """Return whether something does not agree; without it, what is not clean could not be compared."""
        return any(finding.wrong not in DOUBTS for finding in self.findings)

    def add(self, wrong: Wrong, **where: int | datetime | None) -> None:
        if len(self.findings) < TOLD:
            self.findings.append(Finding(wrong, **where))  # type: ignore[arg-type]  # the fields of Finding
        else:
            self.untold += 1


def verify(outside: str | None, *, key: Ed25519PublicKey, copy: Iterable[str] = ()) -> Report:
    """Check the whole journal in one snapshot; `outside` is the text of all notes of the second place.

    None says that it can't be read from here, which is a finding and no contradiction.
    `copy` are the lines of the second copy (`shipping`): they know of rows that no note covers yet. Must not
    be called within a transaction.
    """
    started, now = time.monotonic(), clock.now()
    report = Report()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with JOURNAL.reach():
            kept = _outside(outside, key, report)
            own = _own(key)
            _compare([*kept, *(note for note, _ in own)], _copied(copy, report), report)
            if outside is not None:
                _look_for_sent(own, kept, report, late=now - LATE)
            _look_beside(report, late=now - LATE)
    report.findings.sort(key=lambda finding: _ORDER[finding.wrong])
    report.seconds = time.monotonic() - started
    return report


def _outside(outside: str | None, key: Ed25519PublicKey, report: Report) -> list[Note]:
    """Return the genuine notes from outside; tell of the others, and how far they vouch."""
    kept, unreadable = notes.read(outside or "", key)
    for line in unreadable:
        report.add(Wrong.UNREADABLE, line=line)
    for note in kept:
        if not note.is_genuine:
            report.add(Wrong.FORGED, line=note.line)
    genuine = [note for note in kept if note.is_genuine]
    report.checkpoints = len(genuine)
    if genuine:
        newest = max(genuine, key=lambda note: (note.size, note.at))
        report.covered, report.covered_at = newest.size, newest.at
    else:
        report.add(Wrong.NOT_READ_HERE if outside is None else Wrong.NOTHING_OUTSIDE)
    return genuine


def _own(key: Ed25519PublicKey) -> list[tuple[Note, datetime | None]]:
    """Return the genuine notes of the database itself, each with when the second place had it."""
    rows = Checkpoint.objects.order_by("id").values_list("note", "sent_at")
    return [(note, sent) for text, sent in rows for note in notes.read(text, key)[0] if note.is_genuine]


def _look_for_sent(
    own: list[tuple[Note, datetime | None]], kept: list[Note], report: Report, *, late: datetime
) -> None:
    """Tell where outside is older than it should be, or lacks what it had.

    What was sent before its oldest note is not asked for: a second place may begin a new file.
    """
    if kept and (newest := max(note.at for note in kept)) < late:
        report.add(Wrong.STALE, at=newest)
    since = min((note.at for note in kept), default=datetime.min.replace(tzinfo=UTC))
    there = {(note.size, note.root, note.at) for note in kept}
    lost = [
        note.at
        for note, sent in own
        if sent is not None
        and sent < late
        and note.at > since
        and (note.size, note.root, note.at) not in there
    ]
    if lost:
        report.add(Wrong.NOTES_LOST, size=len(lost), at=min(lost))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the root should be at a size, and what it means if it is not."""

    size: int
    root: bytes
    wrong: Wrong
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Copied:
    """What the second copy says of a leaf: whose it is, its hash, and the digest of the whole line."""

    entry: int
    hash: bytes
    digest: bytes


def _copied(copy: Iterable[str], report: Report) -> dict[int, _Copied]:
    """Return what the second copy knows, by place; tell of lines that are unreadable or contradict others.

    Lines come again where a place was not believed, and are the same then. Of two that differ the first one
    stands: who can add to the copy must not be able to take back what it said.
    """
    known: dict[int, _Copied] = {}
    places: dict[int, int] = {}
    for number, line in enumerate(copy, 1):
        try:
            told = json.loads(line)
            leaf, entry, value = int(told["leaf"]), int(told["id"]), bytes.fromhex(told["hash"])
        except (ValueError, KeyError, TypeError):
            report.add(Wrong.UNREADABLE, line=number)
            continue
        says = _Copied(entry, value, hashlib.sha256(line.strip().encode()).digest())
        if known.get(leaf, says) != says or places.get(entry, leaf) != leaf:
            report.add(Wrong.COPY_CONTRADICTS, leaf=leaf, entry=entry, line=number)
            continue
        known[leaf], places[entry] = says, leaf
    return known


def _compare(expected: list[Note], known: dict[int, _Copied], report: Report) -> None:
    """Go through the leaves once; compare each with the second copy, and every root that is known."""
    marks = [_Mark(note.size, note.root, Wrong.ROOT_DIFFERS, note.at) for note in expected]
    marks += [
        _Mark(size, bytes(root), Wrong.OWN_ROOT_DIFFERS)
        for size, root in Root.objects.values_list("size", "root")
    ]
    marks.sort(key=lambda mark: mark.size, reverse=True)
    agreed = _Agreed()
    tree = Tree()
    _compare_root(tree, marks, agreed, report)
    for leaf in _leaves(report):
        if leaf.index != tree.size:
            report.leaves = tree.size
            report.add(Wrong.LEAF_MISSING, leaf=tree.size, size=leaf.index)
            return
        says = known.get(leaf.index)
        if says is not None and (says.entry, says.hash) != (leaf.entry, bytes(leaf.hash)):
            report.add(Wrong.COPY_DIFFERS, leaf=leaf.index, entry=leaf.entry, at=leaf.at)
        tree = tree.grown((bytes(leaf.hash),))
        _compare_root(tree, marks, agreed, report)
    report.leaves = tree.size
    longest = max([mark.size for mark in marks[:1]] + [max(known, default=-1) + 1])
    if longest > tree.size:
        report.add(Wrong.TREE_SHORTER, leaf=tree.size, size=longest, at=marks[0].at if marks else None)


@dataclass(slots=True)
class _Agreed:
    """Up to which size the checkpoints were right, and which kinds of marks were not."""

    size: int = 0
    not_these: set[Wrong] = field(default_factory=set)


def _compare_root(tree: Tree, marks: list[_Mark], agreed: _Agreed, report: Report) -> None:
    """Compare the marks of this size; of each kind the first difference is told, the rest follow."""
    while marks and marks[-1].size == tree.size:
        mark = marks.pop()
        if mark.wrong in agreed.not_these:
            continue
        if mark.root != tree.root:
            report.add(mark.wrong, since=agreed.size, size=mark.size, at=mark.at)
            agreed.not_these.add(mark.wrong)
        elif mark.wrong is Wrong.ROOT_DIFFERS:
            agreed.size = mark.size


def _leaves(report: Report) -> Iterator[Leaf]:
    """Yield the leaves in their order, each row compared with its own."""
    archived = set(settings.FELDSHER_AUDIT_ARCHIVED)
    place = -1
    while leaves := list(Leaf.objects.filter(index__gt=place).order_by("index")[:BATCH]):
        rows = {row[:2]: row for row in rows_at([(leaf.entry, leaf.at) for leaf in leaves])}
        for leaf in leaves:
            row = rows.get((leaf.entry, leaf.at))
            if row is not None:
                if hash_of(row) != bytes(leaf.hash):
                    report.add(Wrong.ROW_CHANGED, leaf=leaf.index, entry=leaf.entry, at=leaf.at)
            elif f"{leaf.at:%Y-%m}" in archived:
                report.archived += 1
            else:
                report.add(Wrong.ROW_MISSING, leaf=leaf.index, entry=leaf.entry, at=leaf.at)
            yield leaf
        place = leaves[-1].index


def _look_beside(report: Report, *, late: datetime) -> None:
    """Look for rows that never came into the tree: stuck in the queue, gone from it, or put past it."""
    report.waiting = Queued.objects.count()
    stuck = Queued.objects.filter(at__lt=late).order_by("at")
    if first := stuck.first():
        report.add(Wrong.ROWS_WAIT, entry=first.id, size=stuck.count(), at=first.at)
    here = {"id": OuterRef("id"), "at": OuterRef("at")}
    for entry, at in Queued.objects.filter(~Exists(AccessEntry.objects.filter(**here))).values_list(
        "id", "at"
    ):
        report.add(Wrong.ROW_LOST, entry=entry, at=at)
    placed = Leaf.objects.filter(entry=OuterRef("id"), at=OuterRef("at"))
    queued = Queued.objects.filter(**here)
    for entry, at in AccessEntry.objects.filter(~Exists(placed), ~Exists(queued)).values_list("id", "at"):
        report.add(Wrong.ROW_UNPLACED, entry=entry, at=at)

"""Gives committed rows their place in the tree. One at a time does it, by an advisory lock.

A chain of hashes would make every reader wait for the one before, and would not show that its end was cut
off; here readers only queue their rows, and a job puts them in order a moment later (ADR 17).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from feldsher.foundation.audit.leaves import COLUMNS, hash_of
from feldsher.foundation.audit.merkle import Tree
from feldsher.foundation.audit.models import AccessEntry, Leaf, Queued, Root
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.kernel import clock

BATCH = 2000
_LOCK = 0x61756469
"""Any number that nothing else locks: "audi"."""


def grow() -> int:
    """Put all that waits into the tree and return how many rows that were; 0 where another does it now."""
    total = 0
    while added := _grow_once():
        total += added
    return total


def _grow_once() -> int:
    with JOURNAL.reach():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        rows = _waiting()
        if not rows:
            return 0
        tree = head()
        leaves = [
            Leaf(index=index, entry=row[0], at=row[1], hash=hash_of(row))
            for index, row in enumerate(rows, tree.size)
        ]
        Leaf.objects.bulk_create(leaves)
        tree = tree.grown(bytes(leaf.hash) for leaf in leaves)
        _keep(tree)
        Queued.objects.filter(id__in=[leaf.entry for leaf in leaves]).delete()
        return len(leaves)


def head() -> Tree:
    """Return the tree as far as it has grown."""
    last = Root.objects.first()
    return Tree() if last is None else Tree(last.size, tuple(bytes(peak) for peak in last.peaks))


def _keep(tree: Tree) -> None:
    """Write how far the tree has come over what stood there: its past is in leaves and checkpoints."""
    now = {"size": tree.size, "root": tree.root, "peaks": list(tree.peaks), "at": clock.now()}
    if not Root.objects.update(**now):
        Root.objects.create(**now)


def _waiting() -> list[tuple[Any, ...]]:
    """Return rows of the queue that are in the journal; what is queued and gone is left for `verify`."""
    in_journal = AccessEntry.objects.filter(id=OuterRef("id"), at=OuterRef("at"))
    waiting = Queued.objects.filter(Exists(in_journal)).order_by("id").values_list("id", "at")
    return rows_at(list(waiting[:BATCH]))


@JOURNAL.reach()
def rows_at(places: Sequence[tuple[int, datetime]]) -> list[tuple[Any, ...]]:
    """Return the rows with these ids, by id, as values in the order of `leaves.COLUMNS`.

    Their instants say which months to look in.
    """
    if not places:
        return []
    instants = [at for _, at in places]
    found = AccessEntry.objects.filter(
        id__in=[entry for entry, _ in places], at__range=(min(instants), max(instants))
    )
    return list(found.order_by("id").values_list(*COLUMNS))

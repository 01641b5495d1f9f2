"""What differs between the branches of now and the last bulk file for a map."""

from uuid import UUID

from feldsher.domain.directory.models import BranchExport
from feldsher.domain.directory.selectors.cards import locations
from feldsher.domain.directory.types.exports import (
    BRANCH_FACTS,
    BranchChange,
    ChangeKind,
    ExportTarget,
    LastExport,
    branch_facts,
)


def last_export(target: ExportTarget) -> LastExport | None:
    """Return who took the last file for a target and when; None where nobody has."""
    row = BranchExport.objects.filter(target=target.value).values_list("author", "at").first()
    return LastExport(*row) if row else None


def changes_since_export(target: ExportTarget) -> tuple[BranchChange, ...]:
    """Return what the next file for a target will change, by name, closed branches last: two queries.

    Where no file has been taken every branch is an added one.
    """
    row = BranchExport.objects.filter(target=target.value).values_list("facts", flat=True).first()
    before: dict[str, dict[str, str]] = row or {}
    changes = []
    now = locations()
    for card in now:
        facts, was = branch_facts(card), before.get(str(card.id))
        if was is None:
            changes.append(BranchChange(card.id, card.name, ChangeKind.ADDED))
            continue
        fields = tuple(
            (name, was.get(name, ""), facts[name])
            for name in BRANCH_FACTS
            if was.get(name, "") != facts[name]
        )
        if fields:
            changes.append(BranchChange(card.id, card.name, ChangeKind.CHANGED, fields))
    left = {str(card.id) for card in now}
    changes += [
        BranchChange(UUID(pk), was["name"], ChangeKind.CLOSED) for pk, was in before.items() if pk not in left
    ]
    return tuple(changes)

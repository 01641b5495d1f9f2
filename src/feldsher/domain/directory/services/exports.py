"""A bulk file of branches was taken: what it said is kept, so that the next one's changes can be told."""

from collections.abc import Sequence

from feldsher.domain.directory.models import BranchExport
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.exports import ExportTarget, branch_facts
from feldsher.kernel import clock


def mark_exported(target: ExportTarget, *, cards: Sequence[LocationCard], author: str) -> None:
    """Keep the branches that the file for a target holds as its last ones; `author` is a login."""
    values = {
        "facts": {str(card.id): branch_facts(card) for card in cards},
        "author": author,
        "at": clock.now(),
    }
    with directory_write():
        BranchExport.objects.update_or_create(target=target.value, defaults=values)

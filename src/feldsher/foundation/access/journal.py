"""What the context at work has read goes into the journal, in its transaction and before it leaves."""

from collections.abc import Collection
from uuid import UUID

from feldsher.foundation.access.context import current
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import Access, Result


def journal(
    what: str,
    column: Column,
    *,
    ids: Collection[UUID],
    patients: Collection[UUID] = (),
    fields: tuple[str, ...] = (),
) -> None:
    """Record one read: records of a kind by their ids, whose they are, and which fields were shown.

    Nothing read is nothing recorded. Raises NoContextError, AuditError.
    """
    context = current()
    if not ids:
        return
    record(
        Access(
            actor=context.actor,
            column=column.value,
            what=what,
            patients=tuple(dict.fromkeys(patients)),
            ids=tuple(ids),
            fields=fields,
            purpose=context.purpose,
            relation=context.relation,
            result=Result.ALLOWED,
        )
    )

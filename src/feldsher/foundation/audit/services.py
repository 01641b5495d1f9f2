"""Writes of audit. Fail-closed: who can't be recorded reads nothing.

`record` writes in the caller's transaction, before data leaves: a row stands exactly where its read was
committed. A refusal is the other way round: it has to outlive the rollback that it causes, so inside a
transaction it is written over a connection of its own (PostgreSQL has no autonomous transactions, and a
savepoint dies with the whole).
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper
from procrastinate.exceptions import ConnectorException

from feldsher.foundation.audit import shipping
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.types import Access, Result
from feldsher.kernel import clock
from feldsher.kernel.trace import trace_id

_INSERT = """
    INSERT INTO audit_access (at, trace, actor_kind, actor, role, on_behalf, device, network, matrix_column,
        what, patients, ids, fields, row_count, purpose, relation, result, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def record(*entries: Access) -> None:
    """Write one row per entry in the caller's transaction; AuditError outside of one, or where it can't."""
    if not connection.in_atomic_block:
        raise AuditError("a read is recorded in the transaction that reads")
    if entries:
        with _fail_closed(), connection.cursor() as cursor:
            _insert(cursor, entries)
            shipping.ring()


def record_refusal(entry: Access) -> None:
    """Write a refusal in a transaction of its own, whatever becomes of the caller's; raises AuditError."""
    if entry.result is not Result.REFUSED:
        raise ValueError("not a refusal")
    with _fail_closed():
        if not connection.in_atomic_block:
            with transaction.atomic(), connection.cursor() as cursor:
                _insert(cursor, (entry,))
                shipping.ring()
            return
        with closing(connection.copy()) as beside, beside.cursor() as cursor:
            _insert(cursor, (entry,))


@contextmanager
def _fail_closed() -> Iterator[None]:
    try:
        yield
    except (Error, ConnectorException) as error:
        raise AuditError(f"the journal can't be written: {type(error).__name__}") from error


def _insert(cursor: CursorWrapper, entries: Sequence[Access]) -> None:
    at, trace = clock.now(), trace_id()
    for entry in entries:
        cursor.execute(_INSERT, _values(entry, at, trace))


def _values(entry: Access, at: datetime, trace: str) -> tuple[Any, ...]:
    """Return the values in the order of `_INSERT`."""
    actor = entry.actor
    return (
        at,
        trace,
        actor.kind.value,
        actor.id,
        actor.role,
        actor.on_behalf,
        actor.device,
        actor.network,
        entry.column,
        entry.what,
        list(entry.patients),
        list(entry.ids),
        list(entry.fields),
        len(entry.ids) if entry.rows is None else entry.rows,
        entry.purpose,
        entry.relation,
        entry.result.value,
        entry.reason,
    )

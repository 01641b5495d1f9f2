"""A hold's row for the services that change it, and the bound on what they wait for."""

from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling.errors import HoldNotFoundError
from feldsher.domain.scheduling.models import Appointment


def hold_row(hold_id: UUID, *, lock: bool = False) -> Appointment:
    """Return the row, locked until the transaction ends where asked; HoldNotFoundError."""
    rows = Appointment.objects.filter(pk=hold_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise HoldNotFoundError("no such hold")
    return row


def wait_for_locks_at_most() -> None:
    """Bound the waits of this transaction: whoever must wait longer hears `busy_try_again`."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")

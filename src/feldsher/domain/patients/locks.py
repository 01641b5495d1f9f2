"""Advisory locks of patients, held until the transaction ends."""

from django.db import connection


def lock_phone(indexes: tuple[bytes, ...]) -> None:
    """Keep others out of this phone; under every epoch, so that processes amid a rotation meet too."""
    keys = [int.from_bytes(index[:8], "big", signed=True) for index in indexes]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [sorted(keys)])


def lock_device(digest: bytes) -> None:
    """Keep others out of what this device remembers; nothing is locked for an empty digest."""
    if not digest:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])

"""The sealed column of referrals."""

from uuid import UUID

from feldsher.foundation.vault.sealing import open_, seal

_TABLE = "records_service_request"


def seal_reason(text: str, *, row: UUID) -> bytes:
    return seal(text, table=_TABLE, column="reason", row=row)


def open_reason(sealed: bytes | memoryview, *, row: UUID) -> str:
    """Return the clear text; raises VaultError."""
    return open_(bytes(sealed), table=_TABLE, column="reason", row=row)

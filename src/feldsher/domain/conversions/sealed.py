"""The sealed column of conversions: a catalogue's mark, by which it knows whose the booking is."""

from uuid import UUID

from feldsher.foundation.vault.sealing import open_, seal

_TABLE, _COLUMN = "conversions_conversion", "click"


def seal_click(click: str, *, row: UUID) -> bytes:
    return seal(click, table=_TABLE, column=_COLUMN, row=row)


def open_click(sealed: bytes | memoryview, *, row: UUID) -> str:
    """Return the mark, empty once it is forgotten; raises VaultError."""
    return open_(bytes(sealed), table=_TABLE, column=_COLUMN, row=row) if sealed else ""

"""The sealed columns of reviews: what somebody wrote, and the name that they chose to show."""

from typing import Literal
from uuid import UUID

from feldsher.foundation.vault.sealing import open_, seal

_TABLE = "reviews_review"
Cell = Literal["text", "name"]


def seal_cell(text: str, column: Cell, *, row: UUID) -> bytes:
    return seal(text, table=_TABLE, column=column, row=row)


def open_cell(sealed: bytes | memoryview, column: Cell, *, row: UUID) -> str:
    """Return the clear text, nothing of what a withdrawal or a term has emptied; raises VaultError."""
    return open_(bytes(sealed), table=_TABLE, column=column, row=row) if sealed else ""

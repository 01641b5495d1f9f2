"""The sealed columns of companies' requests, and the secret that opens a request's page."""

from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from feldsher.domain.corporate.models import CompanyRequest
from feldsher.foundation.vault.sealing import open_, seal

SEALED = ("company", "inn", "contact", "phone", "email", "words", "exams", "exams_words")
_TABLE = "corporate_request"
_SALT = "feldsher.corporate.request"
_DIGITS = 32
"""Of a hexadecimal secret: 128 bits."""


def seal_all(row: CompanyRequest, typed: dict[str, str]) -> None:
    """Put what was typed into the row, sealed, unsaved; an empty field stays empty."""
    for column in SEALED:
        text = typed.get(column, "")
        setattr(row, column, seal(text, table=_TABLE, column=column, row=row.id) if text else b"")


def opened(row: CompanyRequest, column: str) -> str:
    """Return the clear text of a column, empty for an empty or a wiped one; raises VaultError."""
    sealed = bytes(getattr(row, column))
    return open_(sealed, table=_TABLE, column=column, row=row.id) if sealed else ""


def request_token(request_id: UUID) -> str:
    """Return the secret that opens a request's page: derived, never stored."""
    return salted_hmac(_SALT, request_id.hex, algorithm="sha256").hexdigest()[:_DIGITS]


def opens(request_id: UUID, *, token: str) -> bool:
    """Tell, in constant time, whether a token is this request's."""
    return constant_time_compare(request_token(request_id), token)

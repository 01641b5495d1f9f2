"""What scheduling keeps of a person, sealed: with a visit, its overbooking, of who waits, of a call."""

from collections.abc import Sequence
from uuid import UUID

from feldsher.foundation.vault.sealing import open_, seal

_WISH = ("scheduling_exchange", "wish")
_LETTER_TO = ("scheduling_exchange", "letter_to")
_OVER = ("scheduling_verdict", "words")
_CALL = "scheduling_call_request"
_WAITING = ("scheduling_wish", "phone")
SEALED_OF_CALL = ("name", "phone", "topic", "programme")


def seal_wish(text: str, *, appointment: UUID) -> bytes:
    table, column = _WISH
    return seal(text, table=table, column=column, row=appointment) if text else b""


def open_wish(sealed: bytes, *, appointment: UUID) -> str:
    table, column = _WISH
    return open_(bytes(sealed), table=table, column=column, row=appointment) if sealed else ""


def seal_waiting_phone(phone: str, *, wish: UUID) -> bytes:
    table, column = _WAITING
    return seal(phone, table=table, column=column, row=wish)


def open_waiting_phone(sealed: bytes, *, wish: UUID) -> str:
    table, column = _WAITING
    return open_(bytes(sealed), table=table, column=column, row=wish)


def seal_letter_to(address: str, *, appointment: UUID) -> bytes:
    table, column = _LETTER_TO
    return seal(address, table=table, column=column, row=appointment) if address else b""


def open_letter_to(sealed: bytes, *, appointment: UUID) -> str:
    table, column = _LETTER_TO
    return open_(bytes(sealed), table=table, column=column, row=appointment) if sealed else ""


def seal_why_over(words: str, *, appointment: UUID) -> bytes:
    table, column = _OVER
    return seal(words, table=table, column=column, row=appointment) if words else b""


def open_why_over(sealed: bytes, *, appointment: UUID) -> str:
    table, column = _OVER
    return open_(bytes(sealed), table=table, column=column, row=appointment) if sealed else ""


def seal_call(text: str, *, column: str, row: UUID) -> bytes:
    return seal(text, table=_CALL, column=column, row=row)


def seal_programme(services: Sequence[UUID], *, row: UUID) -> bytes:
    """Seal which services were wished: with a name beside them, they tell of somebody's health."""
    return seal_call(" ".join(map(str, services)), column="programme", row=row)


def open_programme(sealed: bytes, *, row: UUID) -> tuple[UUID, ...]:
    """Return the services that were wished, none where the call is about no programme."""
    text = open_call(sealed, column="programme", row=row) if sealed else ""
    return tuple(map(UUID, text.split()))


def open_call(sealed: bytes, *, column: str, row: UUID) -> str:
    return open_(bytes(sealed), table=_CALL, column=column, row=row)

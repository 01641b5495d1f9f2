"""An invented company and who answers it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from feldsher.domain.corporate import services
from feldsher.domain.corporate.types import CompanyInput, KeptRequest
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

EDITOR: Final = Staff(id=UUID(int=1), login="vera", name="", roles=frozenset({Role.EDITOR}))
REGISTRAR: Final = Staff(id=UUID(int=2), login="petr", name="", roles=frozenset({Role.REGISTRAR}))
COLLEAGUE: Final = Staff(id=UUID(int=3), login="anna", name="", roles=frozenset({Role.REGISTRAR}))
INN: Final = "9900000017"
"""Of nobody that we know: its control digit is right."""
COMPANY: Final = CompanyInput(
    "ООО «Выдумка»", INN, "Вымышленова Вера", "8 900 000-00-07", "vera@example.ru", "Сто человек, два цеха."
)


def agreed_text() -> None:
    """Publish what a contact agrees to, in force long before the days of the tests."""
    body = "Согласие контактного лица компании. Оператор: {operator}."
    since = datetime(2026, 11, 1, tzinfo=UTC)
    publish_consent_text(Purpose.COMPANY, version="test", body=body, valid_from=since)


def asked(*, once: bytes | None = None, exams: str = "") -> KeptRequest:
    agreed_text()
    return services.ask(replace(COMPANY, exams=exams), once=once)

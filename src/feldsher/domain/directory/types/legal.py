"""What the directory knows of what a clinic has to publish of itself."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """An open legal entity with its effective values; whatever nobody has said is empty (a date: None)."""

    id: UUID
    name: str
    full_name: str
    inn: str
    ogrn: str
    licence_number: str
    licence_date: date | None
    licence_issuer: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """How many of those that a site shows have what it has to show of them.

    Doctors are open ones who work in an open branch; services are what such a doctor gives.
    """

    doctors: int
    doctors_with_specialty: int
    doctors_with_schedule: int
    services: int
    services_with_price: int

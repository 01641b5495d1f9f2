"""What a person of staff reaches at an action, past every manager, and how a referral stands."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from feldsher.domain.records.models import ServiceRequest
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.models import CareRelation
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff

END = datetime(2026, 12, 10, 21, tzinfo=UTC)
"""Midnight after UNTIL in Moscow, where the northern branch is."""


def raw(table: str) -> set[UUID]:
    """Ask without any filter, past every manager: what a forgotten WHERE or an injection would see."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")  # noqa: S608 - names from here
        return {row[0] for row in cursor.fetchall()}


def reached(staff: Staff, action: Action) -> tuple[int, int, int]:
    """Return how many visits, patients and referrals raw SQL of the application reads at an action."""
    with as_staff(staff, action):
        tables = ("scheduling_appointment", "patients_patient", "records_service_request")
        visits, persons, referrals = (len(raw(table)) for table in tables)
    return visits, persons, referrals


def relation(referral: UUID) -> CareRelation | None:
    with as_service("test"):
        return CareRelation.objects.filter(pk=referral).first()


def row_of(referral: UUID) -> ServiceRequest:
    with as_service("test"):
        return ServiceRequest.objects.get(pk=referral)

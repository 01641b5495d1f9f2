"""Doctors of the invented clinic and a patient of the eye doctor's, for whoever tests referrals."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.directory import factory as directory
from domain.scheduling.clinic import open_clinic
from domain.scheduling.factory import appointment, at
from domain.scheduling.staff import hired
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import NewPatient
from feldsher.domain.records import services
from feldsher.domain.records.types import TypedReferral
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

UNTIL = date(2026, 12, 10)
"""The last day of a referral that says no other; the clock stands at 25 November."""
WHY = "Исключить аритмию перед операцией"


@dataclass(frozen=True)
class Ward:
    """The eye doctor with a visit of Anna's tomorrow at nine in Moscow, and a heart doctor."""

    eye: Staff
    heart: Staff
    anna: UUID
    visit: UUID
    north: UUID
    south: UUID
    plain: UUID

    def refer(self, *, last_day: date | None = UNTIL, reason: str = WHY, to: UUID | None = None) -> UUID:
        typed = TypedReferral(to or self.heart.practitioner_id, last_day, reason)
        return services.refer(self.eye, visit_id=self.visit, typed=typed)


def a_person(given: str, phone: str) -> UUID:
    return patients.ensure_patient(NewPatient("Небывалова", given, phone=phone), channel="site")


def a_ward() -> Ward:
    ids = open_clinic()
    heart = directory.row(Kind.PRACTITIONER, directory.HEART.id)
    anna = a_person("Анна", "+79000000001")
    return Ward(
        eye=replace(hired("eye", "Глазова И. П.", Role.ATTENDING_DOCTOR), practitioner_id=ids.eye),
        heart=replace(hired("heart", "Сердцева В. В.", Role.CONSULTANT), practitioner_id=heart),
        anna=anna,
        visit=appointment(
            at(6), at(6, 30), patient=anna, practitioner=ids.eye, location=ids.north, service=ids.first_visit
        ),
        north=ids.north,
        south=ids.south,
        plain=directory.row(Kind.PRACTITIONER, directory.PLAIN.id),
    )

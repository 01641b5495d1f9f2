"""Doctors of the invented clinic and a patient of the eye doctor's, for whoever tests referrals."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.directory import factory as directory
from domain.scheduling.clinic import open_clinic
from domain.scheduling.factory import appointment, at, minutes
from domain.scheduling.staff import hired, somebody
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import NewPatient
from feldsher.domain.records import services
from feldsher.domain.records.types import TypedReferral
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

UNTIL = date(2026, 12, 10)
"""The last day of a referral that says no other; the clock stands at 25 November."""
NINE = at(6)
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


def a_doctor(login: str, name: str, role: Role, *, practitioner: UUID) -> Staff:
    """Return a person of the tables who is that doctor of the directory."""
    person = hired(login, name, role)
    User.objects.filter(pk=person.id).update(practitioner=practitioner)
    return replace(person, practitioner_id=practitioner)


def a_referral(visit: UUID) -> UUID:
    """Refer the patient of a visit to the clinic's heart doctor, as the visit's doctor does."""
    practitioner = Appointment.objects.get(pk=visit).practitioner
    doctor = replace(somebody(Role.ATTENDING_DOCTOR), practitioner_id=practitioner)
    heart = directory.row(Kind.PRACTITIONER, directory.HEART.id)
    return services.refer(doctor, visit_id=visit, typed=TypedReferral(heart, UNTIL, WHY))


def a_ward(start: datetime = NINE) -> Ward:
    """Write the clinic, its two doctors and Anna's visit."""
    ids = open_clinic()
    heart = directory.row(Kind.PRACTITIONER, directory.HEART.id)
    anna = a_person("Анна", "+79000000001")
    return Ward(
        eye=a_doctor("eye", "Глазова И. П.", Role.ATTENDING_DOCTOR, practitioner=ids.eye),
        heart=a_doctor("heart", "Сердцева В. В.", Role.CONSULTANT, practitioner=heart),
        anna=anna,
        visit=appointment(
            start,
            start + minutes(30),
            patient=anna,
            practitioner=ids.eye,
            location=ids.north,
            service=ids.first_visit,
        ),
        north=ids.north,
        south=ids.south,
        plain=directory.row(Kind.PRACTITIONER, directory.PLAIN.id),
    )

"""Invented people."""

from datetime import date

from feldsher.domain.patients.types import NewPatient, TypedPerson

PHONE = "+79210000017"


def typed(
    *,
    family: str = "Вымышленова",
    given: str = "Проба",
    middle: str = "",
    phone: str = PHONE,
    birth_date: str = "",
    email: str = "",
) -> TypedPerson:
    return TypedPerson(
        family=family, given=given, middle=middle, phone=phone, birth_date=birth_date, email=email
    )


def new_patient(
    *,
    family: str = "Вымышленова",
    given: str = "Проба",
    middle: str = "",
    phone: str = PHONE,
    birth_date: date | None = None,
    email: str = "",
) -> NewPatient:
    return NewPatient(
        family=family, given=given, middle=middle, phone=phone, birth_date=birth_date, email=email
    )

"""How a person is read and recognised: checks of what was typed, and when two spellings are equal.

«Фёдорова-Ким» and «ФЕДОРОВА КИМ» are one family name; what is stored is what the person typed.
"""

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta

from feldsher.domain.patients.types import NewPatient, TypedPerson
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone, phone_fault

NAME_LIMIT = 64
EMAIL_LIMIT = 254
OLDEST_YEARS = 120
PREFIX_LETTERS = 3

_FIRST_ZONE = timedelta(hours=12)
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u0060\u00b4]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+")
_NO_NAME = {"family": "Напишите фамилию", "given": "Напишите имя"}


def read_person(typed: TypedPerson) -> NewPatient:
    """Return the person that was typed, tidied.

    Raises InvalidInputError whose `fields` hold one Russian sentence for each field to correct.
    """
    errors: dict[str, str] = {}
    names = {name: _read_name(name, getattr(typed, name), errors) for name in ("family", "given", "middle")}
    person = NewPatient(
        **names,
        phone=_read_phone(typed.phone, errors),
        birth_date=_read_birth_date(typed.birth_date.strip(), errors),
        email=_read_email(typed.email.strip(), errors),
    )
    if errors:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(errors))}", fields=errors)
    return person


def checked(person: NewPatient) -> NewPatient:
    """Return `person` as `read_person` would: a NewPatient made by hand is checked like typed text."""
    birth_date = person.birth_date.isoformat() if person.birth_date else ""
    read = read_person(
        TypedPerson(
            family=person.family,
            given=person.given,
            middle=person.middle,
            phone=person.phone,
            birth_date=birth_date,
            email=person.email,
        )
    )
    return replace(read, birth_date=person.birth_date)


def name_key(name: str) -> str:
    """Return the letters by which names are compared: ё is е; case, spaces and hyphens don't count."""
    folded = unicodedata.normalize("NFC", name).casefold().replace("ё", "е")
    return "".join(letter for letter in folded if letter.isalpha())


def same_name(one: str, other: str) -> bool:
    return name_key(one) == name_key(other)


def _read_name(name: str, text: str, errors: dict[str, str]) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text[: NAME_LIMIT * 4]).split())
    tidy = _APOSTROPHES.sub("'", _DASHES.sub("-", tidy))
    if not tidy:
        if name in _NO_NAME:
            errors[name] = _NO_NAME[name]
    elif len(tidy) > NAME_LIMIT or len(text) > NAME_LIMIT * 4:
        errors[name] = f"Не длиннее {NAME_LIMIT} букв"
    elif not tidy[0].isalpha() or not all(sign.isalpha() or sign in " -'" for sign in tidy):
        errors[name] = "Только буквы, пробел, дефис и апостроф"
    return tidy


def _read_phone(text: str, errors: dict[str, str]) -> str:
    phone = parse_phone(text)
    if phone is None:
        errors["phone"] = phone_fault(text)
    return phone or ""


def _read_birth_date(text: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text if _ISO_DATE.fullmatch(text) else "")
    except ValueError:
        errors["birth_date"] = "Такой даты нет. Проверьте день, месяц и год"
        return None
    today = (clock.now() + _FIRST_ZONE).date()
    if day > today:
        errors["birth_date"] = "Эта дата ещё не наступила. Проверьте год"
    elif (today.year - day.year, today.month, today.day) > (OLDEST_YEARS, day.month, day.day):
        errors["birth_date"] = f"Больше {OLDEST_YEARS} лет назад. Проверьте год"
    return day


def _read_email(text: str, errors: dict[str, str]) -> str:
    if text and (len(text) > EMAIL_LIMIT or _EMAIL.fullmatch(text) is None):
        errors["email"] = "Проверьте адрес почты: он похож на name@example.ru"
    return text

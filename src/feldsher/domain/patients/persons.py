"""How a person is read and recognised: checks of what was typed, and when two spellings are equal.

«Фёдорова-Ким» and «ФЕДОРОВА КИМ» are one family name; what is stored is what the person typed.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from feldsher.domain.patients.types import NewBooker, NewPatient, Relation, Sought, TypedBooker, TypedPerson
from feldsher.kernel import clock
from feldsher.kernel.emails import email_fault
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone, phone_fault

NAME_LIMIT = 64
BOOKER_LIMIT = 128
OLDEST_YEARS = 120
PREFIX_LETTERS = 3
OWN_CONSENT_YEARS, ADULT_YEARS = 15, 18
"""From 15 a patient consents for themself (323-ФЗ, art. 20 and 54); to 18 the law has representatives."""

_FIRST_ZONE = timedelta(hours=12)
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u0060\u00b4]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NO_NAME = {
    "family": "Напишите фамилию",
    "given": "Напишите имя",
    "name": "Напишите, кому вы\u00a0даёте доступ",
    "booker": "Напишите ваши фамилию и\u00a0имя",
}


def read_person(typed: TypedPerson) -> NewPatient:
    """Return the person that was typed, tidied.

    Raises InvalidInputError whose `fields` hold one Russian sentence for each field to correct.
    """
    errors: dict[str, str] = {}
    person = _read(typed, errors)
    _refuse(errors)
    return person


def read_party(typed: TypedPerson, booker: TypedBooker) -> tuple[NewPatient, NewBooker]:
    """Return who comes and who books them; a parent books a child under 15 only, whose birth date is known.

    Raises InvalidInputError like `read_person`; the booker's name is the field `booker`.
    """
    errors: dict[str, str] = {}
    person = _read(typed, errors)
    name = _read_name("booker", booker.name, errors, limit=BOOKER_LIMIT)
    relation = Relation(booker.relation) if booker.relation in set(Relation) else None
    if relation is None:
        errors["relation"] = "Выберите, кем вы приходитесь пациенту"
    elif relation is Relation.PARENT and "birth_date" not in errors:
        fault = ward_fault(person.birth_date)
        if fault:
            errors["birth_date"] = fault
    _refuse(errors)
    return person, NewBooker(relation=relation or Relation.OTHER, name=name, phone=person.phone)


def read_trusted(name: str, phone: str, errors: dict[str, str]) -> tuple[str, str]:
    """Return to whom a patient lends access, tidied, their phone in E.164; faults go into `errors`."""
    return _read_name("name", name, errors), _read_phone(phone, errors)


def read_sought(typed: TypedPerson, *, others: Mapping[str, str]) -> NewPatient:
    """Return whom somebody looks for: family and given name, and the birth date or the phone or both.

    `others` are faults of the same form, which are told with these. Raises InvalidInputError like
    `read_person`.
    """
    errors = dict(others)
    names = {name: _read_name(name, getattr(typed, name), errors) for name in ("family", "given")}
    phone = _read_phone(typed.phone, errors) if typed.phone.strip() else ""
    birth_date = _read_birth_date(typed.birth_date.strip(), errors)
    if not typed.phone.strip() and not typed.birth_date.strip():
        errors["birth_date"] = "Напишите дату рождения или\u00a0телефон"
    _refuse(errors)
    return NewPatient(**names, phone=phone, birth_date=birth_date)


def read_search(text: str, birth_date: str) -> Sought:
    """Read what staff search by: a phone or the beginning of a family name, a birth date, or both.

    Raises InvalidInputError, with the fields `text` and `birth_date`.
    """
    errors: dict[str, str] = {}
    text = text.strip()
    born = _read_birth_date(birth_date.strip(), errors)
    phone, family = "", ""
    if any(sign.isdigit() for sign in text):
        phone = parse_phone(text) or ""
        if not phone:
            errors["text"] = phone_fault(text)
    elif text:
        family = name_key(text)
        if len(family) < PREFIX_LETTERS:
            errors["text"] = "Напишите хотя бы три буквы фамилии"
    elif born is None and not errors:
        errors["text"] = "Напишите телефон, фамилию или дату рождения"
    _refuse(errors)
    return Sought(phone, family, born)


def ward_fault(birth_date: date | None) -> str:
    """Return why a parent can't give the consent for who was born then, empty when they can.

    The birthday counts from where it begins first (UTC+12): representation never outlasts it.
    """
    if birth_date is None:
        return "Напишите дату рождения ребёнка"
    if _has_reached(ADULT_YEARS, birth_date):
        return "Пациенту уже есть 18\u00a0лет. Выберите «Другой»"
    if _has_reached(OWN_CONSENT_YEARS, birth_date):
        return "С\u00a015\u00a0лет пациент сам даёт согласие. Если он\u00a0просил записать, выберите «Другой»"
    return ""


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


_FORMS = (
    ("ов", "ова"),
    ("ев", "ева"),
    ("ин", "ина"),
    ("ын", "ына"),
    ("ий", "ая"),
    ("ый", "ая"),
    ("ой", "ая"),
)
"""Endings of Russian family names, of a man and of a woman."""


def family_forms(family: str) -> frozenset[str]:
    """Return the keys under which members of one family are found: Иванов and Иванова, Белый and Белая."""
    key = name_key(family)
    found = {key}
    for man, woman in _FORMS:
        if key.endswith(man):
            found.add(key.removesuffix(man) + woman)
        if key.endswith(woman):
            found.add(key.removesuffix(woman) + man)
    return frozenset(found)


def same_name(one: str, other: str) -> bool:
    return name_key(one) == name_key(other)


def _read(typed: TypedPerson, errors: dict[str, str]) -> NewPatient:
    """Return the person with each fault written into `errors`; what is faulty must not be used."""
    names = {name: _read_name(name, getattr(typed, name), errors) for name in ("family", "given", "middle")}
    return NewPatient(
        **names,
        phone=_read_phone(typed.phone, errors),
        birth_date=_read_birth_date(typed.birth_date.strip(), errors),
        email=_read_email(typed.email.strip(), errors),
    )


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(errors))}", fields=errors)


def _today() -> date:
    """Return today where the day begins first."""
    return (clock.now() + _FIRST_ZONE).date()


def _has_reached(years: int, birth_date: date) -> bool:
    return clock.full_years(birth_date, on=_today()) >= years


def _read_name(name: str, text: str, errors: dict[str, str], *, limit: int = NAME_LIMIT) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text[: limit * 4]).split())
    tidy = _APOSTROPHES.sub("'", _DASHES.sub("-", tidy))
    if not tidy:
        if name in _NO_NAME:
            errors[name] = _NO_NAME[name]
    elif len(tidy) > limit or len(text) > limit * 4:
        errors[name] = f"Не длиннее {limit} букв"
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
    today = _today()
    if day > today:
        errors["birth_date"] = "Эта дата ещё не наступила. Проверьте год"
    elif (today.year - day.year, today.month, today.day) > (OLDEST_YEARS, day.month, day.day):
        errors["birth_date"] = f"Больше {OLDEST_YEARS} лет назад. Проверьте год"
    return day


def _read_email(text: str, errors: dict[str, str]) -> str:
    if text and (fault := email_fault(text)):
        errors["email"] = fault
    return text

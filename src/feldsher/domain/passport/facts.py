"""What the product knows by itself of what the law wants on the site, and what is missing there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import TypeVar

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.places import LegalCard
from feldsher.domain.passport.types import Known, State
from feldsher.domain.patients.errors import ConsentTextMissingError
from feldsher.domain.patients.selectors import current_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.kernel.formats import plural
from feldsher.kernel.phone import format_phone

_Row = TypeVar("_Row", LegalCard, LocationCard)

_NAMELESS_ENTITY, _NAMELESS_BRANCH = "юридическое лицо без\u00a0названия", "филиал без\u00a0названия"
_NO_ENTITY = "В\u00a0справочнике нет ни\u00a0одного юридического лица."
_NO_BRANCH = "В\u00a0справочнике нет ни\u00a0одного филиала."


@dataclass(frozen=True, slots=True)
class Fact:
    """Sentences for readers, sentences for editors about what is not there, and pages with their names."""

    state: State
    facts: tuple[str, ...]
    lacks: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()


def known_facts(day: date) -> dict[Known, Fact]:
    """Return what is known of every item that nobody has to type: a constant number of queries."""
    entities, branches = directory.legal_entities(), directory.locations()
    counts = directory.published_counts(day)
    return {
        Known.FULL_NAME: _entities(entities, "полного наименования", _full_name),
        Known.NUMBERS: _entities(entities, "ОГРН или\u00a0ИНН", _numbers),
        Known.ADDRESS: _entities(entities, "адреса", _entity_address),
        Known.LICENCE: _entities(entities, "номера, даты или\u00a0органа лицензии", _licence),
        Known.AUTHORITIES: _pages(entities, "страницы с\u00a0адресами ведомств", "authorities_url"),
        Known.GUARANTEES: _pages(entities, "страницы о\u00a0госгарантиях", "guarantees_url"),
        Known.CONTRACT: _pages(entities, "страницы с\u00a0образцом договора", "contract_url"),
        Known.COMPLAINTS: _pages(entities, "страницы о\u00a0том, как пожаловаться", "complaints_url"),
        Known.BRANCHES: _branches(branches, "адреса", _branch_address),
        Known.PHONES: _branches(branches, "телефона", _branch_phone),
        Known.HOURS: _branches(branches, "часов работы", _branch_hours),
        Known.PRICES: _share(counts.services_with_price, counts.services, _PRICES),
        Known.DOCTORS: _share(counts.doctors_with_specialty, counts.doctors, _DOCTORS),
        Known.EDUCATION: _share(counts.doctors_with_education, counts.doctors, _EDUCATION),
        Known.SCHEDULE: _share(counts.doctors_with_schedule, counts.doctors, _SCHEDULE),
        Known.POLICY: _policy(),
        Known.LOOK: _done(
            "Размер букв, цвета, расстояния и\u00a0рисунки\u00a0— по\u00a0ссылке внизу каждой страницы."
        ),
    }


@dataclass(frozen=True, slots=True)
class _Words:
    """How a share is said: what has it (one, few, many), what the rest lacks, and that there is nobody."""

    what: tuple[str, str, str]
    lack: str
    nobody: str


_PRICES = _Words(
    ("услуга", "услуги", "услуг"), "без\u00a0цены", "Нет ни\u00a0одной услуги, которую оказывает врач."
)
_DOCTORS = _Words(("врач", "врача", "врачей"), "без\u00a0специальности", "Нет ни\u00a0одного врача.")
_EDUCATION = _Words(
    ("врач", "врача", "врачей"),
    "без\u00a0образования или\u00a0действующей аккредитации",
    "Нет ни\u00a0одного врача.",
)
_SCHEDULE = _Words(("врач", "врача", "врачей"), "без\u00a0расписания", "Нет ни\u00a0одного врача.")


def _done(words: str) -> Fact:
    return Fact(State.DONE, (words,), ())


def _fact(facts: list[str], lacks: list[str]) -> Fact:
    state = State.DONE if not lacks else State.PARTIAL if facts else State.MISSING
    return Fact(state, tuple(facts), tuple(lacks))


def _each(rows: Sequence[_Row], what: str, say: Callable[[_Row], str], *, nobody: str, nameless: str) -> Fact:
    """Say it of each row; `what` is what a row lacks of which nothing can be said."""
    said = [(row.name or nameless, say(row)) for row in rows]
    facts = [words for _, words in said if words]
    lacks = [f"Нет {what}: {name}." for name, words in said if not words]
    return _fact(facts, lacks or ([] if facts else [nobody]))


def _entities(rows: Sequence[LegalCard], what: str, say: Callable[[LegalCard], str]) -> Fact:
    return _each(rows, what, say, nobody=_NO_ENTITY, nameless=_NAMELESS_ENTITY)


def _pages(rows: Sequence[LegalCard], what: str, field: str) -> Fact:
    """Tell where each entity's text stands: the address in a field of its card."""
    address = attrgetter(field)
    links = tuple((row.name or _NAMELESS_ENTITY, address(row)) for row in rows if address(row))
    return replace(_entities(rows, what, address), facts=(), links=links)


def _branches(rows: Sequence[LocationCard], what: str, say: Callable[[LocationCard], str]) -> Fact:
    def named(row: LocationCard) -> str:
        words = say(row)
        return f"{row.name or _NAMELESS_BRANCH}: {words}" if words else ""

    return _each(rows, what, named, nobody=_NO_BRANCH, nameless=_NAMELESS_BRANCH)


def _full_name(row: LegalCard) -> str:
    return row.full_name


def _numbers(row: LegalCard) -> str:
    return f"{row.name}: ОГРН {row.ogrn}, ИНН {row.inn}" if row.ogrn and row.inn else ""


def _entity_address(row: LegalCard) -> str:
    return f"{row.name}: {row.address}" if row.address else ""


def _licence(row: LegalCard) -> str:
    if not (row.licence_number and row.licence_date and row.licence_issuer):
        return ""
    return f"{row.name}: {row.licence}"


def _branch_address(row: LocationCard) -> str:
    return ", ".join(filter(None, (row.city, row.address))) if row.address else ""


def _branch_phone(row: LocationCard) -> str:
    return format_phone(row.phone) if row.phone else ""


def _branch_hours(row: LocationCard) -> str:
    return row.hours


def _policy() -> Fact:
    try:
        return _done(f"Версия {current_consent_text(Purpose.POLICY).version}.")
    except ConsentTextMissingError:
        return Fact(State.MISSING, (), ("Политика не\u00a0опубликована.",))


def _share(having: int, total: int, words: _Words) -> Fact:
    if not total:
        return Fact(State.MISSING, (), (words.nobody,))
    facts = [f"{plural(having, *words.what)}."] if having else []
    missing = total - having
    lacks = [f"{plural(missing, *words.what)} {words.lack}."] if missing else []
    return _fact(facts, lacks)

"""Reads the file of an order's examinations: JSON of schema 1, as `data/order_29n.json`.

All that is wrong is told at once, each fault by its place: who loads a file corrects it in one go.
"""

import json
import re
from collections.abc import Container, Iterable, Mapping
from datetime import date
from typing import Any

from feldsher.domain.corporate.types.exams import (
    ExamList,
    ExamService,
    Head,
    Mark,
    Need,
    Point,
    When,
)
from feldsher.kernel.errors import InvalidInputError

SCHEMA = 1
MOST_FAULTS = 20
LETTERS = "АКФР"
_AGE = 40
_CODE = re.compile(r"[AB]\d{2}\.\d{2,3}\.\d{3}(?:\.\d{2,3})*")
_SEXES = {
    "": frozenset(Head),
    "f": frozenset({Head.WOMEN, Head.WOMEN_40}),
    "m": frozenset({Head.MEN, Head.MEN_40}),
}
_OLDER = frozenset({Head.MEN_40, Head.WOMEN_40})
_TEXT = 500
_MOST_YEARS = 10


class _Faults(dict[str, str]):
    """Faults by place; the first of a place stays."""

    def tell(self, place: str, sentence: str) -> None:
        self.setdefault(place, sentence)


def read_exam_list(text: str) -> ExamList:
    """Return the list that a file says.

    Raises InvalidInputError with a sentence for each place that is wrong, at most MOST_FAULTS of them.
    """
    try:
        said = json.loads(text)
    except ValueError as error:
        raise _refused({"файл": f"Это не\u00a0JSON: {error}"}) from None
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        raise _refused({"schema": f'Нужен объект со\u00a0схемой {SCHEMA}: {{\u00a0"schema": {SCHEMA}, … }}'})
    faults = _Faults()
    sections = {
        str(key): _text(name, f"sections.{key}", faults)
        for key, name in _dict(said, "sections", faults).items()
    }
    services = {key: _service(key, each, faults) for key, each in _dict(said, "services", faults).items()}
    for key, each in services.items():
        if each.part_of and (each.part_of not in services or not services[each.part_of].is_doctor):
            faults.tell(f"services.{key}.part_of", f"Врача {each.part_of} в\u00a0services нет")
        if each.replaces and (each.replaces not in services or each.replaces == key):
            faults.tell(f"services.{key}.replaces", f"Имени {each.replaces} среди других в\u00a0services нет")
    marks = {key: _mark(key, each, services, faults) for key, each in _dict(said, "marks", faults).items()}
    base = _needs(said.get("base"), "base", services, faults)
    points = _points(said.get("points"), sections, services, marks, faults)
    since, until = _day(said.get("valid_from"), "valid_from", faults), None
    if said.get("valid_to") is not None:
        until = _day(said["valid_to"], "valid_to", faults)
        if until <= since:
            faults.tell(
                "valid_to", "День, с\u00a0которого список не\u00a0действует, должен быть позже valid_from"
            )
    found = ExamList(
        title=_text(said.get("title"), "title", faults),
        edition=_day(said.get("edition"), "edition", faults),
        source=_text(said.get("source"), "source", faults),
        coverage=_text(said.get("coverage"), "coverage", faults),
        valid_from=since,
        valid_to=until,
        sections=sections,
        services=services,
        base=base,
        marks=marks,
        points=points,
    )
    if faults:
        raise _refused(faults)
    return found


def _refused(faults: Mapping[str, str]) -> InvalidInputError:
    shown = dict(list(faults.items())[:MOST_FAULTS])
    return InvalidInputError(f"a list of examinations with {len(faults)} faults", fields=shown)


def _dict(said: Mapping[str, Any], key: str, faults: _Faults) -> dict[str, Any]:
    found = said.get(key)
    if isinstance(found, dict) and found:
        return found
    faults.tell(key, "Нужен непустой объект")
    return {}


def _text(found: object, place: str, faults: _Faults) -> str:
    if isinstance(found, str) and 0 < len(found.strip()) <= _TEXT:
        return found.strip()
    faults.tell(place, f"Нужен текст, до\u00a0{_TEXT} знаков")
    return ""


def _day(found: object, place: str, faults: _Faults) -> date:
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        faults.tell(place, "Нужна дата вида 2026-01-31")
        return date.max


def _service(key: str, said: object, faults: _Faults) -> ExamService:
    place = f"services.{key}"
    said = _object(said, place, {"name", "kind", "codes", "part_of", "replaces"}, faults)
    if not _is_one(said.get("kind"), {"doctor", "test"}):
        faults.tell(f"{place}.kind", "Нужно doctor или\u00a0test")
    codes = said.get("codes", [])
    if not isinstance(codes, list) or not all(_CODE.fullmatch(str(code)) for code in codes):
        faults.tell(f"{place}.codes", "Нужен список кодов номенклатуры латиницей, вида B01.047.001")
        codes = []
    return ExamService(
        key=key,
        name=_text(said.get("name"), f"{place}.name", faults),
        is_doctor=said.get("kind") == "doctor",
        codes=tuple(codes),
        part_of=str(said.get("part_of", "")),
        replaces=str(said.get("replaces", "")),
    )


def _object(said: object, place: str, known: set[str], faults: _Faults) -> dict[str, Any]:
    """Return an object of known names; one that nobody reads is a fault: it was meant to say something."""
    if not isinstance(said, dict):
        faults.tell(place, "Нужен объект")
        return {}
    strange = sorted(set(said) - known)
    if strange:
        faults.tell(place, f"Незнакомое имя: {', '.join(strange)}")
    return said


def _mark(letter: str, said: object, services: Mapping[str, ExamService], faults: _Faults) -> Mark:
    place = f"marks.{letter}"
    if letter not in set(LETTERS):
        faults.tell(place, f"Отметки: {', '.join(LETTERS)} (кириллица)")
    said = _object(said, place, {"name", "needs"}, faults)
    needs = said.get("needs")
    if not isinstance(needs, list) or not all(_is_one(each, services) for each in needs):
        faults.tell(f"{place}.needs", "Нужен список имён из\u00a0services")
        needs = []
    return Mark(letter, _text(said.get("name"), f"{place}.name", faults), tuple(needs))


def _needs(
    said: object, place: str, services: Mapping[str, ExamService], faults: _Faults
) -> tuple[Need, ...]:
    if not isinstance(said, list):
        faults.tell(place, "Нужен список того, что\u00a0положено")
        return ()
    return tuple(_need(each, f"{place}[{number}]", services, faults) for number, each in enumerate(said))


def _need(said: object, place: str, services: Mapping[str, ExamService], faults: _Faults) -> Need:
    said = {"service": said} if isinstance(said, str) else said
    said = _object(said, place, {"service", "sex", "from_age", "when", "every", "note"}, faults)
    service = str(said.get("service", ""))
    if service not in services:
        faults.tell(place, f"Нет такого имени в\u00a0services: {service or '(пусто)'}")
    sex, age, every = said.get("sex", ""), said.get("from_age"), said.get("every", 0)
    if not _is_one(sex, _SEXES):
        faults.tell(f"{place}.sex", "Нужно f или\u00a0m")
        sex = ""
    if age is not None and age != _AGE:
        faults.tell(f"{place}.from_age", f"Расчёт различает только {_AGE}\u00a0лет")
    if not _is_years(every) and every != 0:
        faults.tell(f"{place}.every", f"Лет: от\u00a01 до\u00a0{_MOST_YEARS}")
    when = said.get("when", When.ALWAYS.value)
    if not _is_one(when, set(When)):
        faults.tell(f"{place}.when", "Нужно always, first или\u00a0if")
        when = When.ALWAYS.value
    if when == When.IF.value and not said.get("note"):
        faults.tell(f"{place}.note", "Скажите, при\u00a0каком условии это положено")
    heads = _SEXES[sex] & (_OLDER if age == _AGE else frozenset(Head))
    return Need(service, heads, When(when), every if _is_years(every) else 0, str(said.get("note", "")))


def _is_one(found: object, known: Container[str]) -> bool:
    """Tell whether it is one of these words; what a file says in its place may be anything."""
    return isinstance(found, str) and found in known


def _is_years(found: object) -> bool:
    return type(found) is int and 1 <= found <= _MOST_YEARS


def _points(
    said: object,
    sections: Mapping[str, str],
    services: Mapping[str, ExamService],
    marks: Mapping[str, Mark],
    faults: _Faults,
) -> dict[str, Point]:
    if not isinstance(said, list) or not said:
        faults.tell("points", "Нужен непустой список пунктов")
        return {}
    found: dict[str, Point] = {}
    names = {"number", "section", "name", "years", "needs", "marks", "some_marks", "note"}
    for place_in_file, each in enumerate(said):
        raw = each.get("number") if isinstance(each, dict) else None
        number = raw if isinstance(raw, str) and _is_number(raw) else ""
        place = f"points.{number}" if number else f"points[{place_in_file}]"
        each = _object(each, place, names, faults)  # noqa: PLW2901 - the same thing, known to be an object
        if not number:
            faults.tell(f"{place}.number", "Нужен номер пункта вида «1.2.1»")
        elif number in found:
            faults.tell(place, "Такой пункт уже есть выше")
        if not _is_one(each.get("section"), sections):
            faults.tell(f"{place}.section", "Нет такого раздела в\u00a0sections")
        if not _is_years(each.get("years")):
            faults.tell(f"{place}.years", f"Раз во\u00a0сколько лет осмотр: от\u00a01 до\u00a0{_MOST_YEARS}")
        letters = [each.get("marks", ""), each.get("some_marks", "")]
        for name, typed in zip(("marks", "some_marks"), letters, strict=True):
            if not isinstance(typed, str) or not _are_marks(typed, marks):
                faults.tell(f"{place}.{name}", "Нужны буквы из\u00a0marks, каждая один раз, вида «АК»")
        found[number] = Point(
            number=number,
            section=str(each.get("section")),
            name=_text(each.get("name"), f"{place}.name", faults),
            years=each["years"] if _is_years(each.get("years")) else 1,
            needs=_needs(each.get("needs"), f"{place}.needs", services, faults),
            marks=str(letters[0]),
            some_marks=str(letters[1]),
            note=str(each.get("note", "")),
        )
    return found


def _is_number(text: str) -> bool:
    return all(part.isascii() and part.isdigit() for part in text.split("."))


def _are_marks(typed: Iterable[str], marks: Mapping[str, Mark]) -> bool:
    letters = list(typed)
    return len(set(letters)) == len(letters) and all(letter in marks for letter in letters)

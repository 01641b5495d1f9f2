"""The standard OData interface: one question of an address answered from the tables, or an error of 1С.

Taken from what 1С documents and from what public clients met: references can't be compared by order (500) and
are sorted by their presentation, a limit comes without a link to the rest, the count is text, JSON has to be
asked for. The codes of errors, and that an option which nobody knows is refused, are our guess.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from testbench.odata_1c.base import Base
from testbench.odata_1c.tables import ENTITIES, NAMES, Entity, Row
from testbench.web import Answer, as_json

OPTIONS = {
    "$format", "$select", "$filter", "$orderby", "$top", "$skip", "$inlinecount", "allowedOnly",
}  # fmt: skip
_TERM = re.compile(
    r"(?P<name>\w+) (?P<operator>eq|ne|ge|gt|le|lt) "
    r"(?:datetime'(?P<DateTime>[^']*)'|guid'(?P<Ref>[^']*)'|'(?P<String>(?:[^']|'')*)'"
    r"|(?P<Boolean>true|false)|(?P<Double>-?[0-9.]+))"
)
_SLICE = re.compile(r"SliceLast\((?:Period=datetime'([^']+)')?\)")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "ge": lambda one, other: one >= other,
    "gt": lambda one, other: one > other,
    "le": lambda one, other: one <= other,
    "lt": lambda one, other: one < other,
}
_ONE_TYPE = {"Int64": "Double"}
ATOM = Answer(200, "application/atom+xml;type=feed;charset=utf-8", b'<?xml version="1.0"?><feed/>')


class QueryError(Exception):
    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.answer = as_json(
            {"odata.error": {"code": str(code), "message": {"lang": "ru", "value": text}}}, status=status
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What an address asks: the rows of an entity set, or the newest of a periodical register until `at`."""

    name: str
    entity: Entity
    options: dict[str, str]
    at: str | None = None


def read_question(path: str, query: str) -> Question:
    """Return the question; raises QueryError. `path` is what stands after `standard.odata/`, encoded."""
    name, _, function = unquote(path).partition("/")
    entity = ENTITIES.get(name)
    if entity is None:
        raise QueryError(404, 8, f'Сущность "{name}" не найдена')
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs) or not OPTIONS.issuperset(options):
        raise QueryError(400, 4, "Ошибка разбора опций запроса")
    if not function:
        return Question(name, entity, options)
    found = _SLICE.fullmatch(function)
    if found is None or not entity.slices:
        raise QueryError(404, 6, "Extra segments are found in a request to an entity container!")
    return Question(name, entity, options, found[1] or "9999-12-31T23:59:59")


def answered(base: Base, question: Question, *, spoilt: Callable[[list[Row]], list[Row]]) -> Answer:
    """Return the answer; `spoilt` may take rows away before they are counted and cut."""
    options, entity = question.options, question.entity
    if not options.get("$format", "").startswith(("json", "application/json")):
        return ATOM
    try:
        rows = [row for row in entity.rows(base) if _fits(entity, row, options.get("$filter", ""))]
        if question.at is not None:
            rows = list(_newest(entity, rows, question.at))
        _sort(entity, rows, options.get("$orderby", ""))
        rows = spoilt(rows)
        skip, top = int(options.get("$skip", 0)), int(options.get("$top", len(rows)))
        page = [_selected(entity, row, options) for row in rows[skip : skip + top]]
    except ValueError as error:
        raise QueryError(400, 4, "Ошибка разбора опций запроса") from error
    told: dict[str, Any] = {"odata.metadata": f"$metadata#{quote(question.name)}"}
    if options.get("$inlinecount") == "allpages":
        told["odata.count"] = str(len(rows))
    return as_json(told | {"value": page})


def _fits(entity: Entity, row: Row, condition: str) -> bool:
    return all(_holds(entity, row, term) for term in condition.split(" and ") if term)


def _holds(entity: Entity, row: Row, term: str) -> bool:
    found = _TERM.fullmatch(term.strip())
    if found is None:
        raise QueryError(400, 14, f"Ошибка при разборе опции запроса $filter: {term}")
    kind = _type(entity, found["name"])
    value: Any = found[_ONE_TYPE.get(kind, kind)]
    if value is None or (kind == "Ref" and found["operator"] not in {"eq", "ne"}):
        raise QueryError(500, 0, "Нельзя сравнивать поля неограниченной длины и поля несовместимых типов")
    if kind == "Boolean":
        value = value == "true"
    elif kind in {"Double", "Int64"}:
        return _COMPARED[found["operator"]](float(row[found["name"]]), float(value))
    elif kind == "String":
        value = value.replace("''", "'")
    return _COMPARED[found["operator"]](row[found["name"]], value)


def _type(entity: Entity, name: str) -> str:
    if name not in entity.fields:
        raise QueryError(400, 21, f'Сегмент пути "{name}" не найден!')
    return entity.fields[name]


def _newest(entity: Entity, rows: Iterable[Row], at: str) -> Iterable[Row]:
    newest: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda one: str(one["Period"])):
        if row["Period"] <= at:
            newest[tuple(row[name] for name in entity.slices)] = row
    return newest.values()


def _sort(entity: Entity, rows: list[Row], order: str) -> None:
    """Sort by the fields, a reference by its presentation; without an order 1С promises none."""
    for name in reversed([part for part in order.split(",") if part]):
        is_reference = _type(entity, name) == "Ref"
        rows.sort(key=lambda row, name=name: _shown(row, name) if is_reference else row[name])  # type: ignore[misc]  # bound at once


def _shown(row: Row, name: str) -> tuple[str, str]:
    value = str(row[name])
    return str(NAMES.get(value, row.get("Date", ""))), value


def _selected(entity: Entity, row: Row, options: dict[str, str]) -> Row:
    names = [name for name in options.get("$select", "").split(",") if name] or list(entity.fields)
    for name in names:
        _type(entity, name)
    told = {name: row[name] for name in names}
    if "nometadata" in options["$format"]:
        return told
    links = {
        f"{name.removesuffix('_Key')}@navigationLinkUrl": f"{name}(guid'{row[name]}')"
        for name in names
        if name.endswith("_Key") and name != "Ref_Key"
    }
    return told | links

"""The standard OData interface: one question of an address answered from the tables, or an error of 1С.

Taken from what 1С documents and from what public clients met: references can't be compared by order (500) and
are sorted by their presentation, a limit comes without a link to the rest, the count is text, JSON has to be
asked for. The codes of errors, and that an option which nobody knows is refused, are our guess.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
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
_WORD = re.compile(r" *([()]|(?:and|or)(?= |$)) *")
_SLICE = re.compile(r"SliceLast\((?:Period=datetime'([^']+)')?\)")
Test = Callable[[Row], bool]
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
        fits = _test(entity, options.get("$filter", ""))
        rows = [row for row in entity.rows(base) if fits(row)]
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


def _test(entity: Entity, condition: str) -> Test:
    """Return what a condition asks of a row; raises QueryError. `and` binds closer than `or`."""
    if not condition:
        return lambda _: True
    tokens = deque(_tokens(condition))
    test = _any_of(entity, tokens)
    if tokens:
        raise _unreadable(condition)
    return test


def _tokens(condition: str) -> Iterator[str | re.Match[str]]:
    """Cut a condition into brackets, `and`, `or`, and comparisons."""
    place = 0
    while place < len(condition):
        word = _WORD.match(condition, place)
        found = word or _TERM.match(condition, place)
        if found is None:
            raise _unreadable(condition[place:])
        yield word[1] if word else found
        place = found.end()


def _any_of(entity: Entity, tokens: "deque[str | re.Match[str]]") -> Test:
    tests = [_all_of(entity, tokens)]
    while tokens and tokens[0] == "or":
        tokens.popleft()
        tests.append(_all_of(entity, tokens))
    return lambda row: any(test(row) for test in tests)


def _all_of(entity: Entity, tokens: "deque[str | re.Match[str]]") -> Test:
    tests = [_one_of(entity, tokens)]
    while tokens and tokens[0] == "and":
        tokens.popleft()
        tests.append(_one_of(entity, tokens))
    return lambda row: all(test(row) for test in tests)


def _one_of(entity: Entity, tokens: "deque[str | re.Match[str]]") -> Test:
    """Take a comparison, or what stands in brackets."""
    if not tokens:
        raise _unreadable("")
    first = tokens.popleft()
    if isinstance(first, re.Match):
        return _comparison(entity, first)
    if first != "(":
        raise _unreadable(first)
    test = _any_of(entity, tokens)
    if not tokens or tokens.popleft() != ")":
        raise _unreadable("(")
    return test


def _unreadable(part: str) -> QueryError:
    return QueryError(400, 14, f"Ошибка при разборе опции запроса $filter: {part}")


def _comparison(entity: Entity, found: re.Match[str]) -> Test:
    name, kind = found["name"], _type(entity, found["name"])
    compared, value = _COMPARED[found["operator"]], found[_ONE_TYPE.get(kind, kind)]
    if value is None or (kind == "Ref" and found["operator"] not in {"eq", "ne"}):
        raise QueryError(500, 0, "Нельзя сравнивать поля неограниченной длины и поля несовместимых типов")
    if kind == "Boolean":
        return lambda row: compared(row[name], value == "true")
    if kind in {"Double", "Int64"}:
        number = float(value)
        return lambda row: compared(float(row[name]), number)
    text = value.replace("''", "'") if kind == "String" else value
    return lambda row: compared(row[name], text)


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

"""Where a clinic's base of 1С keeps what: its catalogues, registers and fields, by our words.

There is no expression language: a table has fields, equalities that narrow it, and, for time, lists of values
that say what a row means. Whatever a row of time says that no list names is taken time, so that a word that
the clinic adds later never sells it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from feldsher.domain.scheduling.ports import TimeKind
from feldsher.integrations.mis.profiles import choice, flag

Told = bool | int | str
Meaning = TimeKind | None
"""What a row of time means; None: it is not there (a cancelled visit)."""

MEANINGS: dict[str, Meaning] = {"gone": None, "free": TimeKind.FREE, "break": TimeKind.BREAK}
"""The lists of a table of time, in the order in which they are asked."""
LONGEST = 1439
_NAME = re.compile(r"[^\W\d]\w{0,127}")
_OF_OBJECTS = ("Catalog_", "Document_")
_EVERYWHERE = frozenset({"entity", "key", "where"})


@dataclass(frozen=True, slots=True)
class Words:
    """The fields of a table by our words."""

    needed: frozenset[str]
    possible: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    """What else is said of such a table."""

    @property
    def fields(self) -> frozenset[str]:
        return self.needed | self.possible


NAMED = frozenset({"id", "name"})
TABLES = {
    "branches": Words(NAMED),
    "specialties": Words(NAMED),
    "doctors": Words(NAMED, frozenset({"specialty", "branch", "snils"})),
    "services": Words(NAMED, frozenset({"code", "minutes"})),
    "given": Words(frozenset({"doctor", "service"}), frozenset({"minutes"})),
    "prices": Words(
        frozenset({"service", "roubles"}), frozenset({"branch", "doctor"}), frozenset({"slice_last"})
    ),
}
NEEDED_TABLES = ("doctors", "services")
TIME = Words(
    frozenset({"doctor", "begin"}),
    frozenset({"branch", "day", "end", "minutes"}),
    frozenset({"otherwise", "cells", "may_be_empty", *MEANINGS}),
)


@dataclass(frozen=True, slots=True)
class Table:
    """What is read of one entity set.

    `entity` is its published name; `key` are the fields that make a row unique, in the order of reading;
    `fields` are theirs by our words; `where` narrows it by equality. `slice_last` reads the newest rows of a
    periodical register.
    """

    entity: str
    key: tuple[str, ...]
    fields: Mapping[str, str]
    where: Mapping[str, Told] = field(default_factory=dict)
    slice_last: bool = False

    @property
    def has_deletion_mark(self) -> bool:
        return self.entity.startswith(_OF_OBJECTS) and self.key == ("Ref_Key",)


@dataclass(frozen=True, slots=True)
class TimeTable:
    """A table of time: `meanings` are values by field for each meaning, `otherwise` is what no list names.

    `minutes` is the length of every row, None where a field tells it or the end. `cells`: a visit begins only
    where a free row does. `may_be_empty`: a reading of everybody may bring no row of it.
    """

    table: Table
    meanings: Mapping[Meaning, Mapping[str, frozenset[str]]]
    otherwise: TimeKind = TimeKind.BUSY
    minutes: int | None = None
    cells: bool = False
    may_be_empty: bool = False

    @property
    def may_be_free(self) -> bool:
        return self.otherwise is TimeKind.FREE or TimeKind.FREE in self.meanings


def canonical(value: Any) -> str:
    """Return a value as lists and literals spell it: 1С sends the same number as a number and as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def read_table(name: str, told: Any, words: Words) -> Table:
    """Return the table that an option describes; raises ValueError with one sentence."""
    told = as_object(name, told)
    known = words.fields | words.more | _EVERYWHERE
    for word in told:
        if word not in known:
            raise ValueError(f"option {name} has no word {word!r}; known are: {', '.join(sorted(known))}")
    for word in sorted(words.needed | {"entity"}):
        if word not in told:
            raise ValueError(f"option {name} needs the word {word}")
    entity = _name(f"{name}.entity", told["entity"])
    if "key" not in told and not entity.startswith(_OF_OBJECTS):
        raise ValueError(f"option {name} needs the word key: the fields that make a row of {entity} unique")
    return Table(
        entity=entity,
        key=_names(f"{name}.key", told.get("key", ["Ref_Key"])),
        fields={word: _name(f"{name}.{word}", told[word]) for word in sorted(words.fields) if word in told},
        where=_where(f"{name}.where", told.get("where", {})),
        slice_last=flag(f"{name}.slice_last", told.get("slice_last", False)),
    )


def read_time(name: str, told: Any) -> TimeTable:
    """Return a table of time; raises ValueError with one sentence."""
    told, minutes = as_object(name, told), None
    fields = told
    if isinstance(told.get("minutes"), int):
        minutes = told["minutes"]
        fields = {word: value for word, value in told.items() if word != "minutes"}
        if isinstance(minutes, bool) or not 1 <= minutes <= LONGEST:
            raise ValueError(f"option {name}.minutes must be a field, or a number from 1 to {LONGEST}")
    table = read_table(name, fields, TIME)
    if ("end" in told) == ("minutes" in told):
        raise ValueError(f"option {name} needs either end or minutes")
    otherwise = choice(f"{name}.otherwise", told.get("otherwise", "busy"), ("free", "busy"))
    if table.where and otherwise != "free":
        raise ValueError(
            f"option {name} can't have where: rows that it hides would be sold; list their values in gone"
        )
    meanings = {
        meaning: _values(f"{name}.{word}", told[word]) for word, meaning in MEANINGS.items() if word in told
    }
    if otherwise == "free" and TimeKind.FREE in meanings:
        raise ValueError(f"option {name} has both the list free and otherwise free")
    return TimeTable(
        table=table,
        meanings=meanings,
        otherwise=TimeKind(otherwise),
        minutes=minutes,
        cells=flag(f"{name}.cells", told.get("cells", False)),
        may_be_empty=flag(f"{name}.may_be_empty", told.get("may_be_empty", False)),
    )


def as_object(name: str, told: Any) -> Mapping[str, Any]:
    if not isinstance(told, Mapping) or not all(isinstance(key, str) for key in told):
        raise ValueError(f"option {name} must be an object")
    return told


def _name(name: str, told: Any) -> str:
    if not isinstance(told, str) or not _NAME.fullmatch(told):
        raise ValueError(f"option {name} must be a name of 1С")
    return told


def _names(name: str, told: Any) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not told:
        raise ValueError(f"option {name} must be a list of names of 1С")
    return tuple(_name(name, item) for item in told)


def _where(name: str, told: Any) -> dict[str, Told]:
    return {_name(name, key): _value(name, value) for key, value in as_object(name, told).items()}


def _values(name: str, told: Any) -> dict[str, frozenset[str]]:
    found = {_name(name, key): _each(name, values) for key, values in as_object(name, told).items()}
    if not found:
        raise ValueError(f"option {name} must name a field")
    return found


def _each(name: str, values: Iterable[Any]) -> frozenset[str]:
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(f"option {name} must be lists of values by field")
    return frozenset(canonical(_value(name, value)) for value in values)


def _value(name: str, told: Any) -> Told:
    if isinstance(told, str) and told.isprintable():
        return told
    if isinstance(told, bool | int):
        return told
    raise ValueError(f"option {name} must have texts, whole numbers, true or false as values")

"""Compulsory examinations of workers: what an order wants, for whom, and what it costs by head count.

A list of an order is data that the owner may load (`exam_list`). Nobody is named here: groups of workers are
points of the order and four head counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class ExamKind(StrEnum):
    """FIRST: before work begins. PERIODIC: of those who work."""

    FIRST = "first"
    PERIODIC = "periodic"


class When(StrEnum):
    """When a need is due: at each examination, at the first one only, or by what its note says."""

    ALWAYS = "always"
    FIRST = "first"
    IF = "if"


class Head(StrEnum):
    """Workers that the order tells apart: by sex, and by the fortieth birthday."""

    MEN = "men"
    WOMEN = "women"
    MEN_40 = "men_40"
    WOMEN_40 = "women_40"


@dataclass(frozen=True, slots=True)
class ExamService:
    """A doctor or a test. `codes` of the nomenclature (804н), the best first; none: it has no price here.

    `part_of` is the doctor at whose visit it is done: it is not sold on its own. `replaces`: who gets this
    one does not get that one.
    """

    key: str
    name: str
    is_doctor: bool
    codes: tuple[str, ...]
    part_of: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What is due to whom. `every`: once in so many years, 0 where at each examination."""

    service: str
    heads: frozenset[Head]
    when: When = When.ALWAYS
    every: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a letter at a substance adds for whoever works with it."""

    letter: str
    name: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A factor or a work: its number in the order, its name in short, `years` between examinations.

    `marks` stand at the whole point, `some_marks` at some of its substances alone.
    """

    number: str
    section: str
    name: str
    years: int
    needs: tuple[Need, ...]
    marks: str = ""
    some_marks: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExamList:
    """An order's list, in force from `valid_from` to the day before `valid_to` (None: open).

    `coverage` says in words which points of the order are here and which are not.
    """

    title: str
    edition: date
    source: str
    coverage: str
    valid_from: date
    valid_to: date | None
    sections: Mapping[str, str]
    services: Mapping[str, ExamService]
    base: tuple[Need, ...]
    marks: Mapping[str, Mark]
    points: Mapping[str, Point]


@dataclass(frozen=True, slots=True)
class ExamGroup:
    """Workers under the same points: (number, the marks that were typed with it), and how many they are."""

    points: tuple[tuple[str, str], ...]
    heads: Mapping[Head, int]

    @property
    def size(self) -> int:
        return sum(self.heads.values())


@dataclass(frozen=True, slots=True)
class ExamWish:
    """All that is counted: which examination, and the groups."""

    kind: ExamKind
    groups: tuple[ExamGroup, ...]


@dataclass(frozen=True, slots=True)
class ExamPrice:
    """Roubles in a branch; `is_from`: the least of several, or of those of several doctors."""

    amount: Decimal
    is_from: bool


@dataclass(frozen=True, slots=True)
class ExamLine:
    """A service that is due: to which workers of the group, how many they are, and its price here.

    `note` says under what condition, where it is not due to all of them.
    """

    service: ExamService
    heads: frozenset[Head]
    count: int
    price: ExamPrice | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sometimes:
    """A service that may be due and is not counted; `why` in words, `letters`: for substances so marked."""

    service: ExamService
    why: str = ""
    letters: str = ""
    years: int = 0


@dataclass(frozen=True, slots=True)
class HeadSum:
    """What the examination of one worker of a kind costs, and how many they are."""

    head: Head
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """`years`: the shortest term of the group's points; `slower`: points whose term is longer.

    `total` None: nothing here has a price. `is_from`: something is not counted, or has no exact price.
    """

    group: ExamGroup
    lines: tuple[ExamLine, ...]
    sometimes: tuple[Sometimes, ...]
    sums: tuple[HeadSum, ...]
    total: Decimal | None
    is_from: bool
    years: int
    slower: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExamEstimate:
    """The groups in their order and their sum, by the price list of a branch on a day."""

    kind: ExamKind
    location_id: UUID
    day: date
    groups: tuple[GroupEstimate, ...]
    total: Decimal | None
    is_from: bool

"""What the law wants on a clinic's site, and how far this clinic's site has it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Act:
    """A legal act. In force on `[since, until)`; `until` None: nobody has said when it ends."""

    name: str
    since: date
    until: date | None = None

    def is_in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class Section(StrEnum):
    """The parts of the page, in its order."""

    CLINIC = "clinic"
    CARE = "care"
    PAID = "paid"
    DOCTORS = "doctors"
    OPENNESS = "openness"


class Known(StrEnum):
    """What the product knows by itself, and nobody has to type."""

    FULL_NAME = "full_name"
    NUMBERS = "numbers"
    ADDRESS = "address"
    BRANCHES = "branches"
    PHONES = "phones"
    HOURS = "hours"
    LICENCE = "licence"
    AUTHORITIES = "authorities"
    GUARANTEES = "guarantees"
    CONTRACT = "contract"
    COMPLAINTS = "complaints"
    PRICES = "prices"
    DOCTORS = "doctors"
    EDUCATION = "education"
    SCHEDULE = "schedule"
    POLICY = "policy"
    LOOK = "look"


class Place(StrEnum):
    """Where else on the site an item stands; a door turns it into an address."""

    DOCTORS = "doctors"
    PRICES = "prices"
    POLICY = "policy"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the law wants on the site.

    `acts` are in the order of time: a newer one takes the place of an older. `known` None: an editor answers;
    `hint` then says what to write. `may_be_not_ours`: some clinics have no such thing.
    """

    key: str
    title: str
    section: Section
    acts: tuple[Act, ...]
    known: Known | None = None
    place: Place | None = None
    hint: str = ""
    may_be_not_ours: bool = False

    def act_on(self, day: date) -> Act:
        """Return the act in force on the day; where none is, the last that was."""
        in_force = [act for act in self.acts if act.is_in_force(day)]
        begun = [act for act in self.acts if act.since <= day]
        return (in_force or begun or self.acts)[-1]


class State(StrEnum):
    """DONE, SOON (true for 30 days more at most), OVER (its term is past), PARTIAL, MISSING, NOT_OURS."""

    DONE = "done"
    SOON = "soon"
    OVER = "over"
    PARTIAL = "partial"
    MISSING = "missing"
    NOT_OURS = "not_ours"


RED = frozenset({State.OVER, State.PARTIAL, State.MISSING})


@dataclass(frozen=True, slots=True)
class Said:
    """What an editor says of an item, not yet checked."""

    text: str = ""
    link: str = ""
    is_not_ours: bool = False
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """What an editor said, who and when; `ended_at` None: it stands."""

    said: Said
    author: str
    written_at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An item with what the site has of it.

    `facts` is what the product knows, a sentence each; `links` are pages that it knows, a legal entity's name
    and an address each; `lacks` what is missing there, in Russian.
    """

    item: Item
    act: Act
    state: State
    facts: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    answer: AnswerCard | None = None

    @property
    def is_red(self) -> bool:
        return self.state in RED


@dataclass(frozen=True, slots=True)
class Passport:
    """All lines in order, as of `day`; `ended_acts` still rule a line and are past their term."""

    day: date
    lines: tuple[Line, ...]
    ended_acts: tuple[Act, ...]

    @property
    def red(self) -> int:
        return sum(line.is_red for line in self.lines)

    @property
    def percent(self) -> int:
        """How many of the items that concern this clinic are filled, of a hundred, rounded down."""
        ours = [line for line in self.lines if line.state is not State.NOT_OURS]
        return 100 * sum(not line.is_red for line in ours) // len(ours)

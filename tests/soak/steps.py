"""What may happen in a history, and how one is drawn from a seed.

A step names what it is about (a visit by its name, a time by its number), so that it means the same when
others before it are left out; what can't be done then is not done.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

PEOPLE: Final = 3
DOORS: Final = ("site", "site", "api", "bot", "desk")
PAUSES: Final = (1, 1, 10, 35, 70, 130, 130, 700)
"""Seconds. The last one ends every hold; more than five of it make the schedule stale."""
HURRY: Final = 0.4
"""How probable it is that what follows from an earlier step comes next."""
LATEST: Final = 60
"""Seconds after which a MIS writes at the latest what it was late with (its settle time)."""


@dataclass(frozen=True)
class Step:
    """`do` is a method of the player. `visit` is a name, `number` a time, a person or seconds.

    `word` says more; `at` is the number of the call or of the write at which something strikes; `inner` are
    what happens meanwhile, or the two that happen at once.
    """

    do: str
    visit: str = ""
    number: int = 0
    word: str = ""
    at: int = 0
    inner: tuple["Step", ...] = ()

    def __str__(self) -> str:
        return _WORDS[self.do](self)


_WORDS: Final[dict[str, Callable[["Step"], str]]] = {
    "hold": lambda s: f"{s.word} holds time {s.number} as {s.visit}, person {s.at}",
    "hold_again": lambda s: f"the hold of {s.visit} is sent again with its key",
    "confirm": lambda s: f"person {s.number} confirms {s.visit}",
    "confirm_again": lambda s: f"the confirmation of {s.visit} is sent again with its key",
    "release": lambda s: f"{s.visit} is let go",
    "cancel": lambda s: f"{s.visit} is cancelled",
    "move": lambda s: f"{s.visit} is moved to time {s.number}",
    "work": lambda s: (
        "the worker does a talk"
        + (f", {s.word} {s.at}" if s.word else "")
        + (f": {s.inner[0]}" if s.inner else "")
    ),
    "look": lambda _: "the worker looks at the days that wait",
    "sync": lambda _: "the worker synchronises",
    "night": lambda _: "the worker compares every visit with the MIS",
    "tend": lambda _: "the worker tends",
    "wait": lambda s: f"{s.number} s pass",
    "fault": lambda s: f"the MIS is about to: {s.word}" + (f" for {s.number} s" if s.number else ""),
    "clerk_books": lambda s: f"a registrar books time {s.number} in the MIS",
    "clerk_cancels": lambda s: f"a registrar cancels what stands in the MIS at time {s.number} or later",
    "decide": lambda _: "a registrar looks into the MIS about the first visit that waits for one",
    "at_once": lambda s: "at once: " + " | ".join(map(str, s.inner)),
}


@dataclass(frozen=True)
class Field:
    """What a history may draw from: how many times there are, and which (fault, operation) the MIS has.

    `latest` is how many seconds the MIS is late at most.
    """

    times: int
    faults: Sequence[tuple[str, str]]
    has_registry: bool
    latest: int = LATEST


class Drawing:
    """Draws one history: who holds a time mostly confirms it soon, and faults mostly come before a talk."""

    def __init__(self, seed: str, field: Field, *, prefix: str = "v") -> None:
        """Visits are named by the prefix and a number."""
        self._random = random.Random(seed)
        self._field = field
        self._prefix = prefix
        self._visits = 0
        self._soon: list[Step] = []

    def history(self) -> list[Step]:
        return [self._step() for _ in range(self._random.randint(24, 56))]

    def _step(self) -> Step:
        draw = self._random
        if self._soon and draw.random() < HURRY:
            return self._soon.pop(draw.randrange(len(self._soon)))
        kinds = {
            self._hold: 10, self._confirm: 2, self._work: 6, self._again: 4, self._let_go: 1, self._cancel: 4,
            self._move: 4, self._tend: 3, self._look: 2, self._sync: 3, self._wait: 5, self._decide: 2,
            self._at_once: 8,
        }  # fmt: skip
        if self._field.has_registry:
            kinds |= {self._fault: 6, self._clerk_books: 2, self._clerk_cancels: 2}
        (kind,) = draw.choices(list(kinds), weights=list(kinds.values()))
        return kind()

    def at_a_door(self) -> Step:
        """Return what a caller does next."""
        if self._soon and self._random.random() < HURRY:
            step = self._soon.pop(0)
            if step.do == "confirm":
                return step
        kinds = [self._hold, self._hold, self._hold, self._confirm, self._again, self._let_go, self._cancel]
        kinds.append(self._move)
        return self._random.choice(kinds)()

    def behind(self) -> Step:
        """Return what happens next where no caller looks: in the registry, the MIS, the worker's clock."""
        kinds = [self._look, self._sync, self._tend, self._decide]
        if self._field.has_registry:
            kinds += [self._clerk_books, self._clerk_cancels, *[self._fault] * 6]
        return self._random.choice(kinds)()

    def _simple(self) -> Step:
        """Return a step that may happen at once with another, or in the middle of a talk."""
        draw = self._random
        kinds = [
            self._hold, self._hold, self._confirm, self._confirm, self._again, self._let_go, self._cancel,
            self._move, self._talk, self._tend, self._look, self._sync, self._decide,
        ]  # fmt: skip
        if self._field.has_registry:
            kinds += [self._clerk_books, self._clerk_cancels]
        return draw.choice(kinds)()

    def _some_visit(self) -> str:
        """Return the name of one of the last visits."""
        newest = max(self._visits, 1)
        return f"{self._prefix}{self._random.randint(max(1, newest - 5), newest)}"

    def _hold(self) -> Step:
        self._visits += 1
        draw = self._random
        name = f"{self._prefix}{self._visits}"
        number, person = draw.randrange(self._field.times), draw.randrange(PEOPLE)
        if draw.random() < 0.8:
            self._soon.append(Step("confirm", name, person))
            if self._field.has_registry and draw.random() < 0.5:
                self._soon.append(self._fault())
            self._soon.append(self._work())
        return Step("hold", name, number, draw.choice(DOORS), at=person)

    def _confirm(self) -> Step:
        return Step("confirm", self._some_visit(), self._random.randrange(PEOPLE))

    def _again(self) -> Step:
        return Step(self._random.choice(["hold_again", "confirm_again"]), self._some_visit())

    def _let_go(self) -> Step:
        return Step("release", self._some_visit())

    def _cancel(self) -> Step:
        if self._random.random() < 0.5:
            self._soon.append(self._work())
        return Step("cancel", self._some_visit())

    def _move(self) -> Step:
        if self._random.random() < 0.7:
            self._soon.append(self._work())
        return Step("move", self._some_visit(), self._random.randrange(self._field.times))

    def _talk(self) -> Step:
        return Step("work")

    def _work(self) -> Step:
        draw = self._random
        strike = draw.choice(["", "", "", "", "dies at write", "dies before call", "dies after call",
                              "meanwhile before call", "meanwhile after call"])  # fmt: skip
        if not strike:
            return Step("work")
        if strike == "dies at write":
            return Step("work", word=strike, at=draw.randrange(14))
        inner = (self._in_the_middle(),) if strike.startswith("meanwhile") else ()
        return Step("work", word=strike, at=draw.randrange(3), inner=inner)

    def _in_the_middle(self) -> Step:
        """Return what may happen while a call is under way, a second worker at the same talk too."""
        draw = self._random
        twin = Step("work", word="twin of")
        kinds: list[Callable[[], Step]] = [self._simple, self._simple, self._wait, lambda: twin]
        return draw.choice(kinds)()

    def _tend(self) -> Step:
        return Step("tend")

    def _look(self) -> Step:
        return Step("look")

    def _sync(self) -> Step:
        return Step("sync")

    def _wait(self) -> Step:
        seconds = self._random.choice(PAUSES)
        if seconds == max(PAUSES):
            self._soon.append(Step("sync"))
        return Step("wait", number=seconds)

    def _decide(self) -> Step:
        return Step("decide")

    def _fault(self) -> Step:
        draw = self._random
        name, operation = draw.choice(self._field.faults)
        delay = draw.randint(1, self._field.latest) if name in {"slow", "commit_late", "stale_grid"} else 0
        return Step("fault", number=delay, word=f"{name} {operation}")

    def _clerk_books(self) -> Step:
        return Step("clerk_books", number=self._random.randrange(self._field.times))

    def _clerk_cancels(self) -> Step:
        return Step("clerk_cancels", number=self._random.randrange(self._field.times))

    def _at_once(self) -> Step:
        return Step("at_once", inner=(self._simple(), self._simple()))

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
UNANSWERED: Final = (1190, 1210, 1210, 1330, 7210)
"""Seconds after which the offer of a near time is open yet, over, let go; and that of a far one over."""
AT_A_DOOR: Final = frozenset({"confirm", "sooner", "accept", "decline"})
"""What follows at a door, too."""
WANTED: Final = ("its doctor", "its doctor", "any of its specialty")
HOURS: Final = ("at any hour", "from its hour on", "at that hour", "at that hour")
WHERE: Final = ("in its branch", "in any branch")
WAYS: Final = ("", "", "at the desk")
HURRY: Final = 0.4
"""How probable it is that what follows from an earlier step comes next."""
RACE: Final = 0.25
"""How probable it is that two steps at once are two holds of one time."""
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
    "wish": lambda s: f"person {s.at} waits for a time like {s.number} as {s.visit}: {s.word}",
    "sooner": lambda s: f"{s.visit} waits for an earlier time" + (f", {s.word}" if s.word else ""),
    "accept": lambda s: f"what is offered to {s.visit} is taken {s.word}".strip(),
    "decline": lambda s: f"what is offered to {s.visit} is declined {s.word}".strip(),
    "stop": lambda s: f"{s.visit} waits no more {s.word}".strip(),
    "grab": lambda s: f"whoever has {s.visit} asks for what is offered to another",
    "offer": lambda _: "the worker offers what is free to those who wait",
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
        self._visits = self._wishes = self._wished = 0
        self._soon: list[tuple[Step, ...]] = []

    def history(self) -> list[Step]:
        return [self._step() for _ in range(self._random.randint(24, 56))]

    def _step(self) -> Step:
        draw = self._random
        if self._soon and draw.random() < HURRY:
            return self._follow(draw.randrange(len(self._soon)))
        kinds = {
            self._hold: 10, self._confirm: 2, self._work: 6, self._again: 4, self._let_go: 1, self._cancel: 4,
            self._move: 4, self._tend: 3, self._look: 2, self._sync: 3, self._wait: 5, self._decide: 2,
            self._at_once: 8, self._wish: 3, self._sooner: 2, self._answer: 3, self._stop: 1, self._grab: 1,
            self._offer: 3,
        }  # fmt: skip
        if self._field.has_registry:
            kinds |= {self._fault: 6, self._clerk_books: 2, self._clerk_cancels: 2}
        (kind,) = draw.choices(list(kinds), weights=list(kinds.values()))
        return kind()

    def _follow(self, number: int) -> Step:
        """Return the first step of what follows from an earlier one, and leave the rest of it."""
        first, *rest = self._soon.pop(number)
        if rest:
            self._soon.append(tuple(rest))
        return first

    def at_a_door(self) -> Step:
        """Return what a caller does next."""
        if self._soon and self._random.random() < HURRY:
            step = self._follow(0)
            if step.do in AT_A_DOOR:
                return step
        kinds = [self._hold, self._hold, self._hold, self._confirm, self._again, self._let_go, self._cancel]
        kinds += [self._move, self._wish, self._sooner, self._answer, self._answer, self._stop, self._grab]
        return self._random.choice(kinds)()

    def behind(self) -> Step:
        """Return what happens next where no caller looks: in the registry, the MIS, the worker's clock."""
        kinds = [self._look, self._sync, self._tend, self._decide, self._offer, self._offer]
        if self._field.has_registry:
            kinds += [self._clerk_books, self._clerk_cancels, *[self._fault] * 6]
        return self._random.choice(kinds)()

    def _simple(self) -> Step:
        """Return a step that may happen at once with another, or in the middle of a talk."""
        draw = self._random
        kinds = [
            self._hold, self._hold, self._confirm, self._confirm, self._again, self._let_go, self._cancel,
            self._move, self._talk, self._tend, self._look, self._sync, self._decide, self._answer,
            self._stop, self._offer,
        ]  # fmt: skip
        if self._field.has_registry:
            kinds += [self._clerk_books, self._clerk_cancels]
        return draw.choice(kinds)()

    def _some_visit(self) -> str:
        """Return the name of one of the last visits."""
        newest = max(self._visits, 1)
        return f"{self._prefix}{self._random.randint(max(1, newest - 5), newest)}"

    def _some_wish(self) -> str:
        """Return the name of one of the last wishes, of a visit or of a phone."""
        if self._wishes and self._random.random() < 0.7:
            return self._wish_name(self._random.randint(max(1, self._wishes - 2), self._wishes))
        return self._some_visit()

    def _wish_name(self, number: int) -> str:
        return f"{self._prefix}w{number}".removeprefix("v")

    def _hold(self) -> Step:
        return self._hold_of(self._random.randrange(self._field.times))

    def _hold_of(self, number: int) -> Step:
        self._visits += 1
        draw = self._random
        name, person = f"{self._prefix}{self._visits}", draw.randrange(PEOPLE)
        confirmed = Step("confirm", name, person)
        if draw.random() < 0.15:
            self._soon.append((confirmed, Step("work"), *self._sooner_of(name)))
        elif draw.random() < 0.8:
            self._soon += [(confirmed,), (self._work(),)]
            if self._field.has_registry and draw.random() < 0.5:
                self._soon.append((self._fault(),))
        return Step("hold", name, number, draw.choice(DOORS), at=person)

    def _confirm(self) -> Step:
        return Step("confirm", self._some_visit(), self._random.randrange(PEOPLE))

    def _again(self) -> Step:
        return Step(self._random.choice(["hold_again", "confirm_again"]), self._some_visit())

    def _let_go(self) -> Step:
        return Step("release", self._some_visit())

    def _cancel(self) -> Step:
        if self._random.random() < 0.5:
            self._soon.append((self._work(),))
        return Step("cancel", self._some_visit())

    def _move(self) -> Step:
        if self._random.random() < 0.7:
            self._soon.append((self._work(),))
        return Step("move", self._some_visit(), self._random.randrange(self._field.times))

    def _wish(self) -> Step:
        self._wishes += 1
        draw, name = self._random, self._wish_name(self._wishes)
        word = ", ".join([draw.choice(WANTED), draw.choice(HOURS), draw.choice(WHERE)])
        if draw.random() < 0.2:
            word += ", at the desk"
        person = draw.randrange(PEOPLE)
        if draw.random() < 0.5:
            self._wished = draw.randrange(self._field.times)
        if draw.random() < 0.4:
            self._soon.append((self._offer(), self._hold_of(self._wished)))
        rival = draw.random() < 0.4
        self._soon.append(self._rival(name, word, person) if rival else self._offered(name))
        return Step("wish", name, self._wished, word, at=person)

    def _rival(self, name: str, word: str, person: int) -> tuple[Step, ...]:
        """Return what follows a wish where somebody comes after them for the very same."""
        self._wishes += 1
        other = Step("wish", self._wish_name(self._wishes), self._wished, word, at=(person + 1) % PEOPLE)
        return other, self._offer(), self._answer_of(name)

    def _sooner(self) -> Step:
        first, *rest = self._sooner_of(self._some_visit())
        self._soon.append(tuple(rest))
        return first

    def _sooner_of(self, name: str) -> tuple[Step, ...]:
        when = self._random.choice(["", "of its day", "of its day"])
        return (Step("sooner", name, word=when), *self._offered(name))

    def _offered(self, name: str) -> tuple[Step, ...]:
        """Return what follows: an offer, and an answer to it, or none for too long."""
        draw = self._random
        if draw.random() < 0.7:
            return self._offer(), self._answer_of(name), self._work()
        late = Step("wait", number=draw.choice(UNANSWERED))
        return self._offer(), late, Step("sync"), self._offer()

    def _answer(self) -> Step:
        return self._answer_of(self._some_wish())

    def _answer_of(self, name: str) -> Step:
        draw = self._random
        if draw.random() < 0.6:
            return Step("accept", name, word=draw.choice(WAYS))
        return Step("decline", name, word=draw.choice([*WAYS, "by its form"]))

    def _stop(self) -> Step:
        return Step("stop", self._some_wish(), word=self._random.choice(WAYS))

    def _grab(self) -> Step:
        return Step("grab", self._some_visit())

    def _offer(self) -> Step:
        return Step("offer")

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
            self._soon.append((Step("sync"),))
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
        if self._random.random() < RACE:
            number = self._random.randrange(self._field.times)
            return Step("at_once", inner=(self._hold_of(number), self._hold_of(number)))
        return Step("at_once", inner=(self._simple(), self._simple()))

"""What is asked before times are shown, and the answers in an address: no answer names anybody.

Each answer is a link, so that one tap gives it; the links of a page carry all answers on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.directory.types import LocationCard, VisitMode, VisitOrder
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import (
    AgeBand,
    Answers,
    Barrier,
    Question,
    QuestionCode,
    VisitRule,
)
from feldsher.kernel import formats

NBSP = formats.NBSP
_OLDEST = 150
_YES, _NO = "1", "0"
_ANSWER_FIRST = "На\u00a0этот приём записывают не\u00a0всех."
_TITLES = {
    QuestionCode.AGE: "Сколько лет пациенту?",
    QuestionCode.VISIT: "Пациент уже был у\u00a0этого врача?",
    QuestionCode.REFERRAL: "Есть направление?",
    QuestionCode.MODE: "Где удобнее?",
}
_CHOICES = {
    QuestionCode.VISIT: ((VisitOrder.FIRST.value, "Нет, впервые"), (VisitOrder.REPEAT.value, "Да")),
    QuestionCode.REFERRAL: ((_YES, "Есть"), (_NO, "Нет")),
    QuestionCode.MODE: ((VisitMode.IN_PERSON.value, "В\u00a0клинике"), (VisitMode.REMOTE.value, "Онлайн")),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One possible answer: a link that gives it."""

    title: str
    url: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with its answers."""

    title: str
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before times: questions, one still open (`is_asking`), or why there are none (`refusal`).

    Nothing of it where everybody may book.
    """

    askings: tuple[Asking, ...] = ()
    is_asking: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What stands in the place of a doctor's times. `is_asking`: the doctor's page asks first."""

    words: str
    is_asking: bool


def answers_in(data: QueryDict) -> Answers:
    """Return the answers that an address holds; what is no answer is not answered."""
    age, visit = whole(text_in(data, "age")), text_in(data, "visit")
    referral, mode = text_in(data, "referral"), text_in(data, "mode")
    return Answers(
        age=age if age is not None and age <= _OLDEST else None,
        visit=VisitOrder(visit) if visit in {VisitOrder.FIRST, VisitOrder.REPEAT} else None,
        has_referral={_YES: True, _NO: False}.get(referral),
        mode=VisitMode(mode) if mode in {VisitMode.IN_PERSON, VisitMode.REMOTE} else None,
    )


def answers_out(answers: Answers) -> dict[str, str]:
    """Return the answers as parameters of an address."""
    said = {
        "age": None if answers.age is None else str(answers.age),
        "visit": answers.visit and answers.visit.value,
        "referral": {True: _YES, False: _NO, None: None}[answers.has_referral],
        "mode": answers.mode and answers.mode.value,
    }
    return {name: value for name, value in said.items() if value is not None}


def askings(
    rules: Iterable[VisitRule], answers: Answers, *, link_to: Callable[[dict[str, str]], str]
) -> tuple[Asking, ...]:
    """Return the questions that these rules raise; `link_to` gets the parameters of all answers."""
    given = answers_out(answers)
    return tuple(
        _asking(question, given, answers, link_to=link_to) for question in scheduling.questions(rules)
    )


def gate_of(
    rules: Sequence[VisitRule],
    answers: Answers,
    *,
    link_to: Callable[[dict[str, str]], str],
    zone: str,
    now: datetime,
) -> Gate:
    """Return what stands before the times of a visit; `rules` are its own, none where all may book."""
    rule = next(iter(rules), None)
    if rule is None:
        return Gate()
    wall = scheduling.barrier(rule, answers)
    asked = () if wall is Barrier.STOPPED else askings(rules, answers, link_to=link_to)
    return Gate(
        askings=asked,
        is_asking=wall is None and bool(scheduling.unanswered(rule, answers)),
        refusal=refusal_words(rule, wall, zone=zone, now=now) if wall else "",
    )


def notes_of(
    rules: Iterable[VisitRule], answers: Answers, *, places: Mapping[UUID, LocationCard], now: datetime
) -> dict[UUID, Note]:
    """Return what a list says in the place of a doctor's times: why there are none, or that it is asked.

    Who asks in one branch is asked, whatever another branch refuses.
    """
    notes: dict[UUID, Note] = {}
    for rule in rules:
        wall = scheduling.barrier(rule, answers)
        if wall is not None:
            place = places.get(rule.location_id)
            zone = (place.zone if place else "") or formats.MOSCOW
            words = refusal_words(rule, wall, zone=zone, now=now)
            notes.setdefault(rule.practitioner_id, Note(words, is_asking=False))
        elif scheduling.unanswered(rule, answers):
            notes[rule.practitioner_id] = Note(_ANSWER_FIRST, is_asking=True)
    return notes


def refusal_words(rule: VisitRule, barrier: Barrier, *, zone: str, now: datetime) -> str:
    """Return why the visit can't be booked online by who answered so, and what to do."""
    if barrier is Barrier.STOPPED and rule.stop is not None:
        return scheduling.stop_words(rule.stop.notice, rule.stop.until, zone=zone, now=now)
    return scheduling.refusal(rule, barrier)


def _asking(
    question: Question,
    given: dict[str, str],
    answers: Answers,
    *,
    link_to: Callable[[dict[str, str]], str],
) -> Asking:
    name = question.code.value
    if question.code is QuestionCode.AGE:
        options = tuple((str(band.first), _band_words(band)) for band in question.ages)
        chosen = next((str(band.first) for band in question.ages if _has(band, answers.age)), None)
    else:
        options, chosen = _CHOICES[question.code], given.get(name)
    return Asking(
        title=_TITLES[question.code],
        replies=tuple(
            Reply(words, link_to({**given, name: value}), is_selected=value == chosen)
            for value, words in options
        ),
    )


def _has(band: AgeBand, age: int | None) -> bool:
    return age is not None and band.first <= age <= (_OLDEST if band.last is None else band.last)


def _band_words(band: AgeBand) -> str:
    """Return `до 3 лет`, `3–17 лет` or `18 лет и старше`."""
    years = ("год", "года", "лет")
    if band.last is None:
        return f"{formats.plural(band.first, *years)} и{NBSP}старше" if band.first else "Любой возраст"
    if not band.first:
        return f"Младше {formats.plural(band.last + 1, 'года', 'лет', 'лет')}"
    if band.first == band.last:
        return formats.plural(band.first, *years)
    return f"{band.first}–{formats.plural(band.last, *years)}"

"""Reads of the passport: six queries, whatever the clinic's size. What it tells is public."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Q

from feldsher.domain.passport.facts import Fact, known_facts
from feldsher.domain.passport.items import BY_KEY, ITEMS, SECTION_TITLES
from feldsher.domain.passport.models import Answer, CookieChoice
from feldsher.domain.passport.types import AnswerCard, Item, Known, Line, Passport, Said, Section, State
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.formats import local_day

SOON: Final = timedelta(days=30)
CHOICE_DAYS: Final = 30
"""For so long a choice about counters is told and kept."""
_ZONE: Final = "Europe/Moscow"
"""Terms are days of the capital's calendar: a network has several zones and one passport."""


def passport() -> Passport:
    """Return every item with what the site has of it today."""
    day = today()
    facts = known_facts(day)
    answers = {row.item: _card(row) for row in Answer.objects.filter(ended_at=None)}
    lines = tuple(_line(item, facts=facts, answer=answers.get(item.key), day=day) for item in ITEMS)
    ended = dict.fromkeys(line.act for line in lines if not line.act.is_in_force(day))
    return Passport(day, lines, tuple(ended))


def line(key: str) -> Line:
    """Return one item that an editor answers; NotFoundError for any other."""
    item = asked_item(key)
    row = Answer.objects.filter(item=key, ended_at=None).first()
    return _line(item, facts={}, answer=_card(row) if row else None, day=today())


def history(key: str) -> tuple[AnswerCard, ...]:
    """Return what was ever answered to an item, newest first; NotFoundError as `line`."""
    asked_item(key)
    return tuple(_card(row) for row in Answer.objects.filter(item=key).order_by("-written_at", "-id"))


def cookie_choices() -> tuple[int, int]:
    """Return how many agreed to counters and how many declined within `CHOICE_DAYS`."""
    since = clock.now() - timedelta(days=CHOICE_DAYS)
    said = CookieChoice.objects.filter(at__gte=since).aggregate(
        agreed=Count("pk", filter=Q(is_agreed=True)), declined=Count("pk", filter=Q(is_agreed=False))
    )
    return said["agreed"], said["declined"]


def section_title(section: Section) -> str:
    return SECTION_TITLES[section]


def asked_item(key: str) -> Item:
    """Return the item of a key if an editor answers it; NotFoundError."""
    item = BY_KEY.get(key)
    if item is None or item.known is not None:
        raise NotFoundError("no such item of the passport")
    return item


def today() -> date:
    return local_day(clock.now(), _ZONE)


def _line(item: Item, *, facts: dict[Known, Fact], answer: AnswerCard | None, day: date) -> Line:
    act = item.act_on(day)
    if item.known is not None:
        fact = facts[item.known]
        return Line(item, act, fact.state, fact.facts, fact.lacks, fact.links)
    return Line(item, act, _state(answer, day), answer=answer)


def _state(answer: AnswerCard | None, day: date) -> State:
    if answer is None:
        return State.MISSING
    until = answer.said.valid_until
    if until is not None and until < day:
        return State.OVER
    if answer.said.is_not_ours:
        return State.NOT_OURS
    return State.SOON if until is not None and until - day <= SOON else State.DONE


def _card(row: Answer) -> AnswerCard:
    return AnswerCard(
        said=Said(row.text, row.link, row.is_not_ours, row.valid_until),
        author=row.author,
        written_at=row.written_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )

"""Who may book what, on the wire: what must be asked, and who is refused and why."""

from collections.abc import Sequence

from feldsher.channels.api import schemas, wire
from feldsher.domain.directory.types import VisitMode, VisitOrder
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Answers, Barrier, Question, VisitRule


def answers_of(query: schemas.AnswersQuery) -> Answers:
    return Answers(
        age=query.age,
        visit=VisitOrder(query.visit) if query.visit else None,
        has_referral=query.referral,
        mode=VisitMode(query.mode) if query.mode else None,
    )


def asks(rules: Sequence[VisitRule], answers: Answers) -> list[wire.Json]:
    """Return what is worth asking of these visits and is not answered; who is refused is asked no more."""
    open_to = [rule for rule in rules if scheduling.barrier(rule, answers) is None]
    given = {
        "age": answers.age,
        "visit": answers.visit,
        "referral": answers.has_referral,
        "mode": answers.mode,
    }
    return [_ask(found) for found in scheduling.questions(open_to) if given[found.code.value] is None]


def refusals(rules: Sequence[VisitRule], answers: Answers) -> list[wire.Json]:
    return [
        _refusal(rule, found) for rule in rules if (found := scheduling.barrier(rule, answers)) is not None
    ]


def _ask(question: Question) -> wire.Json:
    ages = [{"first": band.first, "last": band.last} for band in question.ages]
    return {"code": question.code.value, "ages": ages or None}


def _refusal(rule: VisitRule, barrier: Barrier) -> wire.Json:
    until = rule.stop.until if rule.stop and barrier is Barrier.STOPPED else None
    return {
        "practitioner": str(rule.practitioner_id),
        "location": str(rule.location_id),
        "service": str(rule.service_id),
        "code": barrier.value,
        "sentence": scheduling.refusal(rule, barrier),
        "until": wire.utc(until) if until else None,
    }

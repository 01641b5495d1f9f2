"""Who may book what, and what must be asked before times are shown."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import VisitMode, VisitOrder
from feldsher.domain.scheduling import gateways, sql_calls
from feldsher.domain.scheduling.models import Stop
from feldsher.domain.scheduling.sql_calls import Ruled
from feldsher.domain.scheduling.types import (
    AgeBand,
    Answer,
    Answers,
    Barrier,
    Question,
    QuestionCode,
    SlotKey,
    StopCard,
    VisitRule,
)
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock, formats

_OLDEST = 150
_REFUSALS = {
    Barrier.STOPPED: (
        "Онлайн-запись сейчас остановлена. Позвоните в\u00a0клинику или\u00a0оставьте телефон: запишем."
    ),
    Barrier.FIRST_ONLY: (
        "Здесь записывают только на\u00a0первый приём. "
        "Для\u00a0повторного выберите другую услугу или\u00a0позвоните."
    ),
    Barrier.REPEAT_ONLY: (
        "Врач принимает тех, кто у\u00a0него уже был. "
        "На\u00a0первый приём выберите другого врача или\u00a0позвоните."
    ),
    Barrier.REFERRAL: (
        "На\u00a0этот приём записывают по\u00a0направлению. Его\u00a0даёт лечащий врач: запишитесь сначала "
        "к\u00a0нему или\u00a0позвоните, подскажем."
    ),
    Barrier.REMOTE_ONLY: "Этот приём проходит только онлайн. Выберите онлайн-приём или\u00a0другую услугу.",
    Barrier.IN_PERSON_ONLY: "Этот приём проходит только в\u00a0клинике. Выберите приём в\u00a0клинике.",
}


def live_stops() -> tuple[StopCard, ...]:
    """Return the stops in force now, the widest first: one query."""
    rows = Stop.objects.filter(ended_at=None).order_by("created_at")
    return _in_force(
        StopCard(
            row.id,
            row.practitioner,
            row.location,
            row.reason,
            row.notice,
            row.until,
            row.author,
            row.created_at,
        )
        for row in rows
    )


def _in_force(stops: Iterable[StopCard]) -> tuple[StopCard, ...]:
    """Return those whose hour has not come, the widest first; equals as they came."""
    now = clock.now()
    return tuple(sorted((stop for stop in stops if stop.until is None or stop.until > now), key=_width))


def visit_rules(
    practitioner_ids: Collection[UUID],
    *,
    location_id: UUID | None = None,
    service_id: UUID | None = None,
    is_all: bool = True,
) -> tuple[VisitRule, ...]:
    """Return the rules of these doctors' visits: of a service, else of each one's default visit.

    `is_all` False leaves out the visits that everybody may book. One query. A visit without an offer has no
    rule, nor has any where nobody books.
    """
    if not has_booking():
        return ()
    ruled = sql_calls.offer_rules(
        list(practitioner_ids), location=location_id, service=service_id, is_all=is_all
    )
    return rules_of(ruled, is_all=is_all)


def rules_of(ruled: Ruled, *, is_all: bool) -> tuple[VisitRule, ...]:
    """Return what the database says of visits as rules."""
    stops = _in_force(ruled.stops)
    rules = (
        VisitRule(
            practitioner_id=practitioner,
            location_id=location,
            service_id=service,
            asks=Answer(asks),
            age_from=age_from,
            age_to=age_to,
            mode=VisitMode(mode),
            stop=stop_of(stops, practitioner_id=practitioner, location_id=location),
        )
        for practitioner, location, service, asks, age_from, age_to, mode in ruled.rules
    )
    return tuple(rule for rule in rules if is_all or not is_for_everybody(rule))


def is_for_everybody(rule: VisitRule) -> bool:
    """Tell whether nothing has to be asked and nothing stands in the way."""
    return not rule.asks and rule.stop is None and rule.mode is VisitMode.IN_PERSON


def stop_of(stops: Iterable[StopCard], *, practitioner_id: UUID, location_id: UUID) -> StopCard | None:
    """Return the widest stop that touches this doctor in this branch."""
    return next(
        (
            stop
            for stop in stops
            if stop.practitioner_id in (None, practitioner_id) and stop.location_id in (None, location_id)
        ),
        None,
    )


def questions(rules: Iterable[VisitRule]) -> tuple[Question, ...]:
    """Return what these rules make worth asking, in the order in which it is asked.

    The place of a visit is asked where it can be chosen; without an answer all are shown.
    """
    rules = tuple(rules)
    found: list[Question] = []
    if any(Answer.AGE in rule.asks for rule in rules):
        found.append(Question(QuestionCode.AGE, _bands(rules)))
    if any(rule.asks & (Answer.FIRST | Answer.REPEAT) for rule in rules):
        found.append(Question(QuestionCode.VISIT))
    if any(Answer.REFERRAL in rule.asks for rule in rules):
        found.append(Question(QuestionCode.REFERRAL))
    if any(rule.mode is VisitMode.EITHER for rule in rules) or len({rule.mode for rule in rules}) > 1:
        found.append(Question(QuestionCode.MODE))
    return tuple(found)


def needs_birth_date(key: SlotKey) -> bool:
    """Say whether a confirmation of that time without a birth date is refused.

    It is where an age was asked before times were shown, and where the MIS keeps cards by birth date.
    """
    if Answer.AGE in key.answers:
        return True
    asking = gateways.asking_birth_date()
    return bool(asking) and _keeper(key) in asking


def _keeper(key: SlotKey) -> str:
    return directory.remote_ids(key.practitioner_id, location=key.location_id).mis


def unanswered(rule: VisitRule, answers: Answers) -> tuple[QuestionCode, ...]:
    """Return what must still be asked before this visit's times are shown."""
    missing: list[QuestionCode] = []
    if Answer.AGE in rule.asks and answers.age is None:
        missing.append(QuestionCode.AGE)
    if rule.asks & (Answer.FIRST | Answer.REPEAT) and answers.visit is None:
        missing.append(QuestionCode.VISIT)
    if Answer.REFERRAL in rule.asks and answers.has_referral is None:
        missing.append(QuestionCode.REFERRAL)
    return tuple(missing)


def barrier(rule: VisitRule, answers: Answers) -> Barrier | None:
    """Return why this visit can't be booked by who answered so; what was not answered is no barrier yet."""
    age, oldest = answers.age, _OLDEST if rule.age_to is None else rule.age_to
    is_elsewhere = rule.mode is not VisitMode.EITHER and answers.mode not in (None, rule.mode)
    barriers = {
        Barrier.STOPPED: rule.stop is not None,
        Barrier.AGE: age is not None and not (rule.age_from or 0) <= age <= oldest,
        Barrier.FIRST_ONLY: Answer.FIRST in rule.asks and answers.visit is VisitOrder.REPEAT,
        Barrier.REPEAT_ONLY: Answer.REPEAT in rule.asks and answers.visit is VisitOrder.FIRST,
        Barrier.REFERRAL: Answer.REFERRAL in rule.asks and answers.has_referral is False,
        Barrier.REMOTE_ONLY: is_elsewhere and rule.mode is VisitMode.REMOTE,
        Barrier.IN_PERSON_ONLY: is_elsewhere and rule.mode is VisitMode.IN_PERSON,
    }
    return next((found for found, stands in barriers.items() if stands), None)


def refusal(rule: VisitRule, found: Barrier) -> str:
    """Return a barrier in words for the patient: why, and what to do."""
    if found is Barrier.AGE:
        return f"Врач принимает {_ages(rule)}. Выберите другого врача или\u00a0позвоните в\u00a0клинику."
    if found is Barrier.STOPPED and rule.stop is not None and rule.stop.notice:
        return rule.stop.notice
    return _REFUSALS[found]


def stop_words(notice: str, until: datetime | None, *, zone: str, now: datetime) -> str:
    """Return what a patient reads of a stop: the clinic's own words, and until when by the branch's clock."""
    words = notice.strip() or "Онлайн-запись остановлена."
    if until is None:
        return words
    ends = words if words.endswith((".", "!", "?")) else f"{words}."
    day = formats.near_day(formats.local_day(until, zone), today=formats.local_day(now, zone))
    return f"{ends} Запись откроется {day}, в\u00a0{formats.clock(until, zone)}."


def _ages(rule: VisitRule) -> str:
    first = f"с\u00a0{formats.plural(rule.age_from, 'года', 'лет', 'лет')}" if rule.age_from else ""
    last = ""
    if rule.age_to is not None:
        last = f"до\u00a0{formats.plural(rule.age_to, 'года', 'лет', 'лет')} включительно"
    return " и\u00a0".join(part for part in (first, last) if part)


def _width(stop: StopCard) -> tuple[bool, bool]:
    return stop.practitioner_id is not None, stop.location_id is not None


def _bands(rules: tuple[VisitRule, ...]) -> tuple[AgeBand, ...]:
    """Cut all ages where a rule begins or ends."""
    starts = {0}
    for rule in rules:
        if rule.age_from:
            starts.add(rule.age_from)
        if rule.age_to is not None:
            starts.add(rule.age_to + 1)
    firsts = sorted(start for start in starts if start <= _OLDEST)
    lasts: list[int | None] = [first - 1 for first in firsts[1:]]
    return tuple(AgeBand(first, last) for first, last in zip(firsts, [*lasts, None], strict=True))

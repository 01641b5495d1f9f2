"""What a registrar reads of a time that staff hold: what to ask, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from feldsher.channels.desk.rule_words import phrases
from feldsher.channels.desk.states import STATES
from feldsher.domain.directory.types import RuleValues, VisitMode
from feldsher.domain.scheduling import errors
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import (
    Answer,
    AppointmentCard,
    CancelReason,
    QuestionCode,
    State,
    VisitRule,
)

Fact = tuple[str, str]
_STATES: Final = {**STATES, State.BOOKING: "записываем"}
_REJECTED: Final = {
    errors.TakenInMisError.code: "Это время только что заняли.",
    errors.NeedsReferralError.code: "МИС записывает на\u00a0этот приём только с\u00a0направлением.",
    errors.AgeLimitError.code: "МИС не\u00a0записывает к\u00a0этому врачу в\u00a0этом возрасте.",
    errors.NotForPatientError.code: "МИС не\u00a0записывает этого пациента на\u00a0это время: нужно "
    "прикрепление, или\u00a0врач принимает других.",
    "mis_unavailable": "МИС не\u00a0отвечала. Звонок пациенту стоит в\u00a0очереди.",
    "visit_gone": "Прежней записи в\u00a0МИС на\u00a0её времени больше нет. Звонок пациенту стоит "
    "в\u00a0очереди.",
    "rejected_by_person": "Сотрудник ответил, что записи в\u00a0МИС нет.",
}
_NOT_ACCEPTED: Final = "МИС не\u00a0приняла запись."
CANCEL_REASONS: Final = (
    ("", "Выберите"),
    (CancelReason.PATIENT_ASKED.value, "Попросил пациент"),
    (CancelReason.DOCTOR_AWAY.value, "Врач не\u00a0примет"),
    (CancelReason.MISTAKE.value, "Записан по\u00a0ошибке"),
    (CancelReason.DUPLICATE.value, "Записан дважды"),
    (CancelReason.OTHER.value, "Другая причина"),
)
_CANCELLED: Final = {
    "cancelled_by_patient": "Запись отменил пациент.",
    "cancelled_by_staff": "Запись отменил сотрудник.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a time: a sentence, the page that goes on from there, and how it looks."""

    text: str
    link: str = ""
    """`again` chooses another time, `queue` is where staff say what they did."""
    css: str = ""

    @property
    def is_alert(self) -> bool:
        return self.css == "note-danger"


_NOBODY: Final = Outcome("Время больше не\u00a0держится: никто не\u00a0записан.", "again", "note-danger")
_ENDS: Final = {
    State.BOOKED: Outcome("Пациент записан.", css="note-brand"),
    State.EXPIRED: _NOBODY,
    State.RELEASED: _NOBODY,
    State.MOVED: Outcome("Запись перенесена на\u00a0другое время."),
}
_BY_HAND: Final = Outcome(
    "Внесите запись в\u00a0МИС: филиал подключают, и\u00a0сам сайт её\u00a0не\u00a0передаст. "
    "Потом отметьте это в\u00a0очереди.",
    "queue",
)


def outcome_of(card: AppointmentCard) -> Outcome:
    """Return what became of a time that is held no more."""
    state = card.state
    if state in _ENDS:
        return _ENDS[state]
    if state is State.REJECTED:
        why = _REJECTED.get(card.reason, _NOT_ACCEPTED)
        return Outcome(f"{why} Никто не\u00a0записан.", "again", "note-danger")
    if state is State.CANCELLED:
        return Outcome(_CANCELLED.get(card.reason, "Запись отменена."), "again")
    if state is State.UNKNOWN and card.reason == "by_hand":
        return _BY_HAND
    is_awaited = state in {State.BOOKING, State.UNKNOWN, State.CANCELLING}
    more = " Обновите страницу через минуту." if is_awaited else ""
    return Outcome(f"Сейчас: {_STATES[state]}.{more}")


def to_ask(card: AppointmentCard) -> list[Fact]:
    """Return what a registrar has to know of a held time beyond the visit: questions, place, a stop."""
    key = card.key
    rule = next(
        iter(
            scheduling.visit_rules(
                [key.practitioner_id], location_id=key.location_id, service_id=key.service_id
            )
        ),
        None,
    )
    found: list[Fact] = []
    if rule is not None and (asked := "; ".join(_questions(rule))):
        found.append(("Спросите", asked))
    if key.is_remote:
        found.append(("Где", "онлайн, по\u00a0видео или\u00a0телефону"))
    elif rule is not None and rule.mode is VisitMode.EITHER:
        found.append(("Где", "в\u00a0клинике"))
    if rule is not None and rule.stop is not None:
        found.append(("Онлайн-запись", f"остановлена: {rule.stop.reason}"))
    return found


def _questions(rule: VisitRule) -> Iterable[str]:
    """Yield what the offer asks; where the visit shall be is no question: staff book it in the clinic."""
    for question in scheduling.questions([rule]):
        match question.code:
            case QuestionCode.AGE:
                (ages,) = phrases(RuleValues(age_from=rule.age_from, age_to=rule.age_to))
                yield f"сколько лет пациенту: врач принимает {ages}"
            case QuestionCode.VISIT if Answer.FIRST in rule.asks:
                yield "первый ли это приём у\u00a0врача: на\u00a0повторный здесь не\u00a0записывают"
            case QuestionCode.VISIT:
                yield "был ли пациент у\u00a0врача: на\u00a0первый приём здесь не\u00a0записывают"
            case QuestionCode.REFERRAL:
                yield "есть ли направление"

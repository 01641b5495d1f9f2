"""Every reason why a time is not offered, as a sentence for staff with its numbers, and what to do about it.

Two tables, of what stands against a visit at any time and against this start; the order of a table is that of
the page: what closes the most comes first. Patients are not named.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from feldsher.channels.desk.rule_words import MODES, age, span, span_ago, span_of
from feldsher.channels.desk.scopes import Names, scope_of
from feldsher.domain.directory.types import EffectiveValue, Obstacle, VisitMode
from feldsher.domain.scheduling.types import Answer, Explanation, Hindrance, HindranceCode, State, VisitRule
from feldsher.foundation.access.policies import Action
from feldsher.kernel import formats
from feldsher.kernel.formats import plural

STATES: Final = {
    State.HELD: "время держит пациент, который заполняет форму",
    State.EXPIRED: "время уже отпущено",
    State.RELEASED: "время уже отпущено",
    State.BOOKING: "запись отправлена в\u00a0МИС, ждём ответа",
    State.BOOKED: "подтверждённая запись",
    State.REJECTED: "МИС отказала",
    State.UNKNOWN: "запись отправлена в\u00a0МИС, ответ потерян, проверяем",
    State.CANCELLING: "запись отменяют, ждём ответа МИС",
    State.CANCELLED: "запись отменена",
    State.MOVED: "запись перенесена",
    State.ARRIVED: "пациент уже в\u00a0клинике",
    State.FULFILLED: "приём состоялся",
    State.NOSHOW: "пациент не\u00a0пришёл",
}
_LEFT_OUT: Final = {
    "unknown_resource": "врач или филиал не\u00a0опознан",
    "zone_mismatch": "часовой пояс филиала в\u00a0МИС и\u00a0в\u00a0справочнике разный",
    "no_instant": "дата, которой нет",
    "empty_stretch": "отрезок без\u00a0длины",
    "busy": "занято",
    "break": "перерыв",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked: the start, the clock of the branch, and what holds there by which rule.

    `is_own`: staff made the branch, and no MIS is to be asked about it.
    """

    start: datetime
    now: datetime
    location_id: UUID
    zone: str
    names: Names
    values: Mapping[str, EffectiveValue]
    is_own: bool = False

    def moment(self, instant: datetime | None) -> str:
        """Return `11:40`; with the day where it is not that of the start."""
        if instant is None:
            return ""
        day, own = formats.local_day(instant, self.zone), formats.local_day(self.start, self.zone)
        hour = formats.clock(instant, self.zone)
        if day == own:
            return hour
        return f"{hour} {formats.day_month(day, today=formats.local_day(self.now, self.zone))}"

    def span(self, hindrance: Hindrance) -> str:
        return f"с\u00a0{self.moment(hindrance.begin)} до\u00a0{self.moment(hindrance.end)}"

    def rule(self, field: str) -> str:
        """Return who says so: `правило «Все врачи, …»`, or that it is the default."""
        card = self.values[field].rule
        return f"правило {self.names.quoted(scope_of(card))}" if card else "так принято по\u00a0умолчанию"


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence, what to do, and the section of the desk that mends it; `field`: the rule that says so."""

    text: str
    todo: str
    mends: Action | None = None
    field: str = ""


Tell = Callable[[Hindrance, Case], Reason]
OBSTACLES: Final[Mapping[Obstacle, Reason]] = {
    Obstacle.DOCTOR_CLOSED: Reason(
        "Врач закрыт: МИС больше не\u00a0показывает его.",
        "Если врач работает, верните его в\u00a0МИС.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.BRANCH_CLOSED: Reason(
        "Филиал закрыт: МИС больше не\u00a0показывает его.",
        "Если филиал работает, верните его в\u00a0МИС.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NO_ZONE: Reason(
        "Филиалу не\u00a0указан часовой пояс: без\u00a0него время МИС нельзя понять.",
        "Укажите часовой пояс филиала в\u00a0справочнике.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NOT_IN_BRANCH: Reason(
        "В\u00a0этом филиале врач не\u00a0принимает.",
        "Выберите другой филиал или добавьте место работы в\u00a0МИС.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NO_SCHEDULE_KEEPER: Reason(
        "Ни\u00a0одна МИС не\u00a0ведёт расписание врача в\u00a0этом филиале.",
        "Заведите расписание в\u00a0МИС; время появится после обмена.",
        Action.SEE_SYNC,
    ),
    Obstacle.SERVICE_CLOSED: Reason(
        "Услуга закрыта в\u00a0МИС или\u00a0на\u00a0неё не\u00a0записывают (материал, набор, папка).",
        "Выберите другую услугу или откройте эту в\u00a0МИС.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NOT_GIVEN: Reason(
        "Врач не\u00a0оказывает эту услугу.",
        "Добавьте услугу врачу в\u00a0МИС или\u00a0выберите другого врача.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.UNKNOWN_TO_MIS: Reason(
        "МИС этого филиала не знает услугу: её ведёт МИС другого филиала.",
        "Заведите услугу в МИС филиала или выберите другую.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.OFFLINE: Reason(
        "На\u00a0этот приём не\u00a0записывают онлайн.",
        "Разрешите онлайн-запись в\u00a0правилах.",
        Action.SET_RULES,
        "is_online",
    ),
}


def _shadow(_found: Hindrance, _case: Case) -> Reason:
    return Reason(
        "Филиал подключают: расписание сверяется, на\u00a0сайте его нет.",
        "Переведите филиал в\u00a0заявки или\u00a0в\u00a0запись.",
        Action.SET_STAGE,
    )


def _stopped(found: Hindrance, case: Case) -> Reason:
    end = f" до\u00a0{case.moment(found.end)}" if found.end else ", пока не\u00a0возобновят"
    return Reason(
        f"Онлайн-запись остановлена{end}. Причина: {found.text}",
        "Возобновите запись, если причина прошла.",
        Action.STOP_BOOKING,
    )


def _never_heard(found: Hindrance, _: Case) -> Reason:
    return Reason(
        f"Расписания из\u00a0МИС «{found.text}» ещё ни\u00a0разу не\u00a0было.",
        "Проверьте, отвечает ли МИС.",
        Action.SEE_SYNC,
    )


def _stale(found: Hindrance, case: Case) -> Reason:
    return Reason(
        f"МИС «{found.text}» молчит: её расписание известно на\u00a0{case.moment(found.begin)},"
        " устаревшее время не\u00a0предлагаем.",
        "Проверьте, отвечает ли МИС. Время вернётся само после обмена.",
        Action.SEE_SYNC,
    )


def _no_schedule(found: Hindrance, _: Case) -> Reason:
    return Reason(
        f"В\u00a0МИС «{found.text}» нет расписания врача в\u00a0этом филиале на\u00a0этот день.",
        "Заведите график в\u00a0МИС; время появится после обмена.",
        Action.SEE_SYNC,
    )


def _too_far(found: Hindrance, case: Case) -> Reason:
    return Reason(
        f"Это дальше, чем на\u00a0{span_ago(found.number or 0)} вперёд: сейчас записывают"
        f" до\u00a0{case.moment(found.end)}; {case.rule('horizon')}.",
        "Подождите или увеличьте горизонт в\u00a0правиле.",
        Action.SET_RULES,
        "horizon",
    )


def _quota_full(found: Hindrance, case: Case) -> Reason:
    if not found.number:
        text = f"Квота на\u00a0сайте\u00a0— 0\u00a0в\u00a0день; {case.rule('quota')}."
    else:
        many = plural(found.number, "запись", "записи", "записей")
        text = f"Квота на\u00a0этот день исчерпана: {many} на\u00a0сайте; {case.rule('quota')}."
    return Reason(text, "Увеличьте квоту или запишите через МИС.", Action.SET_RULES, "quota")


def _not_worked(_: Hindrance, case: Case) -> Reason:
    return Reason(
        f"МИС не\u00a0показывает свободного времени на\u00a0{case.moment(case.start)}:"
        " врач не\u00a0работает или\u00a0занят.",
        "Если врач свободен, поправьте график в\u00a0МИС.",
    )


def _no_ticket(_: Hindrance, case: Case) -> Reason:
    return Reason(
        f"МИС отдаёт этот день готовыми талонами, и\u00a0талона на\u00a0{case.moment(case.start)} нет.",
        "Выберите время другого талона или добавьте талон в\u00a0МИС.",
    )


def _busy_in_mis(found: Hindrance, case: Case) -> Reason:
    return Reason(
        f"Врач занят в\u00a0МИС {case.span(found)}{_elsewhere(found, case)}.",
        "Выберите время до\u00a0или после; перерывы вокруг приёма тоже считаются.",
    )


def _taken_here(found: Hindrance, case: Case) -> Reason:
    return Reason(
        f"Время занято {case.span(found)}{_elsewhere(found, case)}: {STATES[State(found.text)]}.",
        "Выберите время до\u00a0или после; перерывы вокруг приёма тоже считаются.",
    )


def _group_full(found: Hindrance, case: Case) -> Reason:
    many = plural(found.number or 0, "пациента", "пациентов", "пациентов")
    return Reason(
        f"Группа {case.span(found)} заполнена: мест на\u00a0{many}; {case.rule('capacity')}.",
        "Выберите другое время или увеличьте число мест в\u00a0правиле.",
        Action.SET_RULES,
        "capacity",
    )


def _room_taken(found: Hindrance, case: Case) -> Reason:
    return Reason(
        f"Кабинет занят другим врачом {case.span(found)}.",
        "Выберите другое время или смените кабинет в\u00a0МИС.",
    )


def _too_short(found: Hindrance, case: Case) -> Reason:
    free = f"Свободно только до\u00a0{case.moment(found.end)}" if found.end else "Свободного времени мало"
    return Reason(
        f"{free}, а\u00a0приём длится {span_ago(found.number or 0)}.",
        "Выберите время раньше или услугу короче.",
    )


def _too_soon(found: Hindrance, case: Case) -> Reason:
    if case.start < case.now:
        return Reason("Это время уже прошло.", "Выберите другое.")
    return Reason(
        f"До\u00a0начала меньше {span_of(found.number or 0)}: сейчас записывают"
        f" с\u00a0{case.moment(found.begin)}; {case.rule('notice')}.",
        "Запишите через МИС или сократите срок в\u00a0правиле.",
        Action.SET_RULES,
        "notice",
    )


def _off_step(found: Hindrance, case: Case) -> Reason:
    step = timedelta(minutes=found.number or 1)
    anchor = found.begin or case.start
    earlier = anchor + step * ((case.start - anchor) // step)
    near = f"{case.moment(earlier)} и\u00a0{case.moment(earlier + step)}"
    return Reason(
        f"Шаг записи {span(found.number or 0)}, от\u00a0{case.moment(anchor)}. Ближайшие: {near}.",
        "Выберите время по\u00a0шагу или измените шаг в\u00a0правиле.",
        Action.SET_RULES,
        "step",
    )


def _left_out(found: Hindrance, _: Case) -> Reason:
    code, between = found.text.split(" ", 1)
    begin, end = between.split("–", 1)
    hours = f"{_hour(begin)}–{_hour(end)}"
    return Reason(
        f"В\u00a0этот день МИС прислала и\u00a0то, что не\u00a0стало свободным временем:"
        f" {hours}, {_LEFT_OUT.get(code, code)}.",
        "Если это ошибка, поправьте график в\u00a0МИС.",
    )


HINDRANCES: Final[Mapping[HindranceCode, Tell]] = {
    HindranceCode.SHADOW: _shadow,
    HindranceCode.STOPPED: _stopped,
    HindranceCode.NEVER_HEARD: _never_heard,
    HindranceCode.STALE: _stale,
    HindranceCode.NO_SCHEDULE: _no_schedule,
    HindranceCode.TOO_FAR: _too_far,
    HindranceCode.QUOTA_FULL: _quota_full,
    HindranceCode.NOT_WORKED: _not_worked,
    HindranceCode.NO_TICKET: _no_ticket,
    HindranceCode.BUSY_IN_MIS: _busy_in_mis,
    HindranceCode.TAKEN_HERE: _taken_here,
    HindranceCode.GROUP_FULL: _group_full,
    HindranceCode.ROOM_TAKEN: _room_taken,
    HindranceCode.TOO_SHORT: _too_short,
    HindranceCode.TOO_SOON: _too_soon,
    HindranceCode.OFF_STEP: _off_step,
    HindranceCode.LEFT_OUT: _left_out,
}


OWN_OBSTACLES: Final[Mapping[Obstacle, Reason]] = {
    **OBSTACLES,
    Obstacle.DOCTOR_CLOSED: Reason(
        "Запись врача закрыта.", "Если врач работает, откройте её в\u00a0справочнике.", Action.EDIT_DIRECTORY
    ),
    Obstacle.BRANCH_CLOSED: Reason(
        "Филиал закрыт.", "Если филиал работает, откройте его в\u00a0справочнике.", Action.EDIT_DIRECTORY
    ),
    Obstacle.NO_ZONE: Reason(
        "Филиалу не\u00a0указан часовой пояс: без\u00a0него часы приёма нельзя понять.",
        "Укажите часовой пояс филиала в\u00a0справочнике.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NOT_IN_BRANCH: Reason(
        "В\u00a0этом филиале врач не\u00a0принимает.",
        "Выберите другой филиал или добавьте место работы в\u00a0справочнике.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NO_SCHEDULE_KEEPER: Reason(
        "У\u00a0врача нет места работы в\u00a0этом филиале.",
        "Добавьте его в\u00a0справочнике.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.SERVICE_CLOSED: Reason(
        "Услуга закрыта.",
        "Выберите другую услугу или откройте эту в\u00a0справочнике.",
        Action.EDIT_DIRECTORY,
    ),
    Obstacle.NOT_GIVEN: Reason(
        "Врач не\u00a0оказывает эту услугу.",
        "Добавьте услугу врачу в\u00a0справочнике или\u00a0выберите другого врача.",
        Action.EDIT_DIRECTORY,
    ),
}
"""The same where staff keep the schedule."""


def _not_counted(_: Hindrance, __: Case) -> Reason:
    return Reason(
        "Времена давно не\u00a0пересчитывались: фоновая программа стоит.",
        "Сообщите администратору сервера; время вернётся само.",
    )


def _no_hours(_: Hindrance, __: Case) -> Reason:
    return Reason(
        "В\u00a0этот день врач не\u00a0принимает.",
        "Если примет, укажите часы на\u00a0этот день.",
        Action.SET_HOURS,
    )


def _out_of_hours(_: Hindrance, case: Case) -> Reason:
    return Reason(
        f"{case.moment(case.start)} вне часов приёма врача.",
        "Если врач примет, укажите часы на\u00a0этот день.",
        Action.SET_HOURS,
    )


def _or_by_staff(tell: Tell) -> Tell:
    def told(found: Hindrance, case: Case) -> Reason:
        reason = tell(found, case)
        return replace(reason, todo=reason.todo.replace("через МИС", "сами: вас это не\u00a0ограничивает"))

    return told


OWN_HINDRANCES: Final[Mapping[HindranceCode, Tell]] = {
    **HINDRANCES,
    HindranceCode.NEVER_HEARD: _not_counted,
    HindranceCode.STALE: _not_counted,
    HindranceCode.NO_SCHEDULE: _no_hours,
    HindranceCode.NOT_WORKED: _out_of_hours,
    HindranceCode.QUOTA_FULL: _or_by_staff(_quota_full),
    HindranceCode.TOO_SOON: _or_by_staff(_too_soon),
}


def reasons(found: Explanation, case: Case) -> tuple[Reason, ...]:
    """Return every reason, what closes the most first; one that is told twice is said once."""
    order = list(HINDRANCES)
    obstacles, hindrances = (OWN_OBSTACLES, OWN_HINDRANCES) if case.is_own else (OBSTACLES, HINDRANCES)
    told = [obstacles[obstacle] for obstacle in OBSTACLES if obstacle in found.obstacles]
    told += [
        hindrances[item.code](item, case)
        for item in sorted(found.hindrances, key=lambda item: order.index(item.code))
    ]
    return tuple(dict.fromkeys(told))


def conditions(rule: VisitRule) -> tuple[str, ...]:
    """Return to whom the time is offered: what a patient must have answered first."""
    said = []
    if Answer.AGE in rule.asks:
        said.append(_ages(rule))
    if Answer.FIRST in rule.asks:
        said.append("это первый приём у\u00a0врача")
    if Answer.REPEAT in rule.asks:
        said.append("пациент уже был у\u00a0врача")
    if Answer.REFERRAL in rule.asks:
        said.append("есть направление")
    if rule.mode is not VisitMode.IN_PERSON:
        said.append(MODES[rule.mode])
    return tuple(said)


def _ages(rule: VisitRule) -> str:
    if rule.age_to is None:
        return f"пациенту есть {_years(rule.age_from or 0)}"
    if not rule.age_from:
        return f"пациенту не\u00a0больше {age(rule.age_to)}"
    return f"пациенту от\u00a0{rule.age_from} до\u00a0{age(rule.age_to)} включительно"


def _years(years: int) -> str:
    return plural(years, "год", "года", "лет")


def _elsewhere(found: Hindrance, case: Case) -> str:
    """Return the branch where it is, unless it is the one that was asked about."""
    if found.location_id is None or found.location_id == case.location_id:
        return ""
    return f" ({case.names.place(found.location_id)})"


def _hour(wall: str) -> str:
    """Return `11:00` of `2026-11-26T11:00:00`."""
    return wall.partition("T")[2][:5] or wall

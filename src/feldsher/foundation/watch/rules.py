"""The rules as data: what each weighs, from where it counts, and what it says in Russian.

A rule counts from `floor`, however little is habit, and above habit where it has one (`norms.Norm.limit` of
the person's own last 30 days and of the role's: both are exceeded). It weighs `points`, and `far` from
`far_at` times its limit on. The points of a day's rules add up to a score, and the score says what follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from feldsher.foundation.watch.types import Level, RuleCode

LEVELS = {Level.BLOCK: 100, Level.STEP_UP: 70, Level.ALERT: 40}
"""From which score each level follows, the gravest first."""
UNKNOWN = 3
"""Floors are so many times higher while neither person nor role have worked `ENOUGH_DAYS`."""
ENOUGH_DAYS = 5
LEARNING_DAYS = 10
"""So many days a role has to have worked before its hours are a habit."""
HABITUAL_NIGHTS = 2
HABITUAL_RESTS = 1
"""So many within 30 days make the next one no surprise."""
COLLEAGUES_AT_WORK = 2
COLLEAGUES_WITHIN_HOURS = 2
"""So many others at work within so many hours say that the clinic is open."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`floor` and `far_at` are in the rule's own figure, which `sentence` names as `{count}`."""

    title: str
    sentence: str
    floor: int
    points: int
    far_at: float
    far: int


RULES: Mapping[RuleCode, Rule] = {
    RuleCode.HONEY: Rule(
        "Открыт пациент-ловушка",
        "Показаны данные пациента, которого нет. Просмотров: {count}. Повода искать его ни у\u00a0кого нет.",
        floor=1,
        points=100,
        far_at=2,
        far=100,
    ),
    RuleCode.REFUSALS: Rule(
        "Много отказов",
        "Отказов в\u00a0доступе за\u00a0час: {count}, обычный предел {limit}. Похоже на\u00a0подбор.",
        floor=20,
        points=50,
        far_at=3,
        far=80,
    ),
    RuleCode.PACE: Rule(
        "Слишком быстро",
        "За\u00a010\u00a0минут по\u00a0одному открыто пациентов: {count}. Человек так быстро не\u00a0читает.",
        floor=40,
        points=80,
        far_at=3,
        far=100,
    ),
    RuleCode.RHYTHM: Rule(
        "Ровный ритм",
        "Подряд через равные промежутки, около {seconds}\u00a0с, открыто пациентов: {count}. "
        "Так работает программа.",
        floor=24,
        points=50,
        far_at=4,
        far=70,
    ),
    RuleCode.MANY: Rule(
        "Необычно много пациентов",
        "За\u00a0час показано пациентов: {count}. Предел по\u00a0привычке этого сотрудника "
        "и\u00a0роли: {limit}.",
        floor=150,
        points=50,
        far_at=4,
        far=80,
    ),
    RuleCode.NO_GROUND: Rule(
        "Пациенты без повода",
        "Открыто пациентов без записи и\u00a0без наблюдения у\u00a0сотрудника: {count} "
        "из\u00a0{opened} за\u00a0день. Обычный предел {limit}.",
        floor=12,
        points=40,
        far_at=3,
        far=70,
    ),
    RuleCode.ODD_HOURS: Rule(
        "Непривычное время",
        "Ночью или в\u00a0выходной открыто пациентов: {count}. Раньше сотрудник в\u00a0такие часы "
        "не\u00a0работал, коллег рядом не\u00a0было.",
        floor=8,
        points=45,
        far_at=5,
        far=70,
    ),
    RuleCode.WALK: Rule(
        "Подряд по\u00a0списку",
        "Подряд, в\u00a0том порядке, в\u00a0каком они стоят в\u00a0базе или в\u00a0списке, открыто "
        "пациентов: {count}.",
        floor=15,
        points=50,
        far_at=4,
        far=70,
    ),
    RuleCode.KIN: Rule(
        "Коллеги и\u00a0однофамильцы",
        "Открыто пациентов с\u00a0фамилиями сотрудников: {count} из\u00a0{opened}, с\u00a0фамилией "
        "самого сотрудника: {own}. Случайно столько не\u00a0бывает.",
        floor=3,
        points=45,
        far_at=4,
        far=70,
    ),
    RuleCode.EXPORTS: Rule(
        "Выгрузки и\u00a0печать",
        "Выгружено или напечатано строк за\u00a0день: {count}. Предел по\u00a0привычке: {limit}.",
        floor=200,
        points=50,
        far_at=3,
        far=80,
    ),
    RuleCode.EMERGENCIES: Rule(
        "Частые экстренные доступы",
        "За\u00a0день в\u00a0экстренном порядке открыто пациентов: {count}.",
        floor=3,
        points=45,
        far_at=2,
        far=70,
    ),
}

PACE_WINDOW = timedelta(minutes=10)
REFUSALS_WINDOW = timedelta(hours=1)
RHYTHM_UNEVENNESS = 0.2
GROUNDLESS_SHARE = 0.1
GROUNDLESS_FLOOR_IN_CARE = 5
"""The floor of NO_GROUND for roles whose right rests on a relation: they have few reasons to go past it."""
WALK_KNOWN_FOR = timedelta(days=1)
"""Patients made today are opened in the order of their making by whoever makes them."""
WALK_IN_LIST = 20
WALK_GAP_SECONDS = 45
"""A list is worked off in its own order, too, but with a person's pauses."""
KIN_CHANCE = 1e-6
EXPORT_PURPOSES = ("export", "print")
"""What an action that exports or prints is called begins so."""


def level_of(score: int) -> Level | None:
    """Return what follows from a score, None for nothing."""
    return next((level for level, least in LEVELS.items() if score >= least), None)

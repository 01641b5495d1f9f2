"""Booking rules in words: «не раньше чем за 2 часа; не больше 4 в день на сайте; с 18 лет»."""

from feldsher.domain.directory.types import RuleValues, VisitMode, VisitOrder
from feldsher.kernel.formats import plural

_HOUR, _DAY = 60, 1440
VISITS = {
    VisitOrder.ANY: "первый и\u00a0повторный приём",
    VisitOrder.FIRST: "только первый приём",
    VisitOrder.REPEAT: "только повторный приём",
}
MODES = {
    VisitMode.IN_PERSON: "приём в\u00a0клинике",
    VisitMode.REMOTE: "приём по\u00a0видео или телефону",
    VisitMode.EITHER: "в\u00a0клинике или по\u00a0видео, на\u00a0выбор пациента",
}


def span(minutes: int) -> str:
    """Return `2 часа`: the largest unit that holds the minutes as a whole number."""
    if minutes and minutes % _DAY == 0:
        return plural(minutes // _DAY, "день", "дня", "дней")
    if minutes and minutes % _HOUR == 0:
        return plural(minutes // _HOUR, "час", "часа", "часов")
    return plural(minutes, "минута", "минуты", "минут")


def span_ago(minutes: int) -> str:
    """Return the span as after «за» and «на»: `1 минуту`, `2 часа`."""
    text = span(minutes)
    return text.replace("минута", "минуту")


def span_of(minutes: int) -> str:
    """Return the span as after «меньше»: `1 минуты`, `2 часов`."""
    if minutes and minutes % _DAY == 0:
        return plural(minutes // _DAY, "дня", "дней", "дней")
    if minutes and minutes % _HOUR == 0:
        return plural(minutes // _HOUR, "часа", "часов", "часов")
    return plural(minutes, "минуты", "минут", "минут")


def age(years: int) -> str:
    """Return the years as after «с» and «до»: `1 года`, `18 лет`."""
    return plural(years, "года", "лет", "лет")


def value_words(name: str, value: int | VisitOrder | VisitMode | None) -> str:
    """Return what one field of a rule says on its own."""
    if isinstance(value, VisitOrder):
        return VISITS[value]
    if isinstance(value, VisitMode):
        return MODES[value]
    if value is None:
        return _SILENT.get(name, "без\u00a0ограничения")
    return {
        "is_online": _yes("записывать онлайн", "не\u00a0записывать онлайн", value),
        "notice": f"не\u00a0раньше чем за\u00a0{span_ago(value)}"
        if value
        else "вплоть до\u00a0начала приёма",
        "horizon": f"не\u00a0дальше чем на\u00a0{span_ago(value)} вперёд",
        "cutoff": f"отмена и\u00a0перенос пациентом не\u00a0позднее чем за\u00a0{span_ago(value)}"
        if value
        else "отмена и\u00a0перенос пациентом вплоть до\u00a0начала приёма",
        "quota": f"не\u00a0больше {value}\u00a0в\u00a0день на\u00a0сайте"
        if value
        else "на\u00a0сайте 0\u00a0в\u00a0день",
        "age_from": f"с\u00a0{age(value)}",
        "age_to": f"до\u00a0{age(value)} включительно",
        "needs_referral": _yes("по\u00a0направлению", "направление не\u00a0нужно", value),
        "before": f"перерыв до\u00a0приёма {span(value)}" if value else "без\u00a0перерыва до\u00a0приёма",
        "after": f"перерыв после приёма {span(value)}" if value else "без\u00a0перерыва после приёма",
        "step": f"шаг {span(value)}",
        "capacity": f"{plural(value, 'пациент', 'пациента', 'пациентов')} одновременно",
        "overbook": f"поверх записи не\u00a0больше {value}" if value else "поверх записи не\u00a0записывать",
    }[name]


def phrases(values: RuleValues) -> tuple[str, ...]:
    """Return everything that a rule says, in the order of its form."""
    said = []
    for name in ORDER:
        value = getattr(values, name)
        if value is None or (name == "age_to" and values.age_from is not None):
            continue
        if name == "age_from" and values.age_to is not None:
            said.append(f"с\u00a0{value} до\u00a0{age(values.age_to)} включительно")
        else:
            said.append(value_words(name, value))
    return tuple(said)


def _yes(yes: str, no: str, value: int) -> str:
    return yes if value else no


ORDER = (
    "is_online", "notice", "horizon", "cutoff", "quota", "visits", "age_from", "age_to", "needs_referral",
    "mode", "before", "after", "step", "capacity", "overbook",
)  # fmt: skip
_SILENT = {
    "step": "по\u00a0длине обычного приёма врача",
    "age_from": "с\u00a0любого возраста",
    "age_to": "до\u00a0любого возраста",
}

"""The form of a booking rule: what is typed, what it means, and what holds where nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from feldsher.channels.desk.rule_words import MODES, ORDER, VISITS, value_words
from feldsher.channels.desk.scopes import Names, Options, scope_of
from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.directory.types import EffectiveValue, RuleValues, VisitMode, VisitOrder
from feldsher.kernel.errors import InvalidInputError

_SILENT: Final = ("", "не\u00a0сказано")
_UNITS: Final = {"minutes": 1, "hours": 60, "days": 1440}
UNITS: Final[Options] = [("minutes", "минут"), ("hours", "часов"), ("days", "дней")]
_SPANS: Final = {"notice": "hours", "horizon": "days", "cutoff": "hours"}
"""Fields of a number and a unit, and the unit that an empty one shows."""
_LABELS: Final = {
    "is_online": "Записывать онлайн",
    "notice": "Записаться можно не\u00a0позднее чем за",
    "horizon": "Записаться можно вперёд на",
    "cutoff": "Отменить или перенести самому можно не\u00a0позднее чем за",
    "quota": "Квота: записей в\u00a0день на\u00a0сайте",
    "visits": "Первый или повторный",
    "age_from": "Возраст от, полных лет",
    "age_to": "Возраст до, полных лет включительно",
    "needs_referral": "По\u00a0направлению",
    "mode": "Где приём",
    "before": "Перерыв до\u00a0приёма, минут",
    "after": "Перерыв после приёма, минут",
    "step": "Шаг записи, минут",
    "capacity": "Пациентов одновременно",
    "overbook": "Регистратор записывает поверх записи, не\u00a0больше",
}
_GROUPS: Final = (
    ("Кто и\u00a0когда записывается", ("is_online", "notice", "horizon", "cutoff", "quota")),
    ("Кому и\u00a0где", ("visits", "age_from", "age_to", "needs_referral", "mode")),
    ("Как приём занимает время", ("before", "after", "step", "capacity", "overbook")),
)
_CHOICES: Final[Mapping[str, Options]] = {
    "is_online": [_SILENT, ("yes", "да"), ("no", "нет")],
    "needs_referral": [_SILENT, ("yes", "только по\u00a0направлению"), ("no", "направление не\u00a0нужно")],
    "visits": [_SILENT, *((order.value, words) for order, words in VISITS.items())],
    "mode": [_SILENT, *((mode.value, words) for mode, words in MODES.items())],
}
_TOO_LONG: Final = "Не\u00a0больше 366\u00a0дней."


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it is drawn; `help` says what holds where it is left unsaid."""

    name: str
    label: str
    value: str
    help: str
    error: str
    options: Options | None
    units: Options | None = None
    unit: str = ""


def typed_in(data: QueryDict) -> dict[str, str]:
    """Return what was typed, as it was typed."""
    names = (*ORDER, *(f"{name}_unit" for name in _SPANS))
    return {name: text_in(data, name, limit=500) for name in names}


def typed_of(values: RuleValues) -> dict[str, str]:
    """Return a rule as it would have been typed."""
    typed = {}
    for name in ORDER:
        value = getattr(values, name)
        if name in _SPANS:
            unit = _unit_of(value, usual=_SPANS[name])
            typed[f"{name}_unit"] = unit
            value = None if value is None else value // _UNITS[unit]
        if isinstance(value, bool):
            value = "yes" if value else "no"
        typed[name] = "" if value is None else str(value)
    return typed


def read(typed: Mapping[str, str]) -> RuleValues:
    """Return what the form says; raises InvalidInputError for what is no number or none of the choices."""
    wrong: dict[str, str] = {}
    found: dict[str, int | bool | None] = {}
    for name in ORDER:
        text = typed[name]
        if name in _CHOICES:
            if text not in dict(_CHOICES[name]):
                wrong[name] = "Выберите из\u00a0списка."
        elif text and whole(text) is None:
            wrong[name] = "Целое число без\u00a0знаков и\u00a0букв."
        else:
            found[name] = whole(text)
    for name in _SPANS:
        unit = typed[f"{name}_unit"] or _SPANS[name]
        if unit not in _UNITS:
            wrong[name] = "Выберите единицу из\u00a0списка."
        elif (number := found.get(name)) is not None:
            found[name] = number * _UNITS[unit]
    if wrong:
        raise InvalidInputError(f"rule form: {', '.join(wrong)}", fields=wrong)
    return RuleValues(
        **found,
        is_online=_flag(typed["is_online"]),
        needs_referral=_flag(typed["needs_referral"]),
        visits=VisitOrder(typed["visits"]) if typed["visits"] else None,
        mode=VisitMode(typed["mode"]) if typed["mode"] else None,
    )


def errors_of(error: InvalidInputError) -> dict[str, str]:
    """Return the sentences beside the fields; limits of spans are told in days, not in minutes."""
    return {
        name: _TOO_LONG if name in _SPANS and sentence.startswith("От 0") else sentence
        for name, sentence in error.fields.items()
    }


def groups(
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str],
    wider: Mapping[str, EffectiveValue],
    names: Names,
) -> list[tuple[str, list[Field]]]:
    """Return the fields as they are drawn, in their groups."""
    return [
        (
            title,
            [
                Field(
                    name=name,
                    label=_LABELS[name],
                    value=typed[name],
                    help=f"Не\u00a0сказано\u00a0— {source_words(wider[name], names)}",
                    error=errors.get(name, ""),
                    options=_CHOICES.get(name),
                    units=UNITS if name in _SPANS else None,
                    unit=typed.get(f"{name}_unit", ""),
                )
                for name in inner
            ],
        )
        for title, inner in _GROUPS
    ]


def source_words(value: EffectiveValue, names: Names) -> str:
    """Return what holds and who says so."""
    said = value_words(value.field, value.value)
    if value.rule is None:
        return f"{said} (по\u00a0умолчанию)"
    return f"{said} (правило {names.quoted(scope_of(value.rule))})"


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def _unit_of(minutes: int | None, *, usual: str) -> str:
    if minutes is None:
        return usual
    units = [name for name in ("days", "hours") if minutes and minutes % _UNITS[name] == 0]
    return next(iter(units), "minutes" if minutes else usual)

"""Turns figures into tables and charts: the same rows for a page and for a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from feldsher.channels.desk.charts import Bar, Chart, chart, width
from feldsher.domain.figures.types import (
    Attendance,
    EmptySearch,
    Figures,
    Source,
    SourceKind,
    Steps,
    Wanted,
)
from feldsher.foundation.messaging.types import Kind, Spent
from feldsher.foundation.messaging.wording import WORDINGS
from feldsher.kernel import formats

CHANNELS: Final = {
    "site": "Сайт",
    "widget": "Виджет",
    "mobile": "Приложение",
    "telegram": "Telegram",
    "api": "API",
    "desk": "Регистратура",
    "waiting": "Лист ожидания",
}
_FIXED: Final = {
    Kind.PHONE_CODE: "Код для\u00a0входа и\u00a0записи",
    Kind.GRANT_NOTICE: "Выдали роль сотруднику",
    Kind.EMERGENCY: "Экстренный доступ: пациенту",
    Kind.EMERGENCY_OVERDUE: "Экстренный доступ: не\u00a0разобран",
    Kind.PASSKEY_MADE: "Добавлен ключ входа",
}
PROVIDERS: Final = {"sms_ru": "SMS.RU", "smsc_ru": "SMSC.RU"}
_UNKNOWN: Final = "не\u00a0указано"
_WEEKLY: Final = 92
"""Days of a period from which on days are told by weeks."""
STEP_HEAD: Final = (
    *("Показано", "Занято", "Записано", "Отменено", "Пришли", "Не\u00a0пришли", "Записано из\u00a0занятых"),
)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, told in percent; nothing where the whole is nothing."""

    part: int
    whole: int

    @property
    def plain(self) -> str:
        return f"{100 * self.part / self.whole:.1f}".replace(".", ",") if self.whole else ""

    def __str__(self) -> str:
        return f"{self.plain}\u00a0%" if self.whole else "—"


Value = str | int | Decimal | date | Share


@dataclass(frozen=True, slots=True)
class Table:
    """`keys` are of its rows, where something can be narrowed to one; `note` says what to know of it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    keys: tuple[str, ...] = ()


def number(value: int | Decimal) -> str:
    """Return `1 900`, or `1 900,50` of roubles, with no-break spaces."""
    text = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.replace(",", "\u00a0").replace(".", ",")


def shown(value: Value) -> str:
    """Return a cell as a person reads it."""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return number(value) if isinstance(value, int | Decimal) else str(value)


def plain(value: Value) -> str:
    """Return a cell for a file: numbers as a Russian spreadsheet reads them."""
    if isinstance(value, Share):
        return value.plain
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(value).replace(".", ",") if isinstance(value, Decimal) else str(value)


def steps_table(total: Steps) -> Table:
    rows: tuple[tuple[Value, ...], ...] = (
        ("Показали свободное время", total.seen, "", Share(total.seen, total.seen)),
        ("Заняли время", total.held, Share(total.held, total.seen), Share(total.held, total.seen)),
        ("Записались", total.booked, Share(total.booked, total.held), Share(total.booked, total.seen)),
        ("Пришли", total.came, Share(total.came, total.booked), Share(total.came, total.seen)),
        ("Не\u00a0пришли", total.missed, Share(total.missed, total.booked), ""),
        ("Отменили", total.cancelled, Share(total.cancelled, total.booked), ""),
    )
    return Table(
        "От\u00a0показа до\u00a0приёма", ("Шаг", "Сколько", "От\u00a0прежнего шага", "От\u00a0показов"), rows
    )


def step_bars(total: Steps) -> tuple[Bar, ...]:
    most = max(total.seen, total.held)
    steps = (
        ("Показали свободное время", total.seen, 0, "one"),
        ("Заняли", total.held, total.seen, "two"),
        ("Записались", total.booked, total.held, "three"),
        ("Пришли", total.came, total.booked, "four"),
    )
    return tuple(
        Bar(
            label,
            number(value),
            width(value, of=most),
            css,
            f"{Share(value, before)} от\u00a0прежнего" if before else "",
        )
        for label, value, before, css in steps
    )


def by_days(days: Mapping[date, Steps], *, first: date, last: date) -> tuple[tuple[date, Steps], ...]:
    """Return every day of the period in order; whole weeks from their Mondays where there are many."""
    every = [first + timedelta(days=shift) for shift in range((last - first).days + 1)]
    if len(every) <= _WEEKLY:
        return tuple((day, days.get(day, Steps())) for day in every)
    weeks: dict[date, Steps] = {}
    for day in every:
        monday = max(first, day - timedelta(days=day.weekday()))
        weeks[monday] = _sum(weeks.get(monday, Steps()), days.get(day, Steps()))
    return tuple(weeks.items())


def _sum(one: Steps, two: Steps) -> Steps:
    return Steps(
        one.seen + two.seen,
        one.held + two.held,
        one.booked + two.booked,
        one.cancelled + two.cancelled,
        one.came + two.came,
        one.missed + two.missed,
    )


def days_table(days: Sequence[tuple[date, Steps]], *, is_weekly: bool = False) -> Table:
    head = ("Неделя с" if is_weekly else "День", *STEP_HEAD)
    return Table(
        "По\u00a0неделям" if is_weekly else "По\u00a0дням",
        head,
        tuple((day, *_step_row(steps)) for day, steps in days),
    )


def day_charts(days: Sequence[tuple[date, Steps]]) -> tuple[tuple[str, Chart], ...]:
    """Return the charts of showings, and of what became of holds, that are not empty."""
    if not days:
        return ()
    ends = {"first": f"{days[0][0]:%d.%m.%Y}", "last": f"{days[-1][0]:%d.%m.%Y}"}
    seen = chart([("Показано", "one", [steps.seen for _, steps in days])], **ends)
    held = chart(
        [
            ("Занято", "two", [steps.held for _, steps in days]),
            ("Записано", "three", [steps.booked for _, steps in days]),
            ("Пришли", "four", [steps.came for _, steps in days]),
        ],
        **ends,
    )
    found = (("Показы свободного времени", seen), ("Занято, записано, пришли", held))
    return tuple((title, each) for title, each in found if each is not None)


def _step_row(steps: Steps) -> tuple[Value, ...]:
    counts = (steps.seen, steps.held, steps.booked, steps.cancelled, steps.came, steps.missed)
    return (*counts, Share(steps.booked, steps.held))


def split_table(title: str, what: str, rows: Iterable[tuple[str, str, Steps]]) -> Table:
    """Return a table of (key, name, steps), the most held first."""
    found = sorted(rows, key=lambda row: (-row[2].held, -row[2].seen, row[1]))
    return Table(
        title,
        (what, *STEP_HEAD),
        tuple((name, *_step_row(steps)) for _, name, steps in found),
        tuple(key for key, _, _ in found),
    )


def attendance_table(periods: Sequence[tuple[str, Attendance]]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for name, each in periods:
        for words, came, missed in (
            ("с\u00a0дошедшим напоминанием", each.told_came, each.told_missed),
            ("без\u00a0него", each.untold_came, each.untold_missed),
            ("всего", each.told_came + each.untold_came, each.missed),
        ):
            rows.append((f"{name}, {words}", came, missed, Share(missed, came + missed)))
        rows.append((f"{name}, без\u00a0отметки", each.unmarked, "", ""))
    return Table("Неявки", ("Приёмы", "Пришли", "Не\u00a0пришли", "Неявка"), tuple(rows))


def attendance_bars(periods: Sequence[tuple[str, Attendance]]) -> tuple[Bar, ...]:
    shares = [
        (f"{name}, {words}", Share(missed, whole), css)
        for name, each in periods
        for words, missed, whole, css in (
            ("с\u00a0напоминанием", each.told_missed, each.told, "two"),
            ("без\u00a0напоминания", each.untold_missed, each.untold, "iodine"),
        )
    ]
    most = max((share.part / share.whole for _, share, _ in shares if share.whole), default=0)
    return tuple(
        Bar(
            label,
            str(share),
            width(share.part / share.whole if share.whole else 0, of=most),
            css,
            f"{number(share.part)} из\u00a0{number(share.whole)}" if share.whole else "нет отметок",
        )
        for label, share, css in shares
    )


def absence_table(title: str, what: str, rows: Iterable[tuple[str, Attendance]]) -> Table:
    """Return who did not come, by name; the most marked first."""
    found = sorted(
        ((name, each) for name, each in rows if each.marked), key=lambda row: (-row[1].marked, row[0])
    )
    return Table(
        title,
        (what, "Отмечено", "Не\u00a0пришли", "Неявка", "Неявка с\u00a0напоминанием", "Неявка без\u00a0него"),
        tuple(
            (
                name,
                each.marked,
                each.missed,
                Share(each.missed, each.marked),
                Share(each.told_missed, each.told),
                Share(each.untold_missed, each.untold),
            )
            for name, each in found
        ),
    )


def source_words(source: Source) -> str:
    """Return a source in words: `yandex, cpc, autumn`, `сайт yandex.ru`."""
    if source.kind is SourceKind.UTM:
        return ", ".join(filter(None, (source.name, source.medium, source.campaign)))
    words = {SourceKind.WIDGET: f"виджет на\u00a0{source.name}", SourceKind.REFERRER: f"сайт {source.name}"}
    unnamed = {SourceKind.NONE: "Не\u00a0известен", SourceKind.OTHER: "Прочие"}
    return words.get(source.kind) or unnamed[source.kind]


def searches_table(
    found: Iterable[EmptySearch], names: Mapping[str, str], branches: Mapping[UUID, str]
) -> Table:
    rows = []
    for each in found:
        search = each.search
        what = {
            Wanted.DOCTOR: f"Врач {names.get(search.subject, _UNKNOWN)}",
            Wanted.SERVICE: f"Услуга «{names.get(search.subject, _UNKNOWN)}»",
            Wanted.SPECIALTY: f"Специальность: {names.get(search.subject, search.subject)}",
            Wanted.ANYBODY: "Любой врач",
        }[search.wanted]
        where = branches.get(search.location, "—") if search.location else "Все филиалы"
        rows.append((what, where, each.count))
    return Table("Искали, а\u00a0времени нет", ("Что искали", "Филиал", "Раз"), tuple(rows))


def kind_words(kind: Kind) -> str:
    said = WORDINGS.get(kind)
    return said.when if said is not None else _FIXED.get(kind, kind.value)


def sms_table(spent: Iterable[Spent]) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            kind_words(each.kind),
            PROVIDERS.get(each.provider, each.provider),
            each.messages,
            Share(each.delivered, each.messages),
            each.parts,
            each.cost,
        )
        for each in spent
    ]
    if len(rows) > 1:
        all_of = list(spent)
        messages = sum(each.messages for each in all_of)
        delivered = sum(each.delivered for each in all_of)
        cost = sum((each.cost for each in all_of), Decimal(0))
        rows.append(
            ("Всего", "", messages, Share(delivered, messages), sum(each.parts for each in all_of), cost)
        )
    head = ("Сообщение", "Провайдер", "Отправлено", "Доставлено", "Частей SMS", "Стоимость,\u00a0₽")
    return Table("Сколько стоили SMS", head, tuple(rows))


def sms_bars(spent: Sequence[Spent]) -> tuple[Bar, ...]:
    costs: dict[Kind, Decimal] = {}
    for each in spent:
        costs[each.kind] = costs.get(each.kind, Decimal(0)) + each.cost
    most = max(costs.values(), default=Decimal(0))
    return tuple(
        Bar(kind_words(kind), f"{number(cost)}\u00a0₽", width(float(cost), of=float(most)), "three")
        for kind, cost in sorted(costs.items(), key=lambda item: -item[1])
        if cost
    )


def is_empty(found: Figures) -> bool:
    """Tell whether nothing at all was counted in the period."""
    return found.total == Steps() and found.attendance == Attendance() and not found.search_count


def today_of(found: Figures, zone: str) -> str:
    """Return when visits were counted last, in words of the clinic's clock; empty before the first time."""
    return formats.clock(found.counted_at, zone) if found.counted_at is not None else ""

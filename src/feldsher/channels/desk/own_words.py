"""Russian words for records that staff make where no MIS does."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from feldsher.channels.desk.zones import told
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.own import ActLine, PriceLine, RecordAct

NEW: Final = {
    Kind.LOCATION: ("Добавить филиал", "Новый филиал", ("name", "zone", "city", "address", "phone")),
    Kind.PRACTITIONER: ("Добавить врача", "Новый врач", ("family", "given", "middle")),
    Kind.SERVICE: ("Добавить услугу", "Новая услуга", ("name", "minutes")),
}
"""By kind: the words of the link, the heading of the form, and its fields."""
CLOSING: Final = {
    Kind.LOCATION: "Филиал исчезнет с\u00a0сайта, врачи больше не\u00a0принимают в\u00a0нём.",
    Kind.PRACTITIONER: "Врач исчезнет с\u00a0сайта, места работы и\u00a0услуги снимутся.",
    Kind.SERVICE: "Записаться на\u00a0эту услугу больше не\u00a0получится.",
}
_ACTS: Final[Mapping[RecordAct, str]] = {
    RecordAct.OPENED: "Запись добавлена",
    RecordAct.CLOSED: "Запись закрыта",
    RecordAct.REOPENED: "Запись открыта снова",
    RecordAct.WORKS: "Принимает",
    RecordAct.WORKS_NO_MORE: "Больше не\u00a0принимает",
    RecordAct.GIVES: "Оказывает услугу",
    RecordAct.GIVES_NO_MORE: "Больше не\u00a0оказывает услугу",
    RecordAct.PRICED: "Цена назначена",
    RecordAct.UNPRICED: "Цена снята",
}


def act_words(line: ActLine, people: Mapping[str, str]) -> tuple[str, str]:
    """Return what was done, and by whom and when: by the clock of most branches."""
    parts = [_ACTS[line.act], line.about, line.words]
    what = parts[0] + (": " + ", ".join(filter(None, parts[1:])) if any(parts[1:]) else "")
    return what, f"{people.get(line.author, line.author)}, {told(line.at)}"


def price_words(line: PriceLine) -> str:
    """Return for whom a price is: «все врачи, все филиалы», «Иванова, филиал „Северный“»."""
    return f"{line.doctor or 'Все врачи'}, {line.branch or 'все филиалы'}"


def amount_of(text: str) -> Decimal | None:
    """Return the roubles of `2 500` or `2500,50`; None for what is no number."""
    try:
        return Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        return None

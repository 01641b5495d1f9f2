"""The journal in a patient's words: who, what of theirs, why, how often."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.opened import Opened
from feldsher.foundation.audit.types import ActorKind
from feldsher.kernel import clock, formats

_ROLES = {role.value: formats.sentence_case(role.russian) for role in Role}
_WHATS = {
    "appointment": "запись на\u00a0приём",
    "person": "имя и\u00a0контакты",
    "call": "просьба позвонить",
    "journal": "журнал доступа",
}
_WHYS = {
    "see_visits": "работа с\u00a0записями на\u00a0день",
    "see_past_visits": "работа с\u00a0прошлыми записями",
    "resolve_visits": "разобрать запись, на\u00a0которую не\u00a0ответила система клиники",
    "handle_calls": "перезвонить по\u00a0просьбе пациента",
    "own_visits": "посмотреть свои записи",
    "own_visit": "посмотреть свою запись",
    "cancel_visit": "отменить запись",
    "own_journal": "посмотреть, кто открывал данные",
    "remembered": "записаться с\u00a0запомненного устройства",
}
_OTHER_WHY = "работа клиники"
_YOU = {ActorKind.PATIENT: "Вы", ActorKind.HOLDER: "Вы, по\u00a0ссылке"}
_PROGRAM = "Программа клиники"


@dataclass(frozen=True, slots=True)
class Line:
    """Who («Регистратор, А. С. Иванова»), what of the patient's, why, and when on that day."""

    who: str
    what: str
    why: str
    when: str


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    staff: tuple[Line, ...]
    others: tuple[Line, ...]
    """The patient's own looks, and programs."""


def days_of(found: Iterable[Opened], *, zone: str) -> tuple[Day, ...]:
    """Return the days, the newest first, on the clock of `zone`."""
    known = tuple(found)
    names = access.names({UUID(one.actor) for one in known if one.actor_kind is ActorKind.STAFF})
    today = formats.local_day(clock.now(), zone)
    days = []
    for day, ones in groupby(known, key=lambda one: one.day):
        own = [(one.actor_kind is ActorKind.STAFF, _line(one, names, zone)) for one in ones]
        days.append(
            Day(
                title=formats.sentence_case(formats.near_day(day, today=today)),
                staff=tuple(line for is_staff, line in own if is_staff),
                others=tuple(line for is_staff, line in own if not is_staff),
            )
        )
    return tuple(days)


def _line(one: Opened, names: dict[UUID, str], zone: str) -> Line:
    hour = formats.clock(one.last, zone)
    times = formats.plural(one.times, "раз", "раза", "раз")
    return Line(
        who=_who(one, names),
        what=", ".join(dict.fromkeys(_WHATS.get(what, "данные") for what in one.whats)),
        why=_WHYS.get(one.purpose, _OTHER_WHY),
        when=f"в\u00a0{hour}" if one.times == 1 else f"{times}, последний в\u00a0{hour}",
    )


def _who(one: Opened, names: dict[UUID, str]) -> str:
    if one.actor_kind is not ActorKind.STAFF:
        return _YOU.get(one.actor_kind, _PROGRAM)
    role = _ROLES.get(one.role, "Сотрудник")
    name = _short(names.get(UUID(one.actor), ""))
    return f"{role}, {name}" if name else role


def _short(name: str) -> str:
    """Return «А. С. Иванова» for «Иванова Анна Сергеевна» or «Иванова А. С.»; a login says nothing."""
    family, *given = name.replace("\u00a0", " ").replace(".", ". ").split() or [""]
    return "\u00a0".join([*(f"{each[0].upper()}." for each in given), family]) if given else ""

"""«Кто открывал мои данные»: the journal as the patient reads it, with the names of staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit import words
from feldsher.foundation.audit.types import ActorKind, OfPatient, Opening, OwnLooks
from feldsher.kernel import clock, formats

_ROLES = {role.value: role.russian for role in Role}


@dataclass(frozen=True, slots=True)
class Line:
    """Who opened what, and when on that day."""

    who: str
    what: str
    when: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and for each purpose its lines."""

    title: str
    reasons: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A patient's journal: what staff opened, apart from it our programs, and own looks in a line each."""

    staff: Sequence[Day]
    programs: Sequence[Day]
    own: Sequence[str]


def told(found: OfPatient, *, zone: str) -> Told:
    """Return who opened a patient's data by day of the branch's clock, the newest first, and by purpose."""
    by_programs = [each for each in found.openings if each.actor_kind == ActorKind.SERVICE.value]
    others = [each for each in found.openings if each.actor_kind != ActorKind.SERVICE.value]
    return Told(
        staff=_days(others, zone),
        programs=_days(by_programs, zone),
        own=[_own(looks, zone) for looks in found.own],
    )


def _days(openings: Sequence[Opening], zone: str) -> list[Day]:
    return [
        Day(
            formats.sentence_case(_day_words(day.day, zone)),
            tuple((reason.why, tuple(_line(one, zone) for one in reason.opened)) for reason in day.reasons),
        )
        for day in words.who_opened(openings, roles=_ROLES, names=_names(openings))
    ]


def _day_words(day: date, zone: str) -> str:
    today = formats.local_day(clock.now(), zone)
    return "сегодня" if day == today else formats.day_words(day, today=today)


def _line(one: words.Opened, zone: str) -> Line:
    first, last = formats.clock(one.first, zone), formats.clock(one.last, zone)
    if one.times == 1:
        return Line(one.who, one.what, f"в\u00a0{first}")
    times = _times(one.times)
    when = f"{times} в\u00a0{first}" if first == last else f"{times}, с\u00a0{first} до\u00a0{last}"
    return Line(one.who, one.what, when)


def _own(looks: OwnLooks, zone: str) -> str:
    """Return «Вы, в личном кабинете: 14 раз, последний раз сегодня в 09:40»."""
    day = _day_words(formats.local_day(looks.last, zone), zone)
    last = f"{day} в\u00a0{formats.clock(looks.last, zone)}"
    return f"{words.own(looks)}: {_times(looks.times)}, последний раз {last}"


def _times(count: int) -> str:
    return formats.plural(count, "раз", "раза", "раз")


def _names(openings: Iterable[Opening]) -> dict[str, str]:
    """Return staff as «А. С. Иванова»; who has no name of that kind is known by the role alone."""
    ids = {UUID(each.actor) for each in openings if each.actor_kind == ActorKind.STAFF.value}
    return {str(key): words.short_name(name) for key, name in access.names(ids).items()}

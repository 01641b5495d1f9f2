"""«Кто открывал мои данные»: rows of the journal as a patient reads them, with the names of staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit import words
from feldsher.foundation.audit.types import ActorKind, JournalRow
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


def days_of(rows: Iterable[JournalRow], *, zone: str) -> list[Day]:
    """Return the rows by day of the branch's clock and by purpose, the newest day first."""
    known = tuple(rows)
    today = formats.local_day(clock.now(), zone)
    return [
        Day(
            "Сегодня" if day.day == today else formats.sentence_case(formats.day_words(day.day, today=today)),
            tuple((reason.why, tuple(_line(one, zone) for one in reason.opened)) for reason in day.reasons),
        )
        for day in words.who_opened(known, zone=zone, roles=_ROLES, names=_names(known))
    ]


def _line(one: words.Opened, zone: str) -> Line:
    first, last = formats.clock(one.first, zone), formats.clock(one.last, zone)
    if one.times == 1:
        return Line(one.who, one.what, f"в\u00a0{first}")
    times = formats.plural(one.times, "раз", "раза", "раз")
    when = f"{times} в\u00a0{first}" if first == last else f"{times}, с\u00a0{first} до\u00a0{last}"
    return Line(one.who, one.what, when)


def _names(rows: Iterable[JournalRow]) -> dict[str, str]:
    """Return staff as «А. С. Иванова»; who has no name of that kind is known by the role alone."""
    ids = {UUID(row.actor) for row in rows if row.actor_kind == ActorKind.STAFF.value}
    return {str(key): words.short_name(name) for key, name in access.names(ids).items()}

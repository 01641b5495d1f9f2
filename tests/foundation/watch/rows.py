"""Rows of the journal about one member of staff, written as the application writes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from feldsher.foundation.access import services
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.types import Access, Actor, ActorKind, Result
from foundation.watch.simulation import Event, write

PASSWORD = "a-long-password"
NOON = datetime.fromisoformat("2026-11-25T12:00:00+03:00")


def hire(login: str, role: Role = Role.REGISTRAR, *, name: str = "") -> Staff:
    return services.create_staff(login, password=PASSWORD, name=name, roles=(role,))


def looks(who: Staff, whom: Sequence[UUID], *, since: datetime = NOON, every: float = 60) -> list[Event]:
    """Return a row a patient, so many seconds apart."""
    return [
        (since + timedelta(seconds=n * every), _access(who, (patient,))) for n, patient in enumerate(whom)
    ]


def a_list(who: Staff, whom: Sequence[UUID], *, at: datetime = NOON) -> list[Event]:
    return [(at, _access(who, tuple(whom)))]


def refusals(who: Staff, count: int, *, since: datetime = NOON, every: float = 10) -> list[Event]:
    return [
        (since + timedelta(seconds=n * every), _access(who, (), result=Result.REFUSED)) for n in range(count)
    ]


def _access(who: Staff, whom: tuple[UUID, ...], *, result: Result = Result.ALLOWED) -> Access:
    (role,) = who.roles
    return Access(
        actor=Actor(ActorKind.STAFF, str(who.id), role=role.value if result is Result.ALLOWED else ""),
        column="A",
        what="appointment",
        patients=whom,
        ids=whom,
        fields=(),
        purpose="see_visits",
        relation="role",
        result=result,
    )


__all__ = ["NOON", "PASSWORD", "a_list", "hire", "looks", "refusals", "write"]

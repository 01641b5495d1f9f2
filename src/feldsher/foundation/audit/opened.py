"""Who opened a patient's data, for the patient: by day, role and purpose. The look itself is recorded too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import Access, Actor, ActorKind, Result
from feldsher.kernel.formats import local_day

MOST = 500
"""Rows of the journal, the newest: a year of an ordinary patient."""


@dataclass(frozen=True, slots=True)
class Opened:
    """On one day (by the clinic's clock) one person or program opened `whats` for one purpose.

    `times` counts requests, not rows; `actor` is a user's id for staff.
    """

    day: date
    actor_kind: ActorKind
    actor: str
    role: str
    purpose: str
    whats: tuple[str, ...]
    times: int
    last: datetime


def opened(patient: UUID, *, reader: Actor, relation: str, zone: str) -> tuple[Opened, ...]:
    """Return who opened the data of a patient, the newest day first; raises AuditError."""
    with transaction.atomic():
        rows = AccessEntry.objects.filter(patients__contains=[patient], result=Result.ALLOWED.value)
        found = list(rows.order_by("-id")[:MOST])
        record(
            Access(
                actor=reader,
                column="J",
                what="journal",
                patients=(patient,),
                ids=(),
                fields=(),
                purpose="own_journal",
                relation=relation,
                result=Result.ALLOWED,
            )
        )
    groups: dict[tuple[date, str, str, str, str], list[AccessEntry]] = {}
    for row in found:
        key = (local_day(row.at, zone), row.actor_kind, row.actor, row.role, row.purpose)
        groups.setdefault(key, []).append(row)
    return tuple(_opened(key, own) for key, own in groups.items())


def _opened(key: tuple[date, str, str, str, str], rows: Iterable[AccessEntry]) -> Opened:
    day, kind, actor, role, purpose = key
    known = list(rows)
    return Opened(
        day=day,
        actor_kind=ActorKind(kind),
        actor=actor,
        role=role,
        purpose=purpose,
        whats=tuple(dict.fromkeys(row.what for row in reversed(known))),
        times=len({row.trace or str(row.id) for row in known}),
        last=max(row.at for row in known),
    )

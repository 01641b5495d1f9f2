"""Reads of watch: alerts for whoever looks after secrecy, never those about the reader."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Shut, Staff
from feldsher.foundation.watch.models import Alert, Honey
from feldsher.foundation.watch.rules import RULES
from feldsher.foundation.watch.types import AlertCard, Level, RuleCode
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

MOST = 100
SETTLED_FOR = timedelta(days=30)


def alerts(staff: Staff) -> tuple[AlertCard, ...]:
    """Return the open alerts, the newest first, then those settled within 30 days; at most MOST.

    Raises ForbiddenError, AuditError.
    """
    recent = Q(settled_at=None) | Q(settled_at__gte=clock.now() - SETTLED_FOR)
    with as_staff(staff, Action.SEE_ALERTS):
        rows = Alert.objects.filter(recent).exclude(actor=staff.id)
        found = sorted(rows.order_by("-found_at")[:MOST], key=lambda row: row.settled_at is not None)
        journal("alert", Column.JOURNAL, ids=[row.id for row in found])
    return _cards(found)


def alert(staff: Staff, alert_id: UUID) -> tuple[AlertCard, tuple[AlertCard, ...]]:
    """Return an alert and the others about the same person and day.

    Raises ForbiddenError, NotFoundError (also for one about the reader), AuditError.
    """
    with as_staff(staff, Action.SEE_ALERTS):
        row = Alert.objects.filter(pk=alert_id).exclude(actor=staff.id).first()
        if row is None:
            raise NotFoundError("no such alert")
        beside = Alert.objects.filter(actor=row.actor, day=row.day).exclude(pk=row.pk)
        rows = [row, *beside.order_by("found_at")]
        journal("alert", Column.JOURNAL, ids=[found.id for found in rows])
    first, *others = _cards(rows)
    return first, tuple(others)


def honey() -> tuple[UUID, ...]:
    """Return the marked patients, for whoever marks them."""
    return tuple(Honey.objects.order_by("since").values_list("patient", flat=True))


def _cards(rows: Sequence[Alert]) -> tuple[AlertCard, ...]:
    people = {row.actor for row in rows} | {row.settled_by for row in rows if row.settled_by}
    names = access.names(people)
    shut = access.shut_accounts({row.actor for row in rows})
    return tuple(_card(row, names, shut.get(row.actor)) for row in rows)


def _card(row: Alert, names: dict[UUID, str], shut: Shut | None) -> AlertCard:
    rule = RULES[RuleCode(row.rule)]
    return AlertCard(
        id=row.id,
        actor_id=row.actor,
        actor=names.get(row.actor, ""),
        role=row.role,
        rule=RuleCode(row.rule),
        title=rule.title,
        sentence=rule.sentence.format(**row.figures),
        day=row.day,
        level=Level(row.level),
        points=row.points,
        score=row.score,
        since=row.since,
        until=row.until,
        ids=tuple(row.ids),
        found_at=row.found_at,
        settled_at=row.settled_at,
        settled_by=names.get(row.settled_by, "") if row.settled_by else "",
        note=row.note,
        is_blocked=shut is not None and shut.blocked_at is not None,
        is_closed=shut is not None and shut.closed_at is not None,
    )

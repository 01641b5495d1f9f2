"""From findings to an alert and what follows of it, in one transaction: once a person, rule and day.

An alert grows while the day goes on: more points may raise its level, and a raised level acts again. What
somebody has settled counts no more, unless it grows beyond what they saw.
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

from feldsher.foundation.access import accounts
from feldsher.foundation.access.errors import StaffNotFoundError
from feldsher.foundation.access.step_up import ask_step_up
from feldsher.foundation.watch.cases import Case
from feldsher.foundation.watch.models import Alert
from feldsher.foundation.watch.rules import level_of
from feldsher.foundation.watch.types import Finding, Level
from feldsher.kernel import clock

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('feldsher.watch'), hashtext(%s))"
_log = logging.getLogger(__name__)


def raise_alerts(case: Case, findings: Iterable[Finding]) -> int:
    """Keep what was met and do what follows; return how many alerts are new or have grown in points."""
    met = list(findings)
    if not met:
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [str(case.actor)])
        known = {alert.rule: alert for alert in Alert.objects.filter(actor=case.actor, day=case.day)}
        risen = [finding for finding in met if finding.points > _points(known.get(finding.rule))]
        before = _worst(known.values())
        score = sum(finding.points for finding in risen) + sum(
            alert.points
            for alert in known.values()
            if alert.settled_at is None and alert.rule not in {finding.rule for finding in risen}
        )
        level = level_of(score)
        for finding in met:
            _keep(case, finding, known.get(finding.rule), level=level or Level.ALERT, score=score)
        if risen and level is not None:
            followed = _follow(case.actor, level if before is None else max(level, before, key=_rank), before)
            for finding in risen:
                _log.warning(
                    "watch.%s: rule=%s actor=%s day=%s score=%d",
                    followed.value,
                    finding.rule.value,
                    case.actor,
                    case.day,
                    score,
                )
    return len(risen)


def _points(alert: Alert | None) -> int:
    return alert.points if alert is not None else 0


def _worst(alerts: Iterable[Alert]) -> Level | None:
    levels = [Level(alert.level) for alert in alerts if alert.settled_at is None]
    return max(levels, key=_rank, default=None)


def _rank(level: Level) -> int:
    return level.rank


def _keep(case: Case, finding: Finding, known: Alert | None, *, level: Level, score: int) -> None:
    """Write the alert; of a known one only what has grown, and open it again if it weighs more."""
    alert = known or Alert(actor=case.actor, rule=finding.rule, day=case.day, points=0, found_at=clock.now())
    is_graver = finding.points > alert.points
    if not is_graver and (alert.settled_at is not None or finding.figures["count"] <= alert.figures["count"]):
        return
    if is_graver:
        alert.level, alert.score, alert.points = level, score, finding.points
        alert.settled_at = alert.settled_by = None
        alert.found_at = clock.now()
    alert.role, alert.figures, alert.ids = case.role, dict(finding.figures), list(finding.ids)
    alert.since, alert.until = finding.since, finding.until
    alert.save()


def _follow(actor: UUID, level: Level, before: Level | None) -> Level:
    """Do what a level asks for, unless it was done; a block that would lock everybody out is a step-up."""
    if before is not None and level.rank <= before.rank:
        return level
    try:
        if level is Level.BLOCK and not accounts.block(actor):
            _log.error("watch.block_spared: actor=%s is the last system administrator", actor)
            level = Level.STEP_UP
        if level is Level.STEP_UP:
            ask_step_up(actor)
    except StaffNotFoundError:
        _log.error("watch.unknown_actor: actor=%s", actor)
    return level

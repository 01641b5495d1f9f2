"""From findings to an alert and what follows of it, in one transaction: once a person, rule and day.

An alert grows while the day goes on: more points may raise its level, and a raised level acts again. What
somebody has settled, or let the person in after, counts no more: of that rule only what was done since then
is judged, anew and from nothing. What stands in the log is what was done.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from feldsher.foundation.access import accounts
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.errors import StaffNotFoundError
from feldsher.foundation.access.step_up import ask_step_up
from feldsher.foundation.watch.cases import Case
from feldsher.foundation.watch.models import Alert
from feldsher.foundation.watch.rules import level_of
from feldsher.foundation.watch.types import Finding, Level
from feldsher.kernel import clock

Judge = Callable[[Case], Iterable[Finding]]
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('feldsher.watch'), hashtext(%s))"
_log = logging.getLogger(__name__)


def raise_alerts(case: Case, judge: Judge) -> int:
    """Keep what is met and do what follows; return how many alerts are new or have grown in points."""
    met = {finding.rule.value: finding for finding in judge(case)}
    if not met:
        return 0
    with as_service("watch"):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [str(case.actor)])
        shut = access.shut_accounts({case.actor}).get(case.actor)
        is_blocked = shut is not None and shut.blocked_at is not None
        known = {
            alert.rule: _Known(alert, _dealt_with(alert, is_blocked=is_blocked))
            for alert in Alert.objects.filter(actor=case.actor, day=case.day)
        }
        met = _judged_anew(met, case, judge, known)
        risen = {rule: found for rule, found in met.items() if found.points > _points(known.get(rule))}
        others = [each for rule, each in known.items() if rule not in risen and each.is_open]
        score = sum(found.points for found in risen.values()) + sum(each.alert.points for each in others)
        level, before = level_of(score), _worst(known.values())
        for rule, finding in met.items():
            _keep(case, finding, known.get(rule), level=level or Level.ALERT, score=score)
        if risen and level is not None:
            done = _follow(case.actor, level, before, is_blocked=is_blocked)
            for rule in risen:
                _log.warning(
                    "watch.%s: rule=%s actor=%s day=%s score=%d",
                    done.value,
                    rule,
                    case.actor,
                    case.day,
                    score,
                )
    return len(risen)


@dataclass(frozen=True, slots=True)
class _Known:
    """An alert of the day, and since when it is dealt with (None: it is open)."""

    alert: Alert
    dealt_with: datetime | None

    @property
    def is_open(self) -> bool:
        return self.dealt_with is None

    @property
    def counts_from(self) -> datetime | None:
        """Return after which instant rows count for the rule; None: all of the day."""
        return self.dealt_with or self.alert.counts_from


def _dealt_with(alert: Alert, *, is_blocked: bool) -> datetime | None:
    """Return when somebody settled it or let the person in.

    From the machine they are let in without a word to the alert; who was blocked did nothing between the
    block and then, so that whatever came after the block is new.
    """
    dealt = [at for at in (alert.settled_at, alert.lifted_at) if at is not None]
    if alert.level == Level.BLOCK and not is_blocked:
        dealt.append(alert.found_at)
    return max(dealt, default=None)


def _judged_anew(
    met: Mapping[str, Finding], case: Case, judge: Judge, known: Mapping[str, _Known]
) -> dict[str, Finding]:
    """Return the findings, those of rules that were dealt with by what was done since then alone."""
    since = {rule: each.counts_from for rule, each in known.items() if each.counts_from is not None}
    found = {rule: finding for rule, finding in met.items() if rule not in since}
    for rule, instant in since.items():
        found |= {
            finding.rule.value: finding for finding in judge(case.after(instant)) if finding.rule == rule
        }
    return found


def _points(known: _Known | None) -> int:
    return known.alert.points if known is not None and known.is_open else 0


def _worst(known: Iterable[_Known]) -> Level | None:
    levels = [Level(each.alert.level) for each in known if each.is_open]
    return max(levels, key=lambda level: level.rank, default=None)


def _keep(case: Case, finding: Finding, known: _Known | None, *, level: Level, score: int) -> None:
    """Write the alert; of an open one only what has grown, and one that was dealt with is open again."""
    alert = known.alert if known else Alert(actor=case.actor, rule=finding.rule, day=case.day)
    if finding.points > _points(known):
        alert.level, alert.score, alert.points = level, score, finding.points
        alert.counts_from = known.counts_from if known else None
        alert.settled_at = alert.settled_by = alert.lifted_at = alert.lifted_by = None
        alert.found_at = clock.now()
    elif finding.figures["count"] <= alert.figures["count"]:
        return
    alert.role, alert.figures, alert.ids = case.role, dict(finding.figures), list(finding.ids)
    alert.since, alert.until = finding.since, finding.until
    alert.save()


def _follow(actor: UUID, level: Level, before: Level | None, *, is_blocked: bool) -> Level:
    """Do what a level asks for, unless it was done, and return what was done now: at least the alert.

    A block that would lock everybody out is a step-up.
    """
    try:
        if level is Level.BLOCK and not is_blocked:
            if accounts.block(actor):
                return Level.BLOCK
            _log.error("watch.block_spared: actor=%s is the last system administrator", actor)
            level = Level.STEP_UP
        elif before is not None and level.rank <= before.rank:
            return Level.ALERT
        if level is Level.STEP_UP:
            ask_step_up(actor)
            return level
    except StaffNotFoundError:
        _log.error("watch.unknown_actor: actor=%s", actor)
    return Level.ALERT

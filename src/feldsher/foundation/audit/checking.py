"""Checks of the journal that nobody has to sit through: by a job, each night and whenever somebody asks."""

import logging
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from feldsher.foundation.audit import sinks
from feldsher.foundation.audit.errors import AuditError, SinkError
from feldsher.foundation.audit.keys import signing_key
from feldsher.foundation.audit.models import Check
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.verify import Finding, verify
from feldsher.foundation.queue import queue
from feldsher.kernel import clock

CHECK = "audit.check"
RUNS_FOR = timedelta(hours=1)
"""A check that did not end by then died with its worker: another may be asked for."""
_log = logging.getLogger(__name__)


def ask_check(by: str) -> UUID:
    """Leave a check to the worker and return its id; that of the one at work, where one is."""
    with JOURNAL.reach():
        since = clock.now() - RUNS_FOR
        at_work = Check.objects.select_for_update().filter(finished_at=None, asked_at__gt=since).first()
        if at_work is not None:
            return at_work.id
        check = Check.objects.create(asked_at=clock.now(), asked_by=by)
        queue().configure_task(CHECK, lock=CHECK).defer(check=str(check.id))
    return check.id


def run_check(check_id: UUID) -> None:
    """Do a check and keep what it found; an unclean journal is an error in the log, too."""
    with JOURNAL.reach():
        check = Check.objects.filter(pk=check_id, finished_at=None).first()
    if check is None:
        return
    report = verify(_outside(), key=_key())
    check.finished_at, check.is_clean = clock.now(), report.is_clean
    check.leaves, check.covered, check.covered_at = report.leaves, report.covered, report.covered_at
    check.findings, check.untold = [_plain(each) for each in report.findings], report.untold
    with JOURNAL.reach():
        check.save()
    if report.is_contradicted:
        _log.error("audit: the journal does not agree with its checkpoints: %s", check.findings[:3])
    elif not report.is_clean:
        _log.warning("audit: the journal agrees with what could be compared: %s", check.findings[:3])


def _outside() -> str | None:
    """Return the notes of the second place; None where it can't be read from here, which the report tells."""
    try:
        return sinks.checkpoints().kept()
    except SinkError as error:
        _log.warning("audit: the check goes without outside checkpoints: %s", error.detail)
        return None


def _key() -> Ed25519PublicKey:
    key = signing_key()
    if key is None:
        raise AuditError("FELDSHER_AUDIT_KEY is not set")
    return key.public_key()


def _plain(finding: Finding) -> dict[str, str | int | None]:
    return {
        "wrong": finding.wrong.value,
        "leaf": finding.leaf,
        "entry": finding.entry,
        "since": finding.since,
        "size": finding.size,
    }

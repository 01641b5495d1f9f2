"""Writes of watch: people settle alerts and lift blocks, nobody their own, and mark invented patients.

What the jobs write stands in `looking` and `raising`.
"""

from uuid import UUID

from django.db.models import Q

from feldsher.foundation.access import accounts
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.watch.errors import NotBlockedError, OwnAlertError
from feldsher.foundation.watch.looking import forget, look, look_at_once
from feldsher.foundation.watch.models import Alert, Honey
from feldsher.foundation.watch.types import Level
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

__all__ = ["forget", "lift_block", "look", "look_at_once", "mark_honey", "settle", "unmark_honey"]

SHORTEST_NOTE, LONGEST_NOTE = 10, 1000


def settle(alert_id: UUID, *, note: str, staff: Staff) -> None:
    """Write down what came of an alert; settling it again replaces the note.

    Raises ForbiddenError, NotFoundError, OwnAlertError, InvalidInputError (`note`), AuditError.
    """
    words = " ".join(note.split())
    if not SHORTEST_NOTE <= len(words) <= LONGEST_NOTE:
        sentence = f"Напишите, что выяснили: от\u00a0{SHORTEST_NOTE} до\u00a0{LONGEST_NOTE}\u00a0знаков"
        raise InvalidInputError("no note", fields={"note": sentence})
    with as_staff(staff, Action.SEE_ALERTS):
        alert = _locked(alert_id, staff)
        journal("alert", Column.JOURNAL, ids=[alert.id], fields=("note",))
        alert.note, alert.settled_at, alert.settled_by = words, clock.now(), staff.id
        alert.save(update_fields=["note", "settled_at", "settled_by"])


def lift_block(alert_id: UUID, *, staff: Staff) -> None:
    """Take the block off the person of an alert, and say so of every alert that laid it; a closed one stays.

    Raises ForbiddenError, NotFoundError, OwnAlertError, StaffNotFoundError, NotBlockedError, AuditError.
    """
    with as_staff(staff, Action.LIFT_BLOCK):
        alert = _locked(alert_id, staff)
        journal("alert", Column.JOURNAL, ids=[alert.id], fields=("block",))
        if not accounts.lift_block(alert.actor, staff=staff):
            raise NotBlockedError("no block stands")
        those = Q(actor=alert.actor, level=Level.BLOCK, lifted_at=None) | Q(pk=alert.pk)
        Alert.objects.filter(those).update(lifted_at=clock.now(), lifted_by=staff.id)


def mark_honey(patient: UUID) -> None:
    """Mark a patient who does not exist: whoever is shown them is blocked."""
    Honey.objects.get_or_create(patient=patient, defaults={"since": clock.now()})


def unmark_honey(patient: UUID) -> None:
    Honey.objects.filter(patient=patient).delete()


def _locked(alert_id: UUID, staff: Staff) -> Alert:
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NotFoundError("no such alert")
    if alert.actor == staff.id:
        raise OwnAlertError("nobody judges themselves")
    return alert

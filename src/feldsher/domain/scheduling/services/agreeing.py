"""A person's word on visits that a MIS tells otherwise: it is right, or ours stand whatever it says."""

from collections.abc import Collection

from feldsher.domain.scheduling import agreement
from feldsher.domain.scheduling.errors import VisitDecidedError
from feldsher.domain.scheduling.models import Appointment, Discrepancy
from feldsher.domain.scheduling.types import DiscrepancyState, Word
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff


def settle_differing(ids: Collection[int], *, word: Word, staff: Staff) -> int:
    """Settle those of them that still wait, in one commit; returns how many visits were changed here.

    APPLY ends or moves each visit as the MIS says, and its patient is told; KEEP leaves it, and what the MIS
    says of it is not asked about again until it changes. Raises ForbiddenError, VisitDecidedError where none
    waits any more, VaultError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        waiting = Discrepancy.objects.select_for_update().filter(pk__in=ids, state=DiscrepancyState.WAITING)
        found = list(waiting.order_by("id"))
        if not found:
            raise VisitDecidedError("none of them waits for a word")
        visits = [each.appointment for each in found]
        rows = Appointment.objects.filter(pk__in=visits, patient__isnull=False)
        whose = {row.patient for row in rows if row.patient is not None}
        journal("verdict", Column.APPOINTMENTS, ids=visits, patients=whose)
        if word is Word.APPLY:
            return sum(agreement.settle(each, by=staff.id) for each in found)
        for each in found:
            agreement.keep(each, by=staff.id)
        return 0

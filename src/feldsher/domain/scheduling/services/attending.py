"""A patient came, was seen, or did not come: said by a registrar, told to the MIS that wants to hear it.

No mark is taken back: the database knows no way from ARRIVED to BOOKED, nor any out of an end. Who was said
to have come and has gone again did not come (ARRIVED → NOSHOW).
"""

from uuid import UUID

from feldsher.domain.scheduling.attendance import MARKS, marks
from feldsher.domain.scheduling.calling import withdraw_calls
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, NotMarkableError
from feldsher.domain.scheduling.exchange import reporting
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.noting import forget
from feldsher.domain.scheduling.selectors.booking import NO_VISIT
from feldsher.domain.scheduling.selectors.visits import as_card, is_being_moved, zone_of
from feldsher.domain.scheduling.types import AppointmentCard, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

_TOO_EARLY = "Отметить можно в\u00a0день приёма, а\u00a0«не\u00a0пришёл» — после его начала."
_MOVING = "Эту запись сейчас переносят. Дождитесь ответа клиники и\u00a0отметьте ту, что\u00a0осталась."


def mark_visit(appointment_id: UUID, *, mark: State, staff: Staff) -> AppointmentCard:
    """Write that the patient of a visit came (ARRIVED), was seen (FULFILLED) or did not come (NOSHOW).

    Saying the same twice is fine. Who said it stays with the visit, and in the journal. Promised calls about
    it, and what its MIS tells otherwise, end with it. Raises ForbiddenError, AppointmentNotFoundError,
    NotMarkableError, AuditError, ValueError for another state.
    """
    if mark not in MARKS:
        raise ValueError(f"no mark of attendance: {mark}")
    with as_staff(staff, Action.MARK_ATTENDANCE):
        # What a visit ends besides itself (calls, the talk) is beyond the reach of this right.
        with as_service("attendance"):
            rows = Appointment.objects.filter(pk=appointment_id, patient__isnull=False)
            row = rows.select_for_update().first()
            if row is not None and row.state != mark:
                _mark(row, mark, by=staff.id)
        if row is None or row.patient is None:
            note_miss(staff, Action.MARK_ATTENDANCE, appointment_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk], patients=[row.patient], fields=("state",))
        return as_card(row, zone=zone_of(row.location))


def _mark(row: Appointment, mark: State, *, by: UUID) -> None:
    now, state, zone = clock.now(), State(row.state), zone_of(row.location)
    if mark not in marks(state, row.visit.lower, zone=zone, now=now):
        is_early = mark in marks(state, row.visit.lower, zone=zone, now=row.visit.lower)
        raise NotMarkableError(
            f"{mark} from {state} at {now.isoformat()}", sentence=_TOO_EARLY if is_early else None
        )
    if is_being_moved(row.pk):
        raise NotMarkableError("the visit is being moved", sentence=_MOVING)
    row.state, row.reason = mark, ""
    row.save(update_fields=["state", "reason"])
    Verdict.objects.create(appointment=row.pk, said=mark.value, by=by, at=now)
    withdraw_calls(row.pk)
    forget(row)
    talk = Exchange.objects.filter(pk=row.pk).first()
    if talk is not None:
        reporting.enqueue(row, talk)

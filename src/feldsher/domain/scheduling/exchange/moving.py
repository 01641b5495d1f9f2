"""The second half of a move: the new visit stands in its MIS, so the old one ends and is freed there.

A MIS is asked to book anew and then to cancel, never to move: after a lost answer a booking of ours is found
by what is ours, while a record that was moved or not can often not be told apart.
"""

from uuid import UUID

from feldsher.domain.scheduling import notices, queue
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.noting import forget
from feldsher.domain.scheduling.types import State

BY_PATIENT, BY_STAFF = "moved_by_patient", "moved_by_staff"


def leave(visit: UUID, *, by_staff: bool) -> None:
    """End the visit that another has replaced, in the commit that books the other; cancel it by a job.

    A visit that ended meanwhile stays as it is: its own cancel frees it.
    """
    row = Appointment.objects.select_for_update().filter(pk=visit, state=State.BOOKED).first()
    if row is None:
        return
    row.state, row.reason = State.MOVED, BY_STAFF if by_staff else BY_PATIENT
    row.save(update_fields=["state", "reason"])
    forget(row)
    notices.withdraw(row)
    talk = Exchange.objects.select_for_update().get(pk=visit)
    if talk.ref:
        talk.stage, talk.hold_ref, talk.attempts = "release", talk.ref, 0
        talk.save(update_fields=["stage", "hold_ref", "attempts"])
        queue.exchange_with_mis(visit, mis=talk.mis, practitioner=row.practitioner)

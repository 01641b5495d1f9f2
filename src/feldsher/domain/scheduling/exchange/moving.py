"""The second half of a move: the new visit stands in its MIS, so the old one ends, and is freed there.

Where the MIS moved the record itself (`own_move`), nothing of the old visit is left to be freed.
"""

from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling import notices, queue
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.noting import forget
from feldsher.domain.scheduling.selectors.visits import zone_of
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service

WORK = "mis_exchange"
OWN_MOVE = "move"
"""The stage of a talk in which the MIS is asked to move the record itself."""
BY_PATIENT, BY_STAFF = "moved_by_patient", "moved_by_staff"


def is_overtaken(row: Appointment, *, moves: UUID | None) -> bool:
    """Whether the clinic has moved the visit meanwhile: a third version stands, and its commit was first.

    A time that is held in the chain, for a move to overlap the old one, is none yet.
    """
    if moves is None:
        return False
    with as_service(WORK, savepoint=False):
        others = Appointment.objects.filter(chain=row.chain, active=True).exclude(pk__in=[row.pk, moves])
        return others.exclude(state=State.HELD).exists()


def third_version(row: Appointment, *, moves: UUID | None) -> Appointment | None:
    """Return the version that the clinic's feed has made meanwhile of the visit that `row` replaces."""
    if moves is None:
        return None
    with as_service(WORK, savepoint=False):
        rows = Appointment.objects.filter(chain=row.chain, state=State.BOOKED).exclude(pk__in=[row.pk, moves])
        return rows.first()


def is_there(row: Appointment, other: Appointment) -> bool:
    """Whether two versions begin at one time of one doctor."""
    return (row.practitioner, row.starts_at) == (other.practitioner, other.starts_at)


def leave(new: Appointment, *, moves: UUID, is_own: bool) -> bool:
    """End the visit that `new` has replaced, in the commit that books `new`.

    A job cancels it in the MIS, but not where the MIS, or a person in it, may have moved the record itself
    (`is_own`): the two may have one id. What the clinic's feed had made of the record meanwhile ends with it;
    returns whether that stood elsewhere, so that a person must look what the MIS has now. A visit that ended
    meanwhile stays as it is: its own cancel frees it.
    """
    rows = Appointment.objects.select_for_update().filter(state=State.BOOKED, chain=new.chain)
    is_doubtful = False
    for row in rows.exclude(pk=new.pk):
        is_doubtful |= row.pk != moves and not is_there(row, new)
        row.state, row.reason = State.MOVED, BY_STAFF if new.channel == "desk" else BY_PATIENT
        row.save(update_fields=["state", "reason"])
        forget(row)
        notices.withdraw(row)
        if row.pk == moves and not is_own:
            _free(row)
        else:
            look_again(row)
    return is_doubtful


def _free(row: Appointment) -> None:
    talk = Exchange.objects.select_for_update().get(pk=row.pk)
    if talk.ref:
        talk.stage, talk.hold_ref, talk.attempts = "release", talk.ref, 0
        talk.save(update_fields=["stage", "hold_ref", "attempts"])
        queue.exchange_with_mis(row.pk, mis=talk.mis, practitioner=row.practitioner)


def look_again(row: Appointment) -> None:
    """Have the doctor's day read from the MIS: something of ours has changed there."""
    day = row.visit.lower.astimezone(ZoneInfo(zone_of(row.location))).date()
    queue.sync_day(row.practitioner, location=row.location, day=day.isoformat())

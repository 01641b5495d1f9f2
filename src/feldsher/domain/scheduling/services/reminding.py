"""A patient's word on a reminder: they come."""

from uuid import UUID

from feldsher.domain.scheduling.errors import NotRemindedError
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.selectors.visits import require_secret
from feldsher.domain.scheduling.types import ReminderState, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock


def say_coming(appointment_id: UUID, *, token: str) -> None:
    """Keep that the patient of a booked visit to come, who was reminded of it, comes; twice is fine.

    Raises AppointmentNotFoundError without the right token, NotRemindedError for a visit that ended, began,
    or of which nobody was reminded.
    """
    require_secret(appointment_id, token=token, purpose="own_visit")
    now = clock.now()
    with as_service("booking"):
        visit = Appointment.objects.select_for_update().filter(pk=appointment_id, state=State.BOOKED).first()
        sent = Reminder.objects.filter(appointment=appointment_id, state=ReminderState.SENT)
        if visit is None or visit.starts_at <= now or not sent.exists():
            raise NotRemindedError("no booked visit to come of which its patient was reminded")
        sent.filter(answered_at=None).update(answered_at=now)

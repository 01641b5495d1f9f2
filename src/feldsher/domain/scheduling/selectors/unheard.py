"""Visits to come whose patients were to be told by SMS, and were not: somebody has to call.

What a message was to say must still be true of the visit: that it stands, that it has ended.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from feldsher.domain.scheduling.models import Appointment, Verdict
from feldsher.domain.scheduling.types import Said, State, Unheard, Untold
from feldsher.foundation.messaging import selectors as messaging
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock

_TELLS: Mapping[Kind, tuple[State, Untold]] = {
    Kind.VISIT_BOOKED: (State.BOOKED, Untold.STANDS),
    Kind.REMINDER: (State.BOOKED, Untold.STANDS),
    Kind.VISIT_RESCHEDULED: (State.BOOKED, Untold.MOVED),
    Kind.VISIT_MOVED: (State.BOOKED, Untold.MOVED),
    Kind.VISIT_SUBSTITUTED: (State.BOOKED, Untold.MOVED),
    Kind.OTHER_TIMES: (State.BOOKED, Untold.CALLED_OFF),
    Kind.VISIT_CANCELLED: (State.CANCELLED, Untold.ENDED),
    Kind.VISIT_MISSING: (State.CANCELLED, Untold.ENDED),
    Kind.VISIT_REJECTED: (State.REJECTED, Untold.REFUSED),
    Kind.MOVE_REJECTED: (State.REJECTED, Untold.REFUSED),
}
"""Who cancelled a visit themselves knows it."""


def unheard(which: Q) -> dict[UUID, tuple[Unheard, datetime]]:
    """Return what failed, and when, by visit to come; what a person has told since is left out.

    For a context that somebody else has opened; reads no patient and opens no phone.
    """
    failed = {each.about: each for each in messaging.failed(_TELLS)}
    if not failed:
        return {}
    rows = Appointment.objects.filter(
        which, pk__in=failed, starts_at__gt=clock.now(), patient__isnull=False
    ).values_list("pk", "state")
    told = dict(
        Verdict.objects.filter(appointment__in=failed, said=Said.TOLD)
        .values_list("appointment")
        .annotate(Max("at"))
    )
    found = {}
    for pk, state in rows:
        each = failed[pk]
        is_so, what = _TELLS[each.kind]
        if state == is_so and not (pk in told and told[pk] >= each.failed_at):
            found[pk] = (Unheard(what, each.failure, each.code), each.failed_at)
    return found

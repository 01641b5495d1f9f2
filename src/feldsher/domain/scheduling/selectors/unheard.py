"""Who was to be told by SMS of a visit to come, or of a time that is kept, and was not: somebody has to call.

What a message was to say must still be true: that the visit stands, that it has ended, that the time is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from feldsher.domain.scheduling.models import Appointment, Verdict
from feldsher.domain.scheduling.types import CancelReason, Said, State, Unheard, Untold
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
    Kind.VISIT_ENDED: (State.CANCELLED, Untold.ENDED),
    Kind.VISIT_REJECTED: (State.REJECTED, Untold.REFUSED),
    Kind.MOVE_REJECTED: (State.REJECTED, Untold.REFUSED),
}
_BY_STAFF = "cancelled_by_staff"
_ASKED = f"cancel_{CancelReason.PATIENT_ASKED}"
"""Who cancelled a visit themselves, or asked staff to, knows it: VISIT_ENDED is then needless."""


def unheard(which: Q) -> dict[UUID, tuple[Unheard, datetime]]:
    """Return what failed, and when, by visit to come; what a person has told since is left out.

    For a context that somebody else has opened; reads no patient and opens no phone.
    """
    failed = {each.about: each for each in messaging.failed(_TELLS)}
    if not failed:
        return {}
    rows = Appointment.objects.filter(
        which, pk__in=failed, starts_at__gt=clock.now(), patient__isnull=False
    ).values_list("pk", "state", "reason")
    said = {
        (pk, word): at
        for pk, word, at in Verdict.objects.filter(appointment__in=failed, said__in=[Said.TOLD, _ASKED])
        .values_list("appointment", "said")
        .annotate(Max("at"))
    }
    found = {}
    for pk, state, reason in rows:
        each = failed[pk]
        is_so, what = _TELLS[each.kind]
        if each.kind is Kind.VISIT_ENDED and (reason != _BY_STAFF or (pk, _ASKED) in said):
            continue
        told_at = said.get((pk, Said.TOLD.value))
        if state == is_so and (told_at is None or told_at < each.failed_at):
            found[pk] = (Unheard(what, each.failure, each.code), each.failed_at)
    return found


def unheard_offers() -> dict[UUID, Unheard]:
    """Return the offers of a time, by id, that are worth an answer still and whose message failed.

    Names nobody; whether an offer is open is the caller's to ask.
    """
    failed = messaging.failed([Kind.WAITING_OFFER])
    return {each.about: Unheard(Untold.OFFERED, each.failure, each.code) for each in failed}

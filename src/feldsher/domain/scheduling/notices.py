"""Tells patients by SMS what the clinic did with a visit of theirs, in the commit that writes it here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Topic
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import ReminderKind
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.quiet import daytime
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock

AT_ONCE = timedelta(hours=3)
"""A visit so near is told of at any hour: who sets out for it is worse off than who is woken."""


def tell_cancelled(row: Appointment) -> None:
    """Tell that the MIS has cancelled the visit; raises VaultError, AuditError."""
    if (terms := _terms(row)) is not None:
        text = texts.visit_cancelled(starts_at=_local(row))
        messaging.send_sms(Kind.VISIT_CANCELLED, text=text, key=f"visit_cancelled:{row.id}", **terms)


def tell_missing(row: Appointment) -> None:
    """Tell that the MIS knows nothing of the visit any more; raises like `tell_cancelled`."""
    if (terms := _terms(row)) is not None:
        text = texts.visit_missing(starts_at=_local(row))
        messaging.send_sms(Kind.VISIT_MISSING, text=text, key=f"visit_missing:{row.id}", **terms)


def ask_to_choose(row: Appointment) -> None:
    """Ask to choose another time by the secret link of the visit; raises like `tell_cancelled`."""
    if (terms := _terms(row)) is not None:
        text = texts.other_times(starts_at=_local(row), link=_link(row))
        messaging.send_sms(Kind.OTHER_TIMES, text=text, key=f"other_times:{row.id}", **terms)


def remind(row: Appointment, *, kind: ReminderKind, starts_at: Sequence[datetime]) -> bool:
    """Remind of a visit, and of others of the patient's day there; returns whether anybody is to be told.

    `starts_at` are the starts of all of them in order. Raises like `tell_cancelled`.
    """
    if (terms := _terms(row, topic=Topic.REMINDERS)) is None:
        return False
    zone, place = zone_of(row.location), directory.location(row.location)
    text = texts.reminder(
        starts=[each.astimezone(zone) for each in starts_at], place=place.address, link=_link(row)
    )
    messaging.send_sms(Kind.REMINDER, text=text, key=f"reminder:{row.id}:{kind}", **terms)
    return True


def tell_moved(earlier: Appointment, *, to: Appointment) -> None:
    """Tell that the visit has another time, or at its time another doctor; raises like `tell_cancelled`."""
    if (terms := _terms(earlier)) is None:
        return
    if earlier.visit.lower == to.visit.lower:
        text = texts.visit_substituted(starts_at=_local(earlier))
        messaging.send_sms(Kind.VISIT_SUBSTITUTED, text=text, key=f"visit_substituted:{to.id}", **terms)
    else:
        text = texts.visit_moved(starts_at=_local(earlier), new_start_at=_local(to))
        messaging.send_sms(Kind.VISIT_MOVED, text=text, key=f"visit_moved:{to.id}", **terms)


def _link(row: Appointment) -> str:
    """Return the address that opens the visit by its secret."""
    return f"{settings.SITE_URL.rstrip('/')}/visit/{row.id}/{appointment_token(row.id)}/"


def _local(row: Appointment) -> datetime:
    """Return the visit's start on its branch's clock."""
    start: datetime = row.visit.lower
    return start.astimezone(zone_of(row.location))


def _terms(row: Appointment, *, topic: Topic = Topic.VISITS) -> dict[str, Any] | None:
    """Return to whom and when a message goes; None where nobody is to be told, or the visit has begun.

    Nor to who wants none of its topic, or has said that the number is wrong.

    Who booked a visit for somebody else gave their own phone for it, and hears of that visit. Of one that the
    clinic made, only who may see the patient does.
    """
    now, starts_at = clock.now(), row.visit.lower
    if row.patient is None or starts_at <= now or not patients.may_write(row.patient, topic):
        return None
    phone = patients.person(row.patient, fields=("phone",)).phone
    if row.channel == "mis" and not _may_see(phone, row.patient):
        return None
    morning = daytime(now, zone_of(row.location))
    return {
        "phone": phone,
        "valid_until": starts_at,
        "not_before": now if starts_at - morning < AT_ONCE else morning,
    }


def _may_see(phone: str, patient: UUID) -> bool:
    zones = set(directory.zones().values()) or {"UTC"}
    return patient in {each.patient_id for each in patients.behind_phone(phone, zones=zones)}

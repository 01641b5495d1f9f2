"""Tells patients by SMS what the clinic did with a visit of theirs, in the commit that writes it here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.quiet import daytime
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock

AT_ONCE = timedelta(hours=3)
"""A visit so near is told of at any hour: who sets out for it is worse off than who is woken."""


@dataclass(frozen=True, slots=True)
class _Sms:
    """To whom and when; `starts_at` is the visit's start on the branch's clock."""

    phone: str
    starts_at: datetime
    not_before: datetime


def tell_cancelled(row: Appointment) -> None:
    """Tell that the MIS has cancelled the visit; raises VaultError, AuditError."""
    if (sms := _sms(row)) is not None:
        messaging.send_sms(
            Kind.VISIT_CANCELLED,
            phone=sms.phone,
            text=texts.visit_cancelled(starts_at=sms.starts_at),
            key=f"visit_cancelled:{row.id}",
            valid_until=sms.starts_at,
            not_before=sms.not_before,
        )


def tell_missing(row: Appointment) -> None:
    """Tell that the MIS knows nothing of the visit any more; raises like `tell_cancelled`."""
    if (sms := _sms(row)) is not None:
        messaging.send_sms(
            Kind.VISIT_MISSING,
            phone=sms.phone,
            text=texts.visit_missing(starts_at=sms.starts_at),
            key=f"visit_missing:{row.id}",
            valid_until=sms.starts_at,
            not_before=sms.not_before,
        )


def ask_to_choose(row: Appointment) -> None:
    """Ask to choose another time by the secret link of the visit; raises like `tell_cancelled`."""
    if (sms := _sms(row)) is not None:
        link = f"{settings.SITE_URL.rstrip('/')}/visit/{row.id}/{appointment_token(row.id)}/"
        messaging.send_sms(
            Kind.OTHER_TIMES,
            phone=sms.phone,
            text=texts.other_times(starts_at=sms.starts_at, link=link),
            key=f"other_times:{row.id}",
            valid_until=sms.starts_at,
            not_before=sms.not_before,
        )


def tell_moved(earlier: Appointment, *, to: Appointment) -> None:
    """Tell that the visit has another time, or at its time another doctor; raises like `tell_cancelled`."""
    sms, new_start_at = _sms(earlier), to.visit.lower.astimezone(zone_of(to.location))
    if sms is not None and sms.starts_at == new_start_at:
        messaging.send_sms(
            Kind.VISIT_SUBSTITUTED,
            phone=sms.phone,
            text=texts.visit_substituted(starts_at=sms.starts_at),
            key=f"visit_substituted:{to.id}",
            valid_until=sms.starts_at,
            not_before=sms.not_before,
        )
    elif sms is not None:
        messaging.send_sms(
            Kind.VISIT_MOVED,
            phone=sms.phone,
            text=texts.visit_moved(starts_at=sms.starts_at, new_start_at=new_start_at),
            key=f"visit_moved:{to.id}",
            valid_until=max(sms.starts_at, new_start_at),
            not_before=sms.not_before,
        )


def _sms(row: Appointment) -> _Sms | None:
    """Return how the patient is told, None where there is nobody to tell or the visit has begun."""
    now, starts_at = clock.now(), row.visit.lower
    if row.patient is None or starts_at <= now:
        return None
    zone = zone_of(row.location)
    morning = daytime(now, zone)
    return _Sms(
        phone=patients.person(row.patient, fields=("phone",)).phone,
        starts_at=starts_at.astimezone(zone),
        not_before=now if starts_at - morning < AT_ONCE else morning,
    )

"""Asks patients for a review of a visit that they came to: once, some hours later, by a link of one use.

The visit, its patient's choice of messages and the consent to be booked are looked at in the commit that
records the message. Of a visit a row is kept either way, so that nobody is asked twice.
"""

import logging
import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose, Topic
from feldsher.domain.reviews.models import Invitation
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import Asking, InvitationState
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types.came import CameVisit
from feldsher.foundation.access.context import as_service
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.errors import DayCapError
from feldsher.foundation.messaging.quiet import daytime
from feldsher.foundation.messaging.types import Kind, VisitSaid
from feldsher.kernel import clock

WORK = "review"
LIFE = timedelta(days=30)
"""How long a link is good."""
WINDOW = timedelta(days=3)
"""How long ago a visit may have ended: marks are often written on the next day."""
APART = timedelta(days=7)
"""A patient who was asked is not asked again so soon, whatever visits they come to."""
BATCH = 200
_WORTH = timedelta(days=2)
"""A message that could not leave for so long is not sent any more."""
_log = logging.getLogger(__name__)


def asking() -> Asking:
    """Return whether patients are asked: the settings say so, and there is who sends."""
    return Asking(settings.FELDSHER_BOOKING.review_hours, has_sms=settings.FELDSHER_SMS is not None)


def invite() -> int:
    """Ask about the visits that are due; returns how many were settled, asked or not.

    Nobody is asked without a provider of SMS, and where `review_hours` of FELDSHER_BOOKING is 0.
    """
    if not (asked := asking()).is_on:
        return 0
    now = clock.now()
    with as_service(WORK), REVIEWS.reach():
        came = scheduling.visits_come_to(after=now - WINDOW, before=now - timedelta(hours=asked.hours))
        rows = Invitation.objects.filter(pk__in=[visit.id for visit in came])
        known = set(rows.values_list("pk", flat=True))
    settled = 0
    for visit in [each for each in came if each.id not in known][:BATCH]:
        try:
            with as_service(WORK), REVIEWS.reach():
                _settle(visit)
        except DayCapError:
            break  # the next round goes on
        except Exception:  # noqa: BLE001 - one patient's trouble must not silence the others
            _log.exception("visit %s could not be asked about", visit.id)
        else:
            settled += 1
    return settled


def digest(token: str) -> bytes:
    """Return what is kept of a link's secret."""
    return sha256(token.encode()).digest()


def _settle(visit: CameVisit) -> None:
    """Ask, or keep why not."""
    now = clock.now()
    row = Invitation(
        visit=visit.id,
        patient=visit.patient_id,
        practitioner=visit.practitioner_id,
        location=visit.location_id,
        created_at=now,
        expires_at=now + LIFE,
    )
    reached = scheduling.reached([visit.id], topic=Topic.REVIEWS).get(visit.id)
    if reached is None:
        row.state, row.reason = InvitationState.SKIPPED, "unwritten"
    elif not patients.consenting([visit.patient_id], purpose=Purpose.BOOKING):
        row.state, row.reason = InvitationState.SKIPPED, "no_consent"
    elif patients.is_for_another_adult(visit.patient_id, appointment_id=visit.id):
        # The phone is of who booked: a visit is the patient's own to tell the world of.
        row.state, row.reason = InvitationState.SKIPPED, "another_adult"
    elif _was_asked(visit.patient_id):
        row.state, row.reason = InvitationState.SKIPPED, "asked_lately"
    else:
        token = secrets.token_urlsafe(16)
        row.state, row.token = InvitationState.ASKED, digest(token)
        place = directory.location(visit.location_id)
        said = VisitSaid(reached.starts_at, place.address, place.phone, link_of(visit.id, token))
        zone = reached.starts_at.tzinfo
        messaging.send_sms(
            Kind.REVIEW_REQUEST,
            phone=reached.phone,
            text=texts.review_request(visit=said),
            key=f"review_request:{visit.id}",
            valid_until=now + _WORTH,
            not_before=daytime(now, zone),  # type: ignore[arg-type]  # the branch's clock
            about=visit.id,
        )
    row.save(force_insert=True)


def link_of(visit: UUID, token: str) -> str:
    """Return the address that opens the form."""
    return f"{settings.SITE_URL.rstrip('/')}/review/{visit}/{token}/"


def _was_asked(patient: UUID) -> bool:
    lately = Invitation.objects.filter(patient=patient, created_at__gt=clock.now() - APART)
    return lately.exclude(state=InvitationState.SKIPPED).exists()

"""A visit that a patient came to, and reviews of invented people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.test.utils import override_settings

from domain.records.factory import Ward
from domain.scheduling.factory import NOW, at
from domain.scheduling.staff import somebody
from feldsher.conf.environment import BookingSettings
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import sealed, services
from feldsher.domain.reviews.models import Invitation, Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import TypedReview
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.roles import Role
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel import clock

ENDED = at(6, 30)
"""When the ward's visit ends: half past nine in Moscow."""
AFTERWARDS = ENDED + timedelta(hours=4)
GOOD = TypedReview("5", "Всё понятно объяснили.", "Анна", "test")
EDITOR = somebody(Role.EDITOR)


@contextmanager
def inside() -> Iterator[None]:
    """Do the block as our own machinery at reviews: nobody else sees which visit one is of."""
    with as_service("test"), REVIEWS.reach():
        yield


def with_sms(*, review_hours: int = 3) -> override_settings:
    return override_settings(
        FELDSHER_SMS=SmsSettings((SmsAccount("sms_ru", "key"),)),
        FELDSHER_BOOKING=BookingSettings(review_hours=review_hours),
        SITE_URL="https://clinic.example",
    )


def a_visit(ward: Ward, *, state: str = "fulfilled", is_consenting: bool = True) -> Ward:
    """Write what became of Anna's visit."""
    for purpose in (Purpose.BOOKING, Purpose.REVIEW):
        patients.publish_consent_text(
            purpose, version="test", body="Согласие {operator}.", valid_from=NOW - timedelta(days=1)
        )
    with inside():
        rows = Appointment.objects.filter(pk=ward.visit)
        if state in {"arrived", "fulfilled"}:
            rows.update(state="arrived")
        rows.update(state=state)
        if is_consenting:
            patients.record_consent(
                ward.anna, purpose=Purpose.BOOKING, channel="site", appointment_id=ward.visit
            )
    return ward


def texts() -> list[str]:
    found = Message.objects.filter(kind="review_request").order_by("created_at", "key")
    return [open_(bytes(row.text), table="messaging_message", column="text", row=row.id) for row in found]


def token(visit: UUID) -> str:
    """Return the secret of the link that was sent of a visit."""
    (text,) = [each for each in texts() if f"/{visit}/" in each]
    return text.rstrip("/").rpartition("/")[2]


def invited(ward: Ward) -> str:
    """Ask about the visit; returns the secret of the link. The clock stands after it."""
    with with_sms():
        assert services.invite() == 1
    return token(ward.visit)


def left(ward: Ward, typed: TypedReview = GOOD) -> tuple[str, UUID]:
    """Ask, and leave a review; returns the secret and the review's id."""
    secret = invited(ward)
    services.leave_review(ward.visit, token=secret, typed=typed)
    with inside():
        review = Invitation.objects.get(pk=ward.visit).review
    assert review is not None
    return secret, review


def row_of(review: UUID) -> Review:
    with REVIEWS.reach():
        return Review.objects.get(pk=review)


def waiting(practitioner: UUID, location: UUID, *, stars: int = 5, text: str = "Спасибо.") -> UUID:
    """Write a review past its link, which nobody has looked at."""
    with REVIEWS.reach():
        row = Review(
            practitioner=practitioner,
            location=location,
            stars=stars,
            consent_version="1",
            left_at=clock.now(),
        )
        row.text = sealed.seal_cell(text, "text", row=row.pk)
        row.name = sealed.seal_cell("", "name", row=row.pk)
        row.save()
    return row.pk


def published(practitioner: UUID, location: UUID, *, stars: int = 5, text: str = "Спасибо.") -> UUID:
    """Write a review past its link, and publish it."""
    review = waiting(practitioner, location, stars=stars, text=text)
    services.publish(review, staff=EDITOR)
    return review

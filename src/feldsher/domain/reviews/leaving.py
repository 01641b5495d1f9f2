"""Leaving a review by the link, and taking it back: the secret of the link is all that is asked.

Lock: the invitation. A withdrawn consent waits for it, and then finds the review (sql/reviews.sql).
"""

import hmac
from uuid import UUID

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import sealed
from feldsher.domain.reviews.errors import (
    InvitationExpiredError,
    InvitationNotFoundError,
    InvitationUsedError,
)
from feldsher.domain.reviews.inviting import WORK, digest
from feldsher.domain.reviews.models import Invitation, Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import InvitationState, TypedReview
from feldsher.foundation.access.context import as_holder, as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.messaging import services as messaging
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.typed import as_lines, one_line

LONGEST_TEXT = 2000
LONGEST_NAME = 60
_STARS = {"1", "2", "3", "4", "5"}


def leave_review(visit_id: UUID, *, token: str, typed: TypedReview) -> None:
    """Keep a review, waiting for a look, and use the link up.

    Raises InvitationNotFoundError without the right token, or once the consent is withdrawn,
    InvitationUsedError, InvitationExpiredError, InvalidInputError (`stars`, `text`, `name`, `consent`),
    ConsentTextUnknownError, VaultError, AuditError.
    """
    with as_holder(visit_id, purpose=WORK):
        with as_service(WORK), REVIEWS.reach():
            row = _locked(visit_id, token)
            if row.review is not None:
                raise InvitationUsedError("one link is one review")
            if row.expires_at <= clock.now():
                raise InvitationExpiredError("the link is too old")
            patient = row.patient
            if patient is None:
                raise InvitationNotFoundError("nobody's any more")
            text, name = _checked(typed)
            review = _kept(row, typed, text=text, name=name)
            given_by = patients.consenting([patient], purpose=Purpose.BOOKING).get(patient)
            patient_services.record_consent(
                patient,
                purpose=Purpose.REVIEW,
                version=typed.consent,
                channel="site",
                appointment_id=visit_id,
                given_by=given_by,
            )
            row.state, row.review = InvitationState.ANSWERED, review.pk
            row.save(update_fields=["state", "review"])
            messaging.wipe(f"review_request:{visit_id}")
        journal("review", Column.CONSENTS, ids=[review.pk], patients=[patient], fields=("left",))


def take_back(visit_id: UUID, *, token: str) -> None:
    """Withdraw the consent to publish: the review is down with this commit, its words are gone.

    Twice is fine. Raises InvitationNotFoundError, AuditError.
    """
    with as_holder(visit_id, purpose=WORK):
        with as_service(WORK), REVIEWS.reach():
            row = _locked(visit_id, token)
            patient, review = row.patient, row.review
            patient_services.withdraw_of_visit(visit_id, purpose=Purpose.REVIEW)
        if patient is not None and review is not None:
            journal("review", Column.CONSENTS, ids=[review], patients=[patient], fields=("withdrawn",))


def fits(row: Invitation | None, token: str) -> bool:
    """Tell, in constant time, whether a token is this invitation's."""
    kept = bytes(row.token) if row is not None and row.token is not None else b""
    return hmac.compare_digest(kept, digest(token))


def _locked(visit_id: UUID, token: str) -> Invitation:
    row = Invitation.objects.select_for_update().filter(pk=visit_id).first()
    if row is None or not fits(row, token):
        raise InvitationNotFoundError("no such link")
    return row


def _checked(typed: TypedReview) -> tuple[str, str]:
    """Return the text as it was written, and the name on one line."""
    text = as_lines(typed.text)
    name = one_line(typed.name)
    faults = {}
    if typed.stars not in _STARS:
        faults["stars"] = "Поставьте оценку: от\u00a0одной звезды до\u00a0пяти"
    if not text:
        faults["text"] = "Напишите хотя\u00a0бы несколько слов"
    elif len(text) > LONGEST_TEXT:
        faults["text"] = f"Слишком длинно: {len(text)} знаков, а\u00a0можно {LONGEST_TEXT}"
    if len(name) > LONGEST_NAME:
        faults["name"] = f"Имя не\u00a0длиннее {LONGEST_NAME} знаков"
    if not typed.consent:
        faults["consent"] = "Без\u00a0согласия отзыв не\u00a0опубликовать"
    if faults:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)
    return text, name


def _kept(row: Invitation, typed: TypedReview, *, text: str, name: str) -> Review:
    review = Review(
        practitioner=row.practitioner,
        location=row.location,
        stars=int(typed.stars),
        consent_version=typed.consent,
        left_at=clock.now(),
    )
    review.text = sealed.seal_cell(text, "text", row=review.pk)
    review.name = sealed.seal_cell(name, "name", row=review.pk)
    review.save(force_insert=True)
    return review

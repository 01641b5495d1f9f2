"""What is over goes: invitations of which nothing came, and the words of reviews that nobody will read."""

from datetime import timedelta

from feldsher.domain.reviews.inviting import LIFE, WORK
from feldsher.domain.reviews.models import Invitation, Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import ReviewState
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

REFUSED_KEPT = timedelta(days=30)
"""After a refusal: as long as its author may object. Said in the text of the consent and in the policy."""
UNDECIDED_KEPT = timedelta(days=90)
"""Of a review on which nobody decides, since it was left. Said there, too."""
_WORDLESS = {"text": b"", "name": b"", "answer": "", "answered_by": ""}


def forget() -> None:
    """Delete invitations a term after they were over, and empty reviews that are not published.

    A refused one stays refused with its reason, so that the share of refusals stays true; one on which nobody
    decided is FORGOTTEN.
    """
    now = clock.now()
    with as_service(WORK), REVIEWS.reach():
        Invitation.objects.filter(review=None, expires_at__lt=now - LIFE).delete()
        refused = Review.objects.filter(state=ReviewState.REFUSED, decided_at__lt=now - REFUSED_KEPT)
        refused.exclude(text=b"").update(**_WORDLESS)
        undecided = Review.objects.filter(state=ReviewState.WAITING, left_at__lt=now - UNDECIDED_KEPT)
        undecided.update(state=ReviewState.FORGOTTEN, **_WORDLESS)

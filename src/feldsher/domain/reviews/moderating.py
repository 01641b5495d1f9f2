"""Who moderates reads, publishes or refuses with a reason, and answers; nobody edits what a patient wrote.

What is critical is published like the rest: a refusal needs a reason of the list, and how many critical
reviews are refused stands beside how many of all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Count, Q

from feldsher.domain.directory import selectors as directory
from feldsher.domain.reviews import sealed
from feldsher.domain.reviews.errors import ReviewDecidedError
from feldsher.domain.reviews.linting import warnings
from feldsher.domain.reviews.models import Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import ModeratedReview, RefusalReason, RefusalShare, ReviewState
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.typed import as_lines

LINES = 20
LONGEST_ANSWER = 2000
_CRITICAL = 3


def reviews_of_desk(
    staff: Staff, state: ReviewState, *, page: int = 1
) -> tuple[tuple[ModeratedReview, ...], int]:
    """Return a page of the reviews of one state, and how many there are: the queue from the oldest on.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with _moderating(staff):
        rows = Review.objects.filter(state=state)
        order = ("left_at", "id") if state is ReviewState.WAITING else ("-decided_at", "id")
        found = list(rows.order_by(*order)[(page - 1) * LINES : page * LINES])
        total = rows.count()
        journal("review", Column.SITE_DUTIES, ids=[row.pk for row in found], fields=("text", "name"))
        return _cards(found), total


def moderated(staff: Staff, review_id: UUID) -> ModeratedReview:
    """Return one review; raises ForbiddenError, NotFoundError, VaultError, AuditError."""
    with _moderating(staff):
        row = Review.objects.filter(pk=review_id).first()
        if row is None:
            note_miss(staff, Action.MODERATE_REVIEWS, review_id)
            raise NotFoundError("no such review")
        journal("review", Column.SITE_DUTIES, ids=[row.pk], fields=("text", "name"))
        (card,) = _cards([row])
        return card


def waiting_count(_staff: Staff) -> int:
    """Return how many reviews wait for a look; no review is shown."""
    with REVIEWS.reach():
        return Review.objects.filter(state=ReviewState.WAITING).count()


def refusal_share(staff: Staff) -> RefusalShare:
    """Return how many were refused of those decided; raises ForbiddenError."""
    with _moderating(staff):
        refused, critical = Q(state=ReviewState.REFUSED), Q(stars__lte=_CRITICAL)
        decided = Review.objects.filter(state__in=(ReviewState.PUBLISHED, ReviewState.REFUSED))
        return RefusalShare(
            **decided.aggregate(
                decided=Count("id"),
                refused=Count("id", filter=refused),
                critical_decided=Count("id", filter=critical),
                critical_refused=Count("id", filter=refused & critical),
            )
        )


def publish(review_id: UUID, *, staff: Staff) -> None:
    """Show a review that waits, or that was refused; twice is fine.

    Raises ForbiddenError, NotFoundError, ReviewDecidedError for one whose words are gone, AuditError.
    """
    with _moderating(staff):
        row = _locked(staff, review_id)
        if row.state == ReviewState.PUBLISHED:
            return
        row.published_at = clock.now()
        _decide(row, ReviewState.PUBLISHED, reason="", staff=staff)


def refuse(review_id: UUID, *, reason: str, staff: Staff) -> None:
    """Keep a review back, or take it down, for a reason of the list.

    Raises ForbiddenError, NotFoundError, InvalidInputError (`reason`), ReviewDecidedError, AuditError.
    """
    with _moderating(staff):
        if reason not in set(RefusalReason):
            raise InvalidInputError("no reason", fields={"reason": "Выберите причину из\u00a0списка"})
        _decide(_locked(staff, review_id), ReviewState.REFUSED, reason=reason, staff=staff)


def answer(review_id: UUID, *, text: str, staff: Staff) -> None:
    """Keep what the clinic says to a review that waits or is published; an empty text takes it back.

    Raises ForbiddenError, NotFoundError, InvalidInputError (`answer`), ReviewDecidedError, AuditError.
    """
    with _moderating(staff):
        said = as_lines(text)
        if len(said) > LONGEST_ANSWER:
            raise InvalidInputError(
                "too long", fields={"answer": f"Ответ не\u00a0длиннее {LONGEST_ANSWER} знаков"}
            )
        row = _locked(staff, review_id)
        if row.state == ReviewState.REFUSED:
            raise ReviewDecidedError("refused reviews have no answer")
        row.answer, row.answered_by = said, staff.login if said else ""
        row.save(update_fields=["answer", "answered_by"])
        journal("review", Column.SITE_DUTIES, ids=[row.pk], fields=("answer",))


@contextmanager
def _moderating(staff: Staff) -> Iterator[None]:
    with as_staff(staff, Action.MODERATE_REVIEWS), REVIEWS.reach():
        yield


def _locked(staff: Staff, review_id: UUID) -> Review:
    row = Review.objects.select_for_update().filter(pk=review_id).first()
    if row is None:
        note_miss(staff, Action.MODERATE_REVIEWS, review_id)
        raise NotFoundError("no such review")
    if not row.text:
        raise ReviewDecidedError("withdrawn by its author, or emptied by its term")
    return row


def _decide(row: Review, state: ReviewState, *, reason: str, staff: Staff) -> None:
    row.state, row.reason = state, reason
    row.decided_by, row.decided_at = staff.login, clock.now()
    row.save(update_fields=["state", "reason", "decided_by", "decided_at", "published_at"])
    journal("review", Column.SITE_DUTIES, ids=[row.pk], fields=(state.value,))


def _cards(rows: list[Review]) -> tuple[ModeratedReview, ...]:
    doctors = directory.practitioner_cards({row.practitioner for row in rows}) if rows else {}
    return tuple(
        _card(row, doctors[row.practitioner].name if row.practitioner in doctors else "") for row in rows
    )


def _card(row: Review, doctor: str) -> ModeratedReview:
    text = sealed.open_cell(row.text, "text", row=row.pk)
    name = sealed.open_cell(row.name, "name", row=row.pk)
    return ModeratedReview(
        id=row.pk,
        state=ReviewState(row.state),
        stars=row.stars,
        text=text,
        name=name,
        practitioner_id=row.practitioner,
        location_id=row.location,
        left_at=row.left_at,
        reason=RefusalReason(row.reason) if row.reason else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        answer=row.answer,
        answered_by=row.answered_by,
        warnings=warnings(f"{name}\n{text}", doctor=doctor) + warnings(row.answer, doctor=doctor),
    )

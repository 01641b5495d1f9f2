"""Reads of reviews: what everybody sees of a doctor or a branch, what a link opens, and the desk's queue."""

import json
from collections.abc import Collection
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from feldsher.domain.reviews import sealed
from feldsher.domain.reviews.errors import InvitationExpiredError, InvitationNotFoundError
from feldsher.domain.reviews.inviting import WORK, asking
from feldsher.domain.reviews.leaving import fits
from feldsher.domain.reviews.loading import ratings_of_desk
from feldsher.domain.reviews.models import Invitation as Row
from feldsher.domain.reviews.models import Review
from feldsher.domain.reviews.moderating import LINES, moderated, refusal_share, reviews_of_desk, waiting_count
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import (
    Invitation,
    OutsideRating,
    PublishedReview,
    RefusalReason,
    ReviewState,
    Shown,
    Source,
)
from feldsher.foundation.access.context import as_holder
from feldsher.kernel import clock

__all__ = [
    "LINES",
    "PAGE",
    "asking",
    "invitation",
    "moderated",
    "of_branch",
    "of_doctor",
    "ratings_of_desk",
    "refusal_share",
    "reviews_of_desk",
    "waiting_count",
]

PAGE = 10
_SHOWN = """
    SELECT q.count, q.mean, q.since, q.since_in, q.ratings,
           r.id, r.stars, r.text, r.name, r.published_at, r.practitioner, r.location, r.answer
    FROM (SELECT count(*) AS count, avg(stars) AS mean, min(published_at) AS since,
                 (array_agg(location ORDER BY published_at, id))[1] AS since_in,
                 (SELECT jsonb_agg(jsonb_build_array(
                      o.id, o.source, o.rating::text, o.count, o.as_of, o.url, o.practitioner, o.location)
                      ORDER BY o.source)
                  FROM (SELECT DISTINCT ON (source) * FROM reviews_rating
                        WHERE {column} = ANY(%(of)s)
                        ORDER BY source, as_of DESC, loaded_at DESC) o) AS ratings
          FROM reviews_review WHERE state = 'published' AND {column} = ANY(%(of)s)) q
    LEFT JOIN LATERAL (
        SELECT * FROM reviews_review p WHERE p.state = 'published' AND p.{column} = ANY(%(of)s)
        ORDER BY p.published_at DESC, p.id LIMIT %(limit)s) r ON true
    ORDER BY r.published_at DESC, r.id
"""
"""Everything in one question: the page of a doctor has eight."""
_OF_ALL = 5
"""Columns that tell of all reviews, before those of one."""


def of_doctor(practitioner_id: UUID, *, earlier: Collection[UUID] = (), pages: int = 1) -> Shown:
    """Return the published reviews of a doctor, ten a page, and ratings elsewhere. Raises VaultError.

    `earlier` are the ids that became this doctor by a merge: what was said of them was said of the doctor.
    Of a source that rated several the newest rating is told.
    """
    return _shown("practitioner", [practitioner_id, *earlier], pages)


def of_branch(location_id: UUID, *, pages: int = 1) -> Shown:
    """Return those of a branch, whichever doctor they are about; as `of_doctor`."""
    return _shown("location", [location_id], pages)


def invitation(visit_id: UUID, *, token: str) -> Invitation:
    """Return what a link opens.

    Raises InvitationNotFoundError for another's secret, and once the consent is withdrawn,
    InvitationExpiredError for one that nobody used in time.
    """
    with as_holder(visit_id, purpose=WORK), REVIEWS.reach():
        row = Row.objects.filter(pk=visit_id).first()
        if row is None or not fits(row, token) or row.patient is None:
            raise InvitationNotFoundError("no such link")
        if row.review is None and row.expires_at <= clock.now():
            raise InvitationExpiredError("the link is too old")
        review = Review.objects.filter(pk=row.review).first() if row.review else None
    return Invitation(
        visit_id=row.pk,
        practitioner_id=row.practitioner,
        location_id=row.location,
        expires_at=row.expires_at,
        review=ReviewState(review.state) if review else None,
        reason=RefusalReason(review.reason) if review and review.reason else None,
    )


def _shown(column: str, of: list[UUID], pages: int) -> Shown:
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN.format(column=column), {"of": of, "limit": PAGE * pages})
        rows = cursor.fetchall()
    count, mean, since, since_in, ratings = rows[0][:_OF_ALL]
    return Shown(
        reviews=tuple(_published(row[_OF_ALL:]) for row in rows if row[_OF_ALL] is not None),
        count=count,
        average=mean.quantize(Decimal("0.1"), ROUND_HALF_UP) if mean is not None else None,
        since=since,
        since_location_id=since_in,
        ratings=tuple(_rating(each) for each in _read(ratings)),
    )


def _read(ratings: Any) -> list[list[Any]]:
    """Return the array whatever the driver made of it: Django leaves jsonb of its own cursors as text."""
    return json.loads(ratings) if isinstance(ratings, str) else ratings or []


def _published(row: tuple[Any, ...]) -> PublishedReview:
    pk, stars, text, name, published_at, practitioner, location, answer = row
    return PublishedReview(
        stars=stars,
        text=sealed.open_cell(text, "text", row=pk),
        name=sealed.open_cell(name, "name", row=pk),
        day=published_at,
        practitioner_id=practitioner,
        location_id=location,
        answer=answer,
    )


def _rating(told: list[Any]) -> OutsideRating:
    pk, source, rating, count, as_of, url, practitioner, location = told
    return OutsideRating(
        id=UUID(pk),
        source=Source(source),
        rating=Decimal(rating),
        count=count,
        as_of=date.fromisoformat(as_of),
        url=url,
        practitioner_id=UUID(practitioner) if practitioner else None,
        location_id=UUID(location) if location else None,
    )

"""Writes of reviews: asking, leaving and taking back, moderating, ratings of other sites."""

from feldsher.domain.reviews.forgetting import forget
from feldsher.domain.reviews.inviting import invite
from feldsher.domain.reviews.leaving import leave_review, take_back
from feldsher.domain.reviews.loading import load_ratings, remove_rating
from feldsher.domain.reviews.moderating import answer, publish, refuse
from feldsher.domain.reviews.rehearsing import rehearse

__all__ = [
    "answer",
    "forget",
    "invite",
    "leave_review",
    "load_ratings",
    "publish",
    "refuse",
    "rehearse",
    "remove_rating",
    "take_back",
]

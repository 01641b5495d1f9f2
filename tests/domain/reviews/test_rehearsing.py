"""A demo has reviews in each state and ratings of another site, invented once."""

import pytest

from domain.records.factory import Ward
from domain.reviews.factory import inside
from domain.scheduling.factory import NOW
from feldsher.conf.demo.staff import EDITOR
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.models import Invitation
from feldsher.domain.reviews.types import ReviewState

pytestmark = pytest.mark.django_db


def test_a_demo_shows_reviews_an_answer_and_a_rating(ward: Ward) -> None:
    patients.publish_consent_text(Purpose.REVIEW, version="test", body="{operator}", valid_from=NOW)
    assert services.rehearse(staff=EDITOR) == 8
    counts = {state: selectors.reviews_of_desk(EDITOR, state)[1] for state in ReviewState}
    assert counts == {"published": 5, "waiting": 2, "refused": 1, "withdrawn": 0, "forgotten": 0}
    shown = [selectors.of_branch(place) for place in (ward.north, ward.south)]
    assert sum(each.count for each in shown) == 5
    assert [bool(review.answer) for each in shown for review in each.reviews].count(True) == 1
    assert len(selectors.ratings_of_desk(EDITOR)) == 2
    with inside():
        assert not Invitation.objects.exists(), "no visit is invented"
    assert services.rehearse(staff=EDITOR) == 0

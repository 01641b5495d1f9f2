"""Who is asked for a review, when and how often: once, by day, and only who wants messages."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from conftest import SetClock
from domain.directory import factory as clinic
from domain.records.factory import Ward, a_person
from domain.reviews.factory import (
    AFTERWARDS,
    EDITOR,
    ENDED,
    a_visit,
    inside,
    invited,
    left,
    published,
    row_of,
    texts,
    token,
    waiting,
    with_sms,
)
from domain.scheduling.factory import appointment, at, minutes
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import Consent, MessageChoice
from feldsher.domain.patients.types import NewBooker, Purpose, Relation
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.errors import ReviewDecidedError
from feldsher.domain.reviews.forgetting import REFUSED_KEPT, UNDECIDED_KEPT
from feldsher.domain.reviews.models import Invitation, Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.foundation.messaging.models import Message

pytestmark = pytest.mark.django_db


def reasons() -> list[tuple[str, str]]:
    with inside():
        return list(Invitation.objects.order_by("pk").values_list("state", "reason"))


def test_a_visit_is_asked_about_once_some_hours_later(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="address", value="Липовая ул., 5", author="test")
    with with_sms():
        set_clock(ENDED + timedelta(hours=3))
        assert services.invite() == 0
        set_clock(AFTERWARDS)
        assert services.invite() == 1
        assert services.invite() == 0
    link = f"https://clinic.example/review/{ward.visit}/{token(ward.visit)}/"
    assert texts() == [f"26.11 вы были у нас: Липовая ул., 5. Расскажите, всё ли понравилось: {link}"]
    with inside():
        row = Invitation.objects.get(pk=ward.visit)
    assert (row.state, row.expires_at) == ("asked", AFTERWARDS + timedelta(days=30))
    assert token(ward.visit).encode() not in bytes(row.token or b"")


@pytest.mark.parametrize("state", ["booked", "noshow", "cancelled"])
def test_nobody_is_asked_about_a_visit_that_they_did_not_come_to(
    ward: Ward, set_clock: SetClock, state: str
) -> None:
    a_visit(ward, state=state)
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 0
    assert (texts(), reasons()) == ([], [])


def test_who_came_to_the_desk_is_asked_though_nobody_wrote_that_they_were_seen(
    ward: Ward, set_clock: SetClock
) -> None:
    a_visit(ward, state="arrived")
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 1
    assert len(texts()) == 1


def test_without_hours_or_a_provider_nobody_is_asked(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)
    assert services.invite() == 0
    with with_sms(review_hours=0):
        assert services.invite() == 0
    assert (texts(), reasons()) == ([], [])


@pytest.mark.parametrize("choice", [{"reviews": False}, {"wrong_since": ENDED}])
def test_who_wants_no_such_message_gets_none(
    ward: Ward, set_clock: SetClock, choice: dict[str, object]
) -> None:
    a_visit(ward)
    with inside():
        MessageChoice.objects.create(patient_id=ward.anna, **choice)
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 1
    assert (texts(), reasons()) == ([], [("skipped", "unwritten")])


def test_who_never_consented_or_took_it_back_gets_none(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward, is_consenting=False)
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 1
    assert (texts(), reasons()) == ([], [("skipped", "no_consent")])


@pytest.mark.parametrize(("relation", "asked"), [("other", 0), ("parent", 1)])
def test_who_booked_another_adult_is_not_asked_of_a_visit_that_is_not_theirs(
    ward: Ward, set_clock: SetClock, relation: str, asked: int
) -> None:
    a_visit(ward, is_consenting=False)
    booker = NewBooker(Relation(relation), "Небывалов Пётр", "+79000000003")
    with inside():
        related = patients.ensure_related(ward.anna, booker)
        patients.record_consent(
            ward.anna,
            purpose=Purpose.BOOKING,
            channel="site",
            appointment_id=ward.visit,
            given_by=related,
        )
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 1
    assert len(texts()) == asked
    assert reasons() == ([("asked", "")] if asked else [("skipped", "another_adult")])


def test_a_visit_of_their_own_is_asked_about_though_somebody_booked_a_later_one(
    ward: Ward, set_clock: SetClock
) -> None:
    a_visit(ward)
    booker = NewBooker(Relation.OTHER, "Небывалов Пётр", "+79000000003")
    with inside():
        later = appointment(at(40), at(40) + minutes(30), patient=ward.anna, location=ward.north)
        related = patients.ensure_related(ward.anna, booker)
        patients.record_consent(
            ward.anna, purpose=Purpose.BOOKING, channel="site", appointment_id=later, given_by=related
        )
    set_clock(AFTERWARDS)
    with with_sms():
        assert services.invite() == 1
    assert reasons() == [("asked", "")]


def test_the_words_of_what_is_refused_or_never_decided_go_by_their_terms(
    ward: Ward, set_clock: SetClock
) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)
    secret, refused = left(ward)
    shown, waits = published(ward.plain, ward.north), waiting(ward.plain, ward.north)
    services.refuse(refused, reason="insult", staff=EDITOR)

    def kept() -> list[bool]:
        services.forget()
        return [bool(row_of(each).text) for each in (shown, refused, waits)]

    set_clock(AFTERWARDS + REFUSED_KEPT)
    assert kept() == [True, True, True]
    set_clock(AFTERWARDS + REFUSED_KEPT + timedelta(minutes=1))
    assert kept() == [True, False, True]
    set_clock(AFTERWARDS + UNDECIDED_KEPT)
    assert kept() == [True, False, True]
    set_clock(AFTERWARDS + UNDECIDED_KEPT + timedelta(minutes=1))
    assert kept() == [True, False, False]
    assert (row_of(refused).state, row_of(waits).state) == ("refused", "forgotten")
    assert (bytes(row_of(refused).name), selectors.waiting_count(EDITOR)) == (b"", 0)
    assert selectors.refusal_share(EDITOR).refused == 1
    for review in (refused, waits):
        with pytest.raises(ReviewDecidedError):
            services.publish(review, staff=EDITOR)
        with pytest.raises(IntegrityError), transaction.atomic(), REVIEWS.reach():
            Review.objects.filter(pk=review).update(state="published", reason="", published_at=AFTERWARDS)
    services.take_back(ward.visit, token=secret)
    assert row_of(refused).state == "withdrawn"


def test_the_consent_and_the_policy_say_these_terms() -> None:
    assert (REFUSED_KEPT.days, UNDECIDED_KEPT.days) == (30, 90)
    for name in ("review", "policy"):
        text = (files("feldsher.domain.patients") / "texts" / f"{name}.txt").read_text(encoding="utf-8")
        assert "через 30 дней после отказа" in text
        assert "90 дней" in text


def test_a_patient_who_was_asked_within_a_week_is_not_asked_again(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)
    invited(ward)
    with inside():
        appointment(at(10), at(10) + minutes(30), patient=ward.anna, state="fulfilled", location=ward.north)
    set_clock(at(15))
    with with_sms():
        assert services.invite() == 1
    assert len(texts()) == 1
    assert sorted(reasons()) == [("asked", ""), ("skipped", "asked_lately")]


def test_nobody_is_woken(ward: Ward, set_clock: SetClock) -> None:
    """Half past nine in the evening in Moscow: it leaves at nine in the morning."""
    a_visit(ward)
    set_clock(at(18, 30))
    with with_sms():
        assert services.invite() == 1
    (message,) = Message.objects.filter(kind="review_request")
    job = ProcrastinateJob.objects.get(task_name="messaging.send", args={"sms": str(message.id)})
    assert job.scheduled_at is not None
    asked_ago = job.scheduled_at - datetime.now(UTC) - timedelta(hours=11, minutes=30)
    assert abs(asked_ago) < timedelta(minutes=1)


def test_visits_of_long_ago_are_asked_about_by_nobody(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(ENDED + timedelta(days=3, hours=1))
    with with_sms():
        assert services.invite() == 0


def test_what_nobody_answered_is_forgotten_and_a_review_is_not(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)
    secret, review = left(ward)
    del secret
    other = a_person("Ольга", "+79000000002")
    with inside():
        Invitation.objects.create(
            visit=other,
            patient=other,
            practitioner=ward.plain,
            location=ward.north,
            state="asked",
            created_at=AFTERWARDS,
            expires_at=AFTERWARDS + timedelta(days=30),
        )
    set_clock(AFTERWARDS + timedelta(days=61))
    services.forget()
    with inside():
        assert [row.review for row in Invitation.objects.all()] == [review]
        assert Consent.objects.filter(purpose="review").count() == 1

"""A link is one review; a withdrawn consent takes it down in its own commit. Controls C13, C20."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from conftest import SetClock
from domain.records.factory import Ward
from domain.reviews.factory import AFTERWARDS, EDITOR, GOOD, a_visit, inside, invited, left, row_of
from domain.scheduling.factory import appointment, at, minutes
from domain.scheduling.staff import somebody
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import Consent
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.errors import (
    InvitationExpiredError,
    InvitationNotFoundError,
    InvitationUsedError,
)
from feldsher.domain.reviews.models import Invitation, Review
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import ReviewState
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.privacy.rows import OutOfReachError
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _came(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)


def test_a_review_names_doctor_and_branch_and_not_its_visit(ward: Ward) -> None:
    _, review = left(ward)
    row = row_of(review)
    assert (row.practitioner, row.location, row.stars, row.state) == (
        ward.eye.practitioner_id,
        ward.north,
        5,
        "waiting",
    )
    assert GOOD.text.encode() not in bytes(row.text)
    assert ward.visit not in {getattr(row, field.attname) for field in Review._meta.concrete_fields}
    assert ward.anna not in {getattr(row, field.attname) for field in Review._meta.concrete_fields}


def test_the_consent_keeps_its_version_and_who_gave_it(ward: Ward) -> None:
    left(ward)
    with inside():
        consent = Consent.objects.get(purpose="review")
    assert (consent.patient_id, consent.version, consent.appointment_id, consent.given_by_id) == (
        ward.anna,
        "test",
        ward.visit,
        None,
    )


def test_a_link_is_one_review(ward: Ward) -> None:
    secret, _ = left(ward)
    with pytest.raises(InvitationUsedError):
        services.leave_review(ward.visit, token=secret, typed=replace(GOOD, stars="1"))
    with REVIEWS.reach():
        assert Review.objects.count() == 1
    assert selectors.invitation(ward.visit, token=secret).review is ReviewState.WAITING


def test_another_s_secret_opens_nothing(ward: Ward) -> None:
    invited(ward)
    for secret in ("", "wrong"):
        with pytest.raises(InvitationNotFoundError):
            selectors.invitation(ward.visit, token=secret)
        with pytest.raises(InvitationNotFoundError):
            services.leave_review(ward.visit, token=secret, typed=GOOD)
        with pytest.raises(InvitationNotFoundError):
            services.take_back(ward.visit, token=secret)


def test_the_secret_of_one_visit_opens_no_other(ward: Ward, set_clock: SetClock) -> None:
    mine = invited(ward)
    with inside():
        other = appointment(
            at(6), at(6) + minutes(30), patient=ward.anna, state="fulfilled", location=ward.south
        )
        Invitation.objects.filter(pk=ward.visit).update(created_at=AFTERWARDS - timedelta(days=8))
    theirs = invited(replace(ward, visit=other))
    assert mine != theirs
    for visit, secret in ((ward.visit, theirs), (other, mine)):
        with pytest.raises(InvitationNotFoundError):
            selectors.invitation(visit, token=secret)
        with pytest.raises(InvitationNotFoundError):
            services.leave_review(visit, token=secret, typed=GOOD)
    with REVIEWS.reach():
        assert not Review.objects.exists()


def test_a_link_is_good_for_thirty_days(ward: Ward, set_clock: SetClock) -> None:
    secret = invited(ward)
    set_clock(AFTERWARDS + timedelta(days=30, seconds=-1))
    assert selectors.invitation(ward.visit, token=secret).review is None
    set_clock(AFTERWARDS + timedelta(days=30))
    with pytest.raises(InvitationExpiredError):
        selectors.invitation(ward.visit, token=secret)
    with pytest.raises(InvitationExpiredError):
        services.leave_review(ward.visit, token=secret, typed=GOOD)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stars": "6"}, "stars"),
        ({"stars": ""}, "stars"),
        ({"text": " \n "}, "text"),
        ({"text": "ы" * 2001}, "text"),
        ({"name": "ы" * 61}, "name"),
        ({"consent": ""}, "consent"),
    ],
)
def test_what_is_wrong_is_said_of_its_field_and_the_link_stays(
    ward: Ward, changes: dict[str, str], field: str
) -> None:
    secret = invited(ward)
    with pytest.raises(InvalidInputError) as refusal:
        services.leave_review(ward.visit, token=secret, typed=replace(GOOD, **changes))
    assert list(refusal.value.fields) == [field]
    services.leave_review(ward.visit, token=secret, typed=GOOD)


def test_taking_it_back_by_the_link_erases_it_for_good(ward: Ward) -> None:
    secret, review = left(ward)
    services.publish(review, staff=EDITOR)
    assert selectors.of_doctor(row_of(review).practitioner).count == 1
    services.take_back(ward.visit, token=secret)
    row = row_of(review)
    assert (row.state, bytes(row.text), bytes(row.name)) == ("withdrawn", b"", b"")
    assert selectors.of_doctor(row.practitioner).count == 0
    with inside():
        invitation = Invitation.objects.get(pk=ward.visit)
    assert (invitation.patient, invitation.review, invitation.state) == (None, None, "withdrawn")
    with pytest.raises(InvitationNotFoundError):
        selectors.invitation(ward.visit, token=secret)
    with pytest.raises(InvitationNotFoundError):
        services.leave_review(ward.visit, token=secret, typed=GOOD)


@pytest.mark.parametrize("purpose", [Purpose.BOOKING, Purpose.REVIEW])
def test_152_fz_a_withdrawn_consent_takes_the_review_down(ward: Ward, purpose: Purpose) -> None:
    _, review = left(ward)
    services.publish(review, staff=EDITOR)
    with inside():
        consent = Consent.objects.get(purpose=purpose.value)
        patients.withdraw_consent(consent.pk, patient_id=ward.anna)
    assert row_of(review).state == "withdrawn"


def test_152_fz_who_took_the_consent_back_before_writing_writes_nothing(ward: Ward) -> None:
    secret = invited(ward)
    with inside():
        patients.withdraw_of_visit(ward.visit, purpose=Purpose.BOOKING)
    with pytest.raises(InvitationNotFoundError):
        services.leave_review(ward.visit, token=secret, typed=GOOD)


@pytest.mark.django_db(transaction=True)
def test_152_fz_without_the_trigger_the_review_would_stay(ward: Ward, as_owner: psycopg.Connection) -> None:
    """The negative control: it is the trigger that takes it down."""
    trigger = "TRIGGER patients_consent_takes_reviews"
    as_owner.execute(f"ALTER TABLE patients_consent DISABLE {trigger}")  # type: ignore[arg-type]
    try:
        _, review = left(ward)
        services.publish(review, staff=EDITOR)
        with inside():
            patients.withdraw_of_visit(ward.visit, purpose=Purpose.BOOKING)
        assert row_of(review).state == "published"
    finally:
        as_owner.execute(f"ALTER TABLE patients_consent ENABLE {trigger}")  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["text", "name", "stars", "practitioner"])
def test_c13_nobody_edits_what_a_patient_wrote(ward: Ward, column: str) -> None:
    _, review = left(ward)
    value = {"text": b"x", "name": b"x", "stars": 1, "practitioner": ward.plain}[column]
    with pytest.raises(IntegrityError), transaction.atomic(), REVIEWS.reach():
        Review.objects.filter(pk=review).update(**{column: value})
    with pytest.raises(IntegrityError), transaction.atomic(), REVIEWS.reach():
        Review.objects.filter(pk=review).delete()


def test_c13_out_of_reach_only_published_reviews_are_read(ward: Ward) -> None:
    _, review = left(ward)

    def raw() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM reviews_review UNION ALL SELECT visit FROM reviews_invitation")
            return [row[0] for row in cursor.fetchall()]

    assert raw() == []
    with connection.cursor() as cursor, pytest.raises(OutOfReachError):
        Review.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_review SET state = 'published', published_at = now()")
        assert cursor.rowcount == 0
    services.publish(review, staff=EDITOR)
    assert raw() == [review]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_review SET answer = 'x'")
        assert cursor.rowcount == 0


@pytest.mark.parametrize(("role", "action"), [("registrar", "see_visits"), ("editor", "moderate_reviews")])
def test_c13_no_staff_learn_whose_review_it_is(ward: Ward, role: str, action: str) -> None:
    """Neither who sees every visit nor who moderates reaches what joins the two."""
    left(ward)
    moderating = REVIEWS.reach() if role == Role.EDITOR else nullcontext()
    with as_staff(somebody(Role(role)), Action(action)), moderating, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reviews_invitation")
        assert cursor.fetchone() == (0,)
    with inside(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reviews_invitation")
        assert cursor.fetchone() == (1,)


def test_c13_the_application_does_not_call_what_takes_reviews_down(ward: Ward) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT consent_takes_reviews()")


def test_c20_leaving_and_taking_back_stand_in_the_patient_s_journal(ward: Ward) -> None:
    secret, review = left(ward)
    services.take_back(ward.visit, token=secret)
    with JOURNAL.reach():
        rows = AccessEntry.objects.filter(what="review").order_by("id")
        told = list(rows.values_list("purpose", "patients", "ids", "fields"))
    assert told == [
        ("review", [ward.anna], [review], ["left"]),
        ("review", [ward.anna], [review], ["withdrawn"]),
    ]

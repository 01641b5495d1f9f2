"""«Согласия»: what was agreed to, with text and legal entity, and taking it back once its meaning is said.

Control C20. Names and phones are invented.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from channels.cabinet.factory import HOME, OTHER, entered, text_of
from channels.cabinet.test_visits import CHILD, again_of, book
from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory import factory as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import Consent
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling.types import BookerInput, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.roles import Role
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)

CONSENTS = "/lk/consents/"


def withdraw_of(consent: UUID) -> str:
    return f"/lk/consents/{consent}/withdraw/"


def consent_of(visit: UUID) -> Consent:
    with as_service("test"):
        return Consent.objects.get(appointment_id=visit)


def test_each_consent_stands_with_its_text_version_and_hour(visit: UUID, sms: Phones) -> None:
    child = book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр"))
    browser = entered(sms)
    assert CONSENTS in text_of(browser.get(HOME))
    page = text_of(browser.get(CONSENTS))
    assert page.count("версия текста test") == 3, "the morning holds one more visit of Peter's"
    assert page.count("дал тот, кто записывал") == 1
    assert page.count("Согласие клинике.") + page.count("Согласие ООО") == 3
    for row in (visit, child):
        assert withdraw_of(consent_of(row).pk) in page


def test_it_is_withdrawn_after_it_is_said_what_that_means_and_nothing_is_cancelled(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    browser, consent = entered(sms), consent_of(visit)
    question = text_of(browser.get(withdraw_of(consent.pk)))
    for words in ("не больше 30 дней", "Медицинские документы", "Записи это не отменяет", "отзывы о визитах"):
        assert words in question
    assert consent_of(visit).withdrawn_at is None
    for _ in range(2):
        assert browser.post(withdraw_of(consent.pk))["Location"] == CONSENTS
    assert consent_of(visit).withdrawn_at == busy.world.moment
    assert busy.world.state is State.BOOKED
    page = text_of(browser.get(CONSENTS))
    assert ("Отозвано" in page, withdraw_of(consent.pk) in page) == (True, False)
    assert browser.get(withdraw_of(consent.pk))["Location"] == CONSENTS
    desk = text_of(signed_in(Role.REGISTRAR).get("/desk/"))
    assert desk.count("Отзыв согласия") == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, fields FROM audit_access WHERE purpose = 'withdraw_consent'"
            " AND what = 'consent' AND result = 'allowed' ORDER BY id"
        )
        assert cursor.fetchall() == [("patient", ["withdrawn"])]


def test_a_consent_to_publish_says_what_becomes_of_the_review_and_calls_nobody(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    before = busy.world.moment - timedelta(days=1)
    patients.publish_consent_text(Purpose.REVIEW, version="test", body="{operator}", valid_from=before)
    booked = consent_of(visit)
    with as_service("test"):
        patients.record_consent(
            booked.patient_id, purpose=Purpose.REVIEW, channel="site", appointment_id=visit
        )
        given = Consent.objects.get(purpose="review")
    browser = entered(sms)
    assert "Публикация отзыва" in text_of(browser.get(CONSENTS))
    question = text_of(browser.get(withdraw_of(given.pk)))
    assert "сразу исчезнет с сайта" in question
    assert "Сотрудники узнают" not in question
    assert browser.post(withdraw_of(given.pk))["Location"] == CONSENTS
    given.refresh_from_db()
    assert given.withdrawn_at == busy.world.moment
    assert "Отзыв согласия" not in text_of(signed_in(Role.REGISTRAR).get("/desk/"))


def test_a_parent_withdraws_what_was_given_for_a_child(visit: UUID, sms: Phones) -> None:
    child = consent_of(book(CHILD, hours=3, booker=BookerInput("parent", "Пробный Пётр")))
    entered(sms).post(withdraw_of(child.pk))
    with as_service("test"):
        assert Consent.objects.get(pk=child.pk).withdrawn_at is not None
    assert consent_of(visit).withdrawn_at is None


def test_another_s_consent_is_not_there(visit: UUID, sms: Phones) -> None:
    stranger = entered(sms, OTHER)
    for asked in (consent_of(visit).pk, uuid4()):
        for answer in (stranger.get(withdraw_of(asked)), stranger.post(withdraw_of(asked))):
            assert answer.status_code == 404
    assert consent_of(visit).withdrawn_at is None


def test_a_withdrawn_consent_covers_no_other_booking(visit: UUID, sms: Phones) -> None:
    """What is booked once more asks for a new one: a withdrawn consent stands for nothing."""
    browser = entered(sms)
    browser.post(withdraw_of(consent_of(visit).pk))
    answer = browser.post(again_of(visit))
    assert answer.status_code == 303
    assert str(directory.row(Kind.PRACTITIONER, directory.EYE.id)) in answer["Location"]

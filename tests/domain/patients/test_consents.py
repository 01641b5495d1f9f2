"""What a person agreed to can be proved later, word for word."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from domain.patients.factories import new_patient
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.errors import (
    ConsentTextFinalError,
    ConsentTextMissingError,
    ConsentTextUnknownError,
)
from feldsher.domain.patients.models import Consent, ConsentText
from feldsher.domain.patients.types import Purpose
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db

BODY = "Пробный текст. Оператор: {operator}."


@pytest.fixture
def patient() -> UUID:
    return services.ensure_patient(new_patient(), channel="site")


def execute(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_fresh_database_has_a_text_for_each_purpose() -> None:
    published = ConsentText.objects.values_list("purpose", "version")
    assert sorted(published) == [
        *(("booking", "1"), ("catalogue", "1"), ("company", "1"), ("policy", "6"), ("review", "1")),
    ]
    for purpose in Purpose:
        text = selectors.current_consent_text(purpose)
        assert text.sha256 == sha256(text.body.encode()).hexdigest()
        assert "{operator}" in text.body
        read = text.for_operator("ООО «Проба {family}», г. Пример")
        assert "ООО «Проба {family}», г. Пример" in read
        assert "{operator}" not in read


def test_the_consent_says_what_the_law_asks_for() -> None:
    """152-ФЗ art. 9: operator, purpose, data, actions and ways, term, withdrawal, a paragraph each."""
    paragraphs = selectors.current_consent_text(Purpose.BOOKING).body.split("\n\n")
    begins = [
        "Согласие",
        "Даю согласие",
        "Зачем:",
        "Какие данные:",
        "Что с ними делают:",
        "Срок:",
        "Как отозвать:",
    ]
    assert [text.startswith(begin) for text, begin in zip(paragraphs, begins, strict=False)] == [True] * 7


def test_first_texts_do_not_displace_what_the_clinic_published() -> None:
    services.publish_consent_text(Purpose.BOOKING, version="клиника-2", body=BODY)
    services.publish_first_texts()
    assert selectors.current_consent_text(Purpose.BOOKING).version == "клиника-2"
    assert ConsentText.objects.count() == 6


def test_a_later_text_waits_for_its_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = clock.now() + timedelta(days=7)
    services.publish_consent_text(Purpose.BOOKING, version="2", body=BODY, valid_from=begin)
    assert selectors.current_consent_text(Purpose.BOOKING).version == "1"
    monkeypatch.setattr(clock, "now", lambda: begin)
    assert selectors.current_consent_text(Purpose.BOOKING).version == "2"


def test_publishing_again_changes_nothing_and_other_words_are_refused() -> None:
    card = services.publish_consent_text(Purpose.BOOKING, version="2", body=BODY)
    assert services.publish_consent_text(Purpose.BOOKING, version="2", body=BODY) == card
    with pytest.raises(ConsentTextFinalError) as caught:
        services.publish_consent_text(Purpose.BOOKING, version="2", body=BODY + " Ещё.")
    assert caught.value.code == "consent_text_final"
    assert ConsentText.objects.get(purpose="booking", version="2").body == BODY


def test_a_text_without_an_operator_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        services.publish_consent_text(Purpose.BOOKING, version="2", body="Согласен на всё")


def test_without_a_text_nothing_can_be_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = clock.now() - timedelta(days=365)
    monkeypatch.setattr(clock, "now", lambda: long_ago)
    with pytest.raises(ConsentTextMissingError) as caught:
        selectors.current_consent_text(Purpose.BOOKING)
    assert caught.value.code == "consent_text_missing"


def test_a_published_text_can_be_neither_changed_nor_deleted() -> None:
    before = selectors.current_consent_text(Purpose.BOOKING)
    for statement in (
        "UPDATE patients_consent_text SET body = 'другой'",
        "UPDATE patients_consent_text SET valid_from = valid_from + interval '1 day'",
        "DELETE FROM patients_consent_text",
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            execute(statement)
    assert selectors.current_consent_text(Purpose.BOOKING) == before


def test_a_consent_keeps_version_hash_instant_and_visit(patient: UUID) -> None:
    text, appointment, before = selectors.current_consent_text(Purpose.BOOKING), uuid4(), clock.now()
    services.record_consent(
        patient, purpose="booking", version=text.version, channel="site", appointment_id=appointment
    )
    consent = Consent.objects.get()
    assert (consent.patient_id, consent.purpose, consent.version) == (patient, "booking", text.version)
    assert (consent.sha256, consent.channel, consent.appointment_id) == (text.sha256, "site", appointment)
    assert before <= consent.given_at <= clock.now()
    assert consent.withdrawn_at is None


def test_the_proof_survives_a_new_wording(patient: UUID) -> None:
    services.record_consent(patient, purpose="booking", version="1", channel="site")
    services.publish_consent_text(Purpose.BOOKING, version="2", body=BODY)
    consent = Consent.objects.get()
    agreed = ConsentText.objects.get(purpose=consent.purpose, version=consent.version)
    assert sha256(agreed.body.encode()).hexdigest() == consent.sha256


def test_repeating_a_consent_for_one_visit_changes_nothing(patient: UUID) -> None:
    appointment = uuid4()
    for _ in range(2):
        services.record_consent(
            patient, purpose="booking", version="1", channel="site", appointment_id=appointment
        )
    services.record_consent(patient, purpose="booking", version="1", channel="site", appointment_id=uuid4())
    assert Consent.objects.count() == 2


def test_nobody_agrees_to_what_was_never_published(patient: UUID) -> None:
    for purpose, version in (("booking", "99"), ("marketing", "1")):
        with pytest.raises(ConsentTextUnknownError) as caught:
            services.record_consent(patient, purpose=purpose, version=version, channel="site")
        assert caught.value.code == "consent_text_unknown"
    assert Consent.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        "sha256 = 'x'",
        "version = '2'",
        "given_at = given_at - interval '1 day'",
        "channel = 'api'",
        "appointment_id = gen_random_uuid()",
        "patient_id = gen_random_uuid()",
    ],
)
def test_of_a_consent_nothing_but_its_withdrawal_can_be_added(patient: UUID, change: str) -> None:
    services.record_consent(patient, purpose="booking", version="1", channel="site")
    with pytest.raises(IntegrityError, match="only its withdrawal"):
        execute(f"UPDATE patients_consent SET {change}")  # noqa: S608 - constants of this test
    execute("UPDATE patients_consent SET withdrawn_at = given_at + interval '1 hour'")
    with pytest.raises(IntegrityError, match="only its withdrawal"):
        execute("UPDATE patients_consent SET withdrawn_at = NULL")
    assert Consent.objects.get().withdrawn_at is not None

"""Control C20: what is opened of a patient is what was asked for, and the journal keeps just that."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from domain.patients.factories import new_patient
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.models import Patient
from feldsher.domain.patients.types import PERSON, PatientCard
from feldsher.foundation.access.context import as_service
from feldsher.foundation.audit import words
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.vault.errors import VaultError

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(db: None) -> UUID:
    """Somebody whose e-mail and birth date can't be opened: who opens them too finds out."""
    person = new_patient(family="Вымышленова", birth_date=date(1990, 5, 5), email="proba@example.ru")
    patient = services.ensure_patient(person, channel="site")
    with as_service("booking"):
        Patient.objects.filter(pk=patient).update(email=b"broken", birth_date=b"broken")
    return patient


def test_c20_only_what_is_asked_for_is_opened_and_journalled(patient: UUID) -> None:
    with as_service("booking"):
        cards = selectors.patient_cards([patient, uuid4()], fields=("family", "phone"))
    assert cards[patient] == PatientCard(patient, family="Вымышленова", phone=cards[patient].phone)
    assert cards.keys() == {patient}
    assert cards[patient].phone.startswith("+7")
    look = AccessEntry.objects.latest("id")
    assert (look.what, look.matrix_column, look.fields) == ("person", "K", ["family", "phone"])
    assert (look.patients, look.ids, look.row_count) == ([patient], [patient], 1)


def test_c20_what_is_masked_is_journalled_as_it_is_shown(patient: UUID) -> None:
    with as_service("booking"):
        selectors.patient_cards([patient], fields=("family", "given"), shown=("family", "initials"))
    assert AccessEntry.objects.latest("id").fields == ["family", "initials"]


def test_a_whole_person_is_opened_for_who_asks_for_all(patient: UUID) -> None:
    with as_service("booking"), pytest.raises(VaultError):
        selectors.person(patient)
    with as_service("booking"):
        assert selectors.person(patient, fields=("family",)).family == "Вымышленова"
    assert set(PERSON) <= words.FIELDS.keys()

"""Whom a proved phone may see: control C17, by the clock of the clinic, and people who share a phone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.patients.factories import PHONE, new_patient
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.models import RelatedPerson
from feldsher.domain.patients.types import Behind, NewBooker, Purpose, Relation
from feldsher.foundation.access.context import no_context
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db

BORN = date(2011, 11, 24)
MOSCOW, URAL = "Europe/Moscow", "Asia/Yekaterinburg"
OTHERS = "+79210000018"
MOTHER = NewBooker(Relation.PARENT, "Вымышленова Анна", PHONE)
FRIEND = NewBooker(Relation.OTHER, "Понарошкина Вера", PHONE)
At = Callable[[datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture(autouse=True)
def _texts() -> None:
    body, since = "Согласие {operator}.", datetime(2020, 1, 1, tzinfo=UTC)
    services.publish_consent_text(Purpose.BOOKING, version="test", body=body, valid_from=since)


def seen(phone: str = PHONE, *, zones: tuple[str, ...] = (MOSCOW,)) -> list[UUID]:
    with no_context():
        return [who.patient_id for who in selectors.behind_phone(phone, zones=zones)]


def booked(given: str, booker: NewBooker | None = None, birth_date: date | None = None) -> UUID:
    """Book somebody as a confirmation does: the row, who booked them, and who gave the consent."""
    relation = booker.relation if booker else None
    patient = services.ensure_patient(
        new_patient(given=given, birth_date=birth_date), channel="site", relation=relation
    )
    related = services.ensure_related(patient, booker) if booker else None
    text = selectors.current_consent_text(Purpose.BOOKING)
    services.record_consent(
        patient, purpose=text.purpose, version=text.version, channel="site", given_by=related
    )
    return patient


def test_c17_a_child_leaves_the_parent_s_cabinet_at_midnight_of_its_fifteenth_birthday(at: At) -> None:
    at(datetime(2026, 11, 1, tzinfo=UTC))
    child = booked("Миша", MOTHER, BORN)
    (mother,) = RelatedPerson.objects.values_list("id", flat=True)
    last, first = datetime(2026, 11, 23, 20, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, 21, tzinfo=UTC)
    at(last)
    assert selectors.behind_phone(PHONE, zones=(MOSCOW,)) == (Behind(child, mother),)
    at(first)
    assert seen() == []
    at(datetime(2031, 1, 1, tzinfo=UTC))
    assert seen() == []


def test_c17_of_several_zones_the_one_counts_where_the_birthday_comes_first(at: At) -> None:
    at(datetime(2026, 11, 1, tzinfo=UTC))
    child = booked("Миша", MOTHER, BORN)
    at(datetime(2026, 11, 23, 18, 59, 59, tzinfo=UTC))
    assert seen(zones=(MOSCOW, URAL)) == [child]
    at(datetime(2026, 11, 23, 19, tzinfo=UTC))
    assert seen(zones=(MOSCOW, URAL)) == []
    assert seen(zones=(MOSCOW,)) == [child]


def test_c17_a_consent_as_if_by_the_child_does_not_prolong_it(at: At) -> None:
    at(datetime(2026, 11, 1, tzinfo=UTC))
    child = booked("Миша", MOTHER, BORN)
    assert booked("Миша", None, BORN) == child
    assert seen() == [child]
    at(datetime(2026, 12, 1, tzinfo=UTC))
    assert seen() == []


def test_c17_a_child_of_an_unknown_birth_date_is_not_seen() -> None:
    child = booked("Миша", None)
    assert seen() == [child]
    services.ensure_related(child, MOTHER)
    assert seen() == []


def test_all_patients_of_a_phone_are_behind_it_and_nobody_else(at: At) -> None:
    at(datetime(2026, 11, 1, tzinfo=UTC))
    wife, husband = booked("Вера"), booked("Пётр")
    child = booked("Миша", MOTHER, BORN)
    services.ensure_patient(new_patient(given="Проба", phone=OTHERS), channel="site")
    assert set(seen()) == {wife, husband, child}
    assert seen("+79210000019") == []


def test_who_was_booked_at_their_request_is_not_seen_by_who_booked_them() -> None:
    friend = booked("Ольга", FRIEND)
    assert seen() == []
    assert booked("Ольга", FRIEND) == friend
    assert seen() == []


def test_who_has_booked_themself_too_is_seen_on_their_own_phone() -> None:
    """Somebody else typed this phone for her once: that must not take her visits from her."""
    born = date(1987, 5, 5)
    mine = booked("Ольга", None, born)
    assert booked("Ольга", FRIEND, born) == mine
    assert seen() == [mine]


def test_a_parent_sees_a_child_that_has_a_phone_of_its_own(at: At) -> None:
    at(datetime(2026, 11, 1, tzinfo=UTC))
    child = services.ensure_patient(new_patient(given="Миша", phone=OTHERS, birth_date=BORN), channel="site")
    services.ensure_related(child, MOTHER)
    assert seen() == [child]
    assert seen(OTHERS) == [], "it has not consented itself"

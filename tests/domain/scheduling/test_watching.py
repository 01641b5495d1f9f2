"""What the domain answers to whoever watches over reads: visits, kin by blind indexes, age of the record.

Control C35.
"""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.patients.factories import new_patient
from domain.scheduling.factory import NOW, appointment
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.persons import family_forms, name_key
from feldsher.domain.scheduling.selectors import patient_facts
from feldsher.foundation.access.context import no_context
from feldsher.foundation.watch import gateways

pytestmark = pytest.mark.django_db
ANNA, BORIS = uuid4(), uuid4()
STAFF = {ANNA: "Выдумкина Анна", BORIS: "Борис Небывальский"}
_phones = count(79210000100)


def patient(family: str) -> UUID:
    return patients.ensure_patient(new_patient(family=family, phone=f"+{next(_phones)}"), channel="test")


def visit(whom: UUID, *, days: float, state: str = "booked") -> None:
    start = NOW + timedelta(days=days)
    appointment(start, start + timedelta(minutes=30), patient=whom, state=state, practitioner=uuid4())


def has_visit(whom: UUID) -> bool:
    return patient_facts([whom], at=NOW, staff={})[whom].has_visit


def test_c35_the_product_has_bound_its_domain() -> None:
    assert gateways.patient_facts() is patient_facts


def test_c35_kin_are_found_in_both_forms_and_names_stay_sealed() -> None:
    same, man, other = patient("Выдумкина"), patient("Выдумкин"), patient("Посторонняя")
    woman = patient("Небывальская")
    with CaptureQueriesContext(connection) as asked:
        found = patient_facts([same, man, other, woman], at=NOW, staff=STAFF)
    assert {whom: facts.kin for whom, facts in found.items()} == {
        same: {ANNA},
        man: {ANNA},
        other: frozenset(),
        woman: {BORIS},
    }
    assert [found[each].commonness for each in (same, man, other, woman)] == [0.5, 0.5, 0, 0.25]
    assert not any(name in query["sql"] for query in asked for name in ("ыдумкин", "ебывальск"))


def test_c35_who_shares_a_given_name_is_no_kin() -> None:
    whom = patient("Вымышленова")
    assert patient_facts([whom], at=NOW, staff={ANNA: "Проба В."})[whom].kin == frozenset()


@pytest.mark.parametrize(
    ("days", "state", "expected"),
    [
        (1, "booked", True),
        (89, "booked", True),
        (91, "booked", False),
        (-13, "fulfilled", True),
        (-15, "fulfilled", False),
        (1, "cancelled", True),
        (1, "rejected", True),
        (1, "released", False),
    ],
)
def test_c35_a_visit_gives_the_desk_a_reason_for_a_while(days: float, state: str, *, expected: bool) -> None:
    whom = patient("Вымышленова")
    visit(whom, days=days, state=state)
    assert has_visit(whom) is expected


def test_c35_facts_need_no_context_and_unknown_patients_are_left_out(set_clock: SetClock) -> None:
    moment = datetime.fromisoformat("2026-11-20T10:00:00+03:00")
    set_clock(moment)
    whom = patient("Вымышленова")
    with no_context():
        found = patient_facts([whom, uuid4()], at=NOW, staff=STAFF)
        assert patient_facts([], at=NOW, staff=STAFF) == {}
    assert list(found) == [whom]
    assert (found[whom].created_at, found[whom].has_visit) == (moment, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов", "Иванова"),
        ("Соловьёв", "Соловьева"),
        ("Синицын", "Синицына"),
        ("Небывальский", "Небывальская"),
        ("Белый", "Белая"),
        ("Толстой", "Толстая"),
    ],
)
def test_a_family_is_found_by_its_man_and_its_woman(one: str, other: str) -> None:
    assert name_key(other) in family_forms(one)
    assert name_key(one) in family_forms(other)


def test_a_name_without_forms_is_itself() -> None:
    assert family_forms("Ким") == {"ким"}
    assert family_forms("Салтыков-Щедрин") == {"салтыковщедрин", "салтыковщедрина"}

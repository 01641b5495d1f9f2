"""The patient's card: found before it is made, and never somebody else's."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import Ambiguous, NotSent, PatientRef, Person, Unknown
from integrations.mis.infoclinica.factory import PERSON, Canned, Clinic, ack

CARD = "<CLIENT_MAININFO><PCODE>{}</PCODE><PNAME>{}</PNAME><BDATE>{}</BDATE></CLIENT_MAININFO>"


def card(code: str = "900005", name: str = "Тест Примерович", born: str = "19900517") -> str:
    return CARD.format(code, name, born)


def test_trap_15_a_card_is_made_once_and_found_from_then_on(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    first = gateway.ensure_patient(PERSON, location_id="1")
    assert isinstance(first, PatientRef)
    assert gateway.ensure_patient(PERSON, location_id="1") == first
    (made,) = clinic.simulator.base.cards.values()
    assert (made.family, made.given, made.middle, made.phone, made.birth_date) == (
        "Записнов", "Тест", "Примерович", "+7(900)000-00-11", "19900517",
    )  # fmt: skip


def test_a_family_behind_one_phone_has_a_card_each(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    child = Person("Записнова", "Проба", "Тестовна", PERSON.phone, birth_date=date(2018, 3, 1))
    assert gateway.ensure_patient(PERSON, location_id="1") != gateway.ensure_patient(child, location_id="1")
    assert len(clinic.simulator.base.cards) == 2


def test_a_namesake_of_another_birth_date_is_another_person(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    other = replace(PERSON, birth_date=date(2016, 5, 17))
    assert gateway.ensure_patient(PERSON, location_id="1") != gateway.ensure_patient(other, location_id="1")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (card(), PatientRef("900005")),
        (card(name="ЗАПИСНОВ Тест  Примерович"), PatientRef("900005")),
        (card(born=""), PatientRef("900005")),
        (card() + card("900006"), Ambiguous(2)),
        (card() + card(), PatientRef("900005")),
        (card() + card("900006", born="19910101"), PatientRef("900005")),
        (card(name=""), PatientRef("77")),
        (card(name="Записнов"), PatientRef("77")),
        (card(name="Тест Другович"), PatientRef("77")),
        (card(born="19900518"), PatientRef("77")),
    ],
)
def test_a_card_is_a_person_s_only_if_all_that_it_tells_agrees(
    canned: Canned, told: str, outcome: object
) -> None:
    canned.tell(CLIENT_CHECK=told, CLIENT_ADD="<PCODE>77</PCODE>")
    assert canned.gateway().ensure_patient(PERSON, location_id="1") == outcome


NOBODY = ack("CLIENT_CHECK", "", result=0).replace("…".encode(), "Пациент не найден".encode())


@pytest.mark.parametrize("told", ["", card(code="0x5"), card() + card(code="")])
def test_trap_07_a_success_without_cards_that_can_be_read_makes_none(canned: Canned, told: str) -> None:
    canned.tell(CLIENT_CHECK=told, CLIENT_ADD="<PCODE>77</PCODE>")
    assert isinstance(canned.gateway().ensure_patient(PERSON, location_id="1"), NotSent)
    assert len(canned.sent) == 1


def test_trap_15_a_search_that_is_refused_for_another_reason_makes_no_card(canned: Canned) -> None:
    canned.tell(CLIENT_ADD="<PCODE>77</PCODE>")
    canned.says["CLIENT_CHECK"] = ack("CLIENT_CHECK", "", result=0)
    assert isinstance(canned.gateway().ensure_patient(PERSON, location_id="1"), NotSent)
    canned.says["CLIENT_CHECK"] = ack("CLIENT_CHECK", "", result=-2)
    assert canned.gateway().ensure_patient(PERSON, location_id="1") == PatientRef("77")


def test_letters_e_and_yo_are_one(canned: Canned) -> None:
    canned.tell(CLIENT_CHECK=card(name="Семен", born=""))
    assert canned.gateway().ensure_patient(
        Person("Ёлкин", "Семён", "", "+79000000011"), location_id="1"
    ) == PatientRef("900005")


@pytest.mark.parametrize(
    ("operation", "fault", "outcome"),
    [
        ("CLIENT_CHECK", "http_500", NotSent),
        ("CLIENT_CHECK", "html", NotSent),
        ("CLIENT_ADD", "http_500", Unknown),
        ("CLIENT_ADD", "commit_then_drop", Unknown),
        ("CLIENT_ADD", "empty_ok", Unknown),
    ],
)
def test_what_was_lost_is_told_as_what_it_is(
    clinic: Clinic, operation: str, fault: str, outcome: type[object]
) -> None:
    clinic.fault(fault, operation=operation)
    assert isinstance(clinic.gateway().ensure_patient(PERSON, location_id="1"), outcome)


def test_trap_15_a_card_whose_answer_was_lost_is_found_the_next_time(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    clinic.fault("commit_then_drop", operation="CLIENT_ADD")
    gateway.ensure_patient(PERSON, location_id="1")
    assert isinstance(gateway.ensure_patient(PERSON, location_id="1"), PatientRef)
    assert len(clinic.simulator.base.cards) == 1


def test_a_card_that_is_refused_is_told_without_words_that_may_name_anybody(canned: Canned) -> None:
    canned.says["CLIENT_CHECK"] = NOBODY
    canned.says["CLIENT_ADD"] = ack("CLIENT_ADD", "", result=0).replace(
        "…".encode(), "Записнов есть".encode()
    )
    assert canned.gateway().ensure_patient(PERSON, location_id="1") == NotSent(
        "the patient's card was not made: SPRESULT 0", is_answered=True
    )


def test_trap_15_a_search_that_does_not_find_what_was_made_is_an_error_in_the_log(
    canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    canned.tell(CLIENT_ADD="<PCODE>77</PCODE>")
    canned.says["CLIENT_CHECK"] = NOBODY
    canned.gateway().ensure_patient(PERSON, location_id="1")
    assert ["check_mode or patient_login is wrong" in record.message for record in caplog.records] == [True]
    assert PERSON.family not in caplog.text
    assert PERSON.phone not in caplog.text


@pytest.mark.parametrize(
    ("options", "person", "words"),
    [
        ({}, PERSON, "<LOGIN>+7(900)000-00-11</LOGIN><CHECKMODE>11</CHECKMODE>"),
        ({"phone_style": "digits"}, PERSON, "<LOGIN>79000000011</LOGIN>"),
        (
            {"phone_style": "e164", "check_mode": 3},
            PERSON,
            "<LOGIN>+79000000011</LOGIN><CHECKMODE>3</CHECKMODE>",
        ),
        ({}, replace(PERSON, phone="+375290000000"), "<LOGIN>+375290000000</LOGIN>"),
        ({"patient_login": "email"}, replace(PERSON, email="a@b.example"), "<LOGIN>a@b.example</LOGIN>"),
    ],
)
def test_a_card_is_looked_for_as_the_profile_says(
    canned: Canned, options: dict[str, Any], person: Person, words: str
) -> None:
    canned.tell(CLIENT_CHECK=card())
    canned.gateway(**options).ensure_patient(person, location_id="1")
    assert words in canned.sent[0].decode()


@pytest.mark.parametrize(
    ("middle", "options", "gender"),
    [
        ("Примерович", {}, "<GENDER>1</GENDER>"),
        ("Тестовна", {}, "<GENDER>2</GENDER>"),
        ("Джон", {}, ""),
        ("", {}, ""),
        ("Тестовна", {"gender": "omit"}, ""),
    ],
)
def test_the_sex_is_told_by_the_patronymic_or_not_at_all(
    canned: Canned, middle: str, options: dict[str, Any], gender: str
) -> None:
    canned.tell(CLIENT_ADD="<PCODE>77</PCODE>")
    canned.says["CLIENT_CHECK"] = NOBODY
    canned.gateway(**options).ensure_patient(replace(PERSON, middle=middle), location_id="1")
    sent = canned.sent[1].decode()
    assert (gender in sent, sent.count("<GENDER>")) == (True, int(bool(gender)))


def test_trap_15_who_can_not_be_looked_for_gets_no_card(canned: Canned) -> None:
    canned.tell(CLIENT_ADD="<PCODE>77</PCODE>")
    assert isinstance(canned.gateway(patient_login="email").ensure_patient(PERSON, location_id="1"), NotSent)
    assert canned.sent == []

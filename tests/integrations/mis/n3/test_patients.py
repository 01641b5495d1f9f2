"""Cards: found by name and birth date in the LPU of the visit, made once, chosen by a person in doubt."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import Ambiguous, NotSent, PatientRef, Unknown
from integrations.mis.n3.factory import CHILD, PERSON, Hand, Hub, field, refused

SEARCH, ADD = "SearchTop10Patient", "AddNewPatient"


def card(
    number: str, *, name: str = "Алёна", middle: str = "", born: str = "1990-05-17T00:00:00", phone: str = ""
) -> str:
    return (
        f"<a:Patient><a:Birthday>{born}</a:Birthday><a:CellPhone>{phone}</a:CellPhone><a:IdPat>{number}</a:IdPat>"
        f"<a:Name>{name}</a:Name><a:SecondName>{middle}</a:SecondName><a:Surname>ЗАПИСНОВА</a:Surname></a:Patient>"
    )


def cards(hand: Hand, *rows: str) -> None:
    hand.results |= {
        SEARCH: f"<a:ListPatient>{''.join(rows)}</a:ListPatient>",
        ADD: "<a:IdPat>made</a:IdPat>",
    }


def test_trap_15_a_card_is_made_once_and_found_from_then_on(either: Hub) -> None:
    first = either.patient()
    assert either.patient() == first
    assert [row["location"] for row in either.cards()] == ["1"]


def test_trap_15_each_lpu_has_a_card_of_its_own(hub: Hub) -> None:
    assert hub.patient(lpu="1") != hub.patient(lpu="2")
    assert sorted(row["location"] for row in hub.cards()) == ["1", "2"]


def test_trap_15_a_mother_and_her_child_behind_one_phone_are_two(hub: Hub) -> None:
    assert hub.patient() != hub.patient(CHILD)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ((card("1"),), PatientRef("1")),
        ((card("1", name="алена"),), PatientRef("1")),
        ((card("1", middle="Примеровна"),), PatientRef("1")),
        ((card("1", born="1990-05-17"),), PatientRef("1")),
        ((card("1", middle="Другая"),), PatientRef("made")),
        ((card("1", name="Алёнушка"),), PatientRef("made")),
        ((card("1", born="1991-05-17T00:00:00"),), PatientRef("made")),
        ((card("1", born=""),), PatientRef("made")),
        ((card("1", born="0001-01-01T00:00:00"),), PatientRef("made")),
        ((card(""),), PatientRef("made")),
        ((card("1"), card("1")), PatientRef("1")),
        ((card("1"), card("2", phone="8 (900) 000-00-11")), PatientRef("2")),
        ((card("1"), card("2")), Ambiguous(2)),
        ((card("1", phone="9000000011"), card("2", phone="+79000000011")), Ambiguous(2)),
        (tuple(card(str(number), name="Алёнушка") for number in range(10)), Ambiguous(0)),
        ((), PatientRef("made")),
    ],
    ids=str,
)  # fmt: skip
def test_a_card_is_the_person_s_by_name_and_birth_date(
    hand: Hand, rows: tuple[str, ...], outcome: Any
) -> None:
    cards(hand, *rows)
    assert hand.gateway().ensure_patient(PERSON, location_id="1") == outcome
    assert len(hand.sent(ADD)) == (outcome == PatientRef("made"))


def test_the_card_is_looked_for_in_the_lpu_of_the_visit(hand: Hand) -> None:
    cards(hand)
    hand.gateway(lpus={"1": "", "2": ""}).ensure_patient(PERSON, location_id="2")
    assert [field(call, "idLpu") for call in hand.asked] == ["2", "2"]


def test_without_a_birth_date_the_phone_must_agree_and_no_card_is_made(hand: Hand) -> None:
    nobody = replace(PERSON, birth_date=None)
    cards(hand, card("1"), card("2", phone="89000000011"))
    assert hand.gateway().ensure_patient(nobody, location_id="1") == PatientRef("2")
    cards(hand, card("1"))
    assert hand.gateway().ensure_patient(nobody, location_id="1") == Ambiguous(0)
    assert hand.sent(ADD) == []


def test_a_clinic_that_makes_its_cards_itself_is_asked_to(hand: Hand) -> None:
    cards(hand)
    assert hand.gateway(adds_patients=False).ensure_patient(PERSON, location_id="1") == Ambiguous(0)
    assert hand.sent(ADD) == []


def test_a_search_that_is_refused_with_no_such_patient_found_nobody(hand: Hand) -> None:
    cards(hand)
    hand.results[SEARCH] = lambda call: refused(call, (20, "Пациент не найден"))
    assert hand.gateway().ensure_patient(PERSON, location_id="1") == PatientRef("made")
    hand.results[SEARCH] = lambda call: refused(call, (99, "Прочее"))
    assert isinstance(hand.gateway().ensure_patient(PERSON, location_id="1"), NotSent)


@pytest.mark.parametrize("name", ["http_500", "garbage", "refused", "commit_then_drop"])
def test_a_search_that_fails_makes_no_second_card(hub: Hub, name: str) -> None:
    hub.fault(name, SEARCH)
    assert isinstance(hub.gateway().ensure_patient(PERSON, location_id="1"), NotSent)
    assert hub.cards() == []


@pytest.mark.parametrize("name", ["commit_then_drop", "garbage", "http_500", "empty_ok"])
def test_trap_15_a_card_whose_answer_was_lost_is_found_by_the_next_run(hub: Hub, name: str) -> None:
    hub.fault(name, ADD, times=1)
    assert isinstance(hub.gateway().ensure_patient(PERSON, location_id="1"), Unknown)
    hub.patient()
    assert len(hub.cards()) == 1


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (21, "Данные пациента не являются уникальными", Ambiguous(0)),
        (99, "Нет полиса", Ambiguous(0)),
        (99, "Внутренняя ошибка", Unknown("error 99")),
        (1, "Доступ запрещён", Unknown("error 1")),
    ],
)
def test_a_card_that_the_clinic_does_not_make_for_us_is_asked_of_a_person(
    hand: Hand, code: int, text: str, outcome: Any
) -> None:
    cards(hand)
    hand.results[ADD] = lambda call: refused(call, (code, text))
    assert hand.gateway().ensure_patient(PERSON, location_id="1") == outcome


def test_nothing_of_the_person_is_in_what_an_outcome_says(hand: Hand) -> None:
    hand.results[SEARCH] = lambda _: b"Zapisnova <"
    told = str(hand.gateway().ensure_patient(replace(PERSON, birth_date=date(1990, 5, 17)), location_id="1"))
    assert "Записнова" not in told
    assert "Zapisnova" not in told

"""Booking by the project's service: the contract's own words, an older service's, and answers by hand."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    Booked,
    Cancelled,
    Found,
    Indeterminate,
    NotSent,
    PatientConflict,
    Rejected,
    Taken,
    Unknown,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.odata_1c.factory import (
    CELLS,
    FIRST,
    OLDER,
    PERSON,
    REFERENCE,
    Clinic,
    Hand,
    query,
    request,
    slot_of,
)
from testbench.odata_1c.model import SERVICES

DIALECTS: dict[str, dict[str, Any]] = {"the contract": {}, "an older service": {"booking": OLDER}}
STANDS: dict[str, Any] = {
    "reference": REFERENCE, "state": "booked", "doctor": FIRST.practitioner_id, "branch": FIRST.location_id,
    "begin": "2026-12-01T09:30:00", "minutes": 30,
}  # fmt: skip
ASKED = request(slot_of())


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> dict[str, Any]:
    told: dict[str, Any] = DIALECTS[request.param]
    return told


def test_a_visit_is_booked_read_back_and_cancelled(clinic: Clinic, dialect: dict[str, Any]) -> None:
    gateway, asked = clinic.gateway(**dialect), request(clinic.slot())
    assert gateway.find_booking(query(asked.slot)) == Absent()
    assert gateway.book(asked) == Booked(REFERENCE)
    assert gateway.find_booking(query(asked.slot)) == Found(REFERENCE, "booked", asked.slot.begin)
    (row,) = clinic.site_visits()
    assert (row["client_ref"], row["start"][:19]) == (REFERENCE, asked.slot.begin.iso())
    assert row["client"] == "Записнов Тест Примерович +70000000011 1990-05-17"
    assert gateway.cancel(REFERENCE, reason="") == Cancelled()
    assert gateway.find_booking(query(asked.slot)) == Found(REFERENCE, "cancelled")
    assert clinic.site_visits() == []


def test_trap_02_what_a_registrar_took_meanwhile_is_taken(clinic: Clinic, dialect: dict[str, Any]) -> None:
    asked = request(clinic.slot())
    clinic.fault("clerk_race", "book", times=1)
    assert clinic.gateway(**dialect).book(asked) == Taken("Время занято")
    assert clinic.site_visits() == []


def test_trap_03_an_overlap_is_taken_whatever_its_begin(clinic: Clinic, dialect: dict[str, Any]) -> None:
    gateway, slot = clinic.gateway(**dialect), clinic.slot(minutes=60)
    assert isinstance(gateway.book(request(replace(slot, minutes=60))), Booked)
    other = replace(slot, begin=slot.begin.plus(45 * 60), minutes=30)
    asked = request(other, reference=str(uuid4()), person=replace(PERSON, phone="+70000000012"))
    assert isinstance(gateway.book(asked), Taken)
    assert len(clinic.site_visits()) == 1


def test_trap_15_a_clash_of_the_patient_s_own_visits_is_told(clinic: Clinic, dialect: dict[str, Any]) -> None:
    gateway, slot = clinic.gateway(**dialect), clinic.slot()
    assert isinstance(gateway.book(request(slot)), Booked)
    cells = clinic.gateway(time=CELLS["time"]).free(clinic.window()).items
    other = next(
        one.resource
        for one in cells
        if one.kind == "free" and one.begin == slot.begin and one.resource.location_id == FIRST.location_id
    )
    asked = request(replace(slot, resource=other), reference=str(uuid4()))
    assert isinstance(gateway.book(asked), PatientConflict)


def test_what_is_sent_is_what_the_docs_have(hand: Hand) -> None:
    hand.service = lambda _: (201, STANDS)
    assert hand.gateway().book(ASKED) == Booked(REFERENCE)
    (asked,) = hand.asked
    assert (asked.method, asked.path) == ("PUT", f"/polyclinic/hs/feldsher/visits/{REFERENCE}")
    assert asked.headers["Authorization"] == "Basic ZGVtbzpkZW1v"
    assert json.loads(asked.body) == {
        "doctor": FIRST.practitioner_id,
        "branch": FIRST.location_id,
        "service": SERVICES[0].id,
        "begin": "2026-12-01T09:30:00",
        "minutes": 30,
        "patient": {
            "family": "Записнов", "given": "Тест", "middle": "Примерович", "phone": "+70000000011",
            "birth_date": "1990-05-17", "email": "a@b.c",
        },
        "comment": "звонить после 10",
    }  # fmt: skip


def test_an_older_service_is_spoken_with_in_its_own_words(hand: Hand) -> None:
    hand.service = lambda _: (200, {"Номер": REFERENCE, "Состояние": "НеИзвестен", "КодОтказа": ""})
    gateway = hand.gateway(booking=OLDER)
    assert gateway.find_booking(query(ASKED.slot)) == Absent()
    assert isinstance(gateway.book(ASKED), Unknown)
    asked, booked = hand.asked
    assert (asked.method, asked.path) == ("POST", "/polyclinic/hs/zapis/sostoyanie")
    assert json.loads(asked.body) == {"Номер": REFERENCE}
    told = json.loads(booked.body)
    assert told["Пациент"]["ДатаРождения"] == "1990-05-17"
    assert (told["Номер"], told["Начало"], told["Минут"]) == (REFERENCE, "2026-12-01T09:30:00", 30)


@pytest.mark.parametrize(
    ("status", "told", "outcome"),
    [
        (201, STANDS, Booked(REFERENCE)),
        (200, STANDS | {"begin": "2026-12-01T09:30"}, Booked(REFERENCE)),
        (200, STANDS | {"code": ""}, Booked(REFERENCE)),
        (200, STANDS | {"code": None}, Booked(REFERENCE)),
        (409, {"code": "taken", "text": "Занято"}, Taken("Занято")),
        (200, {"code": "taken"}, Taken()),
        (422, {"code": "age_limit"}, AgeLimit()),
        (422, {"code": "doctor_ill", "text": "Врач болен"}, Rejected("doctor_ill", "Врач болен")),
        (200, {"reference": REFERENCE, "state": "cancelled"}, Rejected("cancelled")),
        (200, {"reference": REFERENCE, "state": "none", "code": "taken"}, Taken()),
        (200, {"reference": REFERENCE, "state": "cancelled", "code": "too_late"}, Rejected("too_late")),
        (401, {}, NotSent("the secret is not taken (HTTP 401)")),
        (404, {}, NotSent("the address is wrong (HTTP 404)")),
    ],
)
def test_what_an_answer_proves(hand: Hand, status: int, told: Any, outcome: Any) -> None:
    hand.service = lambda _: (status, told)
    assert hand.gateway().book(ASKED) == outcome


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, {}),
        (200, {"reference": REFERENCE, "state": "none"}),
        (200, STANDS | {"reference": "0f8fad5b-d9cb-469f-a165-708677289500"}),
        (200, STANDS | {"begin": "2026-12-01T09:30:30"}),
        (200, STANDS | {"begin": "2026-12-01T10:30:00"}),
        (200, STANDS | {"begin": "0001-01-01T09:30:00"}),
        (200, STANDS | {"begin": "2026-12-01T09:30:00Z"}),
        (200, STANDS | {"minutes": 60}),
        (200, STANDS | {"doctor": "x"}),
        (200, STANDS | {"code": "Ошибка записи"}),
        (200, STANDS | {"code": 7}),
        (200, STANDS | {"code": "taken"}),
        (201, STANDS | {"code": "patient_conflict"}),
        (409, STANDS | {"code": "already_booked"}),
        (409, {"code": "Занято"}),
        (409, {"text": "Занято"}),
        (500, {"code": "taken"}),
        (502, b"<html>Bad Gateway</html>"),
        (302, b""),
    ],
)
def test_what_proves_nothing_is_unknown(hand: Hand, status: int, told: Any) -> None:
    hand.service = lambda _: (status, told)
    assert isinstance(hand.gateway().book(ASKED), Unknown)


@pytest.mark.parametrize(
    ("status", "told", "outcome"),
    [
        (200, {"code": "too_late"}, Rejected("too_late")),
        (200, STANDS | {"code": "too_late"}, Rejected("too_late")),
        (409, STANDS | {"code": "too_late"}, Rejected("too_late")),
        (200, {"reference": REFERENCE, "state": "none", "code": "no_visit"}, Rejected("no_visit")),
        (200, {"reference": REFERENCE, "state": "cancelled", "code": ""}, Cancelled()),
        (
            200,
            {"reference": REFERENCE, "state": "cancelled", "code": "done"},
            Unknown("HTTP 200, done and refused at once"),
        ),
        (
            409,
            {"reference": REFERENCE, "state": "cancelled", "code": "already_cancelled"},
            Unknown("HTTP 409, done and refused at once"),
        ),
    ],
)
def test_what_an_answer_to_a_cancel_proves(hand: Hand, status: int, told: Any, outcome: Any) -> None:
    hand.service = lambda _: (status, told)
    assert hand.gateway().cancel(REFERENCE, reason="") == outcome


@pytest.mark.parametrize("state", ["booked", "cancelled", "none"])
def test_a_state_beside_a_code_says_nothing_of_a_visit(hand: Hand, state: str) -> None:
    hand.service = lambda _: (200, STANDS | {"state": state, "code": "ok"})
    assert isinstance(hand.gateway().find_booking(query(ASKED.slot)), Indeterminate)


def test_a_refusal_of_a_visit_that_stands_is_read_back(hand: Hand) -> None:
    told = {"Номер": REFERENCE, "Состояние": "Записан", "Врач": FIRST.practitioner_id,
            "Филиал": FIRST.location_id, "Начало": "2026-12-01T09:30:00", "Минут": 30}  # fmt: skip
    hand.service = lambda asked: (200, told | ({"КодОтказа": "Занято"} if "zapisat" in asked.path else {}))
    gateway = hand.gateway(booking=OLDER)
    assert isinstance(gateway.book(ASKED), Unknown)
    assert gateway.find_booking(query(ASKED.slot)) == Found(REFERENCE, "booked", ASKED.slot.begin)


def test_a_404_is_never_an_absent_visit(hand: Hand) -> None:
    hand.service = lambda _: (404, {"reference": REFERENCE, "state": "none"})
    assert hand.gateway().find_booking(query(ASKED.slot)) == Indeterminate("the address is wrong (HTTP 404)")


def test_what_has_no_words_is_not_sent(hand: Hand) -> None:
    gateway = hand.gateway()
    late = replace(slot_of(), begin=WallTime(slot_of().begin.day, 34230))
    assert gateway.book(request(late)) == Rejected("bad_time")
    assert gateway.book(request(slot_of(minutes=1440))) == Rejected("bad_time")
    assert gateway.book(request(slot_of(), person=replace(PERSON, phone="112"))) == Rejected("bad_person")
    assert gateway.cancel("90417", reason="") == Rejected("made_by_the_clinic")
    assert hand.asked == []

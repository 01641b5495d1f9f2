"""Booking, reading back and cancelling, against the stand-in and against answers written by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    Booked,
    Cancelled,
    Found,
    Indeterminate,
    NeedsReferral,
    NotSent,
    PatientConflict,
    Rejected,
    Taken,
    Unknown,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.plain.factory import (
    PERSON,
    REFERENCE,
    SECRET,
    Desk,
    Scripted,
    query,
    request,
    slot_of,
    through,
)

STANDS: dict[str, Any] = {
    "reference": REFERENCE, "state": "booked", "doctor": "d1", "branch": "north", "begin": "2026-12-01T09:30",
    "minutes": 30,
}  # fmt: skip
ASKED = request(slot_of(), reference=REFERENCE, comment="Приду\nс сестрой")


def test_a_visit_is_booked_read_back_and_cancelled(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    assert gateway.find_booking(query(asked)) == Absent()
    assert gateway.book(asked) == Booked(asked.reference)
    assert gateway.find_booking(query(asked)) == Found(asked.reference, "booked", asked.slot.begin)
    assert gateway.cancel(asked.reference, reason="") == Cancelled()
    assert gateway.find_booking(query(asked)) == Found(asked.reference, "cancelled")
    assert desk.booked() == []


def test_what_is_sent_is_what_the_contract_has(port: Scripted) -> None:
    port.says(STANDS, status=201)
    assert through(port.url + "/").book(ASKED) == Booked(REFERENCE)
    (asked,) = port.seen
    assert (asked.method, asked.path, asked.headers["X-Api-Key"]) == (
        "PUT",
        f"/site/v1/visits/{REFERENCE}",
        SECRET,
    )
    assert json.loads(asked.body) == {
        "doctor": "d1",
        "branch": "north",
        "service": "s1",
        "begin": "2026-12-01T09:30",
        "minutes": 30,
        "patient": {
            "family": "Записнов",
            "given": "Тест",
            "middle": "Примерович",
            "phone": "+70000000011",
            "birth_date": "1990-05-17",
            "email": "a@b.example",
        },
        "comment": "Приду с сестрой",
    }


def test_trap_01_the_same_reference_is_the_same_visit(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    assert [gateway.book(asked) for _ in range(3)] == [Booked(asked.reference)] * 3
    assert len(desk.booked()) == 1


def test_trap_02_what_a_registrar_took_meanwhile_is_taken(desk: Desk) -> None:
    asked = request(desk.slot())
    desk.fault("clerk_race", "book")
    assert desk.gateway().book(asked) == Taken()
    assert [row["reference"] for row in desk.booked()] == [None]


@pytest.mark.parametrize(("hour", "minutes"), [("09:45", 30), ("10:15", 30), ("09:00", 120), ("10:10", 10)])
def test_trap_03_overlaps_are_taken_whatever_their_begin(desk: Desk, hour: str, minutes: int) -> None:
    gateway = desk.gateway()
    assert isinstance(gateway.book(request(desk.slot())), Booked)
    other = replace(desk.slot(hour=hour), minutes=minutes)
    assert gateway.book(request(other, person=replace(PERSON, phone="+70000000012"))) == Taken()
    assert len(desk.booked()) == 1


def test_trap_04_a_visit_that_is_longer_than_what_is_left_is_taken(desk: Desk) -> None:
    slot = replace(desk.slot(hour="12:45"), minutes=30)
    assert desk.gateway().book(request(slot)) == Taken()
    assert isinstance(desk.gateway().book(request(replace(slot, minutes=15))), Booked)


def test_trap_08_a_reference_is_never_used_again(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    gateway.book(asked)
    gateway.cancel(asked.reference, reason="")
    assert gateway.book(asked) == Rejected("cancelled")
    assert desk.booked() == []


def test_trap_08_a_booking_that_arrives_after_its_cancel_comes_to_nothing(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    assert gateway.cancel(asked.reference, reason="") == Cancelled()
    assert gateway.book(asked) == Rejected("cancelled")
    assert desk.booked() == []


@pytest.mark.parametrize(
    "other", [{"doctor": "d2"}, {"branch": "ural"}, {"begin": "2026-12-01T10:30"}, {"minutes": 20}]
)
def test_trap_09_a_visit_that_stands_elsewhere_is_not_the_one_that_was_asked_for(
    port: Scripted, other: dict[str, Any]
) -> None:
    port.says(STANDS | other, status=201)
    assert through(port.url).book(ASKED) == Unknown("the visit stands otherwise than it was asked for")


def test_trap_09_a_doctor_of_two_branches_is_in_one_place_at_a_time(desk: Desk) -> None:
    """14:00 in Yekaterinburg is 12:00 in Moscow."""
    clinic = desk.simulator.clinic
    day = desk.day()
    with clinic.writing() as db:
        for branch in ("north", "ural"):
            db.execute("INSERT INTO work VALUES ('d3', ?, ?, ?)", [branch, f"{day}T08:00", f"{day}T20:00"])
    north, ural = (
        desk.slot(doctor="d3", branch=one, hour=hour) for one, hour in (("north", "12:00"), ("ural", "14:00"))
    )
    assert isinstance(desk.gateway().book(request(north)), Booked)
    stranger = replace(PERSON, phone="+70000000012")
    assert desk.gateway().book(request(ural, person=stranger)) == Taken()
    later = replace(ural, begin=ural.begin.plus(30 * 60))
    assert isinstance(desk.gateway().book(request(later, person=stranger)), Booked)


def test_trap_12_a_visit_that_a_registrar_moved_is_found_at_its_new_time(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    gateway.book(asked)
    desk.simulator.clinic.clerk_moves(desk.booked()[0]["id"], f"{desk.day()}T11:00")
    assert gateway.find_booking(query(asked)) == Found(asked.reference, "booked", asked.slot.begin.plus(3600))
    assert isinstance(gateway.book(asked), Unknown)
    assert [row["begin"] for row in desk.booked()] == [f"{desk.day()}T11:00"]


def test_trap_15_one_person_has_one_card_and_one_visit_at_a_time(desk: Desk) -> None:
    gateway = desk.gateway()
    assert isinstance(gateway.book(request(desk.slot())), Booked)
    assert gateway.book(request(desk.slot(doctor="d2"))) == PatientConflict()
    assert len(desk.booked()) == 1


def test_trap_16_cancelling_twice_or_after_a_registrar_is_success(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    gateway.book(asked)
    desk.simulator.clinic.clerk_cancels(desk.booked()[0]["id"])
    assert [gateway.cancel(asked.reference, reason="") for _ in range(2)] == [Cancelled()] * 2


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (409, "taken", Taken("Занято")),
        (422, "patient_conflict", PatientConflict("Занято")),
        (422, "needs_referral", NeedsReferral("Занято")),
        (422, "age_limit", AgeLimit("Занято")),
        (422, "unknown_party", Rejected("unknown_party", "Занято")),
        (422, "closed_for_repairs", Rejected("closed_for_repairs", "Занято")),
        (400, "bad_request", Rejected("bad_request", "Занято")),
    ],
)
def test_a_refusal_with_a_code_wrote_nothing(port: Scripted, status: int, code: str, outcome: object) -> None:
    port.says({"code": code, "text": " Занято\n"}, status=status)
    assert through(port.url).book(ASKED) == outcome


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"detail": []}', b'{"code": 7}', b'{"code": "No Way"}']
)
def test_a_refusal_without_a_code_proves_nothing(port: Scripted, status: int, body: bytes) -> None:
    gateway = through(port.says(body, status=status).url)
    assert isinstance(gateway.book(ASKED), Unknown)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), Unknown)
    assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)


@pytest.mark.parametrize("status", [301, 307, 308, 401, 403, 404, 405, 411, 413, 414, 415, 429, 431])
@pytest.mark.parametrize("body", [b"<html>nginx</html>", b'{"code": "taken"}'])
def test_who_was_stopped_at_the_door_has_written_nothing(port: Scripted, status: int, body: bytes) -> None:
    gateway = through(port.says(body, status=status).url)
    assert isinstance(gateway.book(ASKED), NotSent)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), NotSent)
    assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)


@pytest.mark.parametrize("status", [202, 204, 302, 303, 304, 402, 408, 410, 418, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b'{"code": "taken"}'])
def test_any_other_status_proves_nothing(port: Scripted, status: int, body: bytes) -> None:
    port.says(b"" if status in {204, 304} else body, status=status)
    gateway = through(port.url)
    assert gateway.book(ASKED) == Unknown(f"HTTP {status}")
    assert gateway.cancel(REFERENCE, reason="") == Unknown(f"HTTP {status}")
    assert gateway.find_booking(query(ASKED)) == Indeterminate(f"HTTP {status}")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"reference": REFERENCE},
        STANDS | {"reference": "00000000-0000-4000-8000-000000000000"},
        STANDS | {"state": "done"},
        STANDS | {"state": None},
        {name: value for name, value in STANDS.items() if name != "begin"},
        STANDS | {"begin": "2026-12-01T09:30:00"},
        STANDS | {"begin": "2026-12-01T09:30+03:00"},
        STANDS | {"begin": "0001-01-01T09:30"},
        STANDS | {"begin": "9999-12-31T09:30"},
        STANDS | {"begin": "2026-02-30T09:30"},
        STANDS | {"minutes": "30"},
        STANDS | {"minutes": True},
    ],
)
def test_a_200_that_is_no_visit_of_ours_proves_nothing(port: Scripted, told: dict[str, Any]) -> None:
    gateway = through(port.says(told).url)
    assert isinstance(gateway.book(ASKED), Unknown)
    if told.get("minutes") == 30 or "begin" not in told:
        assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)


def test_an_answer_about_nothing_is_unknown_to_a_writer(port: Scripted) -> None:
    gateway = through(port.says({"reference": REFERENCE, "state": "none"}).url)
    assert gateway.book(ASKED) == Unknown("the answer to a booking knows no visit")
    assert isinstance(gateway.cancel(REFERENCE, reason=""), Unknown)
    assert gateway.find_booking(query(ASKED)) == Absent()


def test_a_visit_with_another_doctor_is_not_spoken_of(port: Scripted) -> None:
    gateway = through(port.says(STANDS | {"doctor": "d2"}).url)
    assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)


def test_a_refused_cancel_leaves_the_visit(port: Scripted) -> None:
    port.says({"code": "too_late"}, status=422)
    assert through(port.url).cancel(REFERENCE, reason="") == Rejected("too_late")


def test_a_visit_of_the_clinics_own_is_neither_cancelled_nor_asked_for(port: Scripted) -> None:
    gateway = through(port.url)
    assert gateway.cancel("id:17", reason="") == Rejected("made_by_the_clinic")
    assert isinstance(gateway.find_booking(query(ASKED, ref="id:17")), Indeterminate)
    assert port.seen == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (replace(ASKED, reference="ref-1"), "bad_reference"),
        (replace(ASKED, reference=REFERENCE.upper()), "bad_reference"),
        (replace(ASKED, reference=f"{REFERENCE}/../x"), "bad_reference"),
        (replace(ASKED, slot=replace(slot_of(), minutes=0)), "bad_time"),
        (replace(ASKED, slot=replace(slot_of(), minutes=1440)), "bad_time"),
        (replace(ASKED, slot=slot_of("2026-12-01T09:30:30")), "bad_time"),
        (replace(ASKED, slot=slot_of(doctor="д1")), "bad_identifier"),
        (replace(ASKED, slot=replace(slot_of(), service_id="a b")), "bad_identifier"),
        (replace(ASKED, person=replace(PERSON, given=" \n")), "bad_person"),
        (replace(ASKED, person=replace(PERSON, phone="8 900")), "bad_person"),
        (replace(ASKED, person=replace(PERSON, family="а" * 101)), "bad_person"),
    ],
)
def test_what_the_contract_has_no_words_for_is_never_sent(port: Scripted, asked: Any, code: str) -> None:
    assert through(port.url).book(asked) == Rejected(code)
    assert port.seen == []


def test_the_end_of_a_day_is_the_next_days_midnight(port: Scripted) -> None:
    midnight = WallTime(slot_of().begin.day, 86_400)
    port.says(STANDS | {"begin": "2026-12-02T00:00"})
    assert through(port.url).book(replace(ASKED, slot=replace(slot_of(), begin=midnight))) == Booked(
        REFERENCE
    )
    assert json.loads(port.seen[0].body)["begin"] == "2026-12-02T00:00"


def test_a_wrong_secret_is_said_in_words(desk: Desk) -> None:
    gateway = through(desk.simulator.url, secret="another-secret-of-somebody")
    assert gateway.book(request(desk.slot())) == NotSent("the secret is not taken (HTTP 401)")
    assert desk.booked() == []


def test_nobody_at_home_is_not_sent() -> None:
    gateway = through("http://127.0.0.1:9")
    assert isinstance(gateway.book(ASKED), NotSent)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), NotSent)
    assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)

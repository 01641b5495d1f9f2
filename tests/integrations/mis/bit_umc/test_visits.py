"""Reserve, book, move, cancel and look up, against the running simulator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Booked,
    Cancelled,
    Found,
    Gone,
    Held,
    HoldGone,
    Indeterminate,
    NotFound,
    Rejected,
    Taken,
)
from integrations.mis.bit_umc.factory import Clinic, held, minutes, query, request, slot_of, through
from integrations.mis.wires import Answer, Wire
from testbench.bit_umc.base import Rules

MakeWire = Callable[[Answer], Wire]
soap_alone = pytest.mark.parametrize("door", ["soap"], indirect=True)
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NOBODY = "11111111-1111-4111-8111-111111111111"


def test_a_visit_is_written_over_its_reserve_and_keeps_its_id(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    assert [(row["id"], row["status"]) for row in clinic.at(slot)] == [(ref, "reserved")]
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)
    assert [(row["id"], row["status"]) for row in clinic.at(slot)] == [(ref, "booked")]


def test_the_patient_and_our_reference_arrive(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    gateway.book(request(slot, hold=ref))
    row = clinic.booking(ref)
    assert row["client_ref"] == "ref-1"
    assert row["patient"] == {"name": "Записнов Тест Примерович", "phone": "+70000000011"}
    assert clinic.simulator.base.document(ref).person.birthday == "1990-05-17T00:00:00"


def test_a_wish_follows_the_reference_and_loses_what_xml_lacks(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref, comment="до <12> & \x0bтихо")) == Booked(ref)
    assert clinic.booking(ref)["client_ref"] == "ref-1 до <12> & тихо"


@soap_alone
def test_a_booking_may_be_answered_with_its_id_and_in_soap_11(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(soap="1.1"), clinic.slot()
    clinic.fault("bare_ok", probability=0)
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)


@pytest.mark.parametrize("length", [5, 20, 45, 60])
def test_the_document_is_as_long_as_was_asked(clinic: Clinic, length: int) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=length)
    ref = held(gateway.hold(slot))
    assert minutes(clinic.booking(ref)) == length
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)
    assert minutes(clinic.booking(ref)) == length


def test_a_service_is_named_and_does_not_decide_the_length(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=55)
    doctor = clinic.simulator.base.employee(slot.resource.practitioner_id)
    slot = replace(slot, service_id=doctor.services[0].uid)
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)
    row = clinic.booking(ref)
    assert (minutes(row), row["services"]) == (55, [slot.service_id])


@soap_alone
def test_get_reserve_holds_the_usual_length_and_the_visit_gets_its_own(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(reserve="GetReserve"), clinic.slot(minutes=60, needs=60)
    ref = held(gateway.hold(slot))
    assert minutes(clinic.booking(ref)) == 30
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)
    assert minutes(clinic.booking(ref)) == 60


@soap_alone
def test_a_visit_longer_than_its_reserve_is_taken_when_somebody_has_the_rest(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(reserve="GetReserve"), clinic.slot(minutes=60, needs=60)
    ref = held(gateway.hold(slot))
    clinic.clerk_books(slot, after=30)
    assert isinstance(gateway.book(request(slot, hold=ref)), Taken)
    assert clinic.booking(ref)["status"] == "reserved"


def test_booking_again_over_the_same_reserve_edits_the_same_document(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    before = len(clinic.bookings())
    assert [gateway.book(request(slot, hold=ref)) for _ in range(3)] == [Booked(ref)] * 3
    assert len(clinic.bookings()) == before


@pytest.mark.parametrize("length", [0, -5, 1440])
def test_a_length_that_cannot_be_said_is_refused_before_anything_is_sent(door: str, length: int) -> None:
    gateway, slot = through(door, "http://127.0.0.1:1"), slot_of(length=length)
    refused = Rejected("bad_duration")
    assert gateway.hold(slot) == refused
    assert gateway.book(request(slot)) == refused
    assert gateway.move("x", request=request(slot), old=None) == refused


@pytest.mark.parametrize(
    ("door", "options"),
    [("soap", {}), ("soap", {"reserve": "GetReserve"}), ("http", {})],
    indirect=["door"],
)
def test_a_second_reserve_of_the_same_time_is_taken(clinic: Clinic, options: dict[str, str]) -> None:
    gateway, slot = clinic.gateway(**options), clinic.slot()
    held(gateway.hold(slot))
    outcome = gateway.hold(slot)
    assert isinstance(outcome, Taken)
    assert outcome.text.startswith("Не удалось записать")
    assert len(clinic.at(slot)) == 1


def test_of_many_callers_exactly_one_gets_the_time(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(timeout=20, connections=8), clinic.slot()
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda _: type(gateway.hold(slot)), range(12)))
    assert sorted(outcomes, key=str) == [Held, *[Taken] * 11]


def test_a_reserve_of_time_that_is_free_and_refused_all_the_same_is_rejected(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    clinic.fault("text_500", operation="reserve")
    assert gateway.hold(slot) == Rejected(
        "not_written", 'Не удалось записать документ "Заявка". Внутренняя ошибка.'
    )


def test_a_reserve_with_an_unknown_doctor_is_rejected_in_the_mis_own_words(clinic: Clinic) -> None:
    slot = clinic.slot()
    stranger = replace(slot, resource=replace(slot.resource, practitioner_id=NOBODY))
    assert clinic.gateway().hold(stranger) == Rejected("refused", "Не найден сотрудник по GUID")


def test_a_refused_booking_is_taken_only_if_the_time_is_not_free(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.fault("text_500", operation="book", times=1)
    assert isinstance(gateway.book(request(slot, hold=ref)), Rejected)
    clinic.fault("clerk_race", times=1)
    assert isinstance(gateway.book(request(slot, hold=ref)), Taken)
    assert [(row["source"], row["status"]) for row in clinic.at(slot)] == [("clerk", "booked")]


def test_a_refusal_is_not_called_taken_when_the_second_look_fails(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    held(gateway.hold(slot))
    clinic.fault("http_500", operation="schedule")
    outcome = gateway.hold(slot)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "not_written"


def test_trap_05_a_reserve_that_the_job_expired_is_gone_while_the_time_is_free(
    simulate: Callable[..., Clinic],
) -> None:
    clinic = simulate(rules=Rules(hold_minutes=0))
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    assert clinic.simulator.base.expire_reserves() == 1
    outcome = gateway.book(request(slot, hold=ref))
    assert outcome == HoldGone()
    assert clinic.at(slot) == []


def test_trap_05_an_expired_reserve_whose_time_another_has_is_taken(simulate: Callable[..., Clinic]) -> None:
    clinic = simulate(rules=Rules(hold_minutes=0))
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.simulator.base.expire_reserves()
    clinic.clerk_books(slot)
    assert isinstance(gateway.book(request(slot, hold=ref)), Taken)


def test_a_reserve_that_the_base_does_not_know_is_gone(clinic: Clinic) -> None:
    outcome = clinic.gateway().book(request(clinic.slot(), hold=NOBODY))
    assert outcome == HoldGone()


def test_a_booking_refused_over_a_document_that_is_booked_is_booked(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    gateway.book(request(slot, hold=ref))
    clinic.fault("text_500", operation="book")
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)


def test_without_a_reserve_one_is_made_and_named(clinic: Clinic) -> None:
    slot = clinic.slot()
    outcome = clinic.gateway().book(request(slot))
    assert isinstance(outcome, Booked)
    assert [(row["id"], row["status"]) for row in clinic.at(slot)] == [(outcome.ref, "booked")]


def test_a_refused_booking_without_a_reserve_leaves_no_trace(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.fault("text_500", operation="book")
    assert isinstance(clinic.gateway().book(request(slot)), Rejected)
    assert clinic.at(slot) == []


def test_without_a_reserve_taken_time_is_taken(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.clerk_books(slot)
    assert isinstance(clinic.gateway().book(request(slot)), Taken)


def _booked(clinic: Clinic, slot: Any) -> str:
    outcome = clinic.gateway().book(request(slot))
    assert isinstance(outcome, Booked)
    return outcome.ref


def test_a_move_keeps_the_document_and_frees_the_old_time(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30, needs=90)
    ref = _booked(clinic, slot)
    later = replace(slot, begin=slot.begin.plus(45 * 60))
    before = len(clinic.bookings())
    moves = [gateway.move(ref, request=request(later), old=old) for old in (slot, None)]
    assert moves == [Booked(ref)] * 2
    assert (clinic.at(slot), [row["id"] for row in clinic.at(later)]) == ([], [ref])
    assert len(clinic.bookings()) == before
    assert isinstance(gateway.hold(slot), Held)


def test_a_move_may_overlap_its_own_old_time(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30, needs=60)
    ref = _booked(clinic, slot)
    assert gateway.move(ref, request=request(replace(slot, begin=slot.begin.plus(900))), old=slot) == Booked(
        ref
    )


def test_a_move_to_taken_time_leaves_the_visit_where_it_was(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30, needs=60)
    ref = _booked(clinic, slot)
    clinic.clerk_books(slot, after=30)
    later = replace(slot, begin=slot.begin.plus(1800))
    assert isinstance(gateway.move(ref, request=request(later), old=slot), Taken)
    assert [row["id"] for row in clinic.at(slot)] == [ref]


def test_a_visit_that_is_cancelled_or_unknown_or_no_longer_at_its_time_is_not_moved(clinic: Clinic) -> None:
    """1С itself writes into such a document, so that it is looked at before anything is sent."""
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30, needs=90)
    ref, later = _booked(clinic, slot), replace(slot, begin=slot.begin.plus(1800))
    last = replace(slot, begin=slot.begin.plus(3600))
    assert gateway.move(ref, request=request(last), old=later) == Gone(is_sure=False)
    assert [row["id"] for row in clinic.at(slot)] == [ref]
    gateway.cancel(ref, reason="Пациент отменил")
    assert [gateway.move(guid, request=request(slot), old=None) for guid in (ref, NOBODY)] == [Gone()] * 2


def test_a_booked_document_whose_time_is_shown_free_is_not_found_there(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30, needs=90)
    ref, later = _booked(clinic, slot), replace(slot, begin=slot.begin.plus(3600))
    assert gateway.find_booking(query(slot, ref=ref)) == Found(ref, "booked")
    assert isinstance(gateway.find_booking(query(later, ref=ref)), Indeterminate)


def test_a_cancel_frees_the_time_and_a_second_one_is_success(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = _booked(clinic, slot)
    assert gateway.cancel(ref, reason="Пациент отменил") == Cancelled()
    assert clinic.at(slot) == []
    assert gateway.cancel(ref, reason="Пациент отменил") == AlreadyCancelled()
    assert isinstance(gateway.hold(slot), Held)


def test_a_cancel_tells_an_unknown_visit_from_a_cancelled_one(clinic: Clinic) -> None:
    assert clinic.gateway().cancel(NOBODY, reason="") == NotFound()


def test_a_cancel_that_is_refused_over_a_live_visit_is_rejected(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = _booked(clinic, slot)
    clinic.fault("text_500", operation="cancel")
    outcome = gateway.cancel(ref, reason="")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "not_written"
    assert len(clinic.at(slot)) == 1


def test_a_lookup_by_id_tells_reserved_booked_and_cancelled(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "reserved")
    gateway.book(request(slot, hold=ref))
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "booked")
    gateway.cancel(ref, reason="")
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "cancelled")


def test_trap_05_status_nine_is_a_reserve_like_six(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.fault("reserve_status_9")
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "reserved")


def test_a_processed_visit_is_booked(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = _booked(clinic, slot)
    clinic.clerk("mark", id=ref, arrived=False)
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "booked")


def test_absent_needs_an_unknown_id_and_free_time(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    assert gateway.find_booking(query(slot, NOBODY)) == Absent()
    clinic.clerk_books(slot)
    assert isinstance(gateway.find_booking(query(slot, NOBODY)), Indeterminate)


@pytest.mark.parametrize("fault", ["empty_ok", "http_500", "garbage"])
def test_absent_is_not_said_when_the_schedule_cannot_be_believed(clinic: Clinic, fault: str) -> None:
    slot = clinic.slot()
    clinic.fault(fault, operation="schedule")
    assert isinstance(clinic.gateway().find_booking(query(slot, NOBODY)), Indeterminate)


def test_without_an_id_nothing_is_concluded(clinic: Clinic) -> None:
    assert isinstance(clinic.gateway().find_booking(query(clinic.slot(), None)), Indeterminate)


def test_a_clinic_published_with_the_cyrillic_letter_is_booked(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(cyrillic_clinic=True), clinic.slot()
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)


def test_trap_14_a_booking_is_a_visit_and_never_a_place_in_the_waiting_list(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    assert isinstance(gateway.book(request(slot)), Booked)
    waiting = clinic.http.get(f"{clinic.simulator.bench_url}/_bench/state").json()["waiting"]
    assert waiting == []
    assert [row["status"] for row in clinic.at(slot)] == ["booked"]

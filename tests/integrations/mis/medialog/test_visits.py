"""Writing: every outcome, and what proves it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    Ambiguous,
    Booked,
    BookingQuery,
    Cancelled,
    Found,
    Indeterminate,
    NotSent,
    PatientRef,
    Rejected,
    RemoteResource,
    RemoteSlot,
    Taken,
    Unknown,
)
from feldsher.integrations.mis.medialog import build
from feldsher.kernel.clock import WallTime
from integrations.mis.medialog.factory import (
    CLINICS,
    EVENTS,
    EYES,
    HEART,
    PERSON,
    Clinic,
    length,
    query,
    request,
)
from support.egress import known

ADD = "PLANNING_ADD_VISIT"
LOST = (
    "commit_then_drop",
    "http_500",
    "soap_fault",
    "garbage",
    "html",
    "wrong_echo",
    "empty_ok",
    "no_result",
)
WRITTEN = {"commit_then_drop", "garbage", "html", "wrong_echo"}


def test_a_booked_visit_is_as_long_as_its_kind_and_names_its_branch(clinic: Clinic) -> None:
    slot = clinic.slot(HEART, minutes=60, service="704")
    outcome = clinic.gateway().book(request(slot))
    (visit,) = clinic.site_visits()
    assert outcome == Booked(f"{visit['id']}@C1")
    assert (visit["exam"], length(visit), visit["schedule"]) == ("704", 60, "502")


def test_of_two_schedules_of_a_doctor_the_one_that_has_the_kind_is_written(soap: Clinic) -> None:
    slots = {item.room: item for item in soap.items(HEART)}
    slot = RemoteSlot(HEART, slots["503"].begin, 30, "705")
    assert isinstance(soap.gateway().book(request(slot)), Booked)
    assert [visit["schedule"] for visit in soap.site_visits()] == ["503"]
    other = RemoteSlot(HEART, slots["502"].begin, 30, "705")
    assert soap.gateway().book(request(other)) == Taken()


def test_a_ticket_names_its_own_schedule(soap: Clinic) -> None:
    gateway = soap.gateway(slots="tickets")
    item = next(item for item in soap.items(HEART, slots="tickets") if item.room == "502")
    slot = RemoteSlot(HEART, item.begin, 30, "703", ticket=item.ticket)
    assert isinstance(gateway.book(request(slot)), Booked)
    foreign = replace(slot, ticket=item.ticket.replace("502@", "601@"))
    assert gateway.book(request(foreign)) == Rejected("unknown_schedule")


def test_a_service_of_our_own_takes_the_kind_of_the_same_length(soap: Clinic) -> None:
    slot = soap.slot(EYES, minutes=45, service=None)
    assert isinstance(soap.gateway().book(request(slot)), Booked)
    assert [visit["exam"] for visit in soap.site_visits()] == ["707"]
    other = soap.slot(EYES, minutes=30, service=None)
    assert soap.gateway().book(request(other)) == Rejected("no_visit_kind")


@pytest.mark.parametrize(
    ("service", "minutes", "code"),
    [("704", 30, "bad_duration"), ("701", 30, "no_visit_kind")],
)
def test_a_kind_that_does_not_fit_is_refused_before_anything_is_written(
    soap: Clinic, service: str, minutes: int, code: str
) -> None:
    slot = soap.slot(HEART, minutes=60, service=service)
    slot = replace(slot, minutes=minutes)
    item = next(item for item in soap.items(HEART) if item.room == "502")
    assert soap.gateway().book(request(replace(slot, begin=item.begin))) == Rejected(code)
    assert soap.site_visits() == []


def test_a_doctor_whom_the_list_lacks_is_refused(soap: Clinic) -> None:
    slot = replace(soap.slot(), resource=RemoteResource("999", "C2"))
    assert soap.gateway().book(request(slot)) == Rejected("unknown_schedule")


def test_a_time_that_a_clerk_took_is_taken_and_nothing_is_written(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.clerk_books(slot)
    assert clinic.gateway().book(request(slot)) == Taken()
    assert clinic.site_visits() == []


def test_a_time_that_a_clerk_takes_at_that_very_moment_is_taken_too(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.fault("clerk_race", times=1)
    assert clinic.gateway().book(request(slot)) == Taken("Время занято")
    assert clinic.site_visits() == []


def test_a_refusal_of_a_time_that_is_free_is_not_called_taken(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.fault("refused", operation=ADD, times=1)
    assert clinic.gateway().book(request(slot)) == Rejected("refused", "Внутренняя ошибка")
    assert clinic.site_visits() == []


def test_a_refusal_without_a_second_look_is_taken_only_by_the_clinic_s_own_words(soap: Clinic) -> None:
    slot = soap.slot()
    plain = soap.gateway(visits_event="")
    told = soap.gateway(visits_event="", taken_words=["внутренняя"])
    for gateway, outcome in (
        (plain, Rejected("refused", "Внутренняя ошибка")),
        (told, Taken("Внутренняя ошибка")),
    ):
        gateway.free(soap.window)
        soap.fault("refused", operation=ADD, times=1)
        original = gateway._schedules.free
        looks = iter([original, lambda *_, **__: None])
        gateway._schedules.free = lambda *args, _l=looks, **more: next(_l)(*args, **more)  # type: ignore[method-assign]
        assert gateway.book(request(slot)) == outcome


def test_a_refusal_that_wrote_the_visit_all_the_same_is_found_out_where_visits_can_be_asked_for(
    clinic: Clinic,
) -> None:
    slot = clinic.slot()
    clinic.fault("commit_then_refuse", times=1)
    outcome = clinic.gateway().book(request(slot))
    (visit,) = clinic.site_visits()
    assert outcome == Booked(f"{visit['id']}@C2")


def test_a_refusal_of_a_taken_time_is_not_believed_where_the_patients_visits_could_not_be_read(
    clinic: Clinic,
) -> None:
    slot, gateway = clinic.slot(), clinic.gateway()
    clinic.fault("commit_then_refuse", times=1)
    clinic.fault("wrong_echo", operation="visits", times=1)
    assert isinstance(gateway.book(request(slot)), Unknown)
    (visit,) = clinic.site_visits()
    assert gateway.find_booking(query(slot)) == Found(f"{visit['id']}@C2", "booked", slot.begin)


def test_a_doctor_of_two_schedules_is_absent_by_the_one_that_has_the_kind(soap: Clinic) -> None:
    item = next(item for item in soap.items(HEART) if item.room == "502")
    slot, gateway = RemoteSlot(HEART, item.begin, 30, "703"), soap.gateway()
    soap.fault("empty_ok", operation=ADD, times=1)
    assert isinstance(gateway.book(request(slot)), Unknown)
    assert gateway.find_booking(query(slot)) == Absent()


@pytest.mark.parametrize("name", LOST)
def test_an_answer_that_proves_nothing_leaves_the_visit_unknown_and_can_be_read_back(
    clinic: Clinic, name: str
) -> None:
    slot, gateway = clinic.slot(), clinic.gateway()
    clinic.fault(name, operation=ADD, times=1)
    assert isinstance(gateway.book(request(slot)), Unknown)
    found = gateway.find_booking(query(slot))
    if name in WRITTEN:
        (visit,) = clinic.site_visits()
        assert found == Found(f"{visit['id']}@C2", "booked", slot.begin)
    else:
        assert clinic.site_visits() == []
        assert found == Absent()


@pytest.mark.parametrize("name", ["http_500", "garbage", "empty_ok", "refused"])
@pytest.mark.parametrize("event", ["PLANNING_EXAMS_QUERY", "PLANNING_SUBJ_SLOTS_QUERY"])
def test_a_look_that_fails_sends_nothing(soap: Clinic, name: str, event: str) -> None:
    slot, gateway = soap.slot(), soap.gateway()
    soap.fault(name, operation=event)
    assert isinstance(gateway.book(request(slot)), NotSent)
    assert soap.site_visits() == []


def test_a_branch_that_lists_nothing_sends_nothing(soap: Clinic) -> None:
    slot = soap.slot()
    assert isinstance(soap.gateway(web_user="stranger").book(request(slot)), NotSent)


def test_a_port_where_nobody_listens_sends_nothing() -> None:
    gateway = build(
        url=known("http://127.0.0.1:9/exchange.asmx"), user="", password="", timeout=1,
        options={"clinics": CLINICS, **EVENTS},
    )  # fmt: skip
    slot = RemoteSlot(
        HEART,
        WallTime.parse("2026-09-01T09:00"),
        30,
        "703",
    )
    assert isinstance(gateway.book(request(slot)), NotSent)
    assert gateway.cancel("1@C1", reason="") == NotSent("ConnectError")
    assert gateway.ensure_patient(PERSON, location_id="C1") == NotSent("ConnectError")
    assert gateway.find_booking(query(slot)) == Indeterminate("ConnectError")


def test_a_wrong_log_in_sends_nothing(soap: Clinic) -> None:
    slot = soap.slot()
    url = known(soap.simulator.soap_url)
    gateway = build(url=url, user="demo", password="no", timeout=3, options={"clinics": CLINICS, **EVENTS})
    assert isinstance(gateway.book(request(slot)), NotSent)
    assert gateway.cancel("1@C1", reason="") == NotSent("HTTP 401")


def test_a_time_that_no_schedule_offers_is_not_sent(soap: Clinic) -> None:
    slot = soap.slot()
    night = replace(slot, begin=WallTime(slot.begin.day, 3 * 3600))
    assert soap.gateway().book(request(night)) == Taken()


# Patients.


def test_a_patient_without_a_card_is_made_by_the_visit_and_then_found(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    assert gateway.ensure_patient(PERSON, location_id="C1") == PatientRef("")
    assert isinstance(gateway.book(request(clinic.slot(), patient="")), Booked)
    (card,) = clinic.cards()
    assert gateway.ensure_patient(PERSON, location_id="C1") == PatientRef(card["id"])


def test_a_card_is_the_person_s_by_name_and_phone_however_they_are_spelt(soap: Clinic) -> None:
    made = soap.clerk("patient", surname="Записнова", name="Алена", fathername="", phone="79000000011")
    soap.clerk("patient", surname="Записнова", name="Мария", fathername="", phone="79000000011")
    soap.clerk("patient", surname="Записнова", name="Алёна", fathername="Иная", phone="79000000011")
    soap.clerk("patient", surname="Записнова", name="Алёна", fathername="", phone="79000000012")
    assert soap.gateway().ensure_patient(PERSON, location_id="C1") == PatientRef(made["id"])


def test_several_cards_that_fit_are_for_a_person_to_choose(soap: Clinic) -> None:
    for _ in range(2):
        soap.clerk("patient", surname="Записнова", name="Алёна", fathername="", phone="79000000011")
    assert soap.gateway().ensure_patient(PERSON, location_id="C1") == Ambiguous(2)


@pytest.mark.parametrize("name", ["http_500", "garbage", "refused", "commit_then_drop"])
def test_a_card_that_could_not_be_looked_for_is_unknown(soap: Clinic, name: str) -> None:
    soap.fault(name, operation="patients", times=1)
    assert isinstance(soap.gateway().ensure_patient(PERSON, location_id="C1"), Unknown)


# Cancelling.


def booked(clinic: Clinic, **options: Any) -> tuple[Any, RemoteSlot, str]:
    slot, gateway = clinic.slot(), clinic.gateway(**options)
    outcome = gateway.book(request(slot))
    assert isinstance(outcome, Booked)
    return gateway, slot, outcome.ref


def test_a_cancelled_visit_frees_its_time(clinic: Clinic) -> None:
    gateway, slot, ref = booked(clinic)
    assert slot.begin not in {item.begin for item in clinic.items(slot.resource)}
    assert gateway.cancel(ref, reason="") == Cancelled()
    assert slot.begin in {item.begin for item in clinic.items(slot.resource)}
    assert clinic.site_visits() == []


def test_without_a_cancel_event_nothing_leaves_and_a_person_cancels(soap: Clinic) -> None:
    gateway, _, ref = booked(soap, cancel_event="")
    assert gateway.cancel(ref, reason="") == Rejected("no_cancel_event")
    assert len(soap.site_visits()) == 1


@pytest.mark.parametrize("ref", ["", "@C1", "5@C9", "5"])
def test_a_reference_that_is_not_ours_is_refused(soap: Clinic, ref: str) -> None:
    assert soap.gateway().cancel(ref, reason="") == Rejected("bad_reference")


def test_where_there_is_one_branch_a_bare_number_will_do(soap: Clinic) -> None:
    _, _, ref = booked(soap)
    number = ref.partition("@")[0]
    assert soap.gateway(clinics={"C2": "Одна"}).cancel(number, reason="") == Cancelled()


@pytest.mark.parametrize("name", LOST)
def test_a_cancel_whose_answer_proves_nothing_is_unknown(soap: Clinic, name: str) -> None:
    gateway, _, ref = booked(soap)
    soap.fault(name, operation="cancel", times=1)
    assert isinstance(gateway.cancel(ref, reason=""), Unknown)
    assert len(soap.site_visits()) == (0 if name in WRITTEN else 1)


def test_a_silent_success_is_one_only_where_the_profile_says_so(soap: Clinic) -> None:
    gateway, _, ref = booked(soap, cancel_is_silent=True)
    soap.fault("empty_ok", operation="cancel", times=1)
    assert gateway.cancel(ref, reason="") == Cancelled()


def test_an_unknown_visit_is_refused(soap: Clinic) -> None:
    assert soap.gateway().cancel("1@C1", reason="") == Rejected("refused", "Запись не найдена")


# Looking for a lost visit.


def test_without_an_event_that_lists_visits_nothing_is_concluded(soap: Clinic) -> None:
    gateway, slot, _ = booked(soap, visits_event="")
    assert isinstance(gateway.find_booking(query(slot)), Indeterminate)
    nobody = BookingQuery(slot=slot, reference="ref-1")
    assert isinstance(soap.gateway().find_booking(nobody), Indeterminate)


@pytest.mark.parametrize("name", ["http_500", "garbage", "refused", "commit_then_drop"])
@pytest.mark.parametrize("operation", ["patients", "visits"])
def test_a_search_that_failed_concludes_nothing(soap: Clinic, name: str, operation: str) -> None:
    gateway, slot, _ = booked(soap)
    soap.fault(name, operation=operation)
    assert isinstance(gateway.find_booking(query(slot)), Indeterminate)


@pytest.mark.parametrize("operation", ["patients", "visits"])
@pytest.mark.parametrize("name", ["empty_ok", "no_result"])
def test_an_empty_list_is_not_absence_while_the_time_is_not_shown_free(
    soap: Clinic, operation: str, name: str
) -> None:
    gateway, slot, _ = booked(soap)
    soap.fault(name, operation=operation)
    assert isinstance(gateway.find_booking(query(slot)), Indeterminate)


def test_other_visits_of_the_patient_that_day_prove_that_ours_is_not_there(soap: Clinic) -> None:
    gateway, slot, _ = booked(soap)
    items = [item for item in soap.items(slot.resource) if item.begin.day == slot.begin.day]
    other = replace(slot, begin=items[-1].begin)
    soap.clerk_books(other)
    assert gateway.find_booking(query(other, reference="ref-2")) == Absent()


def test_a_card_of_which_nothing_is_told_leaves_the_visit_open(soap: Clinic) -> None:
    gateway, slot, _ = booked(soap)
    soap.clerk("patient", surname="Записнова", name="Алёна", fathername="", phone="79000000011")
    items = [item for item in soap.items(slot.resource) if item.begin.day == slot.begin.day]
    other = replace(slot, begin=items[-1].begin)
    soap.clerk_books(other)
    assert isinstance(gateway.find_booking(query(other, reference="ref-2")), Indeterminate)


def test_a_visit_that_a_clerk_moved_is_found_by_our_reference_where_there_is_a_field_for_it(
    soap: Clinic,
) -> None:
    gateway, slot, ref = booked(soap, reference_field="COMMENT")
    items = [item for item in soap.items(slot.resource) if item.begin.day == slot.begin.day]
    other = replace(slot, begin=items[-1].begin)
    assert gateway.find_booking(query(other)) == Found(ref, "booked", slot.begin)
    gateway.cancel(ref, reason="")
    assert gateway.find_booking(query(slot)) == Found(ref, "cancelled", slot.begin)


def test_an_earlier_cancelled_visit_at_that_time_is_not_taken_for_ours(soap: Clinic) -> None:
    gateway, slot, ref = booked(soap)
    gateway.cancel(ref, reason="")
    assert gateway.find_booking(query(slot, reference="ref-2")) == Absent()


def test_what_the_exchange_lacks_is_never_called(soap: Clinic) -> None:
    gateway = soap.gateway()
    acts: list[Callable[[], object]] = [
        lambda: gateway.hold(soap.slot()),
        lambda: gateway.move("1@C1", request=request(soap.slot()), old=None),
        lambda: gateway.changes(""),
        lambda: gateway.ack(""),
    ]
    for act in acts:
        with pytest.raises(NotImplementedError):
            act()

"""The traps of mis.md §7 that concern МЕДИАЛОГ, by number."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Booked,
    Found,
    PatientRef,
    Rejected,
    RemoteResource,
    RemoteSlot,
    Taken,
    TimeItem,
    TimeKind,
    Unknown,
    Window,
)
from feldsher.integrations.mis.medialog import schedules
from feldsher.integrations.mis.medialog.schedules import UNSURE_FOR
from feldsher.kernel.clock import WallTime
from integrations.mis.medialog.factory import (
    DOCTOR,
    EYES,
    HEART,
    PERSON,
    Clinic,
    Hand,
    answered,
    length,
    query,
    request,
)
from testbench.medialog.exchange import Rules

SLOTS = "PLANNING_SUBJ_SLOTS_QUERY"


def until(happens: Callable[[], object], *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_trap_01_a_visit_committed_before_the_answer_was_lost_is_found_and_not_written_again(
    clinic: Clinic,
) -> None:
    slot, gateway = clinic.slot(), clinic.gateway()
    clinic.fault("commit_then_drop", times=1)
    assert isinstance(gateway.book(request(slot)), Unknown)
    found = gateway.find_booking(query(slot))
    assert isinstance(found, Found)
    assert gateway.book(request(slot)) == Taken()
    assert [f"{row['id']}@C2" for row in clinic.site_visits()] == [found.ref]


def test_trap_01_a_visit_that_is_committed_late_is_absent_first_and_found_after_the_settle_time(
    simulate: Callable[..., Clinic],
) -> None:
    clinic = simulate()
    slot, gateway = clinic.slot(), clinic.gateway(timeout=0.4, settle_seconds=1)
    clinic.fault("commit_late", times=1, delay=1.0)
    assert isinstance(gateway.book(request(slot)), Unknown)
    assert gateway.find_booking(query(slot)) == Absent()  # scheduling believes two reads after it settled
    until(clinic.site_visits)
    assert isinstance(gateway.find_booking(query(slot)), Found)
    assert gateway.capabilities().settle_seconds == 1


def test_trap_02_a_time_sold_by_phone_since_the_last_sync_is_never_written_over(
    simulate: Callable[..., Clinic],
) -> None:
    clinic = simulate(checks=False)  # a base that would write a second visit over the first
    slot = clinic.slot()
    clinic.clerk_books(slot)
    assert clinic.gateway().book(request(slot)) == Taken()
    assert clinic.site_visits() == []


def test_trap_02_a_stale_schedule_at_the_look_ends_at_the_refusal_of_the_base(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.clerk_books(slot)
    clinic.fault("stale_grid", times=1)
    assert clinic.gateway().book(request(slot)) == Taken("Время занято")
    assert clinic.site_visits() == []


def test_trap_03_a_visit_that_overlaps_another_without_sharing_its_start_is_taken(
    simulate: Callable[..., Clinic],
) -> None:
    clinic = simulate(checks=False)
    slot = clinic.slot(HEART, minutes=60, service="704")
    clinic.clerk_books(slot, after=30)
    assert clinic.gateway().book(request(slot)) == Taken()
    assert clinic.site_visits() == []


def test_trap_04_a_visit_is_as_long_as_its_kind_and_never_longer_than_the_time_kept_for_it(
    simulate: Callable[..., Clinic],
) -> None:
    clinic = simulate(checks=False)
    slot = clinic.slot(EYES, minutes=45, service="707")
    gateway = clinic.gateway()
    assert gateway.book(request(replace(slot, minutes=30))) == Rejected("bad_duration")
    assert isinstance(gateway.book(request(slot)), Booked)
    assert [length(row) for row in clinic.site_visits()] == [45]


def test_trap_04_a_length_that_changed_since_the_last_import_is_read_anew(hand: Hand) -> None:
    hand.results = {
        "PLANNING_PARAMS_QUERY": "<QUERY_RESULT><R><PL_PARAM_ID>1</PL_PARAM_ID></R></QUERY_RESULT>",
        "PLANNING_SUBJ_QUERY": (
            "<QUERY_RESULT><R><PL_SUBJ_ID>1</PL_SUBJ_ID><MEDECINS_ID>11</MEDECINS_ID></R></QUERY_RESULT>"
        ),
        "PLANNING_EXAMS_QUERY": (
            "<QUERY_RESULT><R><PL_EXAM_ID>7</PL_EXAM_ID><DUREE>30</DUREE></R></QUERY_RESULT>"
        ),
    }
    gateway = hand.gateway()
    assert gateway.directory().services[0].minutes == 30
    hand.results["PLANNING_EXAMS_QUERY"] = hand.results["PLANNING_EXAMS_QUERY"].replace("30", "60")
    slot = RemoteSlot(RemoteResource("11", "C1"), WallTime.parse("2026-09-01T09:30"), 30, "7")
    assert gateway.book(request(slot)) == Rejected("bad_duration")
    assert hand.sent("PLANNING_ADD_VISIT") == []


@pytest.mark.parametrize("name", ["empty_ok", "no_result"])
@pytest.mark.parametrize("scope", ["schedule", "clinic"])
def test_trap_07_an_empty_answer_is_not_read_as_nothing_free(soap: Clinic, name: str, scope: str) -> None:
    gateway = soap.gateway(slots_scope=scope)
    assert gateway.free(soap.window).completeness is Completeness.FULL
    soap.fault(name, operation=SLOTS)
    for resource in (None, DOCTOR):
        found = gateway.free(soap.window, resource=resource)
        assert (found.completeness, found.resources, found.items) == (Completeness.SUSPICIOUS_EMPTY, (), ())


def test_trap_07_one_schedule_s_empty_answer_names_nobody_and_leaves_the_others(soap: Clinic) -> None:
    gateway = soap.gateway(connections=1)
    soap.fault("empty_ok", operation=SLOTS, times=1)
    found = gateway.free(soap.window)
    assert found.completeness is Completeness.FULL
    assert RemoteResource("11", "C1") not in found.resources
    assert len(found.resources) == 5


MODELS = "<QUERY_RESULT><R><PL_PARAM_ID>1</PL_PARAM_ID></R><R><PL_PARAM_ID>2</PL_PARAM_ID></R></QUERY_RESULT>"


def two_models(hand: Hand, *, silent: str = "") -> None:
    """Give doctor 7 a schedule in each of two models, one of which may say nothing, with an hour in each."""

    def schedules(message: str) -> str:
        (model,) = re.findall("<PL_PARAM_ID>(.)<", message)
        row = f"<R><PL_SUBJ_ID>6{model}</PL_SUBJ_ID><MEDECINS_ID>7</MEDECINS_ID></R>"
        return answered(message, f"<QUERY_RESULT>{'' if model == silent else row}</QUERY_RESULT>")

    def slots(message: str) -> str:
        (schedule,) = re.findall("<PL_SUBJ_ID>6(.)<", message)
        when = f"<DATE_CONS>20260901</DATE_CONS><HEURE>{8 + int(schedule)}00</HEURE><DUREE>30</DUREE>"
        return answered(message, f"<QUERY_RESULT><R>{when}</R></QUERY_RESULT>")

    hand.results = {"PLANNING_PARAMS_QUERY": MODELS, "PLANNING_SUBJ_QUERY": schedules, SLOTS: slots}


@pytest.mark.parametrize("resource", [None, RemoteResource("7", "C1")])
def test_trap_07_a_model_that_lists_nothing_at_first_takes_no_half_of_a_doctor_s_day(
    hand: Hand, resource: RemoteResource | None
) -> None:
    """A process that has just begun knows no schedules of the model: his other half may lie there."""
    day = Window(date(2026, 9, 1), date(2026, 9, 1))
    gateway = hand.gateway()
    two_models(hand, silent="2")
    found = gateway.free(day, resource=resource)
    assert (found.resources, found.items) == ((), ())
    assert found.completeness is not Completeness.FULL
    two_models(hand)
    found = gateway.free(day, resource=resource)
    assert (found.completeness, len(found.items)) == (Completeness.FULL, 2)
    two_models(hand, silent="2")
    assert gateway.free(day, resource=resource).items == found.items


def test_trap_07_a_model_that_lists_nothing_for_a_while_is_empty(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, gateway, begun = Window(date(2026, 9, 1), date(2026, 9, 1)), hand.gateway(), time.monotonic()
    two_models(hand, silent="2")
    found = []
    for later in (0, UNSURE_FOR - 1, UNSURE_FOR):
        monkeypatch.setattr(schedules, "time", SimpleNamespace(monotonic=partial(sum, (begun, later))))
        found.append(gateway.free(day))
    assert [each.completeness for each in found[:2]] == [Completeness.SUSPICIOUS_EMPTY] * 2
    assert "model 2 of clinic C1 lists no schedules yet" in found[0].warnings
    assert (found[2].completeness, len(found[2].items)) == (Completeness.FULL, 1)


def test_trap_09_a_call_names_the_branch_of_its_schedule_and_a_schedule_elsewhere_is_not_found(
    clinic: Clinic,
) -> None:
    slot = clinic.slot(DOCTOR)
    elsewhere = replace(slot, resource=RemoteResource(DOCTOR.practitioner_id, "C1"))
    gateway = clinic.gateway()
    assert gateway.book(request(elsewhere)) == Rejected("unknown_schedule")
    outcome = gateway.book(request(slot))
    assert isinstance(outcome, Booked)
    assert outcome.ref.endswith("@C2")
    foreign = outcome.ref.replace("@C2", "@C1")
    assert isinstance(gateway.cancel(foreign, reason=""), Unknown)
    assert len(clinic.site_visits()) == 1


@pytest.mark.parametrize(
    ("resource", "zone", "service"),
    [(HEART, "Europe/Moscow", "703"), (DOCTOR, "Asia/Yekaterinburg", "703")],
)
def test_trap_10_wall_times_stay_the_wall_s_in_either_zone(
    clinic: Clinic, resource: RemoteResource, zone: str, service: str
) -> None:
    slot = clinic.slot(resource, service=service)
    assert isinstance(clinic.gateway().book(request(slot)), Booked)
    (visit,) = clinic.site_visits()
    assert visit["start"][:19] == slot.begin.iso()
    offset = slot.begin.at(ZoneInfo(zone)).astimezone(ZoneInfo(zone)).isoformat()[-6:]
    assert visit["start"].endswith(offset)


def test_trap_11_an_hhmm_number_is_a_clock_and_not_minutes(simulate: Callable[..., Clinic]) -> None:
    rows, stamps = simulate(rules=Rules(planning_rows=True)), simulate()
    found = [clinic.gateway().free(clinic.window, resource=DOCTOR).items for clinic in (rows, stamps)]
    assert [(item.begin, item.end) for item in found[0]] == [(item.begin, item.end) for item in found[1]]
    assert found[0][0].begin.text != found[1][0].begin.text
    slot = rows.slot()
    assert isinstance(rows.gateway().book(request(slot)), Booked)
    assert isinstance(rows.gateway().find_booking(query(slot)), Found)


def test_trap_11_half_past_nine_is_nine_thirty(hand: Hand) -> None:
    hand.results = {
        "PLANNING_PARAMS_QUERY": "<QUERY_RESULT><R><PL_PARAM_ID>1</PL_PARAM_ID></R></QUERY_RESULT>",
        "PLANNING_SUBJ_QUERY": "<QUERY_RESULT><R><PL_SUBJ_ID>1</PL_SUBJ_ID></R></QUERY_RESULT>",
        SLOTS: lambda message: answered(
            message,
            "<QUERY_RESULT><R><DATE_CONS>20260901</DATE_CONS><HEURE>930</HEURE><DUREE>30</DUREE></R></QUERY_RESULT>",
        ),
    }
    (item,) = hand.gateway().free(Window(date(2026, 9, 1), date(2026, 9, 1))).items
    assert item == TimeItem(
        resource=RemoteResource("subj-1", "C1"),
        kind=TimeKind.FREE,
        begin=WallTime(date(2026, 9, 1), 9 * 3600 + 30 * 60),
        end=WallTime(date(2026, 9, 1), 10 * 3600),
        room="1",
        step_minutes=30,
    )


def test_trap_12_a_move_of_two_steps_is_not_promised(soap: Clinic) -> None:
    assert soap.gateway().capabilities().can_move is False


def test_trap_15_a_patient_is_found_before_one_is_made_so_that_there_is_one_card(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    for _ in range(3):
        patient = gateway.ensure_patient(PERSON, location_id="C1")
        assert isinstance(patient, PatientRef)
        assert isinstance(gateway.book(request(clinic.slot(), patient=patient.id)), Booked)
    assert len(clinic.cards()) == 1


def test_trap_15_after_a_lost_answer_the_card_that_it_made_is_found(clinic: Clinic) -> None:
    slot, gateway = clinic.slot(), clinic.gateway()
    clinic.fault("commit_then_drop", times=1)
    assert isinstance(gateway.book(request(slot, patient="")), Unknown)
    (card,) = clinic.cards()
    assert gateway.ensure_patient(PERSON, location_id="C1") == PatientRef(card["id"])


def test_trap_16_a_second_cancel_is_a_success_by_the_clinic_s_own_words(clinic: Clinic) -> None:
    gateway = clinic.gateway(gone_words=["уже отменена"])
    outcome: Any = gateway.book(request(clinic.slot()))
    gateway.cancel(outcome.ref, reason="")
    assert gateway.cancel(outcome.ref, reason="") == AlreadyCancelled()
    assert clinic.gateway().cancel(outcome.ref, reason="") == Rejected("refused", "Запись уже отменена")

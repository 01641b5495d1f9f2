"""Directory and free time: what is read, and how far each answer may be believed."""

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness, RemoteLocation, RemoteServiceNorm
from feldsher.domain.scheduling.ports import GatewayUnavailableError, RemoteResource, Window
from integrations.mis.medialog.factory import (
    CLINICS,
    DOCTOR,
    EYES,
    HEART,
    THERAPY,
    Clinic,
    Hand,
    answered,
    field,
)
from testbench.medialog.exchange import Rules
from testbench.medialog.model import SUBJECTS

SLOTS = "PLANNING_SUBJ_SLOTS_QUERY"
CABINET = RemoteResource("subj-603", "C2")
ALL = {THERAPY, HEART, EYES, RemoteResource("11", "C2"), DOCTOR, CABINET}


def row(**fields: str) -> str:
    return "<R>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</R>"


def rows(*told: str) -> str:
    return f"<QUERY_RESULT>{''.join(told)}</QUERY_RESULT>"


def two_schedules(hand: Hand, *, first: Any, second: Any) -> None:
    """One doctor with two schedules, another with one, each with the slots that are given."""

    def slots(message: str) -> Any:

        told = {"1": first, "2": second, "3": rows(slot("3"))}[field(message, "PL_SUBJ_ID")]
        return answered(message, told) if isinstance(told, str) else told(message)

    hand.results |= {
        "PLANNING_PARAMS_QUERY": rows(row(PL_PARAM_ID="1")),
        "PLANNING_SUBJ_QUERY": rows(
            row(PL_SUBJ_ID="1", MEDECINS_ID="11", NAME="А Б"),
            row(PL_SUBJ_ID="2", MEDECINS_ID="11", NAME="А Б"),
            row(PL_SUBJ_ID="3", MEDECINS_ID="12", NAME="В Г"),
        ),
        "PLANNING_EXAMS_QUERY": rows(row(PL_EXAM_ID="7", NAME="Приём", DUREE="30")),
        SLOTS: slots,
    }


def slot(subject: str, at: str = "20260901093000", **more: str) -> str:
    return row(PL_SUBJ_ID=subject, DATE_VISIT=at, DUREE="30", **more)


WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))


def test_the_directory_names_branches_doctors_and_visit_kinds_with_their_lengths(clinic: Clinic) -> None:
    found = clinic.gateway().directory()
    assert (found.completeness, found.warnings, found.prices) == (Completeness.FULL, (), ())
    assert found.locations == tuple(RemoteLocation(code, name) for code, name in CLINICS.items())
    doctors = {one.id: one for one in found.practitioners}
    assert set(doctors) == {"11", "12", "13", "14", "subj-603"}
    assert doctors["11"].location_ids == ("C1", "C2")
    assert doctors["12"].services == (
        RemoteServiceNorm("703", 30), RemoteServiceNorm("704", 60), RemoteServiceNorm("705", 30)
    )  # fmt: skip
    assert doctors["13"].specialties == ("Офтальмология",)
    assert {service.id: service.minutes for service in found.services} == {
        "701": 30, "702": 60, "703": 30, "704": 60, "705": 30, "706": 15, "707": 45, "708": 30
    }  # fmt: skip


def test_a_kind_that_lasts_longer_in_one_of_two_schedules_is_kept_for_the_longer(hand: Hand) -> None:

    two_schedules(hand, first=rows(slot("1")), second=rows(slot("2")))
    hand.results["PLANNING_EXAMS_QUERY"] = lambda message: answered(
        message, rows(row(PL_EXAM_ID="7", DUREE="45" if field(message, "PL_SUBJ_ID") == "2" else "30"))
    )
    doctor = hand.gateway().directory().practitioners[0]
    assert doctor.services == (RemoteServiceNorm("7", 45),)


@pytest.mark.parametrize("name", ["empty_ok", "no_result"])
@pytest.mark.parametrize(
    ("event", "warning"),
    [
        ("PLANNING_PARAMS_QUERY", "the exchange names no schedules of clinic C1: does the access fit?"),
        ("PLANNING_SUBJ_QUERY", "model 1 of clinic C1 lists no schedules"),
    ],
)
def test_a_list_of_schedules_that_came_empty_takes_nothing_away(
    soap: Clinic, name: str, event: str, warning: str
) -> None:
    gateway = soap.gateway()
    soap.fault(name, operation=event, times=1)
    found = gateway.directory()
    assert (found.completeness, found.warnings) == (Completeness.PARTIAL, (warning,))


def test_the_schedules_of_a_model_that_came_empty_later_are_still_known(soap: Clinic) -> None:
    gateway = soap.gateway()
    whole = gateway.directory()
    soap.fault("empty_ok", operation="PLANNING_SUBJ_QUERY", times=1)
    found = gateway.directory()
    assert found.completeness is Completeness.PARTIAL
    assert found.practitioners == whole.practitioners
    assert set(gateway.free(soap.window).resources) == ALL


def test_visit_kinds_that_came_empty_or_refused_take_nothing_away(soap: Clinic) -> None:
    for name in ("empty_ok", "refused", "garbage"):
        soap.fault(name, operation="PLANNING_EXAMS_QUERY", times=1)
        found = soap.gateway().directory()
        assert found.completeness is Completeness.PARTIAL
        assert len(found.warnings) == 1
        assert "501" in found.warnings[0]


def test_a_directory_without_any_access_is_suspicious(soap: Clinic) -> None:
    found = soap.gateway(web_user="stranger").directory()
    assert found.completeness is Completeness.SUSPICIOUS_EMPTY
    assert found.practitioners == ()


def test_every_doctor_is_named_with_the_cells_that_the_base_has(clinic: Clinic) -> None:
    found = clinic.gateway().free(clinic.window)
    assert (found.completeness, set(found.resources), found.warnings) == (Completeness.FULL, ALL, ())
    base = clinic.simulator.base

    for subject in SUBJECTS:
        told = sorted(item.begin.text for item in found.items if item.room == subject.id)
        real = base.cells(subject, clinic.window.first, clinic.window.last)
        assert len(told) == len(real) > 0


def test_one_question_a_branch_tells_the_same(soap: Clinic) -> None:
    by_schedule = soap.gateway().free(soap.window)
    by_clinic = soap.gateway(slots_scope="clinic").free(soap.window)
    assert set(by_clinic.resources) == set(by_schedule.resources)
    assert set(by_clinic.items) == set(by_schedule.items)


def test_tickets_carry_their_schedule_and_begin(soap: Clinic) -> None:
    item = soap.items(HEART, slots="tickets")[0]
    assert item.ticket == f"{item.room}@{item.begin.text}"
    assert item.step_minutes is None


def test_cells_without_a_length_need_one_from_the_profile(simulate: Callable[..., Clinic]) -> None:
    clinic = simulate(rules=Rules(tells_minutes=False))
    bare = clinic.gateway().free(clinic.window, resource=DOCTOR)
    assert (bare.completeness, bare.items) == (Completeness.PARTIAL, ())
    assert bare.warnings == (
        "the schedule 602 in C2 can't be read: a slot without DUREE, and the option cell_minutes isn't set",
    )
    told = clinic.gateway(cell_minutes=30).free(clinic.window, resource=DOCTOR)
    assert told.completeness is Completeness.FULL
    assert {item.step_minutes for item in told.items} == {30}


@pytest.mark.parametrize("name", ["empty_ok", "no_result"])
def test_an_empty_answer_of_everybody_changes_nothing(soap: Clinic, name: str) -> None:
    soap.fault(name, operation=SLOTS)
    found = soap.gateway().free(soap.window)
    assert (found.completeness, found.resources, found.items) == (Completeness.SUSPICIOUS_EMPTY, (), ())


def test_a_stranger_s_web_user_reads_nothing_and_withdraws_nothing(soap: Clinic) -> None:
    found = soap.gateway(web_user="stranger").free(soap.window)
    assert (found.completeness, found.resources, found.items) == (Completeness.SUSPICIOUS_EMPTY, (), ())


def test_a_doctor_one_of_whose_schedules_is_empty_is_not_named(hand: Hand) -> None:
    two_schedules(hand, first=rows(slot("1")), second="<QUERY_RESULT/>")
    found = hand.gateway().free(WEEK)
    assert found.completeness is Completeness.FULL
    assert found.resources == (RemoteResource("12", "C1"),)
    assert {item.room for item in found.items} == {"3"}


def test_days_of_work_are_a_second_signal_where_the_profile_says_so(hand: Hand) -> None:
    two_schedules(hand, first=rows(slot("1")), second="")
    hand.results["PLANNING_SUBJ_DAYS_QUERY"] = rows(row(PL_SUBJ_ID="2", DATE_CONS="20260902"))
    found = hand.gateway(second_signal="days").free(WEEK)
    assert set(found.resources) == {RemoteResource("11", "C1"), RemoteResource("12", "C1")}
    assert {item.room for item in found.items} == {"1", "3"}
    hand.results["PLANNING_SUBJ_DAYS_QUERY"] = "<QUERY_RESULT/>"
    assert hand.gateway(second_signal="days").free(WEEK).resources == (RemoteResource("12", "C1"),)


def test_a_full_day_is_believed_when_later_free_time_comes_with_it(soap: Clinic) -> None:
    first = soap.slot(days=3)
    day = first.begin.day
    for item in soap.items(DOCTOR):
        if item.begin.day == day:
            soap.clerk_books(type(first)(DOCTOR, item.begin, 30))
    found = soap.gateway().free(Window(day, day), resource=DOCTOR)
    assert (found.completeness, found.resources, found.items) == (Completeness.FULL, (DOCTOR,), ())


def test_a_schedule_that_was_refused_is_left_out_and_named(soap: Clinic) -> None:
    gateway = soap.gateway()
    gateway.free(soap.window)
    soap.fault("refused", operation=SLOTS, times=1)
    found = gateway.free(soap.window)
    assert found.completeness is Completeness.FULL
    assert len(found.resources) == len(ALL) - 1
    (warning,) = found.warnings
    assert warning.endswith("was refused")


@pytest.mark.parametrize("name", ["http_500", "garbage", "html", "wrong_echo", "soap_fault"])
def test_one_lost_answer_is_asked_again_and_a_second_ends_the_reading(soap: Clinic, name: str) -> None:
    gateway = soap.gateway(connections=1)
    soap.fault(name, operation=SLOTS, times=1)
    assert gateway.free(soap.window, resource=DOCTOR).completeness is Completeness.FULL
    soap.fault(name, operation=SLOTS, times=2)
    with pytest.raises(GatewayUnavailableError):
        gateway.free(soap.window, resource=DOCTOR)
    soap.fault(name, operation=SLOTS)
    with pytest.raises(GatewayUnavailableError):
        gateway.free(soap.window)


def test_a_branch_that_names_no_schedules_makes_the_whole_answer_partial(soap: Clinic) -> None:
    gateway = soap.gateway()
    soap.fault("empty_ok", operation="PLANNING_PARAMS_QUERY", times=1)
    found = gateway.free(soap.window)
    assert found.completeness is Completeness.PARTIAL
    assert {resource.location_id for resource in found.resources} == {"C2"}


def test_a_list_of_schedules_that_comes_empty_later_is_not_believed(soap: Clinic) -> None:
    gateway = soap.gateway()
    gateway.free(soap.window)
    soap.fault("empty_ok", operation="directory")
    found = gateway.free(soap.window)
    assert (found.completeness, set(found.resources)) == (Completeness.FULL, ALL)


def test_a_schedule_that_is_left_out_is_nowhere(soap: Clinic) -> None:
    gateway = soap.gateway(left_out=["503", "603"])
    found = gateway.directory()
    assert found.completeness is Completeness.FULL
    assert {one.id for one in found.practitioners} == {"11", "12", "13", "14"}
    assert "705" not in {one.id for one in found.services}
    assert not {"503", "603"} & {item.room for item in gateway.free(soap.window).items}


def test_nobody_s_schedule_is_an_empty_answer(soap: Clinic) -> None:
    found = soap.gateway().free(soap.window, resource=RemoteResource("999", "C1"))
    assert (found.completeness, found.resources) == (Completeness.SUSPICIOUS_EMPTY, ())
    assert soap.gateway().free(soap.window, resource=RemoteResource("11", "C9")).resources == ()


def test_days_that_nobody_asked_for_are_dropped(hand: Hand) -> None:
    two_schedules(
        hand, first=rows(slot("1"), slot("1", "20260908093000")), second=rows(slot("2", "20260831230000"))
    )
    found = hand.gateway().free(WEEK, resource=RemoteResource("11", "C1"))
    assert [item.begin.text for item in found.items] == ["20260901093000"]
    asked = hand.sent(SLOTS)[0]
    assert (field(asked, "DATE_FROM"), field(asked, "DATE_TO")) == ("20260901", "20260914")
    assert found.as_of.tzinfo is UTC

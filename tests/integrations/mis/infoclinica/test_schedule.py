"""What is read as free time, and what never is."""

from datetime import timedelta

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Capabilities,
    GatewayUnavailableError,
    RemoteOffset,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    TimeKind,
    Window,
)
from integrations.mis.infoclinica.factory import (
    ANNA,
    BRANCH,
    Canned,
    Clinic,
    cell,
    day_after,
    grid,
    hours,
    request,
    slot,
    stint,
)

DAY = day_after(3)
ONE_DAY = Window(DAY, DAY)
NINE_TO_TEN = cell("9:0", "9:30") + cell("9:30", "10:0")


def test_what_it_can_do_is_said() -> None:
    semantics = SlotSemantics(SlotShape.GRID, bookings_removed=False, zone_on_wire=True)
    gateway = Canned(url="http://127.0.0.1:9").gateway(max_window_days=14, settle_seconds=90)
    assert gateway.capabilities() == Capabilities(
        semantics,
        change_feed=True,
        needs_patient=True,
        can_move=True,
        move_keeps_ref=True,
        can_find_by_patient=True,
        has_reference=True,
        reports_busy=True,
        lists_visits=True,
        max_window_days=14,
        settle_seconds=110,  # a move may leave four timeouts of 5 s after its call began
    )
    with pytest.raises(NotImplementedError):
        gateway.hold(slot())


def test_the_grid_becomes_stretches_without_breaks_and_with_its_step(clinic: Clinic) -> None:
    found = clinic.gateway().free(ONE_DAY)
    assert found.completeness is Completeness.FULL
    assert hours(found, TimeKind.FREE, ANNA, DAY) == [(9, 13), (13.5, 17)]
    assert {item.step_minutes for item in found.items} == {15}
    assert found.warnings == ()


def test_the_server_cuts_the_grid_by_our_step(clinic: Clinic) -> None:
    clinic.gateway(step_minutes=20).free(ONE_DAY)
    assert {message.fields["EXTINTERV"] for message in clinic.sent("SCHEDULE")} == {"20"}


def test_a_branch_is_asked_at_itself(clinic: Clinic) -> None:
    clinic.gateway().free(ONE_DAY)
    asked = clinic.sent("DOCT_SCHEDULE_FREE")
    assert [(message.branch, message.fields["FILIALLIST"]) for message in asked] == [
        (1, "1"), (2, "2"), (3, "3"), (4, "4"),
    ]  # fmt: skip
    assert [message.branch for message in clinic.sent("SCHEDULE")] == [1, 2, 3, 4]


def test_one_doctor_is_asked_alone(clinic: Clinic) -> None:
    found = clinic.gateway().free(ONE_DAY, resource=ANNA)
    assert found.resources == (ANNA,)
    assert [message.fields["DCODEIN"] for message in clinic.sent("SCHEDULE")] == ["7001"]


def test_many_doctors_are_asked_in_parts(clinic: Clinic) -> None:
    found = clinic.gateway(doctors_at_once=1).free(ONE_DAY)
    assert len(clinic.sent("SCHEDULE")) == 6
    assert found.items == clinic.gateway().free(ONE_DAY).items


def test_a_visit_is_taken_time(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot(10, minutes=45, days=3)))
    found = gateway.free(ONE_DAY, resource=ANNA)
    assert hours(found, TimeKind.BUSY, ANNA, DAY) == [(10, 10.75)]
    assert hours(found, TimeKind.FREE, ANNA, DAY) == [(9, 10), (10.75, 13), (13.5, 17)]


def test_online_only_time_is_not_offered_for_a_visit_in_the_clinic(clinic: Clinic) -> None:
    found = clinic.gateway().free(ONE_DAY, resource=ANNA)
    assert hours(found, TimeKind.BREAK, ANNA, DAY) == [(18, 20)]
    online = clinic.gateway(online_modes=[3]).free(ONE_DAY, resource=ANNA)
    assert hours(online, TimeKind.FREE, ANNA, DAY) == [(18, 20)]


def test_trap_10_every_branch_tells_its_zone(clinic: Clinic) -> None:
    told = clinic.gateway().free(ONE_DAY).offsets
    assert {(one.location_id, one.minutes) for one in told} == {
        ("1", 180),
        ("2", 120),
        ("3", 420),
        ("4", 720),
    }


def test_trap_10_an_interval_that_contradicts_its_branch_is_told_too(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(DAY, more="<TIMEZONE>4</TIMEZONE>"),
        SCHEDULE=grid(DAY, NINE_TO_TEN),
    )
    assert canned.gateway().free(ONE_DAY).offsets == (
        RemoteOffset("1", DAY, 180),
        RemoteOffset("1", DAY, 240),
    )


@pytest.mark.parametrize("kind", [0, 2, -6, 9])
def test_only_freetype_1_is_free(canned: Canned, kind: int) -> None:
    cells = cell("9:0", "9:30") + cell("9:30", "10:0", kind)
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, cells))
    found = canned.gateway().free(ONE_DAY)
    assert hours(found, TimeKind.FREE, ANNA, DAY) == [(9, 9.5)]
    assert hours(found, TimeKind.BUSY, ANNA, DAY) == [(9.5, 10)]


def test_another_meaning_of_freetype_is_the_profile_s(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, cell("9:0", "10:0", 0))
    )
    found = canned.gateway(free_types=[0]).free(ONE_DAY)
    assert hours(found, TimeKind.FREE, ANNA, DAY) == [(9, 10)]


CLOSED = "<CHECKDATA><CHECKCODE>2</CHECKCODE><CHECKLABEL>Нет</CHECKLABEL></CHECKDATA>"
INFO = CLOSED.replace(">2<", ">1<")


@pytest.mark.parametrize(
    "place", ["<DEPNUM>501</DEPNUM>", "<DCODE>7001</DCODE>", "<RNUM>К1</RNUM>", "<FREETYPE>1</FREETYPE>"]
)
def test_trap_20_a_checkcode_2_anywhere_in_the_schedule_closes_the_time(canned: Canned, place: str) -> None:
    told = grid(DAY, cell("9:0", "10:0")).replace(place, place + CLOSED)
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=told)
    found = canned.gateway().free(ONE_DAY)
    assert hours(found, TimeKind.FREE, ANNA, DAY) == []
    assert hours(found, TimeKind.BREAK, ANNA, DAY) == [(9, 10)]
    assert found.warnings == ("doctor 7001 in branch 1 has free time that CHECKCODE 2 closes to everybody",)


def test_a_checkcode_1_only_informs(canned: Canned) -> None:
    told = grid(DAY, cell("9:0", "10:0", more=INFO))
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=told)
    assert hours(canned.gateway().free(ONE_DAY), TimeKind.FREE, ANNA, DAY) == [(9, 10)]


def test_trap_20_a_checkcode_2_of_the_whole_answer_is_no_schedule(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, NINE_TO_TEN) + CLOSED
    )
    with pytest.raises(GatewayUnavailableError, match="closes all that it tells"):
        canned.gateway().free(ONE_DAY)


def test_trap_07_an_empty_answer_is_suspicious(clinic: Clinic) -> None:
    clinic.fault("empty_ok", operation="DOCT_SCHEDULE_FREE", times=None)
    found = clinic.gateway().free(ONE_DAY)
    assert (found.completeness, found.items, found.resources) == (Completeness.SUSPICIOUS_EMPTY, (), ())


def test_trap_07_work_without_a_grid_is_not_a_day_without_time(clinic: Clinic) -> None:
    clinic.fault("empty_ok", operation="SCHEDULE", branch=1)
    found = clinic.gateway().free(ONE_DAY)
    assert found.completeness is Completeness.FULL
    assert {one.location_id for one in found.resources} == {"2", "3", "4"}
    assert "the schedule of doctor 7001 in branch 1: an interval without a grid" in found.warnings


def test_trap_07_a_doctor_with_half_a_grid_is_not_named(clinic: Clinic) -> None:
    clinic.fault("partial", branch=1)
    found = clinic.gateway().free(Window(DAY, DAY + timedelta(days=3)))
    assert {one.location_id for one in found.resources} == {"2", "3", "4"}
    assert [item for item in found.items if item.resource.location_id == "1"] == []


def test_trap_07_a_branch_that_does_not_answer_fails_the_whole(clinic: Clinic) -> None:
    clinic.fault("http_500", operation="SCHEDULE", branch=3)
    with pytest.raises(GatewayUnavailableError, match="SCHEDULE: HTTP 500"):
        clinic.gateway().free(ONE_DAY)


def test_a_profile_of_one_branch_is_stopped_by_no_other(clinic: Clinic) -> None:
    clinic.fault("http_500", operation="SCHEDULE", branch=3)
    found = clinic.gateway(branches=["1", "2"]).free(ONE_DAY)
    assert {one.location_id for one in found.resources} == {"1", "2"}


def test_trap_09_the_schedule_of_another_branch_is_refused(canned: Canned) -> None:
    told = stint(DAY).replace("<FILIAL>1<", "<FILIAL>2<")
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=told, SCHEDULE=grid(DAY, NINE_TO_TEN))
    with pytest.raises(GatewayUnavailableError, match="branch 1 was asked and branch 2 answered"):
        canned.gateway().free(ONE_DAY)


def test_trap_03_taken_time_wins_over_free_time_of_another_interval(canned: Canned) -> None:
    """Both stand in the answer; what is taken is subtracted by the normaliser (`bookings_removed` False)."""
    both = grid(DAY, cell("9:0", "10:0"), ident="1") + grid(DAY, cell("9:30", "10:0", 2), ident="2")
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(DAY, ident="1") + stint(DAY, ident="2"),
        SCHEDULE=both,
    )
    found = canned.gateway().free(ONE_DAY)
    assert hours(found, TimeKind.BUSY, ANNA, DAY) == [(9.5, 10)]
    assert canned.gateway().capabilities().semantics.bookings_removed is False


def test_a_doctor_that_was_not_asked_for_is_left_out(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(DAY) + stint(DAY, doctor="7009"),
        SCHEDULE=grid(DAY, NINE_TO_TEN) + grid(DAY, NINE_TO_TEN, doctor="7009"),
    )
    assert canned.gateway().free(ONE_DAY, resource=ANNA).resources == (ANNA,)


def test_a_branch_that_is_not_in_the_list_has_no_time(clinic: Clinic) -> None:
    found = clinic.gateway().free(ONE_DAY, resource=RemoteResource("7001", "9"))
    assert (found.completeness, found.resources) == (Completeness.SUSPICIOUS_EMPTY, ())


def test_the_past_may_be_missing_in_the_grid(canned: Canned) -> None:
    today = day_after(0)
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(today, ident="1") + stint(DAY, ident="2"),
        SCHEDULE=grid(DAY, NINE_TO_TEN, ident="2"),
    )
    found = canned.gateway().free(Window(today, DAY))
    assert (found.resources, found.warnings) == ((ANNA,), ())

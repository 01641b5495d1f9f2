"""What a base of 1С has of its own: it tells no changes, and two tables make one free time."""

from typing import Any

import pytest

from domain.scheduling.over_simulator import Clinic, until
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import State
from integrations.mis.odata_1c.factory import INTERVALS, VISITS, WORK

READS = "schedule"


def test_trap_06_a_registrar_s_visit_is_cut_out_of_the_shift_by_the_next_sync(clinic: Clinic) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    assert clinic.is_offered(slot)
    assert clinic.synchronise().is_complete
    assert not clinic.is_offered(slot)
    clinic.registrar_cancels(slot)
    assert clinic.synchronise().is_complete
    assert slot.key in clinic.offered()


@pytest.mark.parametrize("table", [WORK, VISITS])
def test_trap_07_half_of_the_truth_changes_nothing(clinic: Clinic, table: str) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    assert clinic.synchronise().is_complete
    mirror = clinic.mirror()
    clinic.fault("empty", READS, entity=table, times=1000)
    for _ in range(4):
        assert not clinic.synchronise().is_complete
    assert clinic.mirror() == mirror
    clinic.well()
    clinic.fault("odata_error", READS, entity=table, times=1)
    with pytest.raises(GatewayUnavailableError, match="Недостаточно прав"):
        clinic.synchronise()
    assert clinic.mirror() == mirror
    assert not clinic.is_offered(slot)


def test_a_reading_during_which_the_base_changed_is_done_anew_and_then_not_believed(clinic: Clinic) -> None:
    assert clinic.synchronise().is_complete
    mirror = clinic.mirror()
    with clinic.bound(page=20):
        clinic.fault("shifted", READS, times=1)
        assert clinic.synchronise().is_complete
        clinic.fault("shifted", READS, times=1000)
        with pytest.raises(GatewayUnavailableError, match="changed while they were read"):
            clinic.synchronise()
    assert clinic.mirror() == mirror


def test_a_mapping_of_a_state_that_the_clinic_renamed_closes_times_and_sells_none(clinic: Clinic) -> None:
    """«Отменена» became another word: cancelled visits count as taken until the mapping follows."""
    slot = clinic.take()
    visit = clinic.booked(slot)
    clinic.cancel(visit)
    clinic.work()
    assert clinic.state(visit) is State.CANCELLED
    work, visits = INTERVALS["time"]
    renamed: dict[str, Any] = {"time": [work, visits | {"gone": {"Статус": ["Отменено"]}}]}
    with clinic.bound(**renamed):
        assert clinic.synchronise().is_complete
        assert not clinic.is_offered(slot)
    assert clinic.synchronise().is_complete
    assert slot.key in clinic.offered()


def test_where_references_cannot_be_closed_a_late_visit_is_found(clinic: Clinic) -> None:
    slot = clinic.take()
    with clinic.bound(booking={"closes_references": False}):
        visit = clinic.confirm(slot)
        clinic.fault("commit_late", "book")
        clinic.work()
        assert clinic.state(visit) is State.UNKNOWN
        until(lambda: len(clinic.bookings(slot)) == 1)
        assert clinic.quieten(visit) is State.BOOKED

"""What БИТ.УМЦ has of its own: a time is reserved before it is booked, and 1С may refuse in words."""

import pytest

from domain.scheduling.over_simulator import Clinic
from domain.scheduling.simulator.clinic import LOST
from feldsher.domain.scheduling.types import State

REFUSED = ("text_500",)  # 1С says in words that it has written nothing


@pytest.mark.parametrize("name", [*LOST, *REFUSED, "clerk_race"])
def test_a_fault_at_the_reserve_ends_with_one_visit_or_none(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    before = clinic.calls()
    visit = clinic.confirm(slot)
    clinic.fault(name, "reserve")
    clinic.work()
    state = clinic.quieten(visit)
    assert state in {State.BOOKED, State.REJECTED}
    booked = [item for item in clinic.ours(slot) if item["status"] == "booked"]
    assert len(booked) == (1 if state is State.BOOKED else 0)
    if state is State.REJECTED:
        reason = clinic.reason(visit)
        assert reason in {"mis_unavailable", "taken_in_mis", "mis_rejected"}
        assert clinic.calls() - before == (1 if reason == "mis_unavailable" else 0)


def test_a_cancel_that_1c_refuses_in_words_leaves_the_visit_in_both_and_promises_a_call(
    clinic: Clinic,
) -> None:
    slot = clinic.take()
    before = clinic.calls()
    visit = clinic.booked(slot)
    clinic.cancel(visit)
    clinic.fault("text_500", "cancel")
    clinic.work()
    assert (clinic.state(visit), clinic.reason(visit)) == (State.BOOKED, "cancel_rejected")
    assert clinic.calls() == before + 1
    assert [item["status"] for item in clinic.ours(slot)] == ["booked"]

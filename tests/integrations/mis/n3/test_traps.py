"""The traps of mis.md §7 that concern the hub, by number, where no other file of this folder has them."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Booked,
    Cancelled,
    Found,
    NotFound,
    RemoteResource,
    Taken,
    Unknown,
)
from integrations.mis.n3.factory import (
    BY_HAND,
    HEART,
    SURGERY,
    THERAPY,
    Hand,
    Hub,
    history,
    query,
    slot_of,
    visit,
)
from testbench.n3.base import Rules

SET, HISTORY = "SetAppointment", "GetPatientHistory"
REF = "1/p-1/000123/2026-09-01T09%3A30%3A00/18"


def until(happens: Callable[[], object], *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_trap_01_a_visit_that_is_committed_late_is_absent_first_and_found_after_the_settle_time(
    simulate: Callable[..., Hub],
) -> None:
    hub = simulate()
    slot, gateway = hub.slot(), hub.gateway(timeout=0.4, settle_seconds=1)
    request = hub.request(slot)
    hub.fault("commit_late", SET, times=1, delay=1.0)
    assert isinstance(gateway.book(request), Unknown)
    assert gateway.find_booking(query(slot)) == Absent()  # scheduling believes two reads after it settled
    until(hub.site_visits)
    assert isinstance(gateway.find_booking(query(slot)), Found)
    assert gateway.capabilities().settle_seconds == 2  # and the looks before the call


def test_trap_02_a_stale_schedule_at_the_look_ends_at_the_hub_s_own_refusal(hub: Hub) -> None:
    slot = hub.slot()
    request = hub.request(slot)
    hub.clerk_books(slot)
    hub.fault("stale_grid", times=1)
    assert hub.gateway().book(request) == Taken("Талон к врачу занят/заблокирован")
    assert hub.site_visits() == []


def test_trap_04_a_ticket_is_neither_cut_nor_joined(hub: Hub) -> None:
    slot = hub.slot(THERAPY)
    assert slot.minutes == 15
    for minutes in (10, 30):
        assert hub.gateway().book(hub.request(replace(slot, minutes=minutes))) == Taken()
    assert isinstance(hub.gateway().book(hub.request(slot)), Booked)
    (row,) = hub.site_visits()
    assert (row["start"][:19], row["end"][:19]) == (slot.begin.iso(), slot.begin.plus(900).iso())


def test_trap_08_an_id_that_denotes_another_time_now_is_not_booked(hub: Hub) -> None:
    slot, other = hub.slot(), hub.slot(nth=4)
    request = hub.request(slot)
    hub.clerk("swap", lpu=1, one=slot.ticket, other=other.ticket)
    assert hub.gateway().book(request) == Taken()
    assert hub.site_visits() == []


def test_trap_08_a_ticket_that_was_cancelled_and_given_to_somebody_else_is_not_ours(hub: Hub) -> None:
    slot = hub.slot()
    ref = hub.booked(slot)
    (row,) = hub.site_visits()
    hub.clerk("cancel", id=row["id"])
    theirs = hub.clerk_books(slot)
    assert hub.gateway().cancel(ref, reason="") == AlreadyCancelled()
    assert hub.gateway().find_booking(query(slot)) == Found(ref, "cancelled", slot.begin)
    stands = [item for item in hub.state()["bookings"] if item["id"] == theirs["id"]]
    assert [item["status"] for item in stands] == ["booked"]


def test_trap_08_our_visit_under_an_id_that_was_given_anew_is_cancelled_by_its_doctor_and_begin(
    hub: Hub,
) -> None:
    slot, other = hub.slot(), hub.slot(nth=4)
    ref = hub.booked(slot)
    hub.clerk("swap", lpu=1, one=slot.ticket, other=other.ticket)
    assert hub.gateway().find_booking(query(slot, ref=ref)) == Found(ref, "booked", slot.begin)
    assert hub.gateway().cancel(ref, reason="") == Cancelled()
    assert hub.site_visits() == []


@pytest.mark.parametrize(
    "others",
    [
        visit("000123", "2026-09-08T09:30:00"),  # the id denotes a visit of the same patient a week later
        visit("000999", "2026-09-01T09:30:00", doctor="19"),  # another doctor at that time
        visit("000999", "2026-09-01T11:30:00", doctor="18"),
    ],
)
def test_trap_08_a_visit_of_the_same_patient_that_is_not_this_one_is_not_touched(
    hand: Hand, others: str
) -> None:
    hand.results[HISTORY] = history(others)
    assert isinstance(hand.gateway().cancel(REF, reason=""), Unknown | NotFound)
    assert isinstance(hand.gateway().find_booking(query(BY_HAND, ref=REF)), Found) is False
    assert hand.sent("CreateClaimForRefusal") == []


def test_trap_08_a_мис_that_names_visits_by_numbers_of_its_own_is_cancelled_by_them(
    simulate: Callable[..., Hub],
) -> None:
    hub = simulate(rules=Rules(own_ids=True))
    slot = hub.slot()
    ref, gateway = hub.booked(slot), hub.gateway(moves=True)
    assert gateway.find_booking(query(slot)) == Found(ref, "booked", slot.begin)
    moved = gateway.move(ref, request=hub.request(hub.slot(nth=3)), old=None)
    assert isinstance(moved, Booked)
    assert gateway.cancel(moved.ref, reason="") == Cancelled()
    assert hub.site_visits() == []
    assert gateway.cancel(moved.ref, reason="") == AlreadyCancelled()


def test_trap_09_doctor_17_of_one_lpu_is_not_doctor_17_of_the_next(hub: Hub) -> None:
    slot = slot_of(hub.items(THERAPY)[-1])
    elsewhere = replace(slot, resource=RemoteResource("17@2", "2"))
    assert hub.gateway().book(hub.request(elsewhere)) == Taken()
    assert hub.site_visits() == []
    hub.booked(slot)
    (row,) = hub.site_visits()
    assert (row["resource"], row["location"]) == ("17@1", "1")


@pytest.mark.parametrize(("resource", "zone"), [(HEART, "Europe/Moscow"), (SURGERY, "Asia/Yekaterinburg")])
def test_trap_10_wall_times_stay_the_wall_s_in_either_zone(
    either: Hub, resource: RemoteResource, zone: str
) -> None:
    slot = either.slot(resource)
    either.booked(slot)
    (row,) = either.site_visits()
    assert row["start"] == slot.begin.at(ZoneInfo(zone)).astimezone(ZoneInfo(zone)).isoformat()


def test_trap_10_a_bare_day_asks_for_the_whole_of_the_last_day(hub: Hub) -> None:
    """A hub that takes visitEnd for its midnight would hide the last day."""
    today, items = hub.window.first, hub.gateway().free(hub.window).items
    last = min(day for item in items if (day := item.begin.day) >= today + timedelta(days=2))
    window = replace(hub.window, last=last)
    plain, bare = (hub.gateway(bare_days=bare).free(window).items for bare in (False, True))
    assert [(item.ticket, item.begin) for item in bare] == [(item.ticket, item.begin) for item in plain]
    assert max(item.begin.day for item in bare) == last

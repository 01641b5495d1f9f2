"""The whole of scheduling over МЕДИАЛОГ: one visit there or none, the same here, never two."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from domain.scheduling.medialog.conftest import MIS, MedialogClinic
from domain.scheduling.simulator.conftest import TIMEOUT, until
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import gateways, sync
from feldsher.domain.scheduling.models import Appointment, Availability
from feldsher.domain.scheduling.types import OpenSlot, State

ADD = "PLANNING_ADD_VISIT"
LOST = ("commit_then_drop", "commit_late", "slow", "http_500", "soap_fault", "garbage", "html", "empty_ok")


def agree(clinic: MedialogClinic, slot: OpenSlot, state: State) -> None:
    ours = [item for item in clinic.bookings(slot) if item["source"] == "site"]
    assert len(ours) == (1 if state is State.BOOKED else 0)


def strike(clinic: MedialogClinic, name: str, operation: str) -> None:
    clinic.fault(name, operation, **({"delay": TIMEOUT + 0.3} if name in {"slow", "commit_late"} else {}))


def test_a_time_is_synchronised_held_confirmed_and_booked_in_the_mis_and_then_not_offered(
    clinic: MedialogClinic,
) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    assert clinic.bookings(slot) == []
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    (row,) = clinic.bookings(slot)
    assert row["client_ref"] == str(visit)
    assert clinic.look() == 1
    assert slot.key not in {item.key for item in clinic.times()}


def test_a_time_that_the_registry_sold_by_phone_is_refused_with_nothing_left_behind(
    clinic: MedialogClinic,
) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    resource = clinic.resource(slot)
    clinic.call(
        "book", resource=resource.practitioner_id, location=resource.location_id,
        start=slot.key.start.isoformat(), end=slot.end.isoformat(),
    )  # fmt: skip
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert Appointment.objects.get(pk=visit).reason == "taken_in_mis"
    agree(clinic, slot, State.REJECTED)
    assert clinic.look() == 1
    assert slot.key not in {item.key for item in clinic.times()}


@pytest.mark.parametrize("name", [*LOST, "clerk_race", "refused"])
def test_a_fault_at_the_visit_ends_with_one_visit_or_none(clinic: MedialogClinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    strike(clinic, name, ADD)
    clinic.work()
    if name == "commit_late":
        until(lambda: len(clinic.bookings(slot)) == 1)
    state = clinic.quieten(visit)
    assert state is (State.REJECTED if name in {"clerk_race", "refused"} else State.BOOKED)
    agree(clinic, slot, state)


def test_a_cancelled_time_is_free_in_the_mis_and_offered_again_after_the_look(clinic: MedialogClinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.look()
    clinic.cancel(visit)
    clinic.work()
    assert clinic.state(visit) is State.CANCELLED
    assert clinic.bookings(slot) == []
    assert clinic.look() == 1
    clinic.used.clear()
    assert slot.key in {item.key for item in clinic.times()}


@pytest.mark.parametrize("name", ["commit_then_drop", "http_500", "garbage", "empty_ok"])
def test_a_fault_at_the_cancel_ends_with_a_free_time(clinic: MedialogClinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.cancel(visit)
    strike(clinic, name, "cancel")
    clinic.work()
    assert clinic.quieten(visit) is State.CANCELLED
    assert clinic.bookings(slot) == []


def test_without_a_cancel_event_the_visit_stays_in_both_and_a_registrar_is_asked(
    clinic: MedialogClinic,
) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    before, calls = gateways.gateway(MIS), clinic.calls()
    gateways.bind({MIS: clinic.gateway(cancel_event="", gone_words=[])})
    try:
        clinic.cancel(visit)
        clinic.work()
    finally:
        gateways.bind({MIS: before})
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.reason) == (State.BOOKED, "cancel_rejected")
    assert clinic.calls() == calls + 1
    agree(clinic, slot, State.BOOKED)


def test_without_an_event_that_lists_visits_a_lost_one_ends_with_a_call_and_the_time_stays_blocked(
    clinic: MedialogClinic,
) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    before, calls = gateways.gateway(MIS), clinic.calls()
    gateways.bind({MIS: clinic.gateway(visits_event="", reference_field="")})
    try:
        strike(clinic, "commit_then_drop", ADD)
        clinic.work()
        for _ in range(20):
            clinic.tick()
        assert clinic.state(visit) is State.UNKNOWN
        assert clinic.calls() == calls + 1
        assert len(clinic.bookings(slot)) == 1
    finally:
        gateways.bind({MIS: before})
    assert clinic.quieten(visit) is State.BOOKED


@pytest.mark.parametrize("name", ["empty_ok", "no_result", "garbage", "html", "http_500"])
def test_an_empty_or_a_broken_schedule_leaves_the_mirror_as_it_was(clinic: MedialogClinic, name: str) -> None:
    def mirror() -> list[tuple[object, ...]]:
        rows = Availability.objects.order_by("practitioner", "day", "location", "room")
        return list(rows.values_list("practitioner", "day", "location", "room", "digest"))

    assert sync.synchronise(MIS).is_complete
    before = mirror()
    assert before
    clinic.call("faults", name=name, operation="PLANNING_SUBJ_SLOTS_QUERY")
    for _ in range(4):
        try:
            assert not sync.synchronise(MIS).is_complete
        except gateways.GatewayUnavailableError:
            continue
    assert mirror() == before
    clinic.well()
    assert sync.synchronise(MIS).is_complete


def test_a_doctor_whose_answer_is_empty_keeps_the_time_until_three_complete_syncs_agree(
    clinic: MedialogClinic,
) -> None:
    practitioner = directory.resolve_remote(MIS, practitioners={"14"}, locations=set()).practitioners["14"]
    rows = Availability.objects.filter(practitioner=practitioner)
    first = clinic.now().astimezone(ZoneInfo("Asia/Yekaterinburg")).replace(hour=9, minute=0, second=0)
    visits = [
        httpx.post(
            f"{clinic.bench}/_bench/book",
            json={
                "resource": "14", "location": "C2", "minutes": 480, "force": True,
                "start": (first + timedelta(days=day)).isoformat(),
            },
        ).json()["id"]
        for day in range(28)
    ]  # fmt: skip
    kept = rows.count()
    assert kept > 0
    counts = []
    for _ in range(3):
        assert sync.synchronise(MIS).is_complete
        counts.append(rows.count())
    assert counts == [kept, kept, 0]
    for visit in visits:
        clinic.call("cancel", id=visit)
    assert sync.synchronise(MIS).is_complete
    assert rows.count() > 0


def test_a_patient_with_two_cards_waits_for_a_registrar_and_nothing_is_written(
    clinic: MedialogClinic,
) -> None:
    slot, calls = clinic.take(), clinic.calls()
    visit = clinic.confirm(slot)
    phone = f"7900001{clinic.people // 100:02}{clinic.people % 100:02}"
    cards = [
        httpx.post(
            f"{clinic.bench}/_bench/patient",
            json={"surname": "Пробный", "name": "Пётр", "phone": phone},
        ).json()["id"]
        for _ in range(2)
    ]
    clinic.work()
    assert len(set(cards)) == 2
    assert clinic.state(visit) is State.UNKNOWN
    assert clinic.calls() == calls + 1
    assert clinic.bookings(slot) == []


def test_where_slots_are_tickets_the_visit_takes_the_one_that_was_offered(clinic: MedialogClinic) -> None:
    before = gateways.gateway(MIS)
    gateways.bind({MIS: clinic.gateway(slots="tickets")})
    try:
        assert sync.synchronise(MIS).is_complete
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.work()
        assert clinic.state(visit) is State.BOOKED
        (row,) = clinic.bookings(slot)
        assert Appointment.objects.get(pk=visit).ticket.startswith(f"{row['schedule']}@")
    finally:
        gateways.bind({MIS: before})
    assert sync.synchronise(MIS).is_complete

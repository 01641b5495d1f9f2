"""What every MIS must pass, whatever it means by a free time: one visit there or none, the same here.

A MIS is a class below: the scenarios of all, and those of what it tells besides. Its faults stand in its
clinic.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from pytest_django.plugin import DjangoDbBlocker

from domain.scheduling.infoclinica.clinic import InfoclinicaClinic
from domain.scheduling.medialog.clinic import MedialogClinic
from domain.scheduling.n3.clinic import N3Clinic, N3OfMoves
from domain.scheduling.odata_1c.clinic import CellsClinic, ShiftsClinic
from domain.scheduling.over_simulator import Clinic, lasting_clinic, until
from domain.scheduling.plain.clinic import PlainClinic
from domain.scheduling.simulator.clinic import BitUmcClinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import agreement, sql_calls
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import (
    Appointment,
    Availability,
    Discrepancy,
    Exchange,
    Offer,
    SyncStatus,
)
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import OpenSlot, State

TABLES = ("refused", "lost", "lost_search", "lost_cancel", "not_whole", "silent")
NOWHERE = "http://127.0.0.1:9/"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a scenario that asks for a table once for each fault that the class's MIS has in it."""
    for table in set(TABLES) & set(metafunc.fixturenames):
        metafunc.parametrize(table, list(getattr(metafunc.cls.kind, table)))


@pytest.fixture(scope="class")
def imported(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    database_urls: tuple[str, str],
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Clinic]:
    with lasting_clinic(request.cls.kind, owner=database_urls[1], blocker=django_db_blocker) as clinic:
        yield clinic


def stands_once(clinic: Clinic, slot: OpenSlot, visit: UUID) -> None:
    """Check that the visit is the one thing at its time in the MIS, under our reference where it is kept."""
    (row,) = clinic.bookings(slot)
    assert (row["status"], row["source"]) == ("booked", "site")
    if clinic.gateway().capabilities().has_reference:
        assert row["client_ref"] == str(visit)


class Scenarios:
    """Of all."""

    kind: ClassVar[type[Clinic]]

    def test_its_scenarios_are_those_of_its_capabilities(self, clinic: Clinic) -> None:
        can = clinic.gateway().capabilities()
        assert isinstance(self, TellsZones) == can.semantics.zone_on_wire == bool(clinic.strays)
        assert isinstance(self, TellsChanges) == can.change_feed
        assert isinstance(self, ListsVisits) == can.lists_visits

    # Booking.

    def test_a_confirmed_time_is_booked_in_the_mis_by_its_job_and_no_longer_offered(
        self, clinic: Clinic
    ) -> None:
        slot = clinic.take()
        assert slot.key in clinic.offered()
        visit = clinic.confirm(slot)
        assert clinic.bookings(slot) == []
        clinic.work()
        assert clinic.state(visit) is State.BOOKED
        stands_once(clinic, slot, visit)
        assert clinic.look() == 1
        assert not clinic.is_offered(slot)
        assert clinic.synchronise().is_complete
        assert not clinic.is_offered(slot)

    def test_a_time_that_the_registry_sold_by_phone_is_refused_with_nothing_left_behind(
        self, clinic: Clinic
    ) -> None:
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.by_phone(slot)
        clinic.work()
        assert (clinic.state(visit), clinic.reason(visit)) == (State.REJECTED, "taken_in_mis")
        assert [row["source"] for row in clinic.bookings(slot)] == ["clerk"]
        assert clinic.look() == 1
        assert not clinic.is_offered(slot)

    def test_trap_02_a_booking_that_the_mis_refuses_is_rejected_and_leaves_nothing_of_ours(
        self, clinic: Clinic, refused: str
    ) -> None:
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.fault(refused, "book")
        clinic.work()
        assert clinic.quieten(visit) is State.REJECTED
        assert clinic.reason(visit) == clinic.refused[refused]
        left = ["clerk"] if refused == "clerk_race" else []
        assert [row["source"] for row in clinic.bookings(slot)] == left

    def test_trap_01_a_lost_answer_to_a_booking_ends_with_one_visit(self, clinic: Clinic, lost: str) -> None:
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.fault(lost, "book")
        clinic.work()
        if lost == "commit_late":
            until(lambda: len(clinic.bookings(slot)) == 1)
        assert clinic.quieten(visit) is State.BOOKED
        stands_once(clinic, slot, visit)

    def test_trap_01_a_lost_booking_whose_read_back_is_lost_too_ends_with_one_visit(
        self, clinic: Clinic, lost_search: str
    ) -> None:
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.fault("commit_then_drop", "book")
        clinic.fault(lost_search, clinic.search, times=2)
        clinic.work()
        assert clinic.state(visit) is State.UNKNOWN
        assert clinic.quieten(visit) is State.BOOKED
        stands_once(clinic, slot, visit)

    def test_a_mis_that_nobody_reaches_ends_in_a_call_within_the_promised_hour(self, clinic: Clinic) -> None:
        slot, before = clinic.take(), clinic.calls()
        visit = clinic.confirm(slot)
        with clinic.bound(url=NOWHERE):
            clinic.work()
            assert clinic.state(visit) is State.BOOKING
            assert clinic.quieten(visit) is State.REJECTED
        assert clinic.reason(visit) == "mis_unavailable"
        assert clinic.calls() == before + 1
        assert clinic.bookings(slot) == []

    # Cancelling.

    def test_a_cancelled_time_is_free_in_the_mis_and_offered_again_after_the_look(
        self, clinic: Clinic
    ) -> None:
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.look()
        assert not clinic.is_offered(slot)
        clinic.cancel(visit)
        clinic.work()
        assert clinic.state(visit) is State.CANCELLED
        assert clinic.bookings(slot) == []
        assert not clinic.is_offered(slot)
        assert clinic.look() == 1
        assert slot.key in clinic.offered()

    def test_trap_16_a_lost_answer_to_a_cancel_ends_with_a_free_time(
        self, clinic: Clinic, lost_cancel: str
    ) -> None:
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.cancel(visit)
        clinic.fault(lost_cancel, "cancel")
        clinic.work()
        assert clinic.quieten(visit) is State.CANCELLED
        assert clinic.bookings(slot) == []
        clinic.look()
        assert slot.key in clinic.offered()

    def test_trap_16_a_visit_that_is_cancelled_twice_is_cancelled(self, clinic: Clinic) -> None:
        """By a registrar first, of which we have not heard; then by the patient, who asks once more."""
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.registrar_cancels(slot)
        calls = clinic.calls()
        clinic.cancel(visit)
        clinic.work()
        assert clinic.quieten(visit) is State.CANCELLED
        assert clinic.cancel(visit) is State.CANCELLED
        clinic.work()
        assert clinic.bookings(slot) == []
        assert clinic.calls() == calls

    # Moving.

    def test_a_moved_visit_stands_at_its_new_time_and_nowhere_else(self, clinic: Clinic) -> None:
        slot = clinic.take()
        visit, other = clinic.booked(slot), clinic.take(like=slot)
        moved = clinic.move(visit, other)
        assert clinic.state(visit) is State.BOOKED
        clinic.work()
        assert clinic.state(moved) is State.BOOKED
        assert (clinic.state(visit), clinic.reason(visit)) == (State.MOVED, "moved_by_patient")
        assert clinic.quieten(visit) is State.MOVED
        assert clinic.bookings(slot) == []
        stands_once(clinic, other, moved)
        clinic.look()
        assert clinic.is_offered(slot)

    def test_a_visit_whose_new_time_the_registry_sold_stays_where_it_was(self, clinic: Clinic) -> None:
        slot = clinic.take()
        visit, other = clinic.booked(slot), clinic.take(like=slot)
        moved = clinic.move(visit, other)
        clinic.by_phone(other)
        clinic.work()
        assert (clinic.state(moved), clinic.reason(moved)) == (State.REJECTED, "taken_in_mis")
        assert clinic.state(visit) is State.BOOKED
        stands_once(clinic, slot, visit)
        clinic.look()

    # What the registry did itself.

    def test_a_visit_that_the_registry_cancels_ends_here_after_its_time_is_shown_free(
        self, clinic: Clinic
    ) -> None:
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.registrar_cancels(slot)
        clinic.rounds(2)
        assert clinic.state(visit) is State.CANCELLED
        assert clinic.reason(visit) in {"cancelled_in_mis", "missing_in_mis"}
        assert slot.key in clinic.offered()

    def test_a_visit_that_stands_is_confirmed_and_nothing_differs(self, clinic: Clinic) -> None:
        visit = clinic.booked(clinic.take())
        clinic.rounds(1)
        found = clinic.compare()
        assert found.finished_at is not None
        assert found.agreed > 0
        assert Exchange.objects.get(pk=visit).checked_at is not None
        assert clinic.state(visit) is State.BOOKED
        assert not Discrepancy.objects.filter(appointment=visit).exists()

    # The schedule.

    def test_trap_07_an_answer_that_is_not_whole_changes_nothing_and_ages(
        self, clinic: Clinic, not_whole: str
    ) -> None:
        assert clinic.synchronise().is_complete
        mirror, offered, (as_of, failures) = clinic.mirror(), clinic.offered(), clinic.heard()
        assert mirror
        assert failures == 0
        clinic.fault(not_whole, clinic.schedule, times=1000)
        for count in range(1, 5):  # once more than an absent doctor is believed after
            assert not clinic.synchronise().is_complete
            assert clinic.heard() == (as_of, count)
        assert (clinic.mirror(), clinic.offered().keys()) == (mirror, offered.keys())
        clinic.well()
        assert clinic.synchronise().is_complete
        assert clinic.mirror() == mirror

    def test_a_schedule_that_did_not_come_changes_nothing_and_is_written_down(
        self, clinic: Clinic, silent: str
    ) -> None:
        assert clinic.synchronise().is_complete
        mirror, offered, (as_of, failures) = clinic.mirror(), clinic.offered(), clinic.heard()
        assert mirror
        assert failures == 0
        clinic.fault(silent, clinic.schedule, times=1000)
        for count in range(1, 5):
            with pytest.raises(GatewayUnavailableError):
                clinic.synchronise()
            assert clinic.heard() == (as_of, count)
        assert (clinic.mirror(), clinic.offered().keys()) == (mirror, offered.keys())
        clinic.well()
        assert clinic.synchronise().is_complete


class TellsZones:
    """Of a MIS whose schedule names the zone of a branch."""

    def test_trap_10_a_branch_that_is_taken_for_another_zone_is_stopped_and_comes_back(
        self, clinic: Clinic
    ) -> None:
        assert clinic.synchronise().alarms == ()
        strays = directory.resolve_remote(clinic.mis, practitioners=set(), locations={*clinic.strays})
        stopped, before, offered = set(strays.locations.values()), branches(), clinic.offered().keys()
        assert len(stopped) == len(clinic.strays)
        assert stopped <= before
        clinic.go_astray()
        report = clinic.synchronise()
        assert report.is_complete
        assert len(report.alarms) == len(stopped)
        last_error = SyncStatus.objects.get(pk=clinic.mis).last_error
        for alarm, zone in zip(report.alarms, clinic.strays.values(), strict=True):
            assert f"остановлен: МИС считает его время {zone}" in alarm
            assert alarm in last_error
        assert branches() == before - stopped
        assert clinic.offered().keys() == {key for key in offered if key.location_id not in stopped}
        clinic.well()
        assert clinic.synchronise().alarms == ()
        assert branches() == before
        assert clinic.offered().keys() == offered


class TellsChanges:
    """Of a MIS with a feed of changes."""

    def test_a_visit_that_the_registry_cancels_is_cancelled_here(self, clinic: Clinic) -> None:
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.follow()
        assert clinic.state(visit) is State.BOOKED
        clinic.registrar_cancels(slot)
        assert clinic.follow() == 1
        assert (clinic.state(visit), clinic.reason(visit)) == (State.CANCELLED, "cancelled_in_mis")
        assert clinic.follow() == 0

    def test_a_visit_that_a_registrar_makes_takes_its_time_by_the_feed_alone(self, clinic: Clinic) -> None:
        slot = clinic.take()
        clinic.follow()
        clinic.by_phone(slot)
        assert slot.key in clinic.offered()
        assert clinic.follow() == 1
        assert not clinic.is_offered(slot)

    def test_trap_01_a_lost_answer_is_settled_by_the_feed_too(self, clinic: Clinic) -> None:
        slot = clinic.take()
        clinic.follow()
        visit = clinic.confirm(slot)
        clinic.fault("commit_then_drop", "book")
        clinic.work()
        assert clinic.state(visit) is State.UNKNOWN
        assert clinic.follow() == 1
        assert clinic.state(visit) is State.BOOKED
        assert clinic.follow() == 0
        assert clinic.quieten(visit) is State.BOOKED
        stands_once(clinic, slot, visit)


class ListsVisits:
    """Of a MIS that tells the visits on a patient's card."""

    def test_a_visit_that_the_clinic_booked_for_a_known_patient_becomes_theirs_here(
        self, clinic: Clinic
    ) -> None:
        first = clinic.booked(clinic.take())
        row = Appointment.objects.get(pk=first)
        patient, slot = row.patient, clinic.take(location=row.location)
        assert patient is not None
        clinic.by_phone(slot, of=first)
        assert agreement.look_up(patient) == 1
        rows = Appointment.objects.filter(patient=patient, state=State.BOOKED).exclude(pk=first)
        (found,) = rows
        assert (found.practitioner, found.visit.lower) == (slot.key.practitioner_id, slot.key.start)
        assert agreement.look_up(patient) == 0
        assert clinic.state(first) is State.BOOKED
        clinic.registrar_cancels(slot)
        clinic.rounds(2)
        assert clinic.state(found.pk) is State.CANCELLED

    def test_the_cards_of_a_mis_that_is_away_change_nothing(self, clinic: Clinic) -> None:
        visit = clinic.booked(clinic.take())
        patient = Appointment.objects.get(pk=visit).patient
        assert patient is not None
        with clinic.bound(url=NOWHERE):
            assert agreement.look_up(patient) == 0
        assert clinic.state(visit) is State.BOOKED
        clinic.look()


class MovesRecords:
    """Of a MIS that moves a record itself."""

    kind: ClassVar[type[Clinic]]

    def test_the_record_is_moved_and_nothing_is_cancelled_by_its_id(self, clinic: Clinic) -> None:
        can, slot = clinic.gateway().capabilities(), clinic.take()
        assert can.can_move
        visit, other = clinic.booked(slot), clinic.take(like=slot)
        (before,) = clinic.bookings(slot)
        moved = clinic.move(visit, other)
        clinic.work()
        assert (clinic.state(visit), clinic.state(moved)) == (State.MOVED, State.BOOKED)
        assert Exchange.objects.get(pk=visit).stage == "done"
        refs = [Exchange.objects.get(pk=each).ref for each in (visit, moved)]
        assert (refs[0] == refs[1]) is can.move_keeps_ref
        stands_once(clinic, other, moved)
        assert (clinic.bookings(other)[0]["id"] == before["id"]) is can.move_keeps_ref
        clinic.look()
        assert clinic.is_offered(slot)
        assert clinic.compare().checked >= 1
        assert not Discrepancy.objects.exclude(state="gone").filter(appointment__in=[visit, moved]).exists()
        assert clinic.cancel(moved) is State.CANCELLING
        clinic.work()
        assert (clinic.state(moved), clinic.bookings(other)) == (State.CANCELLED, [])

    @pytest.mark.parametrize("fault", ["commit_then_drop", "commit_late", "http_500"])
    def test_trap_01_a_lost_answer_to_a_move_ends_with_one_visit_at_one_time(
        self, clinic: Clinic, fault: str
    ) -> None:
        slot = clinic.take()
        visit, other = clinic.booked(slot), clinic.take(like=slot)
        moved = clinic.move(visit, other)
        clinic.fault(fault, "book")
        clinic.work()
        if fault == "commit_late":
            until(lambda: len(clinic.bookings(other)) == 1)
        assert clinic.quieten(moved) is State.BOOKED
        assert (clinic.state(visit), clinic.bookings(slot)) == (State.MOVED, [])
        stands_once(clinic, other, moved)
        clinic.look()

    def test_a_visit_that_a_registrar_cancelled_first_is_not_brought_back(self, clinic: Clinic) -> None:
        slot = clinic.take()
        visit, other = clinic.booked(slot), clinic.take(like=slot)
        moved, before = clinic.move(visit, other), clinic.calls()
        clinic.registrar_cancels(slot)
        clinic.work()
        assert (clinic.state(moved), clinic.reason(moved)) == (State.REJECTED, "visit_gone")
        assert clinic.bookings(slot) == clinic.bookings(other) == []
        assert clinic.calls() == before + 1
        clinic.look()


class MovesWithinItsTime:
    """Of a MIS that moves a record itself, and whose times are not tickets."""

    kind: ClassVar[type[Clinic]]

    def test_a_record_moves_to_a_time_that_overlaps_its_own(self, clinic: Clinic) -> None:
        slot = clinic.take()
        visit = clinic.booked(slot)
        clinic.look()
        offers = Offer.objects.filter(
            practitioner=slot.key.practitioner_id,
            location=slot.key.location_id,
            service=slot.key.service_id,
        )
        (before,) = offers.values_list("step", flat=True)
        offers.update(step=(slot.end - slot.key.start) / 2)
        found = sql_calls.free_slots(
            [slot.key.practitioner_id],
            location=slot.key.location_id,
            service=slot.key.service_id,
            span=(slot.key.start - timedelta(hours=1), slot.end),
            limit=500,
            answers=slot.key.answers,
            instead=making_way(visit),
        )
        other = next(each for each in found if each.key.start < slot.end and slot.key.start < each.end)
        moved = clinic.move(visit, other)
        offers.update(step=before)
        clinic.work()
        assert (clinic.state(visit), clinic.state(moved)) == (State.MOVED, State.BOOKED)
        stands_once(clinic, other, moved)
        clinic.look()


def branches() -> set[Any]:
    return set(Availability.objects.values_list("location", flat=True))


class TestBitUmc(Scenarios, MovesRecords, MovesWithinItsTime):
    kind = BitUmcClinic


class TestMedialog(Scenarios, ListsVisits):
    kind = MedialogClinic


class TestN3(Scenarios, ListsVisits):
    kind = N3Clinic


class TestN3OfMoves(MovesRecords):
    kind = N3OfMoves


class TestInfoclinica(Scenarios, MovesRecords, MovesWithinItsTime, TellsZones, TellsChanges, ListsVisits):
    kind = InfoclinicaClinic


class TestShiftsOf1C(Scenarios):
    kind = ShiftsClinic


class TestCellsOf1C(Scenarios):
    kind = CellsClinic


class TestPlain(Scenarios, TellsZones, TellsChanges):
    kind = PlainClinic

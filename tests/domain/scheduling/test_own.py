"""What the conformance of a MIS asks, of a clinic without one: one visit or none, and true hours.

No simulator stands behind it, so that no answer can be lost: of Scenarios remain those of booking, cancelling
and the schedule; and there are those of hours that staff change, and of a worker that dies at a write.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from conftest import SetClock
from domain.directory import factory as mis
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, week
from domain.scheduling.clinic import EYE_SOUTH, Schedule
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    confirmed,
    found_own_clinic,
    key,
    offered,
    own_schedule,
    run_jobs,
    state,
)
from domain.scheduling.exchange.world import killed_at_write, take_jobs
from domain.scheduling.interleaving import at_once
from domain.scheduling.scripted import Killed
from domain.scheduling.staff import somebody
from feldsher.domain.directory import services as records
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster.types import Stretches, Workplace
from feldsher.domain.scheduling import exchange, gateways, jobs, queue, selectors, services, sync, tending
from feldsher.domain.scheduling.errors import SlotNotOfferedError, SlotTakenError
from feldsher.domain.scheduling.models import (
    Appointment,
    Availability,
    BranchStage,
    CallRequest,
    Comparison,
    Exchange,
    SyncStatus,
)
from feldsher.domain.scheduling.ports import TimeItem, TimeKind
from feldsher.domain.scheduling.tokens import appointment_token, slot_token
from feldsher.domain.scheduling.types import SlotFilter, SlotKey, Stage, State
from feldsher.foundation.access.roles import Role
from feldsher.integrations.mis.own import OwnGateway
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import NotFoundError

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN = somebody(Role.SYSTEM_ADMIN)
MORNING = ["09:00", "09:30", "10:00"]


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to half past ten in Moscow."""
    set_clock(NOW)
    with own_schedule():
        clinic = found_own_clinic()
        works(clinic, week(thu=hours("9-10:30")))
        yield clinic


def works(clinic: OwnClinic, days: tuple[Stretches, ...]) -> None:
    services.set_week(clinic.at_north, days=days, since=TODAY, author=STAFF)
    run_jobs()


# Booking.


def test_a_confirmed_time_is_booked_by_its_job_and_offered_no_longer(clinic: OwnClinic) -> None:
    assert offered(clinic) == MORNING
    visit = confirmed(key(clinic, "09:30"))
    assert state(visit) is State.BOOKING
    assert run_jobs() == [queue.SYNC_DAY]
    assert state(visit) is State.BOOKED
    assert Exchange.objects.get(pk=visit).ref == str(visit)
    assert offered(clinic) == ["09:00", "10:00"]
    assert sync.synchronise(OWN_SCHEDULE).is_complete
    assert offered(clinic) == ["09:00", "10:00"]
    with pytest.raises(SlotTakenError):
        services.hold(slot_token(key(clinic, "09:30")), channel="site", device="other")


def test_of_two_patients_at_once_one_has_the_time(clinic: OwnClinic) -> None:
    token = slot_token(key(clinic, "09:30"))

    def hold(number: int) -> str:
        try:
            services.hold(token, channel="site", device=f"device {number}")
        except SlotTakenError:
            return "taken"
        return "held"

    assert sorted(at_once([partial(hold, number) for number in range(2)])) == ["held", "taken"]
    assert Appointment.objects.count() == 1


def test_a_worker_that_dies_at_any_write_books_once_and_nobody_is_called(clinic: OwnClinic) -> None:
    for number in range(12):
        visit = confirmed(key(clinic, MORNING[number % 3]), number + 1)
        (appointment,) = take_jobs()
        with killed_at_write(number) as seen, suppress(Killed):
            exchange.run(appointment)
        exchange.run(appointment)
        assert state(visit) is State.BOOKED, seen
        cancel(visit)
    assert CallRequest.objects.count() == 0


def cancel(visit: UUID) -> None:
    """Cancel, and let the little time pass in which a lost call might have come back."""
    services.cancel(visit, token=appointment_token(visit))
    run_jobs()
    if state(visit) is State.CANCELLING:
        Exchange.objects.filter(pk=visit).update(ghost_until=None)
        exchange.run(visit)
    assert state(visit) is State.CANCELLED
    run_jobs()


def test_a_cancelled_time_is_offered_again_and_cancelling_twice_is_fine(clinic: OwnClinic) -> None:
    visit = confirmed(key(clinic, "09:30"))
    run_jobs()
    services.cancel(visit, token=appointment_token(visit))
    assert offered(clinic) == ["09:00", "10:00"]
    run_jobs()
    assert state(visit) is State.CANCELLED
    assert offered(clinic) == MORNING
    assert services.cancel(visit, token=appointment_token(visit)).state is State.CANCELLED


def test_a_doctor_whose_record_was_closed_keeps_the_visits_and_gets_no_more(clinic: OwnClinic) -> None:
    visit = confirmed(key(clinic, "09:30"))
    run_jobs()
    records.close_record(Kind.PRACTITIONER, target=clinic.eye, author=STAFF)
    services.rebuild_offers()
    assert state(visit) is State.BOOKED
    with pytest.raises(SlotNotOfferedError):
        services.hold(slot_token(key(clinic, "10:00")), channel="site", device="other")
    services.cancel(visit, token=appointment_token(visit))
    run_jobs()
    assert state(visit) is State.CANCELLED


# The schedule.


def test_hours_that_change_change_the_times_with_their_own_look(clinic: OwnClinic) -> None:
    services.set_week(clinic.at_north, days=week(thu=hours("10-12")), since=TODAY, author=STAFF)
    assert offered(clinic) == MORNING
    assert run_jobs() == [queue.SYNC]
    assert offered(clinic) == ["10:00", "10:30", "11:00", "11:30"]
    with pytest.raises(SlotNotOfferedError):
        services.hold(slot_token(key(clinic, "09:00")), channel="site", device="other")


def test_a_date_that_differs_changes_the_times_within_one_look_at_that_day(clinic: OwnClinic) -> None:
    services.set_days(
        clinic.at_north, first=THURSDAY, last=THURSDAY, stretches=hours("15-16"), reason="", author=STAFF
    )
    assert run_jobs() == [queue.SYNC_DAY]
    assert offered(clinic) == ["15:00", "15:30"]
    assert offered(clinic, THURSDAY + timedelta(weeks=1)) == MORNING
    (word,) = roster.odd_days(clinic.at_north, first=THURSDAY, last=THURSDAY)
    services.end_days([word.id], author=STAFF)
    assert run_jobs() == [queue.SYNC_DAY]
    assert offered(clinic) == MORNING


def test_a_holiday_closes_everybody_but_who_is_on_duty(clinic: OwnClinic) -> None:
    services.close_days(location=None, first=THURSDAY, last=THURSDAY, reason="Праздник", author=STAFF)
    assert run_jobs() == [queue.SYNC]
    assert offered(clinic) == []
    services.set_days(
        clinic.at_north, first=THURSDAY, last=THURSDAY, stretches=hours("12-13"), reason="", author=STAFF
    )
    run_jobs()
    assert offered(clinic) == ["12:00", "12:30"]


def test_a_doctor_whose_every_hour_is_taken_away_has_no_time_at_once(clinic: OwnClinic) -> None:
    """No three looks: who is named without an item is believed to be off."""
    works(clinic, week())
    assert offered(clinic) == []
    assert not Availability.objects.filter(practitioner=clinic.eye, day__gte=THURSDAY).exists()


def test_work_over_midnight_is_one_stretch(clinic: OwnClinic) -> None:
    works(clinic, week(thu=hours("23-24"), fri=hours("0-1")))
    assert offered(clinic) == ["23:00", "23:30"]
    assert offered(clinic, THURSDAY + timedelta(days=1)) == ["00:00", "00:30"]
    records.set_overlay(Kind.SERVICE, target=clinic.visit, field="minutes", value=60, author=STAFF)
    services.rebuild_offers()
    works(clinic, week(thu=hours("23:30-24"), fri=hours("0-0:30")))
    assert offered(clinic) == ["23:30"]


def test_a_clinic_that_nobody_works_in_yet_is_fresh_and_empty(clinic: OwnClinic) -> None:
    works(clinic, week())
    report = sync.synchronise(OWN_SCHEDULE)
    assert (report.is_complete, report.excluded, report.alarms) == (True, 0, ())
    assert SyncStatus.objects.get(pk=OWN_SCHEDULE).as_of == NOW


def test_the_hour_of_the_directory_changes_nothing(clinic: OwnClinic) -> None:
    before = Availability.objects.count()
    jobs.import_directories(0)
    sync.synchronise(OWN_SCHEDULE)
    assert (Availability.objects.count(), offered(clinic)) == (before, MORNING)


def test_a_promise_is_kept_where_the_worker_was_away(clinic: OwnClinic, set_clock: SetClock) -> None:
    """The job is lost: the clock finds the visit, and books it before anybody has to be called."""
    visit = confirmed(key(clinic, "09:30"))
    take_jobs()
    set_clock(NOW + timedelta(seconds=60))
    tending.resume_exchanges()
    run_jobs()
    assert state(visit) is State.BOOKED


# Beside a MIS, in one network.


def in_ural(kind: TimeKind, begin: str, end: str) -> TimeItem:
    return TimeItem(EYE_SOUTH, kind, *(WallTime.parse(f"{THURSDAY}T{clock}:00") for clock in (begin, end)))


def test_a_doctor_of_a_mis_who_works_here_too_is_booked_once(clinic: OwnClinic) -> None:
    """What the MIS calls a visit keeps our time of that instant clear, and what is booked here the MIS's."""
    records.import_snapshot(mis.MIS, snapshot=mis.snapshot())
    eye, south = mis.row(Kind.PRACTITIONER, mis.EYE.id), mis.row(Kind.LOCATION, mis.SOUTH.id)
    records.set_overlay(Kind.LOCATION, target=south, field="zone", value="Asia/Yekaterinburg", author=STAFF)
    records.add_workplace(eye, location=clinic.north, specialty="Офтальмология", author=STAFF)
    services.rebuild_offers()
    there = Schedule(resources=(EYE_SOUTH,))
    there.say(in_ural(TimeKind.FREE, "11:00", "12:30"), in_ural(TimeKind.BUSY, "11:00", "11:30"))
    gateways.bind({OWN_SCHEDULE: OwnGateway(), mis.MIS: there})  # type: ignore[dict-item] - what a sync needs
    place = Workplace(eye, clinic.north)
    services.set_week(place, days=week(thu=hours("9-10:30")), since=TODAY, author=STAFF)
    run_jobs()
    sync.synchronise(mis.MIS)
    here = SlotFilter(practitioner_id=eye, location_id=clinic.north)

    def free(wanted: SlotFilter) -> list[str]:
        days = selectors.open_times(wanted, first=THURSDAY, days=1).days
        return [slot.key.start.strftime("%H:%M") for day in days for slot in day.slots]

    southern = SlotFilter(practitioner_id=eye, location_id=south)
    assert free(here) == free(southern) == ["06:40", "07:00"], "in UTC; until 06:30 she has a visit there"
    service = mis.row(Kind.SERVICE, mis.FIRST_VISIT.id)
    start = datetime.fromisoformat(f"{THURSDAY}T06:40:00+00:00")
    visit = confirmed(SlotKey(eye, clinic.north, service, start))
    run_jobs()
    assert state(visit) is State.BOOKED
    assert free(here) == free(southern) == ["07:00"]


# Stages, which connect a branch to its MIS.


def test_a_branch_of_the_own_schedule_has_no_stage_and_nothing_to_compare(clinic: OwnClinic) -> None:
    assert selectors.branch_states(ADMIN) == ()
    with pytest.raises(NotFoundError):
        services.set_stage(clinic.north, stage=Stage.REQUESTS, staff=ADMIN)
    with pytest.raises(NotFoundError):
        services.ask_comparison(clinic.north, staff=ADMIN)
    assert not BranchStage.objects.exists()
    assert not Comparison.objects.exists()
    visit = confirmed(key(clinic, "09:00"))
    run_jobs()
    assert state(visit) is State.BOOKED

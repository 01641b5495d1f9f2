"""A branch is connected step by step, over the sample clinic: shadow, requests, booking, and back."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from domain.scheduling.plain.clinic import PlainClinic
from domain.scheduling.staff import REGISTRAR, somebody
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import comparing, offers, queue, selectors, services
from feldsher.domain.scheduling.errors import SlotNotOfferedError
from feldsher.domain.scheduling.models import BranchStage, Comparison
from feldsher.domain.scheduling.types import Compared, HindranceCode, Said, Stage, State, Trouble
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.kernel.errors import NotFoundError

ADMIN = somebody(Role.SYSTEM_ADMIN)


@pytest.fixture
def north(clinic: PlainClinic) -> UUID:
    return directory.resolve_remote(clinic.mis, practitioners=set(), locations={"north"}).locations["north"]


def put(branch: UUID, stage: Stage) -> None:
    services.set_stage(branch, stage=stage, staff=ADMIN)


def stage(branch: UUID) -> Stage:
    (state,) = [each for each in selectors.branch_states(ADMIN) if each.location_id == branch]
    return state.stage


# Shadow.


def test_a_branch_of_which_nobody_said_anything_books(clinic: PlainClinic, north: UUID) -> None:
    assert stage(north) is Stage.BOOKING
    assert clinic.state(clinic.booked(clinic.take())) is State.BOOKED


def test_in_shadow_nothing_is_offered_or_held_and_the_mirror_stays_fresh(
    clinic: PlainClinic, north: UUID
) -> None:
    slot, offered = clinic.take(), clinic.offered().keys()
    put(north, Stage.SHADOW)
    assert clinic.offered() == {}
    with pytest.raises(SlotNotOfferedError):
        clinic.confirm(slot)
    assert clinic.synchronise().is_complete
    offers.rebuild()
    assert clinic.offered() == {}
    assert clinic.mirror() != []
    put(north, Stage.BOOKING)
    assert clinic.offered().keys() == offered


def test_in_shadow_another_branch_is_offered_as_before(clinic: PlainClinic, north: UUID) -> None:
    ural = directory.resolve_remote(clinic.mis, practitioners=set(), locations={"ural"}).locations["ural"]
    before = clinic.offered().keys()
    put(ural, Stage.SHADOW)
    assert clinic.offered().keys() == before


def test_staff_who_ask_why_are_told_of_the_shadow(clinic: PlainClinic, north: UUID) -> None:
    slot = clinic.take()
    put(north, Stage.SHADOW)
    told = selectors.why_not(slot.key.practitioner_id, location=north, start=slot.key.start)
    assert [each.code for each in told.hindrances] == [HindranceCode.SHADOW]


# Requests.


def test_a_visit_of_requests_is_written_by_staff_and_never_by_us(clinic: PlainClinic, north: UUID) -> None:
    put(north, Stage.REQUESTS)
    slot, calls = clinic.take(), clinic.calls()
    visit = clinic.confirm(slot)
    clinic.work()
    assert (clinic.state(visit), clinic.reason(visit)) == (State.UNKNOWN, "by_hand")
    assert clinic.calls() == calls + 1
    assert not clinic.is_offered(slot)
    (waiting,) = selectors.troubled_visits(REGISTRAR)
    assert (waiting.id, waiting.trouble) == (visit, Trouble.BY_HAND)
    for _ in range(40):
        clinic.tick()
    assert clinic.state(visit) is State.UNKNOWN
    assert clinic.simulator.clinic.visits() == []
    clinic.by_phone(slot)
    clinic.follow()
    assert services.decide(visit, said=Said.BOOKED, staff=REGISTRAR) is State.BOOKED
    clinic.synchronise()
    assert clinic.state(visit) is State.BOOKED
    assert not clinic.is_offered(slot)
    assert [row["source"] for row in clinic.bookings(slot)] == ["clerk"]


def test_a_visit_of_requests_that_can_t_be_written_frees_its_time(clinic: PlainClinic, north: UUID) -> None:
    put(north, Stage.REQUESTS)
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    assert services.decide(visit, said=Said.ABSENT, staff=REGISTRAR) is State.REJECTED
    clinic.work()
    assert clinic.is_offered(slot)
    assert clinic.simulator.clinic.visits() == []


def test_a_visit_that_staff_wrote_is_cancelled_by_staff(clinic: PlainClinic, north: UUID) -> None:
    put(north, Stage.REQUESTS)
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.by_phone(slot)
    services.decide(visit, said=Said.BOOKED, staff=REGISTRAR)
    clinic.cancel(visit)
    clinic.work()
    assert clinic.state(visit) is State.CANCELLING
    (waiting,) = selectors.troubled_visits(REGISTRAR)
    assert waiting.trouble is Trouble.NOT_CANCELLED
    assert [row["status"] for row in clinic.registry()] == ["booked"]


def test_the_stage_of_a_visit_is_that_of_its_first_run(clinic: PlainClinic, north: UUID) -> None:
    put(north, Stage.REQUESTS)
    request = clinic.confirm(clinic.take())
    clinic.work()
    put(north, Stage.BOOKING)
    assert clinic.state(clinic.booked(clinic.take())) is State.BOOKED
    clinic.tick()
    assert clinic.state(request) is State.UNKNOWN


def test_a_talk_that_has_begun_goes_on_when_the_branch_goes_back(clinic: PlainClinic, north: UUID) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.fault("commit_then_drop", "book")
    clinic.work()
    assert clinic.reason(visit) == "no_answer"
    put(north, Stage.REQUESTS)
    assert clinic.quieten(visit) is State.BOOKED
    assert len(clinic.ours(slot)) == 1


def test_a_time_that_was_held_before_the_shadow_becomes_a_request(clinic: PlainClinic, north: UUID) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    put(north, Stage.SHADOW)
    clinic.work()
    assert clinic.reason(visit) == "by_hand"
    assert clinic.simulator.clinic.visits() == []


@pytest.mark.parametrize("step", [Stage.REQUESTS, Stage.SHADOW])
def test_a_visit_that_never_reached_the_mis_is_not_sent_after_the_branch_went_back(
    clinic: PlainClinic, north: UUID, step: Stage
) -> None:
    slot, calls = clinic.take(), clinic.calls()
    visit = clinic.confirm(slot)
    with clinic.bound(url="http://127.0.0.1:9/"):
        clinic.work()
    assert clinic.state(visit) is State.BOOKING
    put(north, step)
    for _ in range(5):
        clinic.tick()
    assert clinic.reason(visit) == "by_hand"
    assert clinic.calls() == calls + 1
    assert clinic.simulator.clinic.visits() == []


# Setting it.


def test_each_step_is_kept_with_its_author_and_the_same_step_twice_is_one(
    clinic: PlainClinic, north: UUID
) -> None:
    for each in (Stage.SHADOW, Stage.SHADOW, Stage.REQUESTS, Stage.BOOKING, Stage.SHADOW):
        put(north, each)
    rows = BranchStage.objects.order_by("created_at")
    assert [(row.stage, row.author, row.ended_at is None) for row in rows] == [
        ("shadow", "somebody", False),
        ("requests", "somebody", False),
        ("booking", "somebody", False),
        ("shadow", "somebody", True),
    ]


def test_a_stage_is_set_by_who_may_write_what_connects_the_clinic(clinic: PlainClinic, north: UUID) -> None:
    with pytest.raises(ForbiddenError):
        services.set_stage(north, stage=Stage.SHADOW, staff=REGISTRAR)
    assert BranchStage.objects.count() == 0
    with pytest.raises(NotFoundError):
        put(UUID(int=7), Stage.SHADOW)


# Comparing.


def compared(branch: UUID) -> Compared:
    services.ask_comparison(branch, staff=ADMIN)
    comparing.compare(branch)
    (state,) = [each for each in selectors.branch_states(REGISTRAR) if each.location_id == branch]
    assert state.compared is not None
    return state.compared


def test_a_mirror_that_is_right_agrees_with_its_mis_in_shadow_too(clinic: PlainClinic, north: UUID) -> None:
    put(north, Stage.SHADOW)
    clinic.synchronise()
    told = compared(north)
    assert (told.error, told.as_of is None) == ("", False)
    d1, d2, d3 = sorted({each.practitioner_id for each in told.days})
    assert len([each for each in told.days if each.practitioner_id in {d1, d2, d3}]) >= 12
    assert all(each.is_same for each in told.days)
    assert {each.here for each in told.days} == {480}


def test_what_the_registry_did_since_the_last_sync_is_told_by_doctor_and_day(
    clinic: PlainClinic, north: UUID
) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    (told,) = [each for each in compared(north).days if not each.is_same]
    assert told.practitioner_id == slot.key.practitioner_id
    assert told.day == (slot.key.start + timedelta(hours=3)).date()
    assert told.only_here == ((slot.key.start, slot.end),)
    assert (told.only_there, told.here - told.there) == ((), 30)
    assert clinic.is_offered(slot)


def test_what_the_registry_freed_since_is_told_too(clinic: PlainClinic, north: UUID) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    clinic.synchronise()
    clinic.registrar_cancels(slot)
    (told,) = [each for each in compared(north).days if not each.is_same]
    assert (told.only_here, told.only_there) == ((), ((slot.key.start, slot.end),))


@pytest.mark.parametrize("longest", [3, 4, 31])
def test_a_mis_that_answers_for_few_days_is_asked_for_all_of_them(
    clinic: PlainClinic, north: UUID, longest: int
) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    with clinic.bound(max_window_days=longest):
        told = compared(north)
    assert len({each.day for each in told.days}) == comparing.DAYS
    assert [each.day for each in told.days if not each.is_same] == [
        (slot.key.start + timedelta(hours=3)).date()
    ]


def test_a_mis_that_has_no_whole_day_in_an_answer_is_no_comparison(clinic: PlainClinic, north: UUID) -> None:
    with clinic.bound(max_window_days=2):
        told = compared(north)
    assert "no whole day" in told.error
    assert told.days == ()


@pytest.mark.parametrize("fault", ["http_500", "partial", "empty"])
def test_an_answer_that_can_t_be_believed_is_no_comparison(
    clinic: PlainClinic, north: UUID, fault: str
) -> None:
    clinic.fault(fault, "free")
    told = compared(north)
    assert told.error
    assert (told.as_of, told.days) == (None, ())


def test_a_comparison_is_asked_for_by_who_leads_the_branch_on_and_read_by_more(
    clinic: PlainClinic, north: UUID
) -> None:
    with pytest.raises(ForbiddenError):
        services.ask_comparison(north, staff=REGISTRAR)
    assert not Comparison.objects.exists()


def test_a_comparison_is_asked_for_once_and_made_by_the_worker(clinic: PlainClinic, north: UUID) -> None:
    services.ask_comparison(north, staff=ADMIN)
    services.ask_comparison(north, staff=ADMIN)
    (state,) = [each for each in selectors.branch_states(REGISTRAR) if each.location_id == north]
    assert state.compared is not None
    assert (state.compared.as_of, state.compared.error) == (None, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [queue.COMPARE])
        assert [json.loads(row[0]) for row in cursor.fetchall()] == [{"location": str(north)}]

"""A person's word on an open visit: the first commit wins, and no record of the MIS is lost by it."""

from datetime import UTC, datetime

import pytest

from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import World
from domain.scheduling.interleaving import at_once
from domain.scheduling.scripted import Fault
from domain.scheduling.staff import EDITOR, REGISTRAR
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    VisitDecidedError,
    VisitUnsettledError,
)
from feldsher.domain.scheduling.exchange import verdict
from feldsher.domain.scheduling.exchange.talk import OvertakenError, Talk
from feldsher.domain.scheduling.models import CallRequest, Transition, Verdict
from feldsher.domain.scheduling.types import CallOutcome, Said, State, Trouble
from feldsher.foundation.access.errors import ForbiddenError

pytestmark = pytest.mark.django_db
FINDING = ("reserves", "reference", "patients")
"""The kinds of MIS that can be asked for a visit."""


def silent(world: World, *, fault: Fault = Fault.COMMIT_THEN_DROP) -> World:
    """Lose the answer to a booking, and let no read succeed until a person was asked."""
    world.book()
    world.mis.script["book"] = [fault]
    world.mis.always["find"] = Fault.UNAVAILABLE
    world.work()
    for _ in range(14):
        world.tick()
    assert world.state is State.UNKNOWN
    assert world.talk().needs_person_at is not None
    return world


def decide(world: World, said: Said) -> State:
    return services.decide(world.appointment, said=said, staff=REGISTRAR)


def last_step(world: World) -> tuple[str, str, str]:
    step = Transition.objects.filter(appointment=world.appointment).latest("id")
    return step.before, step.after, step.reason


@pytest.mark.parametrize("kind", ["reserves", "reference", "patients", "blind"])
def test_a_visit_that_a_person_found_is_booked(build: Build, kind: str) -> None:
    world = silent(build(kind))
    assert decide(world, Said.BOOKED) is State.BOOKED
    assert last_step(world) == ("unknown", "booked", "booked_by_person")
    assert world.row().answer_by is None
    said = Verdict.objects.get()
    assert (said.appointment, said.said, said.by) == (world.appointment, "booked", REGISTRAR.id)
    world.tick()
    assert world.state is State.BOOKED
    assert len(world.mis.booked()) == 1


def open_calls() -> list[CallRequest]:
    return list(CallRequest.objects.filter(done_at=None).order_by("created_at"))


@pytest.mark.parametrize("kind", ["reference", "blind"])
def test_of_a_visit_that_is_cancelled_after_a_person_s_word_one_call_waits_at_most(
    build: Build, kind: str
) -> None:
    """What was promised before the cancel is about a visit that nobody wants any more."""
    world = silent(build(kind))
    decide(world, Said.BOOKED)
    (before,) = open_calls()
    world.cancel()
    for _ in range(14):
        world.tick()
    assert world.state is State.CANCELLING
    (after,) = open_calls()
    assert after.pk != before.pk
    before.refresh_from_db()
    assert (before.outcome, before.done_by) == (CallOutcome.NEEDLESS, None)
    assert world.row().answer_by == after.call_by


def test_a_call_that_somebody_is_on_is_not_ended_by_a_cancel(build: Build) -> None:
    world = silent(build("blind"))
    decide(world, Said.BOOKED)
    (call,) = open_calls()
    services.take_call(call.pk, staff=REGISTRAR)
    world.cancel()
    services.finish_call(call.pk, outcome=CallOutcome.REACHED, staff=REGISTRAR)


def test_a_visit_that_is_not_there_is_rejected_and_its_reserve_given_back(build: Build) -> None:
    world = silent(build("reserves"), fault=Fault.DROPPED)
    assert decide(world, Said.ABSENT) is State.REJECTED
    assert last_step(world) == ("unknown", "rejected", "rejected_by_person")
    world.quieten()
    assert [record.state for record in world.mis.records] == ["cancelled"]
    assert world.talk().stage == "done"


@pytest.mark.parametrize("kind", ["reference", "patients", "blind"])
def test_where_nothing_is_reserved_nothing_is_left_to_do(build: Build, kind: str) -> None:
    world = silent(build(kind), fault=Fault.DROPPED)
    decide(world, Said.ABSENT)
    asked = len(world.mis.calls)
    world.tick()
    assert (world.state, world.talk().stage, len(world.mis.calls)) == (State.REJECTED, "done", asked)


def test_a_visit_that_waits_for_nobody_takes_no_verdict(build: Build) -> None:
    world = build("reference")
    world.book()
    with pytest.raises(VisitDecidedError):
        decide(world, Said.BOOKED)
    world.work()
    with pytest.raises(VisitDecidedError):
        decide(world, Said.ABSENT)
    assert (world.state, Verdict.objects.count()) == (State.BOOKED, 0)


@pytest.mark.parametrize("kind", ["reference", "patients", "blind"])
def test_a_visit_that_may_still_be_written_is_not_said_to_be_absent(build: Build, kind: str) -> None:
    world = build(kind)
    world.book()
    world.forward(115)
    world.mis.script["book"] = [Fault.COMMIT_LATE]
    world.mis.always["find"] = Fault.UNAVAILABLE
    world.work()
    world.tick()
    assert world.talk().needs_person_at is not None
    with pytest.raises(VisitUnsettledError):
        decide(world, Said.ABSENT)
    assert (world.state, Verdict.objects.count()) == (State.UNKNOWN, 0)
    world.forward(70)
    assert len(world.mis.booked()) == 1
    assert decide(world, Said.BOOKED) is State.BOOKED


def test_an_unknown_visit_is_not_found(build: Build) -> None:
    with pytest.raises(AppointmentNotFoundError):
        decide(build("reference"), Said.BOOKED)
    with pytest.raises(AppointmentNotFoundError):
        services.check_again(World(None, lambda _: None).appointment, staff=REGISTRAR)  # type: ignore[arg-type]


def test_only_who_may_resolve_visits_says_anything(build: Build) -> None:
    world = silent(build("reference"))
    for act in (
        lambda: services.decide(world.appointment, said=Said.BOOKED, staff=EDITOR),
        lambda: services.check_again(world.appointment, staff=EDITOR),
        lambda: selectors.troubled_visits(EDITOR),
        lambda: selectors.troubled_visit(EDITOR, world.appointment),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert world.state is State.UNKNOWN


@pytest.mark.parametrize("kind", FINDING)
def test_a_late_answer_to_a_person_who_was_first_is_freed_in_the_mis(build: Build, kind: str) -> None:
    """The worker is asking when the person says that nothing is there; the MIS then shows the visit."""
    world = silent(build(kind))
    world.mis.always.clear()
    world.mis.on_call = lambda call: call == "find" and decide(world, Said.ABSENT)
    services.check_again(world.appointment, staff=REGISTRAR)
    world.work()
    world.mis.on_call = lambda _: None
    assert (world.state, world.row().reason) == (State.REJECTED, "rejected_by_person")
    world.quieten()
    assert world.mis.booked() == []
    assert world.talk().stage == "done"


@pytest.mark.parametrize("kind", FINDING)
def test_a_late_answer_gives_its_id_to_a_visit_that_a_person_found(build: Build, kind: str) -> None:
    world = silent(build(kind))
    world.mis.always.clear()
    world.mis.on_call = lambda call: call == "find" and decide(world, Said.BOOKED)
    services.check_again(world.appointment, staff=REGISTRAR)
    world.work()
    world.mis.on_call = lambda _: None
    assert last_step(world) == ("unknown", "booked", "booked_by_person")
    (visit,) = world.mis.booked()
    assert world.talk().ref == visit.ref
    world.cancel()
    world.quieten()
    assert (world.state, world.mis.booked()) == (State.CANCELLED, [])


def test_a_person_who_comes_second_hears_so_and_changes_nothing(build: Build) -> None:
    world = silent(build("reference"))
    world.mis.always.clear()
    services.check_again(world.appointment, staff=REGISTRAR)
    world.work()
    assert world.state is State.BOOKED
    with pytest.raises(VisitDecidedError):
        decide(world, Said.ABSENT)
    assert (world.state, Verdict.objects.count()) == (State.BOOKED, 0)


def test_a_person_overtaken_in_the_middle_changes_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = silent(build("reference"))
    target = verdict._target

    def later(state: State, said: Said) -> tuple[State, str]:
        Talk(world.appointment).move(State.BOOKED, stage="done", ref="r1")
        return target(state, said)

    monkeypatch.setattr(verdict, "_target", later)
    with pytest.raises(VisitDecidedError):
        verdict.decide(world.appointment, said=Said.ABSENT, by=REGISTRAR.id)
    assert (world.state, world.talk().ref, Verdict.objects.count()) == (State.BOOKED, "r1", 0)


@pytest.mark.django_db(transaction=True)
def test_of_a_person_and_the_worker_at_once_exactly_one_moves_the_visit(build: Build) -> None:
    world = silent(build("reference"))
    talk = Talk(world.appointment)

    def person() -> str:
        try:
            decide(world, Said.ABSENT)
        except VisitDecidedError:
            return "late"
        return "person"

    def worker() -> str:
        try:
            talk.move(State.BOOKED, stage="done", ref="r1")
        except OvertakenError:
            return "late"
        return "worker"

    won = sorted(at_once([person, worker]))
    assert won in (["late", "person"], ["late", "worker"])
    assert world.state is (State.REJECTED if "person" in won else State.BOOKED)
    assert Transition.objects.filter(appointment=world.appointment, before="unknown").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_decides(build: Build) -> None:
    world = silent(build("reference"))

    def person(said: Said) -> str:
        try:
            decide(world, said)
        except VisitDecidedError:
            return "late"
        return said

    won = at_once([lambda: person(Said.BOOKED), lambda: person(Said.ABSENT)])
    assert won.count("late") == 1
    assert Verdict.objects.count() == 1


def test_a_visit_without_an_id_is_cancelled_by_a_person(build: Build) -> None:
    """A person found it; what to cancel the MIS can't be told, so somebody cancels there and says so."""
    world = silent(build("blind"))
    decide(world, Said.BOOKED)
    world.cancel()
    world.quieten()
    assert world.state is State.CANCELLING
    assert "cancel" not in world.mis.calls
    (visit,) = selectors.troubled_visits(REGISTRAR)
    assert (visit.id, visit.trouble) == (world.appointment, Trouble.NOT_CANCELLED)
    assert decide(world, Said.ABSENT) is State.CANCELLED
    assert last_step(world) == ("cancelling", "cancelled", "cancelled_by_person")


def test_a_cancel_that_the_clinic_refuses_leaves_the_visit(build: Build) -> None:
    world = silent(build("blind"))
    decide(world, Said.BOOKED)
    world.cancel()
    world.quieten()
    assert decide(world, Said.BOOKED) is State.BOOKED
    assert last_step(world) == ("cancelling", "booked", "cancel_rejected")


def test_what_needs_a_person_is_listed_with_its_patient(build: Build) -> None:
    world = silent(build("reference"))
    (visit,) = selectors.troubled_visits(REGISTRAR)
    assert (visit.id, visit.trouble, visit.mis) == (world.appointment, Trouble.SILENT, world.talk().mis)
    assert (visit.family, visit.given, visit.phone) == ("Пробный", "Пётр", "+79000000001")
    assert (visit.due, visit.verdicts) == (world.row().answer_by, (Said.BOOKED, Said.ABSENT))
    assert "Пробный" not in repr(visit)
    assert selectors.troubled_visit(REGISTRAR, world.appointment) == visit
    (call,) = selectors.open_calls(REGISTRAR)
    assert (call.appointment_id, call.is_ours) == (world.appointment, True)
    decide(world, Said.BOOKED)
    assert selectors.troubled_visits(REGISTRAR) == ()


def test_a_card_to_choose_is_told_apart_from_silence(build: Build) -> None:
    world = build("patients")
    world.book()
    world.mis.script["ensure_patient"] = [Fault.AMBIGUOUS]
    world.work()
    (visit,) = selectors.troubled_visits(REGISTRAR)
    assert visit.trouble is Trouble.AMBIGUOUS


def test_who_lost_a_time_to_the_clinic_is_listed_until_settled_or_booked_again(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.CLERK_RACE]
    world.work()
    (visit,) = selectors.troubled_visits(REGISTRAR)
    assert (visit.trouble, visit.verdicts) == (Trouble.TAKEN, (Said.SETTLED,))
    decide(world, Said.SETTLED)
    assert selectors.troubled_visits(REGISTRAR) == ()
    assert world.state is State.REJECTED


def test_who_has_chosen_another_time_needs_nobody(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.CLERK_RACE]
    world.work()
    assert len(selectors.troubled_visits(REGISTRAR)) == 1
    world.book()
    assert selectors.troubled_visits(REGISTRAR) == ()


def test_a_time_lost_more_than_a_day_ago_is_nobodys_task(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.CLERK_RACE]
    world.work()
    # The database dates what was lost by its own clock.
    world.forward(2 * 86_400 + max((datetime.now(UTC) - world.moment).total_seconds(), 0))
    assert selectors.troubled_visits(REGISTRAR) == ()

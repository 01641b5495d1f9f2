"""A booking meets a line that rests: it waits, and nothing of it is lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from conftest import SetClock
from domain.directory import factory as clinic
from domain.scheduling.exchange.world import NOW, World, found_clinic
from domain.scheduling.scripted import KINDS, Fault, ScriptedMis
from feldsher.domain.scheduling import gateways, line
from feldsher.domain.scheduling.line import GuardedGateway, Tally
from feldsher.domain.scheduling.line.breaker import FAILURES, SHORTEST
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["reserves", "reference", "patients"])
def world(request: pytest.FixtureRequest, set_clock: SetClock) -> Iterator[World]:
    """A clinic whose MIS is called over a guarded line."""
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    set_clock(NOW)
    found_clinic()
    world = World(ScriptedMis(KINDS[request.param], lambda: world.moment), set_clock)
    guarded = GuardedGateway(clinic.MIS, world.mis, calls_per_second=1000, tally=Tally(None))
    gateways.bind({clinic.MIS: guarded})
    yield world
    gateways.bind(bound)


def put_to_rest(world: World) -> None:
    world.mis.always["cancel"] = Fault.NOT_SENT
    for _ in range(FAILURES):
        gateways.gateway(clinic.MIS).cancel("nobody's", reason="x")
    world.mis.always.clear()
    assert line.is_resting(clinic.MIS)


def wake(world: World) -> None:
    world.forward(SHORTEST.total_seconds())
    gateways.gateway(clinic.MIS).changes("")


def test_a_visit_that_is_confirmed_meanwhile_is_booked_afterwards(world: World) -> None:
    put_to_rest(world)
    called = len(world.mis.calls)
    world.book()
    world.work()
    world.tick()
    assert (world.state, world.talk().attempts, len(world.mis.calls)) == (State.BOOKING, 0, called)
    wake(world)
    world.tick()
    assert world.state is State.BOOKED
    world.agrees()


def test_past_the_promised_hour_its_patient_is_called(world: World) -> None:
    put_to_rest(world)
    world.book()
    for _ in range(15):
        world.tick()
    assert (world.state, world.row().reason) == (State.REJECTED, "mis_unavailable")
    assert len(world.calls_promised()) == 1
    assert world.mis.booked() == []


def test_a_cancel_reaches_the_mis_afterwards(world: World) -> None:
    world.book()
    world.work()
    put_to_rest(world)
    world.cancel()
    world.work()
    assert (world.state, len(world.mis.booked())) == (State.CANCELLING, 1)
    wake(world)
    world.tick()
    assert (world.state, world.mis.booked()) == (State.CANCELLED, [])


def test_a_visit_whose_answer_was_lost_stays_open_until_the_mis_itself_is_read(world: World) -> None:
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    assert world.state is State.UNKNOWN
    put_to_rest(world)
    world.forward(timedelta(minutes=1).total_seconds())
    reads = world.talk().absent_reads
    for _ in range(6):
        world.tick()
    assert (world.state, world.talk().absent_reads) == (State.UNKNOWN, reads)
    wake(world)
    for _ in range(3):
        world.tick()
    assert world.state is State.BOOKED
    world.agrees()

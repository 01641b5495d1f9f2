from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from channels.site.conftest import live_site
from domain.directory import factory as directory
from domain.scheduling.exchange.world import VISIT_AT, World, confirm, found_clinic, hold
from domain.scheduling.scripted import KINDS, Fault, ScriptedMis
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.scheduling import changes, gateways, services
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.types import PersonInput, State
from feldsher.kernel import clock

__all__ = ["live_site"]
MORNING = datetime.fromisoformat("2026-11-25T09:00:00+03:00")
"""The worlds of exchange begin here too: registrars call back."""
OTHER = PersonInput("Вымышленова", "Проба", "+7 900 000-00-02")


@dataclass
class Busy:
    """A morning at the desk: a visit without an answer, one whose time the clinic took, two calls to make."""

    world: World
    silent: UUID
    taken: UUID
    calls: tuple[UUID, UUID]

    def accepted(self) -> UUID:
        """Book «Пробный Пётр» for tomorrow at noon in Moscow, and have the clinic accept it."""
        self.world.mis.script.clear()
        self.world.mis.always.clear()
        self.world.appointment = hold(VISIT_AT + timedelta(hours=2))
        confirm(self.world.appointment)
        self.world.work()
        assert self.world.state is State.BOOKED
        return self.world.appointment

    def cancelled_in_mis(self) -> list[UUID]:
        """Book two patients for the day after tomorrow, and have the clinic cancel both at once."""
        self.world.mis.script.clear()
        self.world.mis.always.clear()
        found = []
        for number in (2, 3):
            visit = hold(VISIT_AT + timedelta(days=1, hours=number))
            confirm(visit, person=PersonInput("Расхождений", "Пётр", f"+7 900 000-02-0{number}"))
            found.append(visit)
        self.world.work()
        for visit in found:
            self.world.mis.clerk_cancels(Exchange.objects.get(pk=visit).ref)
        changes.follow(directory.MIS)
        assert {Appointment.objects.get(pk=visit).state for visit in found} == {State.BOOKED}
        return found


@pytest.fixture
def owner(settings: Settings) -> None:
    """The clinic's owner can be told of a role that one administrator gives."""
    settings.OWNER_PHONE, settings.FELDSHER_SMS = "+79000000099", SmsSettings((SmsAccount("sms_ru", "key"),))


@pytest.fixture
def busy(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(MORNING)
    found_clinic()
    world = World(ScriptedMis(KINDS["reference"], lambda: world.moment), set_clock, moment=MORNING)
    gateways.bind({directory.MIS: world.mis})
    yield _fill(world)
    gateways.bind(bound)


def _fill(world: World) -> Busy:
    world.book()
    taken = world.appointment
    world.mis.script["book"] = [Fault.CLERK_RACE]
    world.work()
    world.appointment = hold(VISIT_AT + timedelta(hours=1))
    confirm(world.appointment, person=OTHER)
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.mis.always["find"] = Fault.UNAVAILABLE
    world.work()
    for _ in range(14):
        world.tick()
    asked = [
        services.request_call(name=name, phone=f"+7 921 000-00-{number}", topic=topic, channel="site").id
        for name, number, topic in (("Вера", 31, "Невролог, после 17:00"), ("Пётр", 54, ""))
    ]
    return Busy(world, silent=world.appointment, taken=taken, calls=(asked[0], asked[1]))

"""Branches of one network on different MISes: a doctor who works in both is booked once, whoever is first."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from domain.scheduling.medialog.clinic import MedialogClinic
from domain.scheduling.over_simulator import Clinic, imported_clinic
from domain.scheduling.plain.clinic import PlainClinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import merge_practitioners
from feldsher.domain.scheduling import gateways, offers, selectors, services
from feldsher.domain.scheduling.errors import SlotTakenError
from feldsher.domain.scheduling.types import OpenSlot, SlotFilter, State
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


class Network:
    """Two clinics with a doctor of each made one person; both branches are in Moscow."""

    def __init__(self, plain: Clinic, medialog: Clinic) -> None:
        self.clinics = {"plain": plain, "medialog": medialog}
        gateways.bind({clinic.mis: clinic.gateway() for clinic in self.clinics.values()})
        found = {
            "plain": directory.resolve_remote(plain.mis, practitioners={"d1"}, locations={"north"}),
            "medialog": directory.resolve_remote(medialog.mis, practitioners={"12"}, locations={"C1"}),
        }
        self.branch = {name: next(iter(index.locations.values())) for name, index in found.items()}
        self.doctor, other = (next(iter(index.practitioners.values())) for index in found.values())
        merge_practitioners(self.doctor, other=other, author="test")
        offers.rebuild()
        for clinic in self.clinics.values():
            assert clinic.synchronise().is_complete

    def free(self, name: str) -> list[OpenSlot]:
        wanted = SlotFilter(practitioner_id=self.doctor, location_id=self.branch[name])
        first = (clock.now() + timedelta(days=2)).date()
        return [slot for day in selectors.open_times(wanted, first=first, days=7).days for slot in day.slots]

    def pair(self, first: str, second: str) -> tuple[OpenSlot, OpenSlot]:
        """Return times of the two branches that overlap."""
        return next(
            (one, other)
            for one in self.free(first)
            for other in self.free(second)
            if one.key.start < other.end and other.key.start < one.end
        )

    def has(self, name: str, slot: OpenSlot) -> bool:
        return slot.key in {each.key for each in self.free(name)}


@pytest.fixture
def network() -> Iterator[Network]:
    with imported_clinic(PlainClinic) as plain, imported_clinic(MedialogClinic) as medialog:
        yield Network(plain, medialog)


ORDERS = [("plain", "medialog"), ("medialog", "plain")]


@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_trap_03_a_visit_in_one_mis_takes_the_time_of_the_other(
    network: Network, first: str, second: str
) -> None:
    here, there = network.pair(first, second)
    visit: UUID = network.clinics[first].booked(here)
    assert not network.has(second, there)
    with pytest.raises(SlotTakenError):
        services.hold(there.token, channel="site", device="another")
    assert network.clinics[first].state(visit) is State.BOOKED
    assert len(network.clinics[first].ours(here)) == 1
    assert [row for row in network.clinics[second].registry() if row["source"] == "site"] == []


@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_a_visit_that_is_cancelled_in_one_frees_the_time_of_the_other(
    network: Network, first: str, second: str
) -> None:
    here, there = network.pair(first, second)
    clinic = network.clinics[first]
    visit = clinic.booked(here)
    clinic.cancel(visit)
    assert clinic.quieten(visit) is State.CANCELLED
    assert network.has(second, there)
    network.clinics[second].booked(there)
    assert not network.has(first, here)

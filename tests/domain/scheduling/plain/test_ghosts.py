"""A booking whose answer was lost, and that was given up, can't appear in the clinic any more."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.scheduling.plain.clinic import PlainClinic
from feldsher.domain.scheduling import exchange, gateways
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import OpenSlot, Said, State


def arrives_late(clinic: PlainClinic, visit: UUID, slot: OpenSlot) -> Any:
    """Let the booking come to the clinic at last; returns the state that it is answered."""
    order = {
        "doctor": "d1", "branch": "north", "begin": clinic.begin(slot), "minutes": 30,
        "patient": {"family": "Пробный", "given": "Пётр", "phone": "+79000010001"},
    }  # fmt: skip
    return clinic.simulator.clinic.book(str(visit), order)[1]["state"]


def given_up(clinic: PlainClinic, slot: OpenSlot) -> UUID:
    """Book while every answer is lost before anything is written, until nobody tries any more."""
    visit = clinic.confirm(slot)
    clinic.fault("http_500", "book", times=100)
    clinic.work()
    assert clinic.quieten(visit, is_released=False) is State.REJECTED
    return visit


def test_trap_01_a_visit_that_was_given_up_is_closed_in_the_clinic(clinic: PlainClinic) -> None:
    slot = clinic.times()[0]
    visit = given_up(clinic, slot)
    assert Appointment.objects.get(pk=visit).reason == "mis_unavailable"
    assert arrives_late(clinic, visit, slot) == "cancelled"
    assert clinic.standing() == []


def test_trap_01_a_visit_that_a_person_did_not_find_is_closed_in_the_clinic(clinic: PlainClinic) -> None:
    slot = clinic.times()[0]
    visit = clinic.confirm(slot)
    clinic.fault("http_500", "book", times=100)
    clinic.fault("http_500", "visit", times=100)
    clinic.work()
    clinic.quieten(visit, is_released=False)
    assert exchange.decide(visit, said=Said.ABSENT, by=uuid4()) is State.REJECTED
    clinic.work()
    assert arrives_late(clinic, visit, slot) == "cancelled"


def test_what_was_never_lost_is_not_closed(clinic: PlainClinic) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault("clerk_race", "book")
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert Exchange.objects.get(pk=visit).stage == "done"
    assert [row["reference"] for row in clinic.simulator.clinic.visits()] == [None]


def test_a_close_that_is_lost_is_asked_again(clinic: PlainClinic) -> None:
    clinic.fault("http_500", "cancel", times=2)
    slot = clinic.times()[0]
    visit = given_up(clinic, slot)
    while Exchange.objects.get(pk=visit).stage == "release":
        clinic.tick()
    assert arrives_late(clinic, visit, slot) == "cancelled"


def test_the_promise_is_kept_where_the_settings_name_the_mis_no_longer(clinic: PlainClinic) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault("http_500", "book", times=100)
    clinic.work()
    Exchange.objects.filter(pk=visit).update(ended_at=Exchange.objects.get(pk=visit).sent_at)
    gateways.bind({})
    with pytest.raises(GatewayUnavailableError):
        gateways.gateway("plain")
    assert clinic.quieten(visit, is_released=False) is State.REJECTED
    assert Exchange.objects.get(pk=visit).stage == "done"

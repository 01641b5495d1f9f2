"""The own schedule by its entry in FELDSHER_MIS, and what it tells by the port."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from conftest import SetClock
from domain.roster.factory import EVERY_DAY, NOW, STAFF, TODAY, doctor, hours, own_clinic, week
from feldsher.conf.composition import build_gateway, build_gateways, remotes
from feldsher.conf.environment import MisSettings, mis_from_json
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services as records
from feldsher.domain.directory.types import Completeness
from feldsher.domain.roster import services as roster
from feldsher.domain.scheduling.ports import (
    Booked,
    BookingQuery,
    BookRequest,
    Cancelled,
    Found,
    Person,
    RemoteResource,
    RemoteSlot,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.own import OwnGateway, build
from feldsher.kernel.clock import WallTime

MONDAY = date(2026, 11, 30)
ENTRY = MisSettings("own", "own", "", "", "", {})
FOREIGN = MisSettings("umc", "bit_umc", "https://1c.clinic.example/ws", "", "", {})


# The settings.


def test_two_words_are_the_whole_of_its_entry(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("FELDSHER_MIS", '[{"id": "own", "kind": "own"}]')
    settings.FELDSHER_MIS = mis_from_json()
    assert settings.FELDSHER_MIS == (ENTRY,)
    assert [type(each) for each in build_gateways().values()] == [OwnGateway]
    assert remotes() == (), "nobody is called"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": "clinic"}, 'FELDSHER_MIS clinic: the id "own" and the kind "own" belong together'),
        ({"kind": "plain"}, 'FELDSHER_MIS own: the id "own" and the kind "own" belong together'),
        ({"url": "https://mis.example"}, "FELDSHER_MIS own: leave out url, user and password"),
        ({"user": "site"}, "FELDSHER_MIS own: leave out url, user and password"),
        ({"password": "x"}, "FELDSHER_MIS own: leave out url, user and password"),
        ({"options": {"step": 5}}, "FELDSHER_MIS own: unknown option 'step'; it has none"),
    ],
)
def test_whatever_is_combined_wrongly_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{sentence}"):
        build_gateway(replace(ENTRY, **changes))


def test_two_entries_of_one_id_are_refused(settings: Settings) -> None:
    settings.FELDSHER_MIS = (ENTRY, ENTRY)
    with pytest.raises(ImproperlyConfigured, match=r"^FELDSHER_MIS own: two entries have this id"):
        build_gateways()


def test_a_mis_without_an_address_is_still_refused(settings: Settings) -> None:
    settings.FELDSHER_MIS = (ENTRY, replace(FOREIGN, url=""))
    with pytest.raises(ImproperlyConfigured, match=r"^FELDSHER_MIS umc: the address must begin with http"):
        remotes()


# The port.


def gateway() -> OwnGateway:
    return build(url="", user="", password="", timeout=1.0, options={})


def test_a_booking_is_kept_by_the_row_that_asks() -> None:
    slot = RemoteSlot(RemoteResource("d", "b"), WallTime.parse("2026-11-30T10:00:00"), 30)
    asked = BookRequest(slot, Person("Пробный", "Пётр", "", "+79000000001"), reference="ours")
    assert gateway().book(asked) == Booked("ours")
    assert gateway().find_booking(BookingQuery(slot, "ours")) == Found("ours", "booked", slot.begin)
    assert gateway().cancel("ours", reason="") == Cancelled()


def test_what_it_can_is_said_as_capabilities() -> None:
    can = gateway().capabilities()
    assert (can.has_reference, can.book_repeatable, can.settle_seconds) == (True, True, 1)
    assert (can.holds, can.can_move, can.change_feed, can.needs_patient) == (False, False, False, False)


@pytest.mark.django_db
def test_free_time_is_the_working_hours_of_all_also_of_who_has_none(set_clock: SetClock) -> None:
    set_clock(NOW)
    clinic = own_clinic()
    roster.set_week(clinic.at_north, days=week(mon=hours("9-13", "22-24")), since=TODAY, author=STAFF)
    idle = doctor("Незанятая")
    records.add_workplace(idle, location=clinic.ural, specialty="Терапия", author=STAFF)
    told = gateway().free(Window(TODAY, MONDAY))
    assert (told.as_of, told.completeness, told.offsets) == (NOW, Completeness.FULL, ())
    here = RemoteResource(str(clinic.eye), str(clinic.north))
    assert set(told.resources) == {
        here,
        RemoteResource(str(clinic.eye), str(clinic.ural)),
        RemoteResource(str(idle), str(clinic.ural)),
    }
    assert [(each.resource, each.kind, each.begin.iso(), each.end.iso()) for each in told.items] == [
        (here, TimeKind.FREE, "2026-11-30T09:00:00", "2026-11-30T13:00:00"),
        (here, TimeKind.FREE, "2026-11-30T22:00:00", "2026-12-01T00:00:00"),
    ]


@pytest.mark.django_db
def test_one_resource_is_told_alone_and_a_strange_one_not_at_all(set_clock: SetClock) -> None:
    set_clock(NOW)
    clinic = own_clinic()
    roster.set_week(clinic.at_north, days=EVERY_DAY, since=TODAY, author=STAFF)
    here = RemoteResource(str(clinic.eye), str(clinic.north))
    told = gateway().free(Window(MONDAY, MONDAY), resource=here)
    assert (told.resources, len(told.items)) == ((here,), 2)
    strange = gateway().free(Window(MONDAY, MONDAY), resource=RemoteResource("x", "y"))
    assert (strange.resources, strange.items) == ((), ())


@pytest.mark.django_db
def test_what_it_names_is_what_the_directory_resolves(set_clock: SetClock) -> None:
    set_clock(NOW)
    clinic = own_clinic()
    named = {each.practitioner_id for each in gateway().free(Window(TODAY, TODAY)).resources}
    found = directory.resolve_remote("own", practitioners=named, locations={str(clinic.ural)})
    assert found.practitioners == {str(clinic.eye): clinic.eye}
    assert found.locations == {str(clinic.ural): clinic.ural}


def test_its_directory_tells_nothing_and_takes_nothing_away() -> None:
    told = gateway().directory()
    assert (told.completeness, told.practitioners, told.locations) == (Completeness.SUSPICIOUS_EMPTY, (), ())

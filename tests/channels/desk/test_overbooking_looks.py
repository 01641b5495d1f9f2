"""Booking over a taken time in a browser: by axe and the W3C's checker, on every size, and by keys alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, name_caller, signed_in_visitor
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, OwnClinic
from domain.scheduling.clinic_of_own import THURSDAY, at_work_on_thursdays, confirmed, key, run_jobs
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVER = "/desk/book/over/"


@pytest.fixture
def clinic(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """A visit at 09:30, a time that a patient holds at 10:00, a free one at 09:00."""
    set_clock(NOW)
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, confirm_wait_seconds=0.0)
    with at_work_on_thursdays("9-10:30", "11-12") as clinic:
        confirmed(key(clinic, "09:30"))
        run_jobs()
        services.hold(slot_token(key(clinic, "10:00")), channel="site", device="phone")
        yield clinic


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def schedule(clinic: OwnClinic) -> str:
    return f"/desk/schedule/?location={clinic.north}&date={THURSDAY}&practitioner={clinic.eye}"


def over(clinic: OwnClinic, at: str) -> str:
    return f"{OVER}?slot={slot_token(key(clinic, at))}"


def visit_at(clinic: OwnClinic, at: str) -> Appointment:
    return Appointment.objects.get(starts_at=key(clinic, at).start, lane=0)


def addresses(clinic: OwnClinic) -> tuple[str, ...]:
    """Return a taken, a held and a free time, a refused one, and what leads there."""
    visit = visit_at(clinic, "09:30").pk
    return (
        over(clinic, "09:30"),
        over(clinic, "10:00"),
        over(clinic, "09:00"),
        f"/desk/schedule/visits/{visit}/",
        f"/desk/book/?location={clinic.north}&practitioner={clinic.eye}&day={THURSDAY}",
    )


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_look_has_a_fault_and_nothing_sticks_out(
    client: Client, clinic: OwnClinic, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    found = addresses(clinic)
    with signed_in_visitor(live_server, client, look=look, size=size) as visitor:
        assert faults_of(visitor, found) == []
        page = visitor.page
        page.goto(found[0])
        visitor.shoot("over")
        visitor.refusals = {422}
        page.get_by_role("button", name="Записать поверх").click()
        page.locator("#field-why-error").wait_for()
        assert (visitor.faults(), visitor.overflow()) == ([], 0)
        visitor.shoot("over-fault")
        visitor.check()


def test_the_markup_has_no_error(client: Client, clinic: OwnClinic, tmp_path: Path) -> None:
    bodies = [client.get(address).content for address in addresses(clinic)]
    bodies.append(client.post(OVER, {"slot": slot_token(key(clinic, "09:30"))}).content)
    services.change_rule(RuleValues(overbook=0), location=clinic.north, author=STAFF)
    bodies.append(client.get(over(clinic, "09:30")).content)
    assert markup_faults(bodies, tmp_path) == []


def press_tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus stands on what says these words."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if words in str(page.evaluate("document.activeElement.textContent")):
            return
    raise AssertionError(f"{words} is not to be reached")


def test_a_visit_is_booked_over_another_by_keys_alone(
    client: Client, clinic: OwnClinic, live_server: LiveServer
) -> None:
    """From the schedule: arrows to the visit, Enter, an arrow to the reason, and who comes."""
    with signed_in_visitor(live_server, client, look="", size=(1280, 800)) as visitor:
        page = visitor.page
        page.goto(schedule(clinic))
        keys = page.keyboard
        for _ in range(2):
            keys.press("ArrowDown")
        keys.press("Enter")
        page.wait_for_url("**/desk/schedule/visits/*/")
        press_tab_to(page, "Записать ещё одного")
        keys.press("Enter")
        page.wait_for_url(f"**{OVER}?slot=*")
        page.get_by_role("heading", name="Время занято: 1 запись").wait_for()
        keys.press("ArrowDown")
        keys.press("Tab")
        keys.type("На две минуты")
        keys.press("Enter")
        name_caller(page)
        visitor.check()
    run_jobs()
    visits = Appointment.objects.filter(starts_at=key(clinic, "09:30").start).order_by("lane")
    assert [(row.lane, row.state, row.over_why) for row in visits] == [
        (0, "booked", ""),
        (1, "booked", "doctor_asked"),
    ]

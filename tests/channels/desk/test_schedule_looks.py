"""The grid in a browser: by axe, on phone and desktop, and what does not move when it refreshes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, name_caller, signed_in_visitor
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, doctor, hours, week
from domain.scheduling.clinic_of_own import confirmed, found_own_clinic, own_schedule, run_jobs
from feldsher.domain.directory import services as directory
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import SlotKey
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def slot(clinic: OwnClinic, who: UUID, at: str, day: date = TODAY) -> SlotKey:
    start = NOW.fromisoformat(f"{day}T{at}:00+03:00")
    return SlotKey(who, clinic.north, clinic.visit, start)


@pytest.fixture
def full(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """A day of five doctors in its second hour, with a visit of each kind."""
    set_clock(NOW)
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, confirm_wait_seconds=0.0)
    with own_schedule():
        clinic = found_own_clinic()
        doctors = [doctor(family) for family in ("Небывалова", "Образцова", "Сочинская", "Лукоморова")]
        for each in doctors:
            directory.add_workplace(each, location=clinic.north, specialty="Офтальмология", author=STAFF)
            directory.give_service(each, service=clinic.visit, minutes=None, author=STAFF)
        services.rebuild_offers()
        for number, each in enumerate([clinic.eye, *doctors]):
            whole = hours("9-13", "14-17") if number % 2 else hours("9:30-12:30", "13-18")
            services.set_week(
                Workplace(each, clinic.north), days=week(wed=whole, thu=whole), since=TODAY, author=STAFF
            )
        run_jobs()
        fill(clinic, [clinic.eye, *doctors])
        set_clock(NOW + timedelta(hours=1, minutes=22))
        services.set_week(
            clinic.at_north, days=week(wed=hours("9-12:30", "13-18")), since=TODAY, author=STAFF
        )
        run_jobs()
        yield clinic


def fill(clinic: OwnClinic, doctors: list[UUID]) -> None:
    """Give each doctor visits of every state, as far as the hour lets them be booked."""
    for number, each in enumerate(doctors):
        for at, state in (
            ("10:30", "noshow"),
            ("11:30", "arrived"),
            ("14:30", "booked"),
            ("15:00", "booked"),
        ):
            key = slot(clinic, each, at)
            visit = confirmed(key, 1 + 10 * number + key.start.hour + key.start.minute % 7)
            run_jobs()
            if state != "booked":
                Appointment.objects.filter(pk=visit).update(state=state)
    services.hold(slot_token(slot(clinic, doctors[0], "15:30")), channel="site", device="phone")


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_look_at_the_schedule_has_a_fault(
    full: OwnClinic, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    client = signed_in(Role.REGISTRAR)
    pages = addresses(full)
    with signed_in_visitor(live_server, client, look=look, size=size) as visitor:
        assert faults_of(visitor, pages) == []


def addresses(clinic: OwnClinic) -> tuple[str, ...]:
    home = f"/desk/schedule/?location={clinic.north}&date={TODAY}"
    visit = Appointment.objects.filter(state="booked").order_by("starts_at")[0].pk
    return (
        home,
        f"{home}&view=week",
        f"{home}&view=week&practitioner={clinic.eye}",
        f"/desk/schedule/visits/{visit}/",
        f"{home}&move={visit}",
        f"/desk/visits/{visit}/cancel/",
        f"/desk/visits/{visit}/missed/",
        "/desk/find/",
    )


def test_its_markup_is_without_a_fault(full: OwnClinic, tmp_path: Path) -> None:
    reader = signed_in(Role.REGISTRAR)
    assert markup_faults([reader.get(page).content for page in addresses(full)], tmp_path) == []


def test_a_caller_is_booked_by_the_keyboard_alone(full: OwnClinic, live_server: LiveServer) -> None:
    """From the open schedule to the visit in the making: an arrow, Enter, and what the caller says."""
    client = signed_in(Role.REGISTRAR)
    home = f"/desk/schedule/?location={full.north}&date={TODAY}&practitioner={full.eye}"
    with signed_in_visitor(live_server, client, look="", size=(1280, 800)) as visitor:
        page = visitor.page
        page.goto(home)
        keys = page.keyboard
        keys.press("ArrowDown")
        held = str(page.evaluate("document.activeElement.firstChild.textContent"))
        keys.press("Enter")
        name_caller(page)
        visitor.check()
    run_jobs()
    booked = Appointment.objects.get(state="booked", channel="desk")
    assert held == f"{booked.visit.lower.hour + 3:02}:{booked.visit.lower.minute:02}"


def test_a_visit_is_dragged_onto_a_free_time_and_asked_about(
    full: OwnClinic, live_server: LiveServer
) -> None:
    client = signed_in(Role.REGISTRAR)
    home = f"/desk/schedule/?location={full.north}&date={TODAY}&practitioner={full.eye}"
    with signed_in_visitor(live_server, client, look="", size=(1280, 1400)) as visitor:
        page = visitor.page
        page.goto(home)
        page.locator("[data-move]").first.drag_to(page.locator("button.piece-free").last)
        page.wait_for_url("**/move/?slot=*")
        page.get_by_role("heading", name="Перенести запись?").wait_for()
        page.goto(home)
        page.locator("[data-move] a").last.focus()
        page.keyboard.press("m")
        page.get_by_text("Выберите свободное время").wait_for()
        page.emulate_media(media="print")
        assert not page.locator("header.top").is_visible()
        assert page.locator(".grid-column").first.is_visible()
        visitor.check()
    assert Appointment.objects.filter(state="booking").count() == 0


def test_a_refresh_changes_what_a_cell_says_and_moves_nothing(
    full: OwnClinic, live_server: LiveServer
) -> None:
    """Cells stand where they stood, to the pixel, and the focus stays on its cell."""
    client = signed_in(Role.REGISTRAR)
    home = f"/desk/schedule/?location={full.north}&date={TODAY}&practitioner={full.eye}"
    where = (
        "() => [...document.querySelectorAll('.grid-cells > li')].map((li) => li.getBoundingClientRect().top)"
    )
    with signed_in_visitor(live_server, client, look="", size=(1280, 1400)) as visitor:
        page = visitor.page
        page.goto(home)
        before = page.evaluate(where)
        free = page.locator("button.piece-free")
        count = free.count()
        free.last.focus()
        key = page.evaluate("document.activeElement.dataset.key")
        token = str(free.first.get_attribute("value"))
        page.request.post(
            f"{live_server.url}/desk/book/",
            form={"slot": token, "key": "0" * 32, "csrfmiddlewaretoken": _csrf(page)},
            headers={"Referer": f"{live_server.url}/desk/schedule/"},
            max_redirects=0,
        )
        with page.expect_response("**live=1**"):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator(".piece-held", has_text="Держит стол").wait_for()
        assert free.count() == count - 1
        assert page.evaluate(where) == before
        assert page.evaluate("document.activeElement.dataset.key") == key
        visitor.check()


def _csrf(page: Page) -> str:
    return str(page.locator("#grid-acts input[name=csrfmiddlewaretoken]").get_attribute("value"))

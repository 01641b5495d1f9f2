"""Each page of the desk by axe, in light and dark, on phone and desktop, and by the W3C's checker."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from channels.desk.conftest import Busy
from channels.desk.emergencies import ANNA, FORM, PROVE, REVIEWS, WHY, a_patient
from channels.desk.factory import PASSWORD, alert, entered, signed_in, with_app
from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from domain.corporate.factory import asked
from domain.directory.factory import MIS
from domain.records.factory import a_ward
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.channels.desk.sync_words import OPERATIONS
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.line import Tally
from feldsher.domain.scheduling.line.endings import Ending
from feldsher.domain.scheduling.models import MisLine
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access import unlock
from feldsher.foundation.access.models import StaffSession
from feldsher.foundation.access.roles import Role
from feldsher.foundation.alarms.models import Alarm
from feldsher.foundation.alarms.services import settle
from feldsher.foundation.alarms.types import Met
from feldsher.foundation.emergency.models import BrokenGlass
from feldsher.kernel import clock
from support.markup import markup_faults, needed

Walk = tuple[Client, tuple[str, ...]]
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def secrecy() -> tuple[Walk, ...]:
    """A doctor with an emergency access, one who begins another, and the chief physician who looks at it."""
    doctor = signed_in(Role.OTHER_DOCTOR, login="doctor")
    second = signed_in(Role.OTHER_DOCTOR, login="second")
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    app, moment = with_app("doctor"), clock.now()
    assert doctor.post(PROVE, {"code": app.at(moment)}).status_code == 303
    a_patient()
    assert doctor.post(FORM, {**ANNA, **WHY}).status_code == 303
    glass = BrokenGlass.objects.get().id
    found = alert(next(each.id for each in access.all_staff() if each.login == "doctor"))
    with_app("second")
    StaffSession.objects.filter(user__login="second").update(factor_at=clock.now())
    return (
        (second, (FORM,)),
        (doctor, (PROVE, f"/desk/emergency/{glass}/")),
        (chief, ("/desk/alerts/", f"/desk/alerts/{found.id}/", REVIEWS, f"{REVIEWS}{glass}/")),
    )


@pytest.fixture
def referring() -> tuple[Walk, ...]:
    """A doctor who has referred a patient to two others, and one of these."""
    ward = a_ward(clock.now() + timedelta(hours=1))
    day = (clock.now() + timedelta(days=20)).date()
    referral, other = ward.refer(last_day=day), ward.refer(last_day=day, to=ward.plain)
    eye, heart = entered("eye"), entered("heart")
    assert eye.post(f"/desk/referrals/{other}/withdraw/").status_code == 303
    return (
        (
            eye,
            (
                "/desk/referrals/",
                f"/desk/referrals/visits/{ward.visit}/",
                f"/desk/referrals/{referral}/withdraw/",
            ),
        ),
        (heart, ("/desk/referrals/", f"/desk/referrals/{referral}/")),
    )


@pytest.fixture
def chromium() -> Iterator[Browser]:
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")
    with browser() as started:
        yield started


def trouble_the_exchange() -> None:
    """Leave all that the page of the exchange can show: calls, a line that rests, alarms open and ended."""
    now, tally = clock.now(), Tally(None)
    for operation in OPERATIONS:
        for ending in Ending:
            tally.add(MIS, operation, ending, seconds=1.5)
    tally.flush()
    MisLine.objects.create(
        mis=MIS,
        turn_at=now,
        failures=6,
        rests=2,
        resting_since=now - timedelta(minutes=3),
        retry_at=now + timedelta(minutes=1),
        last_error="free: HTTP 500, not an envelope",
    )
    settle("mis", [Met("mis_silent", MIS, "МИС umc молчит", "Расписание не обновлялось 11 мин.")])
    Alarm.objects.create(
        area="mis",
        code="mis_breaker_open",
        subject=MIS,
        title="МИС umc: вызовы остановлены",
        sentence="Связи нет 6 мин.",
        opened_at=now - timedelta(hours=3),
        seen_at=now - timedelta(hours=2),
        closed_at=now - timedelta(hours=2),
    )


def pages(busy: Busy) -> tuple[str, ...]:
    call, visit_id = busy.calls[0], busy.silent
    company = asked(exams="first|4.4;1,0,0,2").id
    return (
        "/desk/",
        "/desk/?asked=1",
        f"/desk/calls/{call}/",
        f"/desk/calls/{busy.calls[1]}/",
        f"/desk/visits/{visit_id}/",
        f"/desk/visits/{visit_id}/absent/",
        f"/desk/visits/{busy.taken}/",
        "/desk/sync/",
        "/desk/sync/branches/",
        "/desk/differences/",
        "/desk/companies/",
        f"/desk/companies/{company}/",
        f"/desk/companies/{company}/forget/",
        "/desk/companies/ended/",
        f"/desk/day/?date={VISIT_AT.date().isoformat()}",
        *(f"/desk/me/{each}" for each in ("", "prove/", "password/", "pin/", "codes/", "letters/")),
        "/desk/calls/00000000-0000-0000-0000-000000000000/",
    )


@pytest.mark.parametrize(
    ("look", "size"),
    [
        ("", (390, 844)),
        ("", (1280, 800)),
        ("dark...", (390, 844)),
        ("dark...", (1280, 800)),
        ("contrast-light...", (390, 844)),
        ("contrast-dark..", (1280, 800)),
        (".200.wide.", (320, 640)),
        (".200.wide.", (1280, 800)),
    ],
)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    busy: Busy, live_server: LiveServer, request: pytest.FixtureRequest, look: str, size: tuple[int, int]
) -> None:
    busy.cancelled_in_mis()
    trouble_the_exchange()
    client = signed_in(Role.REGISTRAR)
    client.post(f"/desk/calls/{busy.calls[0]}/take/")
    addresses = ("/desk/sign-in/", *pages(busy))
    key = client.cookies["desk"].value
    connection.close()
    visitor: Visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=size, look=look)
    visitor.refusals |= {404}
    found = []
    for address in addresses:
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
        found += [(address, "sticks out")] if visitor.overflow() else []
        if address == "/desk/sign-in/":
            cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
            visitor.page.context.add_cookies([cookie])
    assert found == []
    visitor.check()


@pytest.mark.usefixtures("owner")
def test_every_page_is_valid(
    busy: Busy, secrecy: tuple[Walk, ...], referring: tuple[Walk, ...], tmp_path: Path
) -> None:
    trouble_the_exchange()
    client = signed_in(Role.REGISTRAR)
    client.post(f"/desk/calls/{busy.calls[0]}/take/")
    bodies = [client.get(address).content for address in pages(busy)]
    bodies += [Client().get("/desk/sign-in/").content]
    bodies += [client.post("/desk/sign-in/", {"login": "vera", "password": "wrong"}).content]
    bodies += [client.post(f"/desk/calls/{busy.calls[0]}/", {"at": "never"}).content]
    editor = signed_in(Role.EDITOR, login="editor")
    branch = f"/desk/directory/branches/{directory.locations()[0].id}/"
    edited = (
        "directory/",
        "directory/doctors/",
        "directory/services/",
        "directory/missing/",
        "site/",
        "sync/",
        "corporate/",
    )
    bodies += [editor.get(address).content for address in (branch, *(f"/desk/{each}" for each in edited))]
    auditor = signed_in(Role.SECURITY_AUDITOR, login="auditor")
    bodies += [
        auditor.get(f"/desk/journal/{each}").content for each in ("", "?actor=x&before=9", "?patient=x")
    ]
    bodies += [editor.post(branch, {"phone": "1"}).content, editor.post("/desk/site/", {"hue": "x"}).content]
    bodies += [who.get(address).content for who, addresses in (*secrecy, *referring) for address in addresses]
    bodies += doors_of(signed_in(Role.SYSTEM_ADMIN, login="admin"))
    assert markup_faults(bodies, tmp_path) == []


@pytest.mark.parametrize(
    ("look", "size"), [("", (390, 844)), ("dark...", (1280, 800)), (".200.wide.", (320, 640))]
)
def test_the_journal_has_no_fault_and_nothing_sticks_out(
    busy: Busy, live_server: LiveServer, request: pytest.FixtureRequest, look: str, size: tuple[int, int]
) -> None:
    client = signed_in(Role.SECURITY_AUDITOR)
    client.post("/desk/journal/check/")
    key = client.cookies["desk"].value
    connection.close()
    visitor: Visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=size, look=look)
    visitor.refusals |= {422}
    cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
    visitor.page.context.add_cookies([cookie])
    found = []
    for address in ("/desk/journal/", "/desk/journal/", "/desk/journal/?patient=x"):
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
        found += [(address, "sticks out")] if visitor.overflow() else []
    assert found == []
    visitor.check()


@pytest.mark.parametrize(
    ("look", "size"), [("", (390, 844)), ("dark...", (1280, 800)), (".200.wide.", (320, 640))]
)
def test_alerts_emergencies_and_referrals_have_no_fault_and_nothing_sticks_out(
    secrecy: tuple[Walk, ...],
    referring: tuple[Walk, ...],
    live_server: LiveServer,
    request: pytest.FixtureRequest,
    look: str,
    size: tuple[int, int],
) -> None:
    found = []
    connection.close()
    for client, addresses in (*secrecy, *referring):
        visitor: Visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=size, look=look)
        key = client.cookies["desk"].value
        cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
        visitor.page.context.add_cookies([cookie])
        for address in addresses:
            visitor.page.goto(address)
            found += [(address, fault) for fault in visitor.faults()]
            found += [(address, "sticks out")] if visitor.overflow() else []
        visitor.check()
    assert found == []


def doors_of(admin: Client) -> list[bytes]:
    """Return the pages of staff, of an app that is being connected, of the second step and of the lock."""
    vera = next(each.id for each in access.all_staff() if each.login == "vera")
    admin.post(f"/desk/staff/{vera}/", {"role": "nurse"})
    admin.post("/desk/me/app/")
    addresses = ("/desk/staff/", f"/desk/staff/{vera}/", "/desk/me/app/")
    found = [admin.get(address).content for address in addresses]
    found += [admin.post("/desk/me/pin/", {"pin": "1"}).content, admin.post("/desk/me/codes/").content]
    with_app("vera")
    halfway = Client()
    halfway.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    found += [halfway.get("/desk/sign-in/second/").content]
    unlock.set_pin(vera, "5093")
    StaffSession.objects.update(seen_at=clock.now() - timedelta(minutes=16), opened_at=clock.now())
    return [*found, halfway.post("/desk/", {"a": "<b>"}).content]


def test_the_whole_of_a_call_goes_by_keyboard_alone(
    busy: Busy, live_server: LiveServer, request: pytest.FixtureRequest
) -> None:
    key = signed_in(Role.REGISTRAR).cookies["desk"].value
    connection.close()
    visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=(1280, 800))
    cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
    visitor.page.context.add_cookies([cookie])
    page = visitor.page
    page.goto("/desk/")
    _tab_to(visitor, f"form[action*='{busy.calls[0]}'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/**")
    _tab_to(visitor, "button[value=booked]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    assert "Вера" not in page.locator("main").inner_text()
    visitor.check()


def _tab_to(visitor: Visitor, what: str) -> None:
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"Tab never reaches {what}")

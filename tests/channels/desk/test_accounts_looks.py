"""«Сверка с 1С» by axe, on phone and desktop, and by the W3C's checker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.test_accounts import PAGE, fill
from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from conftest import SetClock
from domain.accounting.conftest import books
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults, needed

__all__ = ["books"]
pytestmark = [
    *(pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)),
    pytest.mark.usefixtures("books"),
]
PAGES = (PAGE, f"{PAGE}?page=9", f"{PAGE}?show=all", f"{PAGE}?show=all&q=ыыы")


@pytest.fixture
def chromium() -> Iterator[Browser]:
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")
    with browser() as started:
        yield started


@pytest.fixture
def cashier(set_clock: SetClock) -> Client:
    fill(set_clock)
    return signed_in(Role.CASHIER)


@pytest.mark.parametrize(
    ("look", "size"), [("", (390, 844)), ("dark...", (1280, 800)), (".200.wide.", (320, 640))]
)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    cashier: Client, live_server: LiveServer, request: pytest.FixtureRequest, look: str, size: tuple[int, int]
) -> None:
    key = cashier.cookies["desk"].value
    connection.close()
    visitor: Visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=size, look=look)
    cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
    visitor.page.context.add_cookies([cookie])
    found = []
    for address in PAGES:
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
        found += [(address, "sticks out")] if visitor.overflow() else []
    assert found == []
    visitor.check()


def test_every_page_is_valid(cashier: Client, tmp_path: Path) -> None:
    bodies = [cashier.get(address).content for address in PAGES]
    bodies += [signed_in(Role.CHIEF_PHYSICIAN, login="klara").get(PAGE).content]
    assert markup_faults(bodies, tmp_path) == []

"""The pages of the price list by axe, on phone and desktop, and by the W3C's checker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.test_price_list import LIST
from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from domain.directory.factory import MIS, snapshot
from domain.directory.price_lists import good, goods, offer, offers, take
from feldsher.domain.directory import services
from feldsher.domain.directory.models import PriceListItem
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults, needed

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chromium() -> Iterator[Browser]:
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")
    with browser() as started:
        yield started


@pytest.fixture
def editor() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot(prices=()))
    long = "Подбор очков <сложный>, с\u00a0астигматической коррекцией и проверкой бинокулярного зрения"
    many = [good(f"m{number}", f"M-{number}") for number in range(60)]
    take(
        goods(good("g1", "A-1"), good("g2", "Z-2", name=long.replace("<", "&lt;")), good("g3"), *many),
        offers(offer("g1", 1900), offer("g2", 0)),
    )
    client = signed_in(Role.EDITOR)
    assert client.post(f"{line('g3')}ignore/").status_code == 303
    return client


def line(value: str) -> str:
    return f"{LIST}{PriceListItem.objects.get(value=value).id}/"


def pages() -> tuple[str, ...]:
    lists = (LIST, f"{LIST}?page=2", f"{LIST}?show=bound", f"{LIST}?show=ignored", f"{LIST}?q=ыыы")
    lines = (line("g1"), line("g2"), f"{line('g2')}?q=ыыы", line("g3"))
    return (*lists, *lines, "/desk/directory/missing/")


@pytest.mark.parametrize(
    ("look", "size"), [("", (390, 844)), ("dark...", (1280, 800)), (".200.wide.", (320, 640))]
)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    editor: Client, live_server: LiveServer, request: pytest.FixtureRequest, look: str, size: tuple[int, int]
) -> None:
    key, addresses = editor.cookies["desk"].value, pages()
    connection.close()
    visitor: Visitor = visit(request.getfixturevalue("chromium"), live_server.url, size=size, look=look)
    cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
    visitor.page.context.add_cookies([cookie])
    found = []
    for address in addresses:
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
        found += [(address, "sticks out")] if visitor.overflow() else []
    assert found == []
    visitor.check()


def test_every_page_is_valid(editor: Client, tmp_path: Path) -> None:
    bodies = [editor.get(address).content for address in pages()]
    bodies += [editor.post(f"{line('g2')}bind/").content]
    assert markup_faults(bodies, tmp_path) == []

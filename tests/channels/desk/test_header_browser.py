"""The header of the desk: one line on a desktop, the rest under one word, which opens by a key."""

import pytest
from pytest_django.live_server_helper import LiveServer

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.desk.looking import signed_in_visitor
from feldsher.foundation.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_is_one_line_and_its_menu_opens_by_a_key(busy: Busy, live_server: LiveServer) -> None:
    client = signed_in(Role.REGISTRAR)
    with signed_in_visitor(live_server, client, look="", size=(1280, 800)) as visitor:
        page = visitor.page
        page.goto("/desk/")
        line = page.locator(".nav > ul > li")
        tops = line.evaluate_all("(items) => items.map((item) => item.getBoundingClientRect().top)")
        assert (len(set(tops)), len(tops)) == (1, 6)
        assert page.locator("header.top").evaluate("(header) => header.offsetHeight") < 60
        rules = page.get_by_role("link", name="Правила записи")
        assert not rules.is_visible()
        page.locator(".nav-more summary").focus()
        page.keyboard.press("Enter")
        assert rules.is_visible()
        assert (visitor.faults(), visitor.overflow()) == ([], 0)
        visitor.shoot("header-open")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/stops/")
        assert page.locator(".nav-more .is-here").count() == 1
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.locator(".nav-more summary").click()
            assert (visitor.faults(), visitor.overflow()) == ([], 0)
            visitor.shoot("header-open")
            page.locator(".nav-more summary").click()
        visitor.check()

"""The open queue counts on by itself how late a task is: the server opens nobody's name for a minute more."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from channels.desk.conftest import MORNING, Busy
from channels.desk.factory import signed_in
from channels.site.browser import CHROMIUM, browser, visit
from feldsher.foundation.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_open_page_counts_minutes_as_the_server_would(busy: Busy, live_server: LiveServer) -> None:
    assert Path(CHROMIUM).is_file(), "no chromium: apt-get install chromium"
    busy.world.forward(3900)
    key = signed_in(Role.REGISTRAR).cookies["desk"].value
    connection.close()
    with browser() as chromium:
        visitor = visit(chromium, live_server.url)
        page = visitor.page
        page.context.add_cookies([{"name": "desk", "value": key, "url": f"{live_server.url}/desk/"}])
        page.clock.install(time=MORNING + timedelta(days=1))
        page.goto("/desk/")
        clocks = page.locator(".is-late")
        shown = clocks.all_inner_texts()
        assert len(shown) == 4
        with page.expect_response("**/desk/?live=1") as asked:
            page.clock.fast_forward("00:15")
        assert asked.value.status == 304
        assert clocks.all_inner_texts() == shown
        page.clock.fast_forward("10:00")
        counted = clocks.all_inner_texts()
        assert [minutes(text) for text in counted] == [minutes(text) + 10 for text in shown]
        busy.world.forward(615)
        page.reload()
        expect(clocks).to_have_text(counted)
        visitor.check()


def minutes(text: str) -> int:
    """Return the number of «опоздание 6 мин»."""
    return int(text.replace("\u00a0", " ").removeprefix("опоздание ").removesuffix(" мин"))

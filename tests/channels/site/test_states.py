"""Refusals and waiting by axe, light and dark, at 320 px, and the waiting of a real booking."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Route, expect
from pytest_django import Settings

from channels.site.browser import Visitor, browser, new_phone, visit
from channels.site.states import every_state
from support.product import Demo

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ANSWER_MS = 60_000
STILL = "* { transition: none !important; animation: none !important; }"
LOOKS = ("light", "dark")
PERSON = {"family": "Понарошкина", "given": "Вера"}
ELSEWHERE = {"home", "doctors", "found", "services", "call", "look", "policy", "missing", "gallery"}
"""Looked at on the running product by test_accessibility.py."""
Put = Callable[..., Any]


@pytest.fixture
def states(db: None, client: Client, clinic: Put, settings: Settings) -> dict[str, bytes]:
    """Pages rendered before a browser is started: its loop would make Django refuse."""
    settings.DEMO = True
    pages = every_state(client, clinic)
    return {name: body for name, body in pages.items() if name not in ELSEWHERE}


def _serve(visitor: Visitor, pages: dict[str, bytes]) -> None:
    """Let the browser read these pages at the address of the running site, which gives them its files."""

    bodies = list(pages.values())

    def answer(route: Route) -> None:
        number = int(route.request.url.rsplit("/", 1)[1])
        route.fulfill(body=bodies[number], content_type="text/html; charset=utf-8")

    visitor.page.route("**/state-of-a-page/*", answer)
    waiting = {"state": "booking", "version": 1, "final": False}
    visitor.page.route("**/visit/*/state/", lambda route: route.fulfill(json=waiting))


def test_no_refusal_and_no_state_has_a_fault(states: dict[str, bytes], live_site: str) -> None:
    found = []
    with browser() as chromium:
        visitor = visit(chromium, live_site, size=(320, 640))
        _serve(visitor, states)
        for number, name in enumerate(states):
            visitor.page.goto(f"/state-of-a-page/{number}")
            visitor.page.add_style_tag(content=STILL)
            for look in LOOKS:
                visitor.page.evaluate("(look) => { document.documentElement.dataset.look = look; }", look)
                found += [(name, look, fault) for fault in visitor.faults()]
            if visitor.overflow():
                found.append((name, "", "sticks out"))
    assert found == []
    assert len(states) >= 40
    visitor.check()


def test_a_booking_that_waits_for_a_lost_answer_says_so_and_ends(live_site: str, product: Demo) -> None:
    with browser() as chromium:
        visitor = visit(chromium, live_site)
        page = visitor.page
        page.goto("/doctors/")
        page.locator("main button.chip:visible").nth(6).click()
        expect(page.locator(".left-clock")).to_be_visible()
        for name, value in {**PERSON, "phone": new_phone()}.items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("[name=consent]").check()
        product.fault("commit_then_drop", operation="book", times=1)
        try:
            page.get_by_role("button", name="Записаться", exact=True).click()
            expect(page.locator("[role=status] .badge")).to_have_text("Ждём ответа", timeout=ANSWER_MS)
            assert visitor.faults() == []
            expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
        finally:
            product.heal()
        visitor.check()

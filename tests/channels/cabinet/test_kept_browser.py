"""Own visits without a connection, in a real browser: asked for, shown, and gone with the session."""

import json
import os
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from channels.cabinet.test_browser import look_at, sign_in
from channels.site.browser import Visitor, browser, visit
from support.database import OPEN
from support.patients import Patient, Times
from support.product import Demo

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ASK = "Показывать мои записи без связи"
READ = "localStorage.getItem('kept-visits')"
OLD = (
    "(change) => {const found = JSON.parse(localStorage.getItem('kept-visits'));"
    " localStorage.setItem('kept-visits', JSON.stringify({...found, ...change}));}"
)


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def asked(chromium: Browser, product: Demo, times: Times) -> tuple[Visitor, str]:
    """Book, sign in to be remembered, and ask for the visit without a connection; returns its time."""
    booked = Patient(product.site).take(times.next())
    booked.wait_until("booked")
    visitor = visit(chromium, product.site)
    page = visitor.page
    sign_in(page, booked.patient.phone, product, is_kept=True)
    time = page.locator(".own-next .talon-time").inner_text()
    page.get_by_role("button", name=ASK).click()
    expect(page.get_by_text("Включено: записи видны")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return visitor, time


def without(page: Page, at: str = "/doctors/") -> None:
    page.context.set_offline(True)
    page.goto(at)
    expect(page.locator("h1")).to_have_text("Нет связи")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ED_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_visits_are_shown_without_a_connection_until_they_are_over_or_the_patient_leaves(
    chromium: Browser, product: Demo, times: Times
) -> None:
    visitor, time = asked(chromium, product, times)
    page = visitor.page
    visitor.refusals.add(503)
    assert look_at(visitor) == []
    picture(page, "kept-on-390")
    said = page.evaluate(READ)
    (line,) = json.loads(said)["visits"]
    assert set(line) == {"day", "time", "zone", "where", "phone", "until"}
    for name in page.locator(".own-next .talon-rest b, .own-whose").all_inner_texts():
        assert name.strip() not in said
    without(page)
    item = page.locator("[data-kept-list] > li")
    expect(item).to_have_count(1)
    expect(item).to_contain_text(time)
    expect(page.locator("[data-kept-saved]")).to_contain_text(":")
    expect(item.locator("a[href^='tel:+7']")).to_be_visible()
    assert look_at(visitor) == []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert visitor.overflow() == 0
        picture(page, f"offline-{width}")
    page.evaluate(OLD, {"saved": 0})
    page.reload()
    expect(page.get_by_text("на этом устройстве её нет")).to_be_visible()
    assert json.loads(page.evaluate(READ))["visits"] == []
    page.context.set_offline(False)
    page.goto("/lk/")  # renews what is kept
    page.evaluate(OLD, {"visits": [{**line, "until": 1}]})
    without(page)
    expect(item).to_have_count(0)
    page.context.set_offline(False)
    page.goto("/lk/")
    assert json.loads(page.evaluate(READ))["visits"] == [line]
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("button", name="Получить код")).to_be_visible()
    assert page.evaluate(READ) is None
    without(page)
    expect(page.get_by_text("на этом устройстве её нет")).to_be_visible()
    picture(page, "offline-none-390")
    visitor.check()


def test_a_session_ended_elsewhere_is_forgotten_by_the_next_page_and_by_a_tap_at_once(
    chromium: Browser, product: Demo, times: Times
) -> None:
    visitor, time = asked(chromium, product, times)
    page = visitor.page
    visitor.refusals.add(503)
    page.goto("/doctors/", wait_until="networkidle")
    assert page.evaluate(READ) is not None, "an open session is left alone"
    without(page)
    expect(page.locator("[data-kept-list] > li")).to_contain_text(time)
    page.get_by_role("button", name="Убрать с этого устройства").click()
    expect(page.get_by_text("на этом устройстве её нет")).to_be_visible()
    assert page.evaluate(READ) is None
    page.context.set_offline(False)
    page.goto("/lk/")
    page.get_by_role("button", name=ASK).click()
    assert page.evaluate(READ) is not None
    with psycopg.connect(product.database, autocommit=True, options=OPEN) as connection:
        connection.execute("UPDATE access_phone_session SET ended_at = now() WHERE ended_at IS NULL")
    page.goto("/prices/")
    page.wait_for_function(f"{READ} === null")
    without(page)
    expect(page.get_by_text("на этом устройстве её нет")).to_be_visible()
    visitor.check()

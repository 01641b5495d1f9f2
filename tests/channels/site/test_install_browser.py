"""A browser finds nothing that keeps the site from being installed; and when that is offered."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from channels.site.browser import CHROMIUM, browser, visit
from support.patients import Patient, Times
from support.product import Demo

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_a_browser_would_install_the_site(live_site: str, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        # A private window installs nothing: this one has a profile.
        chromium = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto(live_site, wait_until="networkidle")
        tools = chromium.new_cdp_session(page)
        told = tools.send("Page.getAppManifest")
        errors = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        page.evaluate("document.querySelector('link[rel=manifest]').remove()")
        without = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        chromium.close()
    assert told["errors"] == []
    assert json.loads(told["data"])["id"] == "/"
    assert errors == []
    assert [error["errorId"] for error in without] == ["no-manifest"]


ASKED = """
() => {
  const event = new Event("beforeinstallprompt", {cancelable: true});
  event.prompt = async () => { window.prompted = true; };
  event.userChoice = Promise.resolve({outcome: "dismissed"});
  return !window.dispatchEvent(event);
}
"""
MOVED = """
() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const {value} of list.getEntries()) sum += value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(sum), 300);
})
"""
IPHONE = """
Object.defineProperty(navigator, "standalone", {value: false});
Object.defineProperty(navigator, "maxTouchPoints", {value: 5});
"""


def test_the_home_screen_is_offered_after_a_booking_and_not_again_once_waved_away(
    live_site: str, product: Demo, times: Times
) -> None:
    booked = Patient(product.site).take(times.next())
    booked.wait_until("booked")
    address = booked.reply.body["manage_url"]
    with browser() as started:
        visitor = visit(started, live_site)
        page = visitor.page
        hint = page.get_by_role("heading", name="Сайт как приложение")
        page.goto("/doctors/")
        assert page.evaluate(ASKED), "the browser's own bar is held back"
        expect(hint).to_have_count(0)
        page.goto(address)
        expect(page.locator(".badge-ok").first).to_be_visible()
        expect(hint).to_have_count(0)
        assert page.evaluate(ASKED)
        expect(hint).to_be_visible()
        assert page.evaluate(MOVED) == 0
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert (visitor.overflow(), visitor.faults()) == (0, [])
            picture(page, f"install-{width}")
        page.get_by_role("button", name="Установить").click()
        expect(hint).to_have_count(0)
        assert page.evaluate("window.prompted")
        page.reload()
        assert page.evaluate(ASKED)
        expect(hint).to_have_count(0)
        apple = visit(started, live_site)
        apple.page.add_init_script(IPHONE)
        apple.page.goto(address)
        words = apple.page.get_by_text("На экран „Домой“")
        expect(words).to_be_visible()
        expect(apple.page.get_by_role("button", name="Установить")).to_have_count(0)
        picture(apple.page, "install-ios-390")
        apple.page.get_by_role("button", name="Не показывать").click()
        apple.page.reload()
        expect(words).to_be_hidden()
        for each in (visitor, apple):
            each.check()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ED_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)

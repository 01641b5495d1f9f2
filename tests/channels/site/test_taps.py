"""How many taps stand between a patient and a visit, typing apart: the whole point of the site."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from channels.site.browser import browser, visit

pytestmark = pytest.mark.browser

ANSWER_MS = 60_000
PHONES = count(1)
ARRIVALS = {
    "home": ("/", ""),
    "list": ("/doctors/", ""),
    "doctor": ("/doctors/", "main h3 a"),
    "branch": ("/", "a.choice-link[href*='location=']"),
    "service": ("/services/?q=прием", "main a[href*='service=']"),
}
"""Where each way begins, and the link on that page that stands for a search engine's."""
TYPED = {"family": "Понарошкина", "given": "Вера"}


@dataclass
class Thumb:
    """Taps and counts."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def open_page(page: Page, start: str) -> None:
    """Arrive where a patient comes from a search or a link: reading a page costs no tap."""
    address, link = ARRIVALS[start]
    page.goto(address)
    if link:
        found = page.locator(link).first.get_attribute("href")
        assert found is not None
        page.goto(found)


@pytest.mark.parametrize("start", ARRIVALS)
def test_a_new_patient_books_in_three_taps(chromium: Browser, live_site: str, start: str) -> None:
    visitor = visit(chromium, live_site)
    thumb = Thumb(visitor.page)
    open_page(visitor.page, start)
    thumb.tap(visitor.page.locator("main button.chip").first)
    for name, value in {**TYPED, "phone": f"8 921 002-00-{next(PHONES):02}"}.items():
        visitor.page.locator(f"[name={name}]").fill(value)
    thumb.tap(visitor.page.locator("[name=consent]"))
    thumb.tap(visitor.page.get_by_role("button", name="Записаться"))
    expect(visitor.page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    assert thumb.taps == 3
    visitor.check()

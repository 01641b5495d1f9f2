"""How many taps stand between a patient and a visit, typing apart: the whole point of the site.

New: three. Whom it is for, when not oneself: one more. Remembered on this device: two, and nothing typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from channels.site.browser import browser, new_phone, visit

pytestmark = pytest.mark.browser

ANSWER_MS = 60_000
ARRIVALS = {
    "home": ("/", ""),
    "list": ("/doctors/", ""),
    "doctor": ("/doctors/", "main h3 a"),
    "branch": ("/", "a.choice-link[href*='location=']"),
    "service": ("/search/?q=прием", "main a[href^='/services/']"),
}
"""Where each way begins, and the link on that page that stands for a search engine's."""
TYPED = {"family": "Понарошкина", "given": "Вера"}
CHILD = {
    "booker": "Понарошкина Вера",
    "family": "Понарошкин",
    "given": "Миша",
    "child_birth_date": "05.05.2019",
}


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


def take_first_time(thumb: Thumb) -> None:
    """Tap the first time in sight: the earliest may stand in a part that this screen doesn't show."""
    thumb.tap(thumb.page.locator("main button.chip:visible").first)


def fill(page: Page, typed: dict[str, str]) -> None:
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)


def expect_booked(page: Page) -> None:
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)


def cancel(page: Page) -> None:
    """Free the patient's hour: the first times of two doctors may be the same, and one can't be at both."""
    page.get_by_role("link", name="Отменить запись").click()
    page.get_by_role("button", name="Отменить запись").click()
    expect(page.locator("h1")).to_have_text("Запись отменена", timeout=ANSWER_MS)


@pytest.mark.parametrize("start", ARRIVALS)
def test_a_new_patient_books_in_three_taps(chromium: Browser, live_site: str, start: str) -> None:
    visitor = visit(chromium, live_site)
    thumb = Thumb(visitor.page)
    open_page(visitor.page, start)
    take_first_time(thumb)
    fill(visitor.page, {**TYPED, "phone": new_phone()})
    thumb.tap(visitor.page.locator("[name=consent]"))
    thumb.tap(visitor.page.get_by_role("button", name="Записаться"))
    expect_booked(visitor.page)
    assert thumb.taps == 3
    visitor.check()


@pytest.mark.parametrize("who", ["child", "other"])
def test_whom_it_is_for_is_one_tap(chromium: Browser, live_site: str, who: str) -> None:
    visitor = visit(chromium, live_site)
    thumb = Thumb(visitor.page)
    open_page(visitor.page, "list")
    take_first_time(thumb)
    thumb.tap(visitor.page.get_by_role("radio", name={"child": "Ребёнок", "other": "Другой"}[who]))
    typed = {**CHILD, "phone": new_phone()}
    if who == "other":
        expect(visitor.page.locator("[name=child_birth_date]")).to_be_hidden()
        del typed["child_birth_date"]
    fill(visitor.page, typed)
    thumb.tap(visitor.page.locator("[name=consent]"))
    thumb.tap(visitor.page.get_by_role("button", name="Записаться"))
    expect_booked(visitor.page)
    assert thumb.taps == 4
    visitor.check()


def test_a_remembered_patient_books_in_two_taps_and_types_nothing(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    page = visitor.page
    open_page(page, "list")
    take_first_time(Thumb(page))
    fill(page, {**TYPED, "phone": new_phone()})
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться").click()
    expect_booked(page)
    page.get_by_role("button", name="Запомнить").click()
    expect(page.get_by_role("heading", name="Запомнили на этом устройстве")).to_be_visible()
    cancel(page)
    counted = {}
    for start in ARRIVALS:
        thumb = Thumb(page)
        open_page(page, start)
        take_first_time(thumb)
        expect(page.locator(".person")).to_contain_text("Запишем: Понарошкина В., +7 921 •••-••-")
        expect(page.locator("[name=phone]")).to_be_hidden()
        thumb.tap(page.get_by_role("button", name="Записаться"))
        expect_booked(page)
        counted[start] = thumb.taps
        cancel(page)
    assert counted == dict.fromkeys(ARRIVALS, 2)
    open_page(page, "list")
    take_first_time(Thumb(page))
    page.get_by_role("button", name="Это не я, забыть").click()
    expect(page.locator("[name=phone]")).to_be_visible()
    expect(page.locator(".person")).to_have_count(0)
    visitor.check()

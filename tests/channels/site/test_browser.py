"""The whole booking in a real browser, with and without scripts, on the running product and simulator."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import Bookings, Visitor, browser, new_phone, visit
from support.product import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ANSWER_MS = 60_000
PERSON = {"family": "Понарошкина", "given": "Вера", "middle": "Тестовна"}
SIZES = [(320, 640), (390, 844), (768, 1024), (1280, 800)]
TARGETS = (
    ".chip, .button, a.day, .line-link, .list-link, .segment a, .segment label, .top a, .foot a, .check, "
    "select, textarea, input:not([type=hidden]):not([type=checkbox])"
)
THUMB = 44


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def _to_doctors(page: Page) -> None:
    """Walk from home to the list of the first specialty."""
    page.goto("/")
    page.locator("main .list-link").first.click()
    expect(page.locator("main h1")).to_be_visible()


def _to_full_day(page: Page) -> None:
    """Walk through the days of a doctor to one with two times: a day that loses its last one is left."""
    expect(page.locator(".strip")).to_be_visible()
    days = [link.get_attribute("href") for link in page.locator(".strip a").all()]
    while page.locator("main button.chip").count() < 2:
        page.goto(str(days.pop(0)))


def _tap(page: Page, number: int = 0) -> str:
    """Tap the chip with that number; returns its time."""
    chip = page.locator("main button.chip").nth(number)
    time = chip.inner_text()
    chip.click()
    expect(page.locator(".talon-time")).to_have_text(time)
    return time


def _fill(page: Page) -> None:
    for name, value in PERSON.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=phone]").fill(new_phone())
    page.locator("[name=consent]").check()


def _book(page: Page) -> str:
    """Book from the list, each time for another person; returns the time once the clinic has confirmed."""
    time = _tap(page)
    _fill(page)
    page.get_by_role("button", name="Записаться").click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    expect(page.locator(".talon-time")).to_have_text(time)
    return time


@pytest.mark.parametrize("browser_kind", ["scripts", "no scripts"])
def test_a_visit_is_booked_from_home_and_is_in_the_mis(
    chromium: Browser, live_site: str, bookings: Bookings, browser_kind: str
) -> None:
    visitor = visit(chromium, live_site, has_scripts=browser_kind == "scripts")
    before = bookings()
    _to_doctors(visitor.page)
    time = _book(visitor.page)
    made = [item for item in bookings() if item not in before]
    assert [(item.status, item.time) for item in made] == [("booked", time)]
    assert "/visit/" in visitor.page.url
    assert visitor.page.url.count("/") == 5
    visitor.check()


def test_a_booked_visit_is_cancelled_here_and_in_the_mis(
    chromium: Browser, live_site: str, bookings: Bookings
) -> None:
    visitor = visit(chromium, live_site)
    before = bookings()
    _to_doctors(visitor.page)
    time = _book(visitor.page)
    visitor.page.get_by_role("link", name="Отменить запись").click()
    expect(visitor.page.get_by_role("heading", name="Отменить эту запись?")).to_be_visible()
    visitor.page.get_by_role("button", name="Отменить запись").click()
    expect(visitor.page.locator("h1")).to_have_text("Запись отменена", timeout=ANSWER_MS)
    made = [item for item in bookings() if item not in before]
    assert [(item.status, item.time) for item in made] == [("cancelled", time)]
    visitor.check()


def test_a_booked_visit_is_moved_here_and_in_the_mis(
    chromium: Browser, live_site: str, bookings: Bookings
) -> None:
    visitor = visit(chromium, live_site)
    before = bookings()
    _to_doctors(visitor.page)
    time = _book(visitor.page)
    first = visitor.page.url
    visitor.page.get_by_role("link", name="Выбрать другое время").click()
    expect(visitor.page.locator("h1")).to_have_text("Перенести запись")
    visitor.check()
    chip = visitor.page.locator("main button.chip").last
    new = chip.inner_text()
    chip.click()
    expect(visitor.page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    expect(visitor.page.locator(".talon-time")).to_have_text(new)
    assert visitor.page.url != first
    visitor.page.goto(first)
    expect(visitor.page.locator("h1")).to_have_text("Запись перенесена")
    assert new != time
    wait_for(lambda: _told(bookings, before) == {("booked", new)}, what="the record at its new time")
    visitor.check()


def _told(bookings: Bookings, before: list[Any]) -> set[tuple[str, str]]:
    return {(item.status, item.time) for item in bookings() if item not in before}


def test_the_secret_link_opens_the_visit_on_another_device(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    _to_doctors(visitor.page)
    time = _book(visitor.page)
    link = visitor.page.get_by_role("link", name="Моя запись", exact=True).get_attribute("href")
    assert link is not None
    other = visit(chromium, live_site)
    other.refusals.add(404)
    other.page.goto(visitor.page.url)
    expect(other.page.locator(".code")).to_have_text("Код: appointment_not_found")
    other.page.goto(link)
    expect(other.page.locator(".talon-time")).to_have_text(time)
    assert other.page.url == visitor.page.url
    other.check()


def test_who_comes_second_gets_other_times(chromium: Browser, live_site: str) -> None:
    first, second = visit(chromium, live_site), visit(chromium, live_site)
    second.refusals.add(409)
    for visitor in (first, second):
        _to_doctors(visitor.page)
    _tap(first.page)
    second.page.locator("main button.chip").first.click()
    expect(second.page.locator(".code")).to_have_text("Код: slot_taken")
    _tap(second.page)
    second.page.get_by_role("button", name="Отпустить это время").click()
    expect(second.page.locator(".strip")).to_be_visible()
    first.check()
    second.check()


def test_an_open_page_learns_that_a_time_is_taken(chromium: Browser, live_site: str) -> None:
    watcher, other = visit(chromium, live_site), visit(chromium, live_site)
    watcher.page.clock.install()
    _to_doctors(other.page)
    other.page.locator("main h3 a").first.click()
    _to_full_day(other.page)
    watcher.page.goto(other.page.url)
    key = other.page.locator("main button.chip").first.get_attribute("data-key")
    chip = watcher.page.locator(f'[data-key="{key}"]')
    expect(chip).to_have_count(1)
    time = _tap(other.page)
    with watcher.page.expect_response("**/times/**") as answered:
        watcher.page.clock.fast_forward(15_000)
    assert answered.value.status == 200
    expect(chip).to_have_count(0)
    expect(watcher.page.locator("s.chip-taken")).to_have_text(time)
    with watcher.page.expect_response("**/times/**") as answered:
        watcher.page.clock.fast_forward(15_000)
    assert answered.value.status == 304
    watcher.check()


def test_the_hold_is_counted_down_and_its_end_is_said(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    visitor.page.clock.install()
    _to_doctors(visitor.page)
    _tap(visitor.page)
    over = visitor.page.locator("[data-left-over]")
    expect(visitor.page.locator(".left-clock")).to_have_text("09:59")
    visitor.page.clock.fast_forward(5 * 60_000)
    expect(visitor.page.locator("[data-left-status]")).to_have_text("Осталось пять минут")
    expect(over).to_be_hidden()
    visitor.page.clock.fast_forward(5 * 60_000)
    expect(visitor.page.locator(".left-clock")).to_have_text("00:00")
    expect(over).to_be_visible()
    visitor.check()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_page_fits_its_screen(chromium: Browser, live_site: str, size: tuple[int, int]) -> None:
    visitor = visit(chromium, live_site, size=size)
    visitor.refusals.update({404, 422})
    page = visitor.page
    for name, address in (("home", "/"), ("doctors", "/doctors/"), ("services", "/search/?q=при")):
        page.goto(address)
        _look(visitor, name)
    for name, address in (("call", "/call/"), ("consent", "/consent/"), ("missing", "/no/such/page")):
        page.goto(address)
        _look(visitor, name)
    _to_doctors(page)
    page.locator("main h3 a").first.click()
    expect(page.locator(".strip")).to_be_visible()
    _look(visitor, "doctor")
    _tap(page)
    _look(visitor, "form")
    page.get_by_role("button", name="Записаться").click()
    expect(page.locator(".error")).to_have_count(4)
    _look(visitor, "form-errors")
    _fill(page)
    page.get_by_role("button", name="Записаться").click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    _look(visitor, "visit")
    page.get_by_role("link", name="Кто открывал мои данные").click()
    expect(page.get_by_text("По вашей ссылке или с вашего устройства")).to_be_visible()
    _look(visitor, "opened")
    page.go_back()
    page.get_by_role("link", name="Отменить запись").click()
    _look(visitor, "cancel")
    visitor.check()


def _look(visitor: Visitor, name: str) -> None:
    """Keep a picture for a person; assert that nothing sticks out and a thumb can hit every target."""
    visitor.shoot(name)
    assert visitor.overflow() == 0
    small = [
        box
        for target in visitor.page.locator(TARGETS).all()
        if (box := target.bounding_box()) and 0 < round(box["height"]) < THUMB
    ]
    assert small == []

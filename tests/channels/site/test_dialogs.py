"""The two questions that stop a person, and the one undo, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import Visitor, browser, new_phone, to_doctor, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ANSWER_MS = 60_000
PERSON = {"family": "Понарошкина", "given": "Вера"}
LEAVE = "Уйти и не сохранить введённое?"
SIZES = [(320, 640), (1280, 800)]


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def _to_form(visitor: Visitor, number: int) -> str:
    """Hold the doctor's time with that number; returns it."""
    page = to_doctor(visitor.page)
    chip = page.locator("main button.chip").nth(number)
    time = chip.inner_text()
    chip.click()
    expect(page.locator(".left-clock")).to_be_visible()
    return time


def _back(page: Page) -> None:
    page.locator("a:visible", has_text="Назад к расписанию").first.click()


@pytest.mark.parametrize("size", SIZES, ids=["320", "1280"])
def test_a_form_with_something_typed_is_not_left_by_a_slip(
    chromium: Browser, live_site: str, size: tuple[int, int]
) -> None:
    visitor = visit(chromium, live_site, size=size)
    page = visitor.page
    _to_form(visitor, 1)
    page.locator("[name=family]").fill("Понарошкина")
    dialog = page.get_by_role("dialog", name=LEAVE)
    _back(page)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Остаться")).to_be_focused()
    assert visitor.faults() == []
    assert visitor.overflow() == 0
    visitor.shoot("leave")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Отпустить это время").click()
    dialog.get_by_role("button", name="Остаться").click()
    expect(page.locator("[name=family]")).to_have_value("Понарошкина")
    page.get_by_role("button", name="Отпустить это время").click()
    dialog.get_by_role("button", name="Уйти").click()
    expect(page.locator(".strip")).to_be_visible()
    visitor.check()


def test_a_form_with_nothing_typed_is_left_without_a_question(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    _to_form(visitor, 2)
    visitor.page.locator("[name=consent]").check()
    _back(visitor.page)
    expect(visitor.page.locator(".strip")).to_be_visible()
    visitor.check()


@pytest.mark.parametrize("browser_kind", ["scripts", "no scripts"])
def test_a_released_time_is_taken_back_by_one_tap(
    chromium: Browser, live_site: str, browser_kind: str
) -> None:
    visitor = visit(chromium, live_site, has_scripts=browser_kind == "scripts")
    page = visitor.page
    time = _to_form(visitor, 3)
    page.get_by_role("button", name="Отпустить это время").click()
    expect(page.get_by_text("Время освободили")).to_be_visible()
    if browser_kind == "scripts":
        assert visitor.faults() == []
        visitor.shoot("toast")
    page.get_by_role("button", name="Вернуть").click()
    expect(page.locator(".talon-time")).to_have_text(time)
    page.get_by_role("button", name="Отпустить это время").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    page.mouse.move(1, 1)
    expect(toast).to_be_hidden(timeout=10_000)
    visitor.check()


@pytest.mark.parametrize("size", SIZES, ids=["320", "1280"])
def test_a_visit_is_cancelled_after_one_question(
    chromium: Browser, live_site: str, size: tuple[int, int]
) -> None:
    visitor = visit(chromium, live_site, size=size)
    page = visitor.page
    _to_form(visitor, 4)
    for name, value in {**PERSON, "phone": new_phone()}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    asked = page.get_by_role("link", name="Отменить запись")
    asked.click()
    dialog = page.get_by_role("dialog", name="Отменить эту запись?")
    expect(dialog.get_by_role("button", name="Оставить")).to_be_focused()
    assert visitor.faults() == []
    assert visitor.overflow() == 0
    visitor.shoot("cancel-dialog")
    dialog.get_by_role("button", name="Оставить").click()
    expect(dialog).to_be_hidden()
    expect(asked).to_be_focused()
    asked.click()
    dialog.get_by_role("button", name="Отменить запись").click()
    expect(page.locator("h1")).to_have_text("Запись отменена", timeout=ANSWER_MS)
    visitor.check()

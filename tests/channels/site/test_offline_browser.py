"""Without a connection, in a real browser: a page that says so, no old times, and fresh ones after."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import Visitor, browser, new_phone, to_doctor, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ANSWER_MS = 60_000
PERSON = {"family": "Понарошкина", "given": "Вера"}


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def visitor(chromium: Browser, live_site: str) -> Visitor:
    """A visitor on the page of a doctor, after the worker is ready and has the page."""
    found = visit(chromium, live_site)
    page = found.page
    page.goto("/doctors/")
    page.locator("main h3 a").first.click()  # a worker is asked for by a second page alone
    expect(page.locator(".strip")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    to_doctor(page)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return found


def _kept(page: Page) -> list[str]:
    """Return the paths of all that the site's caches hold."""
    kept = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name))))"
        ".then((all) => Promise.all(all.map((one) => one.keys())))"
        ".then((lists) => lists.flat().map(({url}) => new URL(url).pathname))"
    )
    return [str(path) for path in kept]


def test_a_first_visit_asks_for_no_worker(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    visitor.page.goto("/doctors/", wait_until="networkidle")
    assert visitor.page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def test_only_built_files_are_kept_whatever_was_read(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("main button.chip").nth(2).click()
    expect(page.locator(".left-clock")).to_be_visible()
    for name, value in {**PERSON, "phone": new_phone()}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться").click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    kept = _kept(page)
    assert len(kept) == 8
    assert all(path.startswith("/static/dist/") for path in kept)
    visitor.check()


def test_without_a_connection_a_page_says_so_and_with_it_times_are_fresh(visitor: Visitor) -> None:
    page = visitor.page
    visitor.refusals.add(503)
    live = page.locator("[data-live]").get_attribute("data-live")
    assert live is not None
    page.context.set_offline(True)
    page.goto("/doctors/")
    expect(page.locator("h1")).to_have_text("Нет связи")
    expect(page.locator("button.chip")).to_have_count(0)
    expect(page.locator("a[href^='tel:']").first).to_be_visible()
    assert page.evaluate("document.fonts.check('16px \"Golos Text\"')")
    assert visitor.overflow() == 0
    assert visitor.faults() == []
    page.context.set_offline(False)
    page.get_by_role("link", name="Повторить").click()
    expect(page.locator("h1")).to_have_text("Врачи")
    expect(page.locator("main button.chip").first).to_be_visible()
    visitor.check()


def test_an_open_page_says_that_its_times_may_be_old_and_asks_anew(visitor: Visitor) -> None:
    page = visitor.page
    strip = page.locator(".offline-strip")
    expect(strip).to_be_hidden()
    page.context.set_offline(True)
    expect(strip).to_contain_text("Время на странице могло измениться")
    page.locator("main button.chip").first.click()
    expect(strip).to_contain_text("мы ничего не отправили")
    assert "/doctors/" in page.url
    expect(page.locator(".is-busy")).to_have_count(0)
    assert visitor.faults() == []
    with page.expect_response("**/times/**") as answered:
        page.context.set_offline(False)
    assert answered.value.status in {200, 304}
    expect(strip).to_be_hidden()
    page.locator("main button.chip").first.click()
    expect(page.locator(".left-clock")).to_be_visible()
    page.get_by_role("button", name="Отпустить это время").click()
    expect(page.locator(".strip")).to_be_visible()
    visitor.check()

"""The staff pages in a real browser: axe, widths, the colour's preview, a file with its form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import AXE, Visitor, browser, visit
from domain.directory.drawings import svg

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

PAGES = (
    "/desk/directory/",
    "/desk/directory/doctors/",
    "/desk/directory/services/?q=при",
    "/desk/directory/missing/",
    "/desk/site/",
    "/desk/messages/",
    "/desk/messages/visit_booked/",
)


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    assert AXE.is_file(), "install what looks at the pages: npm ci --prefix frontend/checks"
    with browser() as started:
        yield started


def sign_in(page: Page) -> None:
    page.goto("/desk/sign-in/")
    page.get_by_label("Логин").fill("editor")
    page.get_by_label("Пароль").fill("feldsher-demo")
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("button", name="Выйти")).to_be_visible()


def look_at(visitor: Visitor) -> list[tuple[str, object]]:
    """Return the faults and the overflow of the page as it is now."""
    here = visitor.page.url
    found: list[tuple[str, object]] = [(here, fault) for fault in visitor.faults()]
    return found + ([(here, visitor.overflow())] if visitor.overflow() else [])


@pytest.mark.parametrize(
    ("size", "look"),
    [((320, 640), ""), ((390, 844), "contrast-light..."), ((1280, 800), "dark...")],
    ids=["320", "390", "1280"],
)
def test_no_page_has_a_fault(chromium: Browser, live_site: str, size: tuple[int, int], look: str) -> None:
    visitor = visit(chromium, live_site, look=look, size=size)
    page = visitor.page
    sign_in(page)
    found = []
    for address in PAGES:
        page.goto(address)
        found += look_at(visitor)
    for kind in ("branches", "services"):
        page.goto(f"/desk/directory/{kind}/")
        page.locator("main td a").first.click()
        expect(page.get_by_role("button", name="Сохранить")).to_be_visible()
        found += look_at(visitor)
    assert found == []
    visitor.check()


def test_a_colour_is_seen_while_it_is_chosen_and_a_logo_is_saved(
    chromium: Browser, live_site: str, tmp_path: Path
) -> None:
    drawing = tmp_path / "sign.svg"
    drawing.write_bytes(svg())
    visitor = visit(chromium, live_site, size=(1280, 800))
    page = visitor.page
    sign_in(page)
    page.goto("/desk/site/")
    button = page.locator(".preview-light .button").first
    before = button.evaluate("each => getComputedStyle(each).backgroundColor")
    page.get_by_role("slider", name="Оттенок").fill("25")
    expect(page.locator("#field-hue")).to_have_value("25")
    expect(button).not_to_have_css("background-color", before)
    page.locator("#field-hue").fill("")
    expect(button).to_have_css("background-color", before)
    page.get_by_label("Логотип").set_input_files(drawing)
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("header .logo img")).to_have_js_property("naturalWidth", 150)
    page.get_by_label("Убрать логотип").check()
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("header .logo svg")).to_be_visible()
    visitor.check()

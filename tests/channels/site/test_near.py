"""«Ближе» in a real browser: a place that is told, one that is not, and no scripts at all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import browser, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

NEAR_MOSCOW = {"latitude": 55.752_345, "longitude": 37.617_891}


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def _tap_nearer(page: Page) -> None:
    page.goto("/doctors/")
    page.get_by_role("link", name="Ближе", exact=True).click()
    page.wait_for_url("**sort=distance**")


def test_a_told_place_leaves_the_device_rounded_and_for_the_list_alone(
    chromium: Browser, live_site: str
) -> None:
    visitor = visit(chromium, live_site)
    context = visitor.page.context
    context.grant_permissions(["geolocation"])
    context.set_geolocation(NEAR_MOSCOW)  # type: ignore[arg-type] # a TypedDict of playwright
    visitor.page.goto("/doctors/")
    assert "near" not in {cookie["name"] for cookie in context.cookies()}
    _tap_nearer(visitor.page)
    expect(visitor.page.locator(".sorts summary")).to_contain_text("По прямой от вас")
    expect(visitor.page.locator(".row .far").first).to_have_text("1,8 км")
    assert "55.7" not in visitor.page.url
    (kept,) = (cookie for cookie in context.cookies() if cookie["name"] == "near")
    assert (kept["value"], kept["path"], kept["sameSite"], kept["expires"]) == (
        "55.75,37.62",
        "/doctors/",
        "Lax",
        -1,
    )
    visitor.check()


def test_a_refused_place_is_said_and_a_branch_does_instead(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    _tap_nearer(visitor.page)
    sorts = visitor.page.locator(".sorts")
    expect(sorts).to_contain_text("Браузер не сказал, где вы")
    assert visitor.overflow() == 0
    sorts.get_by_role("link", name="Условная").click()
    expect(visitor.page.locator(".row .far").first).to_have_text("меньше 1 км")
    expect(sorts).to_contain_text("По прямой от филиала")
    visitor.check()


def test_without_scripts_a_branch_to_count_from_is_asked_for(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site, has_scripts=False)
    _tap_nearer(visitor.page)
    sorts = visitor.page.locator(".sorts")
    expect(sorts).to_contain_text("От какого филиала считать расстояние?")
    expect(sorts.get_by_text("Там, где я сейчас")).to_be_hidden()
    sorts.get_by_role("link", name="Условная").click()
    expect(visitor.page.locator(".row .far").first).to_be_visible()
    visitor.check()

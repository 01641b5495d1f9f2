"""The price list in a browser: it filters itself by the server's rule, and on paper all of it stands."""

import pytest
from playwright.sync_api import expect

from channels.site.browser import browser, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_the_list_filters_itself_as_the_server_would(live_site: str) -> None:
    with browser() as chromium:
        visitor = visit(chromium, live_site)
        page = visitor.page
        page.goto("/prices/")
        rows = page.locator(".prices tbody tr:visible")
        whole = rows.count()
        page.get_by_role("searchbox").fill("ПЕРВИЧНЫЙ  приём")
        expect(page.locator("[data-prices-count]")).to_contain_text("Нашли: ")
        found = sorted(rows.locator("th").all_text_contents())
        assert 0 < len(found) < whole
        assert (
            page.locator(".prices-index li:visible").count()
            == page.locator(".prices section:visible").count()
        )
        page.get_by_role("searchbox").fill("ыыы")
        expect(rows).to_have_count(0)
        page.get_by_role("searchbox").fill("")
        expect(rows).to_have_count(whole)
        page.goto("/prices/?q=первичный+приём")
        assert sorted(rows.locator("th").all_text_contents()) == found
        page.emulate_media(media="print")
        assert page.locator("form.search").is_hidden()
        visitor.check()


def test_nothing_moves_while_the_list_is_read(live_site: str) -> None:
    with browser() as chromium:
        page = visit(chromium, live_site).page
        page.goto("/prices/", wait_until="networkidle")
        shift = page.evaluate(
            "() => new Promise((done) => { let sum = 0;"
            " new PerformanceObserver((list) => { for (const entry of list.getEntries())"
            " if (!entry.hadRecentInput) sum += entry.value; })"
            ".observe({ type: 'layout-shift', buffered: true });"
            " window.scrollTo(0, 3000); setTimeout(() => done(sum), 500); })"
        )
        assert shift == 0

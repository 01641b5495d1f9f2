"""What a page may weigh, as a browser counts it on the wire on a first visit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Response, expect

from channels.site.browser import Visitor, browser, to_doctor, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

HTML, TRANSFER, REQUESTS = 14_000, 100_000, 10
KEPT = "max-age=315360000, public, immutable"


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def _weight(visitor: Visitor, address: str) -> tuple[int, int, int]:
    """Open a page; return the bytes of its HTML, of all, and the number of requests."""
    answers: list[Response] = []
    visitor.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks it
    visitor.page.goto(address, wait_until="networkidle")
    sizes = [answer.request.sizes() for answer in answers]
    weights = [size["responseBodySize"] + size["responseHeadersSize"] for size in sizes]
    return sizes[0]["responseBodySize"], sum(weights), len(answers)


@pytest.mark.parametrize("page", ["/", "/doctors/", "doctor", "form", "/call/", "/search/?q=при", "/prices/"])
def test_a_first_visit_keeps_the_budget(chromium: Browser, live_site: str, page: str) -> None:
    address = page
    if page in {"doctor", "form"}:
        scout = visit(chromium, live_site)
        scout.page.goto("/doctors/")
        scout.page.locator("main h3 a").first.click()
        expect(scout.page.locator(".strip")).to_be_visible()
        if page == "form":
            to_doctor(scout.page).locator("main button.chip").nth(3).click()
            expect(scout.page.locator(".left-clock")).to_be_visible()
        address = scout.page.url
    html, transfer, requests = _weight(visit(chromium, live_site), address)
    assert html <= HTML
    assert transfer <= TRANSFER
    assert requests <= REQUESTS


def test_built_files_are_kept_for_ever_and_come_compressed(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    files: dict[str, Response] = {}
    visitor.page.on("response", lambda answer: files.update({answer.url.rpartition(".")[2]: answer}))
    visitor.page.goto("/", wait_until="networkidle")
    assert {files[kind].headers["cache-control"] for kind in ("css", "js", "svg", "woff2")} == {KEPT}
    packed = {kind: files[kind].headers.get("content-encoding") for kind in ("css", "js", "svg", "woff2")}
    assert packed["woff2"] is None
    assert {packed["css"], packed["js"], packed["svg"]} <= {"br", "gzip"}

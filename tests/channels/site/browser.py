"""A visitor with a real browser, who notices what no page of ours may do.

Gathers console errors (a CSP violation is one), script errors and requests to other hosts; `Visitor.check`
asserts that there were none. Playwright is started per test and ended before the database is touched again:
its loop in this thread would make Django refuse.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parents[3]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "frontend" / "checks" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = (390, 844)


@dataclass(frozen=True, slots=True)
class MisBooking:
    """A booking inside the simulator; `time` is its start on the wall of the branch."""

    id: str
    status: str
    time: str


Bookings = Callable[[], list[MisBooking]]
_SLOW_MS = 20_000
_numbers = count(1)
ENOUGH = 12
"""Times of a day: more than the tests that share one clinic take of it."""


@dataclass
class Visitor:
    """One browser context. `refusals` are statuses whose console line the test expects."""

    page: Page
    host: str
    refusals: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status}" in message.text for status in self.refusals)
        if message.type in {"error", "warning"} and not expected:
            self.problems.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc != self.host:
            self.problems.append(f"foreign: {request.url}")

    def check(self) -> None:
        assert self.problems == []

    def overflow(self) -> int:
        """Return by how many CSS pixels the page is wider than the screen."""
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return int(wide)

    def faults(self) -> list[str]:
        """Return what axe finds on the page as it is now: rule and place. A devtools call needs no CSP."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => "
            "violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`)))"
        )
        return [str(fault) for fault in found]

    def shoot(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        width = size["width"] if size else 0
        self.page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            chromium.close()


def visit(
    chromium: Browser, site: str, *, size: tuple[int, int] = PHONE, has_scripts: bool = True, look: str = ""
) -> Visitor:
    """Open a fresh context: no cookies but that of a chosen look, Russian, the zone of Moscow."""
    context: BrowserContext = chromium.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=has_scripts,
        locale="ru-RU",
        timezone_id="Europe/Moscow",
        base_url=site,
    )
    context.set_default_timeout(_SLOW_MS)
    if look:
        context.add_cookies([{"name": "look", "value": look, "url": site}])
    visitor = Visitor(page=context.new_page(), host=urlsplit(site).netloc)
    visitor.watch()
    return visitor


def new_phone() -> str:
    """Return nobody's phone as a person types it: one person can't have two visits that overlap."""
    number = f"{next(_numbers):04}"
    return f"8 921 009-{number[:2]}-{number[2:]}"


def to_doctor(page: Page) -> Page:
    """Open a doctor on a day with times enough for every test of the run, whatever the hour is now."""
    page.goto("/doctors/")
    links = page.locator("main h3 a").evaluate_all("(links) => links.map((link) => link.href)")
    for doctor in links:
        page.goto(doctor)
        days = page.locator(".strip a.day").evaluate_all("(days) => days.map((day) => day.href)")
        for day in days:
            page.goto(day)
            if page.locator("main button.chip").count() >= ENOUGH:
                return page
    raise AssertionError("nobody has a day with times enough")


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on what the selector names; it must be seen and not under the bar."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            assert page.evaluate(
                "() => { const box = document.activeElement.getBoundingClientRect();"
                " const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
                " const seen = document.activeElement;"
                " return !!top && (seen.contains(top) || top.contains(seen));"
                " }"
            ), f"{what} has the focus and is covered"
            return
    raise AssertionError(f"Tab never reaches {what}")

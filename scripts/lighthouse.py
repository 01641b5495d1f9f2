"""Lighthouse 12 as on a phone (simulated throttling), thrice a page, on a demo of its own: `make lighthouse`.

SIZE=large looks at the large network (500 doctors, 2,000 services, 300 articles), RUNS=1 looks once a page.
Fails below 0.95 of performance or 1.00 of accessibility, best practices and SEO, and says which audits cost
it. A form and a visit forbid search engines on purpose, so the audit of crawling is left out for those two.
Run with tests on PYTHONPATH.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from channels.site.browser import CHROMIUM, browser, visit
from support.product import Demo, folder

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ROOT / "frontend" / "checks"
REPORT = ROOT / "build" / "lighthouse.json"
RUNS = int(os.environ.get("RUNS", "3"))
SIZE = os.environ.get("SIZE", "small")
START_SECONDS = 600
FOUND = {
    "service": ("/prices/", ".prices th a"),
    "article": ("/articles/", ".pages-title a"),
    "branch": ("/branches/", ".branch h3 a"),
}
"""Of a list its first page: where the list is, and which link leads on."""
LEAST = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0, "seo": 1.0}


Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Target:
    """A page to look at; `cookie` opens a visit, `is_private` pages are hidden from search engines."""

    name: str
    url: str
    cookie: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What Lighthouse says of a page: the score of each category, 0…1, and the audits below 1."""

    scores: Scores
    faults: tuple[str, ...]


def main() -> int:
    """Measure all pages; returns 1 when one is below the least."""
    with running_demo() as site:
        looks = {target.name: [measure(target) for _ in range(RUNS)] for target in targets(site)}
    scores = {page: median_of([look.scores for look in own]) for page, own in looks.items()}
    faults = {page: sorted({name for look in own for name in look.faults}) for page, own in looks.items()}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        json.dumps({"size": SIZE, "scores": scores, "faults": faults}, indent=2), encoding="utf-8"
    )
    print(f"{'page':<14}" + "".join(f"{name:>16}" for name in LEAST))
    for page, values in scores.items():
        print(f"{page:<14}" + "".join(f"{values[name]:>16.2f}" for name in LEAST))
    low = [page for page, values in scores.items() if any(values[name] < LEAST[name] for name in LEAST)]
    for page in low:
        print(f"{page} loses by: {', '.join(faults[page])}")
    print(f"below the least: {', '.join(low)}" if low else "all pages keep the least")
    return 1 if low else 0


@contextmanager
def running_demo() -> Iterator[str]:
    """Run the demo as `make demo` does, in a folder of its own; returns the site's address."""
    with folder() as place:
        home = place / "home"
        home.mkdir(mode=0o700)
        demo = Demo(home, arguments=("--size", SIZE))
        try:
            demo.start(START_SECONDS)
            yield demo.site
        finally:
            demo.end()


def targets(site: str) -> list[Target]:
    """Return the public pages and those of a booking; a real one is made for the last two."""
    with browser() as chromium:
        page = visit(chromium, site).page
        found = {name: _first(page, *where) for name, where in FOUND.items()}
        found["service"] = found["service"].partition("branch/")[0]
        calculator = _counted(page, _first(page, "/checkups/", "main .list-link"))
        page.goto("/")
        page.locator("main .list-link").first.click()
        page.locator(".row-list h3 a").first.click()
        expect(page.locator(".strip")).to_be_visible()
        doctor = page.url
        booked, secret = _book(page)
        page.goto(doctor)
        page.locator("main button.chip").nth(2).click()
        expect(page.locator(".left-clock")).to_be_visible()
        form = page.url
    return [
        # First: the time that the form holds runs out in ten minutes.
        Target("form", form, is_private=True),
        Target("confirmation", booked, cookie=secret, is_private=True),
        Target("home", f"{site}/"),
        Target("list", f"{site}/doctors/"),
        Target("doctor", doctor),
        *(Target(name, url) for name, url in found.items()),
        Target("prices", f"{site}/prices/"),
        Target("calculator", calculator),
    ]


def _first(page: Page, path: str, link: str) -> str:
    page.goto(path)
    page.locator(link).first.click()
    page.wait_for_load_state()
    return page.url


def _counted(page: Page, programme: str) -> str:
    """Answer a programme's questions, and return the address under which its estimate stands."""
    page.goto(programme)
    for name in ("age", "sex"):
        if page.locator(f"[name={name}]").count():
            page.locator(f"[name={name}]").nth(1 if name == "age" else 0).check()
    expect(page.locator("[data-total]")).to_be_visible()
    return page.url


def _book(page: Page) -> tuple[str, str]:
    page.locator("main button.chip").first.click()
    expect(page.locator(".left-clock")).to_be_visible()
    for name, value in {"phone": "89210000001", "family": "Понарошкина", "given": "Вера"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".badge-ok")).to_be_visible(timeout=60_000)
    secrets = [cookie["value"] for cookie in page.context.cookies(page.url) if cookie["name"] == "visit"]
    return page.url, f"visit={secrets[0]}"


def median_of(runs: list[Scores]) -> Scores:
    return {name: statistics.median(run[name] for run in runs) for name in LEAST}


def measure(target: Target) -> Look:
    """Run Lighthouse once; where it breaks off itself, say its words and run it once more."""
    try:
        return _look(target)
    except subprocess.CalledProcessError as error:
        print(f"{target.name}: Lighthouse broke off, once more: {error.stderr.strip()}")
        return _look(target)


def _look(target: Target) -> Look:
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        command = ["npx", "lighthouse", target.url, "--quiet", "--output=json", f"--output-path={report}"]
        command += ["--chrome-flags=--headless --no-sandbox", f"--only-categories={','.join(LEAST)}"]
        if target.is_private:
            command.append("--skip-audits=is-crawlable")
        if target.cookie:
            command.append(f"--extra-headers={json.dumps({'Cookie': target.cookie})}")
        environment = os.environ | {"CHROME_PATH": CHROMIUM}
        subprocess.run(
            command, cwd=CHECKS, env=environment, check=True, timeout=300, capture_output=True, text=True
        )
        said = json.loads(report.read_text(encoding="utf-8"))
    return Look({name: float(said["categories"][name]["score"]) for name in LEAST}, tuple(_faults(said)))


def _faults(said: dict[str, Any]) -> Iterator[str]:
    """Yield the audits that count and are not perfect."""
    for category in said["categories"].values():
        for counted in category["auditRefs"]:
            score = said["audits"][counted["id"]]["score"]
            if counted["weight"] and score is not None and score < 1:
                yield f"{counted['id']} {score:.2f}"


if __name__ == "__main__":
    sys.exit(main())

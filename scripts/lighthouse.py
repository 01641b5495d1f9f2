"""Lighthouse 12 as on a phone (simulated throttling), thrice a page, on a demo of its own: `make lighthouse`.

Fails below 0.95 of performance or 1.00 of accessibility, best practices and SEO. A form and a visit forbid
search engines on purpose, so the audit of crawling is left out for those two. Run with tests on PYTHONPATH.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from channels.site.browser import CHROMIUM, browser, visit
from support.product import running_product

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ROOT / "frontend" / "checks"
REPORT = ROOT / "build" / "lighthouse.json"
RUNS = 3
LEAST = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0, "seo": 1.0}


@dataclass(frozen=True, slots=True)
class Target:
    """A page to look at; `cookie` opens a visit, `is_private` pages are hidden from search engines."""

    name: str
    url: str
    cookie: str = ""
    is_private: bool = False


def main() -> int:
    """Measure all pages; returns 1 when one is below the least."""
    with running_product() as demo:
        scores = {target.name: median_of(target) for target in targets(demo.site)}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(scores, indent=2), encoding="utf-8")
    print(f"{'page':<14}" + "".join(f"{name:>16}" for name in LEAST))
    for page, values in scores.items():
        print(f"{page:<14}" + "".join(f"{values[name]:>16.2f}" for name in LEAST))
    low = [page for page, values in scores.items() if any(values[name] < LEAST[name] for name in LEAST)]
    print(f"below the least: {', '.join(low)}" if low else "all pages keep the least")
    return 1 if low else 0


def targets(site: str) -> list[Target]:
    """Return the pages of a booking; a real one is made for the last two."""
    with browser() as chromium:
        page = visit(chromium, site).page
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
        Target("home", f"{site}/"),
        Target("list", f"{site}/doctors/"),
        Target("doctor", doctor),
        Target("form", form, is_private=True),
        Target("confirmation", booked, cookie=secret, is_private=True),
    ]


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


def median_of(target: Target) -> dict[str, float]:
    runs = [measure(target) for _ in range(RUNS)]
    return {name: statistics.median(run[name] for run in runs) for name in LEAST}


def measure(target: Target) -> dict[str, float]:
    """Run Lighthouse once; returns the score of each category, 0…1."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["npx", "lighthouse", target.url, "--quiet", "--output=json", f"--output-path={report}"]
        command += ["--chrome-flags=--headless --no-sandbox", f"--only-categories={','.join(LEAST)}"]
        if target.is_private:
            command.append("--skip-audits=is-crawlable")
        if target.cookie:
            command.append(f"--extra-headers={json.dumps({'Cookie': target.cookie})}")
        environment = os.environ | {"CHROME_PATH": CHROMIUM}
        subprocess.run(command, cwd=CHECKS, env=environment, check=True, timeout=300)
        categories = json.loads(report.read_text(encoding="utf-8"))["categories"]
    return {name: float(categories[name]["score"]) for name in LEAST}


if __name__ == "__main__":
    sys.exit(main())

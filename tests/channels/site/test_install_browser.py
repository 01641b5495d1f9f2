"""A browser finds nothing that keeps the site from being installed, by its own criteria."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from channels.site.browser import CHROMIUM

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_a_browser_would_install_the_site(live_site: str, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        # A private window installs nothing: this one has a profile.
        chromium = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto(live_site, wait_until="networkidle")
        tools = chromium.new_cdp_session(page)
        told = tools.send("Page.getAppManifest")
        errors = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        page.evaluate("document.querySelector('link[rel=manifest]').remove()")
        without = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        chromium.close()
    assert told["errors"] == []
    assert json.loads(told["data"])["id"] == "/"
    assert errors == []
    assert [error["errorId"] for error in without] == ["no-manifest"]

"""A card site by axe and by the W3C's checker, on a phone and on a desktop; pages of the whole stack."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Route
from pytest_django import Settings

from channels.site.browser import AXE, CHROMIUM, PHONE, ROOT, browser
from conftest import SetClock
from domain.roster.factory import NOW
from domain.scheduling.clinic_of_own import found_own_clinic
from feldsher.conf.kinds import CARD, KINDS
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.editorial import services as editorial
from support.markup import markup_faults, needed

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

DIST = ROOT / "src" / "feldsher" / "channels" / "frontend" / "static" / "dist"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
HOST = "http://clinic.example"
SIZES = ((320, 640), PHONE, (1280, 860))
AXE_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => "
    "violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`)))"
)
DIALS = "() => [...document.querySelectorAll('a[href^=\"tel:\"]')].some((one) => one.checkVisibility())"


@pytest.fixture
def rendered(set_clock: SetClock, settings: Settings) -> dict[str, bytes]:
    """One page of each kind of a clinic with two branches, one of which says phone and hours."""
    set_clock(NOW)
    settings.FELDSHER_MODULES = KINDS[CARD]
    clinic = found_own_clinic()
    for field, value in (("phone", "+7 812 000-00-00"), ("hours", "пн-пт 8-20"), ("address", "Лесная, 5")):
        directory.set_overlay(Kind.LOCATION, target=clinic.north, field=field, value=value, author="of-test")
    editorial.rehearse()
    article = re.search(r'href="(/articles/[^"]+/)"', Client().get("/articles/").content.decode())
    assert article is not None
    addresses = (
        *("/", "/doctors/", f"/doctors/{clinic.eye}/", f"/services/{clinic.visit}/", "/branches/"),
        *(f"/branches/{clinic.north}/", "/prices/", unescape(article[1]), "/about/legal/", "/call/"),
    )
    answers = {address: Client().get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: bytes(answer.content) for address, answer in answers.items()}


@pytest.fixture
def page(rendered: dict[str, bytes]) -> Iterator[Page]:
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = DIST / path.rpartition("/")[2]
        if path in rendered:
            route.fulfill(body=rendered[path], content_type="text/html; charset=utf-8")
        elif file.suffix in TYPES and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        else:
            route.fulfill(status=404)

    with browser() as started:
        opened = started.new_page()
        opened.route("**/*", answer)
        yield opened


def test_every_page_of_a_card_site_is_valid(rendered: dict[str, bytes], tmp_path: Path) -> None:
    assert markup_faults(rendered.values(), tmp_path) == []


@pytest.mark.browser
def test_no_page_of_a_card_site_has_a_fault_and_each_offers_the_phone(
    page: Page, rendered: dict[str, bytes]
) -> None:
    axe = AXE.read_text(encoding="utf-8")
    found: list[tuple[str, int, str]] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for address in rendered:
            page.goto(f"{HOST}{address}")
            page.evaluate(axe)
            found += [(address, width, str(fault)) for fault in page.evaluate(AXE_RUN)]
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [(address, width, "sticks out")] if wide > 0 else []
            if address != "/call/" and not page.evaluate(DIALS):
                found.append((address, width, "no phone to see"))
    assert found == []

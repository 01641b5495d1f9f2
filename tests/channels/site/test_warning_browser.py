"""The warning of 38-ФЗ, art. 24, part 7, in a browser: at least 5 % of its advertisement, any width.

The pages are rendered by the whole stack, and a browser gets them and the built files without a server.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Route

from channels.site.browser import PHONE, ROOT, browser
from conftest import SetClock
from domain.checkups.factory import composed, founded
from domain.directory.factory import AT, FIRST_VISIT, NORTH, row
from domain.editorial.factory import published
from feldsher.domain.directory.types import Kind
from feldsher.domain.editorial.types import PageKind

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db]

TEMPLATES = ROOT / "src" / "feldsher" / "channels" / "site" / "templates" / "site"
WORDS = "Имеются противопоказания. Необходима консультация специалиста"
DIST = ROOT / "src" / "feldsher" / "channels" / "frontend" / "static" / "dist"
WIDTHS = (320, 390, 768, 1440)
LEAST = 0.05
HOST = "http://clinic.example"
LONG = (
    "Осмотр глаз на аппарате, который видит сетчатку без капель, и разговор с врачом о том, что он увидел. "
)
SHARES = """() => [...document.querySelectorAll('.advert')].map((advert) => {
  const [own] = [...advert.querySelectorAll('.warning')].filter((one) => one.closest('.advert') === advert);
  if (!own) return 0;
  const [block, warning] = [advert, own].map((one) => one.getBoundingClientRect());
  return warning.width * warning.height / (block.width * block.height);
})"""
FITS = """() => [...document.querySelectorAll('.advert > .warning')].every((one) => {
  const letters = parseFloat(getComputedStyle(one).fontSize);
  return letters >= 16 && one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight + 1;
})"""
ROOM = """() => [...document.querySelectorAll('.advert')].every((advert) => {
  const [body, warning] = [advert.firstElementChild, advert.querySelector(':scope > .warning')];
  const [above, below] = [body, warning].map((one) => one.getBoundingClientRect());
  return below.top - above.bottom < 2 && above.height <= body.scrollHeight + 1;
})"""
SMALL = ".advert > .warning { inset: auto 0 0; padding: 0; border: 0; font: 4px/4px serif }"


def _offer(words: str) -> dict[str, object]:
    value = {"title": "Осмотр глаз", "text": words, "terms": "1 900 ₽ до 31 декабря"}
    return {"type": "advertisement", "value": value}


@pytest.fixture
def rendered(set_clock: SetClock) -> dict[str, bytes]:
    """Every template with an advertisement, short and long, by the address of its page."""
    set_clock(AT)
    founded()
    composed()
    long = [{"type": "text", "value": f"<p>{LONG * 8}</p>"}] * 12
    service, north = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.LOCATION, NORTH.id)
    published(PageKind.PROMOTION, slug="short", title="Осмотр глаз дешевле")
    published(PageKind.PROMOTION, slug="long", title="Осмотр глаз дешевле", body=[*long, _offer(LONG)])
    published(slug="offers", title="Новость", body=[*long[:2], _offer(LONG), _offer(LONG * 9)])
    addresses = (
        f"/services/{service}/",
        f"/services/{service}/branch/{north}/",
        "/checkups/glaza-40/",
        "/promotions/",
        "/promotions/short/",
        "/promotions/long/",
        "/news/offers/",
    )
    answers = {address: Client().get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: bytes(answer.content) for address, answer in answers.items()}


@pytest.fixture
def page(rendered: dict[str, bytes]) -> Iterator[Page]:
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = DIST / path.rpartition("/")[2]
        if path in rendered:
            route.fulfill(body=rendered[path], content_type="text/html; charset=utf-8")
        elif file.suffix in kinds and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=kinds[file.suffix])
        else:
            route.fulfill(status=404)

    with browser() as started:
        opened = started.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
        opened.route("**/*", answer)
        yield opened


def _shares(page: Page, width: int, address: str) -> list[float]:
    page.set_viewport_size({"width": width, "height": PHONE[1]})
    page.goto(f"{HOST}{address}")
    page.evaluate("document.fonts.ready.then(() => true)")
    return [float(share) for share in page.evaluate(SHARES)]


def test_each_template_of_an_advertisement_is_among_the_measured_ones(rendered: dict[str, bytes]) -> None:
    """What has the class is an advertisement, has the one template of the words, and is rendered here."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in TEMPLATES.glob("*.html")}
    advertising = {name for name, text in texts.items() if re.search(r'class="(?:[\w-]+ )?advert"', text)}
    assert advertising == {"service.html", "checkup.html", "page.html", "section.html", "_page_parts.html"}
    assert all('{% include "site/_warning.html" %}' in texts[name] for name in advertising)
    assert [name for name, text in texts.items() if WORDS in text] == ["_warning.html"]
    counts = {address: body.decode().count('class="warning"') for address, body in rendered.items()}
    assert list(counts.values()) == [2, 2, 2, 2, 2, 3, 3]  # one is that of the footer


def test_a_warning_takes_five_percent_of_its_advertisement_at_any_width(
    page: Page, rendered: dict[str, bytes]
) -> None:
    for width in WIDTHS:
        for address in rendered:
            shares = _shares(page, width, address)
            assert len(shares) == (2 if address in {"/promotions/long/", "/news/offers/"} else 1)
            assert min(shares) >= LEAST, (address, width, shares)
            assert page.evaluate(FITS), (address, width)
            assert page.evaluate(ROOM), (address, width)


def test_a_style_that_makes_the_warning_small_is_noticed(page: Page, rendered: dict[str, bytes]) -> None:
    for address in rendered:
        _shares(page, PHONE[0], address)
        page.add_style_tag(content=SMALL)
        small = page.evaluate(SHARES)
        assert min(small) < LEAST, (address, small)

"""Pictures of each page for the documents, on a demo of its own: `make screenshots` (tests on PYTHONPATH).

Colours are cut to the 256 that a picture uses most (flat pages lose nothing that the eye sees), which makes a
PNG a third of its size. The counting is done by the browser that drew the page: no library is needed.
"""

import base64
import struct
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from channels.site.browser import Visitor, browser, visit
from feldsher.conf.demo.staff import STAFF_PASSWORD
from support.product import Demo, running_product

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZES = [(390, 844), (1280, 860)]
MOST = 1_500_000
CALLERS = (
    ("Вера", "89210000031", "Невролог, после 17:00, любой филиал"),
    ("Пётр", "89210000054", "УЗИ, можно до 20:00"),
)
STAFF_PAGES = {
    "registrar": ("", "schedule/", "day/", "sync/", "why/", "stops/", "rules/", "companies/", "me/"),
    "editor": ("messages/", "directory/", "pages/", "passport/", "site/"),
    "auditor": ("journal/", "alerts/"),
    "admin": ("staff/",),
}
COUNT = """
async (source) => {
  const bytes = Uint8Array.from(atob(source), (char) => char.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  const uses = new Map();
  for (const pixel of pixels) uses.set(pixel, (uses.get(pixel) ?? 0) + 1);
  const palette = [...uses].sort((one, two) => two[1] - one[1]).slice(0, 256).map(([pixel]) => pixel);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const known = palette.map(parts);
  const nearest = new Map();
  for (const pixel of uses.keys()) {
    const [red, green, blue] = parts(pixel);
    let best = 0, least = Infinity;
    known.forEach(([r, g, b], index) => {
      const far = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
      if (far < least) [least, best] = [far, index];
    });
    nearest.set(pixel, best);
  }
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(nearest.get(pixel));
  return { width: bitmap.width, height: bitmap.height, palette: known.flat(), indices: btoa(text) };
}
"""


def main() -> int:
    """Take all pictures anew; returns 1 when together they weigh too much."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    with running_product() as demo, browser() as chromium:
        workshop = chromium.new_page()
        for size in SIZES:
            visitor = visit(chromium, demo.site, size=size)
            phone = f"8921000{size[0]:04}"
            walks = (
                walk(visitor, phone=phone),
                walk_cabinet(visitor, demo, phone=phone),
                walk_desk(visitor, first=size == SIZES[0]),
            )
            for name in chain(*walks):
                picture = workshop.evaluate(COUNT, base64.b64encode(visitor.page.screenshot()).decode())
                path = PICTURES / f"{name}-{size[0]}.png"
                path.write_bytes(png(picture))
                print(f"{path.name:<20}{path.stat().st_size:>9,} bytes")
    total = sum(path.stat().st_size for path in PICTURES.glob("*.png"))
    print(f"{'together':<20}{total:>9,} bytes")
    return int(total > MOST)


def walk(visitor: Visitor, *, phone: str) -> Iterator[str]:
    """Go the way of a patient; at each name the page stands still for its picture."""
    page = visitor.page
    page.goto("/")
    yield _still(page, "home")
    page.locator("main .list-link").first.click()
    expect(page.locator(".row-list")).to_be_visible()
    yield _still(page, "list")
    page.locator(".row-list h3 a").first.click()
    expect(page.locator(".strip")).to_be_visible()
    yield _still(page, "doctor")
    page.locator("main button.chip").last.click()
    expect(page.locator(".left-clock")).to_be_visible()
    yield _still(page, "form")
    values = {"phone": phone, "family": "Понарошкина", "given": "Вера"}
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".badge-ok")).to_be_visible(timeout=60_000)
    yield _still(page, "visit")
    page.goto("/prices/")
    yield _still(page, "prices")
    page.goto("/checkups/")
    page.locator("main .list-link").first.click()
    expect(page.locator("main form").first).to_be_visible()
    yield _still(page, "checkup")
    page.goto("/articles/")
    page.locator(".pages-title a").first.click()
    yield _still(page, "article")
    page.goto("/corporate/")
    yield _still(page, "corporate")
    page.goto("/components/")
    yield _still(page, "components")


def walk_cabinet(visitor: Visitor, demo: Demo, *, phone: str) -> Iterator[str]:
    """Come back to one's own visits by the phone that booked."""
    page = visitor.page
    page.goto("/lk/")
    page.locator("[name=phone]").fill(phone)
    yield _still(page, "cabinet-phone")
    page.get_by_role("button", name="Получить код").click()
    page.get_by_role("textbox", name="Код").fill(demo.code_sent_to(f"7{phone[1:]}"))
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("button", name="Выйти")).to_be_visible()
    yield _still(page, "cabinet")


def walk_desk(visitor: Visitor, *, first: bool) -> Iterator[str]:
    """Go the way of a registrar, then of an editor; the first time patients have to ask for calls before."""
    page = visitor.page
    for name, phone, topic in CALLERS if first else ():
        page.goto("/call/")
        for field, value in {"name": name, "phone": phone, "topic": topic}.items():
            page.locator(f"[name={field}]").fill(value)
        page.locator("[name=consent]").check()
        page.get_by_role("button", name="Жду звонка").click()
        expect(page.locator("h1")).not_to_have_text("Заказать звонок")
    for login, names in STAFF_PAGES.items():
        page.goto("/desk/")
        page.locator("[name=login]").fill(login)
        page.locator("[name=password]").fill(STAFF_PASSWORD)
        page.get_by_role("button", name="Войти").click()
        expect(page.get_by_role("button", name="Выйти")).to_be_visible()
        for name in names:
            page.goto(f"/desk/{name}")
            yield _still(page, f"desk-{name.strip('/').replace('/', '-')}".rstrip("-"))
        page.get_by_role("button", name="Выйти").click()
        expect(page.locator("[name=login]")).to_be_visible()


def _still(page: Page, name: str) -> str:
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    return name


def png(picture: dict[str, Any]) -> bytes:
    """Return a PNG with a palette (colour type 3, 8 bits; no filters: flat rows compress best so)."""
    width, height = picture["width"], picture["height"]
    indices = base64.b64decode(picture["indices"])
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    palette = bytes(picture["palette"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


if __name__ == "__main__":
    sys.exit(main())

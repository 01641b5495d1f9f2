"""What the service worker is told to keep, and how the clinic is called among a phone's programs."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from channels.site.factory import branch, ural
from feldsher.channels.frontend import assets
from feldsher.domain.directory.types.brand import BrandCard, LogoFile, LogoType

Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _told(client: Client) -> dict[str, Any]:
    response = client.get("/sw.js")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    first, script = response.content.decode().split("\n", 1)
    assert "addEventListener" in script
    told: dict[str, Any] = json.loads(first.removeprefix("const OFFLINE=").removesuffix(";"))
    return told


def test_the_worker_keeps_built_files_and_a_page_that_is_the_same_for_all(client: Client) -> None:
    client.cookies["look"] = "dark..."
    told = _told(client)
    assert all(name.startswith("/static/dist/") for name in told["files"])
    assert len(told["files"]) == 8
    assert "Нет связи" in told["page"]
    assert "tel:+79210000001" in told["page"]
    for foreign in ("csrf", "data-look", "slot"):
        assert foreign not in told["page"]
    (script,) = re.findall(r"<script[^>]*>", told["page"])
    assert re.search(r'src="(/static/dist/offline-\w+\.js)"', script)[1] in told["files"]
    assert "script-src 'self';" in told["policy"]
    assert told["version"] == _told(Client())["version"]


def test_the_worker_changes_with_the_clinics_phone_and_hue(client: Client, answers: Put) -> None:
    before = _told(client)
    answers("directory", "locations", (branch(phone="+79210000009"), ural()))
    after = _told(client)
    assert after["version"] != before["version"]
    answers("directory", "brand", BrandCard("Клиника", 250, "abc.svg"))
    assert "/look/250.css" in _told(client)["files"]


def test_without_the_build_there_is_no_worker(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assets._names.cache_clear()
    monkeypatch.setattr(assets, "_DIST", tmp_path)
    assert client.get("/sw.js").status_code == 404
    assets._names.cache_clear()


def test_the_manifest_names_the_clinic_in_its_colour(client: Client, answers: Put) -> None:
    plain = client.get("/site.webmanifest")
    assert plain.headers["Content-Type"].startswith("application/manifest+json")
    assert plain.json()["name"] == "ООО «Примерная клиника»"
    assert plain.json()["theme_color"] == "#00654D"
    brand = answers("directory", "brand", BrandCard("Клиника", 250, "abc.png"))
    brand.reset_mock()
    own = client.get("/site.webmanifest").json()
    assert brand.call_count == 1
    assert own["short_name"] == "Клиника"
    assert own["theme_color"] != "#00654D"
    assert [icon["src"] for icon in own["icons"]] == [
        f"/icon/abc-{form}.png" for form in ("192", "512", "maskable")
    ]
    assert [(each["name"], each["url"]) for each in own["shortcuts"]] == [
        ("Записаться", "/doctors/"),
        ("Мои записи", "/lk/"),
    ]


def _pixels(client: Client, address: str, side: int) -> Image.Image:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    image = Image.open(BytesIO(response.content)).convert("RGBA")
    assert image.size == (side, side)
    return image


def test_icons_are_our_mark_in_the_clinics_colour_where_no_logo_can_be_drawn(
    client: Client, answers: Put
) -> None:
    answers("directory", "brand", BrandCard("Клиника", None, "abc.svg"))
    sizes = {}
    for icon in client.get("/site.webmanifest").json()["icons"]:
        side = int(icon["sizes"].partition("x")[0])
        image = _pixels(client, icon["src"], side)
        sizes[icon["purpose"], side] = image.getpixel((0, 0))
        assert image.getpixel((side // 2, side // 12)) == (0x00, 0x65, 0x4D, 255)
        assert image.getpixel((side * 17 // 64, side * 5 // 8)) == (255, 255, 255, 255)
    assert sizes["any", 192] == sizes["any", 512] == (0, 0, 0, 0)
    assert sizes["maskable", 512] == (0x00, 0x65, 0x4D, 255)
    assert _pixels(client, "/apple-touch-icon.png", 180).getpixel((0, 0)) == (0x00, 0x65, 0x4D, 255)


def test_a_logo_stands_whole_on_paper_inside_what_a_phone_does_not_cut_off(
    client: Client, answers: Put
) -> None:
    out = BytesIO()
    Image.new("RGBA", (40, 20), "#ff0000").save(out, "PNG")
    answers("directory", "brand", BrandCard("Клиника", 250, "abc.png"))
    answers("directory", "logo", LogoFile(out.getvalue(), LogoType.PNG))
    image = _pixels(client, "/icon/abc-maskable.png", 512)
    assert image.getpixel((256, 256)) == (255, 0, 0, 255)
    assert image.getbbox() == (0, 0, 512, 512)
    reds = [x for x in range(512) if image.getpixel((x, 256)) == (255, 0, 0, 255)]
    assert (reds[0], reds[-1]) == (112, 399)
    out = BytesIO()
    Image.new("RGBA", (40, 40), "#ff0000").save(out, "PNG")
    answers("directory", "logo", LogoFile(out.getvalue(), LogoType.PNG))
    square = _pixels(client, "/icon/abc-maskable.png", 512)
    corner = min(x for x in range(512) if square.getpixel((x, x)) == (255, 0, 0, 255))
    assert 2**0.5 * (256 - corner) <= 0.4 * 512
    for wrong in ("abc-513.png", "old-512.png", "mark-512.png"):
        assert client.get(f"/icon/{wrong}").status_code == 404

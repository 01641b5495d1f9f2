"""What the service worker is told to keep, and how the clinic is called among a phone's programs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from channels.site.factory import branch, ural
from feldsher.channels.frontend import assets
from feldsher.domain.directory.types.brand import BrandCard

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
    assert len(told["files"]) == 7
    assert "Нет связи" in told["page"]
    assert "tel:+79210000001" in told["page"]
    for foreign in ("csrf", "data-look", "slot", "<script"):
        assert foreign not in told["page"]
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
    assert [icon["type"] for icon in plain.json()["icons"]] == ["image/svg+xml"]
    answers("directory", "brand", BrandCard("Клиника", 250, "abc.png"))
    own = client.get("/site.webmanifest").json()
    assert own["short_name"] == "Клиника"
    assert own["theme_color"] != "#00654D"
    assert own["icons"][0] == {"src": "/logo/abc.png", "type": "image/png"}

"""«Сайт»: name, colour, logo, names and phones in one form; hostile files and unreadable colours."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from domain.directory.drawings import png, svg
from domain.directory.factory import MIS, NORTH, row, snapshot
from feldsher.channels.frontend import hue as colours
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import Brand, Organization, Overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.brand import BrandCard, BrandChange
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
URL = "/desk/site/"


@pytest.fixture
def client() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot())
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def file(content: bytes, name: str = "logo.svg", kind: str = "image/svg+xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def test_all_of_it_is_saved_at_once_and_stands_on_the_site(client: Client) -> None:
    north, owner = row(Kind.LOCATION, NORTH.id), Organization.objects.get().id
    sent = {
        "act": "save",
        "name": "Моя клиника",
        "hue": "250",
        "logo": file(svg()),
        f"name-{north}": "На Северной",
        f"phone-{north}": "8 921 000 00 03",
        f"name-{owner}": "ООО «Пример»",
    }
    answer = client.post(URL, sent)
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}?saved=1")
    brand = selectors.brand()
    page = text(Client().get("/look/"))
    for words in ("<span>Моя клиника</span>", "/look/250.css", f'src="/logo/{brand.logo}"', "ООО «Пример»"):
        assert words in page
    logo = Client().get(f"/logo/{brand.logo}")
    assert (logo.content, logo["Content-Type"]) == (svg(), "image/svg+xml")
    card = selectors.location(north)
    assert (card.name, card.phone) == ("На Северной", "+79210000003")
    form = text(client.get(answer["Location"]))
    assert "Моя клиника" in form.partition("<h1>")[0]
    for words in ("Сохранено", 'value="250"', 'value="+7 921 000-00-03"', f"/logo/{brand.logo}"):
        assert words in form
    assert Brand.objects.get().author == "vera"
    assert client.post(URL, {"name": "Моя", "no-logo": "on", "hue": ""}).status_code == 303
    assert selectors.brand() == BrandCard("Моя", None, "", is_saved=True)


def test_what_was_not_touched_becomes_no_overlay(client: Client) -> None:
    north = row(Kind.LOCATION, NORTH.id)
    client.post(URL, {"name": "Моя", f"was-name-{north}": NORTH.name, f"name-{north}": NORTH.name})
    assert not Overlay.objects.exists()


def test_one_fault_saves_nothing_and_loses_nothing(client: Client) -> None:
    north = row(Kind.LOCATION, NORTH.id)
    sent = {
        "name": "я" * 101,
        "hue": "10",
        f"name-{north}": "Иначе",
        f"phone-{north}": "12",
        "logo": file(b"x"),
    }
    page = text(client.post(URL, sent), 422)
    assert re.search(rf'id="field-phone-{north}-error">.*?Телефон из 11 цифр', page, re.DOTALL)
    assert re.search(r'id="field-name-error">.*?Не длиннее 100 знаков', page, re.DOTALL)
    assert re.search(r'id="field-logo-error">.*?Нужен рисунок PNG, WebP или SVG', page, re.DOTALL)
    for typed in ("я" * 101, 'value="10"', 'value="Иначе"', 'value="12"'):
        assert typed in page
    assert "файл логотипа выберите ещё раз" in page
    assert (selectors.brand(), Overlay.objects.count()) == (BrandCard(), 0)


@pytest.mark.parametrize("hue", ["360", "-1", "red", "1e2", "٣", "9" * 500, "1.5"])
def test_what_is_no_hue_is_refused(client: Client, hue: str) -> None:
    page = text(client.post(URL, {"name": "Моя", "hue": hue}), 422)
    assert "Целое число от 0 до 359" in page
    assert f'value="{hue}"' in page
    assert not selectors.brand().is_saved


def test_a_colour_that_nobody_could_read_is_refused_by_its_pair(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(colours._LIGHT, "brand", (0.8, 0.1))
    page = text(client.post(URL, {"name": "Моя", "hue": "110"}), 422)
    assert re.search(r"в светлой схеме: цвет ссылок и фон страницы, контраст \d,\d, а нужно 4,5", page)
    assert not selectors.brand().is_saved


def test_no_hue_is_refused_with_the_palette_of_today(client: Client) -> None:
    for hue in ("0", "110", "359"):
        assert client.post(URL, {"name": "Моя", "hue": hue}).status_code == 303


def test_a_look_at_a_colour_saves_nothing_and_keeps_what_was_typed(client: Client) -> None:
    page = text(client.post(URL, {"act": "preview", "name": "Новое имя", "hue": "250"}))
    assert 'href="/desk/site/colours.css?hue=250"' in page
    assert 'value="Новое имя"' in page
    assert not selectors.brand().is_saved
    css = client.get("/desk/site/colours.css?hue=250")
    assert css["Content-Type"] == "text/css; charset=utf-8"
    assert ".preview-dark{" in css.content.decode()
    assert client.get("/desk/site/colours.css?hue=x}").content == client.get("/desk/site/colours.css").content


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (file(svg("<script>alert(1)</script>")), "В SVG есть «script»"),
        (file(svg(attributes='onload="alert(1)"')), "В SVG есть сценарий"),
        (file(png(40_000, 40_000), "logo.png", "image/png"), "Рисунок больше 2048"),
        (file(b"<html><script>alert(1)</script></html>", "logo.png", "image/png"), "Нужен рисунок"),
        (file(b"GIF89a", "logo.png", "image/png"), "Нужен рисунок"),
        (file(b"", "logo.png", "image/png"), "Нужен рисунок"),
        (file(png() + bytes(65_536), "logo.png", "image/png"), "Файл больше 64 КБ"),
        (file(svg() + b" " * 10_000_000), "Файл больше 64 КБ"),
    ],
    ids=["script", "handler", "bomb", "html", "gif", "empty", "64k", "10m"],
)
def test_hostile_files_are_refused_in_words(
    client: Client, upload: SimpleUploadedFile, sentence: str
) -> None:
    upload.seek(0)
    page = text(client.post(URL, {"name": "Имя на месте", "logo": upload}), 422)
    assert sentence in page
    assert 'value="Имя на месте"' in page
    assert not selectors.brand().is_saved


def test_more_than_any_mistake_is_refused_unread(client: Client) -> None:
    answer = client.post(URL, {"name": "Моя", "logo": file(bytes(17 * 1024 * 1024))})
    assert answer.status_code == 400
    assert not selectors.brand().is_saved


def test_a_real_type_wins_over_name_and_header(client: Client) -> None:
    assert client.post(URL, {"name": "Моя", "logo": file(png(), "a.svg", "text/html")}).status_code == 303
    name = selectors.brand().logo
    assert name.endswith(".png")
    assert Client().get(f"/logo/{name}")["Content-Type"] == "image/png"
    assert Client().get(f"/logo/{name.replace('.png', '.svg')}").status_code == 404


def test_who_edits_no_site_changes_none() -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.post(URL, {"name": "Чужая"}).status_code == 403
    services.save_brand(BrandChange("Своя"), author="anna")
    assert "<span>Своя</span>" in text(client.get("/desk/"))

"""The picture of a branch's map: put on the desk, shown on the site; a foreign map only after a tap."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.directory.drawings import snapshot as photograph
from domain.directory.drawings import svg
from domain.directory.factory import AT, MIS, NORTH, row, snapshot
from feldsher.conf.demo.maps import draw_demo_maps
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import LocationMap
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
ASKED = "Показать карту Яндекса здесь"


@pytest.fixture
def client(set_clock: SetClock) -> Client:
    set_clock(AT)
    services.import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    services.set_overlay(Kind.LOCATION, target=north, field="address", value="Лесная, 5", author="vera")
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def url() -> str:
    return f"/desk/directory/branches/{row(Kind.LOCATION, NORTH.id)}/"


def place() -> str:
    return f"/branches/{row(Kind.LOCATION, NORTH.id)}/"


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("anything.bin", content, content_type="text/plain")


def test_a_map_is_uploaded_shown_on_the_site_and_taken_away(client: Client) -> None:
    assert "Карты нет: на странице филиала стоит ссылка" in text(client.get(url()))
    assert "/map/" not in re.sub(r'action="[^"]*"', "", Client().get(place()).content.decode())
    content = photograph(size=(1188, 594)) + b"\0" * 3_000_000
    answer = client.post(f"{url()}map/", {"map": file(content)})
    assert (answer.status_code, answer["Location"]) == (303, f"{url()}?saved=1")
    assert re.search(r"Сотрудник vera, \d+ \w+", text(client.get(url())))
    made = selectors.branch_map(row(Kind.LOCATION, NORTH.id))
    assert made is not None
    shown = Client().get(place()).content.decode()
    found = set(re.findall(rf"/map/({made.stem}-\d+\.\w+)", shown))
    assert found == {f"{made.stem}-{width}.{kind}" for width in (396, 792) for kind in ("avif", "webp")}
    picture = re.search(r'<a class="map-link" href="https://yandex.ru/maps/[^>]+>(.*?)</a>', shown)
    assert picture is not None
    assert re.search(r'<img class="map-picture"[^>]+width="792" height="396" alt="Карта: [^"]+"', picture[1])
    for name in found:
        answer = Client().get(f"/map/{name}")
        assert answer["Content-Type"] == f"image/{name.rpartition('.')[2]}"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Убрать карту?" in text(client.get(f"{url()}map/remove/"))
    assert LocationMap.objects.count() == 1
    assert client.post(f"{url()}map/remove/").status_code == 303
    assert Client().get(f"/map/{made.stem}-396.webp").status_code == 404
    assert "map-link" not in Client().get(place()).content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Выберите файл."),
        (svg(), "Нужна картинка JPEG"),
        (photograph(size=(700, 400)), "мала"),
    ],
)
def test_a_refused_map_says_why_beside_its_field(
    client: Client, content: bytes | None, sentence: str
) -> None:
    page = text(client.post(f"{url()}map/", {"map": file(content)} if content else {}), 422)
    assert re.search(rf'id="field-map-error">.*{sentence}', page)
    assert LocationMap.objects.count() == 0


def test_a_map_of_a_branch_without_an_address_leads_nowhere(client: Client) -> None:
    del client
    draw_demo_maps()
    north = row(Kind.LOCATION, NORTH.id)
    services.set_overlay(Kind.LOCATION, target=north, field="address", value="", author="vera")
    page = Client().get(place()).content.decode()
    assert '<span class="map-link"><picture' in page
    assert ("yandex.ru/maps" in page, ASKED in page) == (False, False)


@pytest.mark.usefixtures("client")
def test_a_foreign_map_stands_in_the_page_after_a_tap_and_this_once() -> None:
    draw_demo_maps()
    reader = Client(enforce_csrf_checks=True)
    before = reader.get(place())
    page = before.content.decode()
    assert (ASKED in page, "<iframe" in page, "map-link" in page) == (True, False, True)
    assert "frame-src" not in before["Content-Security-Policy"]
    assert "Яндекс узнает ваш IP-адрес" in text(before)
    assert reader.post(f"{place()}map/").status_code == 403
    token = re.search(rf'action="{place()}map/#map"><input[^>]+value="(\w+)"', page)
    assert token is not None
    after = reader.post(f"{place()}map/", {"csrfmiddlewaretoken": token[1]})
    shown = after.content.decode()
    (frame,) = re.findall(r"<iframe[^>]+>", shown)
    assert 'src="https://yandex.ru/map-widget/v1/?' in frame
    assert 'referrerpolicy="no-referrer"' in frame
    assert after["Content-Security-Policy"].endswith("; frame-src https://yandex.ru")
    assert after["Cache-Control"] == "no-store"
    assert (ASKED in shown, "map-link" in shown) == (False, False)
    assert "<iframe" not in reader.get(place()).content.decode()
    led = reader.get(f"{place()}map/")
    assert (led.status_code, led["Location"]) == (303, place())


def test_maps_of_a_demo_are_drawn_once(client: Client) -> None:
    del client
    count = len(selectors.locations())
    assert (draw_demo_maps(), draw_demo_maps(), LocationMap.objects.count()) == (count, 0, count)

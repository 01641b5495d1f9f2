"""«Карты»: bulk files of branches without formulas, and what has changed since the last one."""

import csv
import html
import io

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.directory.factory import AT, DAY, MIS, NORTH, SOUTH, row, snapshot
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import BranchExport
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.exports import BranchChange, ChangeKind, ExportTarget
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
URL = "/desk/maps/"


@pytest.fixture
def client(set_clock: SetClock, settings: Settings) -> Client:
    set_clock(AT)
    settings.SITE_URL = "https://clinic.example"
    services.import_snapshot(MIS, snapshot=snapshot())
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def say(field: str, value: object) -> None:
    target = row(Kind.LOCATION, NORTH.id)
    services.set_overlay(Kind.LOCATION, target=target, field=field, value=value, author="anna")


def filled() -> None:
    for field, value in (
        ("city", "Пример-город"),
        ("address", "Условная ул., 18"),
        ("phone", "89210000003"),
        ("hours", "пн–пт 8:00–21:00, сб 9:00–15:00"),
        ("latitude", "55.764300"),
        ("longitude", "-37.605600"),
        ("company_id", "1000000001"),
        ("rubrics", "Медцентр, Офтальмология"),
    ):
        say(field, value)


def taken(client: Client, name: str) -> list[dict[str, str]]:
    answer = client.post(f"{URL}{name}/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="branches-{name}-2026-11-24.csv"'
    assert "no-store" in answer["Cache-Control"]
    body = answer.content.decode("utf-8-sig" if name == "yandex" else "utf-8")
    return list(csv.DictReader(io.StringIO(body), delimiter=";" if name == "yandex" else ","))


def test_the_file_of_yandex_has_every_branch(client: Client) -> None:
    filled()
    north, south = taken(client, "yandex")
    target = row(Kind.LOCATION, NORTH.id)
    assert north == {
        "Код филиала": str(target),
        "Номер в Яндекс.Бизнесе": "1000000001",
        "Название": "Северный филиал",
        "Город": "Пример-город",
        "Адрес": "Условная ул., 18",
        "Телефоны": "8 921 000-00-03",
        "Часы работы": "пн–пт 8:00–21:00, сб 9:00–15:00",
        "Сайт": f"https://clinic.example/branches/{target}/",
        "Рубрики": "Медцентр, Офтальмология",
        "Широта": "55.764300",
        "Долгота": "-37.605600",
    }
    assert (south["Название"], south["Телефоны"]) == ("Южный филиал", "")


def test_the_file_of_google_has_its_columns_but_those_that_would_wipe(client: Client) -> None:
    bare, _ = taken(client, "google")
    assert list(bare) == ["Store code", "Business name", "Address line 1", "Country / Region", "Website"]
    filled()
    north, south = taken(client, "google")
    assert north["Store code"] == str(row(Kind.LOCATION, NORTH.id))
    assert (north["Locality"], north["Country / Region"]) == ("Пример-город", "RU")
    assert (north["Primary category"], north["Additional categories"]) == ("Медцентр", "Офтальмология")
    days = ("Monday", "Friday", "Saturday", "Sunday")
    assert [north[f"{day} hours"] for day in days] == ["08:00-21:00", "08:00-21:00", "09:00-15:00", "x"]
    assert {south[f"{day} hours"] for day in days} == {""}


@pytest.mark.parametrize("name", ["yandex", "google"])
def test_no_cell_is_a_formula(client: Client, name: str) -> None:
    for field in ("name", "city", "address", "hours", "rubrics"):
        say(field, '=HYPERLINK("https://evil.example")')
    say("phone", "89210000003")
    for line in taken(client, name):
        for value in line.values():
            assert not value.startswith(("=", "+", "@", "\t", "\r"))
    assert any("'=HYPERLINK" in value for line in taken(client, name) for value in line.values())


def test_what_changed_since_the_last_file_is_listed_per_map(client: Client, set_clock: SetClock) -> None:
    page = text(client.get(URL))
    assert page.count("Новый филиал") == 4
    assert page.count("Файл ещё не скачивали") == 2
    taken(client, "yandex")
    page = text(client.get(URL))
    assert page.count("Новый филиал") == 2
    assert "Последний файл скачал vera, 24 ноября, 11:00 МСК." in page
    assert "С последнего файла ничего не изменилось." in page
    say("phone", "89210000003")
    say("latitude", "55.764300")
    south = row(Kind.LOCATION, SOUTH.id)
    services.import_snapshot(MIS, snapshot=snapshot(as_of=AT + DAY, locations=(NORTH,)))
    north = row(Kind.LOCATION, NORTH.id)
    fields = (("phone", "", "+79210000003"), ("latitude", "", "55.764300"))
    assert selectors.changes_since_export(ExportTarget.YANDEX) == (
        BranchChange(north, "Северный филиал", ChangeKind.CHANGED, fields),
        BranchChange(south, "Южный филиал", ChangeKind.CLOSED),
    )
    page = text(client.get(URL))
    assert "телефон: пусто → +7 921 000-00-03; широта: пусто → 55.764300" in page
    assert "Закрыт: уберите карточку сами" in page
    set_clock(AT)
    taken(client, "yandex")
    assert selectors.changes_since_export(ExportTarget.YANDEX) == ()


def test_a_look_takes_nothing_and_another_name_is_none(client: Client) -> None:
    client.get(URL)
    assert client.get(f"{URL}yandex/").status_code == 405
    assert client.post(f"{URL}other/").status_code == 404
    assert BranchExport.objects.count() == 0

"""«Меню сайта»: each button of the form saves the whole menu, and nothing typed is lost."""

import re

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from domain.editorial.factory import published
from feldsher.domain.editorial.models import Menu
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
AT = "/desk/pages/menus/header/"
Form = dict[str, list[str]]


@pytest.fixture
def editor() -> Client:
    return signed_in(Role.EDITOR)


def form(client: Client, at: str = AT) -> Form:
    """Return what a browser would send of the form as it stands."""
    return fields(client.get(at).content.decode())


def fields(body: str) -> Form:
    return {
        "seen": re.findall(r'name="seen" value="(\d+)"', body),
        "title": re.findall(r'name="title" value="([^"]*)"', body),
        "target": re.findall(r'name="target" value="([^"]*)"', body),
    }


def saved(place: str = "header") -> list[str]:
    row = Menu.objects.filter(place=place).latest("number")
    return [title for title, _, _ in row.lines]


def test_lines_go_up_and_down_are_named_removed_and_brought_back(editor: Client) -> None:
    usual = form(editor)["title"]
    assert usual == ["Врачи", "Услуги", "Цены", "Филиалы", "Заказать звонок", "Мои записи"]
    sent = form(editor)
    sent["title"][2] = "Стоимость"
    assert editor.post(AT, {**sent, "do": "up-2"}).status_code == 303
    assert saved()[:3] == ["Врачи", "Стоимость", "Услуги"]
    editor.post(AT, {**form(editor), "do": "down-0"})
    assert saved()[:3] == ["Стоимость", "Врачи", "Услуги"]
    editor.post(AT, {**form(editor), "do": "remove-1"})
    assert saved()[:2] == ["Стоимость", "Услуги"]
    for no_move in ("up-0", "down-4", "up-99", "remove-x", ""):
        editor.post(AT, {**form(editor), "do": no_move})
        assert saved()[:2] == ["Стоимость", "Услуги"]
    editor.post(AT, {**form(editor), "do": "usual"})
    assert saved() == usual
    assert "Сохранено" in editor.get(f"{AT}?saved=1").content.decode()


def test_a_page_is_chosen_from_the_list_with_its_own_title_or_another(editor: Client) -> None:
    row = published(PageKind.LANDING, title="О клинике")
    target = f"page:{row.pk}"
    assert f'<option value="{target}">О клинике</option>' in editor.get(AT).content.decode()
    at = "/desk/pages/menus/footer/"
    editor.post(at, {**form(editor, at), "new-target": target, "do": "save"})
    assert saved("footer") == ["Мои записи", "Компаниям", "О клинике"]
    more = {"new-path": "/search/", "new-title": "Найти", "do": "save"}
    editor.post(at, {**form(editor, at), **more})
    assert saved("footer") == ["Мои записи", "Компаниям", "О клинике", "Найти"]
    body = Client().get("/branches/").content.decode()
    assert (
        '<a href="/pages/proba/">О клинике</a> <a href="/search/">Найти</a> <a href="/about/legal/"' in body
    )


def test_a_wrong_line_and_another_editors_menu_are_told_and_nothing_typed_is_lost(editor: Client) -> None:
    sent = {**form(editor), "new-path": "/nothing/", "new-title": "Пропавшее", "do": "save"}
    answer = editor.post(AT, sent)
    assert answer.status_code == 422
    assert 'value="Пропавшее"' in answer.content.decode()
    assert "/nothing/ на\u00a0сайте нет" in answer.content.decode()
    assert Menu.objects.count() == 0
    stale = form(editor)
    stale["title"][2] = "Сколько стоит"
    editor.post(AT, {**form(editor), "do": "remove-0"})
    answer = editor.post(AT, {**stale, "do": "remove-1"})
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "другой редактор" in body
    assert "Сейчас в&nbsp;меню: «Услуги», «Цены»" in body
    assert Menu.objects.count() == 1
    editor.post(AT, {**fields(body), "do": "save"})
    assert saved()[:2] == ["Врачи", "Сколько стоит"]


def test_a_menu_that_there_is_not_is_not_found_and_hostile_fields_do_nothing(editor: Client) -> None:
    assert editor.get("/desk/pages/menus/side/").status_code == 404
    hostile = {"seen": "0", "title": ["A"] * 99, "target": ["section:prices", "desk:", "x", "page:%00"] * 25}
    assert editor.post(AT, {**hostile, "do": "up-1"}).status_code == 422
    assert Menu.objects.count() == 0

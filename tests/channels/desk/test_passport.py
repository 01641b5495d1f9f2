"""«Паспорт сайта» and the page of information that patients read."""

import html
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from domain.passport.test_passport import fill_the_directory
from domain.scheduling.clinic import open_clinic
from feldsher.domain.passport.models import Answer
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = pytest.mark.django_db
LIST, ITEM, PUBLIC = "/desk/passport/", "/desk/passport/route/", "/about/legal/"
SENT = {"text": "Дом 12,\r\nсо двора.", "link": "https://clinic.example/map", "act": "save"}


@pytest.fixture
def editor() -> Client:
    open_clinic()
    fill_the_directory()
    return signed_in(Role.EDITOR)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def test_the_list_says_how_much_is_filled_and_what_is_red(editor: Client) -> None:
    page = text(editor, LIST)
    assert "Заполнено 35 %" in page
    assert page.count('class="badge badge-lost">нет<') == 24
    assert "Срок акта вышел: постановление Правительства РФ от 11.05.2023 № 736" in page
    assert editor.post(ITEM, SENT).status_code == 303
    page = text(editor, LIST)
    assert "Заполнено 37 %" in page
    assert "Изменено: Тестова И." in page


def test_an_answer_stands_on_the_public_page_and_goes_with_its_taking_back(editor: Client) -> None:
    assert "со двора" not in text(Client(), PUBLIC)
    editor.post(ITEM, SENT)
    page = text(Client(), PUBLIC)
    assert "<p>Дом 12,<br>со двора.</p>" in page
    assert 'href="https://clinic.example/map"' in page
    assert "ООО «Проба»: Л000-00000-00/00000000 от 03.02.2020, выдана: Росздравнадзор" in page
    assert "Анкета независимой оценки" not in page
    assert editor.post(ITEM, {"act": "back"}).status_code == 303
    assert "со двора" not in text(Client(), PUBLIC)
    assert re.search(r"Тестова И., .*; до .* \(Тестова И\.\)", text(editor, ITEM))


def test_what_stands_elsewhere_is_led_to(editor: Client) -> None:
    page = text(Client(), PUBLIC)
    for address, words in (
        ("/prices/", "Услуги и цены"),
        ("/doctors/", "Все врачи"),
        ("/policy/", "Политика"),
    ):
        assert f'<a href="{address}">{words}</a>' in page


def test_each_page_of_the_site_leads_to_the_information(editor: Client) -> None:
    for path in ("/", "/doctors/", "/policy/", "/look/", reverse("cabinet:cabinet")):
        assert 'href="/about/legal/"' in text(Client(), path)


def test_the_passport_leads_to_the_prices_and_to_each_entity_s_texts(editor: Client) -> None:
    page = text(Client(), PUBLIC)
    for key, address in (("prices", "/prices/"), ("contract", "/about/contract/")):
        _, _, item = page.partition(f'<div id="{key}">')
        assert re.findall('href="(.*?)"', item)[0] == address


def test_what_was_typed_stays_beside_its_fault(editor: Client) -> None:
    answer = editor.post(ITEM, {**SENT, "text": "<b>", "link": "javascript:1", "valid_until": "31.12.2027"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "&lt;b&gt;</textarea>" in page
    assert 'value="javascript:1"' in page
    assert 'value="2027-12-31"' in page
    answer = editor.post(ITEM, {**SENT, "valid_until": "завтра"})
    assert (answer.status_code, "31.12.2027" in answer.content.decode()) == (422, True)
    assert Answer.objects.count() == 0


def test_markup_of_an_editor_is_text_on_the_public_page(editor: Client) -> None:
    editor.post(ITEM, {**SENT, "text": "<script>alert(1)</script>"})
    page = Client().get(PUBLIC).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_chief_physician_reads_without_links_to_change(editor: Client) -> None:
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    assert "/desk/passport/route/" not in text(chief, LIST)
    assert chief.get(ITEM).status_code == 403
    assert chief.post(ITEM, SENT).status_code == 403
    assert signed_in(Role.REGISTRAR, login="registrar").get(LIST).status_code == 403


@pytest.mark.parametrize("path", ["/desk/passport/full_name/", "/desk/passport/nothing/"])
def test_what_nobody_answers_has_no_page(editor: Client, path: str) -> None:
    assert editor.get(path).status_code == 404
    assert editor.post(path, SENT).status_code == 404


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    editor: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    editor.post(ITEM, SENT)
    with signed_in_visitor(live_server, editor, look=look, size=size) as visitor:
        assert faults_of(visitor, (LIST, ITEM, "/desk/passport/hospital/", PUBLIC)) == []


@pytest.mark.slow
def test_the_markup_has_no_error(editor: Client, tmp_path: Path) -> None:
    editor.post(ITEM, SENT)
    bodies = [editor.get(address).content for address in (LIST, ITEM, "/desk/passport/hospital/", PUBLIC)]
    bodies.append(editor.post(ITEM, {"text": "<b>", "link": "x"}).content)
    assert markup_faults(bodies, tmp_path) == []

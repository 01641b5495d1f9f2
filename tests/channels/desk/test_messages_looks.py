"""The pages of messages by axe, on phone and desktop, and by the W3C's checker."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.desk.test_messages import OWN, PATH
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("/desk/messages/", PATH, "/desk/messages/reminder/")


@pytest.fixture
def editor() -> Client:
    client = signed_in(Role.EDITOR)
    assert client.post(PATH, {"text": OWN, "act": "save"}).status_code == 303
    return client


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    editor: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    with signed_in_visitor(live_server, editor, look=look, size=size) as visitor:
        assert faults_of(visitor, PAGES) == []
        visitor.page.goto(PATH)
        visitor.page.locator("[name=text]").fill(f"{OWN} Ваш врач")
        visitor.page.get_by_role("button", name="Показать").click()
        visitor.page.locator("#field-text-error").wait_for()
        assert visitor.faults() == []
        assert visitor.overflow() == 0


def test_the_markup_has_no_error(editor: Client, tmp_path: Path) -> None:
    bodies = [editor.get(address).content for address in PAGES]
    bodies.append(editor.post(PATH, {"text": "<b>{", "act": "save"}).content)
    assert markup_faults(bodies, tmp_path) == []

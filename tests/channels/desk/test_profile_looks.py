"""A doctor's record with profile and photograph, and the site's pages of it, by axe and vnu."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.desk.test_profile import file, url
from domain.directory.drawings import snapshot as photograph
from domain.directory.factory import EYE, MIS, row, snapshot
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot())
    client = signed_in(Role.EDITOR)
    sent = {
        "about": "Лечит глаза.\n\nПринимает взрослых и детей с трёх лет, ведёт после операций.",
        "career_start": "2012",
        "category": "врач высшей категории",
        "degree": "кандидат медицинских наук",
        "education": "Специалитет; Примерный медицинский университет; 2010; лечебное дело\n"
        "Ординатура; Примерная академия; 2012; офтальмология",
        "certificates": "Аккредитация; офтальмология; 31.12.2030\nСертификат; терапия; 31.01.2025",
    }
    assert client.post(url(), sent).status_code == 303
    assert client.post(f"{url()}photo/", {"photo": file(photograph())}).status_code == 303
    return client


def site_pages() -> tuple[str, ...]:
    return (f"/doctors/{row(Kind.PRACTITIONER, EYE.id)}/", "/doctors/")


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    editor: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    addresses = (url(), f"{url()}photo/remove/", "/desk/directory/missing/", "/desk/maps/")
    doctor = site_pages()[0]
    with signed_in_visitor(live_server, editor, look=look, size=size) as visitor:
        assert faults_of(visitor, addresses) == []
        visitor.page.goto(doctor)
        assert visitor.overflow() == 0
        photo = visitor.page.locator("img.portrait")
        assert photo.evaluate("(image) => [image.complete, image.naturalWidth > 0]") == [True, True]


def test_every_page_is_valid(editor: Client, tmp_path: Path) -> None:
    bodies = [editor.get(address).content for address in (url(), f"{url()}photo/remove/", "/desk/maps/")]
    bodies += [editor.post(f"{url()}photo/").content, editor.post(url(), {"education": "x"}).content]
    bodies += [Client().get(address).content for address in site_pages()]
    assert markup_faults(bodies, tmp_path) == []


def test_a_photograph_is_put_by_the_keyboard_alone(
    editor: Client, live_server: LiveServer, tmp_path: Path
) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(photograph(size=(700, 900)))
    address = url()
    with signed_in_visitor(live_server, editor, look="", size=(1280, 800)) as visitor:
        visitor.page.goto(address)
        was = visitor.page.locator(".photo-now").get_attribute("src")
        visitor.page.set_input_files("#field-photo", str(picture))
        visitor.page.locator("#field-photo").focus()
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url("**saved=1")
        assert visitor.page.locator(".photo-now").get_attribute("src") != was

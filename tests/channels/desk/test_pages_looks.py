"""Editors' pages and their reviews by axe and by the W3C's checker; the editor in a browser."""

import os
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import entered, signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.site.test_editorial import EVERYTHING
from domain.editorial.factory import DOSE, doctor, draft, published, read, staff
from feldsher.domain.editorial import services
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PUBLIC = ("/news/", "/news/proba/", "/articles/suhoy/", "/promotions/")


@pytest.fixture
def reviewed() -> tuple[Client, str]:
    """Publish a page of each block and an approved article that was changed since; returns its doctor."""
    published(body=EVERYTHING)
    key = doctor()
    who = staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    body = [{"type": "text", "value": DOSE}]
    row = draft(
        PageKind.ARTICLE, slug="suhoy", title="Сухой глаз", body=body, author=key, reviewer=key, is_ready=True
    )
    services.approve(who, page=row.pk, digest=read(row), months=12)
    row.refresh_from_db()
    later = row.get_latest_revision_as_object()
    later.body = [{"type": "text", "value": DOSE.replace("2 капли", "3 капли")}]
    revision = later.save_revision()
    return entered("doctor"), f"/desk/reviewing/{row.pk}/{revision.pk}/"


def picture(visitor: object, name: str) -> None:
    if folder := os.environ.get("ED_PICTURES"):
        visitor.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    reviewed: tuple[Client, str], live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    client, address = reviewed
    with signed_in_visitor(live_server, client, look=look, size=size) as visitor:
        for number, at in enumerate(("/desk/reviewing/", address, *PUBLIC)):
            visitor.page.goto(at)
            picture(visitor, f"{size[0]}-{number}")
        assert faults_of(visitor, ("/desk/reviewing/", address, *PUBLIC)) == []


def test_the_markup_has_no_error(reviewed: tuple[Client, str], tmp_path: Path) -> None:
    client, address = reviewed
    bodies = [Client().get(at).content for at in PUBLIC]
    bodies += [client.get(at).content for at in ("/desk/reviewing/", address)]
    bodies.append(client.post(address, {"word": "return", "note": ""}).content)
    bodies.append(signed_in(Role.EDITOR).get("/desk/pages/").content)
    assert markup_faults(bodies, tmp_path) == []


def test_the_editor_runs_under_its_policy(live_server: LiveServer) -> None:
    """Two scripts are refused: inline ones of the fields «when to publish», which are typed by hand."""
    row = draft()
    client = signed_in(Role.EDITOR)
    with signed_in_visitor(live_server, client, look="", size=(1280, 860)) as visitor:
        said: list[str] = []
        visitor.page.on("console", lambda message: said.append(message.text))
        visitor.page.goto(f"/desk/editorial/pages/{row.pk}/edit/")
        visitor.page.locator("[data-contentpath=body] .public-DraftEditor-content").wait_for()
        visitor.page.wait_for_timeout(1500)
        picture(visitor, "editor")
        visitor.page.goto("/desk/editorial/")
        picture(visitor, "editor-home")
        refused = [text for text in said if "Content Security Policy" in text or "Refused" in text]
        assert len(refused) == 2
        assert all("inline script" in text for text in refused)

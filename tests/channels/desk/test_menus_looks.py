"""The menus of a site at their longest, and the form that arranges them, in a browser."""

import os
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from domain.editorial.factory import published, staff
from feldsher.domain.editorial import services
from feldsher.domain.editorial.types import (
    HEADER_LETTERS,
    MENU_LINES,
    MENU_TITLE,
    MenuLine,
    MenuPlace,
    PageKind,
    TargetKind,
)
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("/desk/pages/menus/header/", "/desk/pages/menus/footer/")
WIDE = "Ш" * (MENU_TITLE - 12)
"""One word of the widest letter; no line breaks inside of it."""


@pytest.fixture
def longest() -> Client:
    """Fill both menus to their ends with titles of the greatest length."""
    who = staff("arranger", Role.EDITOR)
    rows = [
        published(PageKind.LANDING, slug=f"p{number}", title=f"Страница {number}") for number in range(12)
    ]
    header = [*(WIDE + "ё" for _ in range(4)), *("Мы", "Ещё", "Где", "До нас")]
    footer = [f"{WIDE} и ещё {number:05}" for number in range(MENU_LINES[MenuPlace.FOOTER])]
    assert sum(map(len, header)) == HEADER_LETTERS
    assert {len(title) for title in footer} == {MENU_TITLE}
    for place, titles in ((MenuPlace.HEADER, header), (MenuPlace.FOOTER, footer)):
        lines = [
            MenuLine(title, TargetKind.PAGE, str(row.pk)) for title, row in zip(titles, rows, strict=False)
        ]
        assert len(lines) == MENU_LINES[place]
        services.save_menu(place, lines, seen=0, staff=who)
    rows[0].unpublish()
    return signed_in(Role.EDITOR)


def test_nothing_sticks_out_at_any_width_and_no_page_has_a_fault(
    longest: Client, live_server: LiveServer, tmp_path: Path
) -> None:
    bodies = [longest.get(at).content for at in PAGES]
    bodies += [Client().get("/branches/").content]
    bodies += [longest.post(PAGES[0], {"seen": "1", "title": "", "target": "section:prices"}).content]
    assert markup_faults(bodies, tmp_path) == []
    with signed_in_visitor(live_server, longest, look="", size=(390, 844)) as visitor:
        for width in (320, 390, 768, 1024, 1280):
            visitor.page.set_viewport_size({"width": width, "height": 860})
            visitor.page.goto("/branches/")
            if width < 768:
                visitor.page.locator(".menu summary").click()
            assert (width, visitor.overflow()) == (width, 0)
            if folder := os.environ.get("ED_PICTURES"):
                visitor.page.screenshot(path=f"{folder}/menu-{width}.png")
        assert visitor.faults() == []
    for look, size in LOOKS:
        with signed_in_visitor(live_server, longest, look=look, size=size) as visitor:
            assert faults_of(visitor, PAGES) == []
            if folder := os.environ.get("ED_PICTURES"):
                visitor.page.screenshot(path=f"{folder}/desk-menus-{size[0]}.png", full_page=True)

"""A browser that looks at the pages of somebody who has signed in, on phone and desktop."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from support.markup import needed

LOOKS: Final = [("", (390, 844)), ("dark...", (1280, 800)), (".200.wide.", (320, 640))]
"""Looks and sizes of the window: a phone, a desktop in the dark, letters of 200 % on the smallest one."""


@contextmanager
def signed_in_visitor(
    site: LiveServer, client: Client, *, look: str, size: tuple[int, int]
) -> Iterator[Visitor]:
    """Start a browser with the session of somebody who has signed in.

    While it runs, nobody here may ask the database.
    """
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")
    key = client.cookies["desk"].value
    connection.close()
    with browser() as started:
        visitor = visit(started, site.url, size=size, look=look)
        cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
        visitor.page.context.add_cookies([cookie])
        yield visitor


def faults_of(visitor: Visitor, addresses: Iterable[str]) -> list[tuple[str, str]]:
    """Return what axe finds on each page, and whether anything sticks out."""
    found = []
    for address in addresses:
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
        found += [(address, "sticks out")] if visitor.overflow() else []
    visitor.check()
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field has the focus; a field of a date takes several."""
    for _ in range(8):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not to be reached")


def name_caller(page: Page) -> None:
    """Say by keys alone, on the page of a time that was just held, who comes; returns to the schedule."""
    page.wait_for_url("**/desk/book/*-*/")
    page.wait_for_function("document.activeElement.name === 'family'")
    caller = {"family": "Звонкова", "given": "Анна", "phone": "89000000077", "consent": ""}
    for name, text in caller.items():
        tab_to(page, name)
        page.keyboard.type(text)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Сейчас: записываем").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url("**/desk/schedule/*")

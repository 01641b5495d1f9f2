"""Passkeys and the lock in a real browser, with Chromium's virtual authenticator (C27, C29)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, CDPSession, Page, Request, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from channels.desk.conftest import Busy
from channels.desk.factory import PASSWORD, signed_in, with_app
from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access import selectors, unlock
from feldsher.foundation.access.models import Passkey, StaffSession
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock
from support.aside import aside
from support.authenticator import authenticator

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIN = "5093"
REASON = "Авария на подстанции"


@dataclass
class Room:
    """A browser at the desk, the server's clock, and what the browser has sent about passkeys."""

    visitor: Visitor
    monkeypatch: pytest.MonkeyPatch
    sent: list[tuple[str, str]] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def sign_in(self, login: str = "vera") -> None:
        self.page.goto("/desk/sign-in/")
        self.page.get_by_label("Логин").fill(login)
        self.page.get_by_label("Пароль").fill(PASSWORD)
        self.page.get_by_role("button", name="Войти").click()

    def authenticator(self) -> tuple[CDPSession, str]:
        return authenticator(self.page)

    def add_passkey(self) -> None:
        self.page.goto("/desk/me/")
        self.page.get_by_label("Как назвать").fill("Ноутбук")
        self.page.get_by_role("button", name="Добавить ключ").click()
        expect(self.page.get_by_role("heading", name="Резервные коды", level=1)).to_be_visible()

    def pass_(self, **passed: float) -> None:
        """Let time pass on the server."""
        moment = clock.now() + timedelta(**passed)
        self.monkeypatch.setattr(clock, "now", lambda: moment)

    def on_request(self, request: Request) -> None:
        if "answer=" in (request.post_data or ""):
            self.sent.append((request.url, request.post_data or ""))


@pytest.fixture
def room(
    busy: Busy, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    assert Path(CHROMIUM).is_file(), "no chromium: apt-get install chromium"
    assert AXE.is_file(), "no axe: npm ci --prefix frontend/checks"
    settings.SITE_URL = live_server.url
    signed_in(Role.REGISTRAR).post("/desk/sign-out/")
    connection.close()
    with browser() as chromium:
        visitor = visit(chromium, live_server.url, size=(1280, 800))
        made = Room(visitor, monkeypatch)
        made.page.on("request", made.on_request)
        yield made
        visitor.check()


def set_pin() -> None:
    aside(lambda: unlock.set_pin(selectors.all_staff()[0].id, PIN))


def test_c27_a_passkey_is_made_and_opens_the_second_step(room: Room) -> None:
    room.sign_in()
    room.authenticator()
    room.add_passkey()
    room.page.get_by_role("button", name="Получить коды").click()
    expect(room.page.locator(".codes li")).to_have_count(10)
    room.page.get_by_role("link", name="Сохранил коды").click()
    expect(room.page.get_by_role("heading", name="Ключ доступа: Ноутбук")).to_be_visible()
    assert room.visitor.faults() == []
    room.page.get_by_role("button", name="Выйти").click()
    room.sign_in()
    expect(room.page.get_by_role("heading", name="Второй шаг входа")).to_be_visible()
    assert room.visitor.faults() == []
    room.page.get_by_role("button", name="Войти ключом доступа").click()
    expect(room.page.get_by_role("heading", name="Нужен человек")).to_be_visible()
    row = aside(Passkey.objects.get)
    assert row.used_at is not None
    assert row.sign_count > 1


def test_c27_a_key_that_checks_nobody_and_an_answer_for_another_origin_open_nothing(
    room: Room, settings: Settings
) -> None:
    room.sign_in()
    cdp, authenticator = room.authenticator()
    room.add_passkey()
    room.page.goto("/desk/")
    room.page.get_by_role("button", name="Выйти").click()
    room.sign_in()
    room.visitor.refusals |= {422}
    button = room.page.get_by_role("button", name="Войти ключом доступа")
    status = room.page.locator("[data-passkey-status]")
    settings.SITE_URL = "http://localhost:1"
    button.click()
    expect(status).to_contain_text("Ключ не\u00a0подошёл")
    settings.SITE_URL = room.visitor.page.url.partition("/desk")[0]
    aside(lambda: Passkey.objects.update(sign_count=10_000))
    button.click()
    expect(status).to_contain_text("Ключ не\u00a0подошёл")
    aside(lambda: Passkey.objects.update(sign_count=0))
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    button.click()
    expect(status).to_contain_text("Браузер не подтвердил ключ")
    assert aside(StaffSession.objects.get).opened_at is None


def test_c27_an_answer_is_good_once_and_for_its_own_question(room: Room) -> None:
    room.sign_in()
    room.authenticator()
    room.add_passkey()
    room.page.goto("/desk/")
    room.page.get_by_role("button", name="Выйти").click()
    room.sign_in()
    room.page.get_by_role("button", name="Войти ключом доступа").click()
    expect(room.page.get_by_role("heading", name="Нужен человек")).to_be_visible()
    _, body = room.sent[-1]
    aside(lambda: Passkey.objects.update(sign_count=0))
    assert aside(lambda: replayed(body)) == [422, 422, 303]


def replayed(body: str) -> list[int]:
    """Send an answer that was good once to a session of its own: unasked, then asked; then try a page."""
    thief, kind = Client(), "application/x-www-form-urlencoded"
    address = "/desk/sign-in/passkey/"
    thief.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    unasked = thief.post(address, body, content_type=kind).status_code
    question: dict[str, Any] = thief.post(address).json()
    assert question["publicKey"]["userVerification"] == "required"
    asked = thief.post(address, body, content_type=kind).status_code
    return [unasked, asked, thief.get("/desk/").status_code]


def fill_half(room: Room) -> None:
    room.page.clock.install(time=datetime.fromisoformat("2026-11-25T09:00:00+03:00"))
    room.page.goto("/desk/stops/everything/")
    room.page.get_by_label("Причина").fill(REASON)


def test_c29_a_half_filled_form_survives_the_lock(room: Room) -> None:
    set_pin()
    room.sign_in()
    fill_half(room)
    room.pass_(minutes=16)
    room.page.clock.fast_forward("16:00")
    layer = room.page.get_by_role("dialog", name="Экран заблокирован")
    expect(layer).to_be_visible()
    expect(room.page.get_by_label("Причина")).not_to_be_visible()
    expect(room.page.locator("h1")).not_to_be_visible()
    assert room.visitor.faults() == []
    assert not room.visitor.overflow()
    room.page.keyboard.press("Escape")
    room.page.keyboard.press("Escape")
    expect(layer).to_be_visible()
    room.visitor.refusals |= {422}
    layer.get_by_label("PIN").fill("0001")
    layer.get_by_role("button", name="Открыть", exact=True).click()
    expect(layer).to_contain_text("Осталось: 4\u00a0попытки")
    layer.get_by_label("PIN").fill(PIN)
    room.page.keyboard.press("Enter")
    expect(layer).not_to_be_visible()
    expect(room.page.get_by_label("Причина")).to_have_value(REASON)
    room.page.get_by_role("button", name="Показать, что прочтут").click()
    expect(room.page.get_by_role("heading", name="Остановить всю онлайн-запись?")).to_be_visible()


def test_c29_a_form_that_is_sent_when_the_time_has_come_waits_for_the_lock(room: Room) -> None:
    set_pin()
    room.sign_in()
    fill_half(room)
    room.pass_(minutes=16)
    room.page.clock.set_system_time(datetime.fromisoformat("2026-11-25T09:16:00+03:00"))
    room.page.get_by_role("button", name="Показать, что прочтут").click()
    layer = room.page.get_by_role("dialog", name="Экран заблокирован")
    layer.get_by_label("PIN").fill(PIN)
    room.page.keyboard.press("Enter")
    expect(room.page.get_by_role("heading", name="Остановить всю онлайн-запись?")).to_be_visible()
    expect(room.page.get_by_text(REASON)).to_have_count(0)
    assert not aside(scheduling.live_stops)


def test_c29_without_the_script_what_was_sent_waits_on_the_page_of_the_lock(
    room: Room, live_server: LiveServer
) -> None:
    set_pin()
    chromium: Browser | None = room.page.context.browser
    assert chromium is not None
    plain = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = plain.new_page()
    page.goto("/desk/sign-in/")
    page.get_by_label("Логин").fill("vera")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    page.goto("/desk/stops/everything/")
    page.get_by_label("Причина").fill(REASON)
    room.pass_(minutes=16)
    page.get_by_role("button", name="Показать, что прочтут").click()
    expect(page.get_by_role("heading", name="Экран заблокирован")).to_be_visible()
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Открыть").click()
    page.get_by_role("button", name="Остановить всю запись").click()
    expect(page).to_have_url(f"{live_server.url}/desk/stops/")
    (stop,) = aside(scheduling.live_stops)
    assert stop.reason == REASON
    plain.close()


def test_c29_a_passkey_opens_the_layer_and_the_page_of_the_lock(room: Room) -> None:
    room.sign_in()
    room.authenticator()
    room.add_passkey()
    fill_half(room)
    room.pass_(minutes=16)
    room.page.clock.fast_forward("16:00")
    layer = room.page.get_by_role("dialog", name="Экран заблокирован")
    layer.get_by_role("button", name="Открыть ключом доступа").click()
    expect(layer).not_to_be_visible()
    expect(room.page.get_by_label("Причина")).to_have_value(REASON)
    room.pass_(minutes=16)
    room.visitor.refusals |= {403}
    room.page.goto("/desk/sync/")
    assert room.visitor.faults() == []
    room.page.get_by_role("button", name="Открыть ключом доступа").click()
    expect(room.page).to_have_url(f"{room.visitor.page.url.partition('/desk')[0]}/desk/sync/")
    expect(room.page.get_by_role("button", name="Выйти")).to_be_visible()


def test_c29_a_passkey_on_the_page_of_the_lock_sends_on_what_was_sent(room: Room) -> None:
    room.sign_in()
    room.authenticator()
    room.add_passkey()
    room.page.goto("/desk/stops/everything/")
    room.page.get_by_label("Причина").fill(REASON)
    room.pass_(minutes=16)
    room.visitor.refusals |= {403}
    room.page.get_by_role("button", name="Показать, что прочтут").click()
    expect(room.page.get_by_role("heading", name="Экран заблокирован")).to_be_visible()
    room.page.get_by_role("button", name="Открыть ключом доступа").click()
    room.page.get_by_role("button", name="Остановить всю запись").click()
    expect(room.page.get_by_text(REASON)).to_be_visible()


def test_c27_a_new_passkey_asks_for_the_password_when_it_is_long_ago(room: Room) -> None:
    room.sign_in()
    room.authenticator()
    room.pass_(minutes=11)
    room.page.goto("/desk/me/")
    room.page.get_by_role("button", name="Добавить ключ").click()
    room.page.get_by_label("Пароль").fill(PASSWORD)
    room.page.get_by_role("button", name="Продолжить").click()
    room.page.get_by_role("button", name="Добавить ключ").click()
    expect(room.page.get_by_role("heading", name="Резервные коды", level=1)).to_be_visible()
    room.page.goto("/desk/me/")
    room.page.get_by_role("button", name="Удалить ключ").click()
    expect(room.page.get_by_text("Ключ удалён.")).to_be_visible()
    assert aside(Passkey.objects.count) == 0


def test_c29_who_has_neither_signs_in_in_another_tab_and_the_form_is_still_there(room: Room) -> None:
    room.sign_in()
    fill_half(room)
    room.pass_(minutes=16)
    room.page.clock.fast_forward("16:00")
    layer = room.page.get_by_role("dialog", name="Экран заблокирован")
    with room.page.context.expect_page() as opened:
        layer.get_by_role("link", name="Войти в новой вкладке").click()
    tab = opened.value
    tab.get_by_label("Логин").fill("vera")
    tab.get_by_label("Пароль").fill(PASSWORD)
    tab.get_by_role("button", name="Войти").click()
    expect(tab.get_by_role("heading", name="Нужен человек")).to_be_visible()
    tab.close()
    room.page.clock.fast_forward("00:06")
    expect(layer).not_to_be_visible()
    expect(room.page.get_by_label("Причина")).to_have_value(REASON)
    room.page.get_by_role("button", name="Показать, что прочтут").click()
    expect(room.page.get_by_role("heading", name="Остановить всю онлайн-запись?")).to_be_visible()


def test_c29_who_types_is_not_idle(room: Room) -> None:
    set_pin()
    room.sign_in()
    fill_half(room)
    for _ in range(3):
        room.pass_(minutes=10)
        room.page.clock.fast_forward("10:00")
        with room.page.expect_response("**/desk/lock/"):
            room.page.get_by_label("Причина").press("End")
    room.page.clock.fast_forward("00:10")
    expect(room.page.get_by_role("dialog", name="Экран заблокирован")).not_to_be_visible()
    expect(room.page.get_by_label("Причина")).to_have_value(REASON)


@pytest.mark.parametrize(
    ("look", "size"),
    [
        ("", (390, 844)),
        ("dark...", (1280, 800)),
        ("contrast-light...", (390, 844)),
        (".200.wide.", (320, 640)),
    ],
)
@pytest.mark.usefixtures("owner")
def test_no_page_of_the_doors_has_a_fault(
    busy: Busy,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    look: str,
    size: tuple[int, int],
) -> None:
    assert AXE.is_file(), "no axe: npm ci --prefix frontend/checks"
    signed_in(Role.REGISTRAR)
    admin = signed_in(Role.SYSTEM_ADMIN, login="admin")
    ids = {each.login: each.id for each in selectors.all_staff()}
    vera, own = ids["vera"], ids["admin"]
    admin.post(f"/desk/staff/{vera}/", {"role": "nurse"})
    admin.post("/desk/me/app/")
    unlock.set_pin(own, PIN)
    with_app()
    key = admin.cookies["desk"].value
    connection.close()
    found: list[tuple[str, object]] = []
    with browser() as chromium:
        visitor = visit(chromium, live_server.url, size=size, look=look)
        visitor.refusals |= {403}
        room = Room(visitor, monkeypatch)
        room.sign_in()
        addresses = ["/desk/staff/", f"/desk/staff/{vera}/", "/desk/me/app/", "/desk/sign-in/", "/desk/sync/"]
        for address in ("/desk/sign-in/second/", *addresses):
            if address == "/desk/sign-in/":
                room.pass_(minutes=16)
            visitor.page.goto(address)
            found += [(address, fault) for fault in visitor.faults()]
            found += [(address, "sticks out")] if visitor.overflow() else []
            if address == "/desk/sign-in/second/":
                cookie = {"name": "desk", "value": key, "domain": "localhost", "path": "/desk/"}
                visitor.page.context.add_cookies([cookie])
        expect(visitor.page.get_by_role("heading", name="Экран заблокирован")).to_be_visible()
        visitor.check()
    assert found == []

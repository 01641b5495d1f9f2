"""Passkeys of patients in a real browser, with Chromium's virtual authenticator: in place of an SMS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import CDPSession, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from channels.cabinet.factory import NOBODY, OTHER, PETER, entered
from channels.desk.conftest import Busy, busy
from channels.site.browser import AXE, CHROMIUM, Visitor, browser, visit
from feldsher.foundation.access import phone_passkeys
from feldsher.foundation.access.models import PasskeyQuestion, PhonePasskey, PhoneSession
from feldsher.kernel import clock
from support.aside import aside
from support.authenticator import authenticator
from support.sms import Phones, deliver

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["busy"]
MAKE, USE = "Сделать ключ на\u00a0этом устройстве", "Войти ключом доступа"


@dataclass
class Phone:
    """A patient's phone: its browser, its authenticator, and the server's clock."""

    visitor: Visitor
    cdp: CDPSession
    authenticator: str
    monkeypatch: pytest.MonkeyPatch

    @property
    def page(self) -> Page:
        return self.visitor.page

    def enter(self, client: Client) -> None:
        """Take over the session of a client that has signed in by a code."""
        cookie = {"name": "lk", "value": client.cookies["lk"].value, "domain": "localhost", "path": "/lk/"}
        self.page.context.add_cookies([cookie])

    def make(self) -> None:
        self.page.goto("/lk/devices/")
        self.page.get_by_role("button", name=MAKE).click()
        expect(self.page.get_by_role("button", name="Удалить")).to_be_visible()

    def leave(self) -> None:
        self.page.get_by_role("button", name="Выйти").click()
        expect(self.page.get_by_role("button", name="Получить код")).to_be_visible()

    def use(self) -> None:
        self.page.get_by_role("button", name=USE).click()

    def pass_(self, **passed: float) -> None:
        moment = clock.now() + timedelta(**passed)
        self.monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def phone(
    busy: Busy, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, sms: Phones
) -> Iterator[Phone]:
    assert Path(CHROMIUM).is_file(), "no chromium: apt-get install chromium"
    assert AXE.is_file(), "no axe: npm ci --prefix frontend/checks"
    settings.SITE_URL = live_server.url
    client = entered(sms, PETER)
    connection.close()
    with browser() as chromium:
        visitor = visit(chromium, live_server.url, size=(390, 844))
        cdp, handle = authenticator(visitor.page)
        found = Phone(visitor, cdp, handle, monkeypatch)
        found.enter(client)
        yield found
        visitor.check()


def test_a_passkey_opens_the_own_visits_without_an_sms(phone: Phone, sms: Phones) -> None:
    phone.make()
    assert phone.visitor.faults() == []
    phone.leave()
    assert phone.visitor.faults() == []
    before = len(sms.texts)
    phone.use()
    expect(phone.page.get_by_role("button", name="Выйти")).to_be_visible()
    expect(phone.page.get_by_role("link", name="Кто открывал мои данные")).to_be_visible()
    assert len(sms.texts) == before
    row = aside(PhonePasskey.objects.get)
    assert row.used_at is not None
    session = aside(lambda: PhoneSession.objects.get(ended_at=None))
    assert (session.is_kept, session.proved_at) == (False, row.until - phone_passkeys.LIFE)
    assert aside(PasskeyQuestion.objects.count) == 0


def test_a_passkey_ends_half_a_year_after_the_code_and_no_use_prolongs_it(phone: Phone) -> None:
    phone.make()
    phone.leave()
    phone.pass_(days=179)
    phone.use()
    expect(phone.page.get_by_role("button", name="Выйти")).to_be_visible()
    phone.page.goto("/lk/devices/")
    phone.leave()
    phone.pass_(days=1)
    phone.visitor.refusals |= {422}
    phone.use()
    expect(phone.page.locator("[data-passkey-status]")).to_contain_text("Ключ не\u00a0подошёл")
    assert aside(phone_passkeys.forget) == 1


def test_who_holds_the_phone_removes_a_passkey_and_nobody_else_does(phone: Phone, sms: Phones) -> None:
    phone.make()
    row = aside(PhonePasskey.objects.get)
    address = f"/lk/devices/passkeys/{row.id}/remove/"
    assert aside(lambda: entered(sms, OTHER).post(address).status_code) == 404
    assert aside(lambda: entered(sms, NOBODY).post(address).status_code) == 404
    assert aside(PhonePasskey.objects.count) == 1
    phone.page.get_by_role("button", name="Удалить").click()
    expect(phone.page.get_by_role("button", name="Удалить")).to_have_count(0)
    phone.leave()
    phone.visitor.refusals |= {422}
    phone.use()
    expect(phone.page.locator("[data-passkey-status]")).to_contain_text("Ключ не\u00a0подошёл")


def test_a_passkey_is_made_soon_after_the_code_alone(phone: Phone) -> None:
    phone.page.goto("/lk/devices/")
    phone.pass_(minutes=10)
    phone.visitor.refusals |= {422}
    phone.page.get_by_role("button", name=MAKE).click()
    expect(phone.page.locator("[data-passkey-status]")).to_contain_text("Войдите".lower())
    assert aside(PhonePasskey.objects.count) == 0


def test_its_holder_hears_of_it_and_ends_it_with_the_session_and_what_it_opened(
    phone: Phone, sms: Phones
) -> None:
    phone.make()
    aside(deliver)
    assert "сделан ключ входа на ваш номер" in sms.texts[-1][1]
    first = aside(PhonePasskey.objects.get).made_in
    phone.leave()
    phone.use()
    expect(phone.page.get_by_role("button", name="Выйти")).to_be_visible()

    def from_another_device() -> int:
        PhoneSession.objects.filter(pk=first).update(
            ended_at=None, phone=PhoneSession.objects.get(ended_at=None).phone
        )
        browser = entered(sms, PETER)
        return browser.post(f"/lk/devices/{first}/end/").status_code

    phone.pass_(minutes=2)
    assert aside(from_another_device) == 303
    assert aside(PhonePasskey.objects.count) == 0
    phone.page.goto("/lk/")
    expect(phone.page.get_by_role("button", name="Получить код")).to_be_visible()


@pytest.mark.parametrize("answer", ["[" * 16_000, "x" * 50_000, "{}", '{"rawId": 1}'])
def test_an_answer_that_is_none_is_refused(answer: str, settings: Settings) -> None:
    settings.SITE_URL = "https://clinic.example"
    client = Client()
    assert client.post("/lk/passkey/").status_code == 200
    assert client.post("/lk/passkey/", {"answer": answer}).status_code == 422


def test_an_answer_is_good_once_for_its_own_browser_and_its_own_question(phone: Phone, sms: Phones) -> None:
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.post_data or ""))
    phone.make()
    phone.leave()
    phone.use()
    expect(phone.page.get_by_role("button", name="Выйти")).to_be_visible()
    body = next(each for each in reversed(sent) if "answer=" in each)
    asker = next(each for each in phone.page.context.cookies() if each["name"] == "lk-code")["value"]

    def replayed() -> list[int]:
        PhonePasskey.objects.update(sign_count=0)
        found = []
        for token in (asker, "x" * 43):
            thief, kind = Client(), "application/x-www-form-urlencoded"
            thief.cookies["lk-code"] = token
            found.append(thief.post("/lk/passkey/", body, content_type=kind).status_code)
            assert thief.post("/lk/passkey/").status_code == 200
            found.append(thief.post("/lk/passkey/", body, content_type=kind).status_code)
            assert "Выйти" not in thief.get("/lk/").content.decode()
        return found

    assert aside(replayed) == [422, 422, 422, 422]


def test_a_key_that_checks_nobody_and_another_origin_open_nothing(phone: Phone, settings: Settings) -> None:
    phone.make()
    phone.leave()
    phone.visitor.refusals |= {422}
    status = phone.page.locator("[data-passkey-status]")
    here, settings.SITE_URL = settings.SITE_URL, "http://localhost:1"
    phone.use()
    expect(status).to_contain_text("Ключ не\u00a0подошёл")
    settings.SITE_URL = here
    phone.page.reload()
    aside(lambda: PhonePasskey.objects.update(sign_count=10_000))
    phone.use()
    expect(status).to_contain_text("Ключ не\u00a0подошёл")
    phone.page.reload()
    verified = {"authenticatorId": phone.authenticator, "isUserVerified": False}
    phone.cdp.send("WebAuthn.setUserVerified", verified)
    phone.use()
    expect(status).to_contain_text("Браузер не подтвердил ключ")

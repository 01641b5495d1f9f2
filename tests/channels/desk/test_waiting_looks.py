"""The waiting list at the desk by axe and the W3C's checker, on phone and desktop, and by keyboard alone."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.desk.test_waiting import LIST, a_phone_waits, offered_to
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def registrar(busy: Busy, settings: Settings) -> Client:
    """Who meets a list of a visit and two phones, a time offered to the visit and to one of these."""
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    visit = busy.accepted()
    services.wait_for_sooner(visit, token=appointment_token(visit))
    for number in range(2):
        a_phone_waits(number=number)
    for number, wish in enumerate(Wish.objects.order_by("created_at", "chain")[:2]):
        offered_to(busy, wish, minutes=60 * number)
    return signed_in(Role.REGISTRAR)


def addresses() -> tuple[str, ...]:
    visit = Wish.objects.get(chain__isnull=False).chain
    asked = (LIST, f"{LIST}add/", f"/desk/visits/{visit}/sooner/")
    return *asked, *(f"{LIST}{wish.pk}/" for wish in Wish.objects.order_by("created_at"))


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    registrar: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    found = addresses()
    with signed_in_visitor(live_server, registrar, look=look, size=size) as visitor:
        assert faults_of(visitor, found) == []
        visitor.page.goto(f"{LIST}add/")
        visitor.page.get_by_role("button", name="Добавить").click()
        visitor.page.locator("#field-phone-error").wait_for()
        assert visitor.faults() == []
        assert visitor.overflow() == 0


def test_who_calls_is_added_by_the_keyboard_alone(registrar: Client, live_server: LiveServer) -> None:
    with signed_in_visitor(live_server, registrar, look="", size=(1280, 800)) as visitor:
        page = visitor.page
        page.goto(f"{LIST}add/")
        keys = page.keyboard
        keys.type("8 900 000-08-77")
        keys.press("Tab")
        keys.press("Tab")
        for _ in range(2):
            keys.press("ArrowDown")
        for _ in range(20):
            keys.press("Tab")
            if page.evaluate("document.activeElement.name") == "consent":
                break
        keys.press("Space")
        keys.press("Enter")
        page.get_by_role("heading", name="в очереди").wait_for()
        assert page.get_by_text("+7 900 000-08-77").count() == 1
    assert Wish.objects.filter(specialty="oftalmologiya").count() == 1


def test_the_markup_has_no_error(registrar: Client, tmp_path: Path) -> None:
    bodies = [registrar.get(address).content for address in addresses()]
    bodies.append(registrar.post(f"{LIST}add/", {"phone": "12"}).content)
    bodies.append(registrar.post(f"{LIST}{Wish.objects.latest('created_at').pk}/withdraw/").content)
    assert markup_faults(bodies, tmp_path) == []

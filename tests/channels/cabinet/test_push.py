"""«Напоминания на экране»: switching a device on and off, whose it is, and what sign-out ends."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.cabinet.factory import LEAVE, NOBODY, OTHER, entered, text_of
from feldsher.channels.frontend.own_session import OWN_SESSION
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.foundation.messaging.models import PushDevice
from support.push import Screens, screens
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES, DEVICES = "/lk/messages/", "/lk/messages/devices/"
GIVEN = {"endpoint": "https://push.example/one", "p256dh": "a-point", "auth": "a-secret"}
CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"


@pytest.fixture
def sender() -> Iterator[Screens]:
    with screens() as found:
        yield found


def switch_on(browser: Client, **changes: str) -> tuple[int, dict[str, str]]:
    answer = browser.post(DEVICES, GIVEN | changes, headers={"User-Agent": CHROME})
    return answer.status_code, answer.json()


def off(device: object) -> str:
    return f"{DEVICES}{device}/end/"


def test_without_keys_no_page_offers_push(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    page = text_of(browser.get(MESSAGES))
    assert "Напоминания на экране" not in page
    assert switch_on(browser) == (422, {"code": "push_not_taken", "sentence": page and _refused()})


def _refused() -> str:
    return (
        "Уведомления этого браузера у\u00a0нас не\u00a0работают. Напоминания придут по\u00a0SMS, делать "
        "ничего не\u00a0нужно."
    )


@pytest.mark.usefixtures("sender")
def test_a_device_is_switched_on_seen_and_switched_off(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    assert 'data-push="a-key"' in text_of(browser.get(MESSAGES))
    assert switch_on(browser) == (200, {"next": MESSAGES})
    assert switch_on(browser) == (200, {"next": MESSAGES})
    page = text_of(browser.get(MESSAGES))
    assert page.count("Chrome, Android") == 2, "its name, and the name of its button"
    assert "push.example" not in page
    (device,) = PushDevice.objects.all()
    assert browser.post(off(device.id))["Location"] == MESSAGES
    assert PushDevice.objects.count() == 0
    assert browser.post(off(device.id)).status_code == 404


@pytest.mark.usefixtures("sender")
def test_nobody_sees_or_ends_the_devices_of_another_phone(visit: UUID, sms: Phones) -> None:
    switch_on(entered(sms))
    (device,) = PushDevice.objects.all()
    stranger = entered(sms, OTHER)
    assert "Chrome, Android" not in text_of(stranger.get(MESSAGES))
    refused = [stranger.post(off(each)) for each in (device.id, uuid4())]
    assert [answer.status_code for answer in refused] == [404, 404]
    assert PushDevice.objects.count() == 1


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "https://evil.example/one"},
        {"endpoint": "http://169.254.169.254/"},
        {"endpoint": ""},
        {"endpoint": "https://push.example.evil.example/" + "x" * 5000},
    ],
)
def test_an_address_of_no_push_service_is_refused(sms: Phones, changes: dict[str, str]) -> None:
    status, said = switch_on(entered(sms, NOBODY), **changes)
    assert (status, said["code"], PushDevice.objects.count()) == (422, "push_not_taken", 0)


@pytest.mark.usefixtures("sender")
def test_who_is_not_signed_in_switches_nothing_on() -> None:
    answer = Client().post(DEVICES, GIVEN)
    assert (answer.status_code, answer["Location"], PushDevice.objects.count()) == (303, "/lk/", 0)


@pytest.mark.usefixtures("sender")
def test_signing_out_and_ending_the_session_switch_its_device_off(sms: Phones) -> None:
    browser = entered(sms, NOBODY)
    switch_on(browser)
    browser.post(LEAVE)
    assert PushDevice.objects.count() == 0
    lost = entered(sms, OTHER)
    switch_on(lost)
    made_in = PushDevice.objects.values_list("made_in", flat=True).get()
    assert lost.post(f"/lk/devices/{made_in}/end/").status_code == 303
    assert PushDevice.objects.count() == 0


@pytest.mark.usefixtures("sender")
def test_a_device_lives_half_a_year_after_the_code(sms: Phones) -> None:
    switch_on(entered(sms, NOBODY))
    device = PushDevice.objects.get()
    assert 179 <= (device.until - device.created_at).days <= 180


@pytest.mark.usefixtures("sender")
def test_the_page_after_a_booking_offers_it_to_who_is_signed_in(visit: UUID, sms: Phones) -> None:
    page, browser = f"/visit/{visit}/", Client()
    browser.get(f"{page}{appointment_token(visit)}/")
    assert "data-push" not in text_of(browser.get(page))
    entered(sms, client=browser)
    assert browser.cookies[OWN_SESSION].value
    shown = text_of(browser.get(page))
    assert 'data-push="a-key" data-push-stay' in shown
    assert "cabinet-" in shown
    assert "Если не покажет, пришлём SMS" in shown

"""«Хочу раньше» in the cabinet: a visit waits, is offered a time, and moves there by one tap."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from channels.cabinet.factory import HOME, NOBODY, OTHER, entered, text_of
from channels.cabinet.test_family import lend
from channels.cabinet.test_visits import free_day, move_of
from channels.desk.conftest import Busy
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import services, waiting
from feldsher.domain.scheduling.models import Appointment, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import State
from support.sms import Phones

__all__ = ["free_day"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("free_day")]


@pytest.fixture
def waits(visit: UUID, sms: Phones, settings: Settings) -> tuple[Client, str]:
    """A signed-in patient, and where their visit waits: at ten, with an hour free before it."""
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, confirm_wait_seconds=0)
    return entered(sms), f"/lk/visits/{visit}/sooner/"


def offer_in(page: str) -> str:
    (found,) = set(re.findall(r'name="offer" value="([^"]+)"', page))
    return found


def test_a_visit_waits_stops_and_waits_again(waits: tuple[Client, str], visit: UUID) -> None:
    browser, address = waits
    assert address in text_of(browser.get(move_of(visit)))
    assert "Хочу раньше</button>" in text_of(browser.get(address))
    assert Wish.objects.count() == 0
    for said, shown in (
        ("wait", "Вы 1-й в очереди"),
        ("stop", "Хочу раньше</button>"),
        ("wait", "Вы 1-й в очереди"),
    ):
        answer = browser.post(address, {"do": said})
        assert (answer.status_code, answer["Location"]) == (303, address)
        assert shown in text_of(browser.get(address))


def test_days_and_hours_may_be_narrowed_and_the_place_stays(waits: tuple[Client, str]) -> None:
    browser, address = waits
    when = {"do": "wait", "first_day": "2026-11-25", "last_day": "2026-11-26", "hours": "evening"}
    assert browser.post(address, when)["Location"] == address
    assert "(с 25 ноября по 26 ноября, после 17)" in text_of(browser.get(address))
    assert waiting.offer_times() == 0, "what is free is free in the morning"
    assert browser.post(address, {**when, "hours": "any"})["Location"] == address
    assert waiting.offer_times() == 1
    refused = browser.post(address, {**when, "first_day": "2026-11-28", "last_day": "завтра"})
    assert refused.status_code == 422
    assert "<details open>" in refused.content.decode()
    refused = browser.post(address, {**when, "last_day": "2026-11-20"})
    assert "Выберите день" in text_of(refused)
    assert Wish.objects.count() == 1


def test_an_offered_time_is_declined_or_taken(waits: tuple[Client, str], visit: UUID, busy: Busy) -> None:
    browser, address = waits
    browser.post(address, {"do": "wait"})
    assert waiting.offer_times() == 1
    page = text_of(browser.get(address))
    assert "Освободилось время раньше" in page
    first = offer_in(page)
    assert browser.post(address, {"do": "decline", "offer": first}).status_code == 303
    assert waiting.offer_times() == 1
    second = offer_in(text_of(browser.get(address)))
    assert second != first
    answer = browser.post(address, {"do": "accept", "offer": second})
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    busy.world.work()
    moved = Appointment.objects.get(chain=visit, state=State.BOOKED)
    assert VISIT_AT - timedelta(hours=1) < moved.starts_at < Appointment.objects.get(pk=visit).starts_at
    again = browser.post(address, {"do": "accept", "offer": first})
    assert (again.status_code, "offer_over" in text_of(again)) == (409, True)


def test_another_phones_visit_does_not_wait(waits: tuple[Client, str], sms: Phones) -> None:
    _, address = waits
    stranger = entered(sms, OTHER)
    for answer in (stranger.get(address), stranger.post(address, {"do": "wait"}), stranger.post(address)):
        assert answer.status_code == 404
    assert Wish.objects.count() == 0


def test_a_visit_that_was_cancelled_does_not_wait(waits: tuple[Client, str], visit: UUID) -> None:
    browser, address = waits
    services.cancel(visit, token=appointment_token(visit))
    answer = browser.post(address, {"do": "wait"})
    assert (answer.status_code, "not_waitable" in text_of(answer)) == (409, True)
    assert browser.get(address).status_code == 409


def test_who_was_lent_access_to_look_answers_no_offer(
    waits: tuple[Client, str], visit: UUID, busy: Busy, sms: Phones
) -> None:
    browser, address = waits
    browser.post(address, {"do": "wait"})
    assert waiting.offer_times() == 1
    offer = offer_in(text_of(browser.get(address)))
    lend(browser)
    theirs = entered(sms, NOBODY)
    assert theirs.get(address).status_code == 409
    for said in ("accept", "decline", "stop", "wait"):
        assert theirs.post(address, {"do": said, "offer": offer}).status_code == 403
    assert offer in text_of(browser.get(address))
    assert busy.world.state is State.BOOKED


def test_past_the_cut_off_nobody_begins_to_wait(waits: tuple[Client, str]) -> None:
    browser, address = waits
    services.change_rule(RuleValues(cutoff=60 * 24 * 60), author="test")
    answer = browser.post(address, {"do": "wait"})
    assert answer.status_code == 409
    assert "самому уже поздно" in text_of(answer)
    assert Wish.objects.count() == 0

"""What a device may keep of visits: when, where, whom to call; of a session that is remembered alone."""

import html
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from channels.cabinet.factory import HOME, LEAVE, NOBODY, OTHER, entered
from channels.cabinet.test_family import lend
from domain.directory import factory as directory
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.models import PhoneSession
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)
MARK = "/lk/mark/"


def kept(browser: Client) -> list[dict[str, Any]] | None:
    """Return what the page offers its script to keep; None where it offers nothing."""
    found = re.search(r'data-kept-visits="([^"]*)"', browser.get(HOME).content.decode())
    return None if found is None else json.loads(html.unescape(found[1]))


def test_a_visit_is_its_time_and_place_and_nothing_else(visit: UUID, sms: Phones) -> None:
    place = directory.row(Kind.LOCATION, directory.NORTH.id)
    for field, value in (("phone", "+7 921 000-00-01"), ("address", "Липовая ул., 5")):
        set_overlay(Kind.LOCATION, target=place, field=field, value=value, author="test")
    (line,) = kept(entered(sms, keep="1")) or []
    until = line.pop("until")
    assert line == {
        "day": "Четверг 26\u00a0ноября",
        "time": "12:00",
        "zone": "",
        "where": "Липовая ул., 5",
        "phone": "+7\u00a0921\u00a0000-00-01",
    }
    assert until > VISIT_AT.timestamp() * 1000


def test_who_is_not_remembered_is_offered_nothing(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    assert kept(browser) is None
    assert "войдите на\u00a0своём устройстве" in html.unescape(browser.get(HOME).content.decode())


def test_visits_that_are_off_and_lent_ones_are_not_kept(visit: UUID, sms: Phones) -> None:
    mine = entered(sms, keep="1")
    lend(mine)
    theirs = entered(sms, NOBODY, keep="1")
    assert "12:00" in theirs.get(HOME).content.decode()
    assert kept(theirs) == []
    mine.post(f"/lk/visits/{visit}/cancel/")
    assert kept(mine) == []


def test_a_page_that_asks_by_itself_turns_no_token_and_keeps_no_session_awake(
    visit: UUID, sms: Phones, set_clock: Callable[[datetime], None]
) -> None:
    browser, seen = entered(sms, keep="1"), PhoneSession.objects.get().seen_at
    set_clock(seen + timedelta(minutes=31))
    answer = browser.get(MARK)
    assert (answer.status_code, list(answer.cookies)) == (200, [])
    assert PhoneSession.objects.get().seen_at == seen
    assert list(browser.get(HOME).cookies)  # the control: a person's own look turns it


def test_a_page_learns_whose_session_it_is_and_that_there_is_none(visit: UUID, sms: Phones) -> None:
    browser = entered(sms, keep="1")
    mark = browser.get(MARK).json()["mark"]
    assert f'data-kept-mark="{mark}"' in browser.get(HOME).content.decode()
    assert browser.get(MARK)["Cache-Control"] == "no-store"
    other = entered(sms, OTHER, client=browser, keep="1")
    assert other.get(MARK).json()["mark"] != mark
    PhoneSession.objects.update(ended_at="2026-11-23T06:00:00Z")
    assert (other.get(MARK).status_code, other.get(MARK)["Location"]) == (303, HOME)
    for answer in (other.post(LEAVE, follow=True), Client().get(HOME)):
        assert "<body data-nobody>" in answer.content.decode()

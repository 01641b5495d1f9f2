"""A late word of a device against the SMS that follows: either order, one winner, never two SMS.

The control takes the lock away from who gives up, and shows the harm: heard, and told again.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_reminding import TWO, visit_at
from domain.scheduling.exchange.test_screens import PHONE, go_to
from domain.scheduling.exchange.world import World
from domain.scheduling.interleaving import LIMIT, at_once, beside, wait_for_waiters
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.scheduling import notices, reminding
from feldsher.foundation.messaging import pushing
from feldsher.foundation.messaging.models import Message, Push, PushCall
from support.push import Screens, screens, switched_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def sender(settings: Settings) -> Iterator[Screens]:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"
    with screens() as found:
        yield found


@pytest.fixture
def overdue(build: Build, sender: Screens) -> World:
    """A reminder on a screen whose half hour is over, and nobody has said anything."""
    world = build("reference")
    switched_on(PHONE)
    visit_at(world, TWO)
    go_to(world, TWO - timedelta(hours=24))
    world.forward(30 * 60)
    return world


def sms() -> int:
    return Message.objects.filter(kind="reminder").count()


def held_up(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> tuple[Event, Event, Callable[..., Any]]:
    """Let whoever has called this function wait before it commits; says when it waits, and waits to go on."""
    reached, go_on = Event(), Event()
    as_ever = getattr(owner, name)

    def slowly(*given: Any, **named: Any) -> Any:
        answer = as_ever(*given, **named)
        reached.set()
        assert go_on.wait(LIMIT)
        return answer

    monkeypatch.setattr(owner, name, slowly)
    return reached, go_on, as_ever


@pytest.mark.usefixtures("overdue")
def test_a_word_that_came_first_spares_the_sms_that_waits_for_it(
    sender: Screens, as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on, as_ever = held_up(monkeypatch, pushing, "_close")
    with beside() as begin:
        word = begin(lambda: pushing.hear(sender.tokens()[0]))
        assert reached.wait(LIMIT)
        monkeypatch.setattr(pushing, "_close", as_ever)
        following = begin(reminding.follow)
        wait_for_waiters(as_owner, 1)
        go_on.set()
        assert (word.result(LIMIT), following.result(LIMIT)) == (True, 1)
    assert (Push.objects.get().state, sms()) == ("heard", 0)


@pytest.mark.usefixtures("overdue")
def test_a_word_that_came_second_is_kept_and_the_sms_is_one(
    sender: Screens, as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on, _ = held_up(monkeypatch, notices, "remind")
    with beside() as begin:
        following = begin(reminding.follow)
        assert reached.wait(LIMIT)
        word = begin(lambda: pushing.hear(sender.tokens()[0]))
        wait_for_waiters(as_owner, 1)
        go_on.set()
        assert (word.result(LIMIT), following.result(LIMIT)) == (True, 1)
    assert (Push.objects.get().state, sms()) == ("unheard", 1)
    assert PushCall.objects.get().heard_at is not None


@pytest.mark.usefixtures("overdue")
def test_control_without_the_lock_a_heard_reminder_is_told_again(
    sender: Screens, as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on, as_ever = held_up(monkeypatch, pushing, "_close")
    with beside() as begin:
        word = begin(lambda: pushing.hear(sender.tokens()[0]))
        assert reached.wait(LIMIT)
        monkeypatch.setattr(pushing, "_close", as_ever)
        monkeypatch.setattr(Push.objects, "select_for_update", lambda **_: Push.objects.all())
        following = begin(reminding.follow)
        wait_for_waiters(as_owner, 1)
        go_on.set()
        assert (word.result(LIMIT), following.result(LIMIT)) == (True, 1)
    assert PushCall.objects.get().heard_at is not None
    assert sms() == 1


@pytest.mark.usefixtures("overdue")
@pytest.mark.parametrize("round_", range(5))
def test_whoever_is_first_of_eight_the_sms_is_one_at_most(sender: Screens, round_: int) -> None:
    token = sender.tokens()[0]
    calls: list[Callable[[], object]] = [lambda: pushing.hear(token), reminding.follow] * 4
    at_once(calls[round_ % 2 :])
    reminding.follow()
    state = Push.objects.get().state
    assert (state, sms()) in {("heard", 0), ("unheard", 1)}

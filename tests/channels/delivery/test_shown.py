"""The door of devices: a token says that a notification was shown; whoever guesses one says nothing."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from feldsher.foundation.messaging import pushing
from feldsher.foundation.messaging.models import Push
from feldsher.foundation.messaging.types import Kind, PushNote
from feldsher.kernel import clock
from support.push import Screens, deliver, screens, switched_on

pytestmark = pytest.mark.django_db
SHOWN, PHONE = "/delivery/shown/", "+79210000017"


@pytest.fixture
def token() -> Iterator[str]:
    with screens() as sender:
        yield sent(sender)


def sent(sender: Screens) -> str:
    switched_on(PHONE)
    now = clock.now()
    terms = pushing.Terms(PHONE, uuid4(), now, now + timedelta(minutes=30))
    pushing.record(Kind.REMINDER, PushNote("Запись", "Место", "/"), key="one", terms=terms)
    deliver()
    (found,) = sender.tokens()
    return found


def say(body: str | bytes, *, client: Client | None = None) -> int:
    caller = client or Client(enforce_csrf_checks=True)
    answer = caller.post(SHOWN, body, content_type="text/plain;charset=UTF-8")
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code


def test_a_device_says_once_or_more_that_it_has_shown_it(token: str) -> None:
    assert [say(token) for _ in range(3)] == [204, 204, 204]
    assert Push.objects.get().state == "heard"


@pytest.mark.parametrize("body", ["", "x", "x" * 43, "x" * 100_000, b"\xff\xfe", b"\x00"])
@pytest.mark.usefixtures("token")
def test_a_guess_says_nothing(body: str | bytes) -> None:
    assert say(body) == 404
    assert Push.objects.get().state == "waiting"


def test_a_token_with_more_behind_it_is_another(token: str) -> None:
    assert say(token + "x") == 404
    assert say(token + "x" * 1000) == 404


def test_a_get_says_nothing(token: str) -> None:
    assert Client().get(f"{SHOWN}?{token}").status_code == 405
    assert Push.objects.get().state == "waiting"

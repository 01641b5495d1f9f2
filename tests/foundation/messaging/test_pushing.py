"""A push service's word is not delivery: heard is what a device has said, once, with its own token."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from feldsher.foundation.messaging import push_devices, pushing, services
from feldsher.foundation.messaging.errors import PushDevicesFullError, PushNotTakenError
from feldsher.foundation.messaging.models import Push, PushCall, PushDevice
from feldsher.foundation.messaging.ports import Gone, NotSent, NullPush, PushTarget, Refused, Unknown
from feldsher.foundation.messaging.pushing import Terms
from feldsher.foundation.messaging.types import Kind, PushCallState, PushNote, PushState
from feldsher.kernel.errors import NotFoundError
from foundation.messaging.factory import NOW, PHONE, Clock
from support.push import Screens, deliver, screens, switched_on, target

pytestmark = pytest.mark.django_db
OTHER = "+79210000018"
NOTE = PushNote("Запись 26.11 в 10:00", "Липовая ул., 5", "https://clinic.example/visit/x/")
ABOUT = UUID(int=5)


@pytest.fixture(autouse=True)
def sender(clock: Clock) -> Iterator[Screens]:
    with screens() as found:
        yield found


def recorded(key: str = "one", *, phone: str = PHONE, minutes: float = 30, after: float = 0) -> bool:
    terms = Terms(phone, ABOUT, NOW + timedelta(minutes=after), NOW + timedelta(minutes=minutes))
    return pushing.record(Kind.REMINDER, NOTE, key=key, terms=terms)


def state(key: str = "one") -> str:
    return Push.objects.values_list("state", flat=True).get(key=key)


def calls() -> list[tuple[str, str]]:
    return list(PushCall.objects.order_by("started_at", "pk").values_list("state", "code"))


def test_who_has_no_device_gets_no_push() -> None:
    switched_on(OTHER)
    assert recorded() is False
    assert Push.objects.count() == 0


def test_each_device_of_a_phone_is_told_under_a_token_of_its_own(sender: Screens) -> None:
    for name in ("one", "two"):
        switched_on(PHONE, name=name)
    switched_on(OTHER, name="other")
    assert recorded()
    assert recorded(), "a key is one push"
    deliver()
    deliver()
    assert sorted(endpoint for endpoint, _ in sender.shown) == [
        "https://push.example/one",
        "https://push.example/two",
    ]
    one, two = (told for _, told in sender.shown)
    assert set(one) == {"title", "text", "link", "tag", "token"}
    assert (one["title"], one["tag"] == two["tag"]) == (NOTE.title, True)
    assert len(set(sender.tokens())) == 2
    assert min(map(len, sender.tokens())) == 43
    assert sender.seconds == [1800, 1800]
    assert calls() == [("taken", ""), ("taken", "")]
    assert state() == PushState.WAITING


def test_a_device_that_showed_it_says_so_and_again_without_effect(sender: Screens, clock: Clock) -> None:
    switched_on(PHONE)
    recorded()
    deliver()
    (token,) = sender.tokens()
    clock.minutes = 1
    assert pushing.hear(token)
    clock.minutes = 2
    assert pushing.hear(token)
    push = Push.objects.get()
    assert (push.state, push.heard_at, bytes(push.note)) == ("heard", NOW + timedelta(minutes=1), b"")
    assert PushCall.objects.get().heard_at == NOW + timedelta(minutes=1)
    assert PushDevice.objects.get().heard_at == NOW + timedelta(minutes=1)
    assert pushing.settle("one", is_due=True) is PushState.HEARD


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 10_000])
def test_a_guessed_token_is_heard_by_nobody(token: str) -> None:
    switched_on(PHONE)
    recorded()
    deliver()
    assert not pushing.hear(token)
    assert state() == PushState.WAITING


def test_no_token_lies_readable_in_the_database(sender: Screens) -> None:
    switched_on(PHONE)
    recorded()
    row = PushCall.objects.get()
    deliver()
    (token,) = sender.tokens()
    assert token.encode() not in bytes(row.token) + bytes(row.token_hash)
    assert bytes(PushCall.objects.get().token) == b""
    device = PushDevice.objects.get()
    assert b"push.example" not in bytes(device.endpoint) + bytes(device.p256dh) + bytes(device.auth)
    assert PHONE.encode() not in bytes(device.phone_index)


def test_unheard_by_its_hour_it_is_told_otherwise_and_a_late_word_changes_nothing(sender: Screens) -> None:
    switched_on(PHONE)
    recorded()
    deliver()
    assert pushing.settle("one", is_due=False) is PushState.WAITING
    assert pushing.settle("one", is_due=True) is PushState.UNHEARD
    (token,) = sender.tokens()
    assert pushing.hear(token)
    assert state() == PushState.UNHEARD
    assert PushCall.objects.get().heard_at == NOW
    assert pushing.settle("one", is_due=True) is PushState.UNHEARD


@pytest.mark.parametrize("outcome", [Gone("http_410"), Gone("http_404")])
def test_a_subscription_that_is_no_more_is_deleted_and_hopes_for_nothing(
    sender: Screens, outcome: Gone
) -> None:
    switched_on(PHONE)
    recorded()
    sender.outcomes = [outcome]
    deliver()
    assert PushDevice.objects.count() == 0
    assert calls() == [("gone", outcome.code)]
    assert (state(), pushing.failed(limit=9)) == (PushState.FAILED, [ABOUT])
    assert pushing.settle("one", is_due=False) is PushState.UNHEARD
    assert pushing.failed(limit=9) == []


def test_one_device_that_is_gone_takes_no_hope_from_the_other(sender: Screens) -> None:
    for name in ("one", "two"):
        switched_on(PHONE, name=name)
    recorded()
    sender.outcomes = [Gone("http_410")]
    deliver()
    assert (state(), PushDevice.objects.count()) == (PushState.WAITING, 1)


@pytest.mark.parametrize("code", ["http_429", "http_503", "ConnectError"])
def test_what_surely_never_left_goes_again_and_at_most_four_times(sender: Screens, code: str) -> None:
    switched_on(PHONE)
    recorded()
    sender.outcomes = [NotSent(code)] * 9
    for _ in range(6):
        deliver()
    assert len(sender.shown) == pushing.TRIES
    assert len(set(sender.tokens())) == 1, "whichever try is shown, its word counts"
    assert len(set(sender.topics)) == 1, "a later try replaces an earlier one that waits"
    assert (calls(), state()) == ([("refused", code)], PushState.FAILED)


def test_a_lost_answer_is_no_reason_to_send_twice(sender: Screens) -> None:
    switched_on(PHONE)
    recorded()
    sender.outcomes = [Unknown("ReadTimeout")]
    for _ in range(3):
        deliver()
    assert len(sender.shown) == 1
    assert (calls(), state()) == ([("lost", "ReadTimeout")], PushState.WAITING)
    assert pushing.hear(sender.tokens()[0])
    assert state() == PushState.HEARD


def test_a_worker_that_died_amid_a_call_has_lost_its_answer(sender: Screens) -> None:
    switched_on(PHONE)
    recorded()
    PushCall.objects.update(state=PushCallState.CALLING)
    deliver()
    assert (sender.shown, calls()) == ([], [("lost", "interrupted")])


@pytest.mark.parametrize("cause", ["too late", "withdrawn", "heard", "switched off", "push is off"])
def test_what_is_worth_nothing_any_more_does_not_leave(sender: Screens, clock: Clock, cause: str) -> None:
    switched_on(PHONE)
    recorded()
    if cause == "too late":
        clock.minutes = 30
    elif cause == "withdrawn":
        services.wipe("one")
    elif cause == "heard":
        Push.objects.update(state=PushState.HEARD)
    elif cause == "switched off":
        push_devices.switch_off(push_devices.devices(PHONE)[0].id, phone=PHONE)
    else:
        sender.public_key = ""
    deliver()
    assert sender.shown == []


def test_a_refusal_of_the_message_itself_is_final(sender: Screens, caplog: pytest.LogCaptureFixture) -> None:
    switched_on(PHONE)
    recorded()
    sender.outcomes = [Refused("http_413")]
    with caplog.at_level(logging.WARNING):
        deliver()
        deliver()
    assert (len(sender.shown), calls(), state()) == (1, [("refused", "http_413")], PushState.FAILED)
    assert "http_413" in caplog.text
    assert "push.example" not in caplog.text
    assert NOTE.title not in caplog.text


def test_a_browser_shows_those_of_the_phone_that_switched_it_on_last() -> None:
    switched_on(PHONE)
    switched_on(PHONE)
    assert len(push_devices.devices(PHONE)) == 1
    switched_on(OTHER)
    assert (push_devices.devices(PHONE), len(push_devices.devices(OTHER))) == ((), 1)


def test_a_phone_has_ten_devices_at_most() -> None:
    for number in range(push_devices.MOST):
        switched_on(PHONE, name=str(number))
    with pytest.raises(PushDevicesFullError):
        switched_on(PHONE, name="more")
    switched_on(PHONE, name="3")
    assert len(push_devices.devices(PHONE)) == push_devices.MOST


def test_a_subscription_of_an_unknown_service_is_not_taken() -> None:
    until = NOW + timedelta(days=1)
    with pytest.raises(PushNotTakenError):
        push_devices.switch_on(
            PushTarget("https://evil.example/x", "a", "b"),
            phone=PHONE,
            session=uuid4(),
            browser="",
            until=until,
        )
    pushing.gateways.bind_push(NullPush())
    with pytest.raises(PushNotTakenError):
        push_devices.switch_on(target("one"), phone=PHONE, session=uuid4(), browser="", until=until)
    assert (PushDevice.objects.count(), push_devices.public_key()) == (0, "")


def test_nobody_switches_off_the_device_of_another_phone() -> None:
    switched_on(PHONE)
    (device,) = push_devices.devices(PHONE)
    for phone, name in ((OTHER, device.id), (PHONE, uuid4())):
        with pytest.raises(NotFoundError):
            push_devices.switch_off(name, phone=phone)
    push_devices.switch_off(device.id, phone=PHONE)
    assert push_devices.devices(PHONE) == ()


def test_what_was_switched_on_in_a_session_ends_with_it() -> None:
    session = uuid4()
    switched_on(PHONE, name="one", session=session)
    switched_on(PHONE, name="two")
    push_devices.end_made_in(session)
    assert len(push_devices.devices(PHONE)) == 1


def test_after_half_a_year_the_number_may_have_another_holder(sender: Screens, clock: Clock) -> None:
    switched_on(PHONE)
    clock.minutes = 181 * 24 * 60
    assert recorded(minutes=clock.minutes + 30) is False
    services.forget()
    assert PushDevice.objects.count() == 0


def test_rows_and_words_are_forgotten_in_time(clock: Clock) -> None:
    switched_on(PHONE)
    recorded()
    clock.minutes = 31
    services.forget()
    assert bytes(Push.objects.get().note) == b""
    clock.minutes = 31 * 24 * 60
    services.forget()
    assert (Push.objects.count(), PushCall.objects.count()) == (0, 0)


def test_a_push_of_the_night_leaves_in_the_morning() -> None:
    switched_on(PHONE)
    recorded(after=90, minutes=120)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at > now() + interval '80 minutes' FROM procrastinate_jobs")
        assert cursor.fetchall() == [(True,)]

"""Messages that leave among many: in order, together, and none of them twice."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feldsher.foundation.messaging import gateways, sending, services, stops
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import AT_ONCE, Meaning, NotSent, Outcome, Refused, Unknown
from feldsher.foundation.messaging.types import Kind, MessageState, Outgoing
from foundation.messaging.factory import NOW, PHONE, Clock
from support.sms import Phones, phones, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(clock: Clock) -> Iterator[Phones]:
    del clock
    with phones() as found:
        yield found


def outgoing(number: int, *, after_minutes: float = 0) -> Outgoing:
    """Return a message of a visit that begins the later the smaller its number is."""
    return Outgoing(
        phone=f"+7921000{number:04}",
        text=f"{number}",
        key=f"many-{number}",
        valid_until=NOW + timedelta(days=2, minutes=-number),
        not_before=NOW + timedelta(minutes=after_minutes),
        about=uuid4(),
    )


def record(count: int) -> None:
    services.send_all(Kind.REMINDER, [outgoing(number) for number in range(count)])


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("key", "state"))


def test_what_loses_its_worth_first_leaves_first(sender: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    record(4)
    sending.deliver_waiting()
    assert [text for _, text in sender.texts] == ["3", "2", "1", "0"]
    assert set(states().values()) == {MessageState.SENT}


def test_a_round_asks_and_writes_of_all_together(sender: Phones) -> None:
    record(2 * AT_ONCE)
    with CaptureQueriesContext(connection) as asked:
        sending.deliver_waiting()
    assert len(sender.texts) == 2 * AT_ONCE
    # A commit of three for the interrupted; twice: which are next, a commit of six, one of six; no more.
    assert len(asked) == 30, "\n".join(each["sql"][:120] for each in asked)
    assert Attempt.objects.filter(state="taken").count() == 2 * AT_ONCE


def test_a_known_key_is_one_message_and_later_ones_wait_for_their_hour(sender: Phones, clock: Clock) -> None:
    record(2)
    services.send_all(Kind.REMINDER, [outgoing(1), outgoing(2, after_minutes=30)])
    sending.deliver_waiting()
    assert len(sender.texts) == 2
    clock.minutes = 30
    sending.deliver_waiting()
    assert len(sender.texts) == 3


def test_a_code_may_not_leave_among_many() -> None:
    with pytest.raises(ValueError, match="day's cap"):
        services.send_all(Kind.PHONE_CODE, [outgoing(1)])


def test_what_a_dead_worker_had_on_its_way_is_not_sent_again(sender: Phones) -> None:
    record(3)
    Message.objects.filter(key="many-2").update(state=MessageState.SENDING)
    sending.deliver_waiting()
    assert sorted(text for _, text in sender.texts) == ["0", "1"]
    assert states() == {"many-0": "sent", "many-1": "sent", "many-2": "unknown"}


def test_each_answer_is_its_own_messages(sender: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    sender.outcomes = [Unknown("ReadTimeout"), Refused("209", Meaning.STOP_LIST), NotSent("220")]
    record(5)
    sending.deliver_waiting()
    assert states() == {
        "many-4": "unknown", "many-3": "refused", "many-2": "queued", "many-1": "sent", "many-0": "sent",
    }  # fmt: skip
    assert waiting() == [Message.objects.get(key="many-2").id], "what never left has a job of its own"
    assert stops.stopped({"+79210000003", PHONE}) == {"+79210000003"}


@pytest.mark.usefixtures("two")
def test_with_one_provider_away_all_go_by_the_other(first: Phones, second: Phones) -> None:
    first.outcomes = [NotSent("ConnectError")] * AT_ONCE
    record(AT_ONCE + 1)
    sending.deliver_waiting()
    assert set(states().values()) == {MessageState.SENT}
    assert len(second.texts) == AT_ONCE + 1, "whoever failed lately is asked last"
    assert gateways.providers() == (first, second)


def test_a_message_that_cannot_be_opened_holds_up_no_other(sender: Phones) -> None:
    record(3)
    broken = Message.objects.get(key="many-2")
    Message.objects.filter(pk=broken.pk).update(phone=b"no seal of ours")
    sending.deliver_waiting()
    assert states() == {"many-2": "queued", "many-1": "sent", "many-0": "sent"}
    assert waiting() == [broken.id], "it has a job of its own, which fails where somebody sees it"


def test_an_adapter_that_fails_loses_one_answer_alone(
    sender: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_ever = sender.send

    def send(phone: str, text: str, *, key: str) -> Outcome:
        if text == "1":
            raise RuntimeError("a code that nobody wrote down")
        return as_ever(phone, text, key=key)

    monkeypatch.setattr(sender, "send", send)
    record(3)
    sending.deliver_waiting()
    assert states() == {"many-2": "sent", "many-1": "unknown", "many-0": "sent"}

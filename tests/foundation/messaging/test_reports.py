"""What is told of an SMS after it was given to a provider; what was lost, and is found again."""

import pytest

from feldsher.foundation.messaging import gateways, reports, sending, services
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import Fate, Meaning, NotSent, Refused, Report, Unknown
from feldsher.foundation.messaging.selectors import is_sent
from feldsher.foundation.messaging.types import AttemptState, Delivery, Kind, MessageState
from foundation.messaging.factory import NOW, PHONE, Clock, sent, ways
from support.sms import Phones, waiting

pytestmark = pytest.mark.usefixtures("two")


def asked(clock: Clock, minutes: float) -> None:
    """Let the job ask at a minute."""
    clock.minutes = minutes
    reports.ask()


def test_what_is_delivered_is_told_once_and_for_all(first: Phones) -> None:
    row = sent()
    for _ in range(2):
        reports.apply("first", [Report("id-0", Fate.DELIVERED, "103")])
    reports.apply("first", [Report("id-0", Fate.ON_THE_WAY, "102"), Report("id-0", Fate.EXPIRED, "104")])
    call = Attempt.objects.get()
    assert (call.delivery, call.delivery_code, call.told_at, call.ask_at) == ("delivered", "103", NOW, None)
    assert (row.state, is_sent("one")) == (MessageState.SENT, True)


@pytest.mark.parametrize(
    ("fate", "delivery"), [(Fate.EXPIRED, "expired"), (Fate.NOT_DELIVERED, "not_delivered")]
)
def test_what_did_not_arrive_is_not_sent_for_who_waits_for_that(
    first: Phones, second: Phones, fate: Fate, delivery: str
) -> None:
    sent()
    reports.apply("first", [Report("id-0", fate, "104")])
    assert (Attempt.objects.get().delivery, is_sent("one")) == (delivery, False)
    assert second.texts == []
    reports.apply("first", [Report("id-0", Fate.DELIVERED, "103")])
    assert (Attempt.objects.get().delivery, is_sent("one")) == ("delivered", True)


def test_a_report_of_nobodys_message_changes_nothing(first: Phones) -> None:
    sent()
    before = list(Attempt.objects.values())
    reports.apply("second", [Report("id-0", Fate.DELIVERED, "1")])
    reports.apply("first", [Report("id-7", Fate.DELIVERED, "103"), Report("", Fate.DELIVERED, "103")])
    assert list(Attempt.objects.values()) == before


def test_it_is_asked_about_ever_more_rarely_and_for_a_day_at_most(first: Phones, clock: Clock) -> None:
    sent()
    times = []
    for minute in range(0, 3 * 24 * 60, 5):
        before = len(first.asked)
        asked(clock, minute)
        times += [minute] * (len(first.asked) - before)
    assert times == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]
    assert first.asked[0].phone == PHONE
    call = Attempt.objects.get()
    assert (call.delivery, call.ask_at, is_sent("one")) == (Delivery.UNTOLD, None, True)


def test_what_a_call_has_told_is_not_asked_about(first: Phones, clock: Clock) -> None:
    sent()
    reports.apply("first", [Report("id-0", Fate.DELIVERED, "103")])
    asked(clock, 10)
    assert first.asked == []


def test_a_run_asks_by_the_hundred_while_it_is_answered(first: Phones, clock: Clock) -> None:
    for number in range(103):
        sent(key=str(number))
    asked(clock, 6)
    assert len(first.asked) == 100
    first.told = [Report("id-0", Fate.ON_THE_WAY, "102")]
    asked(clock, 6)
    assert len(first.asked) == 103
    asked(clock, 13)
    assert len(first.asked) == 206


def test_a_run_has_an_end(first: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 1)
    first.told = [Report("id-0", Fate.ON_THE_WAY, "102")]
    for number in range(reports.BATCHES + 2):
        sent(key=str(number))
    asked(clock, 6)
    assert len(first.asked) == reports.BATCHES


def test_a_provider_that_is_called_after_the_questions_were_committed_may_fail(
    first: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies while it asks costs one question, not all of them."""
    sent()

    def died(self: Phones, asked: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Phones, "ask", died)
        with pytest.raises(KeyboardInterrupt):
            asked(clock, 6)
    asked(clock, 7)
    assert first.asked == []
    asked(clock, 20)
    assert len(first.asked) == 1


# What was lost, and is found again


@pytest.fixture
def lost(first: Phones, second: Phones) -> Message:
    """A message whose answer the second provider lost: it takes our key."""
    gateways.bind(second, first)
    second.outcomes = [Unknown("ReadTimeout")]
    row = sent()
    assert row.state == MessageState.UNKNOWN
    return row


def told(row: Message, fate: Fate, code: str = "1") -> Report:
    return Report(str(row.id), fate, code)


@pytest.mark.parametrize("fate", [Fate.ON_THE_WAY, Fate.DELIVERED, Fate.EXPIRED])
def test_what_was_lost_is_asked_about_a_minute_later_and_found(
    lost: Message, second: Phones, clock: Clock, fate: Fate
) -> None:
    second.told = [told(lost, fate)]
    asked(clock, 0.9)
    assert second.asked == []
    asked(clock, 1)
    lost.refresh_from_db()
    assert (lost.state, Attempt.objects.get().state) == (MessageState.SENT, AttemptState.TAKEN)
    assert is_sent("one") is (fate is not Fate.EXPIRED)
    assert len(second.texts) == 1


def test_a_call_of_the_provider_finds_it_too(lost: Message) -> None:
    reports.apply("second", [told(lost, Fate.DELIVERED)])
    assert is_sent("one")


def test_the_loser_that_knows_no_key_is_not_asked(first: Phones, clock: Clock) -> None:
    first.outcomes = [Unknown("ReadTimeout")]
    row = sent()
    asked(clock, 24 * 60)
    row.refresh_from_db()
    assert (row.state, first.asked) == (MessageState.UNKNOWN, [])


def test_only_two_looks_with_time_between_them_say_that_it_never_came(
    lost: Message, first: Phones, second: Phones, clock: Clock
) -> None:
    second.told = [told(lost, Fate.ABSENT, "-3")]
    asked(clock, 1)
    lost.refresh_from_db()
    assert lost.state == MessageState.UNKNOWN
    asked(clock, 1.5)
    assert len(second.asked) == 1
    asked(clock, 2)
    lost.refresh_from_db()
    assert (lost.state, lost.refusal) == (MessageState.QUEUED, "absent")


def test_what_never_came_is_sent_again_by_the_one_that_lost_it_alone(
    lost: Message, first: Phones, second: Phones, clock: Clock
) -> None:
    second.told = [told(lost, Fate.ABSENT, "-3")]
    asked(clock, 1)
    asked(clock, 2)
    gateways.bind(first, second)
    second.outcomes = [Refused("3", Meaning.ACCOUNT), NotSent("ConnectError")]
    for _ in range(3):
        sending.deliver(lost.id)
    lost.refresh_from_db()
    assert (lost.state, len(second.texts), first.texts) == (MessageState.SENT, 4, [])
    assert second.keys == [str(lost.id)] * 4
    reports.apply("second", [told(lost, Fate.DELIVERED)])
    assert list(Attempt.objects.filter(delivery="delivered").values_list("state", flat=True)) == ["taken"]


def test_a_look_between_two_that_found_nothing_counts_only_what_it_sees(
    lost: Message, second: Phones, clock: Clock
) -> None:
    second.told = [told(lost, Fate.ABSENT, "-3")]
    asked(clock, 1)
    second.told = []  # the provider does not answer
    asked(clock, 2)
    lost.refresh_from_db()
    assert lost.state == MessageState.UNKNOWN
    second.told = [told(lost, Fate.ON_THE_WAY, "0")]
    asked(clock, 4)
    lost.refresh_from_db()
    assert lost.state == MessageState.SENT


def test_a_code_that_never_came_and_is_over_is_dropped(first: Phones, second: Phones, clock: Clock) -> None:
    gateways.bind(second, first)
    second.outcomes = [Unknown("ReadTimeout")]
    row = sent(Kind.PHONE_CODE)
    services.wipe("one")
    second.told = [told(row, Fate.ABSENT, "-3")]
    asked(clock, 1)
    asked(clock, 2)
    row.refresh_from_db()
    assert (row.state, row.refusal, len(second.texts)) == (MessageState.DROPPED, "absent", 1)


def test_many_answers_at_one_moment_are_one_look(lost: Message, clock: Clock) -> None:
    clock.minutes = 3
    for _ in range(5):
        reports.apply("second", [told(lost, Fate.ABSENT, "-3")])
    lost.refresh_from_db()
    assert lost.state == MessageState.UNKNOWN


def test_what_was_taken_and_turned_down_for_want_of_money_goes_to_the_other(
    first: Phones, second: Phones
) -> None:
    gateways.bind(second, first)
    row = sent()
    reports.apply("second", [told(row, Fate.TURNED_DOWN, "24")])
    row.refresh_from_db()
    assert row.state == MessageState.QUEUED
    sending.deliver(row.id)
    row.refresh_from_db()
    assert (row.state, len(first.texts), len(second.texts)) == (MessageState.SENT, 1, 1)
    assert ways()["second"] == (AttemptState.ACCOUNT, "24")
    reports.apply("second", [told(row, Fate.TURNED_DOWN, "24")])
    assert (Message.objects.get().state, len(waiting())) == (MessageState.SENT, 2)


def test_what_was_delivered_is_not_turned_down_by_a_late_report(first: Phones, second: Phones) -> None:
    gateways.bind(second, first)
    row = sent()
    reports.apply("second", [told(row, Fate.DELIVERED), told(row, Fate.TURNED_DOWN, "24")])
    row.refresh_from_db()
    assert (row.state, ways()["second"]) == (MessageState.SENT, (AttemptState.TAKEN, ""))

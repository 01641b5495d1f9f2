"""From provider to provider goes only what surely never left; what is lost stays where it was lost."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from feldsher.foundation.messaging import gateways, reports, sending, services, stops
from feldsher.foundation.messaging.models import Attempt, Message, Stop
from feldsher.foundation.messaging.ports import (
    A_MINUTE,
    Fate,
    Meaning,
    NotSent,
    NullProvider,
    Outcome,
    Refused,
    Report,
    Sent,
    Unknown,
)
from feldsher.foundation.messaging.selectors import is_sent
from feldsher.foundation.messaging.types import AttemptState, Delivery, Kind, MessageState
from support.sms import Phones, waiting

PHONE, TEXT = "+79210000017", "Ваша запись 25.11 в 14:30 отменена не вами."
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BY = {"first": False, "second": True}
"""The two providers, and whether they take our key."""

pytestmark = pytest.mark.django_db


class Clock:
    """What the clock shows: minutes since NOW."""

    minutes: float = 0

    def __call__(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    monkeypatch.setattr("feldsher.kernel.clock.now", told)
    return told


@pytest.fixture
def first() -> Phones:
    return Phones(name="first")


@pytest.fixture(autouse=True)
def second() -> Phones:
    return Phones(name="second", takes_key=True)


@pytest.fixture(autouse=True)
def _bound(first: Phones, second: Phones) -> Iterator[None]:
    gateways.bind(first, second)
    yield
    gateways.bind(NullProvider())


def record(
    kind: Kind = Kind.VISIT_CANCELLED, *, key: str = "one", phone: str = PHONE, hours: int = 48
) -> UUID:
    until = NOW + timedelta(hours=hours)
    return services.send_sms(kind, phone=phone, text=TEXT, key=key, valid_until=until)


def sent(kind: Kind = Kind.VISIT_CANCELLED, **given: object) -> Message:
    """Record a message and let a worker take it once."""
    name = record(kind, **given)  # type: ignore[arg-type] - as `record` takes them
    sending.deliver(name)
    return Message.objects.get(id=name)


def calls() -> list[tuple[str, str, str]]:
    """Return the calls that were made, in order: provider, state, code."""
    return list(
        Attempt.objects.order_by("started_at", "ended_at", "pk").values_list("provider", "state", "code")
    )


def ways() -> dict[str, tuple[str, str]]:
    return {provider: (state, code) for provider, state, code in calls()}


# Failover


def test_the_first_of_the_settings_is_asked_first(first: Phones, second: Phones) -> None:
    assert sent().state == MessageState.SENT
    assert (len(first.texts), len(second.texts)) == (1, 0)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Refused("201", Meaning.ACCOUNT), AttemptState.ACCOUNT),
        (Refused("207", Meaning.ROUTE), AttemptState.REFUSED),
        (NotSent("ConnectError"), AttemptState.NOT_SENT),
        (NotSent("220"), AttemptState.NOT_SENT),
    ],
)
def test_what_surely_never_left_goes_to_the_other_at_once(
    first: Phones, second: Phones, outcome: Outcome, state: AttemptState
) -> None:
    first.outcomes = [outcome]
    row = sent()
    assert (row.state, row.attempts) == (MessageState.SENT, 1)
    assert ways() == {"first": (state, outcome.code), "second": (AttemptState.TAKEN, "")}  # type: ignore[union-attr] - of no Sent
    assert (second.keys, len(waiting())) == ([str(row.id)], 1)


@pytest.mark.parametrize("meaning", [Meaning.MESSAGE, Meaning.STOP_LIST])
def test_what_is_wrong_with_the_message_itself_goes_nowhere_else(
    first: Phones, second: Phones, meaning: Meaning
) -> None:
    first.outcomes = [Refused("205", meaning)]
    row = sent()
    assert (row.state, row.refusal, second.texts) == (MessageState.REFUSED, "205", [])


@pytest.mark.parametrize("provider", BY)
def test_a_lost_answer_goes_nowhere_else_and_nowhere_again(
    first: Phones, second: Phones, provider: str
) -> None:
    if provider == "second":
        first.outcomes = [NotSent("ConnectError")]
    {"first": first, "second": second}[provider].outcomes = [Unknown("ReadTimeout")]
    row = sent()
    assert (row.state, row.refusal) == (MessageState.UNKNOWN, "ReadTimeout")
    for _ in range(3):
        sending.deliver(row.id)
    assert (len(first.texts), len(second.texts)) == (1, int(provider == "second"))
    assert ways()[provider] == (AttemptState.LOST, "ReadTimeout")


def test_each_call_is_written_before_it_leaves(
    first: Phones, second: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[str, str, str]]] = []

    def watched(self: Phones, phone: str, text: str, *, key: str) -> Outcome:
        del phone, text, key
        seen.append(calls())
        return NotSent("220") if self is first else Sent("x")

    monkeypatch.setattr(Phones, "send", watched)
    sent()
    assert seen[0] == [("first", "calling", "")]
    assert sorted(seen[1]) == [("first", "not_sent", "220"), ("second", "calling", "")]


def test_a_worker_that_died_amid_the_second_call_calls_nobody_again(first: Phones, second: Phones) -> None:
    row = sent()
    Message.objects.update(state=MessageState.SENDING)
    Attempt.objects.update(state=AttemptState.CALLING, provider="second", reference=str(row.id))
    sending.deliver(row.id)
    assert Message.objects.get().state == MessageState.UNKNOWN
    assert ways() == {"second": (AttemptState.LOST, "interrupted")}
    assert (len(first.texts), second.texts) == (1, [])


def test_an_answer_that_comes_after_its_worker_was_given_up_is_taken(
    first: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(self: Phones, phone: str, text: str, *, key: str) -> Outcome:
        del self, phone, text
        sending.deliver(UUID(key))  # another worker takes the job of one that seems dead
        assert Message.objects.get().state == MessageState.UNKNOWN
        return Sent("late")

    monkeypatch.setattr(Phones, "send", slow)
    row = sent()
    row.refresh_from_db()
    assert (row.state, Attempt.objects.get().reference) == (MessageState.SENT, "late")


def test_who_failed_within_the_minute_is_asked_last(first: Phones, second: Phones, clock: Clock) -> None:
    first.outcomes = [NotSent("ConnectTimeout")]
    sent()
    clock.minutes = 0.5
    sent(key="two")
    assert (len(first.texts), len(second.texts)) == (1, 2)
    clock.minutes = 2
    sent(key="three")
    assert (len(first.texts), len(second.texts)) == (2, 2)


def test_where_both_are_away_it_is_put_off_and_both_are_asked_again(first: Phones, second: Phones) -> None:
    first.outcomes = second.outcomes = [NotSent("ConnectError")] * 2
    row = sent()
    assert (row.state, row.attempts, len(waiting())) == (MessageState.QUEUED, 1, 2)
    sending.deliver(row.id)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MessageState.SENT, 2)


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.PHONE_CODE, MessageState.REFUSED), (Kind.VISIT_CANCELLED, MessageState.QUEUED)],
)
def test_without_money_anywhere_only_what_must_be_told_waits_for_it(
    first: Phones, second: Phones, kind: Kind, state: MessageState
) -> None:
    first.outcomes = [Refused("201", Meaning.ACCOUNT)]
    second.outcomes = [Refused("3", Meaning.ACCOUNT)]
    row = sent(kind)
    assert (row.state, row.refusal) == (state, "3")


def test_where_nobody_has_a_way_it_is_refused(first: Phones, second: Phones) -> None:
    first.outcomes, second.outcomes = [Refused("207", Meaning.ROUTE)], [Refused("8", Meaning.ROUTE)]
    row = sent()
    assert (row.state, row.refusal) == (MessageState.REFUSED, "8")


def test_a_provider_that_names_a_time_is_waited_for(first: Phones, second: Phones) -> None:
    first.outcomes = [NotSent("231", after=A_MINUTE)]
    row = sent()
    assert (row.state, second.texts) == (MessageState.QUEUED, [])


def test_a_log_line_has_ids_and_codes_and_nobodys_data(
    first: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    first.outcomes = [Refused("209", Meaning.STOP_LIST)]
    with caplog.at_level(logging.DEBUG):
        row = sent()
    said = "\n".join(entry.getMessage() for entry in caplog.records)
    assert str(row.id) in said
    assert "209" in said
    assert not any(secret in said for secret in (PHONE, PHONE[1:], TEXT, "отменена"))


# The stop list


def test_a_number_of_a_stop_list_is_left_alone_by_all_for_a_day(
    first: Phones, second: Phones, clock: Clock
) -> None:
    first.outcomes = [Refused("209", Meaning.STOP_LIST)]
    sent()
    row = sent(key="two")
    assert (row.state, row.refusal, row.attempts) == (MessageState.REFUSED, "stop_list", 0)
    assert sent(key="three", phone="+79210000018").state == MessageState.SENT
    assert (len(first.texts), second.texts) == (2, [])
    assert PHONE[1:].encode() not in bytes(Stop.objects.get().phone)
    clock.minutes = 24 * 60 + 1
    assert sent(key="four").state == MessageState.SENT
    services.forget()
    assert Stop.objects.count() == 0


def test_a_number_that_is_stopped_again_is_stopped_for_another_day(clock: Clock) -> None:
    stops.remember(PHONE, provider="first", code="209")
    clock.minutes = 23 * 60
    stops.remember(PHONE, provider="first", code="209")
    clock.minutes = 25 * 60
    assert stops.is_stopped(PHONE)


# What is told of it later


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

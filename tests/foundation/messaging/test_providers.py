"""From provider to provider goes only what surely never left; what is lost stays where it was lost."""

import logging
from uuid import UUID

import pytest

from feldsher.foundation.messaging import sending, services, stops
from feldsher.foundation.messaging.models import Attempt, Message, Stop
from feldsher.foundation.messaging.ports import A_MINUTE, Meaning, NotSent, Outcome, Refused, Sent, Unknown
from feldsher.foundation.messaging.types import AttemptState, Kind, MessageState
from foundation.messaging.factory import PHONE, TEXT, Clock, calls, sent, ways
from support.sms import Phones, waiting

pytestmark = pytest.mark.usefixtures("two")


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


@pytest.mark.parametrize("provider", ["first", "second"])
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
    assert stops.stopped({PHONE}) == {PHONE}

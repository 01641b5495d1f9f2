"""What SMS cost is counted while their rows are there, and kept when they are gone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from feldsher.foundation.messaging import selectors, services, spending
from feldsher.foundation.messaging.models import Attempt, Message, SpentDay
from feldsher.foundation.messaging.types import Kind, Spent
from foundation.messaging.factory import NOW, Clock, sent
from support.sms import Phones

pytestmark = pytest.mark.django_db
DAY = spending.DAYS


def told() -> tuple[Spent, ...]:
    return selectors.spent(NOW.date(), NOW.date())


def priced(kind: Kind, key: str, cost: str | None, *, parts: int = 2, delivery: str = "delivered") -> None:
    message = sent(kind, key=key)
    Message.objects.filter(pk=message.pk).update(parts=parts)
    Attempt.objects.filter(message=message).update(cost=cost, delivery=delivery)


def test_messages_are_summed_by_kind_and_provider(two: None) -> None:
    priced(Kind.REMINDER, "a", "5.40")
    priced(Kind.REMINDER, "b", "2.70", parts=1, delivery="expired")
    priced(Kind.VISIT_BOOKED, "c", None)
    spending.tally()
    assert told() == (
        Spent(Kind.REMINDER, "first", 2, 1, 3, Decimal("8.10"), 0),
        Spent(Kind.VISIT_BOOKED, "first", 1, 1, 2, Decimal(0), 1),
    )
    assert selectors.spent(NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=9)) == ()


def test_what_was_refused_costs_nothing(two: None, first: Phones) -> None:
    priced(Kind.REMINDER, "a", None)
    Attempt.objects.update(state="refused")
    spending.tally()
    assert told() == ()


def test_counting_again_counts_the_same_and_a_late_price(two: None) -> None:
    priced(Kind.REMINDER, "a", None)
    spending.tally()
    Attempt.objects.update(cost="2.70")
    spending.tally()
    spending.tally()
    assert [(each.cost, each.unpriced) for each in told()] == [(Decimal("2.70"), 0)]


def test_what_was_counted_outlives_its_messages(two: None, clock: Clock) -> None:
    priced(Kind.REMINDER, "a", "2.70")
    spending.tally()
    clock.minutes = (DAY + 3) * 24 * 60
    services.forget()
    assert not Message.objects.exists()
    spending.tally()
    assert [each.cost for each in told()] == [Decimal("2.70")]


def test_no_day_is_counted_that_has_lost_messages(two: None, clock: Clock) -> None:
    priced(Kind.REMINDER, "a", "2.70")
    spending.tally()
    clock.minutes = DAY * 24 * 60 + 60
    services.forget()
    assert Message.objects.exists(), "the oldest day that is counted anew is whole"
    spending.tally()
    assert SpentDay.objects.get().messages == 1


def test_which_messages_arrived_is_told_by_their_keys(two: None) -> None:
    priced(Kind.REMINDER, "a", None)
    priced(Kind.REMINDER, "b", None, delivery="untold")
    assert selectors.delivered({"a", "b", "c"}) == {"a"}

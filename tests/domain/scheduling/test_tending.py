"""What happens to holds and old rows without anybody asking."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from conftest import SetClock
from domain.scheduling.factory import DAY, NOW, appointment, at, day_rows, lay, minutes, stretch
from domain.scheduling.interleaving import beside
from feldsher.domain.scheduling import tending
from feldsher.domain.scheduling.models import Appointment, Availability, Outcome, ResourceDay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _stopped_clock(set_clock: SetClock) -> None:
    set_clock(NOW)


def state(row: UUID) -> tuple[str, str]:
    return Appointment.objects.values_list("state", "reason").get(pk=row)


def test_only_holds_whose_time_ran_out_end() -> None:
    over = appointment(at(7), at(8), state="held", hold_until=NOW)
    live = appointment(at(8), at(9), state="held", hold_until=NOW + minutes(0.01))
    others = [
        appointment(at(9 + number), at(10 + number), state=name, hold_until=NOW - minutes(5))
        for number, name in enumerate(("booking", "booked", "unknown", "released", "cancelling"))
    ]
    assert tending.expire_holds() == 1
    assert state(over) == ("expired", "hold_expired")
    assert state(live) == ("held", "")
    assert [state(row)[0] for row in others] == ["booking", "booked", "unknown", "released", "cancelling"]
    assert tending.expire_holds() == 0


def test_a_hold_that_somebody_works_on_is_left_to_the_next_run() -> None:
    first = appointment(at(7), at(8), state="held", hold_until=NOW)
    second = appointment(at(8), at(9), state="held", hold_until=NOW)
    with beside() as start, transaction.atomic():
        Appointment.objects.select_for_update().get(pk=first)
        assert start(tending.expire_holds).result(10) == 1
        assert [state(first)[0], state(second)[0]] == ["held", "expired"]
    assert tending.expire_holds() == 1


def test_two_sweepers_end_each_hold_once() -> None:
    for number in range(20):
        appointment(at(number), at(number + 1), state="held", hold_until=NOW)
    with beside() as start:
        runs = [start(tending.expire_holds) for _ in range(2)]
        assert sum(run.result() for run in runs) == 20
    assert set(Appointment.objects.values_list("state", "version")) == {("expired", 2)}


def test_old_rows_are_forgotten_and_visits_are_not() -> None:
    days = [NOW.date() - timedelta(days=count) for count in (3, 2, 0)]
    for count in (-4, -3, -1):
        lay(day_rows([stretch(at(24 * count + 6), at(24 * count + 7))]))
    ResourceDay.objects.bulk_create([ResourceDay(kind=1, resource=UUID(int=1), day=day) for day in days])
    for number, age in enumerate((25, 23)):
        Outcome.objects.create(
            key=b"%d" % number, body=b"b", code="held", created_at=NOW - timedelta(hours=age)
        )
    visit = appointment(at(-24 * 400), at(-24 * 400 + 1))
    tending.forget()
    kept = [DAY - timedelta(days=3), DAY - timedelta(days=1)]
    assert list(Availability.objects.order_by("day").values_list("day", flat=True)) == kept
    assert list(ResourceDay.objects.order_by("day").values_list("day", flat=True)) == kept
    assert [bytes(row.key) for row in Outcome.objects.all()] == [b"1"]
    assert state(visit)[0] == "booked"

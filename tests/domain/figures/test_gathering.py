"""What became of visits is counted once, whatever happens in between, and follows them wherever they go."""

from datetime import timedelta
from uuid import uuid4

import pytest

from conftest import SetClock
from domain.figures.conftest import counted
from domain.figures.factory import (
    TO_BOOKED,
    TO_CAME,
    TO_MISSED,
    become,
    eye,
    held,
    holds,
    north,
    remind,
    visits,
)
from domain.scheduling.exchange.world import NOW, VISIT_AT
from feldsher.domain.figures import gathering, services
from feldsher.domain.figures.models import HoldDay, Progress, VisitDay, VisitFact
from feldsher.domain.figures.types import Source, SourceKind
from feldsher.domain.scheduling.models import Appointment, Reminder, Transition
from feldsher.domain.scheduling.types import State
from feldsher.foundation.messaging.models import Message

__all__ = ["counted"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted")]
HOUR = timedelta(hours=1)


def test_each_step_is_counted_with_all_that_go_further() -> None:
    held(VISIT_AT, State.EXPIRED)
    held(VISIT_AT + HOUR, *TO_BOOKED)
    held(VISIT_AT + 2 * HOUR, *TO_BOOKED, State.CANCELLED)
    held(VISIT_AT + 3 * HOUR, *TO_CAME)
    held(VISIT_AT + 4 * HOUR, *TO_MISSED)
    held(VISIT_AT + 5 * HOUR, State.BOOKING, State.REJECTED)
    held(VISIT_AT + 6 * HOUR, State.BOOKING, State.UNKNOWN)
    assert services.gather() == 7
    assert holds() == {"held": 7, "booked": 4, "cancelled": 1, "came": 1, "missed": 1}
    assert visits() == {"untold_came": 1, "untold_missed": 1, "unmarked": 1}
    cell = HoldDay.objects.get()
    assert (cell.day, cell.location, cell.practitioner, cell.channel) == (NOW.date(), north(), eye(), "site")
    assert VisitDay.objects.get().day == VISIT_AT.date()


def test_counting_again_changes_nothing(set_clock: SetClock) -> None:
    visit = held(VISIT_AT, *TO_BOOKED)
    for _ in range(3):
        services.gather()
        services.gather_again()
    assert holds() == {"held": 1, "booked": 1}
    become(visit, State.ARRIVED)
    services.gather()
    assert holds() == {"held": 1, "booked": 1, "came": 1}
    assert visits() == {"untold_came": 1}
    Progress.objects.update(transition=0)
    services.gather()
    assert holds() == {"held": 1, "booked": 1, "came": 1}


def test_a_moved_visit_is_one_visit_on_its_last_day() -> None:
    first = held(VISIT_AT, *TO_BOOKED)
    second = held(VISIT_AT + timedelta(days=3), State.EXPIRED)
    services.gather()
    assert holds() == {"held": 2, "booked": 1}
    other = held(VISIT_AT + timedelta(days=2))
    services.gather()
    Appointment.objects.filter(pk=other).update(chain=first, created_at=NOW + HOUR)
    become(other, State.BOOKING)
    services.gather()
    assert visits() == {"unmarked": 1}, "the old time stands until the new one is booked"
    become(other, State.BOOKED)
    become(first, State.MOVED)
    services.gather()
    assert holds() == {"held": 2, "booked": 1}
    assert {row.day for row in VisitDay.objects.filter(unmarked=1)} == {(VISIT_AT + timedelta(days=2)).date()}
    become(other, State.ARRIVED)
    services.gather()
    assert visits() == {"untold_came": 1}
    assert set(VisitFact.objects.values_list("chain", flat=True)) == {first, second}


def test_a_hold_that_is_taken_into_another_visit_is_no_visit_any_more() -> None:
    first = held(VISIT_AT, *TO_BOOKED)
    other = held(VISIT_AT + HOUR, State.BOOKING)
    services.gather()
    assert holds() == {"held": 2, "booked": 1}
    Appointment.objects.filter(pk=other).update(chain=first, created_at=NOW + HOUR)
    become(other, State.BOOKED)
    become(first, State.MOVED)
    services.gather()
    assert holds() == {"held": 1, "booked": 1}


def test_a_refused_move_leaves_the_old_visit_counted() -> None:
    first = held(VISIT_AT, *TO_BOOKED)
    other = held(VISIT_AT + HOUR, chain=first, created_at=NOW + HOUR)
    become(other, State.BOOKING, State.REJECTED)
    services.gather()
    assert holds() == {"held": 1, "booked": 1}
    assert visits() == {"unmarked": 1}


def test_what_registrars_booked_in_the_mis_is_left_out() -> None:
    held(VISIT_AT, *TO_CAME, channel="mis")
    services.gather()
    assert holds() == {}


def test_a_reminder_counts_where_it_arrived_or_was_answered() -> None:
    arrived, lost, answered, none = (held(VISIT_AT + n * HOUR, *TO_BOOKED) for n in range(4))
    remind(arrived)
    remind(lost, delivery="not_delivered")
    remind(answered, delivery="untold")
    Reminder.objects.filter(appointment=answered).update(answered_at=NOW)
    become(arrived, State.NOSHOW)
    for visit in (lost, answered, none):
        become(visit, State.ARRIVED)
    services.gather()
    assert visits() == {"told_missed": 1, "told_came": 1, "untold_came": 2}


def test_visits_that_one_message_told_together_are_told_alike() -> None:
    patient = uuid4()
    first = held(VISIT_AT, *TO_CAME, patient=patient)
    second = held(VISIT_AT + HOUR, *TO_CAME, patient=patient)
    stranger = held(VISIT_AT + 2 * HOUR, *TO_CAME)
    remind(first)
    remind(second, reason="told_together")
    remind(stranger, reason="told_together")
    services.gather()
    assert visits() == {"told_came": 2, "untold_came": 1}


def test_a_late_word_of_delivery_is_counted_at_night_and_outlives_its_message(set_clock: SetClock) -> None:
    visit = held(VISIT_AT, *TO_BOOKED)
    remind(visit, delivery="")
    set_clock(VISIT_AT + HOUR)
    become(visit, State.ARRIVED)
    services.gather()
    assert visits() == {"untold_came": 1}
    Message.objects.get().calls.update(delivery="delivered")
    set_clock(VISIT_AT + timedelta(days=1))
    assert services.gather_again() == 1
    assert visits() == {"told_came": 1}
    Message.objects.all().delete()
    become(visit, State.FULFILLED)
    services.gather()
    assert visits() == {"told_came": 1}


def test_the_source_of_a_hold_stays_with_its_visit() -> None:
    visit = held(VISIT_AT, *TO_CAME)
    held(VISIT_AT + HOUR, State.EXPIRED)
    yandex = Source(SourceKind.UTM, "yandex", "cpc", "autumn")
    services.note_hold(visit, source=yandex)
    services.gather()
    assert len({row.source for row in HoldDay.objects.filter(held__gt=0)}) == 1
    services.flush()
    services.gather()
    assert sorted(HoldDay.objects.filter(held__gt=0).values_list("held", "came")) == [(1, 0), (1, 1)]
    assert holds() == {"held": 2, "booked": 1, "came": 1}


def test_a_run_that_dies_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    held(VISIT_AT, *TO_BOOKED)

    def die(table: str, *_: object) -> None:
        if table == "figures_visit_day":
            raise RuntimeError("killed")
        add(table, *_)  # type: ignore[arg-type] # as it was called

    add = gathering.add
    monkeypatch.setattr(gathering, "add", die)
    with pytest.raises(RuntimeError):
        services.gather()
    assert (holds(), VisitFact.objects.count()) == ({}, 0)
    monkeypatch.setattr(gathering, "add", add)
    services.gather()
    assert holds() == {"held": 1, "booked": 1}


def test_a_change_that_was_committed_late_is_counted(set_clock: SetClock) -> None:
    held(VISIT_AT, *TO_BOOKED)
    late = held(VISIT_AT + HOUR)
    services.gather()
    newest = Transition.objects.order_by("-id").values_list("id", flat=True)[0]
    # Its number was drawn before the newest one's, and is seen only now.
    become(late, State.EXPIRED)
    Transition.objects.filter(appointment=late).update(id=-1)
    Progress.objects.update(transition=-2)
    assert services.gather() == 2
    assert holds() == {"held": 2, "booked": 1}
    assert Progress.objects.get().transition < newest, "young changes are looked at again"
    set_clock(NOW + timedelta(days=400))
    services.gather()
    assert Progress.objects.get().transition == newest


def test_more_than_one_run_reads_is_read_by_the_next(
    monkeypatch: pytest.MonkeyPatch, set_clock: SetClock
) -> None:
    for number in range(4):
        held(VISIT_AT + number * HOUR, *TO_BOOKED)
    monkeypatch.setattr(gathering, "CHANGES", 3)
    set_clock(NOW + timedelta(days=400))
    services.gather()
    assert holds() == {"held": 4, "booked": 4}


def test_night_forgets_batches(set_clock: SetClock) -> None:
    services.note_shown([(north(), eye())], channel="site")
    services.flush()
    set_clock(NOW + timedelta(days=3))
    services.gather_again()
    assert gathering.Batch.objects.count() == 0

"""What hold_slot answers, one rule a test; test_agreement.py compares it with free_slots at large."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from pytest_django import Settings

from conftest import SetClock
from domain.scheduling.factory import (
    COLLEAGUE,
    DOCTOR,
    LONG_VISIT,
    MIS,
    NORTH,
    NOW,
    OTHER_MIS,
    OTHER_ROOM,
    ROOM,
    SOUTH,
    VISIT,
    WORK,
    appointment,
    at,
    code,
    day_rows,
    doctor_day,
    heard,
    hold,
    lay,
    minutes,
    named,
    offer,
    offered,
    party,
    stretch,
)
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, Outcome, Transition
from feldsher.domain.scheduling.normaliser import Ticket
from feldsher.domain.scheduling.types import Idempotency
from feldsher.kernel.intervals import Interval

pytestmark = pytest.mark.django_db
# A transaction keeps to the clock that it saw first: whoever moves it needs several.
moves_the_clock = pytest.mark.django_db(transaction=True)
GROUP, OTHER_GROUP = named("group"), named("other group")


@pytest.fixture(autouse=True)
def _stopped_clock(set_clock: SetClock) -> None:
    set_clock(NOW)


def key(name: str, body: str = "body") -> Idempotency:
    return Idempotency(sha256(name.encode()).digest(), sha256(body.encode()).digest())


def row_of(appointment_id: UUID | None) -> Appointment:
    return Appointment.objects.get(pk=appointment_id)


# What a hold is


def test_a_hold_says_what_was_taken_and_until_when() -> None:
    doctor_day(before=minutes(5), after=minutes(10))
    answer = hold(at(7))
    assert (answer.code, answer.start, answer.end) == ("held", at(7), at(7, 30))
    assert (answer.until, str(answer.price), answer.zone) == (NOW + minutes(10), "1900.00", "Europe/Moscow")
    row = row_of(answer.appointment)
    assert (row.practitioner, row.location, row.state, row.version) == (DOCTOR, NORTH, "held", 1)
    assert (row.visit.lower, row.visit.upper) == (at(7), at(7, 30))
    assert (row.occupied.lower, row.occupied.upper) == (at(6, 55), at(7, 40))
    assert (row.chain, row.lane, row.room, row.patient) == (row.id, 0, None, None)


def test_a_refusal_says_nothing_but_its_code() -> None:
    doctor_day()
    appointment(at(7), at(7, 30))
    refused = hold(at(7))
    assert refused.code == "taken"
    assert {getattr(refused, name) for name in refused.__slots__ if name != "code"} == {None}
    assert Appointment.objects.count() == 1


def test_a_held_time_is_taken_for_everybody_else() -> None:
    doctor_day()
    assert [code(at(7)), code(at(7))] == ["held", "taken"]


# The schedule


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        (at(5, 30), "not_offered"),
        (at(6), "held"),
        (at(6, 10), "not_offered"),
        (at(6) + timedelta(milliseconds=300), "not_offered"),
        (at(14, 30), "held"),
        (at(15), "not_offered"),
    ],
)
def test_only_starts_of_the_schedule_are_held(start: object, answer: str) -> None:
    doctor_day()
    assert code(start) == answer  # type: ignore[arg-type] - parametrised


def test_starts_are_counted_from_where_the_doctor_begins_to_work() -> None:
    doctor_day(stretch(at(8, 45), at(10, 45)))
    assert offered() == [at(8, 45), at(9, 15), at(9, 45), at(10, 15)]


def test_a_visit_that_the_mis_booked_does_not_shift_the_grid() -> None:
    doctor_day(stretch(at(8), at(9)), stretch(at(9, 20), at(11)), busy=[stretch(at(9), at(9, 20))])
    assert offered() == [at(8), at(8, 30), at(9, 30), at(10), at(10, 30)]


def test_an_unknown_service_is_not_offered() -> None:
    doctor_day()
    assert code(at(7), service_id=LONG_VISIT) == "not_offered"


def test_the_cells_of_a_mis_outrank_the_step_of_the_offer() -> None:
    lay(day_rows([stretch(at(8), at(9))], step=20))
    doctor_day(stretch(at(30), at(31)))
    assert offered() == [at(8), at(8, 20), at(30), at(30, 30)]


def test_each_day_keeps_the_cells_of_its_own() -> None:
    """A visit over midnight is aligned by the day in which it begins."""
    lay(day_rows([stretch(at(23), at(24))], step=15, work=[stretch(at(23), at(25))]))
    lay(day_rows([stretch(at(24), at(25))], step=10, work=[stretch(at(23), at(25))]))
    offer()
    heard()
    assert offered()[:6] == [at(23), at(23, 15), at(23, 30), at(23, 45), at(24), at(24, 10)]
    assert [code(at(23, 40)), code(at(23, 45))] == ["not_offered", "held"]


def test_only_the_mis_that_keeps_the_schedule_offers_time() -> None:
    lay(day_rows([stretch(at(8), at(9))]), mis=OTHER_MIS)
    doctor_day(stretch(at(32), at(33)))
    assert offered() == [at(32), at(32, 30)]
    assert code(at(8)) == "not_offered"


def test_a_visit_may_run_over_midnight_utc() -> None:
    doctor_day(stretch(at(23), at(25)))
    assert offered() == [at(23), at(23, 30), at(24), at(24, 30)]
    offer(service=LONG_VISIT, length=minutes(90), is_default=False)
    assert code(at(23, 30), service_id=LONG_VISIT) == "held"
    assert offered() == [at(23)]


# Tickets


def test_a_ticket_is_held_whole_and_by_its_id() -> None:
    tickets = [Ticket("A", at(8), at(8, 20)), Ticket("B", at(8, 20), at(8, 50))]
    lay(day_rows(tickets=tickets))
    doctor_day(stretch(at(40), at(41)))
    assert offered()[:2] == [at(8), at(8, 20)]
    answer = hold(at(8, 20))
    assert (answer.end, row_of(answer.appointment).ticket) == (at(8, 50), "B")
    assert code(at(8, 30)) == "not_offered"


def test_of_two_tickets_with_one_start_that_which_fits_is_taken() -> None:
    lay(day_rows(tickets=[Ticket("long", at(8), at(9)), Ticket("short", at(8), at(8, 20))]))
    doctor_day(stretch(at(40), at(41)))
    appointment(at(8, 30), at(9))
    assert offered()[0] == at(8)
    answer = hold(at(8))
    assert (answer.code, answer.end, row_of(answer.appointment).ticket) == ("held", at(8, 20), "short")


def test_trap_13_a_group_takes_each_ticket_once() -> None:
    """Each place of the group is a ticket of its own: two tickets are two places, whatever the rule says."""
    lay(day_rows(tickets=[Ticket("A", at(8), at(9)), Ticket("B", at(8), at(9))]))
    doctor_day(stretch(at(40), at(41)), capacity=3)
    answers = [hold(at(8)) for _ in range(3)]
    assert [answer.code for answer in answers] == ["held", "held", "taken"]
    assert {row_of(answer.appointment).ticket for answer in answers[:2]} == {"A", "B"}
    assert at(8) not in offered()


# Buffers, what the MIS calls busy, several branches


@pytest.mark.parametrize(("start", "answer"), [(at(7, 35), "taken"), (at(7, 40), "held")])
def test_buffers_of_neighbours_add_up(start: object, answer: str) -> None:
    """Five minutes after one visit and five before the next are ten."""
    doctor_day(step=minutes(5), before=minutes(5))
    appointment(at(7), at(7, 30), after=5)
    assert code(start) == answer  # type: ignore[arg-type] - parametrised


@pytest.mark.parametrize(("start", "answer"), [(at(7, 30), "taken"), (at(7, 35), "held")])
def test_our_buffer_keeps_clear_of_a_visit_that_the_mis_booked(start: object, answer: str) -> None:
    doctor_day(step=minutes(5), before=minutes(5), busy=[stretch(at(7), at(7, 30))])
    assert code(start) == answer  # type: ignore[arg-type] - parametrised


def test_a_doctor_whom_a_mis_booked_in_one_branch_is_not_free_in_another() -> None:
    doctor_day()
    lay(day_rows(location=SOUTH, busy=[stretch(at(8), at(9))]), mis=OTHER_MIS)
    assert [code(at(8)), code(at(8, 30)), code(at(9))] == ["taken", "taken", "held"]


def test_a_doctor_whom_we_booked_in_one_branch_is_not_free_in_another() -> None:
    doctor_day()
    doctor_day(location=SOUTH)
    assert [code(at(8)), code(at(8), location_id=SOUTH)] == ["held", "taken"]
    assert at(8) not in offered(location=SOUTH)


def test_our_own_visit_that_the_mis_shows_as_busy_blocks_nothing_beside_it() -> None:
    appointment(at(8), at(8, 30))
    doctor_day(stretch(at(6), at(8)), stretch(at(8, 30), at(10)), busy=[stretch(at(8), at(8, 30))])
    assert [code(at(7, 30)), code(at(8)), code(at(8, 30))] == ["held", "not_offered", "held"]


# Lanes, rooms, groups


def test_a_visit_in_an_overflow_lane_takes_its_time() -> None:
    """Lane 0 was cancelled; what the MIS wrote over it in lane 1 still stands."""
    doctor_day()
    appointment(at(8), at(8, 30), lane=1, channel="mis", mis_overlap=True)
    assert at(8) not in offered()
    assert code(at(8)) == "taken"


def test_trap_13_a_group_takes_as_many_as_its_capacity_all_of_one_party() -> None:
    doctor_day(capacity=3, room=ROOM)
    answers = [hold(at(8)) for _ in range(4)]
    assert [answer.code for answer in answers] == ["held", "held", "held", "taken"]
    rows = [row_of(answer.appointment) for answer in answers[:3]]
    assert {(row.lane, row.room_lane, row.party) for row in rows} == {(0, 0, party(at(8), at(8, 30)))}
    assert at(8) not in offered()


def groups(*others: UUID, capacity: int = 3) -> None:
    """Offer single visits of half an hour, and groups of an hour that begin each half hour."""
    doctor_day()
    for service in (GROUP, *others):
        offer(service=service, length=minutes(60), capacity=capacity, is_default=False)


def group_code(start: datetime, *, service_id: UUID = GROUP) -> str:
    """Try for a place of a group, having looked whether it is offered: both must say the same."""
    is_offered = start in offered(location=NORTH, service=service_id)
    answer = code(start, service_id=service_id)
    assert is_offered == (answer == "held")
    return answer


def test_a_place_of_a_group_is_not_held_over_a_visit_for_one() -> None:
    groups()
    assert code(at(8, 30)) == "held"
    assert [group_code(at(8)), group_code(at(8, 30)), group_code(at(9))] == ["taken", "taken", "held"]


def test_a_visit_for_one_is_not_held_over_a_group() -> None:
    groups()
    assert [group_code(at(8)), code(at(8)), code(at(8, 30)), code(at(9))] == [
        "held",
        "taken",
        "taken",
        "held",
    ]
    assert offered(service=VISIT)[4:6] == [at(9, 30), at(10)]


def test_a_group_takes_no_place_of_one_that_begins_at_another_time() -> None:
    groups()
    assert [group_code(at(8)), group_code(at(8, 30)), group_code(at(8)), group_code(at(9))] == [
        "held", "taken", "held", "held",
    ]  # fmt: skip


def test_two_groups_of_one_hour_are_not_one() -> None:
    groups(OTHER_GROUP)
    assert group_code(at(8)) == "held"
    assert [group_code(at(8), service_id=OTHER_GROUP), group_code(at(9), service_id=OTHER_GROUP)] == [
        "taken", "held",
    ]  # fmt: skip


def test_the_same_hour_of_another_branch_is_another_group() -> None:
    for location in (NORTH, SOUTH):
        doctor_day(location=location, capacity=3)
    assert [code(at(8)), code(at(8)), code(at(8), location_id=SOUTH)] == ["held", "held", "taken"]
    assert at(8) not in offered(location=SOUTH)


def test_buffers_keep_a_group_clear_of_the_next() -> None:
    doctor_day(capacity=3, after=minutes(10))
    assert [code(at(8)), code(at(8, 30)), code(at(8)), code(at(9))] == ["held", "taken", "held", "held"]


@pytest.mark.parametrize(
    ("busy", "answer"),
    [
        (stretch(at(8), at(9)), "held"),
        (stretch(at(8), at(8, 30)), "taken"),
        (stretch(at(7, 30), at(8, 30)), "taken"),
        (stretch(at(7, 30), at(9, 30)), "held"),
    ],
)
def test_a_mis_that_calls_the_very_time_of_a_group_busy_means_the_places_that_it_has(
    busy: Interval, answer: str
) -> None:
    """What it calls free and busy at once is a group of its own; where a part is busy it is another visit."""
    lay(day_rows([stretch(at(8), at(9))], busy=[busy], work=[WORK]))
    doctor_day(stretch(at(40), at(41)))
    offer(service=GROUP, length=minutes(60), capacity=3, is_default=False)
    assert group_code(at(8)) == answer


def test_a_group_is_not_held_over_what_a_mis_booked_in_another_branch() -> None:
    groups()
    lay(day_rows(location=SOUTH, busy=[stretch(at(8), at(9))]), mis=OTHER_MIS)
    assert [group_code(at(8)), group_code(at(9))] == ["taken", "held"]


@pytest.mark.parametrize(
    ("service", "end", "answer"),
    [(UNNAMED_SERVICE, at(9), "held"), (VISIT, at(9), "taken"), (UNNAMED_SERVICE, at(8, 30), "taken")],
)
def test_a_visit_of_the_mis_is_a_place_of_the_group_whose_time_it_has(
    service: UUID, end: datetime, answer: str
) -> None:
    """A MIS that books a place by phone does not say of what; one that names another service does."""
    groups(capacity=2)
    appointment(at(8), end, service=service, channel="mis", party=party(at(8), end))
    assert group_code(at(8)) == answer
    assert group_code(at(8)) == "taken"


def test_a_room_that_another_doctor_has_is_not_free() -> None:
    doctor_day(room=ROOM)
    appointment(at(8), at(8, 30), practitioner=COLLEAGUE, room=ROOM)
    assert [code(at(8)), code(at(8, 30))] == ["taken", "held"]


def test_of_several_rooms_the_first_free_one_is_taken() -> None:
    lay(day_rows([stretch(at(8), at(9))], room=OTHER_ROOM))
    doctor_day(stretch(at(8), at(9)), room=ROOM)
    appointment(at(8), at(8, 30), practitioner=COLLEAGUE, room=ROOM)
    assert offered() == [at(8), at(8, 30)]
    assert row_of(hold(at(8)).appointment).room == OTHER_ROOM
    assert row_of(hold(at(8, 30)).appointment).room == ROOM


# Bounds and caps


@pytest.mark.parametrize(
    ("start", "answer"),
    [(NOW - minutes(30), "in_past"), (NOW + minutes(30), "in_past"), (NOW + minutes(60), "held")],
)
def test_a_start_must_lie_beyond_the_notice(start: object, answer: str) -> None:
    doctor_day(stretch(NOW - minutes(60), NOW + minutes(120)), notice=minutes(60))
    assert code(start) == answer  # type: ignore[arg-type] - parametrised


@pytest.mark.parametrize(("start", "answer"), [(at(6), "held"), (at(6, 30), "not_offered")])
def test_a_start_must_lie_within_the_horizon(start: object, answer: str) -> None:
    doctor_day(horizon=timedelta(days=1))
    assert code(start) == answer  # type: ignore[arg-type] - parametrised


@moves_the_clock
@pytest.mark.parametrize(("ago", "answer"), [(10, "held"), (10.01, "stale"), (600, "stale")])
def test_a_mirror_beyond_the_freshness_limit_holds_nothing(
    set_clock: SetClock, ago: float, answer: str
) -> None:
    doctor_day()
    set_clock(NOW + minutes(ago))
    assert bool(offered()) == (answer == "held")
    assert code(at(7)) == answer


def test_a_mis_that_was_never_heard_holds_nothing() -> None:
    doctor_day()
    offer(location=SOUTH, mis="silent")
    lay(day_rows([stretch(at(8), at(9))], location=SOUTH), mis="silent")
    assert code(at(8), location_id=SOUTH) == "stale"


@moves_the_clock
def test_a_device_has_as_many_live_holds_as_the_cap(settings: Settings, set_clock: SetClock) -> None:
    assert settings.FELDSHER_BOOKING.holds_per_device == 5
    doctor_day()
    starts = [at(6 + count) for count in range(6)]
    assert [code(start, device=b"d" * 32) for start in starts] == ["held"] * 5 + ["too_many_holds"]
    assert code(starts[5], device=b"e" * 32) == "held"
    set_clock(NOW + minutes(10))
    assert code(at(12), device=b"d" * 32) == "held"


def test_whoever_loses_a_race_is_not_counted_by_the_cap() -> None:
    doctor_day()
    appointment(at(7), at(8))
    assert [code(at(7), device=b"d" * 32) for _ in range(7)] == ["taken"] * 7


@moves_the_clock
def test_a_hold_that_meets_an_overdue_one_ends_it(set_clock: SetClock) -> None:
    doctor_day()
    first = hold(at(7))
    set_clock(NOW + minutes(10))
    assert at(7) in offered()
    assert code(at(7)) == "held"
    assert (row_of(first.appointment).state, row_of(first.appointment).reason) == ("expired", "hold_expired")
    assert Transition.objects.get(appointment=first.appointment).after == "expired"


@moves_the_clock
def test_an_overdue_hold_of_another_doctor_frees_the_room(set_clock: SetClock) -> None:
    doctor_day(room=ROOM)
    other = appointment(at(7), at(7, 30), state="held", practitioner=COLLEAGUE, room=ROOM)
    assert code(at(7)) == "taken"
    set_clock(NOW + minutes(10))
    assert code(at(7)) == "held"
    assert row_of(other).state == "expired"


# Keys


def test_a_repeated_key_gives_the_same_hold() -> None:
    doctor_day()
    first, again = (hold(at(7), idempotency=key("one")) for _ in range(2))
    assert first == again
    assert Appointment.objects.count() == 1


def test_a_key_with_another_body_is_refused() -> None:
    doctor_day()
    assert hold(at(7), idempotency=key("one")).code == "held"
    refused = hold(at(8), idempotency=key("one", "other"))
    assert (refused.code, refused.appointment, refused.price) == ("key_reused", None, None)
    assert Appointment.objects.count() == 1


@moves_the_clock
def test_only_final_answers_are_kept(set_clock: SetClock) -> None:
    doctor_day(notice=minutes(60))
    appointment(at(7), at(7, 30))
    asked = {"taken": at(7), "not_offered": at(7, 10), "in_past": NOW, "held": at(8)}
    for answer, start in asked.items():
        assert hold(start, idempotency=key(answer)).code == answer
    assert code(at(9), device=b"d" * 32) == "held"
    set_clock(NOW + minutes(30))
    assert hold(at(8), idempotency=key("stale")).code == "stale"
    assert sorted(Outcome.objects.values_list("code", flat=True)) == sorted(asked)


def test_a_kept_refusal_is_repeated_even_when_the_time_is_free_again() -> None:
    doctor_day()
    visit = appointment(at(7), at(7, 30))
    assert hold(at(7), idempotency=key("one")).code == "taken"
    Appointment.objects.filter(pk=visit).update(state="cancelled")
    assert hold(at(7), idempotency=key("one")).code == "taken"
    assert hold(at(7), idempotency=key("two")).code == "held"


# What the database itself refuses


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_older_snapshot_may_hold_nothing(level: str) -> None:
    doctor_day()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        with pytest.raises(DatabaseError, match="hold_slot needs READ COMMITTED"):
            hold(at(7))
        transaction.set_rollback(True)
    assert Appointment.objects.count() == 0


def test_a_price_and_a_zone_of_the_offer_travel_with_the_hold() -> None:
    doctor_day(price=None, zone="Asia/Yekaterinburg", mis=MIS)
    answer = hold(at(7))
    assert (answer.price, answer.zone) == (None, "Asia/Yekaterinburg")

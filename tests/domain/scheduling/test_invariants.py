"""What the database refuses whoever asks: overlaps, nonsense of time, forbidden changes of state."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models.expressions import RawSQL
from psycopg import errors as database

from domain.scheduling.factory import (
    COLLEAGUE,
    DOCTOR,
    NOW,
    OTHER_ROOM,
    ROOM,
    SOUTH,
    appointment,
    at,
    minutes,
    offer,
    party,
    unsaved_appointment,
)
from feldsher.domain.scheduling.models import Appointment, Transition
from feldsher.domain.scheduling.types import ACTIVE_STATES, State

pytestmark = pytest.mark.django_db

ALLOWED = {
    State.HELD: {State.EXPIRED, State.RELEASED, State.BOOKING},
    State.BOOKING: {State.BOOKED, State.REJECTED, State.UNKNOWN},
    State.UNKNOWN: {State.BOOKED, State.REJECTED},
    State.BOOKED: {State.CANCELLING, State.CANCELLED, State.MOVED, State.ARRIVED, State.NOSHOW},
    State.CANCELLING: {State.CANCELLED, State.BOOKED},
    State.ARRIVED: {State.FULFILLED, State.NOSHOW},
}
PATIENT = uuid4()
ENDED = sorted(set(State) - set(ACTIVE_STATES))


def refused(**changes: object) -> str:
    """Return the constraint that refuses a visit at 8:15, next to one of the doctor at 8:00."""
    values = {"practitioner": DOCTOR, "start": at(8, 15), "end": at(8, 45)} | changes
    start, end = values.pop("start"), values.pop("end")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        appointment(start, end, **values)  # type: ignore[arg-type] - passed through
    return constraint_of(caught.value)


def constraint_of(error: IntegrityError) -> str:
    cause = error.__cause__
    assert isinstance(cause, database.Error)
    return str(cause.diag.constraint_name)


# Overlaps


@pytest.mark.parametrize("state", ACTIVE_STATES)
def test_two_active_visits_of_one_doctor_never_overlap(state: State) -> None:
    appointment(at(8), at(8, 30), state=state)
    assert refused() == "appointment_practitioner_free"


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_takes_no_time(state: State) -> None:
    appointment(at(8), at(8, 30), state=state)
    appointment(at(8), at(8, 30))
    assert Appointment.objects.filter(active=True).count() == 1


def test_visits_that_touch_do_not_overlap() -> None:
    appointment(at(8), at(8, 30))
    appointment(at(8, 30), at(9))


def test_buffers_count_for_the_doctor() -> None:
    appointment(at(7, 30), at(8), after=5)
    assert refused(start=at(8, 5), before=5) == "appointment_practitioner_free"
    appointment(at(8, 10), at(8, 30), before=5)


def test_what_a_mis_did_over_ours_has_a_lane_of_its_own() -> None:
    appointment(at(8), at(8, 30))
    appointment(at(8), at(8, 30), lane=1, channel="mis", mis_overlap=True)


def test_only_places_of_one_group_stand_at_one_time() -> None:
    group = party(at(8), at(9))
    for _ in range(2):
        appointment(at(8), at(9), party=group)
    assert refused() == "appointment_practitioner_free"
    assert refused(start=at(8), end=at(9)) == "appointment_practitioner_free"
    assert refused(start=at(8, 30), end=at(9, 30), party=party(at(8, 30), at(9, 30))) == (
        "appointment_practitioner_free"
    )
    appointment(at(9), at(10), party=party(at(9), at(10)))


def test_a_place_of_a_group_stands_over_no_visit_for_one() -> None:
    appointment(at(8), at(8, 30))
    assert refused(start=at(8), end=at(9), party=party(at(8), at(9))) == "appointment_practitioner_free"


def test_places_of_one_group_share_their_room_with_nobody_else() -> None:
    group = party(at(8), at(9))
    for _ in range(2):
        appointment(at(8), at(9), party=group, room=ROOM)
    theirs = party(at(8), at(9), practitioner=COLLEAGUE)
    for changes in ({}, {"start": at(8), "end": at(9), "party": theirs}):
        assert refused(practitioner=COLLEAGUE, room=ROOM, **changes) == "appointment_room_free"


@pytest.mark.parametrize(
    "changes", [{"practitioner": COLLEAGUE}, {"location": SOUTH}, {"start": at(7)}, {"end": at(10)}]
)
def test_a_group_is_one_doctor_and_branch_and_start_and_end(changes: dict[str, Any]) -> None:
    group: dict[str, Any] = {"start": at(8), "end": at(9)}
    assert party(**group) == party(**group)
    assert party(**group) != party(**group | changes)


def test_two_visits_in_one_room_never_overlap() -> None:
    appointment(at(8), at(8, 30), room=ROOM)
    assert refused(practitioner=COLLEAGUE, room=ROOM) == "appointment_room_free"
    appointment(at(8), at(8, 30), practitioner=COLLEAGUE, room=OTHER_ROOM)


def test_visits_without_a_room_do_not_guard_one() -> None:
    appointment(at(8), at(8, 30))
    appointment(at(8), at(8, 30), practitioner=COLLEAGUE)


def test_two_visits_of_one_patient_never_overlap() -> None:
    appointment(at(8), at(8, 30), patient=PATIENT)
    assert refused(practitioner=COLLEAGUE, patient=PATIENT) == "appointment_patient_free"


def test_buffers_do_not_count_for_the_patient() -> None:
    appointment(at(8), at(8, 30), patient=PATIENT, after=15)
    appointment(at(8, 30), at(9), patient=PATIENT, practitioner=COLLEAGUE, before=15)


@pytest.mark.parametrize(
    "shared", [{}, {"room": ROOM}, {"patient": PATIENT}, {"patient": PATIENT, "room": ROOM}]
)
def test_versions_of_one_visit_may_overlap_each_other(shared: dict[str, object]) -> None:
    first = appointment(at(8), at(8, 30), **shared)
    appointment(at(8, 15), at(8, 45), chain=first, **shared)
    assert refused(start=at(8, 20), **shared)


# Nonsense


@pytest.mark.parametrize(
    "visit",
    [
        DateTimeTZRange(at(8), at(8)),
        DateTimeTZRange(empty=True),
        DateTimeTZRange(None, at(8, 30)),
        DateTimeTZRange(at(8), None),
        DateTimeTZRange(at(8), at(8, 30), "[]"),
        DateTimeTZRange(at(8), at(8, 30), "()"),
    ],
    ids=str,
)
@pytest.mark.parametrize("columns", [("visit",), ("occupied",), ("visit", "occupied")])
def test_a_range_without_sane_bounds_is_refused(visit: DateTimeTZRange, columns: tuple[str, ...]) -> None:
    row = unsaved_appointment(at(8), at(8, 30), state="booked")
    for column in columns:
        setattr(row, column, visit)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        row.save(force_insert=True)
    assert constraint_of(caught.value) in {"appointment_visit_sane", "appointment_occupied_sane"}


@pytest.mark.parametrize("column", ["visit", "occupied"])
def test_infinity_is_no_bound(column: str) -> None:
    row = appointment(at(8), at(8, 30))
    endless = RawSQL("tstzrange('-infinity', 'infinity')", ())
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Appointment.objects.update(**{column: endless})
    assert constraint_of(caught.value).endswith("_sane")
    assert Appointment.objects.get(pk=row).visit.lower == at(8)


def test_what_is_occupied_holds_the_visit() -> None:
    row = unsaved_appointment(at(8), at(8, 30), state="booked")
    row.occupied = DateTimeTZRange(at(8, 5), at(8, 30))
    with pytest.raises(IntegrityError, match="appointment_occupied_sane"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("lane", ["lane", "room_lane"])
def test_a_lane_is_never_below_zero(lane: str) -> None:
    assert refused(**{lane: -1}) == "appointment_lanes_sane"


def test_a_hold_has_an_end() -> None:
    assert refused(state="held", hold_until=None) == "appointment_hold_has_end"


@pytest.mark.parametrize("state", sorted(set(State) - {State.HELD, State.EXPIRED, State.RELEASED}))
def test_a_visit_has_a_patient_unless_a_mis_made_it(state: State) -> None:
    assert refused(state=state, patient=None) == "appointment_patient_known"
    appointment(at(8), at(8, 30), state=state, patient=None, channel="mis")


@pytest.mark.parametrize(
    "changes",
    [
        {"length": minutes(0)},
        {"step": minutes(0)},
        {"before": minutes(-1)},
        {"after": minutes(-1)},
        {"notice": minutes(-1)},
        {"capacity": 0},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_offer_without_sane_terms_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="offer_sane"), transaction.atomic():
        offer(**changes)


# Changes of state


@pytest.mark.parametrize(("before", "after"), [pair for pair in product(State, State) if pair[0] != pair[1]])
def test_a_state_changes_only_as_the_picture_says(before: State, after: State) -> None:
    row = appointment(at(8), at(8, 30), state=before, patient=PATIENT)
    change = Appointment.objects.filter(pk=row)
    if after in ALLOWED.get(before, set()):
        change.update(state=after, reason="tried", hold_until=NOW)
        assert change.values_list("state", "version").get() == (after, 2)
        step = Transition.objects.get(appointment=row)
        assert (step.before, step.after, step.reason) == (before, after, "tried")
    else:
        with (
            pytest.raises(IntegrityError, match=f"may not go from {before} to {after}"),
            transaction.atomic(),
        ):
            change.update(state=after, hold_until=NOW)
        assert change.values_list("state", "version").get() == (before, 1)
        assert not Transition.objects.exists()


def test_the_history_is_told_in_order() -> None:
    row = Appointment.objects.filter(pk=appointment(at(8), at(8, 30), state="held", patient=PATIENT))
    for state in ("booking", "unknown", "booked", "cancelling", "cancelled"):
        row.update(state=state)
    assert row.get().version == 6
    steps = Transition.objects.order_by("id").values_list("before", "after")
    assert list(steps) == [
        ("held", "booking"),
        ("booking", "unknown"),
        ("unknown", "booked"),
        ("booked", "cancelling"),
        ("cancelling", "cancelled"),
    ]


def test_a_change_of_anything_else_writes_no_history() -> None:
    row = Appointment.objects.filter(pk=appointment(at(8), at(8, 30)))
    row.update(reason="noted")
    row.update(state="booked")
    assert row.get().version == 1
    assert not Transition.objects.exists()

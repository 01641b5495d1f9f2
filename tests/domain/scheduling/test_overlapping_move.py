"""A visit moves to a time that overlaps its own: the database alone decides where no MIS keeps visits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, OwnClinic
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    at_work_on_thursdays,
    confirmed,
    key,
    offered,
    run_jobs,
    state,
)
from domain.scheduling.interleaving import at_once
from domain.scheduling.staff import somebody
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import selectors, services, tending, waiting
from feldsher.domain.scheduling.errors import NotMovableError, SlotTakenError
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import Appointment, Transition, WaitingOffer, Wish
from feldsher.domain.scheduling.services import moving
from feldsher.domain.scheduling.services.holding import hold_time
from feldsher.domain.scheduling.tokens import appointment_token, slot_token
from feldsher.domain.scheduling.types import Hold, SlotKey, State, Window, WishInput
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

pytestmark = pytest.mark.django_db(transaction=True)
EVERYBODYS = ["09:00", "10:00", "10:15", "10:30"]
OWN = ["09:00", "09:15", "09:45", "10:00", "10:15", "10:30"]
"""Times of who moves a visit of half past nine, of half an hour, in steps of a quarter."""


@pytest.fixture
def clinic(set_clock: SetClock, settings: Settings) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays from nine to eleven, and may begin each quarter of an hour."""
    set_clock(NOW + timedelta(hours=1))
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"
    with at_work_on_thursdays("9-11") as clinic:
        services.change_rule(RuleValues(step=15), practitioner=clinic.eye, author=STAFF)
        run_jobs()
        yield clinic


@pytest.fixture
def visit(clinic: OwnClinic) -> UUID:
    """Book a patient for half past nine."""
    found = confirmed(key(clinic, "09:30"))
    run_jobs()
    return found


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


def own_times(visit: UUID) -> list[str]:
    card = selectors.appointment(visit, token=appointment_token(visit))
    times = selectors.times_to_move_to(card)
    return [
        (slot.key.start + timedelta(hours=3)).strftime("%H:%M")
        for slot in times
        if slot.key.start.date() == THURSDAY
    ]


def move(visit: UUID, to: SlotKey) -> UUID:
    token = appointment_token(visit)
    return services.move(visit, token=token, slot=slot_token(to), device="device").appointment_id


def held_for(visit: UUID, to: SlotKey) -> Hold:
    return hold_time(to, channel="site", instead=making_way(visit))


def stranger_is_refused(at: SlotKey) -> None:
    with pytest.raises(SlotTakenError):
        services.hold(slot_token(at), channel="site", device="another")


def test_who_may_move_a_visit_is_told_of_times_that_nobody_else_sees(clinic: OwnClinic, visit: UUID) -> None:
    assert (offered(clinic), own_times(visit)) == (EVERYBODYS, OWN)
    for at in ("09:15", "09:45"):
        stranger_is_refused(key(clinic, at))


def test_a_long_day_leaves_none_of_them_out(clinic: OwnClinic, visit: UUID) -> None:
    services.change_rule(RuleValues(step=5), practitioner=clinic.eye, author=STAFF)
    found = own_times(visit)
    near = [f"09:{minute:02}" for minute in range(5, 60, 5) if minute != 30]
    assert [at for at in found if "09:00" < at < "10:00"] == near
    assert len([at for at in found if at >= "10:00"]) < len(EVERYBODYS[1:])


def test_who_may_only_look_at_a_visit_is_told_of_none(clinic: OwnClinic, visit: UUID) -> None:
    card = replace(selectors.appointment(visit, token=appointment_token(visit)), can_cancel=False)
    starts = {slot.key.start for slot in selectors.times_to_move_to(card)}
    assert key(clinic, "10:00").start in starts
    assert not {key(clinic, at).start for at in ("09:15", "09:45")} & starts


def test_a_visit_that_is_off_moves_to_no_time_of_its_day(clinic: OwnClinic, visit: UUID) -> None:
    card = selectors.appointment(visit, token=appointment_token(visit))
    days = {slot.key.start.date() for slot in selectors.times_to_move_to(card)}
    left = {slot.key.start.date() for slot in selectors.times_to_move_to(replace(card, is_off=True))}
    assert len(left) > 0
    assert days - left == {THURSDAY}


@pytest.mark.parametrize(
    ("to", "left"),
    [("09:45", ["09:00", "09:15", "10:15", "10:30"]), ("09:15", ["09:45", "10:00", "10:15", "10:30"])],
)
def test_both_times_stand_until_the_answer_and_then_the_rest_of_the_old_is_everybodys(
    clinic: OwnClinic, visit: UUID, to: str, left: list[str]
) -> None:
    moved = move(visit, key(clinic, to))
    assert (state(visit), state(moved)) == (State.BOOKED, State.BOOKING)
    assert set(offered(clinic)) < set(left)
    for at in ("09:15", "09:30", "09:45"):
        stranger_is_refused(key(clinic, at))
    run_jobs()
    assert (state(visit), state(moved)) == (State.MOVED, State.BOOKED)
    assert Appointment.objects.get(pk=moved).chain == visit
    assert offered(clinic) == left
    assert move(visit, key(clinic, to)) == moved


def test_the_hold_is_in_the_visits_chain_from_the_first_moment(clinic: OwnClinic, visit: UUID) -> None:
    """One that does not overlap the visit is like anybody's."""
    beside, apart = held_for(visit, key(clinic, "09:45")), held_for(visit, key(clinic, "10:15"))
    assert Appointment.objects.get(pk=beside.id).chain == visit
    assert Appointment.objects.get(pk=apart.id).chain == apart.id
    with pytest.raises(IntegrityError, match="appointment_practitioner_free"), transaction.atomic():
        Appointment.objects.filter(pk=beside.id).update(chain=beside.id)


def test_its_own_start_is_no_other_time(clinic: OwnClinic, visit: UUID) -> None:
    with pytest.raises(SlotTakenError):
        move(visit, key(clinic, "09:30"))
    assert Appointment.objects.count() == 1


def test_a_hold_that_ends_changes_nothing_of_the_visit(
    clinic: OwnClinic, visit: UUID, set_clock: SetClock
) -> None:
    before = Appointment.objects.filter(pk=visit).values().get()
    services.release(held_for(visit, key(clinic, "09:45")).id)
    left = held_for(visit, key(clinic, "09:15"))
    set_clock(NOW + timedelta(hours=1, minutes=10))
    tending.expire_holds()
    assert state(left.id) is State.EXPIRED
    assert Appointment.objects.filter(pk=visit).values().get() == before
    assert (offered(clinic), own_times(visit)) == (EVERYBODYS, OWN)


def test_a_hold_that_was_left_in_the_chain_stops_no_other_move(clinic: OwnClinic, visit: UUID) -> None:
    """A process died between the hold and the move; the hold is no version of the visit."""
    left = held_for(visit, key(clinic, "09:45"))
    moved = move(visit, key(clinic, "10:15"))
    run_jobs()
    assert (state(visit), state(moved), state(left.id)) == (State.MOVED, State.BOOKED, State.HELD)
    with pytest.raises(NotMovableError):
        moving.book_instead(left, visit)


def test_of_two_moves_at_once_one_goes_on(clinic: OwnClinic, visit: UUID) -> None:
    def attempt(at: str) -> str:
        try:
            move(visit, key(clinic, at))
        except (NotMovableError, SlotTakenError) as error:
            return error.code
        return "moved"

    answers = at_once([lambda: attempt("09:15"), lambda: attempt("09:45")])
    assert answers.count("moved") == 1
    run_jobs()
    assert Appointment.objects.filter(state=State.BOOKED).count() == 1
    assert Appointment.objects.filter(active=True).count() == 1


def test_another_visit_within_the_time_is_in_the_way(clinic: OwnClinic, visit: UUID) -> None:
    confirmed(key(clinic, "10:00"), 2)
    run_jobs()
    assert own_times(visit) == ["09:00", "09:15", "10:30"]
    stranger_is_refused(key(clinic, "09:45"))
    with pytest.raises(SlotTakenError):
        move(visit, key(clinic, "09:45"))
    assert Appointment.objects.filter(state="held").count() == 0


def test_a_visit_that_is_not_booked_any_more_makes_no_way(clinic: OwnClinic, visit: UUID) -> None:
    moved = move(visit, key(clinic, "10:15"))
    assert selectors.appointment(visit, token=appointment_token(visit)).can_cancel
    assert "09:45" in own_times(visit)
    with pytest.raises(NotMovableError):
        move(visit, key(clinic, "09:45"))
    run_jobs()
    with pytest.raises(NotMovableError):
        move(visit, key(clinic, "09:45"))
    assert Appointment.objects.filter(active=True).get().pk == moved


def test_a_place_of_a_group_makes_no_way(clinic: OwnClinic) -> None:
    """Its time is that of the others, too."""
    services.change_rule(RuleValues(capacity=2), service=clinic.visit, author=STAFF)
    place = confirmed(key(clinic, "09:30"))
    run_jobs()
    assert not {"09:15", "09:45"} & set(own_times(place))


def test_a_quota_counts_a_move_as_it_counts_any(clinic: OwnClinic, visit: UUID) -> None:
    services.change_rule(RuleValues(quota=1), practitioner=clinic.eye, author=STAFF)
    assert own_times(visit) == []


def test_a_registrar_sees_and_takes_them_for_the_visit(clinic: OwnClinic, visit: UUID, vera: Staff) -> None:
    place, doctors = directory.location(clinic.north), [clinic.eye]
    looks = {
        moved: selectors.grid(
            staff, place=place, days=[THURSDAY], practitioners=doctors, is_branch=False, moving=moved
        )
        for staff, moved in ((vera, visit), (vera, None))
    }
    starts = {
        moved: [
            (free.start + timedelta(hours=3)).strftime("%H:%M")
            for column in look.columns
            for cell in column.cells
            for free in cell.free
        ]
        for moved, look in looks.items()
    }
    assert starts == {visit: OWN, None: EVERYBODYS}
    slot = slot_token(key(clinic, "09:45"))
    found = selectors.time_to_move_to(vera, visit, slot=slot)
    moved = services.move_by_staff(visit, slot=found.token, staff=vera)
    run_jobs()
    assert (state(visit), state(moved)) == (State.MOVED, State.BOOKED)


def test_who_may_not_move_it_sees_everybodys_times_in_the_grid(clinic: OwnClinic, visit: UUID) -> None:
    reader = somebody(Role.CALL_CENTRE)
    look = selectors.grid(
        reader,
        place=directory.location(clinic.north),
        days=[THURSDAY],
        practitioners=[clinic.eye],
        is_branch=False,
        moving=visit,
    )
    starts = [free.start for column in look.columns for cell in column.cells for free in cell.free]
    assert key(clinic, "09:45").start not in starts


def test_who_waits_is_offered_what_the_move_leaves_and_nothing_of_it_before(clinic: OwnClinic) -> None:
    visit = confirmed(key(clinic, "09:15"))
    run_jobs()
    window = Window(THURSDAY, THURSDAY, time(9), time(9, 30))
    wish = WishInput(phone="8 900 000-09-01", window=window, practitioner_id=clinic.eye)
    services.wish_for_time(wish)
    moved = move(visit, key(clinic, "09:30"))
    assert waiting.offer_times() == 0
    run_jobs()
    assert (state(moved), waiting.offer_times()) == (State.BOOKED, 1)
    (opened,) = WaitingOffer.objects.all()
    assert opened.starts_at == key(clinic, "09:00").start


def test_a_visit_that_waits_for_an_earlier_time_waits_on(clinic: OwnClinic, visit: UUID, vera: Staff) -> None:
    confirmed(key(clinic, "09:00"), 2)
    run_jobs()
    services.wait_for_sooner_by_staff(visit, staff=vera)
    held_for(visit, key(clinic, "09:45"))
    waiting.settle()
    assert [wish.state for wish in Wish.objects.all()] == ["waiting"]


def test_each_step_of_the_hold_is_told(clinic: OwnClinic, visit: UUID) -> None:
    moved = move(visit, key(clinic, "09:45"))
    run_jobs()
    told = Transition.objects.filter(appointment=moved).order_by("id")
    assert [(each.before, each.after) for each in told] == [("held", "booking"), ("booking", "booked")]

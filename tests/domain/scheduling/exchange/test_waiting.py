"""The waiting list: what gets free is kept for who waits, in their order; nobody else takes it meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.test_moving import Booked, booked, slot_at
from domain.scheduling.exchange.world import PERSON, World, confirm, hold
from domain.scheduling.factory import appointment, day_rows, heard, lay
from domain.scheduling.scripted import Fault
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import selectors, services, tending, tokens, waiting
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotWaitableError,
    OfferOverError,
    SlotTakenError,
)
from feldsher.domain.scheduling.models import Appointment, Availability, WaitingOffer, Wish
from feldsher.domain.scheduling.types import State
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel.intervals import Interval

__all__ = ["booked"]
pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
"""Half past five in the afternoon in Moscow, two days off."""


def hour(clock: float, *, day: int = 27) -> datetime:
    """Return an hour of Moscow's clock on a day of the month."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=clock - 3)


@pytest.fixture
def world(booked: Booked, settings: Settings) -> World:
    """A doctor whose twenty-seventh is full: only what a test frees is free, and nobody waits yet."""
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    settings.SITE_URL = "https://clinic.example"
    return booked("reference")


def eye() -> UUID:
    return clinic.row(Kind.PRACTITIONER, clinic.EYE.id)


def north() -> UUID:
    return clinic.row(Kind.LOCATION, clinic.NORTH.id)


def freed(*starts: datetime) -> None:
    """Lay the mirror anew: these half hours are free, and nothing else."""
    Availability.objects.filter(practitioner=eye()).delete()
    spans = [Interval(start, start + timedelta(minutes=30)) for start in starts]
    lay(day_rows(spans, practitioner=eye(), location=north()), mis=clinic.MIS)


def visit_at(world: World, starts_at: datetime, *, number: int) -> UUID:
    """Book a visit of the patient with that number."""
    visit = hold(starts_at)
    confirm(visit, person=replace(PERSON, phone=f"+7 900 000-05-{number:02}"))
    world.work()
    return visit


def token(visit: UUID) -> str:
    return tokens.appointment_token(visit)


def waits(world: World, *, number: int, starts_at: datetime = LATE) -> UUID:
    """Book a visit whose patient wants an earlier one, a minute after whoever came before."""
    visit = visit_at(world, starts_at, number=number)
    services.wait_for_sooner(visit, token=token(visit))
    world.forward(60)
    return visit


def look(world: World) -> int:
    """Do a pass of the job in a fresh schedule; returns how many offers its second half made."""
    heard(clinic.MIS, as_of=world.moment)
    waiting.settle()
    return waiting.offer_times()


def pass_by(world: World, seconds: float) -> None:
    """Let time pass while the schedule stays fresh, and no job runs."""
    world.forward(seconds)
    heard(clinic.MIS, as_of=world.moment)


def offered(visit: UUID) -> datetime | None:
    told = selectors.waiting(visit, token=token(visit))
    return told.offer.key.start if told and told.offer else None


def offer_of(visit: UUID) -> UUID:
    told = selectors.waiting(visit, token=token(visit))
    assert told is not None
    assert told.offer is not None
    return told.offer.id


def place(visit: UUID) -> int | None:
    told = selectors.waiting(visit, token=token(visit))
    return told.position if told else None


def texts() -> list[str]:
    found = Message.objects.filter(kind="waiting_offer").order_by("created_at", "key")
    return [open_(bytes(row.text), table="messaging_message", column="text", row=row.id) for row in found]


def test_time_that_gets_free_is_kept_for_who_waits_and_told_by_sms(world: World) -> None:
    set_overlay(Kind.LOCATION, target=north(), field="address", value="Липовая ул., 5", author="test")
    freed()
    visit = waits(world, number=1)
    assert look(world) == 0
    freed(hour(12))
    assert look(world) == 1
    assert offered(visit) == hour(12)
    link = f"https://clinic.example/visit/{visit}/{token(visit)}/"
    assert texts() == [
        f"Освободилось время: 27.11 в 12:00, Липовая ул., 5. Займите или откажитесь до 11:01: {link}"
    ]
    assert look(world) == 0


def test_no_outsider_takes_an_offered_time_and_after_the_offer_it_is_anybodys(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    with pytest.raises(SlotTakenError):
        services.hold(slot_at(hour(12)), channel="site", device="")
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    assert services.hold(slot_at(hour(12)), channel="site", device="").key.start == hour(12)


def test_an_accepted_time_replaces_the_visit_once_the_clinic_has_booked_it(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    offer = offer_of(visit)
    made = services.accept_time(visit, offer_id=offer, token=token(visit))
    assert services.accept_time(visit, offer_id=offer, token=token(visit)) == made
    moving = Appointment.objects.get(pk=made.appointment_id)
    assert (moving.state, moving.starts_at) == (State.BOOKING, hour(12))
    world.work()
    world.work()
    look(world)
    states = Appointment.objects.filter(chain=visit).order_by("starts_at").values_list("state", flat=True)
    assert list(states) == [State.BOOKED, State.MOVED]
    assert list(Wish.objects.values_list("state", "reason")) == [("ended", "met")]
    assert sorted(record.slot.begin.iso()[11:16] for record in world.mis.booked()) == ["10:00", "12:00"]


def test_a_time_that_the_clinic_refuses_leaves_the_visit_and_the_place_in_the_queue(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    later = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    look(world)
    world.mis.script["book"] = [Fault.REFUSED]
    services.accept_time(visit, offer_id=offer_of(visit), token=token(visit))
    world.work()
    look(world)
    assert Appointment.objects.get(pk=visit).state == State.BOOKED
    assert (place(visit), place(later)) == (1, 2)
    assert offered(visit) is None


def test_first_come_is_first_served_and_each_has_one_offer_at_a_time(world: World) -> None:
    freed(hour(12), hour(15))
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    third = waits(world, number=3, starts_at=LATE + timedelta(minutes=60))
    assert [place(visit) for visit in (first, second, third)] == [1, 2, 3]
    assert look(world) == 2
    assert [offered(visit) for visit in (first, second, third)] == [hour(12), hour(15), None]


def test_a_declined_time_is_the_next_ones_in_the_same_commit_and_never_the_same_ones_again(
    world: World,
) -> None:
    freed(hour(12))
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    look(world)
    services.decline_time(first, offer_id=offer_of(first), token=token(first))
    assert (offered(first), offered(second)) == (None, hour(12))
    services.decline_time(second, offer_id=offer_of(second), token=token(second))
    assert look(world) == 0
    assert (place(first), place(second)) == (1, 2)


def test_an_unanswered_time_passes_on_before_anybody_else_may_take_it(world: World) -> None:
    freed(hour(12))
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    look(world)
    offer = offer_of(first)
    pass_by(world, 2 * 3600 + 15)
    tending.expire_holds()
    with pytest.raises(SlotTakenError):
        services.hold(slot_at(hour(12)), channel="site", device="")
    with pytest.raises(OfferOverError):
        services.accept_time(first, offer_id=offer, token=token(first))
    look(world)
    assert (offered(first), offered(second)) == (None, hour(12))


def test_an_offer_that_no_worker_settled_holds_nothing_for_longer_than_its_grace(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    pass_by(world, 2 * 3600 + 121)
    assert services.hold(slot_at(hour(12)), channel="site", device="").key.start == hour(12)
    look(world)
    assert list(WaitingOffer.objects.values_list("state", flat=True)) == ["expired"]
    assert place(visit) == 1


def test_who_leaves_two_offers_unanswered_waits_no_more(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    freed(hour(12), hour(13))
    pass_by(world, 2 * 3600 + 15)
    look(world)
    assert offered(visit) == hour(13)
    pass_by(world, 2 * 3600 + 15)
    look(world)
    assert place(visit) is None
    assert list(Wish.objects.values_list("state", "reason")) == [("ended", "unanswered")]


@pytest.mark.parametrize(
    ("hours", "minutes"), [(24 * 60 + 1, 120), (24 * 60, 20), (120, 20)], ids=["later", "a day", "cut-off"]
)
def test_an_offer_lasts_two_hours_and_within_a_day_twenty_minutes(
    world: World, hours: int, minutes: int
) -> None:
    start = hour(13)
    freed()
    visit = waits(world, number=1)
    freed(start)
    pass_by(world, (start - timedelta(minutes=hours) - world.moment).total_seconds())
    assert look(world) == 1
    told = selectors.waiting(visit, token=token(visit))
    assert told is not None
    assert told.offer is not None
    assert told.offer.until - world.moment == timedelta(minutes=minutes)


def test_too_near_a_time_and_one_hardly_earlier_are_offered_to_nobody(world: World) -> None:
    freed()
    waits(world, number=1)
    freed(hour(13), LATE - timedelta(minutes=30), LATE + timedelta(hours=1))
    pass_by(world, (hour(13) - timedelta(minutes=119) - world.moment).total_seconds())
    assert look(world) == 0


def test_nothing_is_offered_in_the_night_of_the_branch(world: World) -> None:
    freed()
    visit = waits(world, number=1)
    freed(hour(12))
    for night in (hour(21, day=25), hour(23.9, day=25), hour(8.99, day=26)):
        pass_by(world, (night - world.moment).total_seconds())
        assert look(world) == 0
    pass_by(world, (hour(9, day=26) - world.moment).total_seconds())
    assert look(world) == 1
    assert offered(visit) == hour(12)


def test_a_time_that_is_freed_in_the_night_passes_to_nobody(world: World) -> None:
    freed()
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    freed(hour(12))
    pass_by(world, (hour(20.9, day=25) - world.moment).total_seconds())
    look(world)
    pass_by(world, 600)
    services.decline_time(first, offer_id=offer_of(first), token=token(first))
    assert offered(second) is None


def test_the_night_is_that_of_a_branch_that_has_changed_its_zone(world: World) -> None:
    freed()
    waits(world, number=1)
    freed(hour(12))
    set_overlay(Kind.LOCATION, target=north(), field="zone", value="Asia/Kamchatka", author="test")
    pass_by(world, (hour(13, day=25) - world.moment).total_seconds())
    assert look(world) == 0


def test_whoever_cancels_moves_or_withdraws_leaves_the_time_to_the_next(world: World) -> None:
    freed(hour(12))
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    third = waits(world, number=3, starts_at=LATE + timedelta(minutes=60))
    look(world)
    services.cancel(first, token=token(first))
    look(world)
    assert offered(second) == hour(12)
    services.stop_waiting(second, token=token(second))
    services.stop_waiting(second, token=token(second))
    assert (place(second), offered(third)) == (None, hour(12))
    reasons = Wish.objects.order_by("created_at").values_list("state", "reason")
    assert list(reasons) == [("ended", "visit_ended"), ("ended", "withdrawn"), ("waiting", "")]


def test_a_visit_that_was_moved_waits_on_and_is_offered_nothing_later_than_it(world: World) -> None:
    freed(hour(12), hour(10))
    visit = waits(world, number=1)
    services.decline_time(visit, offer_id=_first_offer(world, visit), token=token(visit))
    look(world)
    assert offered(visit) == hour(12)
    moved = services.move(visit, token=token(visit), slot=slot_at(hour(10)), device=uuid4().hex)
    world.work()
    world.work()
    look(world)
    assert place(moved.appointment_id) == 1
    assert offered(moved.appointment_id) is None
    assert list(WaitingOffer.objects.order_by("created_at").values_list("state", flat=True)) == [
        "declined",
        "withdrawn",
    ]


def _first_offer(world: World, visit: UUID) -> UUID:
    look(world)
    return offer_of(visit)


def test_a_patient_is_not_offered_a_time_at_which_they_are_booked_elsewhere(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    patient = Appointment.objects.get(pk=visit).patient
    appointment(hour(12), hour(13), practitioner=uuid4(), patient=patient)
    assert look(world) == 0
    assert Appointment.objects.filter(state=State.HELD).count() == 0


def test_what_is_stopped_stale_or_untold_is_offered_to_nobody(world: World, settings: Settings) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    provider, settings.FELDSHER_SMS = settings.FELDSHER_SMS, None
    assert look(world) == 0
    settings.FELDSHER_SMS = provider
    world.forward(3600)
    assert waiting.offer_times() == 0
    assert look(world) == 1
    assert offered(visit) == hour(12)


def test_only_a_visit_to_come_that_can_be_earlier_waits_and_only_by_its_secret(
    world: World, settings: Settings
) -> None:
    visit = visit_at(world, LATE, number=1)
    with pytest.raises(AppointmentNotFoundError):
        services.wait_for_sooner(visit, token="wrong")
    services.wait_for_sooner(visit, token=token(visit))
    services.wait_for_sooner(visit, token=token(visit))
    assert Wish.objects.count() == 1
    services.cancel(visit, token=token(visit))
    near = visit_at(world, world.moment + timedelta(hours=2.5), number=2)
    settings.FELDSHER_SMS, provider = None, settings.FELDSHER_SMS
    untold = visit_at(world, LATE + timedelta(minutes=30), number=3)
    for refused in (near, untold):
        with pytest.raises(NotWaitableError):
            services.wait_for_sooner(refused, token=token(refused))
        assert selectors.waiting(refused, token=token(refused)) is None
    settings.FELDSHER_SMS = provider
    assert selectors.waiting(untold, token=token(untold)) is not None


def test_an_offer_of_another_visit_is_neither_accepted_nor_declined(world: World) -> None:
    freed(hour(12))
    first = waits(world, number=1)
    second = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    look(world)
    offer = offer_of(first)
    with pytest.raises(OfferOverError):
        services.accept_time(second, offer_id=offer, token=token(second))
    services.decline_time(second, offer_id=offer, token=token(second))
    assert offered(first) == hour(12)


def test_a_pass_asks_the_same_few_questions_however_many_wait(world: World) -> None:
    freed()
    with CaptureQueriesContext(connection) as idle:
        look(world)
    for number in range(2):
        waits(world, number=number, starts_at=LATE + number * timedelta(minutes=30))
    with CaptureQueriesContext(connection) as two:
        look(world)
    for number in range(2, 6):
        waits(world, number=number, starts_at=LATE + number * timedelta(minutes=30))
    with CaptureQueriesContext(connection) as six:
        look(world)
    assert [_asked(seen) for seen in (idle, two, six)] == [2, 2, 2]


def _asked(seen: CaptureQueriesContext) -> int:
    return sum("scheduling_w" in each["sql"] for each in seen)

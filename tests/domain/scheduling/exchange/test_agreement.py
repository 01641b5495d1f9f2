"""Where a MIS tells a visit otherwise: one is believed, many ask a person, a second look changes nothing."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import PERSON, SLOT, VISIT_AT, World, confirm, hold
from domain.scheduling.factory import day_rows, lay
from domain.scheduling.scripted import Fault
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.directory.services import bind_external_id
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import CardOfMis
from feldsher.domain.scheduling import agreement, changes, jobs, selectors, services, tending, tokens
from feldsher.domain.scheduling.models import (
    Appointment,
    Discrepancy,
    Exchange,
    Reconciliation,
    SyncStatus,
    Unapplied,
)
from feldsher.domain.scheduling.ports import ChangeKind, RemoteResource
from feldsher.domain.scheduling.types import BookerInput, Confirmation, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.types import Kind as MessageKind
from feldsher.kernel.intervals import Interval

pytestmark = pytest.mark.django_db
MIS = clinic.MIS
HOUR = timedelta(hours=1)
SETTLED = 120


def book(world: World, *hours: float) -> list[UUID]:
    """Book a visit of another patient at each of so many hours after the usual time."""
    found = []
    for number, each in enumerate(hours):
        visit = hold(VISIT_AT + each * HOUR)
        confirm(
            visit,
            person=replace(PERSON, phone=f"+7 900 000-01-{number:02}", family=f"Пробный{chr(1072 + number)}"),
        )
        found.append(visit)
    world.work()
    assert all(Appointment.objects.get(pk=visit).state == State.BOOKED for visit in found)
    return found


def ref_of(visit: UUID) -> str:
    return Exchange.objects.get(pk=visit).ref


def states(visits: list[UUID]) -> list[str]:
    return [Appointment.objects.get(pk=visit).state for visit in visits]


def noted() -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in Discrepancy.objects.order_by("id")]


def messages() -> list[str]:
    return sorted(Message.objects.values_list("kind", flat=True))


def ask(world: World) -> None:
    """Ask about those whom a synchronisation suspects, as it does."""
    SyncStatus.objects.update_or_create(mis=MIS, defaults={"as_of": world.moment})
    agreement.ask_about(agreement.suspects(MIS))
    agreement.judge(MIS)


def compare(world: World) -> Reconciliation:
    """Do what the night does, to its end."""
    world.forward(1)
    agreement.begin(MIS)
    while agreement.go_on(MIS):
        pass
    return Reconciliation.objects.latest("id")


def test_a_visit_that_the_clinic_cancelled_ends_here_and_its_patient_hears_of_it(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    world.mis.clerk_cancels(ref_of(visit))
    run = compare(world)
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.reason) == (State.CANCELLED, "cancelled_in_mis")
    assert (run.checked, run.agreed, run.unanswered) == (1, 0, 0)
    assert noted() == [("cancelled", "applied")]
    assert messages() == [MessageKind.VISIT_CANCELLED]


def test_what_agrees_is_asked_and_left(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1)
    run = compare(world)
    assert (run.checked, run.agreed, run.unanswered) == (2, 2, 0)
    assert (noted(), messages()) == ([], [])
    assert states(visits) == ["booked", "booked"]


def test_a_visit_is_missing_only_after_two_reads_that_lie_apart(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    world.mis.records.clear()
    compare(world)
    assert noted() == [("missing", "seen")]
    compare(world)
    assert states([visit]) == ["booked"]
    world.forward(SETTLED)
    compare(world)
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.reason) == (State.CANCELLED, "missing_in_mis")
    assert messages() == [MessageKind.VISIT_MISSING]


def test_a_visit_that_is_there_again_was_never_missing(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    records, world.mis.records = world.mis.records, []
    compare(world)
    world.mis.records = records
    compare(world)
    world.forward(SETTLED)
    compare(world)
    assert states([visit]) == ["booked"]
    assert noted() == [("missing", "gone")]


def test_a_visit_whose_answer_only_the_feed_brought_is_asked_about_too(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    changes.follow(MIS)
    assert world.state is State.BOOKED
    assert compare(world).agreed == 1


def test_a_mis_that_does_not_answer_is_not_believed_to_have_nothing(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1, 2)
    world.mis.always["find"] = Fault.UNAVAILABLE
    run = compare(world)
    assert (run.checked, run.agreed, run.unanswered) == (3, 0, 3)
    assert (states(visits), noted()) == (["booked"] * 3, [])


def test_several_of_a_doctors_day_wait_for_a_person(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1, 2)
    for visit in visits[:2]:
        world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    assert states(visits) == ["booked"] * 3
    assert noted() == [("cancelled", "waiting")] * 2
    assert messages() == []


def test_a_late_one_of_a_day_that_waits_waits_with_it(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1, 2)
    for visit in visits[:2]:
        world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    world.mis.clerk_cancels(ref_of(visits[2]))
    compare(world)
    assert noted() == [("cancelled", "waiting")] * 3


def test_many_of_many_days_wait_for_a_person_however_they_are_spread(build: Build) -> None:
    world = build("patients")
    visits = book(world, *(24 * day for day in range(6)))
    world.mis.records.clear()
    for _ in range(2):
        compare(world)
        world.forward(SETTLED)
    assert states(visits) == ["booked"] * 6
    assert noted() == [("missing", "waiting")] * 6


def test_a_mis_that_has_its_memory_back_ends_the_waiting(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1)
    records, world.mis.records = world.mis.records, []
    for _ in range(2):
        compare(world)
        world.forward(SETTLED)
    assert noted() == [("missing", "waiting")] * 2
    world.mis.records = records
    compare(world)
    assert noted() == [("missing", "gone")] * 2
    assert states(visits) == ["booked"] * 2


def test_what_waits_ends_with_the_visit(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1)
    for visit in visits:
        world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    assert selectors.differing_count(REGISTRAR) == 2
    services.cancel(visits[0], token=tokens.appointment_token(visits[0]))
    world.work()
    assert selectors.differing_count(REGISTRAR) == 1
    assert [len(day.visits) for day in selectors.differing_days(REGISTRAR)] == [1]
    compare(world)
    assert sorted(noted()) == [("cancelled", "gone"), ("cancelled", "waiting")]


def test_a_visit_that_stands_in_the_mis_after_its_end_asks_a_person_after_two_reads(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    services.cancel(visit, token=tokens.appointment_token(visit))
    world.work()
    compare(world)
    assert (states([visit]), noted()) == (["cancelled"], [])
    world.mis.clerk_restores(ref_of(visit))
    compare(world)
    assert noted() == [("stands", "seen")]
    world.forward(SETTLED)
    ask(world)
    assert noted() == [("stands", "waiting")]
    assert selectors.differing_count(REGISTRAR) == 1
    assert [each.appointment_id for each in selectors.still_standing(REGISTRAR)] == [visit]
    assert selectors.differing_days(REGISTRAR) == ()
    assert messages() == []


def test_what_stood_there_and_is_gone_waits_for_nobody(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    services.cancel(visit, token=tokens.appointment_token(visit))
    world.work()
    world.mis.clerk_restores(ref_of(visit))
    compare(world)
    world.forward(SETTLED)
    ask(world)
    world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    assert noted() == [("stands", "gone")]
    told = selectors.settled_differences(REGISTRAR)
    assert [(one.kind, one.state, one.settled_by) for one in told] == [("stands", "gone", None)]


def test_a_visit_that_its_patient_booked_anew_is_another(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    services.cancel(visit, token=tokens.appointment_token(visit))
    world.work()
    (again,) = book(world, 0)
    for _ in range(2):
        compare(world)
        world.forward(SETTLED)
    assert noted() == []
    assert states([visit, again]) == ["cancelled", "booked"]


def test_comparing_twice_changes_nothing(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 24, 48, 49)
    for visit in visits[1:]:
        world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    before = (states(visits), noted(), messages())
    assert before[0] == ["booked", "cancelled", "booked", "booked"]
    compare(world)
    assert (states(visits), noted(), messages()) == before


def test_a_visit_that_was_talked_about_meanwhile_is_left_alone(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    world.mis.clerk_cancels(ref_of(visit))

    def meanwhile(operation: str) -> None:
        if operation == "find":
            Exchange.objects.filter(pk=visit).update(attempts=7)

    world.mis.on_call = meanwhile
    agreement.ask_about([visit])
    assert noted() == []


def test_a_moved_visit_without_a_feed_asks_a_person(build: Build) -> None:
    world = build("patients")
    (visit,) = book(world, 0)
    world.mis.booked()[0].slot = replace(SLOT, begin=SLOT.begin.plus(3600))
    compare(world)
    (found,) = Discrepancy.objects.all()
    assert (found.kind, found.state, found.begin) == ("moved", "waiting", "2026-11-26T11:00:00")
    agreement.settle(found)
    assert states([visit]) == ["moved"]
    new = Appointment.objects.get(state=State.BOOKED)
    assert (new.visit.lower, ref_of(new.id)) == (VISIT_AT + HOUR, ref_of(visit))
    assert messages() == [MessageKind.VISIT_MOVED]
    compare(world)
    assert noted() == [("moved", "applied")]


def test_only_a_visit_whose_time_is_shown_free_is_suspected(build: Build) -> None:
    world = build("patients")
    visits = book(world, 0, 1)
    world.forward(60)
    SyncStatus.objects.create(mis=MIS, as_of=world.moment)
    assert agreement.suspects(MIS) == []
    show_free(visits[1])
    assert agreement.suspects(MIS) == [visits[1]]
    jobs.agree(MIS)
    assert agreement.suspects(MIS) == [], "its MIS has just said that it stands"
    world.mis.clerk_cancels(ref_of(visits[1]))
    world.forward(700)
    SyncStatus.objects.update(as_of=world.moment)
    jobs.agree(MIS)
    assert states(visits) == ["booked", "cancelled"]


def test_a_schedule_older_than_the_booking_raises_no_suspicion(build: Build) -> None:
    world = build("patients")
    SyncStatus.objects.create(mis=MIS, as_of=world.moment)
    world.forward(1)
    (visit,) = book(world, 0)
    show_free(visit)
    assert agreement.suspects(MIS) == []


def show_free(visit: UUID) -> None:
    row = Appointment.objects.get(pk=visit)
    time = Interval(row.visit.lower, row.visit.upper)
    lay(day_rows((time,), practitioner=row.practitioner, location=row.location))


def test_cancels_of_the_feed_are_judged_together(build: Build) -> None:
    world = build("reference")
    visits = book(world, 0, 1, 24)
    for visit in visits:
        world.mis.clerk_cancels(ref_of(visit))
    assert changes.follow(MIS) == 1
    assert states(visits) == ["booked", "booked", "cancelled"]
    assert noted() == [("cancelled", "waiting"), ("cancelled", "waiting"), ("cancelled", "applied")]
    assert messages() == [MessageKind.VISIT_CANCELLED]


def test_a_visit_that_a_registrar_took_by_phone_needs_no_judgement(build: Build) -> None:
    world = build("reference")
    strangers = [
        world.mis._add(replace(SLOT, begin=SLOT.begin.plus(each * 3600)), state="booked", owner="clerk")
        for each in range(8)
    ]
    changes.follow(MIS)
    for record in strangers:
        world.mis.clerk_cancels(record.ref)
    assert changes.follow(MIS) == 8
    assert not Appointment.objects.filter(active=True).exists()


def test_another_doctor_at_the_same_hour_is_a_substitution(build: Build) -> None:
    world = build("reference")
    (visit,) = book(world, 0)
    (record,) = world.mis.booked()
    record.slot = replace(SLOT, resource=RemoteResource(clinic.HEART.id, clinic.NORTH.id))
    world.mis.tell(ChangeKind.MOVED, record)
    assert changes.follow(MIS) == 1
    assert Appointment.objects.get(pk=visit).reason == "substituted_in_mis"
    new = Appointment.objects.get(state=State.BOOKED)
    assert (new.practitioner, new.visit.lower) == (clinic.row(Kind.PRACTITIONER, clinic.HEART.id), VISIT_AT)
    assert messages() == [MessageKind.VISIT_SUBSTITUTED]


def test_a_change_that_nobody_can_apply_is_kept_until_it_can_be(build: Build) -> None:
    world = build("reference")
    unknown = replace(SLOT, resource=RemoteResource("doc-new", clinic.NORTH.id))
    world.mis._add(unknown, state="booked", owner="clerk")
    assert changes.follow(MIS) == 0
    (kept,) = Unapplied.objects.all()
    assert (kept.reason, kept.tries) == ("StrangerError", 1)
    changes.follow(MIS)
    kept.refresh_from_db()
    assert kept.tries == 2
    heart = clinic.row(Kind.PRACTITIONER, clinic.HEART.id)
    bind_external_id(Kind.PRACTITIONER, target=heart, mis=MIS, value="doc-new", author="test")
    assert changes.follow(MIS) == 1
    assert not Unapplied.objects.exists()
    assert Appointment.objects.get().practitioner == heart


def test_a_kept_change_is_said_once_and_forgotten_when_its_day_is_over(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    world = build("reference")
    unknown = replace(SLOT, resource=RemoteResource("doc-new", clinic.NORTH.id))
    world.mis._add(unknown, state="booked", owner="clerk")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            changes.follow(MIS)
    assert caplog.text.count("is not applied yet") == 1
    tending.forget()
    assert Unapplied.objects.count() == 1
    world.forward(timedelta(days=5).total_seconds())
    tending.forget()
    assert not Unapplied.objects.exists()


def test_of_a_visit_that_the_clinic_made_only_who_sees_the_patient_hears(build: Build) -> None:
    """A friend's phone books a patient: it is told of that visit, and of no other of theirs."""
    world = build("reference")
    friend = BookerInput("other", "Понарошкин Пётр")
    visit = hold()
    services.confirm(visit, confirmation=Confirmation(PERSON, ("booking",), booker=friend))
    world.work()
    patient = Appointment.objects.get(pk=visit).patient
    assert patient is not None
    with as_service("test"):
        patients.bind_card(patient, card=CardOfMis(MIS, clinic.NORTH.id, "card-1"))
    world.mis.kind = replace(world.mis.kind, lists_visits=True)
    own = world.mis._add(replace(SLOT, begin=SLOT.begin.plus(48 * 3600)), state="booked", owner="card-1")
    assert agreement.look_up(patient) == 1
    changes.follow(MIS)
    world.mis.clerk_cancels(own.ref)
    changes.follow(MIS)
    assert states([visit]) == ["booked"]
    assert messages() == []
    world.mis.clerk_cancels(ref_of(visit))
    changes.follow(MIS)
    assert messages() == [MessageKind.VISIT_CANCELLED]


def test_a_later_change_takes_the_place_of_one_that_is_kept(build: Build) -> None:
    world = build("reference")
    unknown = replace(SLOT, resource=RemoteResource("doc-new", clinic.NORTH.id))
    record = world.mis._add(unknown, state="booked", owner="clerk")
    changes.follow(MIS)
    record.slot = SLOT
    world.mis.tell(ChangeKind.MOVED, record)
    assert changes.follow(MIS) == 1
    assert not Unapplied.objects.exists()


def test_a_message_waits_for_the_morning_unless_the_visit_is_near(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "feldsher.domain.scheduling.notices.messaging.send_sms",
        lambda kind, **values: asked.append((kind, values["not_before"])),
    )
    world = build("patients")
    near, far = book(world, -24 + 1.5, 30)
    world.forward(timedelta(hours=-3.5).total_seconds())
    for visit in (near, far):
        world.mis.clerk_cancels(ref_of(visit))
    compare(world)
    assert sorted(moment - world.moment > timedelta(minutes=1) for _, moment in asked) == [False, True]

"""What the hub has of its own: tickets, patients whom a doctor does not take, reports."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from domain.scheduling.over_simulator import Clinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import exchange, queue, selectors, services
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.types import Confirmation, OpenSlot, PersonInput, SlotFilter, State
from feldsher.kernel.errors import InvalidInputError

PERSON = PersonInput("Пробный", "Пётр", "+7 900 002-00-01", birth_date="1990-05-17")
CHILD = PersonInput("Пробная", "Мила", "+7 900 002-00-02", birth_date="2021-05-17")


def times_of(clinic: Clinic, doctor: str) -> list[OpenSlot]:
    """Return what the site offers of a doctor in the branch of that id, from the day after tomorrow on."""
    ids = directory.resolve_remote(clinic.mis, practitioners={doctor}, locations={doctor[-1]})
    wanted = SlotFilter(practitioner_id=ids.practitioners[doctor], location_id=ids.locations[doctor[-1]])
    found = selectors.open_times(wanted, first=(clinic.now() + timedelta(days=2)).date(), days=7)
    return [slot for day in found.days for slot in day.slots]


def confirmed(slot: OpenSlot, person: PersonInput) -> UUID:
    held = services.hold(slot.token, channel="site", device=uuid4().hex)
    services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
    return held.id


def test_the_ticket_that_was_offered_is_the_one_that_is_booked_whole(clinic: Clinic) -> None:
    """A therapist's ticket is a quarter of an hour, whatever the length of a usual visit here."""
    slot = times_of(clinic, "17@1")[3]
    assert slot.end - slot.key.start == timedelta(minutes=15)
    visit = confirmed(slot, PERSON)
    ticket = Appointment.objects.get(pk=visit).ticket
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    (row,) = clinic.bookings(slot)
    assert (row["ticket"], row["resource"]) == (ticket, "17@1")
    assert Exchange.objects.get(pk=visit).ref.split("/")[2] == ticket


def test_who_may_have_one_coming_visit_to_a_doctor_moves_it_within_the_doctor(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Booked anew, the second visit is refused; by the hub's own operation there is never a second."""
    base = clinic.simulator.base
    monkeypatch.setattr(base, "rules", replace(base.rules, one_visit=True))
    slot = clinic.take()
    visit = clinic.booked(slot)
    refused = clinic.move(visit, clinic.take(like=slot))
    clinic.work()
    assert (clinic.state(visit), clinic.state(refused)) == (State.BOOKED, State.REJECTED)
    other = clinic.take(like=slot)
    with clinic.bound(moves=True):
        moved = clinic.move(visit, other)
        clinic.work()
    assert (clinic.state(visit), clinic.state(moved)) == (State.MOVED, State.BOOKED)
    assert (clinic.ours(slot), len(clinic.ours(other))) == ([], 1)


def test_a_birth_date_is_asked_before_the_hub_would_miss_it(clinic: Clinic) -> None:
    slot = clinic.take()
    assert selectors.needs_birth_date(slot.key)
    undated = replace(PERSON, birth_date="")
    with pytest.raises(InvalidInputError) as refused:
        confirmed(slot, undated)
    assert refused.value.fields == {
        "birth_date": "Напишите дату рождения: по ней клиника находит вашу карту"
    }  # fmt: skip
    with clinic.bound(needs_birth_date=False, adds_patients=False):
        assert not selectors.needs_birth_date(slot.key)


def test_a_doctor_of_two_clinics_is_one_and_booked_in_each_by_the_id_that_she_has_there(
    clinic: Clinic,
) -> None:
    ids = directory.resolve_remote(clinic.mis, practitioners={"17@1", "21@2", "17@2"}, locations=set())
    assert ids.practitioners["17@1"] == ids.practitioners["21@2"] != ids.practitioners["17@2"]
    slot, before = times_of(clinic, "21@2")[0], clinic.registry()
    visit = confirmed(slot, PERSON)
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    made = [row for row in clinic.registry() if row not in before]
    mine = [row for row in made if row["source"] == "site" and row["location"] == "2"]
    assert [row["resource"] for row in mine if row["status"] == "booked"] == ["21@2"]


def test_a_ticket_that_is_not_for_this_patient_is_refused_in_words_and_offered_again(clinic: Clinic) -> None:
    for doctor, person, reason in (
        ("20@1", PERSON, "not_for_patient"),
        ("19@1", PERSON, "needs_referral"),
        ("17@2", CHILD, "age_limit"),
    ):
        slot, calls = times_of(clinic, doctor)[0], clinic.calls()
        visit = confirmed(slot, person)
        clinic.work()
        assert (clinic.state(visit), clinic.reason(visit)) == (State.REJECTED, reason)
        assert clinic.calls() == calls
        clinic.look()
        assert slot.key in {other.key for other in times_of(clinic, doctor)}
        assert [
            row for row in clinic.registry() if row["resource"] == doctor and row["source"] == "site"
        ] == []


def test_trap_08_an_id_that_was_given_anew_is_taken_and_the_time_comes_back_under_its_new_one(
    clinic: Clinic,
) -> None:
    slot = clinic.take()
    doctor = slot.key.practitioner_id
    other = next(found for found in clinic.times() if found.key.practitioner_id == doctor)
    visits = [clinic.confirm(one) for one in (slot, other)]
    one, two = (Appointment.objects.get(pk=visit).ticket for visit in visits)
    clinic.call("swap", lpu=int(clinic.resource(slot).location_id), one=one, other=two)
    clinic.work()
    assert [clinic.reason(visit) for visit in visits] == ["taken_in_mis"] * 2
    assert clinic.ours(slot) == clinic.ours(other) == []
    clinic.look()
    assert {slot.key, other.key} <= clinic.offered().keys()


def test_trap_08_a_cancel_leaves_alone_whoever_has_the_ticket_now(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.booked(slot)
    clinic.registrar_cancels(slot)
    clinic.by_phone(slot)
    clinic.cancel(visit)
    clinic.work()
    assert clinic.quieten(visit) is State.CANCELLED
    assert [row["source"] for row in clinic.bookings(slot)] == ["clerk"]


def test_trap_15_a_patient_with_two_cards_waits_for_a_registrar_and_nothing_is_written(
    clinic: Clinic,
) -> None:
    slot, calls = clinic.take(), clinic.calls()
    lpu = int(clinic.resource(slot).location_id)
    for _ in range(2):
        clinic.call("patient", lpu=lpu, surname="Двойников", name="Пётр", birthday="1990-05-17")
    visit = confirmed(slot, PersonInput("Двойников", "Пётр", "+7 900 002-00-03", birth_date="1990-05-17"))
    clinic.work()
    assert clinic.state(visit) is State.UNKNOWN
    assert clinic.calls() == calls + 1
    assert clinic.bookings(slot) == []


def test_a_cancelled_visit_is_reported_to_the_hub_by_its_job(clinic: Clinic) -> None:
    with clinic.bound(reports=["cancelled"]):
        slot = clinic.take()
        visit = clinic.booked(slot)
        ticket = Appointment.objects.get(pk=visit).ticket
        clinic.cancel(visit)
        clinic.work()
        assert clinic.state(visit) is State.CANCELLED
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE task_name = %s RETURNING args", [queue.REPORT]
            )
            ((args,),) = cursor.fetchall()
        exchange.report(UUID(json.loads(args)["appointment"]))
    told = clinic.simulator.base.reports[-1]
    assert (told["idAppointment"], told["status"]) == (ticket, "запись_отменена_по_инициативе_пациента")


def test_a_clinic_whose_history_has_numbers_of_its_own_books_reads_back_and_cancels(clinic: Clinic) -> None:
    rules = clinic.simulator.base.rules
    clinic.simulator.base.rules = type(rules)(own_ids=True)
    try:
        slot = clinic.take()
        visit = clinic.confirm(slot)
        clinic.fault("commit_then_drop", "book")
        clinic.work()
        assert clinic.quieten(visit) is State.BOOKED
        clinic.cancel(visit)
        clinic.work()
        assert clinic.quieten(visit) is State.CANCELLED
        assert clinic.bookings(slot) == []
    finally:
        clinic.simulator.base.rules = rules

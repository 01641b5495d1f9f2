"""What МЕДИАЛОГ has of its own: events that a profile may lack, cards, and slots that may be tickets."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.scheduling.over_simulator import Clinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.models import Appointment, Availability
from feldsher.domain.scheduling.types import State


def test_without_a_cancel_event_the_visit_stays_in_both_and_a_registrar_is_asked(clinic: Clinic) -> None:
    slot = clinic.take()
    visit, calls = clinic.booked(slot), clinic.calls()
    with clinic.bound(cancel_event="", gone_words=[]):
        clinic.cancel(visit)
        clinic.work()
    assert (clinic.state(visit), clinic.reason(visit)) == (State.BOOKED, "cancel_rejected")
    assert clinic.calls() == calls + 1
    assert len(clinic.ours(slot)) == 1


def test_without_an_event_that_lists_visits_a_lost_one_ends_with_a_call_and_the_time_stays_blocked(
    clinic: Clinic,
) -> None:
    slot = clinic.take()
    visit, calls = clinic.confirm(slot), clinic.calls()
    with clinic.bound(visits_event="", reference_field=""):
        clinic.fault("commit_then_drop", "book")
        clinic.work()
        for _ in range(20):
            clinic.tick()
        assert clinic.state(visit) is State.UNKNOWN
        assert clinic.calls() == calls + 1
        assert len(clinic.bookings(slot)) == 1
    assert clinic.quieten(visit) is State.BOOKED


def test_a_doctor_whose_answer_is_empty_keeps_the_time_until_three_complete_syncs_agree(
    clinic: Clinic,
) -> None:
    found = directory.resolve_remote(clinic.mis, practitioners={"14"}, locations=set())
    rows = Availability.objects.filter(practitioner=found.practitioners["14"])
    first = clinic.now().astimezone(ZoneInfo("Asia/Yekaterinburg")).replace(hour=9, minute=0, second=0)
    visits = [
        clinic.call(
            "book", resource="14", location="C2", minutes=480, force=True,
            start=(first + timedelta(days=day)).isoformat(),
        )["id"]
        for day in range(28)
    ]  # fmt: skip
    kept = rows.count()
    assert kept > 0
    counts = []
    for _ in range(3):
        assert clinic.synchronise().is_complete
        counts.append(rows.count())
    assert counts == [kept, kept, 0]
    for visit in visits:
        clinic.call("cancel", id=visit)
    assert clinic.synchronise().is_complete
    assert rows.count() > 0


def test_a_patient_with_two_cards_waits_for_a_registrar_and_nothing_is_written(clinic: Clinic) -> None:
    slot, calls = clinic.take(), clinic.calls()
    visit = clinic.confirm(slot)
    phone = f"7900001{clinic.people // 100:02}{clinic.people % 100:02}"
    cards = [clinic.call("patient", surname="Пробный", name="Пётр", phone=phone)["id"] for _ in range(2)]
    clinic.work()
    assert len(set(cards)) == 2
    assert clinic.state(visit) is State.UNKNOWN
    assert clinic.calls() == calls + 1
    assert clinic.bookings(slot) == []


def test_where_slots_are_tickets_the_visit_takes_the_one_that_was_offered(clinic: Clinic) -> None:
    with clinic.bound(slots="tickets"):
        assert clinic.synchronise().is_complete
        slot = clinic.take()
        visit = clinic.booked(slot)
        (row,) = clinic.bookings(slot)
        assert Appointment.objects.get(pk=visit).ticket.startswith(f"{row['schedule']}@")
    assert clinic.synchronise().is_complete

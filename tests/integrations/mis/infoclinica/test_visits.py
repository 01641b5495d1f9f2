"""Reserve, move, remove, find: every outcome, and what proves it."""

import threading
import time
from collections.abc import Callable

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    AlreadyCancelled,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    Found,
    Gone,
    Indeterminate,
    NeedsReferral,
    NotFound,
    NotSent,
    PatientConflict,
    PatientRef,
    Person,
    Rejected,
    RemoteResource,
    Taken,
    Unknown,
)
from feldsher.integrations.mis.infoclinica import visits
from integrations.mis.infoclinica.factory import (
    BORIS,
    PERSON,
    Canned,
    Clinic,
    ack,
    cell,
    day_after,
    grid,
    query,
    ref,
    request,
    slot,
    stint,
)
from testbench.infoclinica.base import Closing

OTHER = Person("Другова", "Проба", "Тестовна", "+79000000022")
DAY = day_after()
BLOCK = "<CHECKDATA><CHECKCODE>2</CHECKCODE><CHECKLABEL>{}</CHECKLABEL><CHECKTEXT></CHECKTEXT></CHECKDATA>"


def test_a_visit_is_written_as_it_was_asked(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot(10.25, minutes=40, service="60001"), reference="our-42")
    outcome = gateway.book(wanted)
    (written,) = clinic.records()
    assert outcome == Booked(f"1-{written.id}")
    assert (written.doctor, written.branch.id, written.day, written.begin, written.end) == (
        7001,
        1,
        DAY,
        615,
        655,
    )
    assert (written.reference, written.services, written.online) == ("our-42", "60001", 0)
    assert clinic.sent("SCHEDULE_REC_RESERVE")[0].fields["AUTHMODE"] == "4"


def test_an_optional_mode_is_left_out_where_the_profile_says_so(clinic: Clinic) -> None:
    gateway = clinic.gateway(auth_mode=None)
    gateway.book(request(gateway, slot()))
    assert "AUTHMODE" not in clinic.sent("SCHEDULE_REC_RESERVE")[0].fields


def test_an_online_visit_says_so(clinic: Clinic) -> None:
    gateway = clinic.gateway(online_modes=[3])
    gateway.book(request(gateway, slot(18)))
    assert [one.online for one in clinic.records()] == [1]


def test_trap_08_the_interval_s_number_is_asked_anew_for_each_visit(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    for days in (2, 3):
        gateway.book(request(gateway, slot(days=days), reference=f"our-{days}"))
    idents = [message.fields["SCHEDIDENT"] for message in clinic.sent("SCHEDULE_REC_RESERVE")]
    assert len(set(idents)) == 2
    assert [one.day for one in clinic.records()] == [day_after(2), day_after(3)]


def test_trap_02_a_time_that_a_registrar_took_since_is_taken_and_nothing_is_sent(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    clinic.clerk_books(slot())
    assert isinstance(gateway.book(request(gateway, slot())), Taken)
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []


def test_trap_02_a_registrar_who_is_faster_by_a_moment_wins(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault("clerk_race")
    outcome = gateway.book(wanted)
    assert isinstance(outcome, Taken)
    assert outcome.text == "Время занято"
    assert [one.source for one in clinic.records()] == ["clerk"]


def test_trap_02_a_stale_grid_is_corrected_by_the_reserve_itself(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    clinic.clerk_books(slot())
    wanted = request(gateway, slot())
    clinic.fault("stale_grid")
    assert gateway.book(wanted) == Taken("Время занято")
    assert [one.source for one in clinic.records()] == ["clerk"]


def test_trap_03_a_visit_that_overlaps_by_a_part_is_taken(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot(10, minutes=30), who=OTHER))
    assert isinstance(gateway.book(request(gateway, slot(9.5, minutes=60))), Taken)
    assert len(clinic.records()) == 1


@pytest.mark.parametrize("hour", [8.5, 12.75, 16.75, 20])
def test_trap_04_free_cells_must_hold_the_whole_visit(clinic: Clinic, hour: float) -> None:
    gateway = clinic.gateway()
    assert isinstance(gateway.book(request(gateway, slot(hour, minutes=30))), Taken)
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60])
def test_a_length_that_can_not_be_said_is_refused(clinic: Clinic, minutes: int) -> None:
    gateway = clinic.gateway()
    assert gateway.book(request(gateway, slot(minutes=minutes))) == Rejected("bad_duration")


def test_a_visit_of_nobody_is_refused(clinic: Clinic) -> None:
    assert clinic.gateway().book(BookRequest(slot(), PERSON, "our-1")) == Rejected("no_patient")


def test_trap_19_of_two_callers_at_once_one_is_booked(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    wanted = [request(gateway, slot(), who=who, reference=who.given) for who in (PERSON, OTHER)]
    outcomes: list[BookOutcome] = []
    gate = threading.Barrier(2)

    def book(one: BookRequest) -> None:
        gate.wait()
        outcomes.append(gateway.book(one))

    threads = [threading.Thread(target=book, args=(one,)) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Booked", "Taken"]
    assert len(clinic.records()) == 1


def test_the_same_patient_twice_at_once_is_a_conflict(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    outcome = gateway.book(request(gateway, slot(at=BORIS), reference="our-2"))
    assert isinstance(outcome, PatientConflict)
    assert len(clinic.records()) == 1


@pytest.mark.parametrize(
    ("label", "text", "outcome"),
    [
        ("Нет направления", "Нужно направление терапевта", NeedsReferral),
        ("Ограничение по возрасту", "Врач принимает с 18 лет", AgeLimit),
        ("Запрещено", "Запись закрыта", Rejected),
    ],
)
def test_trap_20_what_closes_the_schedule_to_this_patient_is_told_before_anything_is_sent(
    clinic: Clinic, label: str, text: str, outcome: type[object]
) -> None:
    clinic.simulator.base.closings[7001] = Closing(label, text)
    gateway = clinic.gateway()
    assert isinstance(gateway.book(request(gateway, slot())), outcome)
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []


REFERRAL = BLOCK.format("Нужно направление")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (ack("SCHEDULE", grid(DAY, cell("9:0", "12:0")) + REFERRAL), NeedsReferral),
        (ack("SCHEDULE", REFERRAL, result=0), NeedsReferral),
        (ack("SCHEDULE", BLOCK.format("Что-то новое"), result=0), NotSent),
        (ack("SCHEDULE", "", result=-99), NotSent),
    ],
)
def test_trap_20_a_schedule_that_is_closed_as_a_whole_says_why(
    canned: Canned, told: bytes, outcome: type[object]
) -> None:
    canned.tell(DOCT_SCHEDULE_FREE=stint(DAY))
    canned.says["SCHEDULE"] = told
    wanted = BookRequest(slot(), PERSON, "our-1", patient=PatientRef("900005"))
    assert isinstance(canned.gateway().book(wanted), outcome)


# Lost and late.


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage"])
def test_trap_01_a_committed_visit_whose_answer_is_lost_is_unknown_and_then_found(
    clinic: Clinic, fault: str
) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault(fault)
    assert isinstance(gateway.book(wanted), Unknown)
    (written,) = clinic.records()
    assert gateway.find_booking(query(slot())) == Found(f"1-{written.id}", "booked", slot().begin)


def test_trap_01_a_late_commit_is_unknown_then_absent_then_found(simulate: Callable[..., Clinic]) -> None:
    clinic = simulate()
    gateway = clinic.gateway(timeout=0.6)
    wanted = request(gateway, slot())
    clinic.fault("commit_late", delay=1.2)
    assert isinstance(gateway.book(wanted), Unknown)
    assert isinstance(gateway.find_booking(query(slot())), Absent)
    done = threading.Event()
    while not clinic.records():
        assert not done.wait(0.05)
    assert isinstance(gateway.find_booking(query(slot())), Found)


@pytest.mark.parametrize("fault", ["http_500", "html", "ae", "empty_ok"])
def test_an_answer_that_proves_nothing_is_unknown(clinic: Clinic, fault: str) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault(fault, operation="book")
    assert isinstance(gateway.book(wanted), Unknown)
    assert clinic.records() == []
    assert gateway.find_booking(query(slot())) == Absent()


@pytest.mark.parametrize("fault", ["http_500", "html", "ae", "empty_ok", "commit_then_drop"])
def test_trap_07_a_schedule_that_can_not_be_read_before_a_visit_means_that_none_has_left(
    clinic: Clinic, fault: str
) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault(fault, operation="schedule")
    assert isinstance(gateway.book(wanted), NotSent)
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []


def test_trap_07_an_empty_grid_of_today_is_not_taken_time(canned: Canned) -> None:
    today = day_after(0)
    canned.tell(DOCT_SCHEDULE_FREE=stint(today), SCHEDULE="")
    wanted = BookRequest(slot(days=0), PERSON, "our-1", patient=PatientRef("1"))
    assert isinstance(canned.gateway().book(wanted), NotSent)


def test_trap_01_a_reserve_leaves_in_time_or_not_at_all(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scheduling counts the settle time from where the call begins: reads before it must not eat it up."""
    gateway = clinic.gateway(timeout=5)
    wanted = request(gateway, slot())
    monkeypatch.setattr(visits, "monotonic", lambda: time.monotonic() - 11)
    assert gateway.book(wanted) == NotSent("it is too late for the call to leave")
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []
    monkeypatch.setattr(visits, "monotonic", lambda: time.monotonic() - 5)
    assert isinstance(gateway.book(wanted), Booked)


def test_a_gateway_that_can_not_be_reached_was_not_sent_to(canned: Canned) -> None:
    gateway = Canned(url="http://127.0.0.1:9").gateway()
    wanted = BookRequest(slot(), PERSON, "our-1", patient=PatientRef("1"))
    assert isinstance(gateway.book(wanted), NotSent)
    assert isinstance(gateway.cancel("1-2", reason=""), NotSent)


@pytest.mark.parametrize(
    ("result", "inner", "outcome"),
    [
        (0, BLOCK.format("Время занято"), Taken),
        (0, BLOCK.format("Возраст"), AgeLimit),
        (0, BLOCK.format("Что-то новое"), Rejected),
        (0, "", Rejected),
        (-2, "", Rejected),
        (-99, "", Rejected),
        (2, "", Unknown),
        (7, BLOCK.format("Время занято"), Unknown),
        (1, "", Unknown),
        (1, "<SCHED_INFO><SCHEDID>x</SCHEDID></SCHED_INFO>", Unknown),
        (1, BLOCK.format("Время занято") + "<SCHED_INFO><SCHEDID>5</SCHEDID></SCHED_INFO>", Unknown),
        (1, "<SCHED_INFO><SCHEDID>5</SCHEDID></SCHED_INFO>", Booked),
    ],
)
def test_an_answer_to_a_reserve_means(canned: Canned, result: int, inner: str, outcome: type[object]) -> None:
    canned.tell(DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, cell("9:0", "12:0")))
    canned.says["SCHEDULE_REC_RESERVE"] = ack("SCHEDULE_REC_RESERVE", inner, result=result)
    wanted = BookRequest(slot(), PERSON, "our-1", patient=PatientRef("900005"))
    assert isinstance(canned.gateway().book(wanted), outcome)


def test_the_words_of_a_refusal_are_the_profile_s(canned: Canned) -> None:
    canned.tell(DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, cell("9:0", "12:0")))
    canned.says["SCHEDULE_REC_RESERVE"] = ack(
        "SCHEDULE_REC_RESERVE", BLOCK.format("Слот недоступен"), result=0
    )
    wanted = BookRequest(slot(), PERSON, "our-1", patient=PatientRef("900005"))
    assert canned.gateway(taken_words=["Слот недоступен"]).book(wanted) == Taken("Слот недоступен")


# Another branch.


def test_trap_09_a_visit_that_was_written_at_another_branch_is_removed_at_once(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault("branch_mismatch")
    outcome = gateway.book(wanted)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "written_elsewhere"
    assert clinic.records() == []
    assert [message.branch for message in clinic.sent("SCHEDULE_REC_REMOVE")] == [2]


def test_trap_09_where_it_can_not_be_removed_a_person_must_look(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    wanted = request(gateway, slot())
    clinic.fault("branch_mismatch")
    clinic.fault("http_500", operation="cancel")
    assert isinstance(gateway.book(wanted), Unknown)
    found = gateway.find_booking(BookingQuery(wanted.slot, wanted.reference, person=PERSON))
    assert found == Indeterminate("the visit stands at another branch or with another doctor")


def test_trap_09_a_record_is_named_with_its_branch(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(15, at=RemoteResource("7002", "2")))))
    assert booked.startswith("2-")
    assert gateway.cancel(booked, reason="") == Cancelled()
    assert clinic.sent("SCHEDULE_REC_REMOVE")[0].branch == 2


@pytest.mark.parametrize(("at", "begin"), [("2", "9:30"), ("3", "10:0")])
def test_trap_10_a_visit_is_booked_at_the_branch_s_own_wall_time(clinic: Clinic, at: str, begin: str) -> None:
    doctor = {"2": "7003", "3": "7004"}[at]
    hour, minute = map(int, begin.split(":"))
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot(hour + minute / 60, at=RemoteResource(doctor, at))))
    (written,) = clinic.records()
    zone = written.branch.zone
    assert written.start.astimezone(zone).strftime("%H:%M") == f"{hour:02}:{minute:02}"


# Move.


def test_trap_12_a_move_is_one_step_and_keeps_the_record(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    moved = gateway.move(booked, request=request(gateway, slot(10.25, minutes=45)), old=slot(10))
    assert moved == Booked(booked)
    assert [(one.begin, one.end, one.reference) for one in clinic.records()] == [(615, 660, "our-1")]


def test_a_move_onto_somebody_is_taken_and_the_old_time_stays(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    gateway.book(request(gateway, slot(11), who=OTHER, reference="our-2"))
    assert isinstance(gateway.move(booked, request=request(gateway, slot(11)), old=slot(10)), Taken)
    assert sorted(one.begin for one in clinic.records()) == [600, 660]


def test_a_move_of_a_cancelled_record_finds_it_gone(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    gateway.cancel(booked, reason="")
    moves = [gateway.move(booked, request=request(gateway, slot(11)), old=old) for old in (slot(10), None)]
    assert moves == [Gone()] * 2


def test_what_a_registrar_has_moved_is_not_moved_back(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    gateway.move(booked, request=request(gateway, slot(12)), old=None)
    sent = len(clinic.sent("SCHEDULE_REC_RESERVE"))
    assert gateway.move(booked, request=request(gateway, slot(11)), old=slot(10)) == Gone()
    assert len(clinic.sent("SCHEDULE_REC_RESERVE")) == sent


def test_a_record_on_another_card_is_not_called_gone(clinic: Clinic) -> None:
    """The clinic has changed the patient's phone: what is known of them leads to another card now."""
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    outcome = gateway.move(booked, request=request(gateway, slot(11), who=OTHER), old=slot(10))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "record_not_on_card"
    assert [one.begin for one in clinic.records()] == [600]


@pytest.mark.parametrize("look", ["status", "schedule"])
def test_a_move_whose_look_for_the_record_fails_is_not_sent(clinic: Clinic, look: str) -> None:
    """By the schedule of its day it looks where no card of the patient has the record."""
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot(10))))
    wanted, sent = request(gateway, slot(11), who=OTHER), len(clinic.sent("SCHEDULE_REC_RESERVE"))
    clinic.fault("http_500", operation=look)
    assert isinstance(gateway.move(booked, request=wanted, old=slot(10)), NotSent)
    assert len(clinic.sent("SCHEDULE_REC_RESERVE")) == sent


@pytest.mark.parametrize("name", ["2-5", "x", "1-", ""])
def test_a_move_to_another_branch_is_refused_before_anything_is_sent(clinic: Clinic, name: str) -> None:
    gateway = clinic.gateway()
    outcome = gateway.move(name, request=request(gateway, slot()), old=slot())
    assert isinstance(outcome, Rejected)
    assert outcome.code == "other_branch"
    assert clinic.sent("SCHEDULE_REC_RESERVE") == []


# Cancel.


def test_trap_16_a_second_cancel_is_success(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot())))
    assert gateway.cancel(booked, reason="") == Cancelled()
    assert gateway.cancel(booked, reason="") == AlreadyCancelled()
    assert clinic.records() == []


def test_a_record_that_nobody_knows_is_not_found(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    assert gateway.cancel("1-5", reason="") == NotFound()
    assert gateway.cancel("our own words", reason="") == NotFound()


def test_a_cancel_whose_answer_is_lost_is_unknown_and_may_be_repeated(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot())))
    clinic.fault("commit_then_drop", operation="cancel")
    assert isinstance(gateway.cancel(booked, reason=""), Unknown)
    assert gateway.cancel(booked, reason="") == AlreadyCancelled()


def test_a_cancel_that_is_refused_is_no_success(canned: Canned) -> None:
    told = BLOCK.format("Отменить запись нельзя")
    canned.says["SCHEDULE_REC_REMOVE"] = ack("SCHEDULE_REC_REMOVE", told, result=0)
    outcome = canned.gateway().cancel("1-5", reason="")
    assert outcome == Rejected("refused", "Отменить запись нельзя")

"""Writing: every outcome, and what proves it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    AlreadyCancelled,
    Booked,
    Cancelled,
    Found,
    Gone,
    Indeterminate,
    NeedsReferral,
    NotForPatient,
    NotFound,
    NotSent,
    PatientConflict,
    PatientRef,
    Rejected,
    RemoteResource,
    Reported,
    Taken,
    Unknown,
    VisitEnd,
)
from feldsher.integrations.mis.n3 import build
from feldsher.kernel.clock import WallTime
from integrations.mis.n3.factory import (
    AREA,
    BY_HAND,
    CHILD,
    EYES,
    LPUS,
    PERSON,
    SHOWN,
    SURGERY,
    Hand,
    Hub,
    answered,
    field,
    history,
    query,
    refused,
    request,
    ticket,
    tickets,
    visit,
)
from support.egress import known
from testbench.n3.base import Rules
from testbench.n3.hub import TOKEN

FREE, SET, CANCEL, HISTORY = (
    "GetAvaibleAppointments", "SetAppointment", "CreateClaimForRefusal", "GetPatientHistory",
)  # fmt: skip
REF = "1/p-1/000123/2026-09-01T09%3A30%3A00/18"
UNTOLD = (
    "the look for the visit to be moved: the history does not have the visit, and the ticket isn't shown free"
)
OURS = visit("000123", "2026-09-01T09:30:00")
LOST = (
    "commit_then_drop", "http_500", "soap_fault", "garbage", "html", "wrong_echo", "empty_ok", "refused",
    "out_of_time",
)  # fmt: skip
WRITTEN = {"commit_then_drop", "garbage", "html", "wrong_echo", "out_of_time"}
AT = WallTime.parse("2026-09-01T09:41:07")


# Booking.


def test_a_booked_ticket_is_known_by_lpu_patient_ticket_begin_and_doctor(either: Hub) -> None:
    slot = either.slot()
    request = either.request(slot)
    assert request.patient is not None
    outcome = either.gateway().book(request)
    (row,) = either.site_visits()
    begin = slot.begin.iso().replace(":", "%3A")
    assert outcome == Booked(f"1/{request.patient.id}/{slot.ticket}/{begin}/18")
    assert (row["ticket"], row["client"], row["start"][:19]) == (
        slot.ticket,
        request.patient.id,
        slot.begin.iso(),
    )


def test_a_ticket_that_a_clerk_gave_away_is_taken_and_nothing_is_sent(hub: Hub) -> None:
    slot = hub.slot()
    hub.clerk_books(slot)
    assert hub.gateway().book(hub.request(slot)) == Taken()
    assert hub.site_visits() == []


def test_a_ticket_that_a_clerk_gives_away_at_that_very_moment_is_taken_too(hub: Hub) -> None:
    slot = hub.slot()
    hub.fault("clerk_race", times=1)
    assert hub.gateway().book(hub.request(slot)) == Taken("Талон к врачу занят/заблокирован")
    assert hub.site_visits() == []


@pytest.mark.parametrize(
    "shown",
    [
        SHOWN.replace("09:30", "09:35"),
        SHOWN.replace("10:00", "09:45"),
        SHOWN.replace("000123", "000124"),
        SHOWN.replace("-01T", "-02T"),
    ],
)
def test_a_ticket_that_is_another_one_now_is_taken(hand: Hand, shown: str) -> None:
    hand.results[FREE] = shown
    assert hand.gateway().book(request(BY_HAND)) == Taken()
    assert hand.sent(SET) == []


def test_without_a_ticket_a_card_or_a_branch_of_ours_nothing_is_sent(hand: Hand) -> None:
    gateway = hand.gateway()
    assert gateway.book(request(replace(BY_HAND, ticket=""))) == Rejected("unknown_ticket")
    elsewhere = replace(BY_HAND, resource=RemoteResource("18@9", "9"))
    assert gateway.book(request(elsewhere)) == Rejected("unknown_ticket")
    for patient in (None, ""):
        assert isinstance(gateway.book(request(BY_HAND, patient=patient)), NotSent)
    assert hand.asked == []


@pytest.mark.parametrize("name", ["http_500", "garbage", "soap_fault", "refused", "empty_ok"])
def test_a_look_that_fails_sends_nothing(hub: Hub, name: str) -> None:
    request = hub.request(hub.slot())
    hub.fault(name, FREE)
    assert isinstance(hub.gateway().book(request), NotSent)
    assert hub.site_visits() == []


@pytest.mark.parametrize(
    ("days", "options", "kind"),
    [("false", {}, Taken), ("true", {}, NotSent), ("false", {"working_time": False}, NotSent)],
)
def test_trap_07_an_empty_look_is_read_as_taken_where_the_working_time_says_so_alone(
    hand: Hand, days: str, options: dict[str, Any], kind: type
) -> None:
    told = f"<a:WorkingTime><a:RecordableDay>{days}</a:RecordableDay></a:WorkingTime>"
    hand.results |= {FREE: tickets(), "GetWorkingTime": f"<a:WorkingTimeList>{told}</a:WorkingTimeList>"}
    assert isinstance(hand.gateway(**options).book(request(BY_HAND)), kind)
    assert hand.sent(SET) == []


@pytest.mark.parametrize("name", LOST)
def test_an_answer_that_proves_nothing_leaves_the_visit_unknown_and_can_be_read_back(
    either: Hub, name: str
) -> None:
    slot, gateway = either.slot(), either.gateway()
    request = either.request(slot)
    either.fault(name, SET, times=1)
    assert isinstance(gateway.book(request), Unknown)
    found = gateway.find_booking(query(slot))
    if name in WRITTEN:
        assert len(either.site_visits()) == 1
        assert isinstance(found, Found)
        assert (found.state, found.begin) == ("booked", slot.begin)
        assert gateway.cancel(found.ref, reason="") == Cancelled()
    else:
        assert either.site_visits() == []
        assert found == Absent()


def test_a_port_where_nobody_listens_sends_nothing() -> None:
    url = known("http://127.0.0.1:9/HubService.svc")
    gateway = build(url=url, user="", password=TOKEN, timeout=1, options={"lpus": LPUS})
    for outcome in (
        gateway.book(request(BY_HAND)),
        gateway.cancel(REF, reason=""),
        gateway.ensure_patient(PERSON, location_id="1"),
        gateway.report(REF, end=VisitEnd.NO_SHOW, at=AT),
    ):
        assert isinstance(outcome, NotSent)
    assert isinstance(gateway.find_booking(query(BY_HAND)), Indeterminate)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429])
def test_what_is_stopped_at_the_door_was_not_sent(hand: Hand, status: int) -> None:
    hand.status = status
    assert isinstance(hand.gateway()._visits._sent(SET, ()), NotSent)


# A ticket that others may have.


def test_trap_20_a_ticket_that_is_shown_to_others_only_is_not_for_this_patient(hub: Hub) -> None:
    slot = hub.slot(AREA)
    assert hub.gateway().book(hub.request(slot)) == NotForPatient("41")
    assert hub.gateway(reasons={"41": "needs_referral"}).book(hub.request(slot)) == NeedsReferral("41")
    assert hub.site_visits() == []


@pytest.mark.parametrize(
    ("person", "place", "outcome"),
    [
        (CHILD, SURGERY, AgeLimit("Запись запрещена (только с 18 лет)")),
        (PERSON, EYES, NeedsReferral("На приём к этому врачу нужно направление")),
    ],
)
def test_trap_20_a_patient_whom_the_doctor_does_not_take_is_refused_with_the_reason(
    hub: Hub, person: Any, place: RemoteResource, outcome: Any
) -> None:
    slot = hub.slot(place)
    assert hub.gateway().book(hub.request(slot, person)) == outcome
    assert hub.site_visits() == []


def test_a_patient_with_another_visit_to_the_doctor_is_refused_for_that(simulate: Callable[..., Hub]) -> None:
    hub = simulate(rules=Rules(one_visit=True))
    hub.booked(hub.slot())
    again = hub.slot(nth=5)
    assert isinstance(hub.gateway().book(hub.request(again)), PatientConflict)
    assert len(hub.site_visits()) == 1


@pytest.mark.parametrize(
    ("errors", "outcome"),
    [
        ([(39, "")], Taken("")),
        ([(38, "Недопустимый талон")], Taken("Недопустимый талон")),
        ([(36, "Нет прикрепления")], NotForPatient("Нет прикрепления")),
        ([(41, "")], NotForPatient("")),
        ([(35, "")], PatientConflict("")),
        ([(1, "Доступ запрещён")], NotSent("Доступ запрещён")),
        ([(500, "Талон уже занят")], Taken("Талон уже занят")),
        ([(500, "Нужно направление")], NeedsReferral("Нужно направление")),
        ([(500, "Ограничение по возрасту")], AgeLimit("Ограничение по возрасту")),
        ([(99, "Превышено время ожидания МИС")], Unknown("Превышено время ожидания МИС")),
        ([(39, "Timeout expired")], Unknown("Timeout expired")),
        ([(99, "Неверный талон")], Rejected("99", "Неверный талон")),
        ([(12345, "Что-то новое")], Rejected("12345", "Что-то новое")),
        ([], Rejected("refused", "")),
        ([(7, ""), (39, "занято")], Taken("занято")),
    ],
    ids=str,
)  # fmt: skip
def test_a_refusal_is_read_by_its_code_then_by_its_words(
    hand: Hand, errors: list[tuple[int, str]], outcome: Any
) -> None:
    hand.results |= {FREE: SHOWN, SET: lambda call: refused(call, *errors), HISTORY: history()}
    assert hand.gateway().book(request(BY_HAND)) == outcome


def test_a_code_without_words_is_looked_up_in_the_hub_s_own_table_once(hand: Hand) -> None:
    table = (
        "<a:ErrorList><a:Error><a:ErrorDescription>Талон занят другим</a:ErrorDescription>"
        "<a:IdError>777</a:IdError></a:Error></a:ErrorList>"
    )
    hand.results |= {
        FREE: SHOWN,
        SET: lambda call: refused(call, (777, "")),
        "GetErrorList": lambda call: answered(call, "").replace("<a:ErrorList/>", table),
    }
    gateway = hand.gateway()
    assert gateway.book(request(BY_HAND)) == gateway.book(request(BY_HAND)) == Taken("")
    assert len(hand.sent("GetErrorList")) == 1


def test_a_table_that_does_not_come_leaves_the_refusal_a_refusal(hand: Hand) -> None:
    hand.results |= {
        FREE: SHOWN, SET: lambda call: refused(call, (777, "")), HISTORY: history(),
        "GetErrorList": lambda _: b"<cut",
    }  # fmt: skip
    assert hand.gateway().book(request(BY_HAND)) == Rejected("777", "")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (history(OURS), Booked(REF)),
        (history(visit("000123", "2026-09-01T11:00:00")), Rejected("99", "Прочее")),
        (lambda _: b"<cut", None),
        (history(visit("000123", "2026-09-31T11:00:00")), None),
    ],
)
def test_a_refusal_that_nobody_can_place_is_believed_after_the_history_alone(
    hand: Hand, told: Any, outcome: Any
) -> None:
    hand.results |= {FREE: SHOWN, SET: lambda call: refused(call, (99, "Прочее")), HISTORY: told}
    found = hand.gateway().book(request(BY_HAND))
    assert found == outcome or (outcome is None and isinstance(found, Unknown))


@pytest.mark.parametrize(
    ("code", "kind"), [(36, NotForPatient), (20, Rejected), (1, NotSent), (500, Rejected)]
)
def test_a_look_that_is_refused_wrote_nothing_and_says_why(hand: Hand, code: int, kind: type) -> None:
    hand.results[FREE] = lambda call: refused(call, (code, "Нет"))
    assert isinstance(hand.gateway().book(request(BY_HAND)), kind)
    assert hand.sent(SET) == []


# Looking for a lost visit.


@pytest.mark.parametrize(
    ("told", "shown", "kind"),
    [
        (history(OURS), tickets(), Found),
        (history(OURS), SHOWN, Found),
        (history(), SHOWN, Absent),
        (history(visit("000123", "2026-09-01T11:00:00")), SHOWN, Absent),
        (history(), tickets(), Indeterminate),
        (history(refusals=(OURS.replace("HistoryVisit", "HistoryRefusal"),)), tickets(), Found),
        (history(refusals=(OURS.replace("HistoryVisit", "HistoryRefusal"),)), SHOWN, Absent),
        (history(visit("000123", "1 сентября")), SHOWN, Indeterminate),
        (history(visit("", "2026-09-01T09:30:00")), SHOWN, Indeterminate),
        (lambda _: b"<cut", SHOWN, Indeterminate),
        (history(), lambda _: b"<cut", Indeterminate),
    ],
)
def test_absent_is_said_of_a_ticket_that_is_shown_free_alone(
    hand: Hand, told: Any, shown: Any, kind: type
) -> None:
    hand.results |= {HISTORY: told, FREE: shown}
    found = hand.gateway().find_booking(query(BY_HAND, ref=REF))
    assert isinstance(found, kind)
    if isinstance(found, Found):
        assert (found.ref, found.begin) == (REF, BY_HAND.begin)
        assert found.state == ("booked" if told == history(OURS) else "cancelled")


def test_the_visit_is_looked_for_on_every_card_that_may_be_the_patient_s(hub: Hub) -> None:
    slot = hub.slot()
    ref = hub.booked(slot)
    hub.clerk("patient", lpu=1, surname="Записнова", name="Алёна", birthday="1990-05-17", phone="9000000011")
    found = hub.gateway().find_booking(query(slot))
    assert found == Found(ref, "booked", slot.begin)
    assert isinstance(hub.gateway().find_booking(query(slot, None)), Indeterminate)


# Cancelling.


def test_a_cancelled_visit_frees_its_ticket_and_a_second_cancel_is_a_success(either: Hub) -> None:
    slot = either.slot()
    ref, gateway = either.booked(slot), either.gateway()
    assert gateway.cancel(ref, reason="") == Cancelled()
    assert either.site_visits() == []
    assert slot.ticket in {item.ticket for item in either.items(slot.resource)}
    assert gateway.cancel(ref, reason="") == AlreadyCancelled()


def test_trap_16_a_visit_that_a_clerk_cancelled_is_gone_even_where_refusals_are_not_told(
    simulate: Callable[..., Hub],
) -> None:
    hub = simulate(rules=Rules(tells_refusals=False))
    slot = hub.slot()
    ref = hub.booked(slot)
    (row,) = hub.site_visits()
    hub.clerk("cancel", id=row["id"])
    assert hub.gateway().cancel(ref, reason="") == NotFound()
    hub.clerk_books(slot)
    assert isinstance(hub.gateway().cancel(ref, reason=""), Unknown)


@pytest.mark.parametrize(
    "ref", ["", "000123", "1/p-1/000123/вчера/18", "1//000123/2026-09-01T09:30:00/18", "a/b/c"]
)
def test_what_is_no_reference_of_ours_is_not_cancelled(hand: Hand, ref: str) -> None:
    gateway = hand.gateway()
    assert gateway.cancel(ref, reason="") == Rejected("bad_reference")
    assert gateway.report(ref, end=VisitEnd.NO_SHOW, at=AT) == Rejected("bad_reference")
    assert hand.asked == []


@pytest.mark.parametrize(
    ("errors", "then", "kind"),
    [
        ([(75, "")], history(OURS), AlreadyCancelled),
        ([(500, "Талон уже отменён")], history(OURS), AlreadyCancelled),
        ([(99, "Прочее")], history(), AlreadyCancelled),
        ([(99, "Прочее")], history(OURS), Rejected),
        ([(99, "Истекло время")], history(OURS), Unknown),
        ([(99, "Истекло время")], history(), AlreadyCancelled),
        ([(1, "")], history(OURS), NotSent),
        ([(99, "Прочее")], "<cut", Unknown),
    ],
)
def test_a_cancel_that_is_refused_is_held_against_the_history(
    hand: Hand, errors: list[tuple[int, str]], then: str, kind: type
) -> None:
    def refuse(call: str) -> str:
        hand.results[HISTORY] = (lambda _: then) if then == "<cut" else then
        return refused(call, *errors)

    hand.results |= {HISTORY: history(OURS), CANCEL: refuse}
    assert isinstance(hand.gateway().cancel(REF, reason=""), kind)


@pytest.mark.parametrize("name", ["http_500", "garbage", "soap_fault", "refused"])
def test_a_look_before_the_cancel_that_fails_sends_nothing(hub: Hub, name: str) -> None:
    ref = hub.booked(hub.slot())
    hub.fault(name, HISTORY)
    assert isinstance(hub.gateway().cancel(ref, reason=""), NotSent)
    assert len(hub.site_visits()) == 1


def test_a_cancel_is_by_the_patient_s_ticket_in_its_own_lpu(hand: Hand) -> None:
    """LPU, patient, ticket and begin with signs that a reference must not lose."""
    odd = replace(
        BY_HAND,
        resource=RemoteResource("д/1@1", "1"),
        ticket="a/b?c%20ы",
        begin=WallTime.parse("2026-09-01T09:30:00"),
    )
    hand.results[FREE] = tickets(ticket("a/b?c%20ы", "2026-09-01T09:30:00", "2026-09-01T10:00:00"))
    outcome = hand.gateway().book(request(odd, patient="п/7"))
    assert isinstance(outcome, Booked)
    hand.results[HISTORY] = history(visit("a/b?c%20ы", "2026-09-01T09:30:00"))
    assert hand.gateway().cancel(outcome.ref, reason="") == Cancelled()
    (sent,) = hand.sent(CANCEL)
    assert (field(sent, "idPat"), field(sent, "idAppointment")) == ("п/7", "a/b?c%20ы")


# Moving.


def test_a_move_takes_the_new_ticket_and_gives_the_old_back_in_one_call(hub: Hub) -> None:
    ref, later = hub.booked(hub.slot()), hub.slot(nth=3)
    gateway = hub.gateway(moves=True)
    outcome = gateway.move(ref, request=hub.request(later), old=None)
    assert isinstance(outcome, Booked)
    assert [row["ticket"] for row in hub.site_visits()] == [later.ticket]
    assert gateway.cancel(ref, reason="") == AlreadyCancelled()
    assert gateway.cancel(outcome.ref, reason="") == Cancelled()


def test_a_move_to_a_ticket_that_is_taken_leaves_the_visit_where_it_was(hub: Hub) -> None:
    first, later = hub.slot(), hub.slot(nth=3)
    ref = hub.booked(first)
    hub.clerk_books(later)
    assert hub.gateway(moves=True).move(ref, request=hub.request(later), old=None) == Taken()
    assert [row["ticket"] for row in hub.site_visits()] == [first.ticket]


def test_trap_12_a_move_is_promised_and_made_where_the_profile_says_so_alone(hub: Hub) -> None:
    ref, later = hub.booked(hub.slot()), hub.slot(nth=3)
    gateway = hub.gateway()
    assert gateway.capabilities().can_move is False
    with pytest.raises(NotImplementedError):
        gateway.move(ref, request=hub.request(later), old=None)


@pytest.mark.parametrize(
    ("ref", "told", "free", "outcome"),
    [
        ("000123", history(OURS), SHOWN, Rejected("bad_reference")),
        (REF.replace("1/", "2/", 1), history(OURS), SHOWN, Rejected("another_branch_or_card")),
        (REF.replace("p-1", "p-2"), history(OURS), SHOWN, Rejected("another_branch_or_card")),
        (REF, history(), SHOWN, Gone()),
        (REF, history(), tickets(), NotSent(UNTOLD, is_answered=True)),  # histories leave out visits
    ],
)
def test_what_cannot_be_moved_is_refused_before_anything_is_taken(
    hand: Hand, ref: str, told: str, free: str, outcome: Rejected | Gone | NotSent
) -> None:
    hand.results |= {HISTORY: told, FREE: free}
    assert hand.gateway(moves=True).move(ref, request=request(BY_HAND), old=None) == outcome
    assert hand.sent(SET) == []


# Reporting.


@pytest.mark.parametrize(
    ("name", "kind"),
    [("http_500", Unknown), ("garbage", Unknown), ("refused", Unknown), ("out_of_time", Unknown)],
)
def test_a_report_whose_answer_is_lost_may_be_told_again(hub: Hub, name: str, kind: type) -> None:
    ref, gateway = hub.booked(hub.slot()), hub.gateway()
    hub.fault(name, "report", times=1)
    assert isinstance(gateway.report(ref, end=VisitEnd.HAPPENED, at=AT), kind)
    assert gateway.report(ref, end=VisitEnd.HAPPENED, at=AT) == Reported()
    assert {row["status"] for row in hub.state()["reports"]} == {"посещение_состоялось"}


def test_a_report_that_the_hub_refuses_is_refused(hand: Hand) -> None:
    hand.results["SendNotificationAboutAppointmentStatus"] = lambda call: refused(call, (38, "Нет талона"))
    outcome = hand.gateway().report(REF, end=VisitEnd.NO_SHOW, at=AT)
    assert outcome == Rejected("38", "Нет талона")


def test_nothing_of_the_patient_is_in_what_an_outcome_says(hand: Hand) -> None:
    hand.results[FREE] = lambda _: "Записнова Алёна <"
    for outcome in (
        hand.gateway().book(request(BY_HAND, patient="p-1")),
        hand.gateway().find_booking(query(BY_HAND)),
        hand.gateway().cancel(REF, reason=""),
    ):
        assert "Записнова" not in str(outcome)
    assert PatientRef("p-1").id not in str(hand.gateway().cancel(REF, reason=""))

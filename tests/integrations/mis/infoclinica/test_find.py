"""A visit whose answer was lost: found by our reference, absent only by a whole list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    Found,
    Indeterminate,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.infoclinica.factory import (
    ANNA,
    Canned,
    Clinic,
    day_after,
    query,
    ref,
    request,
    slot,
)

DAY = day_after()


def test_a_visit_that_was_moved_by_a_registrar_is_found_where_it_is_now(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    base = clinic.simulator.base
    (written,) = clinic.records()
    base.records[written.id] = replace(written, begin=900, end=930)
    assert gateway.find_booking(query(slot())) == Found(f"1-{written.id}", "booked", WallTime(DAY, 54_000))


def test_a_visit_of_another_reference_at_that_time_is_not_ours(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot(), reference="our-2"))
    assert gateway.find_booking(query(slot(), reference="our-1")) == Absent()


def test_a_record_is_found_by_its_own_id_whatever_reference_it_bears(clinic: Clinic) -> None:
    """Such are a visit that a registrar has moved since, and one that was found on the patient's card."""
    gateway = clinic.gateway()
    written = ref(gateway.book(request(gateway, slot(), reference="their-1")))
    mine = query(slot(), reference="our-1")
    assert gateway.find_booking(replace(mine, ref=written)) == Found(written, "booked", slot().begin)
    assert gateway.find_booking(replace(mine, ref=f"2{written}")) == Absent(), "of another branch"


def test_a_record_that_lost_its_reference_is_found_by_doctor_and_time(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    (written,) = clinic.records()
    clinic.simulator.base.records[written.id] = replace(written, reference="")
    assert isinstance(gateway.find_booking(query(slot())), Found)
    assert gateway.find_booking(query(slot(11))) == Absent()


def test_nobody_is_looked_for_without_a_name(clinic: Clinic) -> None:
    assert isinstance(clinic.gateway().find_booking(query(slot(), who=None)), Indeterminate)


def test_a_card_that_is_not_found_proves_nothing(clinic: Clinic) -> None:
    assert isinstance(clinic.gateway().find_booking(query(slot())), Indeterminate)


@pytest.mark.parametrize("fault", ["http_500", "ae", "html", "commit_then_drop"])
@pytest.mark.parametrize("operation", ["status", "patient"])
def test_a_search_that_fails_proves_nothing(clinic: Clinic, fault: str, operation: str) -> None:
    gateway = clinic.gateway()
    request(gateway, slot())
    clinic.fault(fault, operation=operation)
    assert isinstance(gateway.find_booking(query(slot())), Indeterminate)


CARD = "<CLIENT_MAININFO><PCODE>900005</PCODE><PNAME>Тест Примерович</PNAME></CLIENT_MAININFO>"
ROW = (
    "<SCHEDULEREC><SCHEDID>{}</SCHEDID><WORKDATE>20300101</WORKDATE><BHOUR>8</BHOUR><BMIN>0</BMIN>"
    "</SCHEDULEREC>"
)
OURS = ROW.format(6).replace("</SCHEDULEREC>", "<EXTSCHEDID>our-1</EXTSCHEDID></SCHEDULEREC>")
COUNT = "<RECORDSDATA><ITEMSNUMBER>{}</ITEMSNUMBER></RECORDSDATA>"


@pytest.mark.parametrize(
    ("listed", "outcome"),
    [
        (COUNT.format(0), Absent),
        (ROW.format(5) + COUNT.format(1), Absent),
        (ROW.format(5).replace("20300101", "00010101") + COUNT.format(1), Absent),
        ("", Indeterminate),
        (ROW.format(5), Indeterminate),
        (COUNT.format(3), Indeterminate),
        (ROW.format(5) + COUNT.format(2), Indeterminate),
        (ROW.format(5) + COUNT.format("many"), Indeterminate),
        (ROW.format("x") + COUNT.format(1), Indeterminate),
        (ROW.format(5).replace("20300101", "2030") + COUNT.format(1), Indeterminate),
        (OURS, Found),
        (f"<RECS>{OURS}</RECS>", Found),
        (ROW.format("x") + OURS + COUNT.format(9), Found),
    ],
)
def test_trap_07_absent_is_said_of_a_whole_list_only(
    canned: Canned, listed: str, outcome: type[object]
) -> None:
    canned.tell(CLIENT_CHECK=CARD, SCHEDULE_REC_LIST=listed)
    assert isinstance(canned.gateway().find_booking(query(slot())), outcome)


def test_a_list_longer_than_a_page_is_read_to_its_end(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    (written,) = clinic.records()
    base = clinic.simulator.base
    for number in range(150):
        day = written.day + timedelta(days=number + 1)
        base.records[number] = replace(written, id=number, day=day, reference=f"other-{number}")
    assert gateway.find_booking(query(slot())) == Found(f"1-{written.id}", "booked", slot().begin)
    assert [message.fields["FIRSTROW"] for message in clinic.sent("SCHEDULE_REC_LIST")] == ["1", "101"]


def test_a_removed_record_is_told_as_cancelled(canned: Canned) -> None:
    ours = "<EXTSCHEDID>our-1</EXTSCHEDID><REMDATE>20260901</REMDATE></SCHEDULEREC>"
    told = ROW.format(5).replace("</SCHEDULEREC>", ours)
    canned.tell(CLIENT_CHECK=CARD, SCHEDULE_REC_LIST=told)
    outcome = canned.gateway().find_booking(query(slot(at=ANNA)))
    assert isinstance(outcome, Found)
    assert (outcome.ref, outcome.state) == ("1-5", "cancelled")

"""Who came: marks by a registrar, at their time, once, and told to the MIS that wants to hear it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import connection

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, week
from domain.scheduling.clinic_of_own import confirmed, found_own_clinic, key, own_schedule, run_jobs, state
from domain.scheduling.interleaving import at_once
from domain.scheduling.staff import somebody
from feldsher.domain.scheduling import queue, selectors, services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotCancellableError,
    NotMarkableError,
    NotMovableError,
)
from feldsher.domain.scheduling.models import CallRequest, Exchange, Transition, Verdict
from feldsher.domain.scheduling.ports import VisitEnd
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import CancelReason, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.integrations.mis.own import OwnGateway

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = NOW + timedelta(hours=2, minutes=30)
"""Half past eleven in Moscow: the visit of eleven o'clock is over."""


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    set_clock(NOW)
    with own_schedule():
        clinic = found_own_clinic()
        day = hours("9-12")
        services.set_week(clinic.at_north, days=week(wed=day, thu=day), since=TODAY, author=STAFF)
        run_jobs()
        yield clinic


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


def booked(clinic: OwnClinic, at: str = "11:00") -> UUID:
    visit = confirmed(key(clinic, at, TODAY))
    run_jobs()
    assert state(visit) is State.BOOKED
    return visit


def trace(visit: UUID) -> list[tuple[str, str]]:
    with as_service("test"):
        return list(
            Transition.objects.filter(appointment=visit).order_by("id").values_list("before", "after")
        )


def test_a_patient_comes_and_is_seen_and_it_stays_written_who_said_so(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    assert services.mark_visit(visit, mark=State.ARRIVED, staff=vera).state is State.ARRIVED
    assert services.mark_visit(visit, mark=State.FULFILLED, staff=vera).state is State.FULFILLED
    assert trace(visit)[-2:] == [("booked", "arrived"), ("arrived", "fulfilled")]
    said = Verdict.objects.filter(appointment=visit).order_by("id").values_list("said", "by")
    assert list(said) == [("arrived", vera.id), ("fulfilled", vera.id)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor, ids FROM audit_access WHERE purpose = 'mark_attendance' ORDER BY id")
        assert cursor.fetchall() == [(str(vera.id), [visit])] * 2


def test_the_same_said_twice_is_one_mark(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    for _ in range(2):
        services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    assert trace(visit).count(("booked", "arrived")) == 1
    assert Verdict.objects.filter(appointment=visit).count() == 1


def test_who_was_said_to_have_come_and_did_not_stay_did_not_come(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    visit = booked(clinic)
    services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    set_clock(AFTER)
    services.mark_visit(visit, mark=State.NOSHOW, staff=vera)
    assert state(visit) is State.NOSHOW


@pytest.mark.parametrize("mark", [State.ARRIVED, State.FULFILLED])
def test_no_mark_is_taken_back(clinic: OwnClinic, vera: Staff, set_clock: SetClock, mark: State) -> None:
    visit = booked(clinic)
    set_clock(AFTER)
    services.mark_visit(visit, mark=State.NOSHOW, staff=vera)
    with pytest.raises(NotMarkableError) as refused:
        services.mark_visit(visit, mark=mark, staff=vera)
    assert "назад не" in refused.value.message
    assert state(visit) is State.NOSHOW


def test_nobody_comes_before_the_day_and_nobody_is_missing_before_the_hour(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    visit = booked(clinic, "11:30")
    with pytest.raises(NotMarkableError) as refused:
        services.mark_visit(visit, mark=State.NOSHOW, staff=vera)
    assert "после его начала" in refused.value.message
    set_clock(NOW - timedelta(hours=10))
    with pytest.raises(NotMarkableError):
        services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    set_clock(NOW - timedelta(hours=8))
    services.mark_visit(visit, mark=State.ARRIVED, staff=vera)


def test_a_visit_that_is_being_moved_waits_for_its_answer(clinic: OwnClinic, vera: Staff) -> None:
    visit, other = booked(clinic), confirmed(key(clinic, "11:30", TODAY), 2)
    with as_service("test"):
        Exchange.objects.filter(pk=other).update(moves=visit)
    with pytest.raises(NotMarkableError) as refused:
        services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    assert "переносят" in refused.value.message


def test_what_was_promised_about_a_visit_ends_when_its_patient_comes(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    call = services.request_call(name="Вера", phone="+7 921 000-00-31", topic="", channel="site").id
    with as_service("test"):
        CallRequest.objects.filter(pk=call).update(appointment=visit, channel="system")
    services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    with as_service("test"):
        assert CallRequest.objects.get(pk=call).outcome == "needless"


@pytest.mark.parametrize(
    ("mark", "end"), [(State.FULFILLED, VisitEnd.HAPPENED), (State.NOSHOW, VisitEnd.NO_SHOW)]
)
def test_the_mis_that_wants_to_hear_it_is_told_in_the_same_commit(
    clinic: OwnClinic,
    vera: Staff,
    set_clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    mark: State,
    end: VisitEnd,
) -> None:
    visit = booked(clinic)
    wants = OwnGateway().capabilities()
    told: list[UUID] = []
    monkeypatch.setattr(OwnGateway, "capabilities", lambda _: replace(wants, reports=frozenset({end})))
    monkeypatch.setattr(queue, "report", told.append)
    set_clock(AFTER)
    services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    assert told == []
    services.mark_visit(visit, mark=mark, staff=vera)
    assert told == [visit]


def test_who_may_not_mark_and_what_is_not_there(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    for role in (Role.CALL_CENTRE, Role.CHIEF_PHYSICIAN, Role.ATTENDING_DOCTOR):
        with pytest.raises(ForbiddenError):
            services.mark_visit(visit, mark=State.ARRIVED, staff=somebody(role))
    with pytest.raises(AppointmentNotFoundError):
        services.mark_visit(UUID(int=9), mark=State.ARRIVED, staff=vera)
    assert state(visit) is State.BOOKED


def test_a_page_offers_exactly_the_marks_that_are_taken(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    visit = booked(clinic)
    assert selectors.visit_of_grid(vera, visit).marks == (State.ARRIVED,)
    set_clock(AFTER)
    assert selectors.visit_of_grid(vera, visit).marks == (State.ARRIVED, State.NOSHOW)
    services.mark_visit(visit, mark=State.ARRIVED, staff=vera)
    assert selectors.visit_of_grid(vera, visit).marks == (State.FULFILLED, State.NOSHOW)
    services.mark_visit(visit, mark=State.FULFILLED, staff=vera)
    assert selectors.visit_of_grid(vera, visit).marks == ()


@pytest.mark.parametrize("other", ["cancel", "move"])
def test_of_a_mark_and_a_change_at_the_same_moment_one_is_refused(
    clinic: OwnClinic, vera: Staff, other: str
) -> None:
    visit, slot = booked(clinic), slot_token(key(clinic, "09:00"))
    changes = {
        "cancel": partial(services.cancel_by_staff, visit, why=CancelReason.OTHER, staff=vera),
        "move": partial(services.move_by_staff, visit, slot=slot, staff=vera),
    }
    calls = [partial(services.mark_visit, visit, mark=State.ARRIVED, staff=vera), changes[other]]
    assert sorted(at_once([partial(_ended, call) for call in calls])) == ["done", "refused"]
    run_jobs()
    assert state(visit) in {State.ARRIVED, State.CANCELLED, State.MOVED}


def _ended(call: Callable[[], object]) -> str:
    try:
        call()
    except (NotMarkableError, NotCancellableError, NotMovableError):
        return "refused"
    return "done"
